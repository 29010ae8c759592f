// What becomes of the layers of an image while it is pulled or pushed. On a terminal: a line with a bar for each layer
// that is being worked on and one that sums up, written over themselves; lines of layers that are done scroll away above
// them, so that it fits any terminal. Elsewhere: a line for each change, in docker's words.
import { shortDigest } from '../lib/digest.ts';
import { humanSize } from '../lib/human-units.ts';
import type { Output } from './context.ts';

/** What a layer's line says. */
export interface LayerLine {
  readonly digest: string;
  /** In docker's words: "Downloading", "Pull complete". */
  readonly says: string;
  /** Bytes done of how many, where that is counted. */
  readonly bytes?: number;
  readonly total?: number;
  /** waiting: nothing happens yet; active: shown with a bar; done: it stays as it is. */
  readonly phase: 'waiting' | 'active' | 'done';
}

/** Shows lines. */
export interface LayerLines {
  /** Replaces the layer's line. Cheap to call for every chunk. */
  set(line: LayerLine): void;
  /** Ends the display: what is not done is left out. Nothing may be set afterwards. */
  end(): void;
}

/** How lines are shown. */
export interface LayerLinesOptions {
  /** Whether lines can be written over. */
  readonly live: boolean;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** What the sum counts: "pulled". */
  readonly verb: string;
}

const intervalMs = 100;
const widestBar = 40;

/** Nothing is shown. */
export const noLines: LayerLines = { set: () => undefined, end: () => undefined };

/** Lines on `output`. */
export function layerLines(output: Output, options: LayerLinesOptions): LayerLines {
  return options.live ? liveLines(output, options) : plainLines(output);
}

function plainLines(output: Output): LayerLines {
  const said = new Map<string, string>();
  return {
    set({ digest, says, phase }) {
      // Bars are for terminals; docker says only what is over, and what waits.
      if (phase === 'active' || said.get(digest) === says) return;
      said.set(digest, says);
      output.write(`${shortDigest(digest)}: ${says}\n`);
    },
    end: () => undefined,
  };
}

function liveLines(output: Output, { now, verb }: LayerLinesOptions): LayerLines {
  const lines = new Map<string, LayerLine>();
  /** Done, but not yet written where they stay. */
  let finished: LayerLine[] = [];
  const started = now();
  let last = started - intervalMs;
  let movedAt = started;
  let height = 0;
  /** Bytes that the sum knows of, by layer; they count once, whatever is done with them next. */
  const moved = new Map<string, number>();
  const draw = (live: readonly string[]): void => {
    const up = height === 0 ? '' : `\x1b[${height}A`;
    const above = finished.map((line) => textOf(line, output.width));
    output.write(`${up}\r\x1b[0J${[...above, ...live].map((text) => `${text}\n`).join('')}`);
    finished = [];
    height = live.length;
  };
  const liveTexts = (): readonly string[] => {
    const active = [...lines.values()].filter(({ phase }) => phase === 'active');
    const done = [...lines.values()].filter(({ phase }) => phase === 'done').length;
    const bytes = [...moved.values()].reduce((sum, some) => sum + some, 0);
    const seconds = Math.max(1, (movedAt - started) / 1000);
    const sum = `${done} of ${lines.size} layers ${verb}, ${humanSize(bytes)}, ${humanSize(bytes / seconds)}/s`;
    return [...active.map((line) => textOf(line, output.width)), output.style.dim(sum)];
  };
  return {
    set(line) {
      const before = lines.get(line.digest);
      if (before?.phase === 'done' && line.phase !== 'done') return;
      lines.set(line.digest, line);
      if (line.phase === 'active' && line.bytes !== undefined) {
        const known = moved.get(line.digest) ?? 0;
        if (line.bytes > known) {
          moved.set(line.digest, line.bytes);
          movedAt = now();
        }
      }
      if (line.phase === 'done' && before?.phase !== 'done') finished.push(line);
      const time = now();
      if (time - last < intervalMs) return;
      last = time;
      draw(liveTexts());
    },
    end() {
      draw([]);
    },
  };
}

/** "a2abf6c4d29d: Downloading [=====>      ]  3.1MB/29MB", cut to the terminal's width. */
function textOf({ digest, says, bytes, total, phase }: LayerLine, width: number): string {
  const head = `${shortDigest(digest)}: ${says}`;
  const room = width - 1;
  if (phase !== 'active' || bytes === undefined || total === undefined) return head.slice(0, room);
  const tail = `${humanSize(bytes).padStart(7)}/${humanSize(total)}`;
  // Words of one width, so that bars stand below each other.
  const start = head.padEnd(shortDigest(digest).length + 14);
  const inside = Math.min(widestBar, room - start.length - tail.length - 4);
  if (inside < 5) return `${start} ${tail}`.slice(0, room);
  const full = total === 0 ? inside : Math.floor((Math.min(bytes, total) / total) * inside);
  const bar = full >= inside ? '='.repeat(inside) : `${'='.repeat(full)}>`.padEnd(inside);
  return `${start} [${bar}] ${tail}`;
}
