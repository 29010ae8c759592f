// plimsoll history IMAGE: the steps that made an image, with the size of what each added, as docker shows them.
import { type Command, Option } from 'commander';
import { imageIdOf } from '../../image/docker-inspect.ts';
import type { ImageTarget } from '../../image/image.ts';
import { type HistoryStep, historySteps } from '../../image/image-history.ts';
import { humanAge, humanSize } from '../../lib/human-units.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { writeRows } from '../format-rows.ts';
import {
  addViewOptions,
  imageArgument,
  sizesOf,
  type ViewOptions,
  withImage,
} from '../view-target.ts';

interface HistoryOptions extends ViewOptions {
  readonly format?: string;
  readonly human: boolean;
  readonly trunc: boolean;
  readonly quiet?: boolean;
}

/** Characters of a step that a line of the table has room for. */
const createdByWidth = 45;
const missing = '<missing>';

function shortened(text: string): string {
  const letters = [...text];
  return letters.length > createdByWidth
    ? `${letters.slice(0, createdByWidth - 1).join('')}…`
    : text;
}

function rowOf(
  { layer, created, createdBy, comment }: HistoryStep,
  id: string | undefined,
  sizes: readonly number[],
  { human, trunc }: HistoryOptions,
  now: Date,
): object {
  const time = created === undefined ? Number.NaN : Date.parse(created);
  const known = Number.isFinite(time);
  const at = known ? new Date(time).toISOString().replace(/\.\d+Z$/, 'Z') : 'N/A';
  const since = known ? humanAge(time, now.getTime()) : 'N/A';
  const oneLine = createdBy.replace(/[\t\r\n]+/g, ' ');
  const bytes = layer === undefined ? 0 : (sizes[layer] ?? 0);
  return {
    ID: id === undefined ? missing : trunc ? id.slice('sha256:'.length, 19) : id,
    CreatedSince: human ? since : at,
    CreatedAt: at,
    CreatedBy: trunc ? shortened(oneLine) : oneLine,
    Size: human ? humanSize(bytes) : String(bytes),
    Comment: comment.replace(/[\t\r\n]+/g, ' '),
  };
}

const headings = {
  ID: 'IMAGE',
  CreatedSince: 'CREATED',
  CreatedAt: 'CREATED AT',
  CreatedBy: 'CREATED BY',
  Size: 'SIZE',
  Comment: 'COMMENT',
};

async function show(image: ImageTarget, options: HistoryOptions, context: Context): Promise<void> {
  const sizes = options.quiet === true ? [] : await sizesOf(image, options, context);
  const steps = historySteps(image.config, image.layers.length);
  const id = imageIdOf(image);
  const now = context.now();
  const rows = steps.map((step, at) => rowOf(step, at === 0 ? id : undefined, sizes, options, now));
  context.progress.clear();
  const { stdout } = context;
  if (options.quiet === true && options.format === undefined) {
    writeRows(stdout, rows, { format: '{{.ID}}', table: '', headings });
    return;
  }
  const created = options.human ? '{{.CreatedSince}}' : '{{.CreatedAt}}';
  const table = `{{.ID}}\t${created}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}`;
  writeRows(stdout, rows, { format: options.format, table, headings });
  if (image.kind === 'registry' && context.verbosity !== 'quiet' && stdout.isTerminal)
    context.stderr.write('note: sizes are those of the compressed layers in the registry\n');
}

/** Adds `plimsoll history` to the program. */
export function register(program: Command, context: Context): void {
  const command = program
    .command('history')
    .description('Shows the steps that made an image, the newest first, and what each added.')
    .argument('<image>', imageArgument)
    .addOption(new Option('--format <format>', 'table, table TEMPLATE, json, or a Go template'))
    .addOption(new Option('-H, --human', 'sizes and dates for people').default(true, 'true'))
    .addOption(new Option('--no-human', 'sizes in bytes, dates as they are').hideHelp())
    .option('--no-trunc', 'show identifiers and commands whole')
    .option('-q, --quiet', 'show identifiers only');
  addViewOptions(command).action((reference: string, options: HistoryOptions) =>
    withImage(reference, options, context, (image) => show(image, options, context)),
  );
  addExamples(command, [
    { line: 'plimsoll history redis:8', says: 'steps, sizes and the empty layers' },
    { line: 'plimsoll history --no-trunc redis:8', says: 'commands in full' },
    {
      line: "plimsoll history --format '{{.Size}}: {{.CreatedBy}}' docker-archive:redis.tar",
      says: 'an image that docker saved, in a form of your own',
    },
  ]);
}
