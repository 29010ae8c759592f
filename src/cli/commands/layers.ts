// plimsoll layers IMAGE: what each layer added, changed, wasted; a browser on a terminal, a report elsewhere.
import { type Command, InvalidArgumentError } from 'commander';
import { analyseLayers } from '../../image/analyse-layers.ts';
import type { ImageTarget } from '../../image/image.ts';
import { historySteps } from '../../image/image-history.ts';
import type { LayerIndex } from '../../image/merge.ts';
import { formatBytes } from '../../lib/byte-count.ts';
import { humanSize } from '../../lib/human-units.ts';
import { layerFiles } from '../../needs/layer-files.ts';
import {
  formatLayers,
  type LayerLabel,
  type LayersReport,
  layersJson,
  percent,
} from '../../report/layers-report.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { exitCodes } from '../exit-code.ts';
import { type FormatOptions, formatOption, writeJson } from '../output-format.ts';
import {
  addViewOptions,
  imageArgument,
  type ViewOptions,
  withCache,
  withImage,
} from '../view-target.ts';

interface LayersOptions extends ViewOptions, FormatOptions {
  readonly all?: boolean;
  readonly minEfficiency?: number;
  readonly maxWasted?: number;
}

/** "0.95", "95" and "95%" are the same. */
function parsePart(value: string): number {
  const number = Number(value.replace(/\s*%$/, ''));
  const part = value.endsWith('%') || number > 1 ? number / 100 : number;
  if (Number.isFinite(part) && part >= 0 && part <= 1) return part;
  throw new InvalidArgumentError(`'${value}' is no share: write 0.95 or 95%.`);
}

const factors: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9 };

function parseBytes(value: string): number {
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)\s*([kmg]?)b?$/i.exec(value) ?? [];
  if (digits === undefined)
    throw new InvalidArgumentError(
      `'${value}' is no size: write 20MB, 500kB or a number of bytes.`,
    );
  return Number(digits) * (factors[unit.toLowerCase()] ?? 1);
}

function labelsOf({ config, layers }: ImageTarget): readonly LayerLabel[] {
  const steps = historySteps(config, layers.length);
  return layers.map(({ diffId, blob, label }, index) => ({
    id: diffId ?? blob?.digest ?? label,
    createdBy: steps.find(({ layer }) => layer === index)?.createdBy ?? '',
  }));
}

/** Says what is over a threshold, and whether anything is. */
function judge({ analysis }: LayersReport, options: LayersOptions, context: Context): void {
  const { efficiency, wastedBytes } = analysis;
  const { minEfficiency = 0, maxWasted = Number.POSITIVE_INFINITY } = options;
  const said = [
    efficiency < minEfficiency
      ? `efficiency ${percent(efficiency)} is below ${percent(minEfficiency)}`
      : undefined,
    wastedBytes > maxWasted
      ? `${humanSize(wastedBytes)} are wasted, more than ${humanSize(maxWasted)}`
      : undefined,
  ].filter((line) => line !== undefined);
  for (const line of said) context.stderr.write(`${context.stderr.style.red('failed')}: ${line}\n`);
  if (said.length > 0) context.setExitCode(exitCodes.fails);
}

async function show(image: ImageTarget, options: LayersOptions, context: Context): Promise<void> {
  const { stdout, progress, signal } = context;
  const indexes: readonly LayerIndex<string>[] = await withCache(options, context, (cache) =>
    layerFiles(image.layers, {
      signal,
      ...(cache === undefined ? {} : { cache }),
      onProgress: (bytes) => progress.update(`reading layers: ${formatBytes(bytes)}`),
    }),
  );
  progress.clear();
  const report: LayersReport = {
    reference: image.reference,
    labels: labelsOf(image),
    analysis: analyseLayers(indexes),
  };
  const thresholds = options.minEfficiency !== undefined || options.maxWasted !== undefined;
  if (options.format === 'json') writeJson(context, layersJson(report));
  else if (options.format === undefined && !thresholds && context.terminal !== undefined) {
    const { browse } = await import('../browser/browse.ts');
    await browse(report, indexes, context.terminal, { style: stdout.style, signal });
  } else {
    const { width, style } = stdout;
    const all = options.all === true || context.verbosity === 'verbose';
    stdout.write(formatLayers(report, { width, style, all }));
  }
  judge(report, options, context);
}

/** Adds `plimsoll layers` to the program. */
export function register(program: Command, context: Context): void {
  const command = program
    .command('layers')
    .description(
      'Shows what each layer of an image added, changed and removed, and which bytes are stored for\n' +
        'nothing. On a terminal a browser opens; --format, a threshold or a pipe gives a report.',
    )
    .argument('<image>', imageArgument)
    .addOption(formatOption())
    .option('-a, --all', 'list every path in the report')
    .option(
      '--min-efficiency <part>',
      'end with 1 below this share of useful bytes: 95%',
      parsePart,
    )
    .option('--max-wasted <size>', 'end with 1 when more is wasted: 20MB', parseBytes);
  addViewOptions(command).action((reference: string, options: LayersOptions) =>
    withImage(reference, options, context, (image) => show(image, options, context)),
  );
  addExamples(command, [
    { line: 'plimsoll layers redis:8', says: 'look around: arrows, tab, / to search, ? for help' },
    { line: 'plimsoll layers --format table redis:8', says: 'the report' },
    {
      line: 'plimsoll layers --min-efficiency 95% --max-wasted 20MB app.tar',
      says: 'in continuous integration',
    },
  ]);
}
