// Kills plimsoll at random moments and looks at the store after each kill: it opens, it is whole, and nothing is missing
// that was there before and that the killed command was not to remove. Random by a seed, so that a run can be repeated
// as far as the machine's own timing lets it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { familiarName } from '../../src/image/image-name.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import { checkStore } from '../../src/store/store-check.ts';
import { chainIdsOf } from '../../src/store/unpack/chain-id.ts';
import { randomFrom } from '../builders/random-from.ts';
import { bundle, quietEnvironment } from '../cli/run-plimsoll.ts';
import { type CrashImage, type CrashImages, startImages } from './images.ts';

/** How often and where. */
export interface KillOptions {
  readonly kills: number;
  readonly seed: number;
  /** Folder for the store, archives and the rest. */
  readonly folder: string;
  /** HOST:PORT of a registry to push to. */
  readonly pushTo: string;
  readonly onKill?: (line: string) => void;
}

/** What a run did. */
export interface KillSummary {
  readonly kills: number;
  /** Commands that had ended before they were killed. */
  readonly ended: number;
  readonly byCommand: Readonly<Record<string, number>>;
  /** Pulls and loads after a kill that went on from a partial download. */
  readonly partialsSeen: number;
}

interface Command {
  readonly kind: 'pull' | 'load' | 'rmi' | 'prune' | 'import' | 'push' | 'copy';
  readonly args: readonly string[];
  /** Names that may come or go. */
  readonly touches: (name: string) => boolean;
}

/** Before this nothing has happened. */
const startMs = 40;

/** Kills as often as asked. @throws AssertionError when a store is not as it should be */
export async function killRun({
  kills,
  seed,
  folder,
  pushTo,
  onKill,
}: KillOptions): Promise<KillSummary> {
  const random = randomFrom(seed);
  const root = join(folder, 'store');
  const made = await startImages(join(folder, 'images'), 12_000);
  const summary = { kills: 0, ended: 0, byCommand: {} as Record<string, number>, partialsSeen: 0 };
  /** How long each kind of command took when it was not killed, in milliseconds. */
  const typical: Record<string, number> = {
    pull: 1200,
    load: 700,
    rmi: 350,
    prune: 350,
    import: 600,
    push: 600,
    copy: 900,
  };
  try {
    let before = await namesIn(root);
    // A pull is among them, however fast pulls are.
    while (summary.kills < kills || (summary.byCommand['pull'] ?? 0) === 0) {
      if (absentOf(made.images, before).length === 0) {
        // Room for further pulls; now and then without what was unfinished, too.
        const emptied = await run(root, folder, ['rmi', '-f', '-a']).ended;
        assert.equal(emptied.code, 0, emptied.stderr);
        if (random() < 0.5) await run(root, folder, ['system', 'prune', '-a', '-f']).ended;
        before = await namesIn(root);
      }
      const command = commandOf(random, made, before, pushTo);
      const other = random() < 0.25 ? commandOf(random, made, before, pushTo) : undefined;
      const started = performance.now();
      const first = run(root, folder, command.args);
      const second = other === undefined ? undefined : run(root, folder, other.args);
      // Not while Node starts, and a little more than it takes, so that the last moments are hit as well.
      const after = startMs + random() * ((typical[command.kind] ?? 500) * 1.1 - startMs);
      await Promise.race([sleep(after), first.ended]);
      const killed = first.kill();
      const otherKilled = second !== undefined && random() < 0.5 ? second.kill() : false;
      const [answer] = await Promise.all([first.ended, second?.ended]);
      if (killed) {
        summary.kills++;
        summary.byCommand[command.kind] = (summary.byCommand[command.kind] ?? 0) + 1;
      } else {
        summary.ended++;
        const tookMs = performance.now() - started;
        typical[command.kind] = 0.7 * (typical[command.kind] ?? tookMs) + 0.3 * tookMs;
        if (second === undefined && command.kind !== 'rmi') {
          assert.equal(answer.code, 0, `${command.args.join(' ')}\n${answer.stderr}`);
        }
      }
      if (readdirSync(join(root, 'ingest')).length > 0) summary.partialsSeen++;
      const now = await verifyStore(
        root,
        made,
        `seed ${seed}, kill ${summary.kills} of ${command.args.join(' ')}`,
      );
      for (const [name, id] of before) {
        if (command.touches(name) || other?.touches(name) === true) continue;
        assert.equal(now.get(name), id, `${name} is lost by ${command.args.join(' ')}`);
      }
      onKill?.(
        `${summary.kills}/${kills} ${killed ? 'killed' : 'ended'} ${command.args.slice(0, 2).join(' ')} after ${Math.round(after)} ms${otherKilled ? ', and another' : ''}: ${now.size} names`,
      );
      before = now;
    }
    await verifyPushed(pushTo);
    // At the end everything still works.
    for (const { repository } of made.images) {
      const name = `${made.registry.host}/${repository}:1`;
      const { code, stderr } = await run(root, folder, ['pull', '-q', name]).ended;
      assert.equal(code, 0, stderr);
    }
    const { code, stderr } = await run(root, folder, ['rmi', '-f', '-a']).ended;
    assert.equal(code, 0, stderr);
    const pruned = await run(root, folder, ['system', 'prune', '-a', '-f']).ended;
    assert.equal(pruned.code, 0, pruned.stderr);
    await assertEmpty(root);
    return summary;
  } finally {
    await made.registry.close();
  }
}

function commandOf(
  random: () => number,
  { images, registry, rootArchive }: CrashImages,
  names: ReadonlyMap<string, string>,
  pushTo: string,
): Command {
  const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(random() * list.length)];
  // Mostly what is not there: the rest has little to do.
  const absent = absentOf(images, names);
  const image = pick(absent.length > 0 && random() < 0.8 ? absent : images);
  assert.ok(image);
  const chance = random();
  const there = pick([...names.keys()]);
  if (chance < 0.08)
    return {
      kind: 'import',
      args: ['import', rootArchive, `made:${random() < 0.5}`],
      touches: (name) => name.startsWith('made:'),
    };
  if (chance < 0.2 && there !== undefined) {
    const to = `${pushTo}/${image.repository}:${Math.floor(random() * 1000)}`;
    // The store notes under which digest the registry has it.
    return { kind: 'push', args: ['push', there, to], touches: (name) => name.startsWith(pushTo) };
  }
  if (chance < 0.3) {
    const [from, name] = [`${registry.host}/${image.repository}:1`, `copied/${image.repository}:1`];
    return {
      kind: 'copy',
      args: ['copy', `docker://${from}`, name],
      touches: (one) => one === name,
    };
  }
  if (chance < 0.5) {
    const name = `${registry.host}/${image.repository}:1`;
    return { kind: 'pull', args: ['pull', name], touches: () => false };
  }
  if (chance < 0.68)
    return { kind: 'load', args: ['load', '-i', image.archive], touches: () => false };
  const name = pick([...names.keys()]);
  if (chance < 0.88 && name !== undefined) {
    const repository = name.replace(/[:@][^/]*$/, '');
    return {
      kind: 'rmi',
      args: ['rmi', name],
      // The digest of its repository goes with a tag.
      touches: (one) => one.startsWith(`${repository}:`) || one.startsWith(`${repository}@`),
    };
  }
  return { kind: 'prune', args: ['image', 'prune', '-f'], touches: () => false };
}

function absentOf(
  images: readonly CrashImage[],
  names: ReadonlyMap<string, string>,
): readonly CrashImage[] {
  const there = new Set(names.values());
  return images.filter(({ id }) => !there.has(id));
}

interface Running {
  readonly ended: Promise<{ readonly code: number | null; readonly stderr: string }>;
  /** False when it had ended. */
  kill(): boolean;
}

function run(root: string, folder: string, args: readonly string[]): Running {
  const child = spawn(process.execPath, [bundle, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: quietEnvironment({
      PLIMSOLL_ROOT: root,
      HOME: folder,
      PLIMSOLL_CACHE_DIR: `${folder}/cache`,
    }),
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += String(chunk);
  });
  return {
    ended: once(child, 'close').then(([code]) => ({ code: code as number | null, stderr })),
    kill: () => child.exitCode === null && child.kill('SIGKILL'),
  };
}

const options = { now: () => Date.now(), signal: new AbortController().signal };

const namesOf = ({ images }: Store): ReadonlyMap<string, string> =>
  new Map(
    images
      .list()
      .flatMap(({ id, tags, digests }) =>
        [...tags, ...digests].map((name) => [familiarName(name), id] as const),
      ),
  );

async function namesIn(root: string): Promise<ReadonlyMap<string, string>> {
  const store = await openStore(root, options);
  try {
    return namesOf(store);
  } finally {
    store.close();
  }
}

/** What must be true of the store at every moment. */
async function verifyStore(
  root: string,
  made: CrashImages,
  what: string,
): Promise<ReadonlyMap<string, string>> {
  const store = await openStore(root, options);
  try {
    const { problems } = await checkStore(store, { ...options, quick: false, threads: 1 });
    assert.deepEqual(
      problems.filter(({ severity }) => severity !== 'note'),
      [],
      what,
    );
    for (const image of made.images) verifySnapshots(store, image, what);
    return namesOf(store);
  } finally {
    store.close();
  }
}

/** A committed snapshot has every file of its layer, whole. */
function verifySnapshots({ layout, snapshotRows }: Store, image: CrashImage, what: string): void {
  const chain = chainIdsOf(image.layers.map(({ diffId }) => diffId as `sha256:${string}`));
  for (const [at, chainId] of chain.entries()) {
    for (const row of snapshotRows.list()) {
      if (row.key !== chainId || row.kind !== 'committed') continue;
      const files = join(layout.snapshots, row.driver, String(row.id), 'fs');
      for (const [name, body] of image.layers[at]?.files ?? []) {
        const path = join(files, name);
        assert.equal(statSync(path).size, body.length, `${what}: ${path}`);
        assert.ok(readFileSync(path).equals(body), `${what}: ${path}`);
      }
    }
  }
}

/** Every tag of the registry is a whole image: a killed push leaves none that is not. */
async function verifyPushed(host: string): Promise<void> {
  const json = async (path: string): Promise<Record<string, unknown>> => {
    const accept = 'application/vnd.oci.image.manifest.v1+json';
    const answer = await fetch(`http://${host}/v2/${path}`, { headers: { accept } });
    assert.equal(answer.status, 200, path);
    return (await answer.json()) as Record<string, unknown>;
  };
  const { repositories } = (await json('_catalog')) as { repositories: string[] };
  for (const name of repositories) {
    const listed = await fetch(`http://${host}/v2/${name}/tags/list`);
    const { tags } = (await listed.json()) as { tags?: string[] | null };
    for (const tag of tags ?? []) {
      const { config, layers } = (await json(`${name}/manifests/${tag}`)) as {
        config: { digest: string };
        layers: { digest: string }[];
      };
      for (const { digest } of [config, ...layers]) {
        const blob = await fetch(`http://${host}/v2/${name}/blobs/${digest}`, { method: 'HEAD' });
        assert.equal(blob.status, 200, `${name}:${tag} lacks ${digest}`);
      }
    }
  }
}

async function assertEmpty(root: string): Promise<void> {
  const store = await openStore(root, options);
  try {
    const { layout } = store;
    assert.deepEqual(store.content.list(), []);
    assert.deepEqual(store.snapshotRows.list(), []);
    for (const folder of [layout.ingest, layout.leases, layout.trash])
      assert.deepEqual(readdirSync(folder), [], folder);
    for (const entry of readdirSync(layout.snapshots, { withFileTypes: true })) {
      // What is known of drivers is a file.
      if (!entry.isDirectory()) continue;
      assert.deepEqual(readdirSync(join(layout.snapshots, entry.name)), [], entry.name);
    }
  } finally {
    store.close();
  }
}
