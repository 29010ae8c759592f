// A command that sits before the streams of a container: output as it comes, input, the size of the terminal, signals
// that are passed on, and keys that leave it to itself.
import type { Attachment } from '../engine/attach.ts';
import type { Context } from './context.ts';
import { detachFilter } from './detach-keys.ts';

/** Standard input as it may be a terminal. */
interface InputStream extends NodeJS.ReadableStream {
  readonly isTTY?: boolean;
  setRawMode?(on: boolean): unknown;
  unref?(): unknown;
}

/** How a command attends. */
export interface AttendOptions {
  readonly attachment: Attachment;
  /** Whether standard input goes to the container. */
  readonly stdin: boolean;
  /** Whether it has a terminal: keys come unechoed, sizes are passed on. */
  readonly tty: boolean;
  /** As --detach-keys gives it. */
  readonly detachKeys?: string;
  /** Which streams are shown; default: both. */
  readonly show?: { readonly stdout: boolean; readonly stderr: boolean };
  /** Told of the size of the terminal, at once and when it changes. */
  readonly onSize?: (size: { readonly rows: number; readonly columns: number }) => void;
  /** Told of signals; without it they end this command as usual. */
  readonly onSignal?: (signal: NodeJS.Signals) => void;
}

/** How it came to an end: the streams have closed, or the keys for leaving were typed. */
export type Attended = 'ended' | 'detached';

/** Attends until the streams close or the person leaves. @throws PlimsollError PL0002 when it is interrupted */
export async function attend(options: AttendOptions, context: Context): Promise<Attended> {
  const { attachment, tty, onSize, onSignal } = options;
  const undo: (() => void)[] = [];
  const stop = (): void => attachment.close();
  context.signal.addEventListener('abort', stop, { once: true });
  undo.push(() => context.signal.removeEventListener('abort', stop));
  if (onSignal !== undefined) undo.push(context.takeSignals(onSignal));
  // Only asked for where there is one: Node makes streams of standard input and output for it.
  const terminal = tty ? context.terminal : undefined;
  if (onSize !== undefined && terminal !== undefined) {
    const tell = (): void => onSize(terminal.size());
    tell();
    undo.push(terminal.onResize(tell));
  }
  let detached = false;
  const leave = (): void => {
    detached = true;
    attachment.close();
  };
  if (options.stdin) undo.push(passInput(options, context, leave));
  try {
    await showOutput(options, context);
  } finally {
    for (const one of undo.reverse()) one();
    attachment.close();
  }
  // What is typed next begins on a line of its own.
  if (detached) context.stderr.write('\n');
  return detached ? 'detached' : 'ended';
}

async function showOutput(
  { attachment, show = { stdout: true, stderr: true } }: AttendOptions,
  context: Context,
): Promise<void> {
  const closed = { stdout: !show.stdout, stderr: !show.stderr };
  for await (const { stream, bytes } of attachment.output()) {
    if (closed[stream]) continue;
    try {
      await context.writeBytes(bytes, stream);
    } catch {
      // Nobody reads any more; the container goes on, as with docker.
      closed[stream] = true;
    }
  }
}

/** Passes standard input on; the answer ends that. */
function passInput(
  { attachment, tty, detachKeys }: AttendOptions,
  context: Context,
  leave: () => void,
): () => void {
  const stdin = context.stdin() as InputStream;
  const raw = tty && stdin.isTTY === true;
  if (raw) stdin.setRawMode?.(true);
  const filter = raw ? detachFilter(detachKeys) : undefined;
  const onData = (chunk: Buffer | string): void => {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    const passed = filter === undefined ? { bytes, leaves: false } : filter(bytes);
    stdin.pause();
    // One after the other: an end that is known already must not overtake what is still being written.
    written = written
      .then(() => attachment.write(passed.bytes))
      .then((taken) => {
        if (passed.leaves) leave();
        else if (taken) stdin.resume();
      });
  };
  let written = Promise.resolve();
  const onEnd = (): void => {
    written = written.then(() => attachment.end());
  };
  stdin.on('data', onData);
  stdin.on('end', onEnd);
  stdin.on('error', onEnd);
  stdin.resume();
  return () => {
    stdin.off('data', onData);
    stdin.off('end', onEnd);
    if (raw) stdin.setRawMode?.(false);
    stdin.pause();
    // A read that has begun would keep the process.
    stdin.unref?.();
  };
}
