// Indexes over a user space for rules that are data: hundreds of rules ask, each file and package is looked at once.
// Everything is built when first asked for.
import { posix } from 'node:path';
import type { Package } from '../formats/package.ts';
import { abiOfMachine } from '../kernel/abi.ts';
import { ownEntry } from '../lib/own-entry.ts';
import {
  baseNamesOf,
  compileName,
  compilePath,
  findPaths,
  isLiteral,
} from '../needs/name-pattern.ts';
import type { NeedOf, Needs } from '../needs/need.ts';
import { upstreamVersion } from '../needs/software-version.ts';
import { startedScripts } from '../needs/start/started-scripts.ts';
import type { ElfFile, Software, UserSpace } from '../needs/user-space.ts';
import { packageSatisfies } from './package-range.ts';

const pathLimit = 200;

/** Where distributions put scripts that come with packages; nobody says that they run. */
const ofDistribution =
  /^\/(?:usr\/(?:share|lib|lib32|lib64|libexec|src|s?bin|include|games)|lib|lib64|s?bin|boot|var\/lib\/(?:dpkg|dnf|rpm|apt|pacman)|var\/cache)\/|^\/etc\/(?:init\.d|cron|kernel|network|apm|acpi|rc\d?\.d|pam\.d|profile\.d|dhcp|ppp|X11|skel|update-motd\.d|logrotate\.d|NetworkManager|grub\.d|apparmor|bash_completion|alternatives|systemd|xdg|security|sysconfig|pm|wpa_supplicant|resolvconf|ca-certificates)/;

/** Whether a script is likely to be the image's own, and not one that came along with a package. */
export function isOwnScript(path: string): boolean {
  return !ofDistribution.test(path);
}

/** A line of a script that calls an external command. */
export interface CommandLine {
  readonly path: string;
  readonly line: number;
  readonly text: string;
}

/** A Go module in a program, or an installed one. */
export interface GoModule {
  readonly path: string;
  readonly name: string;
  readonly version: string;
}

/** The user space as image conditions look at it. */
export interface ImageView {
  readonly userSpace: UserSpace;
  readonly software: ReadonlyMap<string, readonly Software[]>;
  readonly commands: ReadonlyMap<string, readonly CommandLine[]>;
  importing(pattern: string): readonly ElfFile[];
  readonly marked: ReadonlyMap<string, readonly ElfFile[]>;
  readonly goPrograms: readonly ElfFile[];
  readonly startPaths: ReadonlySet<string>;
  /** Whether a file is configuration of what starts, by its path: /etc/samba/smb.conf where smbd does. */
  configuresStart(path: string): boolean;
  /** The C library, by its file; in an image without programs by its package. */
  readonly libc: UserSpace['libc'];
  /** What the files, else the image's platform, else its packages are for. Empty: nothing tells. */
  readonly machines: ReadonlySet<string>;
  readonly fileCapabilities: readonly NeedOf<'file-capability'>[];
  readonly setuid: readonly string[];
  /** Facilities that sources of interpreted programs name. */
  readonly sourceUses: readonly NeedOf<'source-use'>[];
  /** Hard-coded paths under /proc, /sys and /dev. */
  readonly kernelPaths: readonly NeedOf<'path'>[];
  /** Whether what starts runs it; undefined when that cannot be told. */
  onStart(item: Software): boolean | undefined;
  packagesNamed(pattern: string): readonly Package[];
  packageSatisfies(item: Package, range: string): boolean;
  needing(library: string): readonly ElfFile[];
  goModules(pattern: string): readonly GoModule[];
  paths(pattern: string): readonly string[];
  textsAt(pattern: string): readonly string[];
  pathMatcher(pattern: string): (path: string) => boolean;
  nameMatcher(pattern: string): (name: string) => boolean;
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** Multimap of what each item is listed under. */
function index<T>(items: Iterable<T>, keys: (item: T) => Iterable<string>): Map<string, T[]> {
  const map = new Map<string, T[]>();
  for (const item of items) {
    for (const key of keys(item)) {
      const list = map.get(key);
      if (list === undefined) map.set(key, [item]);
      else if (list.at(-1) !== item) list.push(item);
    }
  }
  return map;
}

function memo<T>(make: (key: string) => T): (key: string) => T {
  const known = new Map<string, T>();
  return (key) => {
    const found = known.get(key);
    if (found !== undefined) return found;
    const made = make(key);
    known.set(key, made);
    return made;
  };
}

function matcherOf(
  compile: (pattern: string) => RegExp,
): (pattern: string) => (text: string) => boolean {
  return memo((pattern) => {
    if (isLiteral(pattern)) return (text: string) => text === pattern;
    const regex = compile(pattern);
    return (text: string) => regex.test(text);
  });
}

/** Entries of a multimap whose key matches a pattern. */
function lookUp<T>(map: ReadonlyMap<string, readonly T[]>, pattern: string): readonly T[] {
  if (isLiteral(pattern)) return map.get(pattern) ?? [];
  const regex = compileName(pattern);
  return [...map].flatMap(([key, items]) => (regex.test(key) ? items : []));
}

/** What an image without programs says to be for: its platform, else the packages of its distribution. */
function declaredMachines({ config, target, packages }: UserSpace): readonly string[] {
  const platform = (config?.platform ?? target.platform)?.architecture;
  const named = platform === undefined ? packages.map((item) => item.architecture) : [platform];
  return [...new Set(named)].flatMap((name) => abiOfMachine(name ?? '') ?? []);
}

const libcPackages = { libc6: 'glibc', glibc: 'glibc', musl: 'musl' } as const;

function packagedLibc({ packages }: UserSpace): UserSpace['libc'] {
  for (const item of packages) {
    if (!Object.hasOwn(libcPackages, item.name)) continue;
    const name = libcPackages[item.name as keyof typeof libcPackages];
    const version = upstreamVersion(item.version);
    const from = { name, path: item.database, package: item };
    return version === undefined ? from : { ...from, version };
  }
  return undefined;
}

/** Words of a path: "/etc/my.cnf.d/x.cnf" has etc, my, cnf, d, x. */
const wordsOf = (path: string): readonly string[] => path.split(/[/._-]/);

/** Configuration that does not bear its program's name. */
const otherWords: Readonly<Record<string, readonly string[]>> = {
  mysql: ['my'],
  mariadb: ['my'],
  'percona-server': ['my'],
  'apache-httpd': ['apache2', 'httpd'],
  postgresql: ['postgresql', 'postgres'],
  samba: ['smb'],
  bind9: ['named'],
};

/** Names that the configuration of what starts may bear: of its software, of its programs with and without their "d". */
function namesOfStart(needs: Needs): ReadonlySet<string> {
  const software = needs
    .of('software')
    .filter(({ onStartPath }) => onStartPath === true)
    .map(({ software: { name } }) => name);
  const programs = needs.userSpace.start.flatMap(({ argv }) => {
    const name = posix.basename(argv[0] ?? '').replace(/\.\w+$|-server$/, '');
    return [name, name.replace(/d$/, '')];
  });
  const names = [...software, ...programs.filter((name) => name.length > 3)];
  return new Set(names.flatMap((name) => [name, ...(ownEntry(otherWords, name) ?? [])]));
}

/** Indexes over what a user space needs. */
export function viewImage(needs: Needs): ImageView {
  const { userSpace } = needs;
  const software = once(() => index(needs.of('software'), (need) => [need.software.name]));
  const onStart = once(
    () => new Map(needs.of('software').map((need) => [need.software, need.onStartPath])),
  );
  const named = once(() => {
    // Software that is listed in the user space but that no need was made of still counts.
    const map = new Map<string, readonly Software[]>(
      [...software()].map(([name, list]) => [name, list.map((need) => need.software)]),
    );
    for (const item of userSpace.software)
      if (!map.has(item.name))
        map.set(
          item.name,
          userSpace.software.filter((other) => other.name === item.name),
        );
    return map;
  });
  const packages = once(() => index(userSpace.packages, (item) => [item.name]));
  const commands = once(() => {
    const lines = userSpace.scripts
      .filter(({ path }) => startPaths().has(path) || isOwnScript(path))
      .flatMap(({ path, commands: list }) => list.map((one) => ({ ...one, path })));
    return index(lines, ({ name }) => [name]);
  });
  const importing = once(
    () =>
      userSpace.importers?.() ??
      index(userSpace.elves, ({ facts }) => facts.imports.map((symbol) => symbol.name)),
  );
  const needed = once(() => index(userSpace.elves, ({ facts }) => facts.needed));
  // Object files (Go's race detector as *.syso) are parts of programs that are still to be made.
  const marked = once(() =>
    index(
      userSpace.elves.filter(({ facts }) => facts.type !== 'relocatable'),
      ({ facts }) => Object.keys(facts.marks),
    ),
  );
  const goPrograms = once(() => userSpace.elves.filter(({ facts }) => facts.go !== undefined));
  const modules = once(() => {
    const linked = goPrograms().flatMap(({ path, facts: { go } }) => [
      ...(go?.main === undefined ? [] : [{ path, name: go.main, version: '' }]),
      ...(go?.modules ?? []).map((item) => ({ path, name: item.path, version: item.version })),
    ]);
    return index(linked, ({ name }) => [name]);
  });
  const baseNames = once(() => baseNamesOf(userSpace.tree));
  const pathMatcher = matcherOf(compilePath);
  const startPaths = once(() => startedScripts(userSpace));
  const machines = once(() => {
    const wanted = needs.of('architecture').map((need): string => need.machine);
    if (wanted.length > 0) return new Set(wanted);
    const files = userSpace.elves.map(({ facts }) => facts.machine);
    return new Set(files.length > 0 ? files : declaredMachines(userSpace));
  });
  const libc = once(
    () => userSpace.libc ?? (userSpace.elves.length === 0 ? packagedLibc(userSpace) : undefined),
  );
  const startNames = once(() => namesOfStart(needs));
  const setuid = once(() => needs.of('setuid').map((need) => need.path));
  return {
    userSpace,
    get software() {
      return named();
    },
    get commands() {
      return commands();
    },
    importing: (pattern) => lookUp(importing(), pattern),
    get marked() {
      return marked();
    },
    get goPrograms() {
      return goPrograms();
    },
    get startPaths() {
      return startPaths();
    },
    configuresStart: (path) => wordsOf(path).some((word) => startNames().has(word)),
    get libc() {
      return libc();
    },
    get machines() {
      return machines();
    },
    get fileCapabilities() {
      return needs.of('file-capability');
    },
    get kernelPaths() {
      return needs.of('path');
    },
    get sourceUses() {
      return needs.of('source-use');
    },
    get setuid() {
      return setuid();
    },
    onStart: (item) => onStart().get(item),
    packagesNamed: (pattern) => lookUp(packages(), pattern),
    packageSatisfies,
    needing: (library) => lookUp(needed(), library),
    goModules: (pattern) => lookUp(modules(), pattern),
    paths: memo((pattern) =>
      findPaths(userSpace.tree, baseNames, pattern, pathLimit).map(({ path }) => path),
    ),
    textsAt: memo((pattern) =>
      isLiteral(pattern)
        ? userSpace.texts.includes(pattern)
          ? [pattern]
          : []
        : userSpace.texts.filter(pathMatcher(pattern)),
    ),
    pathMatcher,
    nameMatcher: matcherOf(compileName),
  };
}
