import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { test } from 'node:test';
import { memoryTree } from '../../test/builders/memory-tree.ts';
import { parseDpkg } from '../formats/dpkg.ts';
import { parseDpkgList } from '../formats/package-files.ts';
import { noOwners, ownerIndex, ownersOf } from './owners.ts';
import { packOwned } from './scan/owned-files.ts';

test("this machine's own programs belong to the packages that dpkg names", async () => {
  const info = '/var/lib/dpkg/info';
  const owned = readdirSync(info)
    .filter((name) => name.endsWith('.list'))
    .flatMap((name) => packOwned(parseDpkgList(readFileSync(`${info}/${name}`), name)));
  const packages = parseDpkg(readFileSync('/var/lib/dpkg/status'), 'status').value;
  const index = {
    ...ownerIndex(owned, packages, await memoryTree({}, () => undefined)),
    aliases: ['/bin', '/sbin', '/lib', '/lib64']
      .filter((link) => realpathSync(link) !== link)
      .map((link) => [link, realpathSync(link)] as const),
  };
  const programs = readdirSync('/usr/bin')
    .map((name) => `/usr/bin/${name}`)
    .filter((path) => realpathSync(path) === path && statSync(path).isFile())
    .slice(0, 150);
  const owners = ownersOf(index, programs);
  let compared = 0;
  for (const path of programs) {
    const asked = [path, path.replace(/^\/usr/, '')].map((name) =>
      spawnSync('dpkg-query', ['-S', name], { encoding: 'utf8' }).stdout.split('\n').at(0),
    );
    // "diversion by …" and files that several packages share are not what this is about.
    const line = asked.find((text) => text !== '' && !text?.startsWith('diversion'));
    const name = line?.split(':')[0];
    if (name === undefined || name.includes(',')) continue;
    assert.equal(owners.get(path)?.split(' ')[0], name, path);
    compared++;
    if (compared === 40) break;
  }
  assert.ok(compared > 20);
  assert.equal(ownersOf(index, ['/usr/bin/no-such-program']).size, 0);
});

test('versions, and the two names of a file on a merged /usr', async () => {
  const files = { '/usr/lib/libc.so': 'x', '/lib': { link: 'usr/lib' } };
  const tree = await memoryTree(files, () => undefined);
  const dpkg = { manager: 'dpkg', architecture: 'amd64' } as const;
  const index = ownerIndex(
    [
      ...packOwned([{ name: 'libc6:amd64', paths: ['/lib', '/lib/libc.so'] }]),
      ...packOwned([{ name: 'strange', paths: ['/usr/bin/strange'] }]),
      ...packOwned([{ name: 'musl', version: '1-r0', paths: ['/opt/musl', '/usr/share/doc/x'] }]),
    ],
    [{ ...dpkg, name: 'libc6', version: '2.36-9', database: '/var/lib/dpkg/status' }],
    tree,
  );
  assert.deepEqual(
    Object.fromEntries(
      ownersOf(index, ['/usr/lib/libc.so', '/lib/libc.so', '/usr/bin/strange', '/opt/musl', '/x']),
    ),
    {
      '/usr/lib/libc.so': 'libc6 2.36-9',
      '/lib/libc.so': 'libc6 2.36-9',
      '/usr/bin/strange': 'strange',
      '/opt/musl': 'musl 1-r0',
    },
  );
  assert.equal(ownersOf(noOwners, ['/x']).size, 0);
});
