// File facts and layer entries as bytes for the cache. ELF files import many symbols and mostly the same ones: names go
// into one table, a symbol becomes four numbers, and the objects are made only when somebody asks for them. Names of
// a layer's entries stand in columns, which JSON.parse reads several times as fast as as many objects.
import type { ElfFacts, ImportedSymbol } from '../formats/elf-facts.ts';
import type { FileNode } from '../image/file-tree.ts';
import type { IndexedEntry } from '../image/merge.ts';
import type { FileFacts } from './scan/file-facts.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A value as the bytes of its JSON. */
export function encodeJson(value: unknown): Uint8Array {
  return encoder.encode(JSON.stringify(value));
}

/** The value of JSON that this version of the program wrote; undefined for anything else. */
export function decodeJson<T>(bytes: Uint8Array | undefined): T | undefined {
  if (bytes === undefined) return undefined;
  try {
    return JSON.parse(decoder.decode(bytes)) as T;
  } catch {
    return undefined;
  }
}

/** Imports of many ELF files: name, version, library, weak for each, as numbers into the names. */
export interface PackedSymbols {
  readonly names: readonly string[];
  readonly imports: readonly (readonly number[])[];
}

/** ELF facts with their imports packed apart. */
export interface PackedElves {
  readonly facts: readonly Omit<ElfFacts, 'imports'>[];
  readonly symbols: PackedSymbols;
}

/** Packs the facts of many ELF files. */
export function packElves(all: readonly ElfFacts[]): PackedElves {
  const names: string[] = [''];
  const known = new Map<string, number>([['', 0]]);
  const number = (name: string | undefined): number => {
    if (name === undefined) return 0;
    const at = known.get(name) ?? names.push(name) - 1;
    known.set(name, at);
    return at;
  };
  const imports = all.map((facts) =>
    facts.imports.flatMap(({ name, version, library, weak }) => [
      number(name),
      number(version),
      number(library),
      weak ? 1 : 0,
    ]),
  );
  const facts = all.map(({ imports: _, ...rest }) => rest);
  return { facts, symbols: { names, imports } };
}

/** The facts again; imports are unpacked when they are first read. */
export function unpackElves(facts: PackedElves['facts'], symbols: () => PackedSymbols): ElfFacts[] {
  return facts.map((each, at) => {
    let imports: readonly ImportedSymbol[] | undefined;
    return Object.defineProperty(each, 'imports', {
      enumerable: true,
      get() {
        const packed = symbols();
        imports ??= unpackImports(packed.names, packed.imports[at] ?? []);
        return imports;
      },
    }) as ElfFacts;
  });
}

function unpackImports(names: readonly string[], packed: readonly number[]): ImportedSymbol[] {
  const imports: ImportedSymbol[] = [];
  for (let at = 0; at + 3 < packed.length; at += 4) {
    const name = names[packed[at] ?? 0] ?? '';
    const version = packed[at + 1] ?? 0;
    const library = packed[at + 2] ?? 0;
    imports.push({
      name,
      ...(version === 0 ? {} : { version: names[version] ?? '' }),
      ...(library === 0 ? {} : { library: names[library] ?? '' }),
      weak: packed[at + 3] === 1,
    });
  }
  return imports;
}

interface PackedFacts {
  readonly elves: PackedElves;
  /** For each file that has facts: its key, the position of its ELF facts or -1, all others. */
  readonly files: readonly (readonly [string | number, number, Omit<FileFacts, 'elf'> | 0])[];
}

/** Facts of files by a key (a position in a layer, a path). */
export function encodeFacts<K extends string | number>(
  facts: Iterable<readonly [K, FileFacts]>,
): Uint8Array {
  const elves: ElfFacts[] = [];
  const files: [K, number, Omit<FileFacts, 'elf'> | 0][] = [];
  for (const [key, { elf, ...rest }] of facts) {
    files.push([
      key,
      elf === undefined ? -1 : elves.push(elf) - 1,
      Object.keys(rest).length > 0 ? rest : 0,
    ]);
  }
  return encodeJson({ elves: packElves(elves), files } satisfies PackedFacts);
}

/** What encodeFacts wrote. */
export function decodeFacts(
  bytes: Uint8Array | undefined,
): Map<string | number, FileFacts> | undefined {
  const packed = decodeJson<PackedFacts>(bytes);
  if (packed === undefined) return undefined;
  const elves = unpackElves(packed.elves.facts, () => packed.elves.symbols);
  return new Map(
    packed.files.map(([key, at, rest]) => {
      const elf = elves[at];
      return [key, { ...(elf === undefined ? {} : { elf }), ...(rest === 0 ? {} : rest) }];
    }),
  );
}

/** Types of nodes by number. */
const types = ['file', 'directory', 'symlink', 'block', 'character', 'fifo', 'socket'] as const;

/** Entries in columns. */
export interface PackedEntries {
  /** One name a line: no path of an archive holds a NUL. */
  readonly paths: string;
  /** type + 8 × mode, uid, gid, size, mtime for each entry. */
  readonly numbers: readonly number[];
  /** What few entries have, by position. */
  readonly links: readonly (readonly [number, string])[];
  readonly hardLinks: readonly (readonly [number, string])[];
  readonly devices: readonly (readonly [number, number, number])[];
  readonly whiteouts: readonly (readonly [number, 'whiteout' | 'opaque'])[];
  /** The layer of each node, -1 for none; only for trees of several layers. */
  readonly layers?: readonly number[];
  readonly xattrs: readonly (readonly [number, readonly (readonly [string, string])[]])[];
}

/** Entries of a layer without their payloads and the layer's position, which is the image's to know. */
export function encodeEntries(entries: readonly IndexedEntry<unknown>[]): Uint8Array {
  const packing = packer();
  for (const entry of entries) packing.add(entry);
  return encodeJson(packing.packed());
}

/** Puts entries into columns, one after the other. */
function packer() {
  const paths: string[] = [];
  const numbers: number[] = [];
  const links: [number, string][] = [];
  const hardLinks: [number, string][] = [];
  const devices: [number, number, number][] = [];
  const whiteouts: [number, 'whiteout' | 'opaque'][] = [];
  const xattrs: [number, [string, string][]][] = [];
  return {
    add({ node, hardLinkTo, whiteout }: Omit<IndexedEntry<unknown>, 'payload'>): void {
      const at = paths.push(node.path) - 1;
      const { type, mode, uid, gid, size, mtime, linkTarget, device } = node;
      numbers.push(types.indexOf(type) + 8 * mode, uid, gid, size, mtime);
      if (linkTarget !== undefined) links.push([at, linkTarget]);
      if (hardLinkTo !== undefined) hardLinks.push([at, hardLinkTo]);
      if (device !== undefined) devices.push([at, device.major, device.minor]);
      if (whiteout !== undefined) whiteouts.push([at, whiteout]);
      if (node.xattrs === undefined) return;
      const encoded = Object.entries(node.xattrs).map(([name, value]): [string, string] => [
        name,
        Buffer.from(value).toString('base64'),
      ]);
      xattrs.push([at, encoded]);
    },
    packed: (): PackedEntries => ({
      links,
      hardLinks,
      devices,
      whiteouts,
      xattrs,
      paths: paths.join('\0'),
      numbers,
    }),
  };
}

/** Makes the node at a position of packed entries; `path` is the position's own. */
export function nodeReader(
  packed: PackedEntries,
  layer?: number,
): (at: number, path: string) => FileNode {
  const { numbers } = packed;
  const links = new Map(packed.links);
  const devices = new Map(packed.devices.map(([at, major, minor]) => [at, { major, minor }]));
  const xattrs = new Map(packed.xattrs);
  const layers = packed.layers;
  return (at, path) => {
    const kind = numbers[at * 5] ?? 0;
    const linkTarget = links.get(at);
    const device = devices.get(at);
    const attributes = xattrs.get(at);
    const from = layer ?? layers?.[at];
    return {
      path,
      type: types[kind & 7] ?? 'file',
      mode: kind >> 3,
      uid: numbers[at * 5 + 1] ?? 0,
      gid: numbers[at * 5 + 2] ?? 0,
      size: numbers[at * 5 + 3] ?? 0,
      mtime: numbers[at * 5 + 4] ?? 0,
      ...(linkTarget === undefined ? {} : { linkTarget }),
      ...(device === undefined ? {} : { device }),
      ...(attributes === undefined ? {} : { xattrs: decodeXattrs(attributes) }),
      ...(from === undefined || from < 0 ? {} : { layer: from }),
    };
  };
}

const decodeXattrs = (list: readonly (readonly [string, string])[]) =>
  Object.fromEntries(
    list.map(([name, value]) => [name, new Uint8Array(Buffer.from(value, 'base64'))]),
  );

/** What encodeEntries wrote, as entries of the layer at `layer`. */
export function decodeEntries(
  bytes: Uint8Array | undefined,
  layer: number,
): IndexedEntry<never>[] | undefined {
  const packed = decodeJson<PackedEntries>(bytes);
  if (packed === undefined) return undefined;
  const nodeAt = nodeReader(packed, layer);
  const hardLinks = new Map(packed.hardLinks);
  const whiteouts = new Map(packed.whiteouts);
  const paths = packed.paths === '' ? [] : packed.paths.split('\0');
  return paths.map((path, at) => {
    const hardLinkTo = hardLinks.get(at);
    const whiteout = whiteouts.get(at);
    return {
      node: nodeAt(at, path),
      ...(hardLinkTo === undefined ? {} : { hardLinkTo }),
      ...(whiteout === undefined ? {} : { whiteout }),
    };
  });
}

/** The nodes of a whole tree, with the layers that they come from. */
export function encodeTree(nodes: Iterable<FileNode>): Uint8Array {
  const packing = packer();
  const layers: number[] = [];
  for (const node of nodes) {
    packing.add({ node });
    layers.push(node.layer ?? -1);
  }
  return encodeJson({ ...packing.packed(), layers } satisfies PackedEntries);
}
