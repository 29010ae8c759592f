// run and start in the foreground: attach, start, attend, and take the exit code.
import { constants } from 'node:os';
import { type Attachment, attachTo, resizeTerminal } from '../engine/attach.ts';
import type { Container } from '../engine/container.ts';
import { type Engine, withContainer } from '../engine/engine.ts';
import { finishRun } from '../engine/finish-run.ts';
import { logKind } from '../engine/logs/log-drivers.ts';
import { startContainer } from '../engine/start-container.ts';
import { waitForExit } from '../engine/wait-for-exit.ts';
import { tryLockFile } from '../sys/file-lock.ts';
import { signalProcess } from '../sys/process-identity.ts';
import { attend } from './attend.ts';
import type { Context } from './context.ts';

/** How the person attends. */
export interface AttendedRun {
  readonly stdin: boolean;
  readonly show: { readonly stdout: boolean; readonly stderr: boolean };
  readonly sigProxy: boolean;
  readonly detachKeys?: string;
  /** Called when the container is made and nothing of it has run. */
  readonly beforeStart?: (container: Container) => Promise<void>;
}

/**
 * Starts a container and stays until it has ended; its exit code, 0 when the person left it to itself.
 * @throws NotStarted, PlimsollError as startContainer
 */
export async function runAttended(
  engine: Engine,
  id: string,
  { stdin, show, sigProxy, detachKeys, beforeStart }: AttendedRun,
  context: Context,
): Promise<number> {
  const places = engine.places(id);
  let attachment: Attachment | undefined;
  let attended: { release(): void } | undefined;
  let started: Container;
  // From here on signals are the container's.
  const early: NodeJS.Signals[] = [];
  let pass = (signal: NodeJS.Signals): void => void early.push(signal);
  const giveBack = sigProxy ? context.takeSignals((signal) => pass(signal)) : () => undefined;
  try {
    started = await withContainer(engine, id, (container) =>
      startContainer(engine, container, {
        beforeStart: async (made) => {
          // The shell that conmon starts in the end waits for this lock (exit-command.ts).
          attended = tryLockFile(places.attended);
          // It has the streams of this process already, where there is no log.
          if (logKind(made.settings.log.driver) !== 'passthrough') attachment = attachTo(places);
          await beforeStart?.(made);
        },
      }),
    );
  } catch (error) {
    giveBack();
    attachment?.close();
    attended?.release();
    await finishRun(engine, id);
    throw error;
  }
  const { process } = started.state;
  pass = (signal) => {
    if (process !== undefined) signalProcess(process, constants.signals[signal]);
  };
  for (const signal of early) pass(signal);
  try {
    if (attachment !== undefined) {
      const { tty } = started.settings.config;
      const how = await attend(
        {
          attachment,
          stdin,
          tty,
          show,
          ...(detachKeys === undefined ? {} : { detachKeys }),
          onSize: (size) => resizeTerminal(places, size),
        },
        context,
      );
      if (how === 'detached') return 0;
    }
    const { exitCode } = await waitForExit(engine, id);
    await finishRun(engine, id);
    return exitCode ?? 137;
  } finally {
    giveBack();
    attended?.release();
  }
}
