// What a user space is made of, as bills of materials list it: packages of the system and of languages, the modules
// that Go programs carry in themselves and the crates that cargo-auditable notes in Rust programs, each with its package URL.
import type { Package } from '../formats/package.ts';
import { formatPurl, type Purl } from '../formats/purl.ts';
import type { OsRelease, UserSpace } from './user-space.ts';

/** One part. */
export interface BillPart {
  /** What brought it: dpkg, npm, go … */
  readonly manager: Package['manager'];
  /** Maven's group, npm's scope, a Go module's path above its last name. */
  readonly group?: string;
  readonly name: string;
  readonly version?: string;
  /** Absent where what is known makes none: a jar without a group. */
  readonly purl?: string;
  /** As the packager wrote it. */
  readonly license?: string;
  /** Files that say so, absolute. */
  readonly paths: readonly string[];
  /** Layers that those files come from, as people see them; absent for packages of the system, whose database says nothing of it. */
  readonly layers?: readonly string[];
}

/** A user space as a bill. */
export interface SoftwareBill {
  readonly os?: OsRelease;
  /** By manager, name and version. */
  readonly parts: readonly BillPart[];
}

/** Where scanners look for names of their own: purl-spec's examples, and what its users write. */
const vendors: Readonly<Record<string, string>> = {
  rhel: 'redhat',
  'opensuse-leap': 'opensuse',
  'opensuse-tumbleweed': 'opensuse',
  amzn: 'amazon',
};

/** Managers with one database for all of the system. */
const systemManagers: ReadonlySet<Package['manager']> = new Set(['dpkg', 'rpm', 'apk', 'pacman']);

function distroOf(os: OsRelease | undefined): string | undefined {
  if (os === undefined) return undefined;
  return os.versionId === undefined ? os.id : `${os.id}-${os.versionId}`;
}

function systemPurl(type: string, one: Package, os: OsRelease | undefined, more: object): Purl {
  const id = os?.id ?? type;
  return {
    type,
    namespace: [Object.hasOwn(vendors, id) ? (vendors[id] ?? id) : id],
    name: one.name,
    version: one.version,
    qualifiers: { arch: one.architecture, distro: distroOf(os), ...more },
  };
}

/** Source package where it has another name or version: advisories are written for it. */
function debianSource({ name, version, source, sourceVersion }: Package): string | undefined {
  if (source === undefined && sourceVersion === undefined) return undefined;
  const from = source ?? name;
  if (from === name && (sourceVersion === undefined || sourceVersion === version)) return undefined;
  return sourceVersion === undefined ? from : `${from}@${sourceVersion}`;
}

function rpmPurl(one: Package, os: OsRelease | undefined): Purl {
  const [, epoch, version = one.version] = /^(\d+):(.*)$/.exec(one.version) ?? [];
  const { source, sourceVersion } = one;
  const upstream =
    source === undefined || sourceVersion === undefined
      ? source
      : `${source}-${sourceVersion}.src.rpm`;
  const more = { upstream, epoch: epoch === '0' ? undefined : epoch };
  return { ...systemPurl('rpm', one, os, more), version };
}

function purlOf(one: Package, os: OsRelease | undefined): Purl | undefined {
  const { manager, name, version, source, architecture } = one;
  switch (manager) {
    case 'dpkg':
      return systemPurl('deb', one, os, { upstream: debianSource(one) });
    case 'rpm':
      return rpmPurl(one, os);
    case 'apk':
      return systemPurl('apk', one, os, { upstream: source === name ? undefined : source });
    case 'pacman':
      return systemPurl('alpm', one, os, { upstream: source === name ? undefined : source });
    case 'npm': {
      const [scope, plain] = name.startsWith('@') ? name.split('/', 2) : [undefined, name];
      return {
        type: 'npm',
        namespace: scope === undefined ? [] : [scope],
        name: plain ?? name,
        version,
      };
    }
    case 'gem':
      return { type: 'gem', name, version, qualifiers: { platform: architecture } };
    case 'jar':
      return source === undefined
        ? undefined
        : { type: 'maven', namespace: [source], name, version };
    case 'cargo':
      return source === undefined ? { type: 'cargo', name, version } : undefined;
    case 'pypi':
    case 'conda':
      return { type: manager, name, version };
    case 'go':
      return goPurl(name, version);
  }
}

/** purl-spec, golang: namespace and name in lower case. */
function goPurl(path: string, version: string): Purl {
  const segments = path.toLowerCase().split('/');
  return {
    type: 'golang',
    namespace: segments.slice(0, -1),
    name: segments.at(-1) ?? path,
    ...(version === '' ? {} : { version }),
  };
}

/** The crates that Rust programs carry word of. Those of a private source have no URL that scanners would know. */
function cargoPackages({ elves }: UserSpace): readonly Package[] {
  return elves.flatMap(({ path, facts: { crates = [] } }) =>
    crates.map(({ name, version, published }): Package => {
      const from = published ? {} : { source: 'private' };
      return { manager: 'cargo', name, version, ...from, database: path };
    }),
  );
}

/** The parts that stand in Go programs themselves: their modules, and the library of the toolchain. */
function goPackages({ elves }: UserSpace): readonly Package[] {
  return elves.flatMap(({ path, facts: { go } }): readonly Package[] => {
    if (go === undefined) return [];
    const modules = go.modules.map(({ path: name, version }) => ({
      name,
      // What was built from a working copy has no version.
      version: version === '(devel)' ? '' : version,
    }));
    const library = go.version === undefined ? [] : [{ name: 'stdlib', version: go.version }];
    return [...modules, ...library].map((one) => ({ manager: 'go', ...one, database: path }));
  });
}

function groupOf({ manager, name, source }: Package): string | undefined {
  if (manager === 'jar') return source;
  return manager === 'npm' && name.startsWith('@') ? name.split('/')[0] : undefined;
}

function nameOf({ manager, name }: Package): string {
  return manager === 'npm' && name.startsWith('@') ? (name.split('/')[1] ?? name) : name;
}

/** Everything that the user space is made of; with licenses of Debian's packages by their names (debian-licenses.ts). */
export function softwareBill(
  userSpace: UserSpace,
  licenses: ReadonlyMap<string, string> = new Map(),
): SoftwareBill {
  const { os, packages, target } = userSpace;
  const all = [...packages, ...goPackages(userSpace), ...cargoPackages(userSpace)];
  const keyOf = (one: Package): string =>
    [one.manager, one.name, one.version, one.architecture ?? '', one.source ?? ''].join('\0');
  const layersOf = (paths: readonly string[]): readonly string[] => {
    const found = paths.map((path) => userSpace.tree.stat(path)?.layer);
    const labels = found.map((layer) => (layer === undefined ? undefined : target.layers[layer]));
    return [...new Set(labels.filter((label) => label !== undefined))];
  };
  const parts = [...Map.groupBy(all, keyOf).values()].flatMap((same): BillPart[] => {
    const [first] = same;
    if (first === undefined) return [];
    const purl = purlOf(first, os);
    const group = groupOf(first);
    const { manager, version } = first;
    const license = first.license ?? (manager === 'dpkg' ? licenses.get(first.name) : undefined);
    const paths = [...new Set(same.map(({ database }) => database))].sort();
    const layers = systemManagers.has(manager) ? [] : layersOf(paths);
    return [
      {
        manager,
        ...(group === undefined ? {} : { group }),
        name: nameOf(first),
        ...(version === '' ? {} : { version }),
        ...(purl === undefined ? {} : { purl: formatPurl(purl) }),
        ...(license === undefined ? {} : { license }),
        paths,
        ...(layers.length === 0 ? {} : { layers }),
      },
    ];
  });
  const order = ({ manager, group = '', name, version = '', purl = '' }: BillPart): string =>
    [manager, group, name, version, purl].join('\0');
  return {
    ...(os === undefined ? {} : { os }),
    parts: parts.sort((a, b) => (order(a) < order(b) ? -1 : 1)),
  };
}
