// The functions of templates: those of Go's text/template, and those that docker and podman add (docker/cli
// templates/templates.go; containers/common pkg/report).
import { formatted, jsonText, printAll, printed, typeName } from './print.ts';

/** Why a function could not be applied. Caught where templates are applied. */
export class CallError extends Error {
  /** Whether the number of arguments was wrong. */
  readonly counted: boolean;

  constructor(message: string, counted = false) {
    super(message);
    this.counted = counted;
  }
}

/** A function of templates. @throws CallError */
export type TemplateFunction = (args: readonly unknown[]) => unknown;

/** Whether a value counts as true: what is empty does not, a struct always does. */
export function isTrue(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof Map) return value.size > 0;
  return Boolean(value);
}

/** A function that takes so many arguments. */
function taking(least: number, most: number, apply: TemplateFunction): TemplateFunction {
  return (args) => {
    if (args.length < least || args.length > most) {
      const want = most === least ? String(least) : `at least ${least}`;
      throw new CallError(`want ${want} got ${args.length}`, true);
    }
    return apply(args);
  };
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new CallError(`expected string; found ${typeName(value)} ${printed(value)}`);
}

function numberOf(value: unknown): number {
  if (typeof value === 'number') return value;
  throw new CallError(`expected integer; found ${typeName(value)} ${printed(value)}`);
}

function compared(a: unknown, b: unknown): number {
  const comparable =
    (typeof a === 'string' && typeof b === 'string') ||
    (typeof a === 'number' && typeof b === 'number');
  if (!comparable) {
    const same = typeName(a) === typeName(b);
    throw new CallError(same ? 'invalid type for comparison' : 'incompatible types for comparison');
  }
  return a < b ? -1 : a > b ? 1 : 0;
}

function equal(a: unknown, b: unknown): boolean {
  const nothing = (value: unknown): boolean => value === undefined || value === null;
  if (nothing(a) || nothing(b)) return nothing(a) && nothing(b);
  if (typeof a === 'object' || typeof b === 'object') throw new CallError('non-comparable type');
  if (typeof a !== typeof b) throw new CallError('incompatible types for comparison');
  return a === b;
}

function indexed(value: unknown, key: unknown): unknown {
  if (value instanceof Map) {
    if (value.has(key)) return value.get(key);
    // The map's zero value: that of its other values.
    const [other] = value.values();
    return other === undefined || typeof other === 'string' ? '' : undefined;
  }
  if (Array.isArray(value)) {
    const at = numberOf(key);
    if (at >= 0 && at < value.length) return value[at];
    throw new CallError(`index out of range: ${at}`);
  }
  if (typeof value === 'object' && value !== null && typeof key === 'string')
    return Object.hasOwn(value, key)
      ? Object.entries(value).find(([name]) => name === key)?.[1]
      : undefined;
  throw new CallError(
    value === undefined || value === null
      ? 'index of untyped nil'
      : `can't index item of type ${typeName(value)}`,
  );
}

function lengthOf(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (Array.isArray(value)) return value.length;
  if (value instanceof Map) return value.size;
  throw new CallError(`len of type ${typeName(value)}`);
}

function sliced([value, from, to]: readonly unknown[]): unknown {
  if (typeof value !== 'string' && !Array.isArray(value))
    throw new CallError(`can't slice item of type ${typeName(value)}`);
  const start = from === undefined ? 0 : numberOf(from);
  const end = to === undefined ? value.length : numberOf(to);
  if (start < 0 || end > value.length || start > end)
    throw new CallError(`index out of range: ${start}, ${end}`);
  return value.slice(start, end);
}

function joined([list, separator]: readonly unknown[]): string {
  if (list === undefined || list === null) return '';
  if (!Array.isArray(list)) throw new CallError(`expected slice; found ${typeName(list)}`);
  return list.map(printed).join(textOf(separator));
}

function padded([text, before, after]: readonly unknown[]): string {
  const source = textOf(text);
  const blanks = (count: unknown): string =>
    ' '.repeat(Math.min(Math.max(numberOf(count), 0), 1000));
  return source === '' ? source : blanks(before) + source + blanks(after);
}

/** Every function by its name; `and` and `or` look at no more of their arguments than they must (src/formats/go-template/apply.ts). */
export const templateFunctions: Readonly<Record<string, TemplateFunction>> = {
  and: taking(1, 1000, (args) => args.find((value) => !isTrue(value)) ?? args.at(-1)),
  or: taking(1, 1000, (args) => args.find(isTrue) ?? args.at(-1)),
  not: taking(1, 1, ([value]) => !isTrue(value)),
  eq: taking(2, 1000, ([first, ...others]) => others.some((other) => equal(first, other))),
  ne: taking(2, 2, ([a, b]) => !equal(a, b)),
  lt: taking(2, 2, ([a, b]) => compared(a, b) < 0),
  le: taking(2, 2, ([a, b]) => compared(a, b) <= 0),
  gt: taking(2, 2, ([a, b]) => compared(a, b) > 0),
  ge: taking(2, 2, ([a, b]) => compared(a, b) >= 0),
  index: taking(1, 1000, ([value, ...keys]) => keys.reduce(indexed, value)),
  slice: taking(1, 3, sliced),
  len: taking(1, 1, ([value]) => lengthOf(value)),
  print: printAll,
  println: (args) => `${args.map(printed).join(' ')}\n`,
  printf: taking(1, 1000, ([format, ...args]) => formatted(textOf(format), args)),
  json: taking(1, 1, ([value]) => jsonText(value)),
  split: taking(2, 2, ([text, separator]) => textOf(text).split(textOf(separator))),
  join: taking(2, 2, joined),
  lower: taking(1, 1, ([text]) => textOf(text).toLowerCase()),
  upper: taking(1, 1, ([text]) => textOf(text).toUpperCase()),
  title: taking(1, 1, ([text]) =>
    textOf(text).replace(/(?<![\p{L}\p{N}_'])\p{L}/gu, (letter) => letter.toUpperCase()),
  ),
  truncate: taking(2, 2, ([text, length]) => textOf(text).slice(0, Math.max(numberOf(length), 0))),
  pad: taking(3, 3, padded),
};
