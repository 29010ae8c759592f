// One system call, made for real by a program of its own (probe-program.ts): on this machine, or in a container with its filter and
// with another host in front of it.
import { spawn } from 'node:child_process';
import type { ContainerSettings } from '../../engine/container.ts';
import { createContainer } from '../../engine/create-container.ts';
import { type Engine, withContainer } from '../../engine/engine.ts';
import { readLog } from '../../engine/logs/read-log.ts';
import { removeContainer } from '../../engine/remove-container.ts';
import { startContainer } from '../../engine/start-container.ts';
import { waitForExit } from '../../engine/wait-for-exit.ts';
import { errnoName } from '../../sys/errno.ts';
import { type ImageKnowledge, imageKnowledge } from './image-knowledge.ts';

/** What the kernel, or what stands before it, answered. */
export interface Answer {
  /** Absent where the call did not come back. */
  readonly value?: string;
  readonly errno?: string;
  /** The call ended the program: by this exit code of a container or signal. */
  readonly ended?: string;
}

/** The answer in the letters that the program wrote; without them, how it ended. */
export function parseAnswer(written: string, ended: string): Answer {
  const [letters] = /[a-p]{16}/.exec(written) ?? [];
  if (letters === undefined) return { ended };
  const value = [...letters].reduce(
    (sum, letter) => (sum << 4n) | BigInt(letter.charCodeAt(0) - 97),
    0n,
  );
  return answerOf(BigInt.asIntN(64, value));
}

function answerOf(value: bigint): Answer {
  if (value < 0n && value >= -4095n) return { value: '-1', errno: errnoName(Number(-value)) };
  return { value: String(value) };
}

/** Longest that a call may take, in milliseconds. */
const patienceMs = 10_000;

/** Makes the call as a process of this machine. @param file the program */
export function tryHere(file: string): Promise<Answer> {
  return new Promise((settle, reject) => {
    const child = spawn(file, [], { stdio: ['ignore', 'pipe', 'ignore'], timeout: patienceMs });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', reject);
    child.on('close', (code, signal) =>
      settle(parseAnswer(Buffer.concat(chunks).toString('latin1'), signal ?? `exit ${code}`)),
    );
  });
}

/** What came of a try in a container. */
export interface ContainerTry {
  readonly answer: Answer;
  readonly image: ImageKnowledge;
}

/**
 * Makes the call in a container of its own, which is removed.
 * @throws NotStarted, PlimsollError as the engine does
 */
export async function tryInContainer(
  engine: Engine,
  settings: ContainerSettings,
  call: string,
): Promise<ContainerTry> {
  const { id } = await createContainer(engine, {
    ...settings,
    autoRemove: false,
    log: { driver: 'json-file', options: {} },
  });
  try {
    const image = await imageKnowledge(engine, id, call);
    await withContainer(engine, id, (one) => startContainer(engine, one));
    const signal = AbortSignal.any([engine.signal, AbortSignal.timeout(patienceMs)]);
    const ended = await waitForExit(engine, id, signal).then(
      ({ exitCode }) => (exitCode === 159 ? 'SIGSYS' : `exit ${exitCode}`),
      (error: unknown) => {
        if (engine.signal.aborted) throw error;
        return 'it did not come back';
      },
    );
    return { answer: parseAnswer(await written(engine, id), ended), image };
  } finally {
    await withContainer(engine, id, (one) =>
      removeContainer(engine, one, { force: true, volumes: true }),
    );
  }
}

async function written(engine: Engine, id: string): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const { text } of readLog(engine.places(id).log, {})) chunks.push(text);
  return Buffer.concat(chunks).toString('latin1');
}
