import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { memoryTree } from '../../../test/builders/memory-tree.ts';
import { openCache } from '../cache.ts';
import { summariseCode } from './file/summarise.ts';
import { packSummary, unpackSummary } from './file/summary-codec.ts';
import { liveFiles } from './program/live-files.ts';
import { filesOfLayers, filesOnDisk } from './program/program-bytes.ts';
import { summarySource } from './summary-source.ts';
import { type SummaryWorkers, summaryWorkers } from './summary-workers.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-summaries-'));
after(() => rmSync(folder, { recursive: true }));
const { tree } = liveFiles({});
const signal = new AbortController().signal;
const cache = () => openCache(folder, { now: () => 0 });

/** Nothing is to be analysed. */
const idle: SummaryWorkers = {
  summarise: () => assert.fail('analysed again'),
  close: () => Promise.resolve(),
};

test('a summary is made once on a thread, kept by content, and made again when it was damaged', async () => {
  const workers = summaryWorkers({ threads: 2, signal });
  const kept = cache();
  const files = filesOnDisk(tree);
  const first = summarySource({ files, workers, cache: kept });
  const paths = ['/bin/true', '/bin/ls', '/bin/cat', '/etc/passwd'];
  first.prepare(paths);
  const summaries = await Promise.all(paths.map((path) => first.of(path)));
  await workers.close();
  assert.deepEqual(
    summaries.map((summary) => summary?.machine),
    ['x86_64', 'x86_64', 'x86_64', undefined],
  );
  const bytes = await files.read('/bin/true');
  assert.deepEqual(summaries[0], JSON.parse(JSON.stringify(bytes && summariseCode(bytes))));
  const again = summarySource({ files, workers: idle, cache: kept });
  for (const [at, path] of paths.entries()) assert.deepEqual(await again.of(path), summaries[at]);
  kept.close();
  const damaged = { ...cache(), get: (): Uint8Array => Uint8Array.of(1, 2, 3) };
  await assert.rejects(async () => {
    await summarySource({ files, workers: idle, cache: damaged }).of('/bin/true');
  }, /analysed again/);
  damaged.close();
});

test('packed summaries: whole, none, damaged', async () => {
  const bytes = await filesOnDisk(tree).read('/bin/true');
  const packed = packSummary(bytes && summariseCode(bytes));
  assert.equal(typeof unpackSummary(packed), 'object');
  assert.equal(unpackSummary(packSummary(undefined)), 'none');
  assert.equal(unpackSummary(undefined), undefined);
  for (const at of [0, 5, packed.length >> 1, packed.length - 1]) {
    const wrong = Uint8Array.from(packed);
    wrong[at] = (wrong[at] ?? 0) ^ 0x10;
    assert.equal(unpackSummary(wrong), undefined, `byte ${at}`);
  }
});

test('an interruption ends threads that work and what waits', async () => {
  const abort = new AbortController();
  const workers = summaryWorkers({ threads: 1, signal: abort.signal });
  const read = () => filesOnDisk(tree).read('/lib/x86_64-linux-gnu/libc.so.6');
  const all = [workers.summarise(read), workers.summarise(read)].map((one) =>
    assert.rejects(one, { code: 'PL0002' }),
  );
  setTimeout(() => abort.abort(), 20);
  const started = performance.now();
  await Promise.all(all);
  assert.ok(performance.now() - started < 5000);
  await workers.close();
});

test('files of layers come from one pass, whatever is asked for', async () => {
  const contents = { '/a': 'alpha', '/b': 'beta', '/c': '' };
  let passes = 0;
  const layered = await memoryTree(contents, () => undefined);
  const files = filesOfLayers(
    {
      ...layered,
      async readEach(paths, limit, visit) {
        passes++;
        await layered.readEach(paths, limit, visit);
      },
    },
    { paths: Object.keys(contents), signal },
  );
  for (const [path, text] of Object.entries(contents))
    assert.equal(Buffer.from((await files.read(path)) ?? []).toString(), text);
  assert.equal(await files.read('/none'), undefined);
  assert.equal((await files.digest('/a'))?.slice(0, 8), '8ed3f6ad');
  assert.equal(passes, 1);
  await files.close();
});

test('what nobody waits for when the threads are closed starts none of its own', async () => {
  const workers = summaryWorkers({ threads: 1, signal });
  const bytes = await filesOnDisk(tree).read('/bin/true');
  const read = async () => bytes && Uint8Array.from(bytes);
  const made = [1, 2, 3].map((digest) => workers.summarise(read, { digest: `${digest}`, size: 1 }));
  await made[0];
  await workers.close();
  assert.deepEqual((await Promise.all(made)).slice(2), [undefined]);
  assert.deepEqual(
    process.getActiveResourcesInfo().filter((name) => name === 'MessagePort'),
    [],
  );
});
