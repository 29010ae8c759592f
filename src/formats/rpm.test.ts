import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { parseRpm } from './rpm.ts';

const fixtures = join(import.meta.dirname, '../../test/fixtures/rpm');

for (const name of ['rpmdb.sqlite', 'Packages']) {
  test(`${name} as its own library wrote it`, () => {
    const { value, problems } = parseRpm(
      gunzipSync(readFileSync(join(fixtures, `${name}.gz`))),
      name,
    );
    assert.deepEqual(problems, []);
    const names = ['demo', ...Array.from({ length: 20 }, (_, i) => `pkg${i + 1}`)];
    assert.deepEqual(value.map((p) => p.name).sort(), names.sort());
    assert.deepEqual(
      value.find((p) => p.name === 'demo'),
      {
        manager: 'rpm',
        name: 'demo',
        version: '2:1.2~rc1-3.el9',
        architecture: 'noarch',
        source: 'demo',
        sourceVersion: '1.2~rc1-3.el9',
        license: 'MIT',
        database: name,
      },
    );
  });
}

/** A header with filler, so that it needs the given size. */
function header(name: string, filler: number): Buffer {
  const texts: [number, string][] = [
    [1000, name],
    [1001, '1.0'],
    [1002, '1.el8'],
    [1022, 'x86_64'],
    [1044, `${name}-src-1.0-1.el8.src.rpm`],
  ];
  const data = Buffer.from(`${texts.map(([, text]) => `${text}\0`).join('')}${'x'.repeat(filler)}`);
  const index = Buffer.alloc(8 + 16 * texts.length);
  index.writeUInt32BE(texts.length, 0);
  index.writeUInt32BE(data.length, 4);
  let offset = 0;
  for (const [i, [tag, text]] of texts.entries()) {
    for (const [j, value] of [tag, 6, offset, 1].entries())
      index.writeUInt32BE(value, 8 + 16 * i + 4 * j);
    offset += text.length + 1;
  }
  return Buffer.concat([index, data]);
}

const expectedNames = Array.from({ length: 300 }, (_, i) => `p${i}`);
const blobs = expectedNames.map((name, i) => header(name, (i * 977) % 20000));

for (const pageSize of [512, 4096, 65536]) {
  test(`SQLite with pages of ${pageSize} bytes, interior and overflow pages`, () => {
    const database = new DatabaseSync(':memory:');
    database.exec(`PRAGMA page_size = ${pageSize}`);
    database.exec('CREATE TABLE Other (x INTEGER)');
    database.exec(
      'CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)',
    );
    const insert = database.prepare('INSERT INTO Packages (blob) VALUES (?)');
    for (const blob of blobs) insert.run(blob);
    const bytes = serialized(database);
    database.close();
    const { value, problems } = parseRpm(bytes, 'rpmdb.sqlite');
    assert.deepEqual(problems, []);
    assert.deepEqual(
      value.map((p) => p.name),
      expectedNames,
    );
    assert.equal(value[7]?.source, 'p7-src');
  });
}

/** A database's pages as they stand on disk. */
function serialized(database: DatabaseSync): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-rpm-'));
  try {
    const path = join(folder, 'rpmdb.sqlite');
    database.prepare('VACUUM INTO ?').run(path);
    return readFileSync(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** An NDB file: slots, then blobs of 16-byte blocks with head and tail. */
function ndb(entries: readonly Buffer[]): Buffer {
  const slotPages = Math.ceil((32 + 16 * entries.length) / 4096);
  const parts: Buffer[] = [Buffer.alloc(slotPages * 4096)];
  const first = parts[0] ?? Buffer.alloc(0);
  first.write('RpmP', 0, 'latin1');
  first.writeUInt32LE(slotPages, 12);
  for (let at = 32; at < first.length; at += 16) first.write('Slot', at, 'latin1');
  let block = (slotPages * 4096) / 16;
  for (const [i, blob] of entries.entries()) {
    const blocks = Math.ceil((16 + blob.length + 12) / 16);
    const bytes = Buffer.alloc(blocks * 16);
    bytes.write('BlbS', 0, 'latin1');
    bytes.writeUInt32LE(i + 1, 4);
    bytes.writeUInt32LE(blob.length, 12);
    blob.copy(bytes, 16);
    bytes.write('BlbE', bytes.length - 4, 'latin1');
    first.writeUInt32LE(i + 1, 32 + 16 * i + 4);
    first.writeUInt32LE(block, 32 + 16 * i + 8);
    first.writeUInt32LE(blocks, 32 + 16 * i + 12);
    parts.push(bytes);
    block += blocks;
  }
  return Buffer.concat(parts);
}

test('NDB: all slots, several slot pages', () => {
  const { value, problems } = parseRpm(ndb(blobs), 'Packages.db');
  assert.deepEqual(problems, []);
  assert.deepEqual(
    value.map((p) => p.name),
    expectedNames,
  );
});

test('imported keys are no packages', () => {
  const { value } = parseRpm(ndb([header('gpg-pubkey', 0), header('bash', 0)]), 'Packages.db');
  assert.deepEqual(
    value.map((p) => `${p.name} ${p.version}`),
    ['bash 1.0-1.el8'],
  );
});

test('damage is told with its offset, and what is whole is still read', () => {
  const bytes = ndb([header('a', 0), header('b', 0)]);
  bytes.write('XXXX', 4096, 'latin1');
  const { value, problems } = parseRpm(bytes, 'Packages.db');
  assert.deepEqual(
    value.map((p) => p.name),
    ['b'],
  );
  assert.equal(problems[0]?.at?.offset, 32);
  assert.equal(parseRpm(Buffer.from('what is this'), 'Packages').problems[0]?.code, 'PL0204');
});

test('slots that all name one blob do not multiply the work', () => {
  const bytes = ndb(Array.from({ length: 5000 }, () => header('a', 0)));
  const big = Buffer.concat([bytes, ndb([header('b', 1 << 20)]).subarray(4096)]);
  const block = bytes.length / 16;
  for (let at = 32; at < 32 + 16 * 5000; at += 16) {
    big.writeUInt32LE(1, at + 4);
    big.writeUInt32LE(block, at + 8);
  }
  const { value, problems } = parseRpm(big, 'Packages.db');
  assert.ok(value.length <= 4, `${value.length} read`);
  assert.match(problems[0]?.message ?? '', /overlap/);
});
