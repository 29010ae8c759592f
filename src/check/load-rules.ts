// Validates rule files that people write. zod's message on a union of forty condition kinds helps nobody, so
// conditions are walked by hand: the key that names the kind picks the one schema to hold the object against.

import type * as z from 'zod';
import type { Diagnostic, Parsed } from '../diag/diagnostic.ts';
import { isJsonObject, type JsonObject, jsonExcerpt } from '../lib/json.ts';
import { nearestNames } from '../lib/nearest.ts';
import {
  type DataRule,
  hostConditions,
  imageConditions,
  ruleFileSchema,
  ruleHeadSchema,
} from './data-rule.ts';

const depthLimit = 16;
const rulesLimit = 10_000;
const problemsLimit = 50;

type Leaves = Readonly<Record<string, z.ZodType>>;

function suggestion(word: string, known: readonly string[]): string | undefined {
  return nearestNames(word, known, 1)[0];
}

interface Mistake {
  readonly path: string;
  readonly message: string;
  readonly help?: string;
}

function issuesOf(error: z.ZodError, path: string, known: readonly string[]): readonly Mistake[] {
  return error.issues.slice(0, 10).flatMap((issue): readonly Mistake[] => {
    const steps = issue.path.map((step) =>
      typeof step === 'number' ? `[${step}]` : `.${String(step)}`,
    );
    const at = [path, ...steps].join('');
    if (issue.code !== 'unrecognized_keys')
      return [{ path: at, message: issue.message.replace(/^Invalid input: /, '') }];
    return issue.keys.map((key) => {
      const near = suggestion(key, known);
      const help = near ? `did you mean '${near}'?` : `known here: ${known.join(', ')}`;
      return { path: at, message: `unknown field '${key}'`, help };
    });
  });
}

const patternKeys = new Set(['matches', 'text', 'arguments', 'target', 'without']);

function patternMistakes(condition: JsonObject, path: string): readonly Mistake[] {
  return Object.entries(condition).flatMap(([key, value]) => {
    if (!patternKeys.has(key) || typeof value !== 'string') return [];
    try {
      new RegExp(value, 'm');
      return [];
    } catch (error) {
      const why = error instanceof Error ? error.message : value;
      return [{ path: `${path}.${key}`, message: `not a regular expression: ${why}` }];
    }
  });
}

function shapeOf(schema: z.ZodType | undefined): readonly string[] {
  const shape = schema !== undefined && 'shape' in schema ? schema.shape : undefined;
  return isJsonObject(shape) ? Object.keys(shape) : [];
}

/** A field's name can be another kind's name too ("path"): the kind whose schema knows every key is meant. */
function kindOf(json: JsonObject, leaves: Leaves): string | undefined {
  const kinds = Object.keys(leaves).filter((key) => key in json);
  const whole = kinds.find((key) => {
    const known = shapeOf(leaves[key]);
    return Object.keys(json).every((given) => known.includes(given));
  });
  return whole ?? kinds[0];
}

function combinationMistakes(
  json: JsonObject,
  key: string,
  path: string,
  leaves: Leaves,
  depth: number,
): readonly Mistake[] {
  if (Object.keys(json).length > 1) {
    const found = Object.keys(json).join(', ');
    return [{ path, message: `'${key}' stands alone in its object, found ${found}` }];
  }
  if (key === 'not') return conditionMistakes(json[key], `${path}.not`, leaves, depth + 1);
  const list: unknown = json[key];
  if (!Array.isArray(list) || list.length === 0)
    return [
      {
        path: `${path}.${key}`,
        message: `expected a list of conditions, found ${jsonExcerpt(list)}`,
      },
    ];
  return list.flatMap((item, index) =>
    conditionMistakes(item, `${path}.${key}[${index}]`, leaves, depth + 1),
  );
}

function conditionMistakes(
  json: unknown,
  path: string,
  leaves: Leaves,
  depth: number,
): readonly Mistake[] {
  if (depth > depthLimit) return [{ path, message: `conditions nest deeper than ${depthLimit}` }];
  if (!isJsonObject(json))
    return [{ path, message: `expected a condition (an object), found ${jsonExcerpt(json)}` }];
  const combining = ['all', 'any', 'not'].find((key) => key in json);
  if (combining !== undefined) return combinationMistakes(json, combining, path, leaves, depth);
  const schema = leaves[kindOf(json, leaves) ?? ''];
  if (schema === undefined) {
    const known = [...Object.keys(leaves), 'all', 'any', 'not'];
    const near = Object.keys(json)
      .map((key) => suggestion(key, known))
      .find((name) => name !== undefined);
    const help = near ? `did you mean '${near}'?` : `one of: ${known.join(', ')}`;
    return [{ path, message: `unknown condition ${jsonExcerpt(json)}`, help }];
  }
  const result = schema.safeParse(json);
  return result.success
    ? patternMistakes(json, path)
    : issuesOf(result.error, path, shapeOf(schema));
}

function ruleMistakes(json: unknown, path: string): readonly Mistake[] {
  if (!isJsonObject(json))
    return [{ path, message: `expected a rule (an object), found ${jsonExcerpt(json)}` }];
  const { image, host, ...head } = json;
  const result = ruleHeadSchema.safeParse(head);
  const known = [...Object.keys(ruleHeadSchema.shape), 'image', 'host'];
  return [
    ...(result.success ? [] : issuesOf(result.error, path, known)),
    ...(image === undefined
      ? [{ path, message: "expected 'image': the condition on the image" }]
      : conditionMistakes(image, `${path}.image`, imageConditions, 0)),
    ...(host === undefined ? [] : conditionMistakes(host, `${path}.host`, hostConditions, 0)),
  ];
}

/**
 * The rules of one file's JSON. Rules with a mistake are left out and reported (PL0501) with the place in the
 * file, what was expected, and the nearest known word.
 * @param origin how to name the file in messages
 */
function loadRules(json: unknown, origin: string): Parsed<readonly DataRule[]> {
  const mistakes: Mistake[] = [];
  const good: DataRule[] = [];
  const rules: unknown = isJsonObject(json) ? json['rules'] : undefined;
  if (!isJsonObject(json) || !Array.isArray(rules)) {
    const message = `expected an object with a list 'rules', found ${jsonExcerpt(json)}`;
    return { value: [], problems: asProblems([{ path: '$', message }], origin) };
  }
  const { rules: _, ...head } = json;
  const result = ruleFileSchema.omit({ rules: true }).safeParse(head);
  if (!result.success)
    mistakes.push(...issuesOf(result.error, '$', Object.keys(ruleFileSchema.shape)));
  if (rules.length > rulesLimit)
    mistakes.push({ path: '$.rules', message: `more than ${rulesLimit} rules` });
  const seen = new Set<unknown>();
  rules.slice(0, rulesLimit).forEach((rule: unknown, index) => {
    const path = `$.rules[${index}]`;
    const found = [...ruleMistakes(rule, path)];
    const id = isJsonObject(rule) ? rule['id'] : undefined;
    if (typeof id === 'string' && seen.has(id))
      found.push({ path: `${path}.id`, message: `'${id}' is used twice` });
    seen.add(id);
    if (found.length === 0) good.push(rule as DataRule);
    else mistakes.push(...found);
  });
  return { value: good, problems: asProblems(mistakes, origin) };
}

function asProblems(mistakes: readonly Mistake[], origin: string): readonly Diagnostic[] {
  return mistakes.slice(0, problemsLimit).map(({ path, message, help }) => ({
    code: 'PL0501',
    severity: 'error',
    message: `${path}: ${message}`,
    at: { path: origin },
    ...(help === undefined ? {} : { help }),
  }));
}

/** The rules of one file's text. */
export function parseRules(text: string, origin: string): Parsed<readonly DataRule[]> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    const message = error instanceof Error ? error.message : 'not JSON';
    return {
      value: [],
      problems: [
        {
          code: 'PL0501',
          severity: 'error',
          message: `not JSON: ${message}`,
          at: { path: origin },
        },
      ],
    };
  }
  return loadRules(json, origin);
}

/** One rule file as it was read. */
export interface RuleFile {
  readonly path: string;
  readonly text: string;
}

/** All rules of several files, in the order given. An id may occur once over all of them. */
export function parseRuleFiles(files: readonly RuleFile[]): Parsed<readonly DataRule[]> {
  const value: DataRule[] = [];
  const problems: Diagnostic[] = [];
  const origins = new Map<string, string>();
  for (const { path, text } of files) {
    const loaded = parseRules(text, path);
    problems.push(...loaded.problems);
    for (const rule of loaded.value) {
      const first = origins.get(rule.id);
      if (first === undefined) {
        origins.set(rule.id, path);
        value.push(rule);
      } else {
        problems.push({
          code: 'PL0501',
          severity: 'error',
          message: `rule '${rule.id}' is also in ${first}`,
          at: { path },
        });
      }
    }
  }
  return { value, problems };
}
