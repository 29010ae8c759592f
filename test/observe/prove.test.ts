// check --prove: a program whose calls are known, behind hosts that lack some of them. Among them the experiment that this field
// begins with: getrandom and pidfd_open on CentOS 7.9, of which the one works there and the other does not.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { CheckResult, Finding, HostResult } from '../../src/check/finding.ts';
import { makeTar } from '../builders/tar.ts';
import { type EngineLab, openEngineLab } from '../engine/engine-lab.ts';

/** Makes the calls that it is given by name, and ends with their place where one fails; '?' before a name: it copes. */
const program = `
#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
static char room[4096];
static long call(const char *name) {
  if (!strcmp(name, "getrandom")) return syscall(SYS_getrandom, room, 8, 0);
  if (!strcmp(name, "statx")) return syscall(SYS_statx, -100, "/", 0, 0x7ff, room);
  if (!strcmp(name, "pidfd_open")) return syscall(434, getpid(), 0);
  if (!strcmp(name, "close_range")) return syscall(436, 900, 901, 0);
  if (!strcmp(name, "insecure")) return syscall(SYS_getrandom, room, 8, 4);
  if (!strcmp(name, "release")) {
    struct utsname u;
    return uname(&u) || u.release[0] < '4' ? -1 : 0;
  }
  if (!strcmp(name, "either")) return call("pidfd_open") < 0 && call("close_range") < 0 ? -1 : 0;
  if (!strcmp(name, "child")) {
    int child = fork();
    if (child == 0) for (;;) pause();
    int fd = syscall(434, child, 0);
    if (fd < 0 || syscall(424, fd, SIGKILL, 0, 0) < 0) return kill(child, SIGKILL), -1;
    struct pollfd one = { fd, POLLIN, 0 };
    return poll(&one, 1, 5000) == 1 && waitpid(child, 0, 0) == child ? 0 : -1;
  }
  return -1;
}
int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    int copes = argv[i][0] == '?';
    if (call(argv[i] + copes) < 0 && (perror(argv[i]), !copes)) return i;
  }
  return 0;
}
`;

/** Starts a thread by pthread_create, as newer C libraries do it (clone3 first), or by clone, as older ones. */
const threads = `
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/wait.h>
static void *thread(void *p) { return p; }
static int old(void *p) { (void)p; return 0; }
int main(int argc, char **argv) {
  if (argc > 1 && !strcmp(argv[1], "old")) {
    char *stack = malloc(65536);
    int child = clone(old, stack + 65536, CLONE_VM | SIGCHLD, 0);
    return child < 0 || waitpid(child, 0, 0) != child;
  }
  pthread_t one;
  int error = pthread_create(&one, 0, thread, 0);
  if (error) return fprintf(stderr, "pthread_create: %s\\n", strerror(error)), 1;
  return pthread_join(one, 0);
}
`;

/**
 * A static program whose ABI note asks for Linux 5.19, and that does what glibc before 2.36 did with its own: it holds the release
 * of uname against it before anything else.
 */
const noted = `
#include <stdio.h>
#include <unistd.h>
#include <sys/utsname.h>
int main(void) {
  struct utsname u;
  int major, minor;
  uname(&u);
  if (sscanf(u.release, "%d.%d", &major, &minor) != 2 || major * 256 + minor < 5 * 256 + 19)
    return fputs("FATAL: kernel too old\\n", stderr), 127;
  return 0;
}
`;

let lab: EngineLab;

function built(name: string, source: string): { readonly name: string; readonly body: Buffer } {
  const binary = join(lab.folder, name);
  const compiled = spawnSync('gcc', ['-static', '-pthread', '-O1', '-x', 'c', '-o', binary, '-'], {
    input: source,
  });
  assert.equal(compiled.status, 0, String(compiled.stderr));
  const body = readFileSync(binary);
  rmSync(binary);
  return { name, body };
}

before(() => {
  lab = openEngineLab();
  const tar = join(lab.folder, 'calls.tar');
  const asking = built('noted', noted);
  // The note of gcc's own start files: Linux, 3.2.0.
  const tag = Buffer.from('GNU\0\0\0\0\0\x03\0\0\0\x02\0\0\0\0\0\0\0', 'latin1');
  const at = asking.body.indexOf(tag);
  assert.ok(at > 0);
  asking.body.writeUInt32LE(5, at + 8);
  asking.body.writeUInt32LE(19, at + 12);
  const programs = [built('calls', program), built('threads', threads), asking];
  const bytes = makeTar(programs.map(({ name, body }) => ({ name, body, mode: 0o755 })));
  writeFileSync(tar, bytes);
  lab.ok('import', '--change', 'CMD ["/calls", "getrandom"]', tar, 'calls:1');
  rmSync(tar);
});

after(() => lab.close());

interface Expected {
  readonly there: string;
  readonly needed: readonly (readonly string[])[];
  /** These are among what it copes without. */
  readonly tolerated?: readonly string[];
  readonly verdict?: HostResult['verdict'];
}

function prove(host: string, ...calls: readonly string[]): HostResult {
  const ran = lab.run([
    ...['check', 'calls:1', '--host', host, '--format', 'json', '--fail-on', 'none', '--prove'],
    ...(calls.length === 0 ? [] : ['--', ...calls]),
  ]);
  assert.equal(ran.code, 0, ran.stderr + ran.stdout);
  const [found] = (JSON.parse(ran.stdout) as CheckResult).hosts;
  assert.ok(found !== undefined);
  return found;
}

function check(host: string, calls: readonly string[], expected: Expected): readonly Finding[] {
  const command = calls[0]?.startsWith('/') === true ? calls : ['/calls', ...calls];
  const { proof, verdict, findings } = prove(host, ...command);
  const about = `${host}: ${calls.join(' ')}: ${JSON.stringify(proof, undefined, 1)}`;
  assert.equal(proof?.here, 'exit 0', about);
  assert.equal(proof.there, expected.there, about);
  assert.deepEqual(proof.needed, expected.needed, about);
  for (const name of expected.tolerated ?? []) assert.ok(proof.tolerated.includes(name), about);
  if (expected.verdict !== undefined) assert.equal(verdict, expected.verdict, about);
  for (const [call] of expected.needed)
    assert.ok(
      findings.some(
        (one) =>
          one.proof?.outcome === 'shown' &&
          (call === 'uname' || one.calls?.includes(call?.split(' ')[0] ?? '')),
      ),
      about,
    );
  return findings;
}

test('what a program needs is told apart from what it copes without', () => {
  const centos = 'rhel:7.9+docker:1.13';
  check(centos, ['getrandom'], { there: 'exit 0', needed: [] });
  check(centos, ['getrandom', '?statx', 'pidfd_open', 'close_range'], {
    there: 'exit 3',
    needed: [['pidfd_open'], ['close_range']],
    tolerated: ['statx'],
    verdict: 'fails',
  });
  check('rhel:7.9', ['?statx', '?pidfd_open'], {
    there: 'exit 0',
    needed: [],
    tolerated: ['statx', 'pidfd_open'],
  });
});

test('pidfd_open with poll and pidfd_send_signal, on a newer host and on an older', () => {
  check('debian:12', ['child'], { there: 'exit 0', needed: [] });
  check('kernel:5.2', ['child'], {
    there: 'exit 1',
    needed: [['pidfd_open']],
    verdict: 'fails',
  });
});

test('clone3 behind the filters of docker 20.10.9 and 20.10.10, of C libraries that ask for it and that do not', () => {
  const [before, since] = ['debian:12+docker:20.10.9', 'debian:12+docker:20.10.10'];
  const found = check(before, ['/threads'], {
    there: 'exit 1',
    needed: [['clone3']],
    verdict: 'fails',
  });
  const predicted = found.find(({ code }) => code === 'PL3001');
  assert.equal(predicted?.proof?.outcome, 'shown');
  assert.match(predicted?.proof?.how ?? '', /threads called clone3 and got EPERM; refused alone/);
  const { proof } = prove(since, '/threads');
  // ENOSYS is what the newest filter, that of the run without the host, answers as well.
  assert.deepEqual([proof?.there, proof?.needed, proof?.tolerated], ['exit 0', [], []]);
  for (const host of [before, since]) {
    const old = prove(host, '/threads', 'old').proof;
    assert.deepEqual([old?.there, old?.tolerated], ['exit 0', []], host);
  }
});

test('a static program whose ABI note asks for a newer kernel', () => {
  const found = check('kernel:5.10', ['/noted'], {
    there: 'exit 127',
    needed: [['uname']],
    verdict: 'fails',
  });
  const predicted = found.find(({ code }) => code === 'PL1001');
  assert.equal(predicted?.proof?.outcome, 'shown', JSON.stringify(found));
  check('kernel:6.1', ['/noted'], { there: 'exit 0', needed: [] });
});

test('a flag, the release, and two calls of which one is enough', () => {
  check('kernel:5.4', ['insecure'], {
    there: 'exit 1',
    needed: [['getrandom GRND_INSECURE']],
    verdict: 'fails',
  });
  const found = check('kernel:3.19', ['release'], {
    there: 'exit 1',
    needed: [['uname']],
    verdict: 'fails',
  });
  // What is predicted of another program is not shown by this one.
  const other = found.find(({ code }) => code === 'PL1001');
  assert.equal(other?.proof?.outcome, 'not-reached', JSON.stringify(other));
  check('kernel:5.2', ['either'], {
    there: 'exit 1',
    needed: [['pidfd_open', 'close_range']],
    verdict: 'fails',
  });
});

test('reports for people and programs tell what was run', () => {
  const asked = ['check', 'calls:1', '--host', 'kernel:5.2', '--host', 'this', '--prove'];
  const command = ['--', '/calls', 'pidfd_open'];
  const text = lab.run([...asked, ...command]);
  assert.equal(text.code, 1);
  assert.match(text.stdout, /ran \/calls pidfd_open: ends with exit 0 here, \d+ runs in all/);
  assert.match(text.stdout, /kernel:5\.2 +exit 1 +needs pidfd_open/);
  assert.match(text.stdout, /proof: shown: calls called pidfd_open and got ENOSYS; refused alone/);
  const sarif = JSON.parse(lab.run([...asked, '--format', 'sarif', ...command]).stdout);
  const [first] = sarif.runs[0].results;
  assert.equal(first.properties.proof.outcome, 'shown');
  const page = lab.run([...asked, '--format', 'html', ...command]).stdout;
  assert.match(page, /<strong>shown<\/strong>: calls called pidfd_open/);
  const own = prove('debian:12');
  assert.deepEqual(own.proof?.command, ['/calls', 'getrandom']);
  const wrong = lab.run([...asked, '--timeout', 'soon', ...command]);
  assert.match(wrong.stderr, /invalid argument "soon" for --timeout/);
  assert.equal(lab.ok('ps', '-aq'), '');
});
