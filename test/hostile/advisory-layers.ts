// Layers by which unpackers of tar archives and container images were led outside of their folder, by advisory: for the
// tree of the analysis and for unpacking alike. The archives follow the advisories' descriptions, not their proofs of
// concept.
import { dirname } from 'node:path';
import { makeTar, type TarMember } from '../builders/tar.ts';

/** One layer or several, and what is in the tree of an image of them. */
export interface AdvisoryCase {
  readonly title: string;
  readonly layers: readonly (readonly TarMember[])[];
  readonly shown: readonly string[];
  /** Codes of what the analysis says about it. */
  readonly problems?: readonly string[];
  /** Code with which unpacking gives up on it, as other engines do. */
  readonly refused?: string;
}

/** Leads out of every tree. */
export const up = '../../../../../../../../../..';
/**
 * The cases, for trees that must not lead to `secret`, a file outside of them (an absolute path below /tmp).
 */
export function advisoryLayers(secret: string): readonly AdvisoryCase[] {
  const folder = dirname(secret);
  return [
    {
      title:
        'a name with .. (CVE-2001-1267, CVE-2002-0399 tar; CVE-2007-4559 Python; CVE-2018-1002200 "zip slip")',
      layers: [[{ name: `${up}${secret}`, body: 'x' }]],
      shown: [`/tmp`, ...foldersOf(secret), `${secret}=x`],
      problems: ['PL0206'],
    },
    {
      title: 'an absolute name (CVE-2021-32804 node-tar)',
      layers: [
        [
          { name: '/etc/passwd', body: 'x' },
          { name: '////etc/shadow', body: 'y' },
        ],
      ],
      shown: ['/etc', '/etc/passwd=x', '/etc/shadow=y'],
    },
    {
      title: 'a name with .. in its middle, and one that is .. alone (CVE-2016-6321 tar)',
      layers: [
        [
          { name: 'etc/a/../passwd', body: 'x' },
          { name: '..', body: 'y' },
          { name: 'a/..', type: '5' },
        ],
      ],
      shown: ['/etc', '/etc/passwd=x'],
      problems: ['PL0206'],
    },
    {
      title:
        'a file through a symbolic link that leads out (CVE-2002-1216 tar, CVE-2024-0406 archiver)',
      layers: [
        [
          { name: 'out', type: '2', linkName: folder },
          { name: 'out/secret', body: 'x' },
        ],
      ],
      shown: ['/out', '/tmp', ...foldersOf(secret), `${secret}=x`],
    },
    {
      title:
        'the same through a relative link, over two layers (CVE-2014-6407, CVE-2014-9356 docker)',
      layers: [
        [{ name: 'a/' }, { name: 'a/out', type: '2', linkName: `${up}/etc` }],
        [{ name: 'a/out/passwd', body: 'x' }],
      ],
      shown: ['/a', '/a/out', '/etc', '/etc/passwd=x'],
    },
    {
      title:
        'a link that was a folder before (CVE-2021-32803, CVE-2021-37701, CVE-2021-37712 node-tar)',
      layers: [
        [
          { name: 'd/' },
          { name: 'd', type: '2', linkName: folder },
          { name: 'd/secret', body: 'x' },
        ],
      ],
      shown: ['/d', '/tmp', ...foldersOf(secret), `${secret}=x`],
    },
    {
      title: 'a hard link to a file outside (CVE-2018-20834 node-tar, CVE-2018-20835 tar-fs)',
      layers: [
        [
          { name: 'h', type: '1', linkName: `${up}${secret}` },
          { name: 'i', type: '1', linkName: secret },
        ],
      ],
      shown: [],
      problems: ['PL0206', 'PL0202', 'PL0202'],
      refused: 'PL0720',
    },
    {
      title:
        'a hard link to a symbolic link that leads out, then written to (CVE-2025-4138, CVE-2025-4517 Python)',
      layers: [
        [
          { name: 'l', type: '2', linkName: secret },
          { name: 'h', type: '1', linkName: 'l' },
          { name: 'h', body: 'x' },
          { name: 'k', type: '1', linkName: 'l' },
        ],
      ],
      shown: ['/h=x', '/k', '/l'],
    },
    {
      title:
        'links that stay inside by name and lead out when followed (CVE-2025-45582 tar, CVE-2025-4330 Python)',
      layers: [
        [
          { name: 'a/' },
          { name: 'a/b', type: '2', linkName: '..' },
          { name: 'c', type: '2', linkName: 'a/b/..' },
          { name: 'c/etc/passwd', body: 'x' },
        ],
      ],
      shown: ['/a', '/a/b', '/c', '/etc', '/etc/passwd=x'],
    },
    {
      title: 'a whiteout of what is outside, of a parent, of a root',
      layers: [
        [
          { name: 'keep', body: 'x' },
          { name: 'l', type: '2', linkName: folder },
        ],
        [
          { name: `${up}${folder}/.wh.secret` },
          { name: 'l/.wh.secret' },
          { name: '.wh...' },
          { name: '.wh..' },
          { name: '.wh.' },
          { name: '../.wh..wh..opq.x' },
        ],
      ],
      shown: ['/keep=x', '/l'],
      problems: ['PL0206', 'PL0206', 'PL0206', 'PL0206', 'PL0206'],
    },
    {
      title:
        'an opaque mark below a link (umoci and containerd clear where the link leads, inside)',
      layers: [
        [{ name: 'd/' }, { name: 'd/old', body: 'x' }, { name: 'l', type: '2', linkName: '/d' }],
        [{ name: 'l/.wh..wh..opq' }, { name: 'd/new', body: 'y' }],
      ],
      shown: ['/d', '/d/new=y', '/l'],
    },
    {
      title: 'names that appear twice: the last counts, whatever its type',
      layers: [
        [
          { name: 'a', body: 'first' },
          { name: './a', type: '2', linkName: '/etc/shadow' },
          { name: 'a', body: 'last' },
          { name: 'A', body: 'other' },
          { name: 'd/' },
          { name: 'd/x', body: 'x' },
          { name: 'd', type: '6' },
        ],
      ],
      shown: ['/A=other', '/a=last', '/d'],
    },
    {
      title: 'devices and pipes are named and never opened',
      layers: [
        [
          { name: 'dev/mem', type: '3', device: [1, 1] },
          { name: 'dev/sda', type: '4', device: [8, 0] },
          { name: 'pipe', type: '6' },
          // Devices have no body, whatever their size field says.
          { name: 'dev/kmem', type: '3', device: [1, 2], size: 1 << 20 },
          { name: 'after', body: 'x' },
        ],
      ],
      shown: ['/after=x', '/dev', '/dev/kmem', '/dev/mem', '/dev/sda', '/pipe'],
    },
    {
      title: 'the root itself as a link, a file, a device (CVE-2021-29136 umoci)',
      layers: [
        [
          { name: '.', type: '2', linkName: folder },
          { name: './', type: '2', linkName: folder },
          { name: '/', type: '3', device: [1, 1] },
          { name: 'secret', body: 'x' },
        ],
      ],
      shown: ['/secret=x'],
    },
    {
      title:
        'two headers that give one entry different sizes and names: PAX counts (CVE-2025-62518 tokio-tar)',
      layers: [
        [
          // Read with the header's size 0, the body would be taken for an entry of its own.
          {
            name: 'x',
            size: 0,
            pax: { size: '1024', path: 'outer' },
            body: makeTar([{ name: 'smuggled', body: '' }], false)
              .toString('latin1')
              .padEnd(1024, '\0'),
          },
          { name: 'after', body: 'x' },
        ],
      ],
      shown: [
        '/after=x',
        `/outer=${makeTar([{ name: 'smuggled', body: '' }], false)
          .toString('latin1')
          .slice(0, 100)}`,
      ],
    },
    {
      title: 'a mode for a hard link to a link that leads out (CVE-2021-32760 containerd)',
      layers: [
        [
          { name: 'l', type: '2', linkName: secret },
          { name: 'h', type: '1', linkName: 'l', mode: 0o777, uid: 1 },
          { name: 'l', type: '1', linkName: 'h', mode: 0o4777 },
        ],
        [{ name: 'm', type: '1', linkName: 'h', mode: 0o777 }],
      ],
      shown: ['/h', '/l', '/m'],
    },
    {
      title: 'a folder with modes of its own where a link led out (CVE-2021-41089 docker cp)',
      layers: [
        [{ name: 'd', type: '2', linkName: folder }],
        [
          { name: 'd/', mode: 0o777 },
          { name: 'd/secret', body: 'x' },
        ],
      ],
      shown: ['/d', '/d/secret=x'],
    },
    {
      title: 'links to links that lead out at their end (CVE-2024-12905, CVE-2025-48387 tar-fs)',
      layers: [
        [
          { name: 'a', type: '2', linkName: 'b' },
          { name: 'b', type: '2', linkName: './noop/../c' },
          { name: 'c', type: '2', linkName: `noop/../${up}${folder}` },
          { name: 'noop/' },
          { name: 'a/secret', body: 'x' },
        ],
        [{ name: 'b/second', body: 'y' }],
      ],
      shown: [
        '/a',
        '/b',
        '/c',
        '/noop',
        '/tmp',
        ...foldersOf(secret),
        `${secret}=x`,
        `${folder}/second=y`,
      ].sort(),
    },
    {
      title: 'a hard link whose folder is a link that leads out (CVE-2025-59343 tar-fs)',
      layers: [
        [
          { name: 'out', type: '2', linkName: folder },
          { name: 'h', type: '1', linkName: 'out/secret' },
        ],
      ],
      shown: ['/out'],
      problems: ['PL0202'],
      refused: 'PL0720',
    },
    {
      title:
        'names that are one on other systems: case, ways to write a letter (CVE-2021-37712 node-tar)',
      layers: [
        [
          { name: 'caf\u00e9', type: '2', linkName: folder },
          { name: 'cafe\u0301/secret', body: 'x' },
          { name: 'FOO', type: '2', linkName: folder },
          { name: 'foo/secret', body: 'y' },
        ],
      ],
      shown: ['/FOO', '/cafe\u0301', '/cafe\u0301/secret=x', '/caf\u00e9', '/foo', '/foo/secret=y'],
    },
    {
      title: 'a link that leads to itself, and what would lie in it',
      layers: [
        [
          { name: 'l', type: '2', linkName: 'm' },
          { name: 'm', type: '2', linkName: 'l' },
          { name: 'l/x', body: 'x' },
        ],
      ],
      shown: ['/l', '/m'],
      problems: ['PL0202'],
      refused: 'PL0720',
    },
    {
      title: 'a file as the folder of another',
      layers: [
        [
          { name: 'a', body: 'x' },
          { name: 'a/b', body: 'y' },
        ],
      ],
      shown: ['/a=x'],
      problems: ['PL0202'],
      refused: 'PL0720',
    },
    {
      title: 'a whiteout of a link takes the link away and not what it leads to',
      layers: [
        [
          { name: 'l', type: '2', linkName: folder },
          { name: 'f', type: '2', linkName: secret },
          { name: 'd/' },
          { name: 'd/out', type: '2', linkName: folder },
        ],
        [{ name: '.wh.l' }, { name: '.wh.f' }, { name: 'd/.wh..wh..opq' }],
      ],
      shown: ['/d'],
    },
    {
      title: 'everything below hidden by the root, and nothing besides',
      layers: [
        [
          { name: 'a', body: 'x' },
          { name: 'out', type: '2', linkName: folder },
        ],
        [{ name: '.wh..wh..opq' }, { name: 'b', body: 'y' }],
      ],
      shown: ['/b=y'],
    },
  ];
}

/** Folders above a path and below /tmp. */
function foldersOf(path: string): readonly string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.slice(2).map((_, at) => parts.slice(0, at + 3).join('/'));
}
