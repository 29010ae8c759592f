// run --as: a container behind another host, in the whole engine: filter, files, and the calls that a supervisor answers.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openEngineLab } from '../engine/engine-lab.ts';

/** Supervisors that run, of any container. */
function supervisors(store: string): number {
  return globSync('/proc/[0-9]*/cmdline').filter((path) => {
    try {
      const words = readFileSync(path, 'utf8').split('\0');
      return words.includes('supervise') && words.includes(store);
    } catch {
      return false;
    }
  }).length;
}

async function gone(store: string): Promise<void> {
  for (let tries = 0; tries < 50 && supervisors(store) > 0; tries++) await sleep(100);
  assert.equal(supervisors(store), 0);
}

for (const runtime of ['runc', 'crun']) {
  test(`a container sees the other host's kernel, under ${runtime}`, async (context) => {
    const lab = openEngineLab();
    context.after(() => lab.close());
    const store = lab.environment['PLIMSOLL_ROOT'] ?? '';
    const words = (...more: readonly string[]) => [
      '--network',
      'none',
      '--runtime',
      runtime,
      ...more,
    ];
    const ran = lab.run([
      ...['run', '--rm', ...words('--as', 'rhel:7.9+docker:1.13', '--hostname', 'hal')],
      ...['box:1', 'sh', '-c', 'busybox uname -nr; cat /proc/sys/kernel/osrelease; exit 3'],
    ]);
    assert.equal(ran.code, 3, ran.stderr);
    assert.match(ran.stdout, /^hal 3\.10\.0-1160\S*\n3\.10\.0-1160\S*\n$/);
    assert.match(ran.stderr, /as rhel:7\.9\+docker:1\.13: \d+ calls and \d+ flags/);
    assert.match(ran.stderr, /not imitated: .*SELinux/);
    assert.match(
      ran.stderr,
      /note: that was rhel:7\.9\+docker:1\.13 .*; not imitated: .*SELinux.*\n$/,
    );
    await gone(store);

    // A kernel that lacks what the runtime calls behind the filter.
    const older = lab.ok(
      'run',
      '--rm',
      ...words('--as', 'gvisor:20221219', 'box:1', 'busybox', 'uname', '-r'),
    );
    assert.equal(older, '4.4.0');

    // A setting of a later kernel cannot be read; one that is older can.
    const settings = lab.run([
      ...['run', '--rm', ...words('--as', 'kernel:4.19'), 'box:1'],
      ...['sh', '-c', 'cd /proc/sys/kernel && cat panic && cat oops_all_cpu_backtrace'],
    ]);
    assert.equal(settings.code, 1, settings.stderr);
    assert.match(settings.stdout, /^\d+\n$/);
    assert.match(settings.stderr, /oops_all_cpu_backtrace.*No such device or address/);

    lab.ok('run', '-d', '--name', 'one', ...words('--as', 'debian:11', 'box:1', 'sleep', '100'));
    assert.match(lab.ok('exec', 'one', 'busybox', 'uname', '-r'), /^5\.10\./);
    assert.equal(supervisors(store), 1);
    lab.ok('restart', '-t', '0', 'one');
    assert.match(lab.ok('exec', 'one', 'busybox', 'uname', '-r'), /^5\.10\./);
    lab.ok('rm', '-f', '-t', '0', 'one');
    await gone(store);

    const wrong = lab.run(['run', '--rm', ...words('--as', 'debain:11', 'box:1', 'true')]);
    assert.notEqual(wrong.code, 0);
    assert.match(wrong.stderr, /no host is named 'debain:11'[\s\S]*debian:11/);
    assert.doesNotMatch(lab.ok('ps', '-a'), /box:1/);
  });
}
