// Profiles of workloads: the workload works under its own, another does not, and joined they allow both.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type EngineLab, openEngineLab } from '../engine/engine-lab.ts';

let lab: EngineLab;

before(() => {
  lab = openEngineLab();
});

after(() => lab.close());

const file = (name: string): string => join(lab.folder, name);

interface Report {
  readonly calls: readonly { readonly name: string; readonly origins: readonly string[] }[];
  readonly allowed: number;
  readonly allowedByDocker: number;
  readonly coverage?: { readonly reachable: number; readonly seen: number };
  readonly verification?: { readonly trial: { readonly works: boolean } };
}

function profiled(output: string, ...words: readonly string[]): Report {
  const { code, stdout, stderr } = lab.run([
    ...['profile', '--format', 'json', '--network', 'none', '-o', file(output)],
    ...words,
  ]);
  assert.equal(code, 0, stderr);
  // What the workload itself writes comes first.
  return JSON.parse(stdout.slice(stdout.indexOf('{\n'))) as Report;
}

const under = (profile: string, ...words: readonly string[]) =>
  lab.run([
    ...['run', '--rm', '--network', 'none', '--security-opt', `seccomp=${file(profile)}`],
    ...['box:1', ...words],
  ]);

test('a workload works under its own profile, which allows less than docker does', () => {
  for (const runtime of ['crun', 'runc']) {
    const report = profiled(
      'ls.json',
      ...['--runtime', runtime, 'box:1', '--', 'sh', '-c', 'ls / | wc -l'],
    );
    assert.equal(report.verification?.trial.works, true);
    assert.ok(report.allowed < report.allowedByDocker / 2);
    const listed = report.calls.find(({ name }) => name === 'getdents64');
    assert.ok(listed?.origins.includes('trace'));
  }
  assert.equal(under('ls.json', 'ls', '/').code, 0);
  assert.notEqual(under('ls.json', 'mkdir', '/x').code, 0);
});

test('profiles are joined and compared', () => {
  profiled('ls.json', 'box:1', '--', 'ls', '/');
  profiled('mkdir.json', 'box:1', '--', 'mkdir', '/x');
  lab.ok('profile', 'merge', file('ls.json'), file('mkdir.json'), '-o', file('both.json'));
  assert.equal(under('both.json', 'mkdir', '/x').code, 0);
  assert.equal(under('both.json', 'ls', '/').code, 0);
  const shown = lab.ok('profile', 'diff', file('ls.json'), file('mkdir.json'));
  assert.match(shown, /^mkdir +ENOSYS +→ +allow$/m);
  assert.match(lab.ok('profile', 'diff', file('ls.json'), file('ls.json')), /same way/);
  assert.match(lab.ok('profile', 'diff', 'docker', file('ls.json')), /^mount /m);
});

test('the code and a run together: each call says where it is from, and how much was seen', () => {
  const report = profiled('both-ways.json', '--from', 'both', 'box:1', '--', 'ls', '/');
  assert.ok((report.coverage?.seen ?? 0) > 10);
  assert.ok((report.coverage?.reachable ?? 0) > (report.coverage?.seen ?? 0));
  const { syscalls } = JSON.parse(readFileSync(file('both-ways.json'), 'utf8')) as {
    syscalls: { names: string[]; comment: string }[];
  };
  const read = syscalls.find(({ names }) => names.includes('getdents64'));
  assert.match(read?.comment ?? '', /trace: .*static: .*→/);
});

test('arguments are held to what was seen', () => {
  lab.ok(
    ...['profile', '--arguments', '--no-verify', '--network', 'none', '-o', file('args.json')],
    ...['box:1', '--', 'sh', '-c', 'nc -l -p 1 127.0.0.1 & sleep 1; kill $!'],
  );
  const { syscalls } = JSON.parse(readFileSync(file('args.json'), 'utf8')) as {
    syscalls: { names: string[]; args?: object[] }[];
  };
  const sockets = syscalls.filter(({ names }) => names.includes('socket'));
  assert.ok(sockets.length > 0 && sockets.every(({ args }) => args?.length === 1));
  const clone = syscalls.find(({ names }) => names.includes('clone'));
  assert.equal(clone?.args?.length, 1);
});

test('a profile from a saved trace, on a base', () => {
  lab.run(['trace', '--format', 'json', '-o', file('t.json'), '--', 'ls', '/']);
  lab.ok('profile', '--trace', file('t.json'), '--base', 'docker', '-o', file('on-docker.json'));
  assert.equal(under('on-docker.json', 'mkdir', '/x').code, 0);
  assert.match(lab.run(['profile', 'diff', '/etc/passwd', file('t.json')]).stderr, /PL0841/);
});
