// The lines that strace -f -ttt -T -X raw writes: a call, its beginning or its rest where another thread's came between,
// signals and ends. Numbers stand as numbers (-X raw), texts quoted as in C.

/** A call as strace wrote it down. */
export interface StraceCall {
  readonly thread: number;
  readonly name: string;
  /** As they stand, apart by top-level commas. */
  readonly args: readonly string[];
  /** When it began, in seconds since 1970. */
  readonly at: number;
  readonly durationNs?: number;
  /** Undefined: it never came back. */
  readonly result?: { readonly value: string; readonly errno?: string };
}

const whole = /^(\d+) +(\d+\.\d+) (\w+)\((.*)$/s;
const rest = /^(\d+) +(\d+\.\d+) <\.\.\. (\w+) resumed>(.*)$/s;
const cut = / <unfinished \.\.\.>$/;
const end = /^(.*)\) += (-?\d+|0x[0-9a-f]+|\?)(?: (E[A-Z0-9_]+) \([^)]*\))?.*?(?: <(\d+\.\d+)>)?$/s;

/** Takes lines one by one; gives the calls that are whole. */
export function straceParser(): (line: string) => StraceCall | undefined {
  const begun = new Map<string, { readonly text: string; readonly at: number }>();
  const finish = (
    thread: number,
    name: string,
    at: number,
    text: string,
  ): StraceCall | undefined => {
    const [, args = '', value = '?', errno, seconds] = end.exec(text) ?? [];
    return {
      thread,
      name,
      args: splitArguments(args),
      at,
      ...(seconds === undefined ? {} : { durationNs: Math.round(Number(seconds) * 1e9) }),
      ...(value === '?' && errno === undefined
        ? {}
        : { result: { value, ...(errno === undefined ? {} : { errno }) } }),
    };
  };
  return (line) => {
    const [, resumedBy, , resumed, remainder = ''] = rest.exec(line) ?? [];
    if (resumedBy !== undefined && resumed !== undefined) {
      const key = `${resumedBy} ${resumed}`;
      const before = begun.get(key);
      begun.delete(key);
      if (before === undefined) return undefined;
      return finish(Number(resumedBy), resumed, before.at, before.text + remainder);
    }
    const [, thread, at, name, text = ''] = whole.exec(line) ?? [];
    if (thread === undefined || name === undefined) return undefined;
    if (!cut.test(text)) return finish(Number(thread), name, Number(at), text);
    begun.set(`${thread} ${name}`, { text: text.replace(cut, ''), at: Number(at) });
    return undefined;
  };
}

/** Arguments apart by commas that stand in no text, structure or list. */
function splitArguments(text: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let quoted = false;
  let from = 0;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    if (quoted) {
      if (sign === '\\') at += 1;
      else if (sign === '"') quoted = false;
    } else if (sign === '"') quoted = true;
    else if (sign === '{' || sign === '[' || sign === '(') depth += 1;
    else if (sign === '}' || sign === ']' || sign === ')') depth -= 1;
    else if (sign === ',' && depth === 0) {
      parts.push(text.slice(from, at).trim());
      from = at + 1;
    }
  }
  const last = text.slice(from).trim();
  return last === '' && parts.length === 0 ? [] : [...parts, last];
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', v: '\v', f: '\f' };

/** A text of C, without its quotes; undefined where the argument is none. `cut`: strace left the rest out. */
export function straceText(
  argument: string,
): { readonly text: string; readonly cut: boolean } | undefined {
  const [, body, dots] = /^"((?:[^"\\]|\\.)*)"(\.\.\.)?$/s.exec(argument) ?? [];
  if (body === undefined) return undefined;
  const bytes = body.replaceAll(/\\(x[0-9a-f]{2}|[0-7]{1,3}|.)/gs, (_, code: string) =>
    /^[0-7]/.test(code)
      ? String.fromCharCode(Number.parseInt(code, 8))
      : code.length === 3
        ? String.fromCharCode(Number.parseInt(code.slice(1), 16))
        : (escapes[code] ?? code),
  );
  return { text: Buffer.from(bytes, 'latin1').toString('utf8'), cut: dots !== undefined };
}

/** The number that an argument begins with; undefined where it is none. */
export function straceNumber(argument: string): number | undefined {
  const [first] = /^-?(0x[0-9a-f]+|\d+)/.exec(argument) ?? [];
  if (first === undefined) return undefined;
  const value = first.startsWith('-') ? Number(first) + 2 ** 32 : Number(first);
  return Number.isSafeInteger(value) ? value : undefined;
}
