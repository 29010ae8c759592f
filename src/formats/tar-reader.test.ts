import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeTar, type TarMember } from '../../test/builders/tar.ts';
import type { Diagnostic } from '../diag/diagnostic.ts';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { defaultLimits, type Limits, withLimits } from '../lib/limits.ts';
import { readTar } from './tar-reader.ts';

interface Seen {
  readonly name: string;
  readonly type: string;
  readonly body: string;
  readonly size: number;
  readonly linkName: string;
}

/** Reads an archive in chunks of `step` bytes. */
async function readAll(
  archive: Uint8Array,
  step: number,
  limits: Partial<Limits> = {},
): Promise<{ readonly seen: readonly Seen[]; readonly problems: readonly Diagnostic[] }> {
  const chunks = Array.from({ length: Math.ceil(archive.length / step) }, (_, at) =>
    archive.subarray(at * step, (at + 1) * step),
  );
  const seen: Seen[] = [];
  const problems: Diagnostic[] = [];
  const options = {
    limits: withLimits(limits),
    at: {},
    onProblem: (problem: Diagnostic) => problems.push(problem),
  };
  for await (const entry of readTar(chunks, options)) {
    await entry.read(3);
    const body = Buffer.from(await entry.read(1 << 20)).toString('latin1');
    const { name, type, size, linkName } = entry;
    seen.push({ name, type, body, size, linkName });
  }
  return { seen, problems };
}

const files: readonly {
  readonly title: string;
  readonly member: TarMember;
  readonly expected: Partial<Seen>;
}[] = [
  {
    title: 'plain file',
    member: { name: 'a', body: 'text' },
    expected: { name: 'a', type: 'file', body: 'text', size: 4 },
  },
  {
    title: 'v7 directory',
    member: { name: 'a/', type: '\0', magic: '' },
    expected: { type: 'directory' },
  },
  {
    title: 'link with a size',
    member: { name: 'a', type: '2', linkName: 'b', size: 100 },
    expected: { type: 'symlink', linkName: 'b', size: 0 },
  },
  {
    title: 'PAX path and link path',
    member: { name: 'a', type: '1', pax: { path: 'x/é', linkpath: 'y' } },
    expected: { name: 'x/é', type: 'hard-link', linkName: 'y' },
  },
  {
    title: 'PAX size over the header',
    member: { name: 'a', body: 'text', size: 0, pax: { size: '4' } },
    expected: { body: 'text', size: 4 },
  },
  {
    title: 'ustar prefix',
    member: { name: 'a', raw: { 345: 'p/q' } },
    expected: { name: 'p/q/a' },
  },
  {
    title: 'no prefix in GNU archives',
    member: { name: 'a', magic: 'ustar  \0', raw: { 345: '14371' } },
    expected: { name: 'a' },
  },
  {
    title: 'base-256 size',
    member: { name: 'a', body: 'text', raw: { 124: '\x80\0\0\0\0\0\0\0\0\0\0\x04' } },
    expected: { body: 'text' },
  },
  {
    title: 'sparse 0.1',
    member: {
      name: 'a',
      body: 'hello',
      pax: { 'GNU.sparse.map': '2,3,6,2', 'GNU.sparse.size': '9' },
    },
    expected: { body: '\0\0hel\0lo\0', size: 9 },
  },
  {
    title: 'sparse 1.0',
    member: {
      name: 'GNUSparseFile.0/a',
      body: `${'1\n3\n5\n'.padEnd(512, '\0')}hello`,
      pax: {
        'GNU.sparse.major': '1',
        'GNU.sparse.minor': '0',
        'GNU.sparse.name': 'a',
        'GNU.sparse.realsize': '10',
      },
    },
    expected: { name: 'a', body: '\0\0\0hello\0\0', size: 10 },
  },
];

for (const { title, member, expected } of files) {
  test(`entry: ${title}`, async () => {
    for (const step of [100_000, 700, 512, 13]) {
      const { seen } = await readAll(makeTar([member, { name: 'after', body: 'z' }]), step);
      const [first, second, ...more] = seen;
      assert.deepEqual({ ...first, ...expected }, first, `chunks of ${step}`);
      assert.equal(second?.body, 'z');
      assert.equal(more.length, 0);
    }
  });
}

const small = makeTar([{ name: 'a', body: 'x'.repeat(700) }]);
const damage: readonly {
  readonly title: string;
  readonly archive: Buffer;
  readonly expected: RegExp;
  readonly offset: number;
  readonly limits?: Partial<Limits>;
}[] = [
  {
    title: 'cut in a header',
    archive: small.subarray(0, 300),
    expected: /header of 512 bytes, found 300/,
    offset: 0,
  },
  {
    title: 'cut in a body',
    archive: small.subarray(0, 600),
    expected: /expected 700 bytes of a file, found 88/,
    offset: 600,
  },
  {
    title: 'no archive',
    archive: Buffer.alloc(2000, 'text'),
    expected: /this is no tar archive/,
    offset: 0,
  },
  {
    title: 'flipped bit in the second header',
    archive: Buffer.concat([
      makeTar([{ name: 'a' }], false),
      makeTar([{ name: 'b' }]).fill('B', 0, 1),
    ]),
    expected: /expected a header with checksum/,
    offset: 512,
  },
  {
    title: 'PAX record without its length',
    archive: makeTar([{ name: 'x', type: 'x', body: 'path=a\n' }]),
    expected: /LENGTH KEY=VALUE/,
    offset: 512,
  },
  {
    title: 'sparse map beyond the file',
    archive: makeTar([
      { name: 'a', body: 'hello', pax: { 'GNU.sparse.map': '2,5', 'GNU.sparse.size': '6' } },
    ]),
    expected: /sparse map/,
    offset: 1024,
  },
  {
    title: 'extended header and no entry',
    archive: makeTar([{ name: 'L', type: 'L', body: 'n\0' }]),
    expected: /expected an entry after/,
    offset: 1024,
  },
];

for (const { title, archive, expected, offset } of damage) {
  test(`damage: ${title}`, async () => {
    for (const step of [100_000, 100]) {
      await assert.rejects(readAll(archive, step), (error) => {
        assert.ok(error instanceof PlimsollError);
        assert.equal(error.code, 'PL0202');
        assert.match(error.message, expected);
        assert.equal(error.diagnostic.at?.offset, offset);
        return true;
      });
    }
  });
}

test('limits name themselves and say how to raise them', async () => {
  const cases: readonly [Partial<Limits>, keyof Limits][] = [
    [{ fileBytes: 100 }, 'fileBytes'],
    [{ entries: 0 }, 'entries'],
  ];
  for (const [limits, name] of cases) {
    await assert.rejects(readAll(small, 1000, limits), (error) => {
      assert.ok(error instanceof PlimsollError);
      assert.equal(error.code, 'PL0107');
      assert.match(error.diagnostic.help ?? '', new RegExp(`--limit ${name}=`));
      return true;
    });
  }
  await assert.rejects(
    readAll(makeTar([{ name: 'L', type: 'L', body: 'x'.repeat(3000) }]), 1000, {
      headerBytes: 2000,
    }),
    /headerBytes/,
  );
});

test('a missing end is fine, garbage after the end and unknown types are told', async () => {
  assert.deepEqual((await readAll(makeTar([{ name: 'a', body: 'x' }], false), 100)).problems, []);
  const garbage = await readAll(Buffer.concat([small, Buffer.from('garbage')]), 100);
  assert.deepEqual(
    garbage.problems.map(({ code }) => code),
    ['PL0202'],
  );
  const unknown = await readAll(
    makeTar([{ name: 'q', type: 'Q', body: 'zz' }, { name: 'a' }]),
    100,
  );
  assert.deepEqual(
    unknown.seen.map(({ name }) => name),
    ['a'],
  );
  assert.match(unknown.problems[0]?.message ?? '', /unknown type "Q"/);
});

test('archives of GNU tar in every format, with long names and holes', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-test-'));
  try {
    const long = `${'d'.repeat(90)}${'e'.repeat(90)}`;
    writeFileSync(join(folder, long), 'long');
    writeFileSync(join(folder, 'holes'), 'start');
    truncateSync(join(folder, 'holes'), 300_000);
    execFileSync('sh', ['-c', 'printf end >> holes; ln holes second; ln -s "$0" link', long], {
      cwd: folder,
    });
    const holes = Buffer.alloc(300_003);
    holes.write('start');
    holes.write('end', 300_000);
    for (const format of [
      ['gnu'],
      ['oldgnu'],
      ['pax', '--sparse-version=0.0'],
      ['pax', '--sparse-version=0.1'],
      ['pax', '--sparse-version=1.0'],
    ]) {
      const archive = execFileSync(
        'tar',
        ['-cS', `--format=${format[0]}`, ...format.slice(1), '--sort=name', '-C', folder, '.'],
        { maxBuffer: 1 << 24 },
      );
      const { seen, problems } = await readAll(archive, 1000);
      const byName = new Map(seen.map((entry) => [entry.name.slice(2), entry]));
      assert.deepEqual(problems, []);
      assert.equal(byName.get(long)?.body, 'long', format.join(' '));
      assert.equal(byName.get('link')?.linkName, long);
      assert.equal(byName.get('second')?.type, 'hard-link');
      assert.equal(byName.get('holes')?.size, holes.length);
      assert.ok(
        Buffer.from(byName.get('holes')?.body ?? '', 'latin1').equals(holes),
        format.join(' '),
      );
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** Bodies as they are copied out, holes as zeros. */
async function copied(archive: Buffer, chunkBytes: number): Promise<ReadonlyMap<string, string>> {
  const bodies = new Map<string, string>();
  const chunks = Array.from({ length: Math.ceil(archive.length / chunkBytes) }, (_, at) =>
    archive.subarray(at * chunkBytes, (at + 1) * chunkBytes),
  );
  for await (const entry of readTar(chunks, { limits: defaultLimits, at: {} })) {
    const body = Buffer.alloc(entry.size);
    await entry.copy((bytes, position) => bytes.copy(body, position));
    bodies.set(entry.name, body.toString('latin1'));
  }
  return bodies;
}

test('bodies are copied in pieces, whatever the chunks are', async () => {
  const long = 'x'.repeat(3000);
  const archive = makeTar([
    { name: 'empty' },
    { name: 'a', body: long },
    { name: 'd/' },
    {
      name: 'holes',
      pax: {
        'GNU.sparse.major': '0',
        'GNU.sparse.minor': '1',
        'GNU.sparse.size': '5000',
        'GNU.sparse.map': '0,0,10,4,4000,600,5000,0',
      },
      body: `mark${'y'.repeat(600)}`,
    },
    { name: 'b', body: 'end' },
  ]);
  const holes = Buffer.alloc(5000);
  holes.write('mark', 10);
  holes.fill('y', 4000, 4600);
  for (const chunkBytes of [1, 100, 512, 700, 1 << 20]) {
    assert.deepEqual(
      [...(await copied(archive, chunkBytes))],
      [
        ['empty', ''],
        ['a', long],
        ['d/', ''],
        ['holes', holes.toString('latin1')],
        ['b', 'end'],
      ],
    );
  }
  await assert.rejects(copied(archive.subarray(0, 2048), 100), { code: 'PL0202' });
});

test('times of PAX records are exact', async () => {
  const times = [
    ['1700000000.123456789', 1_700_000_000, 123_456_789],
    ['1700000000.5', 1_700_000_000, 500_000_000],
    ['1700000000.', 1_700_000_000, undefined],
    ['12', 12, undefined],
    ['-1.25', -2, 750_000_000],
    ['-3', -3, undefined],
    ['never', 0, undefined],
  ] as const;
  for (const [mtime, seconds, nanoseconds] of times) {
    const archive = makeTar([{ name: 'a', pax: { mtime } }]);
    for await (const entry of readTar([archive], { limits: defaultLimits, at: {} })) {
      assert.deepEqual([entry.mtime, entry.mtimeNanoseconds], [seconds, nanoseconds], mtime);
    }
  }
});

test('a name of a PAX record has no NUL', async () => {
  await assert.rejects(copied(makeTar([{ name: 'a', pax: { path: 'etc\0/x' } }]), 512), {
    code: 'PL0202',
  });
});
