// Templates of `--format`, as docker and podman have them: Go's text/template (https://pkg.go.dev/text/template), in the
// part that people use on a command line: fields, pipelines, variables, if, with, range, functions, define, template and
// block. Values have no methods to call.
import { applyNodes, type Functions } from './apply.ts';
import { templateFunctions } from './functions.ts';
import { parseNodes } from './parse.ts';
import { type Parsed, TemplateError } from './syntax.ts';

/** A template that was parsed. */
export interface GoTemplate {
  readonly source: string;
  readonly parsed: Parsed;
}

/** What is wrong with a template, in Go's form: "template: :1:2: …", with the line and the byte of it. */
export interface TemplateFault {
  readonly fault: string;
}

/** Whether the answer is a fault. */
export function isTemplateFault(
  answer: string | GoTemplate | TemplateFault,
): answer is TemplateFault {
  return typeof answer === 'object' && 'fault' in answer;
}

function faultOf(source: string, error: unknown): TemplateFault {
  if (!(error instanceof TemplateError)) throw error;
  const before = source.slice(0, error.at);
  const start = before.lastIndexOf('\n') + 1;
  const line = before.split('\n').length;
  const column = Buffer.byteLength(before.slice(start));
  return { fault: `template: :${line}:${column}: ${error.message}` };
}

/** Parses a template. */
export function parseTemplate(source: string): GoTemplate | TemplateFault {
  try {
    const knows = (name: string): boolean => Object.hasOwn(templateFunctions, name);
    return { source, parsed: parseNodes(source, knows) };
  } catch (error) {
    return faultOf(source, error);
  }
}

/**
 * Applies a template to a value. A Map is what Go calls a map: a key that is not there gives `<no value>`. A plain object
 * is a struct: a field that is not there is a fault; one that is undefined is nil.
 */
export function applyTemplate(
  { source, parsed }: GoTemplate,
  data: unknown,
): string | TemplateFault {
  try {
    return applyNodes(parsed, data, templateFunctions);
  } catch (error) {
    return faultOf(source, error);
  }
}

/** What a table's heading is made with: functions that would change a text leave it, as docker has it. */
const headingFunctions: Functions = {
  ...templateFunctions,
  ...Object.fromEntries(
    ['json', 'split', 'join', 'title', 'lower', 'upper', 'truncate'].map((name) => [
      name,
      ([text]: readonly unknown[]) => text,
    ]),
  ),
};

/** Applies a template to the headings of its fields: the first line of a table. A field without a heading is empty. */
export function applyHeadings(
  { source, parsed }: GoTemplate,
  headings: Readonly<Record<string, string>>,
): string | TemplateFault {
  try {
    return applyNodes(parsed, new Map(Object.entries(headings)), headingFunctions);
  } catch (error) {
    return faultOf(source, error);
  }
}

/**
 * What docker makes of the words of a command line: `\t` and `\n` outside of actions, which a shell leaves as two characters,
 * are a tab and a line's end.
 */
export function unescapeFormat(format: string): string {
  return format
    .split(/(\{\{.*?\}\})/s)
    .map((part, at) => (at % 2 === 1 ? part : part.replaceAll('\\t', '\t').replaceAll('\\n', '\n')))
    .join('');
}
