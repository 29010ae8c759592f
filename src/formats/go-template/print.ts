// How Go prints values (package fmt): what an action leaves in the output, and printf. A Map stands for Go's map, a plain
// object for a struct.

/** Keys and values of a map in the order in which Go prints and ranges over them. */
export function sortedEntries(
  map: ReadonlyMap<unknown, unknown>,
): readonly (readonly [string, unknown])[] {
  return [...map]
    .map(([key, value]) => [String(key), value] as const)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

/** Go's name for the kind of value, for messages and %T. */
export function typeName(value: unknown): string {
  if (value === undefined || value === null) return 'nil';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float64';
  if (typeof value === 'bigint') return 'int64';
  if (Array.isArray(value)) return 'slice';
  if (value instanceof Map) return 'map';
  return typeof value === 'object' ? 'struct' : typeof value;
}

/** The value as %v shows it. */
export function printed(value: unknown): string {
  if (value === undefined || value === null) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(printed).join(' ')}]`;
  if (value instanceof Map)
    return `map[${sortedEntries(value)
      .map(([key, item]) => `${key}:${printed(item)}`)
      .join(' ')}]`;
  if (typeof value === 'object') return `{${Object.values(value).map(printed).join(' ')}}`;
  return String(value);
}

/** What an action prints: null is a pointer to nothing, undefined no value at all. */
export function actionText(value: unknown): string {
  return value === undefined ? '<no value>' : printed(value);
}

/** fmt.Sprint: blanks between operands of which neither is a string. */
export function printAll(values: readonly unknown[]): string {
  return values
    .map((value, at) => {
      const before = values[at - 1];
      const blank = at > 0 && typeof value !== 'string' && typeof before !== 'string';
      return `${blank ? ' ' : ''}${printed(value)}`;
    })
    .join('');
}

/** The value as JSON; maps with their keys in order, as Go writes them. Characters of HTML are left as they are. */
export function jsonText(value: unknown): string {
  return (
    JSON.stringify(value, (_, item: unknown) =>
      item instanceof Map ? Object.fromEntries(sortedEntries(item)) : item,
    ) ?? 'null'
  );
}

/** A width that a format may ask for. */
const maximumWidth = 1000;

interface Directive {
  readonly flags: string;
  readonly width: number;
  readonly precision: number | undefined;
  readonly verb: string;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}

/** One value by one verb, before it is padded; undefined for a verb that does not go with it. */
function converted(value: unknown, { verb, precision, flags }: Directive): string | undefined {
  const text = typeof value === 'string' ? value : printed(value);
  switch (verb) {
    case 'v':
      return printed(value);
    case 's':
      return precision === undefined ? text : [...text].slice(0, precision).join('');
    case 'q':
      return quoted(text);
    case 't':
      return typeof value === 'boolean' ? String(value) : undefined;
    case 'T':
      return typeName(value);
    case 'd':
      return numeric(value, flags, (number) => String(Math.trunc(number)));
    case 'x':
    case 'X': {
      const hex =
        typeof value === 'string'
          ? Buffer.from(value).toString('hex')
          : numeric(value, flags, (number) => Math.trunc(number).toString(16));
      return verb === 'X' ? hex?.toUpperCase() : hex;
    }
    case 'o':
      return numeric(value, flags, (number) => Math.trunc(number).toString(8));
    case 'f':
      return numeric(value, flags, (number) => number.toFixed(Math.min(precision ?? 6, 100)));
    case 'g':
      return numeric(value, flags, String);
    case 'c':
      return typeof value === 'number' && value >= 0 && value <= 0x10ffff
        ? String.fromCodePoint(Math.trunc(value))
        : undefined;
    default:
      return undefined;
  }
}

function numeric(
  value: unknown,
  flags: string,
  format: (number: number) => string,
): string | undefined {
  if (typeof value !== 'number' && typeof value !== 'bigint') return undefined;
  const number = Number(value);
  return `${flags.includes('+') && number >= 0 ? '+' : ''}${format(number)}`;
}

function padded(text: string, { flags, width, verb }: Directive): string {
  if (flags.includes('-')) return text.padEnd(width);
  if (!flags.includes('0') || !/[dxXof]/.test(verb)) return text.padStart(width);
  const sign = /^[+-]/.exec(text)?.[0] ?? '';
  return sign + text.slice(sign.length).padStart(width - sign.length, '0');
}

/** fmt.Sprintf; mistakes stand in the result, as Go puts them there. */
export function formatted(format: string, values: readonly unknown[]): string {
  let next = 0;
  const text = format.replace(
    /%([-+# 0]*)(\d+)?(?:\.(\d+)?)?(.)?/gsu,
    (whole, flags: string, width?: string, precision?: string, verb?: string) => {
      if (verb === undefined) return '%!(NOVERB)';
      if (verb === '%') return '%';
      if (next >= values.length) return `%!${verb}(MISSING)`;
      const value = values[next++];
      const dotted = whole.includes('.') ? 0 : undefined;
      const directive: Directive = {
        flags,
        width: Math.min(Number(width ?? 0), maximumWidth),
        precision: precision === undefined ? dotted : Number(precision),
        verb,
      };
      const shown = converted(value, directive);
      return shown === undefined
        ? `%!${verb}(${typeName(value)}=${printed(value)})`
        : padded(shown, directive);
    },
  );
  const extra = values.slice(next);
  if (extra.length === 0) return text;
  return `${text}%!(EXTRA ${extra.map((value) => `${typeName(value)}=${printed(value)}`).join(', ')})`;
}
