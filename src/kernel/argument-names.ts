// Numbers that arguments of system calls take, by name: ioctl requests, fcntl commands, flags. Readable table:
// tables/argument-names.tsv, for x86-64; other machines differ in a few flags of open, which are told apart here.
import type { Abi } from './abi.ts';
import data from './generated/argument-names.json' with { type: 'json' };

interface Names {
  readonly values: ReadonlyMap<number, string>;
  /** Bits, the widest first. */
  readonly flags: readonly (readonly [name: string, bits: number])[];
}

const rows = data as unknown as readonly (readonly [
  calls: readonly string[],
  argument: string,
  kind: string,
  names: readonly (readonly [string, number])[],
])[];

let tables: ReadonlyMap<string, Names> | undefined;

function namesOf(call: string, argument: string): Names | undefined {
  tables ??= build();
  return tables.get(`${call} ${argument}`);
}

function build(): ReadonlyMap<string, Names> {
  const drafts = new Map<
    string,
    { readonly values: Map<number, string>; readonly flags: [string, number][] }
  >();
  for (const [calls, argument, kind, names] of rows) {
    for (const call of calls) {
      const key = `${call} ${argument}`;
      const draft = drafts.get(key) ?? { values: new Map<number, string>(), flags: [] };
      drafts.set(key, draft);
      for (const [name, value] of names) {
        if (kind === 'flags') draft.flags.push([name, value]);
        else draft.values.set(value, name);
      }
    }
  }
  const bits = (value: number): number => value.toString(2).replaceAll('0', '').length;
  for (const { flags } of drafts.values())
    flags.sort((a, b) => bits(b[1]) - bits(a[1]) || a[1] - b[1]);
  return drafts;
}

/** AArch64 numbers these anew (arch/arm64/include/uapi/asm/fcntl.h). */
const armOpen: ReadonlyMap<string, number> = new Map([
  ['O_DIRECTORY', 0x4000],
  ['O_NOFOLLOW', 0x8000],
  ['O_DIRECT', 0x10000],
  ['O_LARGEFILE', 0x20000],
  ['O_TMPFILE', 0x404000],
]);

const takesOpenFlags: ReadonlySet<string> = new Set(['open', 'openat', 'pipe2']);

const hex = (value: number): string => `0x${value.toString(16)}`;

/**
 * What a number means as an argument of a call: "TCGETS", "O_RDWR|O_CLOEXEC", "FUTEX_WAIT|FUTEX_PRIVATE_FLAG";
 * undefined where nothing is known of it. Bits without a name stand as a number.
 * @param argument as src/needs/code/file/call-arguments.ts calls it
 */
export function argumentName(
  abi: Abi,
  call: string,
  argument: string,
  given: number,
): string | undefined {
  const names = namesOf(call, argument);
  if (names === undefined || !Number.isSafeInteger(given)) return undefined;
  // The kernel looks at 32 bits of all of these.
  const value = given < 0 ? given + 2 ** 32 : given % 2 ** 32;
  if (value < 0) return undefined;
  const parts: string[] = [];
  let rest = value;
  const take = (name: string, bits: number): void => {
    if (bits === 0 || Number(BigInt(rest) & BigInt(bits)) !== bits) return;
    parts.push(name);
    rest -= bits;
  };
  if (call === 'futex') {
    take('FUTEX_PRIVATE_FLAG', 128);
    take('FUTEX_CLOCK_REALTIME', 256);
  }
  for (const [name, bits] of names.flags)
    take(name, takesOpenFlags.has(call) && abi === 'aarch64' ? (armOpen.get(name) ?? bits) : bits);
  if (call === 'open' || call === 'openat') {
    if (!parts.includes('O_WRONLY') && !parts.includes('O_RDWR')) parts.unshift('O_RDONLY');
  }
  if (call === 'clone' && rest > 0 && rest < 65) {
    parts.push(rest === 17 ? 'SIGCHLD' : `signal ${rest}`);
    rest = 0;
  }
  if (names.values.size > 0) {
    const name = names.values.get(rest);
    if (name !== undefined) return [name, ...parts].join('|');
    return parts.length > 0 ? [hex(rest), ...parts].join('|') : undefined;
  }
  if (rest !== 0) parts.push(hex(rest));
  return parts.length > 0 ? parts.join('|') : '0';
}
