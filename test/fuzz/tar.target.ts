// Tar archives: every entry is asked for its first bytes and for all, as a scan of an image would.
import { PlimsollError } from '../../src/diag/plimsoll-error.ts';
import { readTar } from '../../src/formats/tar-reader.ts';
import { withLimits } from '../../src/lib/limits.ts';
import { makeTar } from '../builders/tar.ts';
import type { FuzzTarget } from './target.ts';

const limits = withLimits({ fileBytes: 1 << 20, headerBytes: 1 << 16, entries: 1000 });

/** Cut in odd places, so that headers and bodies cross from one chunk into the next. */
function* pieces(bytes: Uint8Array): Generator<Uint8Array> {
  const step = 200 + (bytes.length % 700);
  for (let at = 0; at < bytes.length; at += step) yield bytes.subarray(at, at + step);
}

export const target: FuzzTarget = {
  name: 'tar',
  seeds: () => [
    makeTar([
      { name: 'etc/' },
      { name: 'etc/passwd', body: 'root:x:0:0::/:/bin/sh\n' },
      { name: 'bin/sh', type: '2', linkName: 'busybox' },
      { name: 'bin/busybox', type: '1', linkName: 'bin/sh' },
      { name: 'dev/null', type: '3', device: [1, 3] },
      { name: 'etc/.wh.shadow' },
    ]),
    makeTar([
      {
        name: 'long',
        body: 'x'.repeat(1500),
        pax: {
          path: `a/${'b'.repeat(200)}`,
          mtime: '1700000000.25',
          'SCHILY.xattr.security.capability': Buffer.from(
            '0100000200200000000000000000000000000000',
            'hex',
          ),
          'LIBARCHIVE.xattr.user.x': 'YWJj',
        },
      },
      { name: '././@LongLink', type: 'L', body: `${'c/'.repeat(120)}\0`, magic: 'ustar  \0' },
      { name: 'c', body: 'long', magic: 'ustar  \0' },
      { name: 'pax_global_header', type: 'g', body: '19 comment=0000000\n' },
    ]),
    makeTar([
      {
        name: 'GNUSparseFile.0/s',
        body: Buffer.concat([
          Buffer.from('1\n4096\n5\n'.padEnd(512, '\0'), 'latin1'),
          Buffer.from('hello'),
        ]),
        pax: {
          'GNU.sparse.major': '1',
          'GNU.sparse.minor': '0',
          'GNU.sparse.name': 's',
          'GNU.sparse.realsize': '9000',
        },
      },
      {
        name: 's1',
        body: 'hello',
        pax: { 'GNU.sparse.map': '100,5', 'GNU.sparse.size': '200', 'GNU.sparse.numblocks': '1' },
      },
      {
        name: 's0',
        type: 'S',
        magic: 'ustar  \0',
        body: 'hello',
        raw: { 386: '00000000100\0', 398: '00000000005\0', 482: '\0', 483: '00000000200\0' },
      },
    ]),
  ],
  async run(bytes) {
    try {
      for await (const entry of readTar(pieces(bytes), { limits, at: {}, onProblem: () => {} })) {
        const head = await entry.read(16);
        const whole = await entry.read(1 << 16);
        if (whole.length > 1 << 16 || head.length > 16)
          throw new Error('more bytes than asked for');
        if (!Buffer.from(whole.subarray(0, head.length)).equals(head)) {
          throw new Error(`${entry.name}: two reads differ`);
        }
        if (!(entry.size >= 0)) throw new Error(`${entry.name}: size ${entry.size}`);
      }
    } catch (error) {
      if (!(error instanceof PlimsollError) || !['PL0107', 'PL0202'].includes(error.code))
        throw error;
    }
  },
};
