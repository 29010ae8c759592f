// What the browser shows, and what each key makes of it. Nothing here touches the terminal.
import type { LayersReport } from '../../report/layers-report.ts';
import { countItems, type FileItem, type FileRow, fileRows } from './file-rows.ts';
import type { Key } from './keys.ts';

/** What is browsed. */
export interface BrowserData {
  readonly report: LayersReport;
  /** The files of a layer; with `whole` all that is there when it is done. */
  tree(layer: number, whole: boolean): FileItem;
}

/** What is seen. */
export interface BrowserState {
  readonly pane: 'layers' | 'files';
  readonly layer: number;
  /** All files up to the layer rather than its changes. */
  readonly whole: boolean;
  readonly onlyTouched: boolean;
  readonly bySize: boolean;
  readonly toggled: ReadonlySet<string>;
  readonly openDepth: number;
  /** Line of the tree under the cursor, and the first one that is seen. */
  readonly cursor: number;
  readonly filter: string;
  /** Whether keys go to the filter. */
  readonly typing: boolean;
  readonly overlay: 'none' | 'help' | 'waste';
  readonly overlayTop: number;
}

/** A tree with fewer lines is open at first. */
const openBelow = 200;

/** At first: the top layer's changes. */
export function firstState(data: BrowserData): BrowserState {
  const layer = Math.max(data.report.analysis.layers.length - 1, 0);
  const state: BrowserState = {
    pane: 'layers',
    layer,
    whole: false,
    onlyTouched: false,
    bySize: false,
    toggled: new Set(),
    openDepth: 0,
    cursor: 0,
    filter: '',
    typing: false,
    overlay: 'none',
    overlayTop: 0,
  };
  return fresh(state, data);
}

/** After another tree was chosen: folders as they are at first, the cursor at the top. */
function fresh(state: BrowserState, data: BrowserData): BrowserState {
  const small = countItems(data.tree(state.layer, state.whole), openBelow) < openBelow;
  return { ...state, toggled: new Set(), openDepth: small ? 100 : 0, cursor: 0 };
}

/** The lines of the tree. */
export function rowsOf(state: BrowserState, data: BrowserData): readonly FileRow[] {
  return fileRows(data.tree(state.layer, state.whole), state);
}

function limited(value: number, count: number): number {
  return Math.max(0, Math.min(value, count - 1));
}

function toggle(state: BrowserState, path: string): BrowserState {
  const toggled = new Set(state.toggled);
  if (!toggled.delete(path)) toggled.add(path);
  return { ...state, toggled };
}

/** How far a key moves; undefined for other keys. */
function stepOf(key: Key, page: number): number | undefined {
  const steps: Readonly<Record<string, number>> = {
    up: -1,
    k: -1,
    down: 1,
    j: 1,
    'page-up': -page,
    'page-down': page,
    'half-up': -Math.ceil(page / 2),
    'half-down': Math.ceil(page / 2),
    home: -Number.MAX_SAFE_INTEGER,
    g: -Number.MAX_SAFE_INTEGER,
    end: Number.MAX_SAFE_INTEGER,
    G: Number.MAX_SAFE_INTEGER,
  };
  return Object.hasOwn(steps, key) ? steps[key] : undefined;
}

/** What a key makes of it; `page` is how many lines a page has. Undefined ends the browser. */
export function press(
  state: BrowserState,
  key: Key,
  data: BrowserData,
  page: number,
): BrowserState | undefined {
  if (key === 'ctrl-c') return undefined;
  if (state.typing) return typed(state, key);
  if (state.overlay !== 'none') return inOverlay(state, key, page);
  const step = stepOf(key, page);
  if (step !== undefined) return moved(state, step, data);
  switch (key) {
    case 'q':
      return undefined;
    case 'escape':
      return { ...state, filter: '', cursor: 0 };
    case '?':
      return { ...state, overlay: 'help', overlayTop: 0 };
    case 'w':
      return { ...state, overlay: 'waste', overlayTop: 0 };
    case '/':
      return { ...state, typing: true, pane: 'files' };
    case 'tab':
    case 'back-tab':
      return { ...state, pane: state.pane === 'layers' ? 'files' : 'layers' };
    case 'a':
      return fresh({ ...state, whole: !state.whole }, data);
    case 'u':
      return { ...state, onlyTouched: !state.onlyTouched, cursor: 0 };
    case 's':
      return { ...state, bySize: !state.bySize, cursor: 0 };
    case '+':
      return { ...state, toggled: new Set(), openDepth: 100 };
    case '-':
      return { ...state, toggled: new Set(), openDepth: 0, cursor: 0 };
    default:
      return state.pane === 'layers' ? inLayers(state, key) : inFiles(state, key, data);
  }
}

function typed(state: BrowserState, key: Key): BrowserState {
  switch (key) {
    case 'enter':
      return { ...state, typing: false };
    case 'escape':
      return { ...state, typing: false, filter: '', cursor: 0 };
    case 'backspace':
      return { ...state, filter: state.filter.slice(0, -1), cursor: 0 };
    case 'half-up':
      return { ...state, filter: '', cursor: 0 };
    default:
      return [...key].length === 1 ? { ...state, filter: state.filter + key, cursor: 0 } : state;
  }
}

function inOverlay(state: BrowserState, key: Key, page: number): BrowserState {
  const step = stepOf(key, page);
  if (step === undefined) return { ...state, overlay: 'none' };
  return { ...state, overlayTop: Math.max(0, Math.min(state.overlayTop + step, 1_000_000)) };
}

function moved(state: BrowserState, step: number, data: BrowserData): BrowserState {
  if (state.pane === 'files')
    return { ...state, cursor: limited(state.cursor + step, rowsOf(state, data).length) };
  const layer = limited(state.layer + step, data.report.analysis.layers.length);
  return layer === state.layer ? state : fresh({ ...state, layer }, data);
}

function inLayers(state: BrowserState, key: Key): BrowserState {
  return key === 'enter' || key === 'right' || key === 'l' ? { ...state, pane: 'files' } : state;
}

function inFiles(state: BrowserState, key: Key, data: BrowserData): BrowserState {
  const rows = rowsOf(state, data);
  const row = rows[state.cursor];
  if (row === undefined)
    return key === 'left' || key === 'h' ? { ...state, pane: 'layers' } : state;
  const { item, open, depth } = row;
  const folder = item.children.size > 0;
  switch (key) {
    case 'enter':
    case ' ':
      return folder ? toggle(state, item.path) : state;
    case 'right':
    case 'l':
      return folder && !open ? toggle(state, item.path) : state;
    case 'left':
    case 'h': {
      if (folder && open) return toggle(state, item.path);
      if (depth === 0) return { ...state, pane: 'layers' };
      const parent = rows.findLastIndex((other, at) => at < state.cursor && other.depth < depth);
      return { ...state, cursor: Math.max(parent, 0) };
    }
    default:
      return state;
  }
}
