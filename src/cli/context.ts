// What a command may know of the world around it. Only src/cli reads `process`; everything else gets these parts
// as arguments, so that every command can be run in a test with a world of its own.
import { formatDiagnostic } from '../diag/format-diagnostic.ts';
import { isAsciiLocale, toAscii } from '../lib/ascii.ts';
import { colourStyle, plainStyle, type Style } from '../lib/style.ts';
import { cacheDirectoryOf, type Environment } from './cache-directory.ts';
import { exitCodeOf } from './exit-code.ts';
import { asPlimsollError } from './failure.ts';
import { createProgress, type Progress } from './progress.ts';

/** One of the two output streams. */
export interface Output {
  /** Text for people: in ASCII where the locale has no more than that. */
  write(text: string): void;
  /** Content for programs: as it stands. */
  writeData(content: string): void;
  readonly isTerminal: boolean;
  /** Columns to wrap at. */
  readonly width: number;
  /** Colours, or none of them. */
  readonly style: Style;
}

/** A terminal that a program draws on: both input and output are one. */
export interface Terminal {
  /** Rows and columns as they are now. */
  size(): { readonly rows: number; readonly columns: number };
  write(text: string): void;
  readonly isAscii: boolean;
  /** Keys come byte by byte, unechoed; the answer ends that. */
  readKeys(onBytes: (bytes: string) => void): () => void;
  /** Told of a new size; the answer ends that. */
  onResize(listener: () => void): () => void;
  /** Called when the process ends, whatever ends it; the answer forgets it. */
  onExit(listener: () => void): () => void;
  /** Stops the process, as Ctrl-Z does, and returns when it goes on. */
  suspend(): Promise<void>;
}

/** quiet: only results and errors. verbose: everything that is folded otherwise. */
export type Verbosity = 'quiet' | 'normal' | 'verbose';

/** Options that every command takes. */
export interface GlobalOptions {
  readonly color?: string | undefined;
  readonly quiet?: boolean | undefined;
  readonly verbose?: boolean | undefined;
}

/** What a command gets of the process: outputs, clock, environment, signal. */
export interface Context {
  readonly stdout: Output;
  readonly stderr: Output;
  /** Standard input, opened only when it is read. */
  stdin(): NodeJS.ReadableStream;
  /**
   * Bytes to standard output: an archive. Settles when the next may come, and the chunk may be used again.
   * @throws PlimsollError PL0003 when nobody reads any more
   */
  writeBytes(chunk: Uint8Array, to?: 'stdout' | 'stderr'): Promise<void>;
  /**
   * Hands signals over: until the answer is called they come here, and none of them ends the command or aborts `signal`.
   */
  takeSignals(listener: (signal: NodeJS.Signals) => void): () => void;
  readonly environment: Environment;
  /** Absolute path of the working directory. */
  readonly cwd: string;
  /** Absolute path of Plimsoll's cache, which may not exist yet: PLIMSOLL_CACHE_DIR, or as XDG has it. */
  readonly cacheDirectory: string;
  /** Effective user number of this process. */
  readonly user: number | undefined;
  /** Where docs/codes and schemas of this installation are. */
  readonly packageRoot: string;
  now(): Date;
  /** Where a person sits at both ends: standard input and output are a terminal that can be drawn on. */
  readonly terminal: Terminal | undefined;
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  /** What goes on, on a terminal's standard error only. */
  readonly progress: Progress;
  readonly verbosity: Verbosity;
  /** How to start this program again; absent where there is no process of its own (tests). */
  readonly own?: OwnCommand;
  /**
   * Has the process end at once when the command has returned, without closing what the kernel closes: false where there
   * is no process of its own (tests), and everything must be closed.
   */
  endProcess(): boolean;
  /** What the process ends with when the command has returned; 0 when it was never set. */
  setExitCode(code: number): void;
  /**
   * Shows on standard error what went wrong and leaves the exit code of it; the command may go on with what else it was
   * given, as docker does with several images.
   */
  fail(error: unknown): void;
}

/** How this program was started, and by whom. */
export interface OwnCommand {
  /** Absolute path of Node, and what stands before the command's words. */
  readonly command: string;
  readonly args: readonly string[];
  /** The command's words. */
  readonly line: readonly string[];
  readonly uid: number;
  readonly gid: number;
}

/** A stream as `process.stdout` is one. */
export interface RawOutput {
  write(text: string): void;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** The world that a context stands for. */
export interface World {
  readonly stdout: RawOutput;
  readonly stderr: RawOutput;
  readonly stdin: () => NodeJS.ReadableStream;
  /** See Context.writeBytes. */
  readonly writeBytes?: Context['writeBytes'];
  /** See Context.takeSignals. */
  readonly takeSignals?: Context['takeSignals'];
  /** See Context.endProcess. */
  readonly endProcess?: Context['endProcess'];
  readonly environment: Environment;
  readonly cwd: string;
  readonly packageRoot: string;
  readonly now: () => Date;
  readonly signal: AbortSignal;
  /** See Context.own. */
  readonly own?: OwnCommand;
  /** Where standard input and output are a terminal; absent where nothing is drawn. */
  readonly terminal?: (isAscii: boolean) => Terminal | undefined;
}

/** A context, the options that it takes once they are parsed, and the exit code that the command left. */
export interface OpenedContext {
  readonly context: Context;
  apply(options: GlobalOptions): void;
  exitCode(): number;
}

const widest = 400;

/** Columns of an output: the terminal's, COLUMNS where a person set it, else 80. */
function widthOf(raw: RawOutput, environment: Environment): number {
  const asked = Number(environment['COLUMNS']);
  const columns = raw.columns ?? (Number.isInteger(asked) && asked > 0 ? asked : 80);
  return Math.min(Math.max(columns, 40), widest);
}

/**
 * Whether to colour: --color always|never first, then NO_COLOR (no-color.org: any value but the empty one), then
 * FORCE_COLOR (Node's: 0 and false switch off), then whether it is a terminal that is not dumb.
 */
export function decideColour(
  asked: string | undefined,
  environment: Environment,
  isTerminal: boolean,
): boolean {
  if (asked === 'always') return true;
  if (asked === 'never') return false;
  if (environment['NO_COLOR']) return false;
  const force = environment['FORCE_COLOR'];
  if (force !== undefined) return force !== '0' && force !== 'false';
  return isTerminal && environment['TERM'] !== 'dumb';
}

/** Makes the context of one run. `failure`: what failed operations of its command end with, where that is not 3. */
export function createContext(world: World, failure?: number): OpenedContext {
  let options: GlobalOptions = {};
  let exitCode = 0;
  const { environment } = world;
  const output = (raw: RawOutput): Output => ({
    write: (text) => raw.write(isAsciiLocale(environment) ? toAscii(text) : text),
    writeData: (content) => raw.write(content),
    get isTerminal() {
      return raw.isTTY === true;
    },
    get width() {
      return widthOf(raw, environment);
    },
    get style() {
      return decideColour(options.color, environment, raw.isTTY === true)
        ? colourStyle
        : plainStyle;
    },
  });
  const stderr = output(world.stderr);
  const verbosity = (): Verbosity =>
    options.quiet ? 'quiet' : options.verbose ? 'verbose' : 'normal';
  const context: Context = {
    stdout: output(world.stdout),
    stderr,
    stdin: world.stdin,
    writeBytes: world.writeBytes ?? (() => Promise.resolve()),
    takeSignals: world.takeSignals ?? (() => () => undefined),
    endProcess: world.endProcess ?? (() => false),
    environment,
    cwd: world.cwd,
    cacheDirectory: cacheDirectoryOf(environment),
    user: process.geteuid?.(),
    ...(world.own === undefined ? {} : { own: world.own }),
    packageRoot: world.packageRoot,
    now: world.now,
    get terminal() {
      if (environment['TERM'] === 'dumb') return undefined;
      return world.terminal?.(isAsciiLocale(environment));
    },
    signal: world.signal,
    progress: createProgress(
      stderr,
      () => stderr.isTerminal && environment['TERM'] !== 'dumb' && verbosity() !== 'quiet',
      () => world.now().getTime(),
    ),
    get verbosity() {
      return verbosity();
    },
    setExitCode(code) {
      exitCode = code;
    },
    fail(error) {
      const { code, diagnostic } = asPlimsollError(error, world.signal);
      exitCode = exitCodeOf(code, failure);
      if (code === 'PL0002') return;
      context.progress.clear();
      stderr.write(formatDiagnostic(diagnostic, stderr.style));
    },
  };
  return {
    context,
    apply(given) {
      options = given;
    },
    exitCode: () => exitCode,
  };
}
