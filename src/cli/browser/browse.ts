// Runs the browser on a terminal: the alternate screen, keys as they come, redrawn when the size changes. Whatever ends
// it, the terminal is left as it was found.
import type { LayerIndex } from '../../image/merge.ts';
import { toAscii } from '../../lib/ascii.ts';
import type { Style } from '../../lib/style.ts';
import type { LayersReport } from '../../report/layers-report.ts';
import type { Terminal } from '../context.ts';
import { type FileItem, fileTreeOf } from './file-rows.ts';
import { parseKeys } from './keys.ts';
import { type BrowserData, firstState, press } from './state.ts';
import { drawBrowser, pageOf } from './view.ts';

// xterm's private modes 1049 (alternate screen), 25 (cursor) and 7 (wrap at the margin).
const enter = '\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J';
const leave = '\x1b[?7h\x1b[?25h\x1b[?1049l';

/** How long the rest of a sequence may be on its way before it was the escape key. */
const escapeMs = 60;
/** Trees that are kept: going back and forth between layers is common. */
const keptTrees = 8;

function dataOf(report: LayersReport, indexes: readonly LayerIndex<string>[]): BrowserData {
  const trees = new Map<string, FileItem>();
  return {
    report,
    tree(layer, whole) {
      const key = `${layer} ${whole}`;
      const tree = trees.get(key) ?? fileTreeOf(report.analysis, indexes, layer, whole);
      trees.delete(key);
      trees.set(key, tree);
      for (const old of trees.keys()) {
        if (trees.size <= keptTrees) break;
        trees.delete(old);
      }
      return tree;
    },
  };
}

/** Shows the layers until the user leaves, or the signal ends it. */
export async function browse(
  report: LayersReport,
  indexes: readonly LayerIndex<string>[],
  terminal: Terminal,
  { style, signal }: { readonly style: Style; readonly signal: AbortSignal },
): Promise<void> {
  const data = dataOf(report, indexes);
  let state = firstState(data);
  let paused = false;
  const draw = (): void => {
    if (paused) return;
    const lines = drawBrowser(state, data, { ...terminal.size(), style, ascii: terminal.isAscii });
    const text = `\x1b[H${lines.join('\x1b[K\r\n')}\x1b[J`;
    terminal.write(terminal.isAscii ? toAscii(text) : text);
  };
  const forget = terminal.onExit(() => terminal.write(leave));
  const ended = Promise.withResolvers<void>();
  const guarded = (act: () => void): void => {
    try {
      act();
    } catch (error) {
      ended.reject(error);
    }
  };
  let stop = (): void => {};
  let pending = '';
  let timer: NodeJS.Timeout | undefined;
  const pressed = (key: string): void => {
    if (key === 'ctrl-z') {
      void pause();
      return;
    }
    const next = press(state, key, data, pageOf(terminal.size()));
    if (next === undefined) ended.resolve();
    else state = next;
  };
  const received = (bytes: string): void =>
    guarded(() => {
      clearTimeout(timer);
      const { keys, rest } = parseKeys(pending + bytes);
      pending = rest;
      for (const key of keys) pressed(key);
      if (rest !== '') {
        timer = setTimeout(() => {
          pending = '';
          guarded(() => {
            pressed('escape');
            draw();
          });
        }, escapeMs);
      }
      draw();
    });
  const start = (): void => {
    terminal.write(enter);
    stop = terminal.readKeys(received);
    draw();
  };
  const pause = async (): Promise<void> => {
    stop();
    paused = true;
    terminal.write(leave);
    await terminal.suspend();
    paused = false;
    start();
  };
  const unsubscribe = terminal.onResize(() => guarded(draw));
  const abort = (): void => ended.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    guarded(start);
    await ended.promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
    unsubscribe();
    stop();
    terminal.write(leave);
    forget();
  }
}
