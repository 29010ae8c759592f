// Signals and ends. The lock of a container is not held while its end is waited for: others may kill it meanwhile.
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { isRunning, signalNumber, signalProcess } from '../sys/process-identity.ts';
import { type Container, isAlive } from './container.ts';
import { type Engine, withContainer } from './engine.ts';
import { addEvent } from './events.ts';
import { finishRun } from './finish-run.ts';
import { refreshContainer } from './refresh-container.ts';
import { cancelRestart } from './restart-policy.ts';
import { waitForExit } from './wait-for-exit.ts';

const SIGKILL = 9;
/** How long a container may take to end after SIGKILL before this is called a failure. */
const killMs = 10_000;

/** The number of a signal as users name it. @throws PlimsollError PL0001 */
export function signalNamed(text: string): number {
  const number = signalNumber(text);
  if (number !== undefined) return number;
  throw new PlimsollError('PL0001', `invalid signal: ${text}`, {
    help: 'give a name or number of signal(7): TERM, SIGHUP, 9, RTMIN+3',
  });
}

/**
 * Sends a signal to the first process of a container.
 * @throws PlimsollError PL0826 where it does not run
 */
export async function killContainer(engine: Engine, id: string, signal: number): Promise<void> {
  await withContainer(engine, id, async (found) => {
    const container = await refreshContainer(engine, found);
    const { state } = container;
    if (!isAlive(state) || state.process === undefined)
      throw new PlimsollError('PL0826', `container ${container.name} is not running`, {
        help: 'plimsoll ps -a shows how containers stand',
      });
    // As docker: who kills does not want it back.
    if (signal === SIGKILL) engine.records.setState(id, { ...state, stopped: true });
    if (state.status === 'paused' && signal === SIGKILL) await thawed(engine, container);
    signalProcess(state.process, signal);
    addEvent(engine, container, 'kill', { signal: String(signal) });
  });
}

/** A frozen process takes no signal before it is thawed. */
async function thawed(engine: Engine, { id, settings }: Container): Promise<void> {
  const { callRuntime } = await import('../runtime/oci-runtime.ts');
  await callRuntime(engine.runtime(settings.runtime), ['resume', id]);
}

/** How a container is stopped. */
export interface StopOptions {
  /** Milliseconds before it is killed; negative: never. Default: the container's own. */
  readonly timeoutMs?: number;
  /** Default: the container's own. */
  readonly signal?: number;
  /** It will be started again: it stays even when it was to be removed at its end. */
  readonly keep?: boolean;
}

/**
 * Asks a container to end, kills it when it does not, and cleans up after it. False when it did not run.
 * @throws PlimsollError PL0828 where it cannot even be killed
 */
export async function stopContainer(
  engine: Engine,
  id: string,
  { timeoutMs, signal, keep = false }: StopOptions = {},
): Promise<boolean> {
  const asked = await withContainer(engine, id, async (found) => {
    const container = await refreshContainer(engine, found);
    const { state, settings } = container;
    if (state.status === 'restarting') {
      cancelRestart(state);
      const { monitor: _, ...rest } = state;
      engine.records.setState(id, { ...rest, status: 'exited', stopped: true });
      return undefined;
    }
    if (!isAlive(state) || state.process === undefined) return undefined;
    engine.records.setState(id, { ...state, stopped: true });
    const number = signal ?? signalNamed(settings.stopSignal);
    signalProcess(state.process, number);
    if (state.status === 'paused') await thawed(engine, container);
    addEvent(engine, container, 'kill', { signal: String(number) });
    return { process: state.process, patience: timeoutMs ?? settings.stopTimeoutMs };
  });
  if (asked === undefined) return false;
  if (asked.patience < 0) await waitForExit(engine, id);
  else if (!(await endsWithin(engine, id, asked.patience))) {
    signalProcess(asked.process, SIGKILL);
    if (!(await endsWithin(engine, id, killMs)) && isRunning(asked.process))
      throw new PlimsollError('PL0828', 'the container does not end, though it was killed', {
        notes: [`process ${asked.process.pid} waits for the kernel: a disk or network that hangs`],
        help: 'see cat /proc/PID/stack for what it waits for',
      });
  }
  const finished = await finishRun(engine, id, keep);
  if (finished !== undefined) addEvent(engine, finished, 'stop');
  return true;
}

async function endsWithin(engine: Engine, id: string, ms: number): Promise<boolean> {
  const patience = AbortSignal.timeout(ms);
  try {
    await waitForExit(engine, id, AbortSignal.any([engine.signal, patience]));
    return true;
  } catch (error) {
    if (patience.aborted && !engine.signal.aborted) return false;
    throw error;
  }
}
