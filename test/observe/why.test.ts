// Set-ups that fail, each with causes that are known: why has to name them and nothing else, in few runs.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { makeTar } from '../builders/tar.ts';
import { type EngineLab, openEngineLab } from '../engine/engine-lab.ts';
import { blind, blindAgain, known } from './why-setups.ts';

/** Makes one call by number, and fails when that fails. */
const program = `
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <unistd.h>
#include <pthread.h>
static void *wait_long(void *p) { sleep(60); return p; }
int main(int argc, char **argv) {
  if (!strcmp(argv[1], "memory")) {
    char *at = malloc(96 << 20);
    for (long i = 0; i < 96 << 20; i += 4096) at[i] = 1;
    return at[4096] != 1;
  }
  if (!strcmp(argv[1], "threads")) {
    pthread_t t;
    for (int i = 0; i < 40; i++) {
      int error = pthread_create(&t, 0, wait_long, 0);
      if (error) return fprintf(stderr, "pthread_create: %s\\n", strerror(error)), 1;
    }
    return 0;
  }
  long a[7] = {0};
  for (int i = 1; i < argc && i < 8; i++) a[i - 1] = strtol(argv[i], 0, 0);
  if (syscall(a[0], a[1], a[2], a[3], a[4], a[5], a[6]) < 0) return perror("call"), 1;
  return 0;
}
`;

/** What the blind set-ups stand on is made by `before`; their table is read when tests are defined. */
const port = 20_000 + (process.pid % 20_000);
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-why-'));
const profiles = {
  refuses: join(folder, 'refuses.json'),
  kills: join(folder, 'kills.json'),
  lacks: join(folder, 'lacks.json'),
};
const server = createServer((_, response) => response.end('here\n'));
/** Rules of the profiles, which allow all else. */
const rules: Readonly<Record<keyof typeof profiles, object>> = {
  refuses: { names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO', errnoRet: 1 },
  kills: { names: ['unlink', 'unlinkat'], action: 'SCMP_ACT_KILL_PROCESS' },
  lacks: { names: ['symlink', 'symlinkat'], action: 'SCMP_ACT_ERRNO', errnoRet: 38 },
};
const surroundings = { port, pid: process.pid, folder, profiles };

let lab: EngineLab;

before(async () => {
  lab = openEngineLab();
  const binary = join(lab.folder, 'call');
  const built = spawnSync('gcc', ['-static', '-pthread', '-O1', '-x', 'c', '-o', binary, '-'], {
    input: program,
  });
  assert.equal(built.status, 0, String(built.stderr));
  const tar = join(lab.folder, 'call.tar');
  const bytes = makeTar([
    { name: 'call', body: readFileSync(binary), mode: 0o755 },
    { name: 'data', type: '5', mode: 0o700 },
    { name: 'noisy', body: '#!/call 1000000\n', mode: 0o755 },
  ]);
  spawnSync('tee', [tar], { input: bytes });
  lab.ok('import', tar, 'call:1');
  lab.ok('import', '--change', 'ENTRYPOINT ["/call", "-1"]', tar, 'wrong-entry:1');
  rmSync(tar);
  // busybox with the program, once more as a program of root, and a file of somebody else.
  const box = join(lab.folder, 'box');
  const both = join(lab.folder, 'both.tar');
  writeFileSync(join(box, 'theirs'), '');
  chownSync(join(box, 'theirs'), 1000, 1000);
  for (const [name, mode] of [
    ['call', 0o755],
    ['sucall', 0o4755],
  ] as const) {
    copyFileSync(binary, join(box, name));
    chmodSync(join(box, name), mode);
  }
  spawnSync('tar', ['-C', box, '-cf', both, '.']);
  lab.ok('import', both, 'both:1');
  lab.ok('import', '--change', 'USER 1000', both, 'as-web:1');
  lab.ok('import', '--change', 'ENTRYPOINT ["/bin/sh", "-c", "exit 9"]', both, 'ends:1');
  rmSync(both);
  writeFileSync(join(folder, 'page'), '');
  for (const name of ['refuses', 'kills', 'lacks'] as const) {
    const profile = { defaultAction: 'SCMP_ACT_ALLOW', syscalls: [rules[name]] };
    writeFileSync(profiles[name], JSON.stringify(profile));
  }
  await new Promise<void>((settle) => server.listen(port, '127.0.0.1', settle));
});

after(() => {
  server.close();
  rmSync(folder, { recursive: true });
  lab.close();
});

/** What `why --format json` says, as far as it is looked at. */
interface Found {
  readonly verdict: string;
  readonly causes: readonly { readonly id: string }[];
  readonly runs: readonly unknown[];
}

describe('why', { concurrency: 3 }, () => {
  for (const { says, words, causes } of [
    ...known,
    ...blind(surroundings),
    ...blindAgain(surroundings),
  ]) {
    test(says, async () => {
      const options = ['--network', 'none', '--timeout', '10', '--format', 'json'];
      const ran = await lab.start(['why', ...options, ...words]);
      assert.equal(ran.code, 0, ran.stderr + ran.stdout);
      const found: Found = JSON.parse(ran.stdout);
      assert.equal(found.verdict, 'explained', ran.stdout);
      const ids = found.causes.map(({ id }) => id).toSorted();
      assert.deepEqual(ids, causes, ran.stdout);
      assert.ok(found.runs.length <= 12, `${found.runs.length} runs`);
    });
  }
});

test('what the imitated host refused is named', () => {
  const ran = lab.run([
    ...['why', '--network', 'none', '--as', 'rhel:7.9+docker:1.13'],
    ...['call:1', '/call', '434', '1', '0'],
  ]);
  assert.equal(ran.code, 0, ran.stderr);
  assert.match(
    ran.stdout,
    /the kernel surface of the imitated host\n[^\n]*\n +calls: +.*pidfd_open/,
  );
});

test('what works is said to work, and what nothing helps is not explained', () => {
  const fine = lab.run(['why', '--network', 'none', 'box:1', '--', 'true']);
  assert.equal(fine.code, 0);
  assert.match(fine.stdout, /^it works as it is/);
  const missing = lab.run(['why', '--network', 'none', 'box:1', '/bin/nothing']);
  assert.equal(missing.code, 1);
  assert.match(missing.stdout, /nothing that the engine restricts is in the way/);
  const service = lab.run([
    ...['why', '--network', 'none', '--stays', '--timeout', '4', '--read-only', 'box:1'],
    ...['sh', '-c', 'touch /x && exec sleep 100'],
  ]);
  assert.match(service.stdout, /in the way: the read-only root file system/);
  assert.equal(lab.ok('ps', '-aq'), '');
});
