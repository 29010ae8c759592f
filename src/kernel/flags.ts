// Flags, options, commands and operations that are newer than the call that takes them. A call may be there and yet
// refuse a flag; on kernels from 6.1 on that is what programs stumble over most. Readable tables: tables/flags.tsv (only
// what is newer than Linux 2.6.32) and tables/flag-interfaces.tsv.
import data from './generated/flags.json' with { type: 'json' };
import { compareReleases, parseRelease } from './release.ts';

export interface FlagFacts {
  /** As the headers have it: "PR_SET_MDWE". */
  readonly symbol: string;
  /** Who takes it: "prctl option", "io_uring", "clone/clone3/unshare flag". */
  readonly interface: string;
  /** First mainline release whose headers name it. */
  readonly since: string;
  /** The last release known to lack it, where some between were not read: the first lies after this and up to `since`. */
  readonly after?: string;
  /** What a kernel answers that does not know it. */
  readonly answer: string;
}

const answers: Readonly<Record<string, string>> = data.answers;
let bySymbol: Map<string, FlagFacts> | undefined;

function load(): Map<string, FlagFacts> {
  if (bySymbol !== undefined) return bySymbol;
  bySymbol = new Map();
  for (const [name = '', since = '', after = '', symbols = ''] of data.groups) {
    for (const symbol of symbols.split(' ')) {
      bySymbol.set(symbol, {
        symbol,
        interface: name,
        since,
        ...(after === '' ? {} : { after }),
        answer: answers[name] ?? '',
      });
    }
  }
  return bySymbol;
}

/** A flag by its symbol; undefined when it is not newer than 2.6.32, or not known. */
export function flagNamed(symbol: string): FlagFacts | undefined {
  return load().get(symbol);
}

/** Every flag in the tables. */
export function allFlags(): readonly FlagFacts[] {
  return [...load().values()];
}

/** What is known of a kernel's flags; the same words as in a host file. */
export interface KernelFlags {
  readonly base?: string | undefined;
  /** Symbols carried beyond the base. */
  readonly flagsAdded?: readonly string[] | undefined;
}

/** Whether that kernel knows a flag; undefined when it cannot be told. A flag without an entry in the tables is older than they are, or unknown. */
export function hasFlag(kernel: KernelFlags, symbol: string): boolean | undefined {
  if (kernel.flagsAdded?.includes(symbol)) return true;
  const facts = flagNamed(symbol);
  const base = kernel.base === undefined ? undefined : parseRelease(kernel.base)?.base;
  if (facts === undefined || base === undefined) return undefined;
  if (compareReleases(base, facts.since) >= 0) return true;
  return facts.after !== undefined && compareReleases(base, facts.after) > 0 ? undefined : false;
}
