// The grammar of templates: actions to trees.
import { parseString } from './literals.ts';
import {
  type Call,
  type Node,
  type Operand,
  type Parsed,
  type Pipeline,
  type Position,
  TemplateError,
} from './syntax.ts';
import { type Piece, splitTemplate, type Token } from './tokens.ts';

/** How deep actions and parentheses may stand in one another. */
const maximumDepth = 100;

interface Reader {
  readonly pieces: readonly Piece[];
  next: number;
  depth: number;
  readonly knows: (name: string) => boolean;
  /** Variables that are declared, the innermost last. */
  variables: string[];
  readonly templates: Map<string, readonly Node[]>;
}

/** What ended a list of nodes: a word, its words, and where it stands. */
interface Ending {
  readonly word: 'end' | 'else';
  readonly tokens: readonly Token[];
  readonly at: Position;
}

/** Parses a template; `knows` tells which functions there are. @throws TemplateError */
export function parseNodes(source: string, knows: (name: string) => boolean): Parsed {
  const reader: Reader = {
    pieces: splitTemplate(source),
    next: 0,
    depth: 0,
    knows,
    variables: ['$'],
    templates: new Map(),
  };
  const { nodes, ending } = readNodes(reader, false);
  if (ending !== undefined) throw new TemplateError(ending.at, `unexpected {{${ending.word}}}`);
  return { nodes, templates: reader.templates };
}

function readNodes(
  reader: Reader,
  inRange: boolean,
  inner = false,
): { readonly nodes: readonly Node[]; readonly ending?: Ending } {
  const nodes: Node[] = [];
  while (reader.next < reader.pieces.length) {
    const piece = reader.pieces[reader.next++];
    if (piece === undefined) break;
    if (piece.kind === 'text') {
      nodes.push(piece);
      continue;
    }
    const { tokens, at } = piece;
    const [first, ...rest] = tokens;
    if (first === undefined) throw new TemplateError(at, 'missing value for command');
    const word = first.kind === 'word' ? first.text : '';
    switch (word) {
      case 'end':
      case 'else':
        return { nodes, ending: { word, tokens: rest, at } };
      case 'if':
      case 'with':
      case 'range':
        nodes.push(readBranch(reader, word, rest, at, inRange));
        break;
      case 'break':
      case 'continue':
        if (!inRange) throw new TemplateError(at, `{{${word}}} outside {{range}}`);
        nodes.push({ kind: word });
        break;
      case 'define':
        if (inner) throw new TemplateError(at, 'unexpected {{define}}');
        define(reader, word, rest, at);
        break;
      case 'template':
        nodes.push(readTemplate(reader, word, rest, at));
        break;
      case 'block':
        nodes.push(readTemplate(reader, word, rest, at));
        define(reader, word, rest.slice(0, 1), at);
        break;
      default:
        nodes.push({ kind: 'action', pipeline: readPipeline(reader, tokens, at, 'command') });
    }
  }
  return { nodes };
}

/** "define" and what stands up to its end, under its name: the last one counts, unless it is empty. */
function define(
  reader: Reader,
  word: 'define' | 'block',
  [name, extra]: readonly Token[],
  at: Position,
): void {
  const key = nameIn(name, word, at);
  if (extra !== undefined)
    throw new TemplateError(extra.at, `unexpected ${extra.text} in ${word} clause`);
  deeper(reader, at);
  const outside = reader.variables;
  reader.variables = ['$'];
  const { nodes, ending } = readNodes(reader, false, true);
  if (ending?.word !== 'end')
    throw new TemplateError(ending?.at ?? at, `{{${word}}} has no {{end}}`);
  reader.variables = outside;
  reader.depth -= 1;
  const isEmpty = nodes.every((node) => node.kind === 'text' && node.text.trim() === '');
  if (!isEmpty || !reader.templates.has(key)) reader.templates.set(key, nodes);
}

/** The name of a template: a string. */
function nameIn(token: Token | undefined, word: string, at: Position): string {
  const name = token?.kind === 'string' ? parseString(token.text, token.at) : undefined;
  if (typeof name === 'string') return name;
  throw new TemplateError(token?.at ?? at, `unexpected ${token?.text ?? '}}'} in ${word} clause`);
}

/** A template applied by its name. */
function readTemplate(
  reader: Reader,
  word: 'template' | 'block',
  [name, ...rest]: readonly Token[],
  at: Position,
): Node {
  const called = { kind: 'template', name: nameIn(name, word, at), at } as const;
  if (rest.length === 0 && word === 'template') return called;
  const known = reader.variables.length;
  const pipeline = readPipeline(reader, rest, at, word);
  reader.variables.length = known;
  return { ...called, pipeline };
}

function readBranch(
  reader: Reader,
  kind: 'if' | 'with' | 'range',
  tokens: readonly Token[],
  at: Position,
  inRange: boolean,
): Node {
  deeper(reader, at);
  const known = reader.variables.length;
  const pipeline = readPipeline(reader, tokens, at, kind);
  const inLoop = inRange || kind === 'range';
  const { nodes: body, ending } = readNodes(reader, inLoop, true);
  if (ending === undefined)
    throw new TemplateError(at, `unexpected EOF: {{${kind}}} has no {{end}}`);
  const otherwise = ending.word === 'end' ? [] : readElse(reader, kind, ending, inRange, at);
  reader.variables.length = known;
  reader.depth -= 1;
  return { kind, pipeline, body, otherwise };
}

function readElse(
  reader: Reader,
  kind: 'if' | 'with' | 'range',
  { tokens, at }: Ending,
  inRange: boolean,
  start: Position,
): readonly Node[] {
  const [word, ...rest] = tokens;
  if (word !== undefined) {
    // "else if" and "else with" share the end of what they stand in.
    if (kind === 'range' || word.kind !== 'word' || word.text !== kind)
      throw new TemplateError(word.at, `unexpected ${word.text} in else clause`);
    return [readBranch(reader, kind, rest, at, inRange)];
  }
  const { nodes, ending } = readNodes(reader, inRange, true);
  if (ending === undefined)
    throw new TemplateError(start, 'unexpected EOF: {{else}} has no {{end}}');
  if (ending.word === 'else') throw new TemplateError(ending.at, 'expected end; found {{else}}');
  return nodes;
}

function deeper(reader: Reader, at: Position): void {
  reader.depth += 1;
  if (reader.depth > maximumDepth) throw new TemplateError(at, 'too deep');
}

/** Reads a whole action as a pipeline with its declarations. */
function readPipeline(
  reader: Reader,
  tokens: readonly Token[],
  at: Position,
  context: string,
): Pipeline {
  const { variables, assigns, length } = declaration(reader, tokens, context);
  const { calls, next } = readCalls(reader, tokens, length, at, context);
  const extra = tokens[next];
  if (extra !== undefined)
    throw new TemplateError(extra.at, `unexpected ${extra.text} in ${context}`);
  if (!assigns) reader.variables.push(...variables);
  return { variables, assigns, calls, at };
}

/** "$x :=", "$i, $x :=" or "$x =" at the start. */
function declaration(
  reader: Reader,
  tokens: readonly Token[],
  context: string,
): { readonly variables: readonly string[]; readonly assigns: boolean; readonly length: number } {
  const none = { variables: [], assigns: false, length: 0 };
  const [first, second, third, fourth] = tokens;
  if (first?.kind !== 'variable') return none;
  const pair = second?.kind === 'comma' && third?.kind === 'variable';
  const operator = pair ? fourth : second;
  if (operator?.kind !== 'declare' && operator?.kind !== 'assign') return none;
  if (pair && context !== 'range')
    throw new TemplateError(first.at, `too many declarations in ${context}`);
  const variables = pair ? [first.text, third.text] : [first.text];
  const assigns = operator.kind === 'assign';
  if (assigns) for (const name of variables) knownVariable(reader, name, first.at);
  return { variables, assigns, length: pair ? 4 : 2 };
}

function knownVariable(reader: Reader, name: string, at: Position): void {
  if (!reader.variables.includes(name))
    throw new TemplateError(at, `undefined variable ${JSON.stringify(name)}`);
}

/** Calls between pipes, up to the end or a closing parenthesis. */
function readCalls(
  reader: Reader,
  tokens: readonly Token[],
  from: number,
  at: Position,
  context: string,
): { readonly calls: readonly Call[]; readonly next: number } {
  const calls: Call[] = [];
  let next = from;
  for (;;) {
    const operands: Operand[] = [];
    for (let token = tokens[next]; token !== undefined; token = tokens[next]) {
      if (token.kind === 'pipe' || token.kind === 'close') break;
      if (operands.length > 0 && !token.apart)
        throw new TemplateError(token.at, `unexpected ${token.text} in operand`);
      const read = readOperand(reader, tokens, next);
      operands.push(read.operand);
      next = read.next;
    }
    const [first] = operands;
    if (first === undefined)
      throw new TemplateError(tokens[next]?.at ?? at, `missing value for ${context}`);
    if (calls.length > 0 && first.kind !== 'function')
      throw new TemplateError(
        first.at,
        `non executable command in pipeline stage ${calls.length + 1}`,
      );
    calls.push({ operands, text: operands.map(({ text }) => text).join(' '), at: first.at });
    if (tokens[next]?.kind !== 'pipe') return { calls, next };
    next += 1;
  }
}

function readOperand(
  reader: Reader,
  tokens: readonly Token[],
  from: number,
): { readonly operand: Operand; readonly next: number } {
  const token = tokens[from];
  if (token === undefined) throw new Error('there is a token');
  const { kind, text, at } = token;
  const { names, next } = chain(tokens, from + 1);
  const whole = text + names.map((name) => `.${name}`).join('');
  const chained = { names, text: whole, at };
  const plain = <T extends Operand>(operand: T): { readonly operand: T; readonly next: number } => {
    if (names.length > 0)
      throw new TemplateError(at, `unexpected .${names[0]} after term ${JSON.stringify(text)}`);
    return { operand, next };
  };
  switch (kind) {
    case 'dot':
      return plain({ kind: 'dot', text, at });
    case 'field':
      return { operand: { kind: 'field', ...chained, names: [text.slice(1), ...names] }, next };
    case 'variable':
      knownVariable(reader, text, at);
      return { operand: { kind: 'variable', name: text, ...chained }, next };
    case 'string':
      return plain({ kind: 'literal', value: parseString(text, at), text, at });
    case 'number':
      return plain({ kind: 'literal', value: Number(text.replaceAll('_', '')), text, at });
    case 'word':
      if (text === 'true' || text === 'false')
        return plain({ kind: 'literal', value: text === 'true', text, at });
      if (text === 'nil') return plain({ kind: 'nil', text, at });
      if (!reader.knows(text))
        throw new TemplateError(at, `function ${JSON.stringify(text)} not defined`);
      return plain({ kind: 'function', name: text, text, at });
    case 'open':
      return readParenthesis(reader, tokens, from);
    default:
      throw new TemplateError(at, `unexpected ${JSON.stringify(text)} in operand`);
  }
}

function readParenthesis(
  reader: Reader,
  tokens: readonly Token[],
  from: number,
): { readonly operand: Operand; readonly next: number } {
  const at = tokens[from]?.at ?? 0;
  deeper(reader, at);
  const { calls, next: end } = readCalls(reader, tokens, from + 1, at, 'parenthesized pipeline');
  if (tokens[end]?.kind !== 'close') throw new TemplateError(at, 'unclosed left paren');
  const { names, next } = chain(tokens, end + 1);
  reader.depth -= 1;
  const inner = calls.map(({ text }) => text).join(' | ');
  return {
    operand: {
      kind: 'pipeline',
      pipeline: { variables: [], assigns: false, calls, at },
      names,
      text: `(${inner})${names.map((name) => `.${name}`).join('')}`,
      at,
    },
    next,
  };
}

/** Field names that follow without a blank. */
function chain(
  tokens: readonly Token[],
  from: number,
): { readonly names: readonly string[]; readonly next: number } {
  const names: string[] = [];
  let next = from;
  for (let token = tokens[next]; token?.kind === 'field' && !token.apart; token = tokens[next]) {
    names.push(token.text.slice(1));
    next += 1;
  }
  return { names, next };
}
