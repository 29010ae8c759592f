// The calls that an emulator sees AArch64 programs make are all among those that their code is found to make. The
// programs are compiled here; their C library is the cross compiler's.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openTarget } from '../../src/image/open-target.ts';
import { syscallNumbered } from '../../src/kernel/syscalls.ts';
import { summariseCode } from '../../src/needs/code/file/summarise.ts';
import { linkProgram } from '../../src/needs/code/program/program-files.ts';
import { elfIndex } from '../../src/needs/elf-index.ts';
import { readNeeds } from '../../src/needs/read-needs.ts';

const tools = join(import.meta.dirname, '../../scripts/test-tools.sh');
assert.equal(spawnSync(tools, ['aarch64'], { stdio: 'inherit' }).status, 0);

const root = mkdtempSync(join(tmpdir(), 'plimsoll-qemu-'));
after(() => rmSync(root, { recursive: true }));
/** Static programs are apart: beside a C library they could open it. */
const folders = { dynamic: join(root, 'dynamic'), static: join(root, 'static') };
mkdirSync(join(folders.dynamic, 'lib'), { recursive: true });
mkdirSync(folders.static);
for (const library of ['ld-linux-aarch64.so.1', 'libc.so.6'])
  copyFileSync(join('/usr/aarch64-linux-gnu/lib', library), join(folders.dynamic, 'lib', library));

/** Name, how it is linked, source, and the most calls that may be predicted. */
const programs: readonly [string, keyof typeof folders, string, number][] = [
  ['nothing', 'dynamic', 'int main(void) { return 0; }', 55],
  [
    'files',
    'dynamic',
    `#include <stdio.h>
     #include <sys/stat.h>
     #include <dirent.h>
     #include <unistd.h>
     #include <fcntl.h>
     int main(void) { FILE *f = tmpfile(); struct stat s; fprintf(f, "x"); fflush(f); fstat(fileno(f), &s); ftruncate(fileno(f), 4);
       DIR *d = opendir("/"); readdir(d); closedir(d); fcntl(0, F_GETFL); dup2(1, 9); access("/", R_OK); return getcwd((char[99]){0}, 99) == 0; }`,
    75,
  ],
  [
    'threads, signals and children',
    'dynamic',
    `#include <pthread.h>
     #include <signal.h>
     #include <stdlib.h>
     #include <time.h>
     #include <unistd.h>
     #include <sys/wait.h>
     static void hand(int n) { (void)n; }
     static void *run(void *p) { nanosleep(&(struct timespec){0, 1000}, 0); return p; }
     int main(void) { pthread_t t; signal(SIGUSR1, hand); raise(SIGUSR1); pthread_create(&t, 0, run, 0); pthread_join(t, 0);
       if (fork() == 0) _exit(0); wait(0); free(malloc(1 << 24)); return system("true") == -2; }`,
    85,
  ],
  [
    'sockets',
    'static',
    `#include <sys/socket.h>
     #include <netinet/in.h>
     #include <sys/epoll.h>
     #include <sys/eventfd.h>
     #include <unistd.h>
     #include <sys/syscall.h>
     int main(void) { int s = socket(AF_INET, SOCK_STREAM, 0); struct sockaddr_in a = { .sin_family = AF_INET }; socklen_t l = sizeof a;
       bind(s, (void *) &a, l); listen(s, 1); getsockname(s, (void *) &a, &l); setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &s, sizeof s);
       int e = epoll_create1(0); epoll_ctl(e, EPOLL_CTL_ADD, s, &(struct epoll_event){0}); epoll_wait(e, &(struct epoll_event){0}, 1, 1);
       return syscall(SYS_gettid) == 0 || eventfd(0, 0) < 0; }`,
    75,
  ],
];

for (const [at, [name, link, source]] of programs.entries()) {
  const input = join(root, `${at}.c`);
  writeFileSync(input, source);
  const made = spawnSync(
    'aarch64-linux-gnu-gcc',
    [
      '-O2',
      '-o',
      join(folders[link], `program${at}`),
      input,
      ...(link === 'static' ? ['-static'] : []),
    ],
    { encoding: 'utf8' },
  );
  assert.equal(made.status, 0, `${name}: ${made.stderr}`);
}

/** Names of the calls of a program; the emulator writes one to a line. */
function observed(folder: string, program: string): Set<string> {
  const { stderr, error } = spawnSync(
    'qemu-aarch64-static',
    ['-L', folder, '-strace', join(folder, program)],
    { encoding: 'latin1', timeout: 60_000, cwd: root },
  );
  assert.equal(error, undefined);
  const seen = new Set<string>();
  for (const line of stderr.split('\n')) {
    const [, number, known] = /^\d+ (?:Unknown syscall (\d+)|([a-z]\w+)\()/.exec(line) ?? [];
    const call = number === undefined ? known : syscallNumbered('aarch64', Number(number))?.name;
    if (call !== undefined && call !== 'execve') seen.add(call);
  }
  return seen;
}

const { signal } = new AbortController();

/** The calls that the program's code is found to make. */
async function predictedOf(folder: string, name: string): Promise<Set<string>> {
  const { userSpace } = await readNeeds(await openTarget(folder, { signal }), { signal });
  const { tree } = userSpace;
  const elves = elfIndex(tree, userSpace.elves);
  const view = { tree, elves, env: {}, text: (path: string) => userSpace.text(path) };
  const program = elves.at(`/${name}`);
  assert.ok(program);
  const { collected } = await linkProgram(program, view, {
    prepare: () => undefined,
    async of(path: string) {
      const bytes = await tree.read(path, 2 ** 26);
      return bytes && summariseCode(bytes);
    },
  });
  const numbers = [...collected.calls.values()].map(({ number }) => number);
  return new Set(numbers.map((number) => syscallNumbered('aarch64', number)?.name ?? ''));
}

for (const [at, [name, link, , most]] of programs.entries()) {
  test(`${name} (${link}): nothing is missed on AArch64`, async () => {
    const predicted = await predictedOf(folders[link], `program${at}`);
    const seen = observed(folders[link], `program${at}`);
    assert.ok(seen.size >= 10, `only ${seen.size} calls seen`);
    const missed = [...seen].filter((call) => !predicted.has(call));
    assert.deepEqual(missed, []);
    assert.ok(predicted.size <= most, `${predicted.size} calls predicted`);
  });
}
