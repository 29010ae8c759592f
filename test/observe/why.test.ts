// Set-ups that fail, each with causes that are known: why has to name them and nothing else, in few runs.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { makeTar } from '../builders/tar.ts';
import { type EngineLab, openEngineLab } from '../engine/engine-lab.ts';

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

let lab: EngineLab;

before(() => {
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
});

after(() => lab.close());

/** One set-up: options and command, and the causes that have to be found. */
const setups: readonly (readonly [
  says: string,
  words: readonly string[],
  causes: readonly string[],
])[] = [
  ['a file in a read-only root', ['--read-only', 'box:1', 'touch', '/x'], ['read-only']],
  ['a user that may not', ['-u', '1000', 'box:1', 'touch', '/etc/x'], ['user']],
  [
    'both at once',
    ['--read-only', '-u', '1000', 'box:1', 'touch', '/etc/x'],
    ['read-only', 'user'],
  ],
  ['a mount', ['box:1', 'mount', '-t', 'tmpfs', 'x', '/tmp'], ['capability SYS_ADMIN']],
  ['the name of the host', ['box:1', 'hostname', 'hal'], ['capability SYS_ADMIN']],
  ['an interface', ['box:1', 'ip', 'link', 'set', 'lo', 'mtu', '1400'], ['capability NET_ADMIN']],
  [
    'a chown without the capability',
    ['--cap-drop', 'CHOWN', 'box:1', 'busybox', 'chown', '1', '/etc/passwd'],
    ['capability CHOWN'],
  ],
  // keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_PROCESS_KEYRING, create)
  ['keyctl', ['call:1', '/call', '250', '0', '-2', '1'], ['seccomp']],
  // unshare(CLONE_NEWUSER)
  ['a user namespace', ['call:1', '/call', '272', '0x10000000'], ['seccomp']],
  ['a setting', ['box:1', 'sh', '-c', 'echo 1 > /proc/sys/vm/drop_caches'], ['path /proc/sys']],
  ['memory', ['--memory', '40m', 'call:1', '/call', 'memory'], ['memory']],
  ['threads', ['--pids-limit', '10', 'call:1', '/call', 'threads'], ['pids']],
  ['open files', ['--ulimit', 'nofile=3', 'box:1', 'cat', '/etc/passwd'], ['ulimits']],
  [
    'a mount without exec',
    ['--tmpfs', '/t', 'box:1', 'sh', '-c', 'busybox cp /bin/busybox /t/echo && /t/echo'],
    ['mounts'],
  ],
  ['an entrypoint', ['wrong-entry:1', '/call', '39'], ['entrypoint']],
  [
    'a call that is too new',
    ['--as', 'kernel:3.10', 'box:1', 'sh', '-c', 'grep -q 3[.]10 /proc/version && exit 1; exit 0'],
    ['host'],
  ],
];

for (const [says, words, causes] of setups) {
  test(`why: ${says}`, () => {
    const ran = lab.run([
      'why',
      '--network',
      'none',
      '--timeout',
      '10',
      '--format',
      'json',
      ...words,
    ]);
    assert.equal(ran.code, 0, ran.stderr + ran.stdout);
    const found: {
      readonly verdict: string;
      readonly causes: readonly { readonly id: string }[];
      readonly runs: readonly unknown[];
    } = JSON.parse(ran.stdout);
    assert.equal(found.verdict, 'explained', ran.stdout);
    assert.deepEqual(found.causes.map(({ id }) => id).toSorted(), causes, ran.stdout);
    assert.ok(found.runs.length <= 12, `${found.runs.length} runs`);
  });
}

test('what works is said to work, and what nothing helps is not explained', () => {
  const fine = lab.run(['why', '--network', 'none', 'box:1', '--', 'true']);
  assert.equal(fine.code, 0);
  assert.match(fine.stdout, /^it works as it is/);
  const missing = lab.run(['why', '--network', 'none', 'box:1', '/bin/nothing']);
  assert.equal(missing.code, 1);
  assert.match(missing.stdout, /nothing that the engine restricts is in the way/);
  const service = lab.run([
    ...['why', '--network', 'none', '--stays', '--timeout', '1', '--read-only', 'box:1'],
    ...['sh', '-c', 'touch /x && exec sleep 100'],
  ]);
  assert.match(service.stdout, /in the way: the read-only root file system/);
  assert.equal(lab.ok('ps', '-aq'), '');
});
