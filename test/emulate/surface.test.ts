// The surface of other hosts, as libseccomp and this kernel really answer under it, with runc and with crun.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { makeLayout, writeLayout } from '../builders/oci-layout.ts';
import { scratchFolder } from '../builders/stored-image.ts';
import { makeTar } from '../builders/tar.ts';
import { root, runPlimsoll } from '../cli/run-plimsoll.ts';

/** Makes the calls that it is given as words: name number arguments …; prints each with its errno. */
const program = `
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/socket.h>
int main(int argc, char **argv) {
  char text[256] = "";
  int file = open("/proc/sys/kernel/osrelease", O_RDONLY);
  if (read(file, text, 255) < 0) return 1;
  printf("release %s", text);
  /* 3 and 4: what the calls are made on */
  if (dup2(open("/", O_RDONLY), 3) < 0 || dup2(socket(AF_INET, SOCK_STREAM, 0), 4) < 0) return 2;
  for (int i = 1; i < argc; i++) {
    long a[7] = {0};
    char *at = argv[i];
    for (int n = 0; n < 7 && *at; n++) a[n] = strtoul(at, &at, 0), at += *at == ',';
    errno = 0;
    long got = syscall(a[0], a[1], a[2], a[3], a[4], a[5], a[6]);
    printf("%s %d\\n", argv[i], got < 0 ? errno : 0);
  }
  return 0;
}
`;

/** A call by number and arguments, and the errno that each host gives. */
interface Case {
  readonly call: string;
  readonly says: string;
  readonly errnos: Readonly<Record<string, number>>;
}

// x86-64 numbers: the test runs there.
const cases: readonly Case[] = [
  {
    call: '332,-100,0,0,0,0',
    says: 'statx',
    errnos: { 'kernel:4.4': 38, 'debian:11': 14, 'rhel:7.9+docker:1.13': 1 },
  },
  { call: '439,-100,0,0', says: 'faccessat2', errnos: { 'kernel:4.4': 38, 'debian:11': 14 } },
  {
    call: '318,0,0,4',
    says: 'getrandom GRND_INSECURE',
    errnos: { 'kernel:4.4': 22, 'debian:11': 0 },
  },
  {
    call: '157,66,0,0,0,0',
    says: 'prctl PR_GET_MDWE',
    errnos: { 'kernel:4.4': 22, 'debian:11': 22, 'kernel:6.6': 0 },
  },
  { call: '157,3', says: 'prctl PR_GET_DUMPABLE', errnos: { 'kernel:4.4': 0, 'debian:11': 0 } },
  {
    call: '54,4,6,31,0,0',
    says: 'setsockopt TCP_ULP',
    errnos: { 'kernel:4.4': 92, 'debian:11': 22 },
  },
  { call: '54,4,1,31,0,0', says: 'setsockopt SO_PEERSEC', errnos: { 'kernel:4.4': 22 } },
  {
    call: '72,3,1027,3',
    says: 'fcntl F_DUPFD_QUERY',
    errnos: { 'kernel:4.4': 22, 'kernel:6.6': 22, 'kernel:6.12': 0 },
  },
  { call: '16,3,0x40049409,3', says: 'ioctl FICLONE', errnos: { 'kernel:4.4': 25 } },
  { call: '28,0,0,4', says: 'madvise MADV_DONTNEED', errnos: { 'kernel:4.4': 0 } },
  { call: '28,0,0,8', says: 'madvise MADV_FREE', errnos: { 'kernel:4.4': 22, 'debian:11': 0 } },
  { call: '41,2,1,262', says: 'socket IPPROTO_MPTCP', errnos: { 'kernel:4.4': 93 } },
  {
    call: '135,0',
    says: 'personality PER_LINUX',
    errnos: { 'kernel:4.4': 0, 'rhel:7.9+docker:1.13': 0 },
  },
  { call: '135,5', says: 'personality of a foreign system', errnos: { 'kernel:4.4': 1 } },
  { call: '435,0,0', says: 'clone3', errnos: { 'debian:11+docker:20.10.7': 1, 'kernel:6.12': 38 } },
];

const hosts = [...new Set(cases.flatMap(({ errnos }) => Object.keys(errnos)))];
const releases: Readonly<Record<string, RegExp>> = {
  'kernel:4.4': /^4\.4\.0$/,
  'rhel:7.9+docker:1.13': /^3\.10\.0-1160/,
  'debian:11': /^5\.10\.0/,
};
const parent = `plimsoll-surface-${process.pid}`;
let layout = '';

before((context) => {
  spawnSync(join(root, 'scripts/test-tools.sh'), { stdio: 'inherit' });
  const folder = scratchFolder(context as Parameters<typeof scratchFolder>[0]);
  const binary = join(folder, 'calls');
  const built = spawnSync('gcc', ['-static', '-O1', '-x', 'c', '-o', binary, '-'], {
    input: program,
  });
  assert.equal(built.status, 0, String(built.stderr));
  const tar = makeTar([{ name: 'bin/calls', body: readFileSync(binary), mode: 0o755 }]);
  const made = makeLayout();
  made.index([made.image([{ stored: tar, tar }], undefined, { Entrypoint: ['/bin/calls'] })]);
  layout = join(folder, 'layout');
  mkdirSync(layout);
  writeLayout(made, layout);
});

/** crun 1.8 refuses a hybrid cgroup layout unless the second hierarchy is hidden from it. */
function run(runtime: string, bundle: string, id: string): ReturnType<typeof spawnSync> {
  const hidden = runtime === 'crun' && existsSync('/sys/fs/cgroup/unified');
  const line = `${runtime} run --bundle ${bundle} ${id}`;
  return hidden
    ? spawnSync('unshare', ['-m', 'sh', '-c', `umount /sys/fs/cgroup/unified && exec ${line}`], {
        encoding: 'utf8',
      })
    : spawnSync('sh', ['-c', line], { encoding: 'utf8' });
}

test('calls get what the imitated host gives, under runc and crun', async (context) => {
  context.after(() => {
    for (const path of globSync(`/sys/fs/cgroup/{,*/}${parent}`)) rmdirSync(path);
  });
  const folder = scratchFolder(context);
  for (const [index, host] of hosts.entries()) {
    const bundle = join(folder, String(index));
    const asked = cases.filter(({ errnos }) => errnos[host] !== undefined);
    const written = await runPlimsoll([
      ...['spec', '--bundle', bundle, '--cgroup-parent', `/${parent}`, '--no-cache', '--as', host],
      `oci:${layout}`,
      ...asked.map(({ call }) => call),
    ]);
    assert.equal(written.code, 0, written.stderr);
    assert.match(written.stderr, /note: as .*: \d+ calls and \d+ flags/);
    for (const runtime of ['runc', 'crun']) {
      const ran = run(runtime, bundle, `${parent}-${index}-${runtime}`);
      assert.equal(ran.status, 0, `${host} ${runtime}: ${ran.stdout}${ran.stderr}`);
      const lines = String(ran.stdout).trim().split('\n');
      assert.match(lines.shift()?.replace('release ', '') ?? '', releases[host] ?? /^\d/);
      const expected = asked.map(({ call, errnos }) => `${call} ${errnos[host]}`);
      assert.deepEqual(lines, expected, `${host} ${runtime}`);
    }
  }
});
