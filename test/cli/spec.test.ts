// The bundle that `spec` writes is run by runc; a static program inside tells what it finds.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readFileSync, rmdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { makeLayout, writeLayout } from '../builders/oci-layout.ts';
import { scratchFolder } from '../builders/stored-image.ts';
import { makeTar } from '../builders/tar.ts';
import { root, runPlimsoll } from './run-plimsoll.ts';

const program = `
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
static void number(const char *name, long value) { printf("%s=%ld\\n", name, value); }
int main(int argc, char **argv) {
  char text[256] = "";
  char directory[256] = "";
  gid_t groups[16];
  struct rlimit limit;
  number("uid", getuid());
  number("gid", getgid());
  printf("groups=");
  for (int i = 0, n = getgroups(16, groups); i < n; i++) printf("%d ", groups[i]);
  printf("\\n");
  number("pid", getpid());
  number("seccomp", prctl(PR_GET_SECCOMP));
  number("no-new-privileges", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
  gethostname(text, sizeof text);
  printf("hostname=%s\\nhome=%s\\ncwd=%s\\narguments=", text, getenv("HOME"), getcwd(directory, sizeof directory));
  for (int i = 1; i < argc; i++) printf("%s ", argv[i]);
  getrlimit(RLIMIT_NOFILE, &limit);
  printf("\\n");
  number("nofile", limit.rlim_cur);
  number("clone3", (syscall(435, 0, 0), errno));
  number("keyctl", (syscall(SYS_keyctl, 0, 0), errno));
  number("write-root", open("/new", O_CREAT | O_WRONLY, 0600) < 0 ? errno : 0);
  number("write-sysctl", open("/proc/sys/kernel/domainname", O_WRONLY) < 0 ? errno : 0);
  number("write-tmpfs", open("/scratch/new", O_CREAT | O_WRONLY, 0600) < 0 ? errno : 0);
  return 42;
}
`;

const parent = `plimsoll-test-${process.pid}`;
let layout = '';

before((context) => {
  spawnSync(join(root, 'scripts/test-tools.sh'), { stdio: 'inherit' });
  const folder = scratchFolder(context as Parameters<typeof scratchFolder>[0]);
  const binary = join(folder, 'inside');
  const built = spawnSync('gcc', ['-static', '-O1', '-x', 'c', '-o', binary, '-'], {
    input: program,
  });
  assert.equal(built.status, 0, String(built.stderr));
  const tar = makeTar([
    { name: 'etc/passwd', body: 'web:x:33:34::/var/www:/bin/sh\n' },
    { name: 'etc/group', body: 'lp:x:7:web\n' },
    { name: 'bin/inside', body: readFileSync(binary), mode: 0o755 },
    { name: 'srv', type: '5', mode: 0o755 },
  ]);
  const made = makeLayout();
  const config = { Entrypoint: ['/bin/inside'], Cmd: ['a', 'b'], User: 'web', WorkingDir: '/srv' };
  made.index([made.image([{ stored: tar, tar }], undefined, config)]);
  layout = join(folder, 'layout');
  mkdirSync(layout);
  writeLayout(made, layout);
});

/** Removes what runtimes leave of the cgroup above. */
function removeCgroups(): void {
  for (const path of globSync(`/sys/fs/cgroup/{,*/}${parent}`)) rmdirSync(path);
}

test('a bundle runs, and inside everything is as it was asked for', async (context) => {
  context.after(removeCgroups);
  const folder = scratchFolder(context);
  const check = async (
    name: string,
    words: readonly string[],
    expected: Readonly<Record<string, string>>,
  ): Promise<void> => {
    const bundle = join(folder, name);
    const [options, command] = [
      words.slice(0, words.indexOf('--')),
      words.slice(words.indexOf('--') + 1),
    ];
    const written = await runPlimsoll([
      'spec',
      '--bundle',
      bundle,
      '--cgroup-parent',
      `/${parent}`,
      '--no-cache',
      ...options,
      `oci:${layout}`,
      ...command,
    ]);
    assert.equal(written.code, 0, written.stderr);
    const id = `${parent}-${name}`;
    const ran = spawnSync('runc', ['run', '--bundle', bundle, id], { encoding: 'utf8' });
    assert.equal(ran.status, 42, `${name}: ${ran.stdout}${ran.stderr}`);
    const found = Object.fromEntries(
      ran.stdout
        .trim()
        .split('\n')
        .map((line) => line.split(/=(.*)/s).slice(0, 2)),
    );
    for (const [key, value] of Object.entries(expected))
      assert.equal(found[key], value, `${name}: ${key}`);
    assert.equal(statSync(bundle).mode & 0o777, 0o700);
  };
  await check('plain', ['--'], {
    uid: '33',
    gid: '34',
    groups: '7 34 ',
    pid: '1',
    seccomp: '2',
    'no-new-privileges': '0',
    hostname: 'plain',
    home: '/var/www',
    cwd: '/srv',
    arguments: 'a b ',
    clone3: '38',
    keyctl: '1',
    'write-sysctl': '13',
  });
  await check(
    'asked',
    [
      '-u',
      '0',
      '--hostname',
      'hal',
      '--read-only',
      '--tmpfs',
      '/scratch',
      '-w',
      '/bin',
      '--ulimit',
      'nofile=77',
      '--security-opt',
      'no-new-privileges',
      '--',
      'c',
      '-x',
    ],
    {
      uid: '0',
      hostname: 'hal',
      home: '/',
      cwd: '/bin',
      arguments: 'c -x ',
      nofile: '77',
      'no-new-privileges': '1',
      // EROFS
      'write-root': '30',
      'write-sysctl': '30',
      'write-tmpfs': '0',
    },
  );
  await check('open', ['-u', '0', '--privileged', '--pid', 'host', '--'], {
    seccomp: '0',
    'write-sysctl': '0',
    'write-root': '0',
  });
});

test('nothing is written over, and nothing is left of what failed', async (context) => {
  const bundle = join(scratchFolder(context), 'box');
  const run = (...words: readonly string[]) =>
    runPlimsoll(['spec', '--no-cache', '-b', bundle, ...words, `oci:${layout}`]);
  const failed = async (expected: string, ...words: readonly string[]): Promise<void> => {
    const { code, stderr } = await run(...words);
    assert.ok(stderr.startsWith(`error[${expected}]`), stderr);
    assert.equal(code, expected === 'PL0001' ? 2 : 1);
    assert.equal(existsSync(bundle), false);
  };
  await failed('PL0801', '-u', 'nobody-here');
  await failed('PL0802', '--cap-add', 'NO_SUCH');
  await failed('PL0803', '--sysctl', 'vm.swappiness=1');
  await failed('PL0805', '--device', '/dev/null/none');
  await failed('PL0001', '-m', 'much');
  assert.equal((await run()).code, 0);
  const again = await run();
  assert.equal(again.code, 1);
  assert.match(again.stderr, /^error\[PL0806\]: .*rootfs exists/);
  assert.ok(existsSync(join(bundle, 'config.json')));
});
