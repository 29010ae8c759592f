// Puts a report where it is wanted: standard output or a file, in one of the formats.
import { extname, resolve } from 'node:path';
import type { CheckResult } from '../check/finding.ts';
import { formatJson } from '../report/json.ts';
import type { Analysis } from '../report/terminal.ts';
import type { Context, Output } from './context.ts';
import generated from './generated/version.json' with { type: 'json' };
import { type ReportFormat, reportFormats } from './report-formats.ts';
import { writeWhole } from './write-whole.ts';

/** What is to be reported. */
export interface Report {
  readonly results: readonly CheckResult[];
  /** A grid of targets and hosts rather than one target in detail. */
  readonly matrix: boolean;
  readonly analysis?: Analysis;
}

const formatByEnding: Readonly<Record<string, ReportFormat>> = {
  '.json': 'json',
  '.sarif': 'sarif',
  '.html': 'html',
  '.htm': 'html',
};

/** The format asked for, or what the file's ending says, or the table. */
function chooseFormat(asked: string | undefined, file: string | undefined): ReportFormat {
  const format = reportFormats.find((candidate) => candidate === asked);
  return format ?? formatByEnding[extname(file ?? '').toLowerCase()] ?? 'table';
}

async function formatTable(
  report: Report,
  output: Pick<Output, 'width' | 'style'>,
  all: boolean,
  brief: boolean,
): Promise<string> {
  const options = { width: output.width, style: output.style, all, brief };
  const [only] = report.results;
  if (report.matrix || only === undefined) {
    const { formatMatrix } = await import('../report/matrix.ts');
    return formatMatrix(report.results, options);
  }
  const { formatTerminalReport } = await import('../report/terminal.ts');
  return formatTerminalReport(
    only,
    report.analysis === undefined ? options : { ...options, analysis: report.analysis },
  );
}

async function formatReport(
  report: Report,
  format: ReportFormat,
  output: Pick<Output, 'width' | 'style'>,
  context: Context,
  all: boolean,
): Promise<string> {
  const { results, matrix } = report;
  const [only] = results;
  switch (format) {
    case 'json':
      return formatJson(
        matrix || only === undefined ? { schema: 'plimsoll.matrix/1', results } : only,
      );
    case 'sarif': {
      const { formatSarif } = await import('../report/sarif.ts');
      return formatSarif(results, generated.version);
    }
    case 'html': {
      const { formatHtml } = await import('../report/html.ts');
      const today = context.now().toISOString().slice(0, 10);
      return formatHtml(results, { today, version: generated.version });
    }
    case 'table':
      return formatTable(report, output, all, context.verbosity === 'quiet');
  }
}

/** Writes the report; with a file, the verdicts go to standard error too, where a person sees them. */
export async function writeReport(
  report: Report,
  context: Context,
  options: {
    readonly format?: string | undefined;
    readonly output?: string | undefined;
    readonly all: boolean;
  },
): Promise<void> {
  const { output, all } = options;
  const format = chooseFormat(options.format, output);
  context.progress.clear();
  if (output === undefined || output === '-') {
    const text = await formatReport(report, format, context.stdout, context, all);
    if (format === 'table') context.stdout.write(text);
    else context.stdout.writeData(text);
    return;
  }
  const { plainStyle } = await import('../lib/style.ts');
  const page = { width: 100, style: plainStyle };
  await writeWhole(
    resolve(context.cwd, output),
    await formatReport(report, format, page, context, all),
    output,
  );
  if (context.verbosity !== 'quiet')
    context.stderr.write(await formatTable(report, context.stderr, false, true));
}
