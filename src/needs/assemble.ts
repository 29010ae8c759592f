// The user space as a whole, from the merged tree and the per-file facts that the scan left in it.
import type { Diagnostic } from '../diag/diagnostic.ts';
import { osReleasePaths, parseOsRelease } from '../formats/os-release.ts';
import type { Package } from '../formats/package.ts';
import type { FileNode } from '../image/file-tree.ts';
import type { ImageConfig } from '../image/image.ts';
import type { PayloadTree } from '../image/payload-tree.ts';
import { ownEntry } from '../lib/own-entry.ts';
import { elfIndex } from './elf-index.ts';
import { findLibc } from './find-libc.ts';
import { findKernelHeaders } from './kernel-headers.ts';
import { lazy } from './lazy.ts';
import { listedLibc } from './listed-base.ts';
import { ownerIndex } from './owners.ts';
import type { FileFacts } from './scan/file-facts.ts';
import type { OwnedFiles } from './scan/owned-files.ts';
import { softwareCatalogue } from './software-catalogue.ts';
import { recogniseSoftware } from './software-match.ts';
import { startChain } from './start/start-chain.ts';
import type { ElfFile, OsRelease, ScriptFile, UserSpace } from './user-space.ts';

/** What of a target is no file. */
export interface TargetFacts {
  readonly target: UserSpace['target'];
  readonly config?: ImageConfig;
  readonly problems: readonly Diagnostic[];
}

/** Machines by the names that image platforms have for them (Go's GOARCH). */
const machineOfPlatform: Readonly<Record<string, string>> = {
  amd64: 'x86_64',
  '386': 'i386',
  arm64: 'aarch64',
  arm: 'arm',
  riscv64: 'riscv64',
  ppc64le: 'ppc64le',
  s390x: 's390x',
  mips64le: 'mips64el',
  loong64: 'loongarch64',
};

interface Collected {
  readonly elves: ElfFile[];
  readonly scripts: ScriptFile[];
  readonly packages: Package[];
  readonly owned: OwnedFiles[];
  readonly texts: Map<string, string>;
  readonly problems: Diagnostic[];
}

/** Joins tree, facts and configuration. */
export function assembleUserSpace(tree: PayloadTree<FileFacts>, facts: TargetFacts): UserSpace {
  const { elves, scripts, packages, owned, texts, problems } = collect(tree);
  const { config } = facts;
  const text = (path: string): string | undefined => texts.get(path) ?? followed(tree, texts, path);
  const index = elfIndex(tree, elves);
  const machine =
    config === undefined
      ? mostFrequent(elves)
      : ownEntry(machineOfPlatform, config.platform.architecture);
  const os = findOs(text);
  const libc =
    findLibc(elves, packages, machine) ??
    (facts.target.kind === 'elf' ? undefined : listedLibc(packages, os, elves.length === 0));
  const names = [...texts.keys()];
  const byPath = new Map(scripts.map((script) => [script.path, script]));
  const sources = {
    tree,
    elves,
    packages,
    texts: names,
    text,
    ...(config === undefined ? {} : { config }),
  };
  const start =
    facts.target.kind === 'elf'
      ? elves.map(({ path }) => ({ argv: [path], path, kind: 'elf' as const }))
      : startChain({ ...sources, elves: index, script: (path) => byPath.get(path) });
  return {
    ...facts,
    tree,
    ...(os === undefined ? {} : { os }),
    ...(libc === undefined ? {} : { libc }),
    elves,
    scripts,
    packages,
    software: [...recogniseSoftware(sources, softwareCatalogue), ...findKernelHeaders(sources)],
    start,
    text,
    texts: names,
    owners: lazy(() => ownerIndex(owned, packages, tree)),
    problems: [...facts.problems, ...tree.problems, ...problems],
  };
}

/** Examples and scripts of the package manager: never run by what the image is for. */
const documentation =
  /^\/usr\/share\/(?:doc|bash-completion|vim|zsh)\/|^\/var\/lib\/dpkg\/info\/|\/examples?\/|\/testsuite\//;

const maximumProblems = 500;

function collect(tree: PayloadTree<FileFacts>): Collected {
  const all: Collected = {
    elves: [],
    scripts: [],
    packages: [],
    owned: [],
    texts: new Map(),
    problems: [],
  };
  for (const node of tree.walk()) {
    const found = node.type === 'file' ? tree.payload(node.path) : undefined;
    if (found === undefined) continue;
    const place = { path: node.path, ...layerOf(node) };
    if (found.elf !== undefined) {
      const { elf, builtFor } = found;
      all.elves.push({ ...place, facts: elf, ...(builtFor === undefined ? {} : { builtFor }) });
    }
    if (found.script !== undefined && !documentation.test(node.path))
      all.scripts.push({ ...place, ...found.script });
    if (found.packages !== undefined) for (const item of found.packages) all.packages.push(item);
    if (found.owned !== undefined) for (const item of found.owned) all.owned.push(item);
    if (found.text !== undefined) all.texts.set(node.path, found.text);
    for (const problem of found.problems ?? []) {
      if (all.problems.length < maximumProblems) all.problems.push(problem);
    }
  }
  return all;
}

const layerOf = ({ layer }: FileNode) => (layer === undefined ? {} : { layer });

/** Text of the file that a link leads to. */
function followed(
  tree: PayloadTree<FileFacts>,
  texts: ReadonlyMap<string, string>,
  path: string,
): string | undefined {
  const node = tree.stat(path);
  return node === undefined ? undefined : texts.get(node.path);
}

function mostFrequent(elves: readonly ElfFile[]): string | undefined {
  const counts = new Map<string, number>();
  for (const { facts } of elves) {
    if (facts.interpreter !== undefined)
      counts.set(facts.machine, (counts.get(facts.machine) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
}

function findOs(text: (path: string) => string | undefined): OsRelease | undefined {
  for (const path of osReleasePaths) {
    const found = text(path);
    const value = found === undefined ? undefined : parseOsRelease(Buffer.from(found), path).value;
    if (value === undefined) continue;
    const { id, idLike, versionId, prettyName } = value;
    return {
      id,
      idLike,
      ...(versionId === undefined ? {} : { versionId }),
      ...(prettyName === undefined ? {} : { prettyName }),
      path,
    };
  }
  return undefined;
}
