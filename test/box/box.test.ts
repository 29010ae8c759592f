// Containers as objects: what programs do with them, as root and as an ordinary user, and that nothing is left.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BoxHandle } from '../../src/library.ts';
import { makeTestUser, type TestUser } from '../builders/test-user.ts';
import { makeBusyboxRoot } from '../engine/engine-lab.ts';

const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-test-'));
chmodSync(folder, 0o755);
const rootfs = join(folder, 'rootfs');
makeBusyboxRoot(rootfs);
const user: TestUser = makeTestUser();
cpSync(rootfs, join(user.home, 'rootfs'), { recursive: true, verbatimSymlinks: true });
spawnSync('chown', ['-hR', user.name, join(user.home, 'rootfs')]);
after(() => {
  user[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

const program = 'test/box/program.ts';

/** Runs a part of the program to its end; what it told. */
function told(as: 'root' | 'user', ...args: readonly string[]): ReadonlyMap<string, unknown> {
  const ran =
    as === 'root'
      ? spawnSync(process.execPath, [join(root, program), ...args], {
          encoding: 'utf8',
          timeout: 60_000,
        })
      : user.run(process.execPath.replace(root, user.checkout), [
          join(user.checkout, program),
          ...args,
        ]);
  assert.equal(ran.status, 0, `${args[0]}: ${ran.stderr}`);
  return new Map(
    ran.stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [, key = '', value = ''] = /^(.*?) (["[{\dtf].*)$/.exec(line) ?? [];
        return [key, JSON.parse(value)] as const;
      }),
  );
}

for (const as of ['root', 'user'] as const) {
  const files = as === 'root' ? rootfs : join(user.home, 'rootfs');
  const check = (part: string, expected: Readonly<Record<string, unknown>>): void =>
    assert.deepEqual(Object.fromEntries(told(as, part, files)), expected, part);

  test(`a box begins empty, and gets mounts and files: ${as}`, () =>
    check('empty', {
      root: [],
      read: 'content',
      bound: 'root',
      'read-only': 'PL0846',
      'no mounts': `a mount failed in the box: ENODEV: no such device, fsopen 'nosuchfs'`,
    }));

  test(`processes of a box, the first of which is process 1: ${as}`, () => {
    const found = told(as, 'life', files);
    assert.match(String(found.get('further')), /^PID.* 1 .*sh -c.*\n\/etc\n137$/s);
    assert.equal(found.get('names'), 'boxed\n/proc/1\n0');
    assert.equal(found.get('socket'), true);
    assert.equal(found.get('its port'), '1\n0');
    assert.deepEqual(found.get('killed'), [true, 143]);
    assert.equal(found.get('once'), true);
    assert.deepEqual(found.get('first'), [`1 it's\n"two"\n<typed>\n`, 7]);
    assert.equal(found.get('ended'), 'PL0848');
  });

  test(`no link leads out of a box: ${as}`, () =>
    check('links', { outside: 'PL0846', inside: 'root' }));

  test(`a box is frozen and thawed: ${as}`, () => check('freeze', { 'stood still': [true, true] }));

  test(`processes have terminals: ${as}`, () => {
    check('terminal', { terminal: true, code: 0 });
    check('further', { terminal: true });
  });
}

/** Numbers of the processes in a PID namespace, and in those below it as far as they are those of the box. */
function processesOf(namespace: string): number {
  return readdirSync('/proc').filter((name) => {
    try {
      return /^\d+$/.test(name) && readlinkSync(`/proc/${name}/ns/pid`) === namespace;
    } catch {
      return false;
    }
  }).length;
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    assert.ok(tries < 200, 'it takes too long');
    await sleep(50);
  }
}

for (const way of ['hold', 'keep'] as const) {
  test(`the program that has a box is killed: ${way}`, async () => {
    const child = spawn(process.execPath, [join(root, program), way, rootfs]);
    const line = await new Promise<string>((settle) =>
      child.stdout.once('data', (bytes) => settle(String(bytes))),
    );
    const handle: BoxHandle = JSON.parse(line.slice('handle '.length));
    const namespace = readlinkSync(`/proc/${handle.member.pid}/ns/pid`);
    try {
      await until(() => processesOf(namespace) === 4);
    } finally {
      child.kill('SIGKILL');
    }
    if (way === 'keep') {
      await sleep(300);
      assert.equal(processesOf(namespace), 4);
      assert.deepEqual(Object.fromEntries(told('root', 'again', JSON.stringify(handle))), {
        processes: true,
      });
    }
    const isLeft = (): boolean =>
      processesOf(namespace) > 0 ||
      existsSync(`/proc/${handle.keeper.pid}`) ||
      handle.cgroups.some((one) => existsSync(one));
    await until(() => !isLeft());
    assert.equal(processesOf(namespace), 0);
  });
}
