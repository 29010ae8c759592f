// Programs of the system that containers need, and which package brings each. Debian's were installed from; the names of the
// other distributions were not tried here.
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from './find-program.ts';

/** Distributions that share names of packages and the program that installs them. */
export type PackageFamily = 'debian' | 'fedora' | 'suse' | 'alpine' | 'arch';

/** How each family is called, and what installs packages there. */
export const packageFamilies: Readonly<
  Record<PackageFamily, { readonly label: string; readonly install: readonly string[] }>
> = {
  debian: { label: 'Debian, Ubuntu', install: ['apt-get', 'install', '-y'] },
  fedora: { label: 'Fedora, RHEL', install: ['dnf', 'install', '-y'] },
  suse: { label: 'SUSE', install: ['zypper', '--non-interactive', 'install'] },
  alpine: { label: 'Alpine', install: ['apk', 'add'] },
  arch: { label: 'Arch', install: ['pacman', '-S', '--noconfirm'] },
};

const families = Object.keys(packageFamilies) as readonly PackageFamily[];

/** Whether containers need a part: always, only in an ordinary user's hands, or for single features. */
export type PartNeed = 'always' | 'user' | 'feature';

/** A part of the system. */
export interface SystemPart {
  readonly name: string;
  /** Any of them does. */
  readonly programs: readonly string[];
  readonly need: PartNeed;
  /** What it does here. */
  readonly purpose: string;
  readonly packages: Readonly<Record<PackageFamily, string>>;
}

const everywhere = (name: string): SystemPart['packages'] => ({
  debian: name,
  fedora: name,
  suse: name,
  alpine: name,
  arch: name,
});

/** All parts, the most needed first. */
export const systemParts = [
  {
    name: 'crun',
    programs: ['crun', 'runc'],
    need: 'always',
    purpose: 'makes and starts containers (the OCI runtime)',
    packages: everywhere('crun'),
  },
  {
    name: 'conmon',
    programs: ['conmon'],
    need: 'always',
    purpose: 'holds their streams, writes logs, waits for their end',
    packages: everywhere('conmon'),
  },
  {
    name: 'unshare',
    programs: ['unshare'],
    need: 'always',
    purpose: "makes ordinary users' namespaces",
    packages: { ...everywhere('util-linux'), alpine: 'util-linux-misc' },
  },
  {
    name: 'nsenter',
    programs: ['nsenter'],
    need: 'always',
    purpose: "enters ordinary users' namespaces",
    packages: { ...everywhere('util-linux'), alpine: 'util-linux-misc' },
  },
  {
    name: 'netavark',
    programs: ['netavark'],
    need: 'always',
    purpose: 'makes their networks (none and host work without)',
    packages: everywhere('netavark'),
  },
  {
    name: 'iptables',
    programs: ['iptables', 'nft'],
    need: 'always',
    purpose: 'lets them out and publishes ports, for netavark',
    packages: { ...everywhere('iptables'), fedora: 'iptables-nft' },
  },
  {
    name: 'aardvark-dns',
    programs: ['aardvark-dns'],
    need: 'feature',
    purpose: 'answers names of containers in networks of your own',
    packages: everywhere('aardvark-dns'),
  },
  {
    name: 'newuidmap',
    programs: ['newuidmap'],
    need: 'user',
    purpose: "maps users for ordinary users' containers",
    packages: {
      debian: 'uidmap',
      fedora: 'shadow-utils',
      suse: 'shadow',
      alpine: 'shadow-uidmap',
      arch: 'shadow',
    },
  },
  {
    name: 'pasta',
    programs: ['pasta'],
    need: 'user',
    purpose: "gives ordinary users' containers a network",
    packages: everywhere('passt'),
  },
  {
    name: 'fuse-overlayfs',
    programs: ['fuse-overlayfs'],
    need: 'feature',
    purpose: 'stacks layers of ordinary users on kernels before 5.11',
    packages: everywhere('fuse-overlayfs'),
  },
  {
    name: 'catatonit',
    programs: ['catatonit', 'docker-init', 'tini-static', 'tini'],
    need: 'feature',
    purpose: 'the small init of --init',
    packages: everywhere('catatonit'),
  },
  {
    name: 'ps',
    programs: ['ps'],
    need: 'feature',
    purpose: 'lists processes for top',
    packages: { ...everywhere('procps'), fedora: 'procps-ng', arch: 'procps-ng' },
  },
  {
    name: 'mount',
    programs: ['mount'],
    need: 'feature',
    purpose: 'shows them the files of another host, with --as',
    packages: { ...everywhere('util-linux'), debian: 'mount', alpine: 'mount' },
  },
] as const satisfies readonly SystemPart[];

/** Name of a part. */
export type PartName = (typeof systemParts)[number]['name'];

/** Where distributions put helpers that nobody calls by hand. */
export const helperFolders: readonly string[] = [
  '/usr/libexec/podman',
  '/usr/lib/podman',
  '/usr/local/libexec/podman',
  '/usr/libexec/docker',
];

/** Absolute path of a program: of helpers first, then by PATH; undefined where it is not installed. */
export function findPart(program: string, path: string | undefined): string | undefined {
  for (const folder of helperFolders) {
    const file = join(folder, program);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not here.
    }
  }
  return findProgram(program, path);
}

/** What to install for a part, for errors: every family's package. */
export function installHelp(name: PartName): string {
  const packages: SystemPart['packages'] | undefined = systemParts.find(
    (part) => part.name === name,
  )?.packages;
  if (packages === undefined) return `install ${name}`;
  const byPackage = new Map<string, string[]>();
  for (const family of families) {
    const labels = byPackage.get(packages[family]) ?? [];
    byPackage.set(packages[family], [...labels, packageFamilies[family].label]);
  }
  const shown =
    byPackage.size === 1
      ? `the package ${packages.debian}`
      : [...byPackage].map(([one, labels]) => `${one} (${labels.join(', ')})`).join(', ');
  return `install ${shown}; plimsoll setup shows what else is missing`;
}

/** The family of a distribution by ID and ID_LIKE of os-release(5); undefined for one that is not known. */
export function familyOf(ids: readonly string[]): PackageFamily | undefined {
  for (const id of ids) {
    if (id === 'debian' || id === 'ubuntu') return 'debian';
    if (['fedora', 'rhel', 'centos', 'amzn', 'ol', 'rocky', 'almalinux'].includes(id))
      return 'fedora';
    if (/^(?:suse|opensuse|sles)/.test(id)) return 'suse';
    if (id === 'alpine') return 'alpine';
    if (id === 'arch' || id === 'archlinux') return 'arch';
  }
  return undefined;
}
