// Streams of xz and bzip2: whole, cut off, damaged, from programs that are not there.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { compressionOf, inflate } from './inflate.ts';
import { type ByProgram, inflateByProgram } from './inflate-by-program.ts';

before(() => execFileSync(join(import.meta.dirname, '../../scripts/test-tools.sh')));

const at = { target: 'test' };
const { signal } = new AbortController();
const plain = Buffer.from('all work and no play makes '.repeat(40_000));

const compressed = (program: ByProgram, ...args: string[]): Buffer =>
  execFileSync(program, ['-c', ...args], { input: plain, maxBuffer: 1 << 26 });

async function* pieces(bytes: Buffer, size = 10_000): AsyncGenerator<Buffer> {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

async function all(chunks: AsyncGenerator<Buffer>): Promise<Buffer> {
  const found: Buffer[] = [];
  for await (const chunk of chunks) found.push(chunk);
  return Buffer.concat(found);
}

test('what xz and bzip2 wrote comes out again, in several streams and with padding behind', async () => {
  const cases: readonly (readonly [string, Buffer, number])[] = [
    ['xz', compressed('xz'), 1],
    ['xz -9 --check=sha256', compressed('xz', '-9', '--check=sha256'), 1],
    ['two streams of xz', Buffer.concat([compressed('xz'), compressed('xz', '-1')]), 2],
    ['xz with padding', Buffer.concat([compressed('xz'), Buffer.alloc(512)]), 1],
    ['bzip2', compressed('bzip2'), 1],
    ['two streams of bzip2', Buffer.concat([compressed('bzip2'), compressed('bzip2', '-1')]), 2],
  ];
  for (const [name, bytes, times] of cases) {
    const found = await all(inflate(compressionOf(bytes), pieces(bytes), at, signal));
    assert.ok(found.equals(Buffer.concat(Array<Buffer>(times).fill(plain))), name);
  }
});

test('more than a pipe holds goes through without a warning of Node', async (context) => {
  const warnings: string[] = [];
  const note = ({ message }: Error): unknown => warnings.push(message);
  process.on('warning', note);
  context.after(() => process.off('warning', note));
  const noise = randomBytes(4_000_000);
  const bytes = execFileSync('xz', ['-0', '-c'], { input: noise, maxBuffer: 1 << 26 });
  const found = await all(inflate('xz', pieces(bytes, 50_000), at, signal));
  assert.ok(found.equals(noise));
  assert.deepEqual(warnings, []);
});

test('damage is an error that says what', async () => {
  const whole = compressed('xz');
  const flipped = Buffer.from(whole);
  flipped.writeUInt32LE(0xdead_beef, whole.length >> 1);
  const bzip = compressed('bzip2');
  const cases: readonly (readonly [string, ByProgram, Buffer, RegExp])[] = [
    ['xz cut off', 'xz', whole.subarray(0, whole.length - 20), /Unexpected end of input/],
    ['xz changed', 'xz', flipped, /corrupt/],
    ['bzip2 cut off', 'bzip2', bzip.subarray(0, bzip.length - 5), /bzip2 stream: ./],
    ['no bzip2', 'bzip2', Buffer.from(`BZh9${'x'.repeat(200)}`), /bzip2 stream: ./],
  ];
  for (const [name, compression, bytes, says] of cases) {
    const long = Buffer.concat([bytes, name.endsWith('off') ? Buffer.alloc(0) : garbage()]);
    await assert.rejects(all(inflate(compression, pieces(long), at, signal)), (error) => {
      assert.ok(error instanceof PlimsollError, name);
      assert.equal(error.code, 'PL0203', name);
      assert.match(error.message, says, name);
      return true;
    });
  }
});

/** More than a pipe holds. */
const garbage = (): Buffer => Buffer.alloc(300_000, 'garbage');

test('what breaks the input off is told, and not that the stream ends too early', async () => {
  const broken = async function* (): AsyncGenerator<Buffer> {
    yield compressed('xz').subarray(0, 100);
    throw new Error('the connection broke');
  };
  await assert.rejects(all(inflate('xz', broken(), at, signal)), /the connection broke/);
});

test('a stream that asks for more memory than anybody needs is refused', async () => {
  const greedy = execFileSync('xz', ['-c', '--lzma2=dict=1GiB'], {
    input: Buffer.alloc(1000),
    maxBuffer: 1 << 20,
  });
  await assert.rejects(all(inflate('xz', pieces(greedy), at, signal)), /Memory usage limit/);
});

test('a program that is not installed is named with its package', async () => {
  for (const compression of ['xz', 'bzip2'] as const)
    await assert.rejects(
      all(inflateByProgram(compression, pieces(compressed(compression)), at, signal, '/none')),
      (error) =>
        error instanceof PlimsollError &&
        error.code === 'PL0207' &&
        new RegExp(`apt-get install ${compression}`).test(error.diagnostic.help ?? ''),
    );
});

test('whoever stops reading, or is interrupted, leaves no process behind', async () => {
  const children = (): string =>
    execFileSync('ps', ['--ppid', String(process.pid), '-o', 'comm='], { encoding: 'utf8' });
  const bytes = compressed('xz');
  for await (const _ of inflate('xz', pieces(bytes), at, signal)) break;
  assert.doesNotMatch(children(), /xz/);
  const stop = new AbortController();
  const endless = async function* (): AsyncGenerator<Buffer> {
    yield bytes.subarray(0, 100);
    stop.abort();
    await new Promise((done) => setTimeout(done, 20));
    yield bytes.subarray(100);
  };
  await assert.rejects(
    all(inflate('xz', endless(), at, stop.signal)),
    (error) => error instanceof PlimsollError && error.code === 'PL0002',
  );
  assert.doesNotMatch(children(), /xz/);
});
