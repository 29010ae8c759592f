// Reading a host file: JSON, checked against the schema, every mistake with its place, the line where it can be found,
// what was expected and what was there. This module loads zod; find-host.ts imports it only when there is a file.
import type * as z from 'zod';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { jsonExcerpt } from '../lib/json.ts';
import { nearestNames } from '../lib/nearest.ts';
import type { Offer } from './offer.ts';
import { offerSchema } from './offer-schema.ts';

/** 16 MiB: a probed host with a full configuration and all settings is some 300 KiB. */
const sizeLimit = 16 << 20;
const shownMistakes = 10;
/** Longer keys are not looked for in the text. */
const longestKey = 256;

type Path = readonly PropertyKey[];

/** "lsm.selinux", "container.mounts[1].source"; the whole file is "the file". */
function formatPath(path: Path): string {
  const text = path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
    .join('')
    .replace(/^\./, '');
  return text === '' ? 'the file' : text;
}

/**
 * The line on which a member stands: its keys are looked for one below the other. JSON.parse keeps no places, and a
 * host file is written by people, so this is right but where a key also stands as a value before.
 */
function lineOf(text: string, path: Path): number | undefined {
  let at = 0;
  for (const step of path) {
    if (typeof step !== 'string') continue;
    if (step.length > longestKey) return undefined;
    const found = new RegExp(`${escapePattern(JSON.stringify(step))}\\s*:`).exec(text.slice(at));
    if (found === null) return undefined;
    at += found.index + found[0].length;
  }
  return at === 0 ? undefined : text.slice(0, at).split('\n').length;
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function memberAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const step of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = Reflect.get(at, step);
  }
  return at;
}

/** Keys that the schema has at a place, for suggestions. */
function knownKeys(path: Path): readonly string[] {
  let schema: unknown = offerSchema;
  for (const step of path) {
    schema = unwrapped(schema);
    const shape = shapeOf(schema);
    if (shape !== undefined) schema = shape[String(step)];
    else schema = memberAt(schema, ['def', typeof step === 'number' ? 'element' : 'valueType']);
  }
  return Object.keys(shapeOf(unwrapped(schema)) ?? {});
}

function unwrapped(schema: unknown): unknown {
  let at = schema;
  for (let inner = memberAt(at, ['def', 'innerType']); inner !== undefined; ) {
    at = inner;
    inner = memberAt(at, ['def', 'innerType']);
  }
  return at;
}

function shapeOf(schema: unknown): Record<string, unknown> | undefined {
  const shape = memberAt(schema, ['shape']);
  return typeof shape === 'object' && shape !== null
    ? Object.fromEntries(Object.entries(shape))
    : undefined;
}

interface Mistake {
  readonly message: string;
  readonly line?: number | undefined;
  readonly help?: string;
}

function mistakesOf(issue: z.core.$ZodIssue, text: string, value: unknown): readonly Mistake[] {
  const where = formatPath(issue.path);
  const line = lineOf(text, issue.path);
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(issue.path);
    return issue.keys.slice(0, shownMistakes).map((key) => {
      const near = nearestNames(key, known, 1)[0];
      return {
        message: `${where === 'the file' ? '' : `${where}: `}unknown key ${jsonExcerpt(key)}`,
        line: lineOf(text, [...issue.path, key]),
        help: near ? `did you mean "${near}"?` : `known here: ${known.join(', ')}`,
      };
    });
  }
  const found = jsonExcerpt(memberAt(value, issue.path));
  switch (issue.code) {
    case 'invalid_type':
      return [{ message: `${where}: expected ${article(issue.expected)}, found ${found}`, line }];
    case 'invalid_value': {
      const values = issue.values.map((one) => JSON.stringify(one)).join(', ');
      return [{ message: `${where}: expected one of ${values}, found ${found}`, line }];
    }
    default:
      return [{ message: `${where}: ${issue.message.toLowerCase()}, found ${found}`, line }];
  }
}

function article(type: string): string {
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}

/**
 * The offer in a host file.
 * @throws PlimsollError PL0205 when it is not JSON, PL0302 when it does not fit the schema.
 */
export function parseHostFile(text: string, path: string): Offer {
  if (text.length > sizeLimit) {
    throw new PlimsollError('PL0302', `larger than ${sizeLimit >> 20} MiB`, { at: { path } });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    const position = Number(/position (\d+)/.exec(said)?.[1] ?? Number.NaN);
    const line = Number.isNaN(position) ? undefined : text.slice(0, position).split('\n').length;
    throw new PlimsollError('PL0302', `not JSON: ${said.replace(/ \(line.*$/, '')}`, {
      at: { path, ...(line === undefined ? {} : { line }) },
      help: 'a host file is JSON; plimsoll host probe --format json writes one',
      cause: error,
    });
  }
  const result = offerSchema.safeParse(value);
  if (result.success) return result.data;
  const mistakes = result.error.issues
    .slice(0, shownMistakes + 1)
    .flatMap((issue) => mistakesOf(issue, text, value));
  const [first, ...others] = mistakes;
  throw new PlimsollError('PL0302', first?.message ?? 'does not fit the schema', {
    at: { path, ...(first?.line === undefined ? {} : { line: first.line }) },
    notes: [
      ...others
        .slice(0, shownMistakes)
        .map(({ message, line }) => (line === undefined ? message : `line ${line}: ${message}`)),
      ...(others.length > shownMistakes ? [`and ${others.length - shownMistakes} more`] : []),
    ],
    help: first?.help ?? 'schemas/host.schema.json is the schema; docs/hosts.md explains it',
  });
}
