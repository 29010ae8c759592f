// What is unpacked against what umoci unpacks of the same image, file by file with all metadata: type, mode, owner,
// size, content, time to the nanosecond, attributes, device numbers, hard links; for each way of stacking layers.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { inUserNamespace } from '../../src/sys/user-namespace.ts';
import { diskTree } from '../builders/disk-tree.ts';
import { makeLayout, writeLayout } from '../builders/oci-layout.ts';
import {
  openTestSnapshots,
  type StoredLayer,
  shownSnapshot,
  unpackInto,
} from '../builders/snapshots.ts';
import { makeTar, type TarMember } from '../builders/tar.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-test-'));
after(() => rmSync(folder, { recursive: true }));
before(() =>
  execFileSync(join(import.meta.dirname, '../../scripts/test-tools.sh'), { stdio: 'inherit' }),
);

const long = 'n'.repeat(120);
const base: readonly TarMember[] = [
  { name: './', mtime: 1_500_000_000 },
  { name: 'usr/' },
  { name: 'usr/lib/', mtime: 1_400_000_000 },
  { name: 'lib', type: '2', linkName: 'usr/lib' },
  { name: 'usr/lib/one', body: 'one' },
  { name: 'dir/', mode: 0o2770, uid: 5, gid: 6, mtime: 1_300_000_000 },
  { name: 'dir/a', body: 'a', mode: 0o4755, uid: 1, gid: 2 },
  { name: 'dir/b', body: 'b', uid: 1000, gid: 33 },
  { name: 'dir/sub/', mode: 0o1777 },
  { name: 'dir/sub/c', body: 'c' },
  { name: 'x', pax: { path: `dir/${long}` }, body: 'long' },
  { name: 'file', body: 'file' },
  { name: 'other', type: '1', linkName: 'dir/a' },
  { name: 'pipe', type: '6', mode: 0o600 },
  { name: 'null', type: '3', device: [1, 3], mode: 0o666 },
  { name: 'disk', type: '4', device: [259, 70_000], mode: 0o640, gid: 6 },
  { name: 'empty' },
  { name: 'tmp/', mode: 0o1777 },
];

/** Attributes as Go's archive/tar writes them; a file capability (CAP_NET_BIND_SERVICE, effective). */
const attributes: readonly TarMember[] = [
  {
    name: 'bin/server',
    body: 'server',
    mode: 0o755,
    uid: 7,
    pax: {
      'SCHILY.xattr.security.capability': Buffer.from(
        '0100000200040000000000000000000000000000',
        'hex',
      ),
      'SCHILY.xattr.user.note': 'text',
      'SCHILY.xattr.trusted.note': 'root',
      mtime: '1600000000.123456789',
    },
  },
  {
    name: 'attributed/',
    pax: { 'SCHILY.xattr.user.dir': Buffer.from([0, 1, 255]), mtime: '1600000001.5' },
  },
  { name: 'late', type: '2', linkName: 'nowhere', pax: { mtime: '1600000002.000000001' } },
  { name: 'old', body: 'x', pax: { mtime: '-86400.25' } },
  { name: 'far', body: 'x', pax: { uid: '100000', gid: '2000000' } },
];

/** A real archive by GNU tar, of files that are made by a shell. */
function realTar(script: string, options: readonly string[] = []): Buffer {
  const place = mkdtempSync(join(folder, 'real-'));
  execFileSync('sh', ['-euc', script], { cwd: place });
  return execFileSync('tar', ['-c', '--format=pax', '--sort=name', ...options, '-C', place, '.'], {
    maxBuffer: 1 << 28,
  });
}

const busybox = `
  mkdir -p bin etc dev proc tmp usr/share var/lib; chmod 1777 tmp
  cp "$(command -v busybox)" bin/busybox; chmod u+s bin/busybox
  for name in sh ls cat mount; do ln -s busybox bin/$name; done
  ln bin/busybox bin/hard
  cp -a /etc/passwd /etc/group /etc/services etc/ 2>/dev/null || true
  mknod dev/null c 1 3 2>&- || true; mknod dev/console c 5 1 2>&- || true; mkfifo var/fifo
  chown 33:33 var/lib; chmod 700 var/lib`;

interface Image {
  readonly name: string;
  readonly layers: readonly (readonly TarMember[] | Buffer)[];
  /** Directories that no layer describes: what their time is, nobody says. */
  /** The root is one of them where umoci makes a directory in it. */
  readonly unnamed?: readonly string[];
  /** A file of a lower layer that is copied up leaves its other names behind: so overlayfs does with every change. */
  readonly linksBreak?: boolean;
}

const images: readonly Image[] = [
  { name: 'base', layers: [base] },
  {
    name: 'whiteouts',
    layers: [
      base,
      [
        { name: 'dir/.wh.a' },
        { name: '.wh.file' },
        { name: 'dir/.wh.sub' },
        { name: '.wh.null' },
        { name: '.wh.lib' },
        { name: '.wh.missing' },
        { name: 'nowhere/.wh.missing' },
        { name: 'new', body: 'new' },
      ],
    ],
  },
  {
    name: 'opaque',
    layers: [base, [{ name: 'dir/' }, { name: 'dir/.wh..wh..opq' }, { name: 'dir/z', body: 'z' }]],
  },
  {
    name: 'opaque, and nothing else said of the directory',
    layers: [base, [{ name: 'dir/.wh..wh..opq' }, { name: 'dir/z', body: 'z' }]],
  },
  {
    name: 'removed and made again',
    layers: [
      base,
      [{ name: '.wh.dir' }, { name: 'dir/', mode: 0o711 }, { name: 'dir/n', body: 'n' }],
      [{ name: 'dir/m', body: 'm' }],
    ],
  },
  {
    name: 'one type in place of another',
    layers: [
      base,
      [
        { name: 'file/' },
        { name: 'file/in', body: 'in' },
        { name: 'dir', body: 'now a file' },
        { name: 'lib/' },
        { name: 'lib/x', body: 'x' },
        { name: 'pipe', type: '2', linkName: 'file' },
        { name: 'null', body: 'no device' },
        { name: 'tmp', type: '3', device: [1, 5] },
      ],
    ],
  },
  {
    name: 'through links of lower layers',
    layers: [
      base,
      [
        { name: 'lib/two', body: 'two' },
        { name: 'up', type: '1', linkName: 'lib/one' },
        { name: 'lib/deep/' },
        { name: 'lib/deep/er', body: 'er' },
      ],
      [{ name: 'lib/.wh.one' }, { name: 'lib/three', body: 'three' }],
    ],
  },
  {
    name: 'through links to nothing',
    layers: [
      [
        ...base,
        { name: 'dangling', type: '2', linkName: 'not/there' },
        { name: 'absolute', type: '2', linkName: '/far/../away' },
        { name: 'out', type: '2', linkName: '../../outside' },
      ],
      [
        { name: 'dangling/x', body: 'x' },
        { name: 'absolute/y/z', body: 'z' },
        { name: 'out/w', body: 'w' },
      ],
    ],
    unnamed: ['/', '/not', '/not/there', '/away', '/away/y', '/outside'],
  },
  {
    name: 'only what changes: directories of lower layers stay as they are',
    layers: [
      [...base, { name: 'dir/sub/deeper/', mode: 0o700, uid: 9, mtime: 1_200_000_000 }],
      [{ name: 'dir/sub/deeper/file', body: 'new' }],
      [{ name: 'dir/sub/deeper/.wh.file' }, { name: 'usr/lib/more', body: 'more' }],
      [{ name: 'fresh/made/here', body: 'x' }],
    ],
    unnamed: ['/', '/fresh', '/fresh/made'],
  },
  {
    name: 'names that are not UTF-8, and such as differ little',
    layers: [
      [
        { name: '?', raw: { 0: '\xe4' }, body: 'first' },
        { name: '?', raw: { 0: '\xe5' }, body: 'second' },
        { name: 'x', pax: { path: Buffer.from('d\xff/\xfe', 'latin1') }, body: 'third' },
        { name: 'link', type: '2', linkName: '?', raw: { 157: '\xe4' } },
        { name: 'twin', type: '1', linkName: '?', raw: { 157: '\xe5' } },
        { name: 'Case', body: '1' },
        { name: 'case', body: '2' },
        { name: 'caf\u00e9', body: 'one point' },
        { name: 'cafe\u0301', body: 'two points' },
        { name: 'new\nline\x1b[2J', body: 'x' },
      ],
      [{ name: '.wh.?', raw: { 4: '\xe4' } }],
    ],
    unnamed: ['/', '/d\udcff'],
  },
  {
    name: 'hard links over layers',
    layers: [
      base,
      [
        { name: 'again', type: '1', linkName: 'other' },
        { name: 'third', type: '1', linkName: 'again' },
        { name: 'to-link', type: '1', linkName: 'lib' },
      ],
      [{ name: 'dir/a', body: 'changed', mode: 0o600 }],
    ],
  },
  {
    name: 'a hard link to one name of a lower file that has several',
    layers: [base, [{ name: 'old', type: '1', linkName: 'other' }]],
    linksBreak: true,
  },
  { name: 'attributes and times', layers: [attributes, base], unnamed: ['/bin'] },
  {
    name: 'an attribute gone with its file',
    layers: [
      attributes,
      [
        { name: 'bin/server', body: 'plain', mode: 0o755 },
        { name: 'attributed/', mode: 0o700 },
      ],
    ],
    unnamed: ['/', '/bin'],
  },
  {
    name: 'the same name twice in a layer',
    layers: [
      [
        { name: 'a', body: 'first' },
        { name: 'a', body: 'last', mode: 0o640 },
        { name: 'd/' },
        { name: 'd/x', body: 'x' },
        { name: 'd', type: '2', linkName: 'a' },
        { name: 'b', body: 'b' },
        { name: 'c', type: '1', linkName: 'b' },
        { name: 'b', body: 'another' },
        { name: './/e/./f', body: 'f' },
      ],
    ],
    unnamed: ['/', '/e'],
  },
  {
    name: 'sixty layers',
    layers: [
      base,
      ...Array.from({ length: 59 }, (_, at): readonly TarMember[] => [
        { name: `dir/layer${at}`, body: String(at), mtime: 1_000_000_000 + at },
        ...(at % 3 === 2 ? [{ name: `dir/.wh.layer${at - 1}` }] : []),
        ...(at % 7 === 6 ? [{ name: `lib/l${at}`, body: 'through a link' }] : []),
      ]),
    ],
  },
  { name: 'busybox by GNU tar', layers: [realTar(busybox)] },
  {
    name: 'holes by GNU tar, in two formats',
    layers: [
      realTar('truncate -s 3M a; printf end >> a; truncate -s 1M b; printf x > c', ['-S']),
      realTar('truncate -s 2M d; printf end >> d', ['-S', '--sparse-version=0.1']),
      realTar('printf begin > e; truncate -s 9M e', ['-S']),
    ],
  },
  {
    name: 'part of this machine by GNU tar',
    layers: [
      realTar('mkdir etc; cd etc; cp -a /etc/init.d /etc/pam.d /etc/passwd /etc/services .', [
        '--xattrs',
      ]),
      [{ name: 'etc/.wh.passwd' }, { name: 'etc/new', body: 'x' }],
    ],
  },
];

/** What an ordinary user cannot have: devices, owners without a number there, attributes of root. */
function ofRoot({ type, pax = {} }: TarMember): boolean {
  return (
    type === '3' ||
    type === '4' ||
    pax['uid'] !== undefined ||
    pax['SCHILY.xattr.trusted.note'] !== undefined
  );
}

function tarOf(layer: Image['layers'][number]): Buffer {
  if (Buffer.isBuffer(layer)) return layer;
  return makeTar(inUserNamespace() ? layer.filter((member) => !ofRoot(member)) : layer);
}

/** A line without the name of the file that it is a hard link to. */
const withoutTwins = (line: string): string => line.replace(/ = ".*"/, ' ');

for (const [at, image] of images.entries()) {
  test(`${image.name}: overlay and vfs are what umoci unpacks`, async () => {
    const place = join(folder, String(at));
    const layers: readonly StoredLayer[] = image.layers.map((layer, index) => {
      const tar = tarOf(layer);
      return { tar, stored: index % 2 === 0 ? gzipSync(tar, { level: 1 }) : tar };
    });
    const layout = makeLayout();
    const type = 'application/vnd.oci.image.layer.v1.tar';
    const manifest = layout.image(
      layers.map(({ tar, stored = tar }) => ({
        tar,
        stored,
        mediaType: stored === tar ? type : `${type}+gzip`,
      })),
    );
    layout.index([{ ...manifest, annotations: { 'org.opencontainers.image.ref.name': 't' } }]);
    writeLayout(layout, join(place, 'layout'));
    execFileSync('umoci', ['unpack', '--image', `${place}/layout:t`, `${place}/bundle`], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const unnamed = new Set(image.unnamed);
    const shown = { withoutTimes: (path: string) => unnamed.has(path) };
    const expected = diskTree(join(place, 'bundle/rootfs'), shown);
    // umoci takes gzip and plain layers only: ours come as zstd too.
    const zstd = layers.map(({ tar }) => ({ tar, stored: zstdCompressSync(tar) }));
    for (const [driver, stored] of [
      ['overlay', layers],
      ['vfs', zstd],
    ] as const) {
      using snapshots = openTestSnapshots(driver, place);
      const { top } = await unpackInto(snapshots, stored);
      const found = await shownSnapshot(snapshots, top, shown);
      if (image.linksBreak && driver === 'overlay')
        assert.deepEqual(found.map(withoutTwins), expected.map(withoutTwins));
      else assert.deepEqual(found, expected, driver);
    }
    rmSync(place, { recursive: true });
  });
}
