// Which C library the dynamic programs of a user space use, and its version: from the interpreter that most programs
// ask for, the library file itself, its package, the symbol versions that it defines.

import type { Package } from '../formats/package.ts';
import { compareVersions } from '../lib/version.ts';
import { upstreamVersion } from './software-version.ts';
import type { ElfFile, Libc } from './user-space.ts';

interface Kind {
  readonly name: Libc['name'];
  /** Names of the library or loader file. */
  readonly file: RegExp;
  readonly packages: RegExp;
}

const kinds: readonly Kind[] = [
  {
    name: 'glibc',
    file: /\/(?:libc\.so\.6(?:\.1)?|libc-2\.[0-9.]+\.so)$/,
    packages: /^(?:libc6|libc6\.1|glibc)$/,
  },
  {
    name: 'musl',
    file: /\/(?:ld-musl-[^/]+\.so\.1|libc\.musl-[^/]+\.so\.1)$/,
    packages: /^(?:musl|libc-musl)$/,
  },
  {
    name: 'uclibc',
    file: /\/(?:libuClibc-[^/]+\.so|ld-uClibc[^/]*\.so\.[01])$/,
    packages: /^uclibc/,
  },
  {
    name: 'bionic',
    file: /\/(?:bionic\/libc\.so|system\/lib(?:64)?\/libc\.so)$/,
    packages: /^bionic$/,
  },
  { name: 'dietlibc', file: /\/diet\/[^/]+\/libc\.so$/, packages: /^dietlibc$/ },
];

/** Directories in which a user space's own libc lies; copies elsewhere (bundled, cross compilers', snaps') come last. */
const own = /^\/(?:usr\/)?lib(?:32|64|x32)?\/(?:[^/]+-linux-gnu[^/]*\/)?[^/]+$/;

/** The C library of the user space, that of its main machine first. Undefined: static programs only, or none. */
export function findLibc(
  elves: readonly ElfFile[],
  packages: readonly Package[],
  machine: string | undefined,
): Libc | undefined {
  const interpreters = new Map<string, number>();
  for (const { facts } of elves) {
    if (facts.interpreter !== undefined && (machine === undefined || facts.machine === machine)) {
      interpreters.set(facts.interpreter, (interpreters.get(facts.interpreter) ?? 0) + 1);
    }
  }
  const musl = [...interpreters]
    .filter(([path]) => path.includes('/ld-musl-'))
    .reduce((sum, [, count]) => sum + count, 0);
  const other = [...interpreters.values()].reduce((sum, count) => sum + count, 0) - musl;
  const candidates = elves
    .flatMap((elf) =>
      kinds.filter(({ file }) => file.test(elf.path)).map((kind) => ({ kind, elf })),
    )
    .sort((a, b) => weigh(b, machine, musl > other) - weigh(a, machine, musl > other));
  const best = candidates[0];
  if (best === undefined) return undefined;
  const { kind, elf } = best;
  const item = packages.find(
    ({ name, manager }) =>
      ['dpkg', 'rpm', 'apk', 'pacman', 'conda'].includes(manager) && kind.packages.test(name),
  );
  // A bundled libc is not the one of the packages.
  const known = own.test(elf.path) ? item : undefined;
  const version =
    statedVersion(elf) ?? (known && upstreamVersion(known.version)) ?? definedVersion(elf);
  return {
    name: kind.name,
    ...(version === undefined ? {} : { version }),
    path: elf.path,
    ...(known === undefined ? {} : { package: known }),
  };
}

function weigh(
  { kind, elf }: { readonly kind: Kind; readonly elf: ElfFile },
  machine: string | undefined,
  musl: boolean,
): number {
  return (
    (elf.facts.machine === machine ? 8 : 0) +
    ((kind.name === 'musl') === musl ? 4 : 0) +
    (own.test(elf.path) ? 2 : 0) +
    (/\/libc\.so\.6$/.test(elf.path) ? 1 : 0)
  );
}

/** The version that the library itself states. */
function statedVersion(elf: ElfFile): string | undefined {
  const stated = elf.facts.staticLibc?.version;
  if (stated !== undefined) return stated;
  return /\/libc-(2\.[0-9]+(?:\.[0-9]+)?)\.so$/.exec(elf.path)?.[1];
}

/** The newest GLIBC_ version defined: at most the library's own, and close to it. */
function definedVersion({ facts }: ElfFile): string | undefined {
  const versions = facts.versionsDefined.flatMap(
    (name) => /^GLIBC_(\d+(?:\.\d+)+)$/.exec(name)?.[1] ?? [],
  );
  return versions.sort(compareVersions).at(-1);
}
