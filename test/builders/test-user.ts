// An ordinary user of this machine for the length of a test, with subordinate ids, and commands run as that user.
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mountAt, unmount } from '../../src/sys/mounts.ts';

const root = join(import.meta.dirname, '../..');

/** A user, and what was made for them. */
export interface TestUser extends Disposable {
  readonly name: string;
  /** A folder of the user's own. */
  readonly home: string;
  /** This checkout where the user can read it, whoever may look into the folders above the real one. */
  readonly checkout: string;
  /** Runs a command as the user, in the checkout. */
  run(
    command: string,
    args: readonly string[],
    environment?: Readonly<Record<string, string>>,
  ): { readonly status: number | null; readonly stdout: string; readonly stderr: string };
}

/** Makes a user, as root. `ids` false: one without subordinate ids. */
export function makeTestUser(ids = true): TestUser {
  const place = mkdtempSync(join(tmpdir(), 'plimsoll-test-'));
  chmodSync(place, 0o755);
  const name = `plimsoll-test-${place.slice(-6).toLowerCase()}`;
  execFileSync('useradd', ['--no-create-home', '--shell', '/bin/sh', name], { stdio: 'ignore' });
  const id = (option: string): number =>
    Number(execFileSync('id', [option, name], { encoding: 'utf8' }));
  const uid = id('-u');
  const range = (kind: 'uid' | 'gid', what: 'add' | 'del'): unknown =>
    spawnSync('usermod', [`--${what}-sub${kind}s`, '524288-589823', name], { stdio: 'ignore' });
  for (const kind of ['uid', 'gid'] as const) {
    if (ids) range(kind, 'add');
    else execFileSync('sed', ['-i', `/^${name}:/d`, `/etc/sub${kind}`]);
  }
  const home = join(place, 'home');
  const checkout = join(place, 'checkout');
  mkdirSync(home);
  chownSync(home, uid, id('-g'));
  mkdirSync(checkout);
  mountAt({ type: 'bind', source: root, options: ['rbind', 'ro'] }, checkout);
  return {
    name,
    home,
    checkout,
    run(command, args, environment = {}) {
      const { status, stdout, stderr } = spawnSync(
        'setpriv',
        ['--reuid', name, '--regid', name, '--init-groups', command, ...args],
        {
          cwd: checkout,
          encoding: 'utf8',
          env: { PATH: process.env['PATH'], HOME: home, TMPDIR: home, USER: name, ...environment },
          maxBuffer: 1 << 26,
        },
      );
      return { status, stdout, stderr };
    },
    [Symbol.dispose]() {
      unmount(checkout);
      execFileSync('userdel', [name], { stdio: 'ignore' });
      rmSync(place, { recursive: true });
      if (statSync(checkout, { throwIfNoEntry: false }) !== undefined) throw new Error(checkout);
    },
  };
}
