// Applies a template to a value: text/template's exec.go in its rules, with a Map for Go's map and a plain object for a
// struct, of which a field that is not there is an error.
import { CallError, isTrue, type TemplateFunction } from './functions.ts';
import { actionText, sortedEntries, typeName } from './print.ts';
import {
  type Call,
  type Node,
  type Operand,
  type Parsed,
  type Pipeline,
  TemplateError,
} from './syntax.ts';

/** Functions by name. */
export type Functions = Readonly<Record<string, TemplateFunction>>;

/** Characters of output: a template over what an image says is not worth more. */
const maximumOutput = 256 * 1024 * 1024;

interface State {
  readonly functions: Functions;
  /** Names and values, the innermost last. */
  readonly variables: { readonly name: string; value: unknown }[];
  readonly templates: Parsed['templates'];
  readonly output: string[];
  written: number;
  /** Templates that are applied within one another at this moment. */
  depth: number;
}

/** What a list of nodes ended with. */
type Ending = 'end' | 'break' | 'continue';

/** Templates that may be applied within one another. */
const maximumDepth = 500;

/** Applies a template. @throws TemplateError */
export function applyNodes(
  { nodes, templates }: Parsed,
  data: unknown,
  functions: Functions,
): string {
  const variables = [{ name: '$', value: data }];
  const state: State = { functions, variables, templates, output: [], written: 0, depth: 0 };
  walk(state, nodes, data);
  return state.output.join('');
}

function write(state: State, text: string): void {
  state.written += text.length;
  if (state.written > maximumOutput) throw new TemplateError(0, 'the output is too long');
  state.output.push(text);
}

function walk(state: State, nodes: readonly Node[], dot: unknown): Ending {
  for (const node of nodes) {
    switch (node.kind) {
      case 'text':
        write(state, node.text);
        break;
      case 'action': {
        const { pipeline } = node;
        const value = evaluate(state, pipeline, dot);
        declare(state, pipeline, [value]);
        if (pipeline.variables.length === 0) write(state, actionText(value));
        break;
      }
      case 'template':
        applyNamed(state, node, dot);
        break;
      case 'break':
      case 'continue':
        return node.kind;
      default: {
        const known = state.variables.length;
        const ending = node.kind === 'range' ? range(state, node, dot) : branch(state, node, dot);
        state.variables.length = known;
        if (ending !== 'end') return ending;
      }
    }
  }
  return 'end';
}

/** A template by its name: it sees no variables but its own, and its dot is what it was given. */
function applyNamed(
  state: State,
  { name, pipeline, at }: Extract<Node, { readonly kind: 'template' }>,
  dot: unknown,
): void {
  const nodes = state.templates.get(name);
  if (nodes === undefined)
    throw new TemplateError(at, `template ${JSON.stringify(name)} not defined`);
  if (state.depth >= maximumDepth)
    throw new TemplateError(at, `exceeded maximum template depth (${maximumDepth})`);
  const value = pipeline === undefined ? undefined : evaluate(state, pipeline, dot);
  if (pipeline !== undefined) declare(state, pipeline, [value]);
  const outside = state.variables.splice(0);
  state.variables.push({ name: '$', value });
  state.depth += 1;
  walk(state, nodes, value);
  state.depth -= 1;
  state.variables.length = 0;
  state.variables.push(...outside);
}

type Branch = Extract<Node, { readonly otherwise: readonly Node[] }>;

function branch(state: State, { kind, pipeline, body, otherwise }: Branch, dot: unknown): Ending {
  const value = evaluate(state, pipeline, dot);
  declare(state, pipeline, [value]);
  if (!isTrue(value)) return walk(state, otherwise, dot);
  return walk(state, body, kind === 'with' ? value : dot);
}

function range(state: State, { pipeline, body, otherwise }: Branch, dot: unknown): Ending {
  const value = evaluate(state, pipeline, dot);
  const items = itemsOf(value);
  if (items === undefined)
    throw failed(pipeline.at, textOf(pipeline), `range can't iterate over ${typeName(value)}`);
  if (typeof value === 'number' && pipeline.variables.length === 2) {
    const message = `can't use ${value} to iterate over more than one variable`;
    throw failed(pipeline.at, textOf(pipeline), message);
  }
  const known = state.variables.length;
  let isEmpty = true;
  for (const [key, item] of items) {
    isEmpty = false;
    state.variables.length = known;
    declare(state, pipeline, pipeline.variables.length === 2 ? [key, item] : [item]);
    if (walk(state, body, item) === 'break') break;
  }
  return isEmpty ? walk(state, otherwise, dot) : 'end';
}

/** As `range` of Go 1.22 has it over a number: 0 up to it. */
function* countedTo(end: number): Generator<readonly [number, number]> {
  for (let at = 0; at < end; at++) yield [at, at];
}

function itemsOf(value: unknown): Iterable<readonly [unknown, unknown]> | undefined {
  if (typeof value === 'number' && Number.isInteger(value)) return countedTo(value);
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return [...value.entries()];
  if (value instanceof Map) return sortedEntries(value);
  return typeof value === 'object' ? sortedEntries(new Map(Object.entries(value))) : undefined;
}

function declare(state: State, { variables, assigns }: Pipeline, values: readonly unknown[]): void {
  for (const [at, name] of variables.entries()) {
    const value = values[at];
    const known = assigns ? state.variables.findLast((one) => one.name === name) : undefined;
    if (known === undefined) state.variables.push({ name, value });
    else known.value = value;
  }
}

const textOf = ({ calls }: Pipeline): string => calls.map(({ text }) => text).join(' | ');

function evaluate(state: State, { calls }: Pipeline, dot: unknown): unknown {
  return calls.reduce<{ readonly value?: unknown }>(
    (before, call) => ({ value: applyCall(state, call, dot, before) }),
    {},
  ).value;
}

/** One call; `before` holds the value of the one before it, which becomes the last argument. */
function applyCall(
  state: State,
  { operands, text }: Call,
  dot: unknown,
  before: { readonly value?: unknown },
): unknown {
  const [first, ...rest] = operands;
  if (first === undefined) return undefined;
  if (first.kind !== 'function') {
    if (rest.length > 0)
      throw failed(first.at, text, `can't give argument to non-function ${first.text}`);
    if (first.kind === 'nil') throw failed(first.at, text, 'nil is not a command');
    return operandValue(state, first, dot);
  }
  const { name, at } = first;
  const args: unknown[] = [];
  for (const operand of rest) {
    const value = operandValue(state, operand, dot);
    args.push(value);
    if ((name === 'and' && !isTrue(value)) || (name === 'or' && isTrue(value))) return value;
  }
  if ('value' in before) args.push(before.value);
  try {
    return state.functions[name]?.(args);
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    const what = error.counted ? `wrong number of args for ${name}` : `error calling ${name}`;
    throw failed(at, text, `${what}: ${error.message}`);
  }
}

function operandValue(state: State, operand: Operand, dot: unknown): unknown {
  switch (operand.kind) {
    case 'dot':
      return dot;
    case 'nil':
      return undefined;
    case 'literal':
      return operand.value;
    case 'function':
      return applyCall(state, { operands: [operand], text: operand.text, at: operand.at }, dot, {});
    case 'field':
      return fieldsOf(dot, operand.names, operand);
    case 'variable': {
      const value = state.variables.findLast(({ name }) => name === operand.name)?.value;
      return fieldsOf(value, operand.names, operand);
    }
    case 'pipeline':
      return fieldsOf(evaluate(state, operand.pipeline, dot), operand.names, operand);
  }
}

function fieldsOf(from: unknown, names: readonly string[], operand: Operand): unknown {
  return names.reduce((value, name) => fieldOf(value, name, operand), from);
}

function fieldOf(value: unknown, name: string, { at, text }: Operand): unknown {
  if (value === undefined || value === null)
    throw failed(at, text, `nil pointer evaluating .${name}`);
  if (value instanceof Map) return value.get(name);
  if (typeof value === 'object' && !Array.isArray(value)) {
    const found = Object.entries(value).find(([key]) => key === name);
    // A pointer to nothing, which prints as such, unlike a key that a map does not have.
    if (found !== undefined) return found[1] ?? null;
    const names = Object.keys(value);
    const like = names.find((one) => one.toLowerCase() === name.toLowerCase());
    const hint = like ?? names.slice(0, 40).join(', ');
    throw failed(
      at,
      text,
      `can't evaluate field ${name}; there ${like === undefined ? 'are' : 'is'} ${hint}`,
    );
  }
  throw failed(at, text, `can't evaluate field ${name} in type ${typeName(value)}`);
}

function failed(at: number, text: string, message: string): TemplateError {
  return new TemplateError(at, `executing "" at <${text}>: ${message}`);
}
