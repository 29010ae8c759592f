// 32-bit programs that ask for files with the calls of before large files (glibc's stat, readdir without 64): where an inode's
// number or a place in a directory takes more than 32 bits, the C library answers EOVERFLOW. musl has no such calls.
import type { Offer } from '../../host/offer.ts';
import type { ElfFile, UserSpace } from '../../needs/user-space.ts';
import type { Finding } from '../finding.ts';
import { findingOf, offered } from '../finding-of.ts';
import type { Rule } from '../rule.ts';

/** Functions with 32-bit fields, each of which has a sister with 64 at its end. */
const narrow: ReadonlySet<string> = new Set([
  ...['stat', 'fstat', 'lstat', 'fstatat', '__xstat', '__fxstat', '__lxstat', '__fxstatat'],
  ...['readdir', 'readdir_r', 'scandir', 'glob', 'ftw', 'nftw', 'fts_read'],
]);

const references = [
  'https://github.com/rust-lang/cargo/issues/8719',
  'https://github.com/ValveSoftware/steam-for-linux/issues/4824',
  'https://sourceware.org/bugzilla/show_bug.cgi?id=23960',
];

/** File systems whose inodes have numbers of 64 bits. */
const wideInodes: ReadonlySet<string> = new Set([
  ...['xfs', 'btrfs', 'zfs', 'bcachefs', 'ceph', 'fuse.ceph', 'lustre', 'gpfs', 'beegfs'],
  ...['nfs', 'nfs3', 'nfs4', 'cifs', 'smb3', 'fuse.glusterfs', 'virtiofs', 'fuse.mergerfs'],
]);

/** PL6017: a 32-bit program without large files on a file system or below a translator that needs them. */
export const largeFilesRule: Rule = {
  id: 'large-files',
  *run({ userSpace }, offer) {
    const found = narrowPrograms(userSpace);
    const [first] = found;
    if (first === undefined) return;
    const { by, machines } = offer.emulation ?? {};
    const isTranslated =
      by === 'qemu-user' &&
      first.facts.machine !== offer.machine &&
      machines?.includes(first.facts.machine) !== false &&
      !/^(?:arm|i[3-6]86)/.test(offer.machine ?? '');
    if (isTranslated) {
      yield tooNarrow(found, offer, {
        part: 'emulation',
        value: 'qemu-user hands on places in directories of 64 bits',
        help: 'for the time of the build a tmpfs where the program lists folders (CARGO_HOME=/dev/shm/cargo); else cross-compile, or run it on a 32-bit kernel or natively',
      });
      return;
    }
    const mount = offer.container?.mounts?.find(({ filesystem }) =>
      wideInodes.has(filesystem ?? ''),
    );
    if (mount === undefined) return;
    yield tooNarrow(found, offer, {
      part: 'container.mounts',
      value: `${mount.target} is ${mount.filesystem}, whose inodes may have numbers above 32 bits`,
      help: 'keep its files on ext4, or mount XFS with inode32 (NFS: the client option enable_ino64=0); else a build with _FILE_OFFSET_BITS=64',
    });
  },
};

/** Where an image has what no distribution built for it. */
const ownPlaces = /^\/(?:usr\/local|usr\/games|opt|srv|app|home|root|data|steam)/;

/** 32-bit programs of glibc that start, or that the image has of its own, with the functions that they call. */
function narrowPrograms({ elves, start }: UserSpace): readonly ElfFile[] {
  const started = new Set(start.map(({ path }) => path));
  return elves.filter(
    ({ path, facts }) =>
      facts.bits === 32 &&
      facts.type !== 'shared-library' &&
      facts.type !== 'relocatable' &&
      !/musl|uClibc/.test(facts.interpreter ?? '') &&
      (started.has(path) || ownPlaces.test(path)) &&
      facts.imports.some(({ name }) => narrow.has(name)),
  );
}

function tooNarrow(
  found: readonly ElfFile[],
  offer: Offer,
  { part, value, help }: { readonly part: string; readonly value: string; readonly help: string },
): Finding {
  const [first] = found;
  const calls = first?.facts.imports.flatMap(({ name }) => (narrow.has(name) ? [name] : [])) ?? [];
  return findingOf({
    code: 'PL6017',
    rule: 'large-files',
    severity: 'degraded',
    certainty: 'present',
    title: `${first?.path} is a 32-bit program that asks for files without large-file support: ${value}`,
    need: `inodes and places in directories of 32 bits (${[...new Set(calls)].slice(0, 4).join(', ')})`,
    offer: offered(offer, part, value),
    evidence: found.map(({ path }) => ({
      path,
      detail: 'imports functions without large-file support',
    })),
    symptom: 'Value too large for defined data type',
    help,
    references,
    component: 'image',
  });
}
