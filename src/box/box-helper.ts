// Started by nsenter in a box's user, network, IPC, UTS and PID namespaces, for one job. Its main thread changes mount
// namespaces by itself: a thread may, once it shares its root and working directory with no other. Mounts are made where
// the machine's mounts are seen, since a new proc or sysfs may only be made beside a visible one, and placed in the box.
import {
  closeSync,
  constants,
  openSync,
  readFileSync,
  readlinkSync,
  readSync,
  writeSync,
} from 'node:fs';
import { splitPath } from '../lib/path.ts';
import { hasCode } from '../sys/errno.ts';
import { makeDirectoryAt } from '../sys/file-calls.ts';
import { enterMounts, replaceRoot } from '../sys/mount-namespace.ts';
import { makeMount, openInside, placeMount } from '../sys/mount-objects.ts';
import { openSocket } from '../sys/sockets.ts';
import type { BoxAnswer, BoxJob, BoxMount } from './box-jobs.ts';

const O_PATH = 0o10000000;

function answer(value: BoxAnswer): void {
  writeSync(1, `${JSON.stringify(value)}\n`);
}

/** Does the job and gives the descriptor that came of it. */
function work(job: BoxJob): number | undefined {
  if (job.kind === 'socket') return openSocket(job.request);
  if (job.kind === 'open') {
    const root = openSync(`/proc/${job.member}/root`, O_PATH | constants.O_DIRECTORY);
    return openInside(root, job.path, job.flags, job.mode);
  }
  const keeper = openSync(`/proc/${job.keeper}/ns/mnt`, constants.O_RDONLY);
  const box = openSync(`/proc/${job.member}/ns/mnt`, constants.O_RDONLY);
  enterMounts(keeper);
  const root = job.emptyRoot
    ? makeMount({ type: 'tmpfs', source: 'box', options: ['mode=755'] })
    : undefined;
  const made = job.mounts.map((mount) => ({ mount, object: makeMount(mount) }));
  enterMounts(box);
  if (root !== undefined) replaceRoot(root);
  for (const { mount, object } of made) {
    if (/^\/+$/.test(mount.target)) {
      replaceRoot(object);
      closeSync(object);
      continue;
    }
    const place = placeFor(mount, object);
    placeMount(object, place, mount.target);
    closeSync(place);
    closeSync(object);
  }
  return undefined;
}

/** Opens the place of a mount, made where it is not there: a directory, or a file for a file that is bound. */
function placeFor({ target }: BoxMount, object: number): number {
  const root = openSync('/', O_PATH | constants.O_DIRECTORY);
  try {
    return openInside(root, target, O_PATH);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
    const isFile = !readIsDirectory(object);
    const { parent, name } = splitPath(target);
    makeFolders(root, isFile ? parent : target);
    if (isFile) {
      const flags = constants.O_CREAT | constants.O_WRONLY | constants.O_EXCL;
      closeSync(openInside(root, `${parent}/${name}`, flags, 0o644));
    }
    return openInside(root, target, O_PATH);
  } finally {
    closeSync(root);
  }
}

function readIsDirectory(object: number): boolean {
  try {
    closeSync(openInside(object, '.', O_PATH | constants.O_DIRECTORY));
    return true;
  } catch {
    return false;
  }
}

function makeFolders(root: number, path: string): void {
  let at = '';
  for (const part of path.split('/').filter((one) => one !== '')) {
    const parent = openInside(root, at === '' ? '/' : at, O_PATH | constants.O_DIRECTORY);
    try {
      makeDirectoryAt(parent, part, 0o755);
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error;
    } finally {
      closeSync(parent);
    }
    at = `${at}/${part}`;
  }
}

try {
  // In the machine's /proc, which is what is mounted here, it has the machine's number.
  const pid = Number(readlinkSync('/proc/self'));
  const job: BoxJob = JSON.parse(readFileSync(3, 'utf8'));
  const descriptor = work(job);
  answer({ done: true, pid, ...(descriptor === undefined ? {} : { descriptor }) });
  // Whoever wants the descriptor takes it before this end of file.
  if (descriptor !== undefined) readSync(0, Buffer.alloc(1));
} catch (error) {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  answer({ done: false, code, message: error instanceof Error ? error.message : String(error) });
}
