// From the bytes of an ELF file to the summary of its code. Pure.
import { symbolBinding, symbolType } from '../../../formats/elf-symbol-table.ts';
import { findReactions } from '../reaction/reaction-sites.ts';
import { programStarters } from './call-arguments.ts';
import { type CodeImage, rangeAt, readCodeImage, readConstantText } from './code-image.ts';
import {
  type FunctionMap,
  functionNames,
  initTags,
  knownStarts,
  lastNotAbove,
  mapFunctions,
} from './functions.ts';
import { buildGraph, edge, type Graph } from './graph.ts';
import { pathConstants } from './path-constants.ts';
import { objectFinder, readSlots, type Slots } from './pointers.ts';
import { type References, reference } from './references.ts';
import { findSites } from './sites.ts';
import { type CodeSummary, type Site, type SummarySymbol, summaryVersion } from './summary.ts';
import { sweep } from './sweep.ts';

/** DT_INIT_ARRAY, DT_FINI_ARRAY, DT_PREINIT_ARRAY with the tags of their sizes. */
const arrays = [
  [25, 27],
  [26, 28],
  [32, 33],
] as const;

/** The summary of a file's code; undefined for what is no program or library of a known machine. */
export function summariseCode(bytes: Uint8Array): CodeSummary | undefined {
  const image = readCodeImage(bytes);
  if (image === undefined) return undefined;
  const known = knownStarts(image);
  const references = sweep(image, known.addresses);
  const slots = readSlots(image);
  const functions = mapFunctions(image, known, references, slots.targets);
  const finder = objectFinder(image, slots, references);
  const graph = buildGraph(image, references, functions, known.addresses, slots, finder);
  const sites = findSites({ image, references, functions, graph });
  const symbols = symbolsOf(image, functions, graph);
  const { low } = image;
  return {
    summary: summaryVersion,
    machine: image.machine.abi,
    starts: Array.from(functions.starts, (place) => place + low),
    names: namesOf(image, functions),
    symbols,
    entry: image.layout.entry === 0 ? -1 : functions.at(image.layout.entry - low),
    initial: initialEdges(image, functions, slots),
    sites: Object.fromEntries(sites),
    libraries: libraryNames(image, references, functions),
    texts: constantTexts(image, sites),
    paths: pathConstants(image, references, functions),
    reactions: findReactions({ image, references, functions, graph }, sites),
    isGo: image.isGo,
    bytes: image.code.reduce((sum, { size }) => sum + size, 0),
    // Last: exported tables of addresses were added while symbols were read.
    edges: graph.functions,
    objects: graph.objects,
  };
}

function symbolsOf(image: CodeImage, functions: FunctionMap, graph: Graph): SummarySymbol[] {
  const symbols: SummarySymbol[] = [{ name: '', weak: false, isDefined: false }];
  for (const symbol of image.symbols) {
    const { index, name, version, binding, isDefined, hidden, type, address } = symbol;
    const exported = isDefined && binding !== symbolBinding.local && type !== symbolType.tls;
    const isCode = exported && rangeAt(image.code, address) !== undefined;
    const place = address - image.low;
    const object = exported && !isCode ? graph.objectAt(place) : -1;
    while (symbols.length < index) symbols.push({ name: '', weak: false, isDefined: false });
    symbols.push({
      name,
      ...(version === undefined ? {} : { version }),
      weak: binding === symbolBinding.weak,
      isDefined: exported,
      ...(hidden ? { hidden } : {}),
      ...(isCode ? { function: functions.at(place) } : {}),
      ...(object >= 0 ? { object } : {}),
    });
  }
  return symbols;
}

function namesOf(image: CodeImage, functions: FunctionMap): Record<number, string> {
  const names: Record<number, string> = {};
  for (const [place, name] of functionNames(image)) {
    const index = functions.startingAt(place);
    if (index >= 0) names[index] = name;
  }
  return names;
}

function initialEdges(image: CodeImage, functions: FunctionMap, slots: Slots): number[] {
  const { low, dynamic } = image;
  const found = new Set<number>();
  const add = (place: number): void => {
    const index = functions.at(place);
    if (index >= 0) found.add(index * 4 + edge.call);
  };
  const addArray = (address: number, size: number): void => {
    const from = lastNotAbove(slots.places, address - low - 1) + 1;
    for (let at = from; at < slots.places.length; at++) {
      if ((slots.places[at] ?? 0) >= address - low + size) break;
      const symbol = slots.symbols[at] ?? 0;
      if (symbol !== 0) found.add(symbol * 4 + edge.symbol);
      add(slots.targets[at] ?? -1);
    }
  };
  const values = dynamic?.values;
  for (const tag of [initTags.init, initTags.fini]) {
    const address = values?.get(tag);
    if (address !== undefined && address !== 0) add(address - low);
  }
  for (const [addressTag, sizeTag] of arrays)
    addArray(values?.get(addressTag) ?? 0, values?.get(sizeTag) ?? 0);
  // SHT_INIT_ARRAY and its kin: static programs have no dynamic table.
  for (const { type, address, size } of image.layout.sections)
    if (type >= 14 && type <= 16) addArray(address, size);
  return [...found];
}

/** "libgcc_s.so.1", "/usr/lib/x/libengine.so": what dlopen may be given. */
const libraryName = /^[\w./+@-]*\.so(?:\.[\w.]+)?$/;

function libraryNames(
  image: CodeImage,
  references: References,
  functions: FunctionMap,
): Record<number, string[]> {
  const places = new Map<number, string>();
  const needle = Buffer.from('.so', 'latin1');
  const { bytes } = image.layout;
  for (const { address, offset, size } of image.data) {
    const region = bytes.subarray(offset, offset + size);
    let hits = 0;
    for (let at = region.indexOf(needle); at !== -1 && hits < 4096; hits++) {
      let from = at;
      while (from > 0 && region[from - 1] !== 0 && at - from < 256) from--;
      const end = region.indexOf(0, at);
      if (end < 0) break;
      const text = region.toString('latin1', from, end);
      if (libraryName.test(text) && !text.startsWith('.so'))
        places.set(address + from - image.low, text);
      at = region.indexOf(needle, end);
    }
  }
  const names: Record<number, string[]> = {};
  if (places.size === 0) return names;
  for (let at = 0; at < references.count; at++) {
    if (references.kinds[at] !== reference.point) continue;
    const text = places.get(references.to[at] ?? -1);
    if (text === undefined) continue;
    const index = functions.at(references.from[at] ?? -1);
    const list = names[index] ?? [];
    names[index] = list;
    if (!list.includes(text)) list.push(text);
  }
  return names;
}

function constantTexts(
  image: CodeImage,
  sites: ReadonlyMap<number, readonly Site[]>,
): Record<number, string> {
  const texts: Record<number, string> = {};
  const loading = new Set(
    image.symbols
      .filter(({ name }) => /dlv?m?(?:open|sym)/.test(name) || programStarters.has(name))
      .map(({ index }) => index),
  );
  for (const list of sites.values()) {
    for (const { via, symbol, values } of list) {
      if (via !== 'import' || !loading.has(symbol ?? 0)) continue;
      for (const { numbers } of values) {
        for (const number of numbers ?? []) {
          const text = number > 4096 ? readConstantText(image, number) : undefined;
          if (text !== undefined && text !== '') texts[number] = text;
        }
      }
    }
  }
  return texts;
}
