// One process for all containers whose logs go to a receiver. It follows the files that conmon writes, so that a receiver
// that is slow, or gone, never holds a container up; it keeps how far it came beside each file, so that it may be killed.
// It is started by whoever starts such a container, and ends by itself when there is none left.
//
//   ROOT/containers/ID/forward.json   what is to be sent, and to whom (LogTarget); gone once all is
//   ROOT/containers/ID/forwarded      how far it came (LogPlace)
//   ROOT/unsent/ID                    the folder of a container that was removed before all was sent
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseRamBytes } from '../../lib/ram-bytes.ts';
import { folderChange } from './folder-change.ts';
import { followLog, type LogPlace } from './follow-file.ts';
import { messageJoiner } from './log-message.ts';
import { type LogReceiver, type LogSender, openLogReceiver } from './log-receiver.ts';
import type { LogTarget } from './log-target.ts';

const targetFile = 'forward.json';
const placeFile = 'forwarded';
/** Like docker's ring buffer. */
const defaultBuffer = 1024 * 1024;
const firstPauseMs = 100;
const longestPauseMs = 5000;
/** How long what a removed container wrote is offered to a receiver that does not answer. */
const unsentMs = 24 * 60 * 60 * 1000;
/** How long the process stays when all that is left cannot be delivered. */
const hopelessMs = 60_000;
const lookEveryMs = 1000;

/** Writes down that a container's log is to be sent, before it starts. */
export function announceTarget(kept: string, target: LogTarget): void {
  writeFileSync(join(kept, `${targetFile}.new`), JSON.stringify(target), { mode: 0o600 });
  renameSync(join(kept, `${targetFile}.new`), join(kept, targetFile));
}

/** Keeps what was not sent of a container that is being removed. False where there is nothing. */
export function keepUnsent(storeRoot: string, kept: string): boolean {
  if (!existsSync(join(kept, targetFile))) return false;
  mkdirSync(join(storeRoot, 'unsent'), { recursive: true, mode: 0o700 });
  renameSync(kept, join(storeRoot, 'unsent', basename(kept)));
  return true;
}

/** What the forwarder works with. */
export interface ForwarderWorld extends LogSender {
  readonly storeRoot: string;
  readonly runFolder: string;
  readonly now: () => number;
  readonly signal: AbortSignal;
  /** What could not be sent, and why. */
  readonly note: (text: string) => void;
}

/** Whether anything is to be sent that is not among those that were given up. */
export function anythingToSend(
  { storeRoot, now }: Pick<ForwarderWorld, 'storeRoot' | 'now'>,
  givenUp: ReadonlySet<string>,
): boolean {
  return targets(storeRoot, now()).some((id) => !givenUp.has(id));
}

/** Sends until nothing is left to be sent, or nobody takes it: what nobody took. */
export async function runForwarder(world: ForwarderWorld): Promise<ReadonlySet<string>> {
  const { storeRoot, runFolder, signal, now } = world;
  const running = new Map<string, { readonly done: Promise<void>; failedSince?: number }>();
  mkdirSync(runFolder, { recursive: true });
  let wake = (): void => undefined;
  // Each start makes a folder there, each end removes one.
  const watcher = watch(runFolder, () => wake());
  watcher.on('error', () => undefined);
  try {
    while (!signal.aborted) {
      for (const id of targets(storeRoot, now())) {
        if (running.has(id)) continue;
        const entry: { done: Promise<void>; failedSince?: number } = { done: Promise.resolve() };
        running.set(id, entry);
        entry.done = forward(id, world, (failed) => {
          if (!failed) delete entry.failedSince;
          else entry.failedSince ??= now();
        })
          .catch((error: unknown) => world.note(`${id}: ${String(error)}`))
          .then(() => void running.delete(id))
          .then(() => wake());
      }
      const left = [...running];
      const hopeless = left.every(
        ([id, { failedSince }]) =>
          !existsSync(join(runFolder, id)) &&
          failedSince !== undefined &&
          now() - failedSince > hopelessMs,
      );
      if (hopeless) return new Set(running.keys());
      await new Promise<void>((settle) => {
        const timer = setTimeout(settle, lookEveryMs);
        wake = () => {
          clearTimeout(timer);
          settle();
        };
      });
    }
    return new Set(running.keys());
  } finally {
    watcher.close();
  }
}

/** Ids of what is to be sent. */
function targets(storeRoot: string, now: number): readonly string[] {
  const ids: string[] = [];
  for (const name of ['containers', 'unsent']) {
    for (const id of namesIn(join(storeRoot, name))) {
      const folder = join(storeRoot, name, id);
      const announced = statSync(join(folder, targetFile), { throwIfNoEntry: false });
      if (announced === undefined) continue;
      if (name === 'unsent' && now - statSync(folder).ctimeMs > unsentMs)
        rmSync(folder, { recursive: true, force: true });
      else ids.push(id);
    }
  }
  return ids;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

async function forward(
  id: string,
  world: ForwarderWorld,
  failing: (failed: boolean) => void,
): Promise<void> {
  const { storeRoot, runFolder, signal } = world;
  const unsent = join(storeRoot, 'unsent', id);
  const folder = (): string => (existsSync(unsent) ? unsent : join(storeRoot, 'containers', id));
  const target = JSON.parse(readFileSync(join(folder(), targetFile), 'utf8')) as LogTarget;
  const buffer = parseRamBytes(target.options['max-buffer-size'] ?? '') ?? defaultBuffer;
  const drops = target.options['mode'] === 'non-blocking';
  const follower = followLog(() => join(folder(), 'container.log'), placeIn(folder()));
  const joiner = messageJoiner();
  let receiver: LogReceiver | undefined;
  let pauseMs = firstPauseMs;
  try {
    while (!signal.aborted) {
      // Asked before reading: what was written before the end is read after it.
      const ended = !existsSync(join(runFolder, id)) || existsSync(join(runFolder, id, 'exit'));
      if (drops && follower.behind() > buffer) follower.skipTo(buffer);
      const lines = follower.next();
      const messages = lines.flatMap(({ line }) => joiner.add(line) ?? []);
      if (lines.length === 0 && ended) messages.push(...joiner.rest());
      while (messages.length > 0 && !signal.aborted) {
        try {
          receiver ??= await openLogReceiver(target, world);
          await receiver.send(messages);
          failing(false);
          pauseMs = firstPauseMs;
          break;
        } catch (error) {
          failing(true);
          world.note(`${target.name}: ${target.driver}: ${String(error)}`);
          receiver?.close();
          receiver = undefined;
          await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
          pauseMs = Math.min(longestPauseMs, pauseMs * 2);
        }
        if (!existsSync(folder())) return;
      }
      const last = lines.at(-1);
      // What is in the joiner is read again after a kill; a receiver gets it twice rather than not at all.
      if (last !== undefined && messages.length > 0) writePlace(folder(), last.end);
      if (lines.length > 0) continue;
      if (ended) {
        finish(folder(), unsent);
        return;
      }
      await folderChange(folder(), lookEveryMs, signal);
    }
  } finally {
    follower.close();
    receiver?.close();
  }
}

function placeIn(folder: string): LogPlace | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, placeFile), 'utf8')) as LogPlace;
  } catch {
    return undefined;
  }
}

function writePlace(folder: string, place: LogPlace): void {
  try {
    writeFileSync(join(folder, placeFile), JSON.stringify(place), { mode: 0o600 });
  } catch {
    // Removed meanwhile, or no room: it is sent again then.
  }
}

function finish(folder: string, unsent: string): void {
  if (folder === unsent) rmSync(folder, { recursive: true, force: true });
  else rmSync(join(folder, targetFile), { force: true });
}
