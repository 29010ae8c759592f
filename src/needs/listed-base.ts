// What package databases and the release tell of a user space whose C library is not among the files: a directory that
// holds no more than /etc and /var, a layer on its own, a list of packages that somebody wrote down. Weaker than files,
// and far better than silence: the machine, the C library and its version decide most of what a host must give.
import type { Machine } from '../formats/elf-facts.ts';
import type { Package } from '../formats/package.ts';
import { distributionNamed } from '../kernel/distributions.ts';
import { upstreamVersion } from './software-version.ts';
import type { Libc, OsRelease, UserSpace } from './user-space.ts';

/** A machine as ELF headers would have it. */
export interface ListedMachine {
  readonly machine: Machine;
  readonly bits: 32 | 64;
  /** What says so. */
  readonly evidence: { readonly path?: string; readonly package?: string; readonly detail: string };
}

const wide = (machine: Machine) => [machine, 64] as const;
const narrow = (machine: Machine) => [machine, 32] as const;

/** Architectures as dpkg, rpm, apk, pacman and image platforms call them; "all", "noarch" and "any" tell nothing. */
const machines: Readonly<Record<string, readonly [Machine, 32 | 64]>> = {
  amd64: wide('x86_64'),
  x86_64: wide('x86_64'),
  x86_64_v2: wide('x86_64'),
  x86_64_v3: wide('x86_64'),
  i386: narrow('i386'),
  i486: narrow('i386'),
  i586: narrow('i386'),
  i686: narrow('i386'),
  x86: narrow('i386'),
  '386': narrow('i386'),
  arm64: wide('aarch64'),
  aarch64: wide('aarch64'),
  armhf: narrow('arm'),
  armel: narrow('arm'),
  arm: narrow('arm'),
  armv6: narrow('arm'),
  armv6h: narrow('arm'),
  armv7: narrow('arm'),
  armv7h: narrow('arm'),
  armv7hl: narrow('arm'),
  armv7l: narrow('arm'),
  riscv64: wide('riscv64'),
  ppc64el: wide('ppc64le'),
  ppc64le: wide('ppc64le'),
  s390x: wide('s390x'),
  mips64el: wide('mips64el'),
  mips64le: wide('mips64el'),
  loong64: wide('loongarch64'),
  loongarch64: wide('loongarch64'),
};

const machineOf = (word: string | undefined) =>
  word !== undefined && Object.hasOwn(machines, word) ? machines[word] : undefined;

const systemManagers = new Set<Package['manager']>(['dpkg', 'rpm', 'apk', 'pacman']);
const glibcPackage = /^(?:libc6(?:\.1)?(?::\w+)?|glibc)$/;
const muslPackage = /^musl$/;

const dataPackage =
  /^(?:base-files|netbase|tzdata(?:-legacy)?|ca-certificates(?:-bundle)?|media-types|alpine-baselayout(?:-data)?|alpine-keys|wolfi-baselayout|filesystem|setup)$/;

const isLibc = ({ name, manager }: Package): boolean =>
  systemManagers.has(manager) && (glibcPackage.test(name) || muslPackage.test(name));

/** The machine that packages are for: that of the C library's, else the most frequent; else the image's platform. */
export function listedMachine({
  packages,
  target,
}: Pick<UserSpace, 'packages' | 'target'>): ListedMachine | undefined {
  const known = packages.filter(
    ({ manager, architecture }) => systemManagers.has(manager) && machineOf(architecture),
  );
  const libcs = known.filter(isLibc);
  const counts = Map.groupBy(known, ({ architecture }) => architecture ?? '');
  const count = (item: Package): number => counts.get(item.architecture ?? '')?.length ?? 0;
  const [item] = (libcs.length > 0 ? libcs : known).toSorted((a, b) => count(b) - count(a));
  const byPackage = machineOf(item?.architecture);
  if (item !== undefined && byPackage !== undefined) {
    const [machine, bits] = byPackage;
    const named = `${item.name} ${item.version}`;
    const detail = `${item.name} is installed for ${item.architecture}`;
    return { machine, bits, evidence: { path: item.database, package: named, detail } };
  }
  const platform = target.platform?.architecture;
  const byPlatform = machineOf(platform);
  if (byPlatform === undefined) return undefined;
  const [machine, bits] = byPlatform;
  return { machine, bits, evidence: { detail: `the image is for linux/${platform}` } };
}

/** Distributions whose packages' musl is the C library, though others may have it beside theirs. */
const muslDistributions = new Set(['alpine', 'postmarketos', 'chimera', 'adelie', 'openwrt']);

/**
 * The C library by its package, or, where there is no ELF file at all, by the release of the distribution.
 * @param empty whether the tree holds no ELF file
 */
export function listedLibc(
  packages: readonly Package[],
  os: OsRelease | undefined,
  empty: boolean,
): Libc | undefined {
  const found = packages.filter(isLibc);
  const musl = found.find(({ name }) => muslPackage.test(name));
  const glibc = found.find(({ name }) => glibcPackage.test(name));
  const item = os !== undefined && muslDistributions.has(os.id) ? (musl ?? glibc) : (glibc ?? musl);
  if (item !== undefined) {
    const version = upstreamVersion(item.version);
    return {
      name: item === musl ? 'musl' : 'glibc',
      ...(version === undefined ? {} : { version }),
      path: item.database,
      package: item,
      listed: true,
    };
  }
  // Images for static programs hold data packages and no C library.
  const bare = packages.length > 0 && packages.every((one) => dataPackage.test(one.name));
  const row = empty && !bare && os !== undefined ? releaseOf(os) : undefined;
  const { name, version } = row?.libc ?? {};
  if (os === undefined || version === undefined || (name !== 'glibc' && name !== 'musl'))
    return undefined;
  return { name, version, path: os.path, listed: true };
}

/** The release in the tables: "3.15.4" is Alpine 3.15, "9" the newest RHEL 9. */
function releaseOf({ id, versionId }: OsRelease) {
  if (versionId === undefined) return undefined;
  const short = versionId.split('.').slice(0, 2).join('.');
  const major = versionId.split('.', 1)[0] ?? '';
  return (
    distributionNamed(`${id}:${versionId}`) ??
    distributionNamed(`${id}:${short}`) ??
    // An own user space of RHEL's family goes by its major release; others differ between point releases.
    (/^(?:rhel|centos|rocky|almalinux|ol|debian)$/.test(id)
      ? distributionNamed(`${id}:${major}`)
      : undefined)
  );
}
