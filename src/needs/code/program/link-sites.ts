// From the functions that can run to the system calls that they make: each site's number and arguments, with those of
// functions in other files solved by what their callers pass; what remains unsolved is named.

import { syscallNamed } from '../../../kernel/syscalls.ts';
import { programStarters } from '../file/call-arguments.ts';
import { machineOf } from '../file/code-image.ts';
import type { Possible, Site } from '../file/summary.ts';
import type { LinkedFile, Place, Reach } from './link.ts';

/** The numbers that an argument can have at the places where it is known. */
export interface ArgumentValues {
  readonly numbers: ReadonlySet<number>;
  /** Somewhere it could not be told. */
  isPartial: boolean;
}

export interface FoundCall {
  readonly via: 'native' | 'ia32';
  readonly number: number;
  /** Functions that make it, with the address of the instruction. */
  readonly at: readonly (Place & { readonly address: number })[];
  readonly arguments: ReadonlyMap<number, ArgumentValues>;
}

/** Something that could not be solved. */
export interface Unsolved {
  readonly kind: 'number' | 'library' | 'symbol' | 'start';
  readonly place: Place;
  readonly address: number;
  readonly detail: string;
}

export interface Collected {
  readonly calls: ReadonlyMap<string, FoundCall>;
  readonly unsolved: readonly Unsolved[];
  /** Names that reach dlopen, by the file that opens. */
  readonly opens: readonly { readonly name: string; readonly by: Place }[];
  /** Names that reach dlsym. */
  readonly lookups: ReadonlySet<string>;
  /** Programs that are started by names or paths that stand in the code; of system() and popen() the command. */
  readonly starts: readonly StartedByName[];
}

export interface StartedByName {
  readonly name: string;
  readonly by: Place;
  /** The function that starts it: execvp. */
  readonly through: string;
}

interface Draft {
  readonly via: 'native' | 'ia32';
  readonly number: number;
  readonly at: (Place & { readonly address: number })[];
  readonly arguments: Map<number, { readonly numbers: Set<number>; isPartial: boolean }>;
}

const maxPlaces = 32;
const maxNumbers = 256;
/** Wrappers in one file of wrappers in another are followed this far. */
const maxDepth = 6;
const openers: ReadonlySet<string> = new Set(['dlopen', '__libc_dlopen_mode']);
const lookers: ReadonlySet<string> = new Set(['dlsym', 'dlvsym', '__libc_dlsym']);

/** Collects the calls of everything that was reached. */
export function collectCalls(reached: Reach): Collected {
  const calls = new Map<string, Draft>();
  const unsolved: Unsolved[] = [];
  const opens: { name: string; by: Place }[] = [];
  const lookups = new Set<string>();
  const starts: StartedByName[] = [];
  const sink = { calls, unsolved, opens, lookups, starts, seen: new Set<string>() };
  for (const place of reached.functions) {
    const file = reached.files[place.file];
    if (file === undefined) continue;
    for (const site of file.summary.sites[place.index] ?? [])
      collectSite(reached, file, place, site, reached.isTaken(place), sink, 0);
    for (const name of file.summary.libraries[place.index] ?? []) opens.push({ name, by: place });
  }
  if (reached.files.some(({ summary }) => summary.machine === 'aarch64')) addSignalReturn(calls);
  return sink;
}

/**
 * On AArch64 handlers of signals return through code of the kernel's own (its vDSO), which no file holds: whoever
 * sets a handler makes that call, too. Source: Linux, arch/arm64/kernel/vdso/sigreturn.S.
 */
function addSignalReturn(calls: Map<string, Draft>): void {
  const action = syscallNamed('rt_sigaction')?.numbers.aarch64;
  const number = syscallNamed('rt_sigreturn')?.numbers.aarch64;
  const sets = calls.get(`native ${action}`);
  if (sets === undefined || number === undefined || calls.has(`native ${number}`)) return;
  calls.set(`native ${number}`, { ...sets, number, arguments: new Map() });
}

interface Sink {
  readonly calls: Map<string, Draft>;
  readonly unsolved: Unsolved[];
  readonly opens: { name: string; by: Place }[];
  readonly lookups: Set<string>;
  readonly starts: StartedByName[];
  readonly seen: Set<string>;
}

function collectSite(
  reached: Reach,
  file: LinkedFile,
  place: Place,
  site: Site,
  taken: boolean,
  sink: Sink,
  depth: number,
): void {
  const { via, values, address } = site;
  if (via === 'import') {
    collectImport(reached, file, place, site, taken, sink, depth);
    return;
  }
  const number = values[0] ?? {};
  for (const each of number.numbers ?? [])
    if (via !== 'native' || !reached.holdsCall(place, each))
      addCall(sink, via, each, place, site, taken);
  const isOpen = number.entries !== undefined;
  if ((isOpen && !taken) || (!isOpen && number.numbers !== undefined)) return;
  fail(sink, {
    kind: 'number',
    place,
    address,
    detail: isOpen
      ? 'the number is given by the caller, and anybody who has its address may call it'
      : 'the number could not be told',
  });
}

function fail(sink: Sink, unsolved: Unsolved): void {
  const key = `${unsolved.kind} ${unsolved.place.file} ${unsolved.address} ${unsolved.place.index}`;
  if (sink.seen.has(key)) return;
  sink.seen.add(key);
  sink.unsolved.push(unsolved);
}

function addCall(
  sink: Sink,
  via: 'native' | 'ia32',
  number: number,
  place: Place,
  site: Site,
  taken: boolean,
): void {
  const key = `${via} ${number}`;
  const draft: Draft = sink.calls.get(key) ?? { via, number, at: [], arguments: new Map() };
  sink.calls.set(key, draft);
  if (
    draft.at.length < maxPlaces &&
    !draft.at.some(({ file, index }) => file === place.file && index === place.index)
  )
    draft.at.push({ ...place, address: site.address });
  for (let position = 1; position < site.values.length; position++) {
    const value = site.values[position] ?? {};
    const known = draft.arguments.get(position) ?? { numbers: new Set<number>(), isPartial: false };
    draft.arguments.set(position, known);
    for (const each of value.numbers ?? [])
      if (known.numbers.size < maxNumbers) known.numbers.add(each);
      else known.isPartial = true;
    const isOpen = value.entries !== undefined;
    if (isOpen ? taken : value.numbers === undefined) known.isPartial = true;
  }
}

function collectImport(
  reached: Reach,
  file: LinkedFile,
  place: Place,
  site: Site,
  taken: boolean,
  sink: Sink,
  depth: number,
): void {
  const symbol = file.summary.symbols[site.symbol ?? 0];
  const name = symbol?.name ?? '';
  if (openers.has(name) || name === 'dlmopen') {
    const value = site.values[name === 'dlmopen' ? 2 : 1] ?? {};
    texts(
      file,
      value,
      taken,
      'library',
      `${name} with a name that could not be told`,
      place,
      site,
      sink,
      (text) => sink.opens.push({ name: text, by: place }),
    );
    return;
  }
  if (lookers.has(name)) {
    texts(
      file,
      site.values[2] ?? {},
      taken,
      'symbol',
      `${name} of a name that could not be told`,
      place,
      site,
      sink,
      (text) => sink.lookups.add(text),
    );
    return;
  }
  const position = programStarters.get(name);
  if (position !== undefined) {
    const add = (text: string) => sink.starts.push({ name: text, by: place, through: name });
    const value = site.values[position] ?? {};
    const detail = `${name} of a program that could not be told`;
    texts(file, value, taken, 'start', detail, place, site, sink, add);
  }
  const target = reached.resolve(place.file, site.symbol ?? 0);
  const callee = target && reached.files[target.file];
  if (target === undefined || callee === undefined || target.kind !== 'function') return;
  if (depth >= maxDepth) {
    fail(sink, { kind: 'number', place, address: site.address, detail: 'wrappers of wrappers' });
    return;
  }
  const { callRegisters } = machineOf(callee.summary.machine);
  for (const inner of callee.summary.sites[target.index] ?? []) {
    if (!inner.values.some(({ entries }) => entries !== undefined)) continue;
    const values = inner.values.map((value) => substitute(value, site.values, callRegisters));
    collectSite(
      reached,
      inner.via === 'import' ? callee : file,
      inner.via === 'import' ? { ...place, file: target.file } : place,
      { ...inner, values, address: site.address },
      taken,
      sink,
      depth + 1,
    );
  }
}

function texts(
  { summary }: LinkedFile,
  value: Possible,
  taken: boolean,
  kind: 'library' | 'symbol' | 'start',
  detail: string,
  place: Place,
  { address }: Site,
  sink: Sink,
  found: (text: string) => void,
): void {
  let all = value.numbers !== undefined;
  for (const number of value.numbers ?? []) {
    const text = summary.texts[number];
    if (text !== undefined) found(text);
    // dlopen(NULL) is the program itself.
    else if (number !== 0) all = false;
  }
  if (value.entries !== undefined ? taken : !all) fail(sink, { kind, place, address, detail });
}

function substitute(
  value: Possible,
  given: readonly Possible[],
  callRegisters: readonly number[],
): Possible {
  if (value.entries === undefined) return value;
  const numbers = new Set(value.numbers ?? []);
  const entries = new Set<number>();
  for (const entry of value.entries) {
    const other = given[callRegisters.indexOf(entry, 1)];
    if (other === undefined || (other.numbers === undefined && other.entries === undefined))
      return {};
    for (const each of other.numbers ?? []) numbers.add(each);
    for (const each of other.entries ?? []) entries.add(each);
  }
  return {
    ...(numbers.size > 0 ? { numbers: [...numbers] } : {}),
    ...(entries.size > 0 ? { entries: [...entries] } : {}),
  };
}
