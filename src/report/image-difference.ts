// Two images compared, on the terminal: what is smaller to read first, files last, folded where there are many.
import type { ComparedSide, HostChange, ImageDifference } from '../check/compare-images.ts';
import type { ConfigChange } from '../image/compare-configs.ts';
import type { FileChange } from '../image/compare-trees.ts';
import { counted } from '../lib/counted.ts';
import { humanSize } from '../lib/human-units.ts';
import { printable } from '../lib/printable.ts';
import type { Paint, Style } from '../lib/style.ts';
import { wrapText } from '../lib/text-width.ts';
import type { PackageChange } from '../needs/compare/compare-packages.ts';
import { foldFiles } from './fold-files.ts';
import { type Cell, formatTable } from './text-table.ts';
import { severityPaint, verdictPaint } from './verdict-words.ts';

/** How a difference is shown. */
export interface DifferenceOptions {
  readonly width: number;
  readonly style: Style;
  /** Everything: every file, label and finding. */
  readonly all: boolean;
}

/** Lines of one part that are shown unless all is asked for. */
const mostLines = 20;

const signed = (bytes: number): string =>
  bytes === 0 ? '' : `${bytes > 0 ? '+' : '-'}${humanSize(Math.abs(bytes))}`;

function signPaint(sign: '+' | '-' | '~', style: Style): Paint {
  return sign === '+' ? style.green : sign === '-' ? style.red : style.yellow;
}

function cut(lines: readonly string[], { all, style }: DifferenceOptions): readonly string[] {
  if (all || lines.length <= mostLines + 1) return lines;
  return [...lines.slice(0, mostLines), style.dim(`  … ${lines.length - mostLines} more: --all`)];
}

function indented(
  rows: readonly (readonly Cell[])[],
  { width }: DifferenceOptions,
): readonly string[] {
  return formatTable(rows, width - 2).map((line) => `  ${line}`);
}

function sideLine(side: ComparedSide): string {
  const { reference, platform, os, layers, files, bytes, packages } = side;
  const facts = [
    os,
    platform,
    layers > 0 ? counted(layers, 'layer') : undefined,
    counted(files, 'file'),
    humanSize(bytes),
    counted(packages, 'package'),
  ].filter((fact) => fact !== undefined);
  return `${printable(reference)}: ${printable(facts.join(', '))}`;
}

function configLines(
  changes: readonly ConfigChange[],
  options: DifferenceOptions,
): readonly string[] {
  const { style } = options;
  const rows = changes.map(({ part, from, to }): Cell[] => {
    const sign = from === undefined ? '+' : to === undefined ? '-' : '~';
    const value =
      from === undefined
        ? to
        : to === undefined
          ? from
          : `${from || '(empty)'} → ${to || '(empty)'}`;
    return [
      { text: sign, paint: signPaint(sign, style) },
      { text: printable(part) },
      { text: printable(value ?? '') },
    ];
  });
  return indented(rows, options);
}

const packageSigns: Readonly<Record<PackageChange['change'], string>> = {
  added: '+',
  removed: '-',
  upgraded: '↑',
  downgraded: '↓',
  changed: '~',
};

function packageLines(
  changes: readonly PackageChange[],
  options: DifferenceOptions,
): readonly string[] {
  const { style } = options;
  const paints: Readonly<Record<PackageChange['change'], Paint>> = {
    added: style.green,
    removed: style.red,
    upgraded: style.cyan,
    downgraded: style.yellow,
    changed: style.yellow,
  };
  const rows = changes.map(({ manager, name, from, to, change }): Cell[] => {
    const versions = [from.join(', '), to.join(', ')].filter((text) => text !== '').join(' → ');
    return [
      { text: packageSigns[change], paint: paints[change] },
      { text: manager, paint: style.dim },
      { text: printable(name) },
      { text: printable(versions) },
    ];
  });
  return indented(rows, options);
}

function hostLines(hosts: readonly HostChange[], { style, width, all }: DifferenceOptions) {
  return hosts.flatMap(({ host, from, to, findings }) => {
    const verdict =
      from === to
        ? verdictPaint(to, style)(to)
        : `${verdictPaint(from, style)(from)} → ${verdictPaint(to, style)(to)}`;
    const shown = all ? findings : findings.slice(0, 3);
    return [
      `  ${style.bold(printable(host))}: ${verdict}`,
      ...shown.flatMap(({ change, code, severity, title }) => {
        const sign = change === 'came' ? '+' : '-';
        const [first = '', ...rest] = wrapText(printable(title), width - 15);
        return [
          `    ${signPaint(change === 'came' ? '-' : '+', style)(sign)} ${severityPaint(severity, style)(code)}  ${first}`,
          ...rest.map((line) => `${' '.repeat(14)}${line}`),
        ];
      }),
      ...(findings.length > shown.length
        ? [style.dim(`    … ${findings.length - shown.length} more: --all`)]
        : []),
    ];
  });
}

const letters = { added: 'A', removed: 'D', changed: 'C' } as const;

function fileLine({
  path,
  change,
  type,
  bytes,
  parts = [],
  notCompared,
}: FileChange): readonly string[] {
  const what = parts.map(({ part, from, to }) =>
    from === undefined
      ? part
      : part === 'size'
        ? `content`
        : part === 'extended attributes'
          ? part
          : `${part} ${from || 'none'} → ${to || 'none'}`,
  );
  const words = [...new Set(what), ...(notCompared ? ['too large to compare'] : [])].join(', ');
  const shown = `${path}${type === 'directory' && !path.endsWith('/') ? '/' : ''}`;
  return [letters[change], printable(shown), signed(bytes), printable(words)];
}

function fileLines(files: readonly FileChange[], options: DifferenceOptions): readonly string[] {
  const { style, all } = options;
  const paints = { A: style.green, D: style.red, C: style.yellow } as const;
  const rows = all
    ? files.map(fileLine)
    : foldFiles(files, mostLines).map(({ change, path, count, bytes, file }) =>
        file === undefined
          ? [letters[change], `${printable(path)}/`, signed(bytes), counted(count, 'file')]
          : fileLine(file),
      );
  return indented(
    rows.map(([letter = '', path = '', bytes = '', words = '']): Cell[] => [
      { text: letter, paint: paints[letter === 'A' ? 'A' : letter === 'D' ? 'D' : 'C'] },
      { text: bytes },
      { text: words === '' ? path : `${path}  ${words}` },
    ]),
    options,
  );
}

function fileSummary(files: readonly FileChange[]): string {
  const of = (change: FileChange['change']): readonly FileChange[] =>
    files.filter((file) => file.change === change);
  const total = (some: readonly FileChange[]): number =>
    some.reduce((sum, { bytes }) => sum + bytes, 0);
  return (['added', 'changed', 'removed'] as const)
    .map((change) => ({ change, some: of(change) }))
    .filter(({ some }) => some.length > 0)
    .map(({ change, some }) => {
      const bytes = signed(total(some));
      return `${some.length} ${change}${bytes === '' ? '' : ` (${bytes})`}`;
    })
    .join(', ');
}

function counts<T extends string>(words: readonly T[]): string {
  const found = Map.groupBy(words, (word) => word);
  return [...found].map(([word, same]) => `${same.length} ${word}`).join(', ');
}

/** The difference as text, with a newline at the end. */
export function formatImageDifference(
  difference: ImageDifference,
  options: DifferenceOptions,
): string {
  const { style } = options;
  const { from, to, sharedLayers, configuration, packages, needs, hosts, files } = difference;
  const part = (title: string, summary: string, lines: readonly string[]): readonly string[] =>
    lines.length === 0 ? [] : ['', `${style.bold(title)}: ${summary}`, ...cut(lines, options)];
  const needRows = needs.map(({ change, what, by }): Cell[] => {
    const sign = change === 'came' ? '+' : '-';
    return [
      { text: sign, paint: signPaint(sign, style) },
      { text: printable(by === undefined ? what : `${what}  (${by})`) },
    ];
  });
  const body = [
    ...part(
      'configuration',
      counted(configuration.length, 'difference'),
      configLines(configuration, options),
    ),
    ...part(
      'packages',
      counts(packages.map(({ change }) => change)),
      packageLines(packages, options),
    ),
    ...part('needs', counts(needs.map(({ change }) => change)), indented(needRows, options)),
    ...part(
      'hosts',
      `${hosts.length} of ${counted(difference.hostsChecked.length, 'host')} looked at ${hosts.length === 1 ? 'sees' : 'see'} a difference`,
      hostLines(hosts, options),
    ),
    ...part('files', fileSummary(files), fileLines(files, options)),
  ];
  const shared =
    from.layers > 0 && to.layers > 0
      ? [
          style.dim(
            `${counted(sharedLayers, 'layer')} at the bottom ${sharedLayers === 1 ? 'is' : 'are'} the same`,
          ),
        ]
      : [];
  return `${[
    `${style.red('-')} ${sideLine(from)}`,
    `${style.green('+')} ${sideLine(to)}`,
    ...shared,
    ...(body.length === 0 ? ['', 'no differences'] : body),
  ].join('\n')}\n`;
}
