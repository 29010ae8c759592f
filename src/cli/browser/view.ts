// The browser's screen as lines: layers on the left, files on the right; one of them where the terminal is narrow.
import { formatMode } from '../../lib/file-mode.ts';
import { humanSize } from '../../lib/human-units.ts';
import { printable } from '../../lib/printable.ts';
import type { Style } from '../../lib/style.ts';
import { cutToWidth, padToWidth, textWidth, wrapText } from '../../lib/text-width.ts';
import { percent, stepText, wasteText } from '../../report/layers-report.ts';
import type { FileItem, FileRow } from './file-rows.ts';
import { type BrowserData, type BrowserState, rowsOf } from './state.ts';

/** What is drawn on. */
export interface Screen {
  readonly rows: number;
  readonly columns: number;
  readonly style: Style;
  /** The terminal knows no more than ASCII. */
  readonly ascii: boolean;
}

/** From this many columns on both panes are seen. */
const bothFrom = 76;
/** Header, titles, the line about the cursor, the keys. */
const otherRows = 4;

/** How many lines of a list a screen has. */
export function pageOf({ rows }: Pick<Screen, 'rows'>): number {
  return Math.max(rows - otherRows, 1);
}

const inverse = (text: string): string => `\x1b[7m${text}\x1b[27m`;

/** The first line that is seen, so that the cursor is. */
function topFor(cursor: number, count: number, page: number): number {
  return Math.max(0, Math.min(cursor - Math.floor(page / 2), count - page));
}

/** A line of exactly so many columns. */
function fitted(text: string, width: number): string {
  return padToWidth(cutToWidth(text, width), width);
}

function rightAligned(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - textWidth(text))) + text;
}

function layerLines(state: BrowserState, data: BrowserData, width: number, screen: Screen) {
  const { layers } = data.report.analysis;
  const page = pageOf(screen);
  const details = detailLines(state, data, width, Math.floor(page / 2));
  const room = Math.max(page - details.length, 1);
  const top = topFor(state.layer, layers.length, room);
  const list = layers.slice(top, top + room).map(({ index, bytes }) => {
    const command = stepText(data.report.labels[index]?.createdBy ?? '');
    const number = rightAligned(String(index + 1), 3);
    const line = `${number} ${rightAligned(humanSize(bytes), 7)}  ${printable(command)}`;
    const chosen = index === state.layer;
    const text = fitted(`${chosen ? '>' : ' '}${line}`, width);
    if (!chosen) return text;
    return state.pane === 'layers' ? inverse(text) : screen.style.bold(text);
  });
  const blank = Array.from({ length: Math.max(room - list.length, 0) }, () => fitted('', width));
  return [...list, ...blank, ...details];
}

/** What is known of the chosen layer. */
function detailLines(
  { layer }: BrowserState,
  { report }: BrowserData,
  width: number,
  most: number,
): readonly string[] {
  const { id = '', createdBy = '' } = report.labels[layer] ?? {};
  const work = report.analysis.layers[layer];
  if (most < 4 || work === undefined) return [];
  const facts = [
    `layer ${layer + 1}: ${humanSize(work.bytes)}${work.wasted > 0 ? `, ${humanSize(work.wasted)} of it wasted` : ''}`,
    printable(id),
    ...wrapText(printable(stepText(createdBy)), width - 1),
  ];
  return ['', ...facts].slice(0, most).map((line) => fitted(line, width));
}

/** What is removed has the size that it had; what has no bytes has no size. */
function sizeText({ node, mark, bytes, children }: FileItem): string {
  if (mark === 'D' && node?.type === 'file') return `-${humanSize(node.size)}`;
  const plain = children.size === 0 && (node === undefined || node.type === 'file');
  return plain || bytes > 0 ? humanSize(bytes) : '';
}

function fileLine({ item, depth, open }: FileRow, width: number, { ascii }: Screen): string {
  const { node, mark, name, children } = item;
  const folder = children.size > 0 || node?.type === 'directory';
  const arrows = ascii ? ['v', '>'] : ['▾', '▸'];
  const arrow = children.size === 0 ? ' ' : open ? arrows[0] : arrows[1];
  const link = node?.linkTarget === undefined ? '' : ` -> ${node.linkTarget}`;
  const owner = node === undefined ? '' : `${node.uid}:${node.gid}`;
  const wide =
    width < 60
      ? ''
      : `${node === undefined ? ' '.repeat(10) : formatMode(node)} ${padToWidth(owner, 9)} `;
  const size = rightAligned(sizeText(item), 7);
  const text = `${mark ?? ' '} ${wide}${size}  ${'  '.repeat(depth)}${arrow} ${printable(name + link)}${folder ? '/' : ''}`;
  return fitted(text, width);
}

function fileLines(state: BrowserState, data: BrowserData, width: number, screen: Screen) {
  const rows = rowsOf(state, data);
  const page = pageOf(screen);
  const top = topFor(state.cursor, rows.length, page);
  const { style } = screen;
  const paints = { A: style.green, C: style.yellow, D: style.red };
  const lines = rows.slice(top, top + page).map((row, at) => {
    const text = fileLine(row, width, screen);
    if (top + at === state.cursor && state.pane === 'files') return inverse(text);
    return row.item.mark === undefined ? text : paints[row.item.mark](text);
  });
  if (lines.length === 0) {
    const said = state.filter === '' ? 'nothing changed' : `nothing with '${state.filter}'`;
    lines.push(fitted(`  ${printable(said)}`, width));
  }
  const blank = Array.from({ length: Math.max(page - lines.length, 0) }, () => fitted('', width));
  return [...lines, ...blank];
}

function overlayLines(state: BrowserState, data: BrowserData, { columns, rows }: Screen) {
  const page = Math.max(rows - 2, 1);
  const lines = state.overlay === 'help' ? helpLines : wasteLines(data);
  const top = Math.min(state.overlayTop, Math.max(lines.length - page, 0));
  const shown = lines.slice(top, top + page).map((line) => fitted(line, columns));
  const blank = Array.from({ length: page - shown.length }, () => fitted('', columns));
  return [...shown, ...blank];
}

const helpLines: readonly string[] = [
  '',
  '  up, down, k, j         one line',
  '  page up, page down     one page; ctrl-u, ctrl-d half of one',
  '  home, end, g, G        to the first, to the last',
  '  tab                    the other pane',
  '  right, left, l, h      open and close a folder, go to its parent',
  '  enter, space           open or close',
  '  +  -                   open all folders, close all',
  '  /                      search by a part of the path; esc ends it',
  '  a                      what the layer changed, or all that is there after it',
  '  u                      only what the layer changed, in the view of all',
  '  s                      by size, or by name',
  '  w                      what is stored for nothing',
  '  q, ctrl-c              leave',
  '',
  '  A added, C changed, D removed by the chosen layer',
];

function wasteLines({ report }: BrowserData): readonly string[] {
  const { wasted, duplicates } = report.analysis;
  return [
    '',
    ...(wasted.length === 0 ? ['  nothing is stored for nothing'] : []),
    ...wasted.map(
      (path) =>
        `  ${rightAligned(humanSize(path.bytes), 7)}  ${printable(path.path)}  ${wasteText(path)}`,
    ),
    ...(duplicates.length === 0 ? [] : ['', '  the same content under several names:']),
    ...duplicates.map(
      ({ paths, size }) =>
        `  ${rightAligned(humanSize(size * (paths.length - 1)), 7)}  ${printable(paths.join('  '))}`,
    ),
  ];
}

function titleOf(state: BrowserState): string {
  const what = state.whole
    ? `all files after layer ${state.layer + 1}`
    : `changes of layer ${state.layer + 1}`;
  const notes = [
    state.onlyTouched && state.whole ? 'changed only' : undefined,
    state.bySize ? 'by size' : undefined,
    state.filter === '' ? undefined : `with '${state.filter}'`,
  ].filter((note) => note !== undefined);
  return printable(notes.length === 0 ? what : `${what} (${notes.join(', ')})`);
}

function footer(
  state: BrowserState,
  data: BrowserData,
  { columns }: Screen,
): readonly [string, string] {
  const row = state.pane === 'files' ? rowsOf(state, data)[state.cursor] : undefined;
  const about = row === undefined ? '' : row.item.path;
  const keys = state.typing
    ? `/${state.filter}_   enter keeps it, esc ends it`
    : 'tab pane  a all  / search  s size  w waste  +/- fold  ? help  q quit';
  return [fitted(printable(about), columns), fitted(printable(keys), columns)];
}

/** The screen's lines, each of exactly its columns. */
export function drawBrowser(
  state: BrowserState,
  data: BrowserData,
  screen: Screen,
): readonly string[] {
  const { columns, style, ascii } = screen;
  const { reference, analysis } = data.report;
  const { layers, bytes, efficiency, wastedBytes } = analysis;
  const facts = `${layers.length} layers  ${humanSize(bytes)}  efficiency ${percent(efficiency)}  ${humanSize(wastedBytes)} wasted `;
  const name = cutToWidth(` ${printable(reference)}`, Math.max(columns - textWidth(facts) - 2, 8));
  const gap = ' '.repeat(Math.max(columns - textWidth(name) - textWidth(facts), 1));
  const header = inverse(fitted(`${name}${gap}${facts}`, columns));
  if (state.overlay !== 'none') {
    const back = fitted('up and down move, any other key goes back', columns);
    return [header, ...overlayLines(state, data, screen), style.dim(back)].slice(0, screen.rows);
  }
  const [about, keys] = footer(state, data, screen);
  const both = columns >= bothFrom;
  const left = both ? Math.max(32, Math.min(Math.floor(columns * 0.38), 70)) : columns;
  const right = both ? columns - left - 1 : columns;
  const bar = ascii ? '|' : '│';
  const layersPane = (): readonly string[] => [
    style.bold(fitted(' layers', left)),
    ...layerLines(state, data, left, screen),
  ];
  const filesPane = (): readonly string[] => [
    style.bold(fitted(titleOf(state), right)),
    ...fileLines(state, data, right, screen),
  ];
  const [first, second] = both ? [layersPane(), filesPane()] : [[], []];
  const body = both
    ? first.map((line, at) => `${line}${style.dim(bar)}${second[at] ?? ''}`)
    : state.pane === 'layers'
      ? layersPane()
      : filesPane();
  return [header, ...body, style.dim(about), state.typing ? keys : style.dim(keys)].slice(
    0,
    screen.rows,
  );
}
