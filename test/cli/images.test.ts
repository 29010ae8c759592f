// images, tag, untag, rmi, prune and df on a store of their own, as users type them.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import type { Store } from '../../src/store/store.ts';
import { nameOf, putImage, scratchFolder, scratchStore } from '../builders/stored-image.ts';
import { type Ran, runPlimsoll } from './run-plimsoll.ts';

interface World {
  readonly store: Store;
  run(line: string, input?: string): Promise<Ran>;
  /** "repository:tag" of every row of `images`. */
  names(): Promise<readonly string[]>;
}

async function worldOf(context: TestContext): Promise<World> {
  const root = scratchFolder(context);
  const store = await scratchStore(context, root);
  const redis = await putImage(store, ['redis:8', 'redis', 'ghcr.io/a/b:1'], ['base', 'redis'], {
    Labels: { team: 'a' },
  });
  store.images.put([nameOf(`redis@${redis.digest}`)], redis);
  await putImage(store, ['old:1'], ['base', 'old']);
  await putImage(store, ['old:1'], ['base', 'new']);
  const run = (line: string, input?: string) =>
    runPlimsoll(line.split(' '), {
      env: { PLIMSOLL_ROOT: root },
      ...(input === undefined ? {} : { input }),
    });
  return {
    store,
    run,
    async names() {
      const { stdout } = await run('images --format {{.Repository}}:{{.Tag}}');
      return stdout.trimEnd().split('\n').sort();
    },
  };
}

const idOf = (store: Store, name: string): string => store.images.find(name)?.image.id ?? '';

test('images lists names, ids and digests as docker does', async (context) => {
  const { store, run, names } = await worldOf(context);
  assert.deepEqual(await names(), [
    '<none>:<none>',
    'ghcr.io/a/b:1',
    'old:1',
    'redis:8',
    'redis:latest',
  ]);
  const { stdout } = await run('images redis');
  const [head, ...rows] = stdout.trimEnd().split('\n');
  assert.match(head ?? '', /^REPOSITORY +TAG +IMAGE ID +CREATED +SIZE$/);
  assert.equal(rows.length, 2);
  assert.ok(rows.every((row) => row.includes(idOf(store, 'redis').slice(7, 19))));
  const counts: readonly (readonly [line: string, lines: number])[] = [
    ['images -q', 3],
    ['images -aq --no-trunc', 3],
    ['images -q --filter dangling=true', 1],
    ['images -q --filter dangling=false', 2],
    ['images -q --filter label=team', 1],
    ['images -q --filter label=team=b', 0],
    ['images -q --filter reference=*:8', 1],
    ['images -q --filter reference=ghcr.io/*/*', 1],
    ['image ls -q redis:9', 0],
    ['images --format json', 5],
    ['images -n', 5],
    ['images --sort size --no-heading old', 1],
  ];
  for (const [line, lines] of counts) {
    const ran = await run(line);
    assert.equal(ran.code, 0, ran.stderr);
    assert.equal(ran.stdout.split('\n').length - 1, lines, `${line}\n${ran.stdout}`);
  }
  assert.equal((await run('images --filter nope=1')).code, 2);
  assert.equal((await run('images --filter before=nope')).code, 1);
  const sorted = await run('images --sort repository --format {{.Repository}}');
  assert.deepEqual(
    [...new Set(sorted.stdout.trimEnd().split('\n'))],
    ['<none>', 'ghcr.io/a/b', 'old', 'redis'],
  );
  for (const [name, code] of [
    ['redis:8', 0],
    [idOf(store, 'redis').slice(7, 15), 0],
    ['redis:9', 1],
    ['UPPER', 1],
  ] as const)
    assert.equal((await run(`image exists ${name}`)).code, code, name);
  const digests = await run('images --digests redis:8');
  assert.match(digests.stdout, /redis +8 +sha256:[0-9a-f]{64} +[0-9a-f]{12}/);
});

test('where there is no store, nothing is listed and none is made', async (context) => {
  const root = `${scratchFolder(context)}/none`;
  for (const line of ['images', 'system df', 'images -q']) {
    const ran = await runPlimsoll([...line.split(' '), '--root', root]);
    assert.equal(ran.code, 0, ran.stderr);
  }
  assert.ok(!existsSync(root));
});

test('tag and untag change names alone', async (context) => {
  const { run, names } = await worldOf(context);
  assert.equal((await run('tag redis:8 localhost:5000/x:1 y')).stdout, '');
  assert.ok((await names()).includes('localhost:5000/x:1'));
  assert.ok((await names()).includes('y:latest'));
  assert.equal((await run('untag y')).code, 0);
  assert.deepEqual(
    (await names()).filter((name) => name !== '<none>:<none>'),
    ['old:1', 'redis:<none>'],
    'its digest in a registry is no name that was given',
  );
  for (const [line, code] of [
    ['tag nope x', 1],
    ['tag old:1 UPPER', 2],
    ['tag old:1 a@sha256:00', 2],
    ['untag old:1 other', 1],
  ] as const) {
    const ran = await run(line);
    assert.equal(ran.code, code, `${line}\n${ran.stderr}`);
    assert.match(ran.stderr, /help: /);
  }
});

test('rmi removes a name, and with its last the image', async (context) => {
  const { store, run, names } = await worldOf(context);
  const id = idOf(store, 'redis');
  const many = await run(`rmi ${id}`);
  assert.equal(many.code, 1);
  assert.match(many.stderr, /error\[PL0709\]: unable to delete [0-9a-f]{12}: several names/);
  assert.equal((await run('rmi redis:8')).stdout, 'Untagged: redis:8\n');
  const two = await run('rmi nope redis');
  assert.equal(two.code, 1, 'one is not there');
  assert.match(two.stdout, /^Untagged: redis:latest\nUntagged: redis@sha256:[0-9a-f]{64}\n$/);
  const last = await run('rmi ghcr.io/a/b:1');
  assert.equal(last.stdout, `Untagged: ghcr.io/a/b:1\nDeleted: ${id}\n`);
  assert.equal(last.code, 0);
  assert.deepEqual(await names(), ['<none>:<none>', 'old:1']);
  assert.equal((await run('rmi -f nope')).code, 0);
  assert.equal((await run('rmi')).code, 2);
  const rest = await run(`image rm -f ${idOf(store, 'old:1').slice(7, 15)}`);
  assert.match(rest.stdout, /^Untagged: old:1\nDeleted: sha256:/);
  assert.equal((await run('rmi -a')).code, 0);
  assert.deepEqual(store.content.list(), []);
});

test('prune asks, removes what is dangling, and with --all everything', async (context) => {
  const { run, names } = await worldOf(context);
  const before = await names();
  for (const answer of ['', 'n\n', 'maybe\n']) {
    const { stdout, code } = await run('image prune', answer);
    assert.match(stdout, /^WARNING! This will remove all dangling images\./);
    assert.equal(code, 0);
  }
  assert.deepEqual(await names(), before);
  assert.match((await run('image prune -f --filter until=1h')).stdout, /reclaimed space: 0B\n$/);
  const yes = await run('image prune', 'y\n');
  assert.match(
    yes.stdout,
    /Deleted Images:\ndeleted: sha256:[0-9a-f]{64}\n\nTotal reclaimed space: \d/,
  );
  assert.deepEqual(
    await names(),
    before.filter((name) => name !== '<none>:<none>'),
  );
  await run('image prune -af --filter label!=team');
  assert.deepEqual(await names(), ['ghcr.io/a/b:1', 'redis:8', 'redis:latest']);
  assert.match((await run('system df')).stdout, /Images +1 +0 +[\d.]+kB +[\d.]+kB \(100%\)/);
  assert.match((await run('system df -v')).stdout, /SHARED SIZE +UNIQUE SIZE/);
  assert.match((await run('system prune -a -f')).stdout, /untagged: redis:8\n/);
  assert.match((await run('system df')).stdout, /Images +0 +0 +0B/);
});
