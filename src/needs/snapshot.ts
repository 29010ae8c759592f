// The needs of a whole target as bytes for the cache, in parts: what every check looks at is unpacked at once, the rest
// (ELF files with their imports, scripts, texts, the tree) when somebody asks. So a second run on an unchanged image reads
// neither the image nor most of what is known of it.
import type { FileTree } from '../image/file-tree.ts';
import type { AnalysisCache } from './cache.ts';
import {
  decodeJson,
  encodeJson,
  encodeTree,
  type PackedElves,
  type PackedEntries,
  type PackedSymbols,
  packElves,
  unpackElves,
} from './facts-codec.ts';
import { lazy } from './lazy.ts';
import { makeNeeds } from './make-needs.ts';
import type { DerivedValues, Need, Needs } from './need.ts';
import { noOwners, type OwnerIndex } from './owners.ts';
import { packedTree } from './packed-tree.ts';
import type { ElfFile, ScriptFile, UserSpace } from './user-space.ts';

/** What is read at once. */
type Head = Pick<UserSpace, 'os' | 'libc' | 'packages' | 'software' | 'start' | 'problems'> & {
  readonly needs: readonly Need[];
};

interface Elves {
  readonly files: readonly (readonly [
    path: string,
    layer: number | null,
    builtFor?: readonly string[],
  ])[];
  readonly facts: PackedElves['facts'];
}

/** Parts that are read when somebody asks for them. */
type LazyPart = 'elves' | 'symbols' | 'imports' | 'scripts' | 'tree' | 'texts' | 'owners';

const partKey = (key: string, part: string) => `${key}/${part}`;

/**
 * A part of kept needs is gone or damaged, found out when it was asked for: another process dropped it, or the disk
 * gave back something else. Whoever reads needs with a cache does it once more without what is kept.
 */
export class KeptFactsLost extends Error {}

/** Keeps needs under a key; gives them with what is kept beside them. */
export function keepSnapshot(key: string, needs: Needs, cache: AnalysisCache): Needs {
  for (const part of encodeSnapshot(key, needs)) cache.put([part]);
  return { ...needs, derived: derivedValues(key, cache) };
}

/**
 * The parts of a snapshot under a key: one at a time, because together they take as much memory as all that they are made
 * of, and the head last, because where it is the others are taken to be.
 */
function* encodeSnapshot(
  key: string,
  { userSpace, all }: Needs,
): Generator<readonly [key: string, value: Uint8Array]> {
  const { os, libc, packages, software, start, problems, elves, scripts, texts, tree } = userSpace;
  const part = (name: LazyPart | 'head', value: Uint8Array) => [partKey(key, name), value] as const;
  const { facts, symbols } = packElves(elves.map((elf) => elf.facts));
  const packed: Elves = {
    files: elves.map(({ path, layer, builtFor }) =>
      builtFor === undefined ? [path, layer ?? null] : [path, layer ?? null, builtFor],
    ),
    facts,
  };
  yield part('elves', encodeJson(packed));
  yield part('symbols', encodeJson(symbols));
  yield part('imports', encodeJson(packImporters(elves)));
  yield part('scripts', encodeJson(scripts));
  yield part('tree', encodeTree(tree.walk()));
  yield part('texts', encodeJson(texts.map((path) => [path, userSpace.text(path) ?? ''])));
  yield part('owners', encodeJson(userSpace.owners?.() ?? noOwners));
  const head: Head = {
    ...(os === undefined ? {} : { os }),
    ...(libc === undefined ? {} : { libc }),
    packages,
    software,
    start,
    problems,
    needs: all,
  };
  yield part('head', encodeJson(head));
}

/** What of a target the snapshot does not hold. */
export interface SnapshotContext {
  readonly cache: AnalysisCache;
  readonly target: UserSpace['target'];
  readonly config?: UserSpace['config'];
  /** Read files of the image again. */
  readonly read: FileTree['read'];
  readonly readEach: NonNullable<FileTree['readEach']>;
}

/** Needs from the snapshot under a key; undefined when a part of it is not in the cache. */
export function decodeSnapshot(key: string, context: SnapshotContext): Needs | undefined {
  const { cache, target, config } = context;
  const head = decodeJson<Head>(cache.get(partKey(key, 'head')));
  if (head === undefined) return undefined;
  const part = <T>(name: LazyPart): T => {
    const value = decodeJson<T>(cache.get(partKey(key, name)));
    if (value === undefined) throw new KeptFactsLost(`${key}/${name}`);
    return value;
  };
  const symbols = lazy(() => part<PackedSymbols>('symbols'));
  const elves = lazy(() => unpackFiles(part<Elves>('elves'), symbols));
  const scripts = lazy(() => part<readonly ScriptFile[]>('scripts'));
  const texts = lazy(() => new Map(part<readonly (readonly [string, string])[]>('texts')));
  const owners = lazy(() => part<OwnerIndex>('owners'));
  const names = lazy(() => [...texts().keys()]);
  const tree = lazy(() => packedTree(part<PackedEntries>('tree'), context.read));
  const importers = lazy(() => unpackImporters(part<Importers>('imports'), elves()));
  const { needs, ...shared } = head;
  const userSpace: UserSpace = {
    ...shared,
    target,
    ...(config === undefined ? {} : { config }),
    tree: {
      stat: (path, options) => tree().stat(path, options),
      list: (path) => tree().list(path),
      walk: () => tree().walk(),
      paths: () => tree().paths(),
      read: (path, limit) => tree().read(path, limit),
      readEach: context.readEach,
    },
    get elves() {
      return elves();
    },
    importers,
    owners,
    get scripts() {
      return scripts();
    },
    text(path) {
      const direct = texts().get(path);
      if (direct !== undefined) return direct;
      const node = tree().stat(path);
      return node === undefined ? undefined : texts().get(node.path);
    },
    get texts() {
      return names();
    },
  };
  return makeNeeds(userSpace, needs, derivedValues(key, cache));
}

/** What is kept beside the snapshot under a key. */
function derivedValues(key: string, cache: AnalysisCache): DerivedValues {
  const keyOf = (name: string): string => partKey(key, `derived/${name}`);
  return {
    get: (name) => cache.get(keyOf(name)),
    put: (name, value) => cache.put([[keyOf(name), value]]),
  };
}

function unpackFiles(elves: Elves, symbols: () => PackedSymbols): readonly ElfFile[] {
  const facts = unpackElves(elves.facts, symbols);
  return elves.files.flatMap(([path, layer, builtFor], at): ElfFile[] => {
    const found = facts[at];
    if (found === undefined) return [];
    const place = { path, ...(layer === null ? {} : { layer }) };
    return [{ ...place, facts: found, ...(builtFor === undefined ? {} : { builtFor }) }];
  });
}

/** Which files import a name: positions of ELF files under each name. */
interface Importers {
  readonly names: readonly string[];
  readonly files: readonly (readonly number[])[];
}

function packImporters(elves: readonly ElfFile[]): Importers {
  const byName = new Map<string, number[]>();
  for (const [at, { facts }] of elves.entries()) {
    for (const { name } of facts.imports) {
      const files = byName.get(name);
      if (files === undefined) byName.set(name, [at]);
      else if (files.at(-1) !== at) files.push(at);
    }
  }
  return { names: [...byName.keys()], files: [...byName.values()] };
}

function unpackImporters(
  packed: Importers,
  elves: readonly ElfFile[],
): ReadonlyMap<string, readonly ElfFile[]> {
  return new Map(
    packed.names.map((name, at) => [
      name,
      (packed.files[at] ?? []).flatMap((position) => elves[position] ?? []),
    ]),
  );
}
