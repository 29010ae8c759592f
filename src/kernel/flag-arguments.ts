// Where flags and options that are newer than their call stand in the call's arguments, and what a kernel answers that
// does not know them. Only those that a value in a register gives away: what stands in memory (clone3, openat2,
// io_uring_setup) cannot be seen by a filter. Readable table: tables/flag-arguments.tsv.
import data from './generated/flag-arguments.json' with { type: 'json' };

/** One flag or option as an argument of a call. */
export interface FlagArgument {
  readonly symbol: string;
  readonly call: string;
  /** Which argument, from 0. */
  readonly index: number;
  /** value: the lower 32 bits of the argument are the number; bits: the number's bits are set in it. */
  readonly kind: 'value' | 'bits';
  readonly number: number;
  /** Counts only with another argument that has this value in its lower 32 bits. */
  readonly when?: { readonly index: number; readonly value: number };
  /** Name of the errno. */
  readonly answer: `E${string}`;
}

const rows = data as unknown as readonly (readonly [
  calls: readonly string[],
  index: number,
  kind: FlagArgument['kind'],
  when: readonly number[],
  answer: `E${string}`,
  symbols: readonly (readonly [string, number])[],
])[];

/** Every flag that has a place in an argument. */
export function flagArguments(): readonly FlagArgument[] {
  return rows.flatMap(([calls, index, kind, [at, value], answer, symbols]) =>
    calls.flatMap((call) =>
      symbols.map(([symbol, number]) => ({
        symbol,
        call,
        index,
        kind,
        number,
        answer,
        ...(at === undefined || value === undefined ? {} : { when: { index: at, value } }),
      })),
    ),
  );
}

/** Flags and protocols that are a part of their own of the kernel's configuration. */
const options: Readonly<Record<string, string>> = {
  AF_CAN: 'CONFIG_CAN',
  AF_XDP: 'CONFIG_XDP_SOCKETS',
  IPPROTO_MPTCP: 'CONFIG_MPTCP',
  IPPROTO_SCTP: 'CONFIG_IP_SCTP',
};

/** The option, with CONFIG_, without which the kernel does not know a flag; undefined where it is in every build. */
export function optionOfFlag(symbol: string): string | undefined {
  return options[symbol];
}
