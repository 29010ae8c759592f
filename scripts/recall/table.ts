// The comparison as text for docs/static-analysis.md.
import { basename } from 'node:path';
import { type Comparison, scoreOf } from './comparison.ts';

/** What was found in one release. */
export interface Release {
  readonly name: string;
  readonly rows: readonly Comparison[];
  /** Paths that ran, and whose file was gone when it was to be compared. */
  readonly lost: readonly string[];
}

/** Programs whose workloads are made to be wide; their precision says something, too. */
const wide = ['redis', 'nginx', 'sqlite3', 'haproxy', 'memcached', 'lighttpd'];
/** Smaller ones are counted, not listed. */
const listedFrom = 50;

const two = (number: number): string => number.toFixed(2);

function line(release: string, row: Comparison): string {
  const { precision, recall, f1 } = scoreOf(row);
  const missed = row.missed.length === 0 ? '' : row.missed.join(' ');
  return `| ${row.path} | ${release} | ${row.seen.length} | ${row.predicted.length} | ${missed} | ${two(precision)} | ${two(recall)} | ${two(f1)} |`;
}

const head = [
  '| program | release | seen | predicted | missed | precision | recall | F1 |',
  '| --- | --- | --: | --: | --- | --: | --: | --: |',
];

const isWide = ({ path, workloads }: Comparison): boolean =>
  wide.some((name) => basename(path).startsWith(name) && workloads.includes(name.replace('3', '')));

/** Totals, the six servers, all programs with misses or of some size. */
export function recallTable(releases: readonly Release[]): string {
  const all = releases.flatMap(({ name, rows }) => rows.map((row) => ({ name, row })));
  const pairs = all.reduce((sum, { row }) => sum + row.seen.length, 0);
  const predicted = all.reduce((sum, { row }) => sum + row.predicted.length, 0);
  const missed = all.reduce((sum, { row }) => sum + row.missed.length, 0);
  const with0 = all.filter(({ row }) => row.missed.length === 0).length;
  const lost = releases.reduce((sum, release) => sum + release.lost.length, 0);
  const by = releases.map(({ name, rows }) => `${rows.length} of ${name}`).join(', ');
  const average = (sum: number): string => (sum / Math.max(1, all.length)).toFixed(1);
  const order = [...all].sort((a, b) => (a.row.path < b.row.path ? -1 : 1));
  return [
    `${all.length} executed programs (${by}), ${pairs} pairs of program and call seen, **${missed} of them not predicted**; ${with0} programs without a miss. Seen ${average(pairs)} calls a program, predicted ${average(predicted)}. ${lost} files were gone when their traces were read.`,
    '',
    'Wide workloads (`redis-server` is a link to `redis-check-rdb`):',
    '',
    ...head,
    ...order.filter(({ row }) => isWide(row)).map(({ name, row }) => line(name, row)),
    '',
    `Programs with a miss, and those that made ${listedFrom} calls or more:`,
    '',
    ...head,
    ...order
      .filter(({ row }) => !isWide(row))
      .filter(({ row }) => row.missed.length > 0 || row.seen.length >= listedFrom)
      .map(({ name, row }) => line(name, row)),
  ].join('\n');
}

const from = '<!-- made by scripts/recall.ts -->';
const to = '<!-- end of what scripts/recall.ts made -->';

/** The page with its generated section replaced. */
export function withSection(page: string, section: string): string {
  const first = page.indexOf(from);
  const last = page.indexOf(to);
  if (first < 0 || last < first) throw new Error(`the page has no section "${from}"`);
  return `${page.slice(0, first + from.length)}\n\n${section}\n\n${page.slice(last)}`;
}
