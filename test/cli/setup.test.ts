// setup tells what is there and what is missing, and installs it; errors name packages.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { familyOf, installHelp, systemParts } from '../../src/sys/system-parts.ts';
import { makeTestUser } from '../builders/test-user.ts';
import { quietEnvironment, root, runPlimsoll } from './run-plimsoll.ts';

execFileSync(join(root, 'scripts/test-tools.sh'), { stdio: 'ignore' });

test('setup knows this machine', async () => {
  const { stdout, stderr } = await runPlimsoll(['setup', '--format', 'json']);
  assert.equal(stderr, '');
  const told = JSON.parse(stdout);
  const path = (name: string): unknown =>
    told.programs.find((one: { readonly name: string }) => one.name === name).path;
  for (const name of ['crun', 'conmon', 'netavark', 'newuidmap'])
    assert.match(String(path(name)), new RegExp(`^/.*/${name}$`));
  const table = await runPlimsoll(['setup']);
  assert.match(table.stdout, /^ {2}ok +conmon +holds their streams/m);
  assert.match(table.stdout, /^ {2}ok +cgroups +version [12]/m);
});

/** A mount namespace in which programs are covered with what cannot be started. */
function runWithout(programs: readonly string[], args: readonly string[]) {
  const covers = programs.map((path) => `mount --bind /dev/null ${path}`).join(' && ');
  const bundle = join(root, 'dist/plimsoll.js');
  const script = `${covers} && exec "$0" "$@"`;
  return execFileSync(
    'sh',
    ['-c', 'unshare -m sh -c "$0" "$@"; echo "code $?"', script, process.execPath, bundle, ...args],
    { encoding: 'utf8', env: quietEnvironment({ COLUMNS: '120' }) },
  );
}

test('what is missing is told with its package', () => {
  const told = runWithout(['/usr/bin/conmon', '/usr/bin/pasta'], ['setup']);
  assert.match(told, /^ {2}missing +conmon .*: package conmon$/m);
  assert.match(told, /^ {2}not there +pasta .*: package passt$/m);
  assert.match(told, /code 1\n$/);
  const forUser = runWithout(['/usr/bin/pasta'], ['setup', '--user', 'nobody']);
  assert.match(forUser, /^ {2}missing +pasta/m);
  assert.match(forUser, /^ {2}apt-get install -y passt$/m);
  assert.match(forUser, /^ {2}usermod --add-subuids \d+-\d+ nobody$/m);
});

test('setup --install gives a user ids', () => {
  using user = makeTestUser(false);
  const run = () =>
    execFileSync(
      process.execPath,
      [join(root, 'dist/plimsoll.js'), 'setup', '--install', '-y', '--user', user.name],
      { encoding: 'utf8', env: quietEnvironment() },
    );
  assert.match(run(), new RegExp(`usermod --add-subuids \\d+-\\d+ ${user.name}`));
  const grep = (file: string): string =>
    execFileSync('grep', ['-c', `^${user.name}:`, file], { encoding: 'utf8' }).trim();
  assert.equal(grep('/etc/subuid'), '1');
  assert.equal(grep('/etc/subgid'), '1');
  assert.doesNotMatch(run(), /usermod/);
  const refused = user.run(process.execPath.replace(root, user.checkout), [
    join(user.checkout, 'dist/plimsoll.js'),
    ...['setup', '--user', 'nobody', '--install'],
  ]);
  assert.match(refused.stderr, /only root can install/);
});

test('distributions are told by their family', () => {
  const cases: readonly (readonly [readonly string[], string | undefined])[] = [
    [['ubuntu', 'debian'], 'debian'],
    [['linuxmint', 'ubuntu', 'debian'], 'debian'],
    [['rocky', 'rhel', 'centos', 'fedora'], 'fedora'],
    [['opensuse-leap', 'suse'], 'suse'],
    [['alpine'], 'alpine'],
    [['manjaro', 'arch'], 'arch'],
    [['nixos'], undefined],
  ];
  for (const [ids, family] of cases) assert.equal(familyOf(ids), family, ids.join(' '));
  assert.equal(
    installHelp('newuidmap'),
    'install uidmap (Debian, Ubuntu), shadow-utils (Fedora, RHEL), shadow (SUSE, Arch), shadow-uidmap (Alpine); plimsoll setup shows what else is missing',
  );
  assert.equal(new Set(systemParts.map(({ name }) => name)).size, systemParts.length);
});
