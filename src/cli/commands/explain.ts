// plimsoll explain CODE|RULE: the page of a code (docs/codes/), and what a rule in data or code looks for.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { findingCodes } from '../../check/finding-codes.ts';
import { operationCodes } from '../../diag/operation-codes.ts';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { nearestNames } from '../../lib/nearest.ts';
import { formatMarkdown } from '../../report/markdown-terminal.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';

const titles: Readonly<Record<string, string>> = { ...operationCodes, ...findingCodes };

/** What explain shows of a rule that is data. */
interface RuleText {
  readonly id: string;
  readonly code: string;
  readonly severity: string;
  readonly title: string;
  readonly need: string;
  readonly symptom?: string;
  readonly help: string;
  readonly references: readonly string[];
}

async function shippedRules(): Promise<readonly RuleText[]> {
  const module = await import('../../check/generated/data-rules.json', { with: { type: 'json' } });
  return module.default;
}

/** The page of a rule in code; undefined for other names. */
async function codeRulePage(asked: string): Promise<string | undefined> {
  const { codeRuleWords } = await import('../../check/rules/rule-texts.ts');
  const words = codeRuleWords(asked);
  if (words === undefined) return undefined;
  const { codes, says, symptom, help, references = [] } = words;
  const [first = ''] = codes;
  return [
    `# ${asked}: ${codes.length === 1 ? `a rule of ${first} (${titles[first] ?? ''})` : 'a rule with several codes'}`,
    '',
    says,
    '',
    ...(symptom === undefined ? [] : [`- symptom: ${symptom}`]),
    ...(help === undefined ? [] : [`- help: ${help}`]),
    ...references.map((reference) => `- see: ${reference}`),
    ...codes.map((code) => `- \`plimsoll explain ${code}\`: ${titles[code] ?? ''}`),
  ].join('\n');
}

function rulePage(rule: RuleText): string {
  return [
    `# ${rule.id}: a rule of ${rule.code} (${titles[rule.code] ?? ''})`,
    '',
    rule.title.replace(/\{(\w+)\}/g, '<$1>'),
    '',
    `- needs: ${rule.need}`,
    ...(rule.symptom === undefined ? [] : [`- symptom: ${rule.symptom}`]),
    `- help: ${rule.help}`,
    ...rule.references.map((reference) => `- see: ${reference}`),
    '',
    `\`plimsoll explain ${rule.code}\` tells about the mechanism.`,
  ].join('\n');
}

async function pageOf(asked: string, context: Context): Promise<string> {
  const code = asked.toUpperCase();
  if (Object.hasOwn(titles, code)) {
    const page = join(context.packageRoot, 'docs/codes', `${code}.md`);
    return readFile(page, 'utf8');
  }
  const rules = await shippedRules();
  const rule = rules.find(({ id }) => id === asked);
  if (rule !== undefined) return rulePage(rule);
  const inCode = await codeRulePage(asked);
  if (inCode !== undefined) return inCode;
  const { codeRuleNames } = await import('../../check/rules/rule-texts.ts');
  const known = [...Object.keys(titles), ...rules.map(({ id }) => id), ...codeRuleNames];
  const [near] = nearestNames(asked, known, 1);
  throw new PlimsollError('PL0001', `'${asked}' is neither a code nor a rule`, {
    help: near === undefined ? 'plimsoll explain --list shows all codes' : `did you mean ${near}?`,
  });
}

function listCodes(context: Context): void {
  const { style } = context.stdout;
  for (const [code, title] of Object.entries(titles)) {
    context.stdout.write(`${style.bold(code)}  ${title}\n`);
  }
}

/** Adds `plimsoll explain` to the program. */
export function register(program: Command, context: Context): void {
  const command = program
    .command('explain')
    .description('Explains a code or rule: what it means, where it was seen, what to do.')
    .argument('[code]', 'a code as reports show it (PL1004), or the name of a rule')
    .option('-l, --list', 'list all codes')
    .action(async (asked: string | undefined, options: { readonly list?: boolean }) => {
      if (options.list === true) {
        listCodes(context);
        return;
      }
      if (asked === undefined) {
        throw new PlimsollError('PL0001', 'explain needs a code', {
          help: 'plimsoll explain PL1004, or plimsoll explain --list',
        });
      }
      const { style, width } = context.stdout;
      const page = await pageOf(asked, context);
      context.stdout.write(formatMarkdown(page, { style, width: Math.min(width, 100) }));
    });
  addExamples(command, [
    { line: 'plimsoll explain PL1001', says: 'what "kernel too old" is about' },
    { line: 'plimsoll explain elasticsearch-max-map-count', says: 'what one rule looks for' },
    { line: 'plimsoll explain --list', says: 'all codes in one line each' },
  ]);
}
