// Every system call of Linux with its numbers, and the mainline releases in which it exists, by ABI.
// The readable table is tables/syscalls.tsv; where it comes from stands in docs/facts.md.
import type { Abi } from './abi.ts';
import { abiOfAuditArch, abis } from './abi.ts';
import data from './generated/syscalls.json' with { type: 'json' };

export type { Abi } from './abi.ts';
export { abiOfMachine } from './abi.ts';

/** A mainline release, as "5.3". The oldest that the tables know is 2.6.32: it means that release or an earlier one. */
export type Since = string;

/** The oldest release that the tables distinguish. */
export const oldestRelease: Since = '2.6.32';

/** The newest release that the tables know. */
export const newestRelease: Since = '7.3';

/** One system call: numbers and releases by ABI. */
export interface SyscallFacts {
  readonly name: string;
  /** Numbers by ABI; x32 without its marker bit 0x40000000. */
  readonly numbers: Partial<Readonly<Record<Abi, number>>>;
  /** First mainline release in which it answers. A number without it is reserved: nothing has ever answered. */
  readonly since: Partial<Readonly<Record<Abi, Since>>>;
  /** Last mainline release in which it answered, where it has gone. */
  readonly last: Partial<Readonly<Record<Abi, Since>>>;
  readonly notes: readonly string[];
}

const table: {
  readonly names: readonly string[];
  readonly releases: readonly string[];
  readonly abis: Readonly<Record<Abi, readonly number[]>>;
  readonly notes: Readonly<Record<string, string>>;
} = data;

interface Draft {
  name: string;
  numbers: Partial<Record<Abi, number>>;
  since: Partial<Record<Abi, Since>>;
  last: Partial<Record<Abi, Since>>;
  notes: readonly string[];
}

function draftAt(at: number): Draft {
  return {
    name: table.names[at] ?? '',
    numbers: {},
    since: {},
    last: {},
    notes: table.notes[at]?.split('; ') ?? [],
  };
}

/** Takes one entry of a column over, and tells its number. */
function fill(draft: Draft, abi: Abi, column: readonly number[], at: number): number {
  const number = column[at + 1] ?? -1;
  draft.numbers[abi] = number;
  const first = table.releases[column[at + 2] ?? -1];
  if (first !== undefined) draft.since[abi] = first;
  const final = table.releases[column[at + 3] ?? -1];
  if (final !== undefined) draft.last[abi] = final;
  return number;
}

let named: Map<string, SyscallFacts> | undefined;
const numbered = new Map<Abi, Map<number, SyscallFacts>>();

function load(): Map<string, SyscallFacts> {
  if (named !== undefined) return named;
  const drafts = table.names.map((_, at) => draftAt(at));
  for (const abi of abis) {
    const column = table.abis[abi];
    const byNumber = new Map<number, SyscallFacts>();
    for (let at = 0; at < column.length; at += 4) {
      const draft = drafts[column[at] ?? -1];
      if (draft !== undefined) byNumber.set(fill(draft, abi, column, at), draft);
    }
    numbered.set(abi, byNumber);
  }
  named = new Map(drafts.map((draft) => [draft.name, draft]));
  return named;
}

/** How many calls are looked up one by one before all of them are made ready. */
const fewCalls = 6;
const alone = new Map<string, SyscallFacts>();

/** One call, found in the columns. */
function oneCall(name: string): SyscallFacts | undefined {
  const at = table.names.indexOf(name);
  if (at < 0) return undefined;
  const draft = draftAt(at);
  for (const abi of abis) {
    const column = table.abis[abi];
    for (let from = 0; from < column.length; from += 4)
      if (column[from] === at) fill(draft, abi, column, from);
  }
  return draft;
}

/** A call by its name as the kernel's headers have it ("pidfd_open", "clock_gettime64"). */
export function syscallNamed(name: string): SyscallFacts | undefined {
  if (named !== undefined) return named.get(name);
  const known = alone.get(name);
  if (known !== undefined) return known;
  if (alone.size >= fewCalls) return load().get(name);
  const single = oneCall(name);
  if (single !== undefined) alone.set(name, single);
  return single;
}

/** A call by its number on an ABI; for x32 with or without the marker bit. */
export function syscallNumbered(abi: Abi, number: number): SyscallFacts | undefined {
  load();
  return numbered.get(abi)?.get(abi === 'x32' ? number & ~0x40000000 : number);
}

/**
 * Name of a call as seccomp tells of it, by the caller's AUDIT_ARCH_ and its number.
 * @param otherwise the ABI where the architecture is not known
 */
export function syscallOfCaller(arch: number, number: number, otherwise?: Abi): string | undefined {
  const abi = abiOfAuditArch(arch) ?? otherwise;
  return abi === undefined ? undefined : syscallNumbered(abi, number)?.name;
}

/** Every call, by name. */
export function allSyscalls(): readonly SyscallFacts[] {
  return [...load().values()];
}
