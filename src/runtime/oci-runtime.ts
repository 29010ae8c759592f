// The OCI runtime as a program: crun, runc, or any other with runc's command line. It keeps what it knows of a container
// in a folder of its own below the engine's (`--root`), so that two stores, or two runtimes, never meet.
import {
  closeSync,
  constants,
  openSync,
  readFileSync,
  readlinkSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { basename, isAbsolute, join } from 'node:path';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { systemReason } from '../lib/system-reason.ts';
import { findProgram } from '../sys/find-program.ts';
import { newMountNamespace } from '../sys/mount-namespace.ts';
import { makePrivate, mountAt } from '../sys/mounts.ts';
import { openNull, openPipe, type Spawned, spawnProgram, textOf } from '../sys/spawn.ts';
import { installHelp } from '../sys/system-parts.ts';
import type { CgroupManager } from './cgroup-manager.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** A runtime that is there. */
export interface OciRuntime {
  /** 'crun', 'runc' … */
  readonly name: string;
  readonly path: string;
  /** Where it keeps what it knows of containers. */
  readonly stateFolder: string;
  /** What stands before every subcommand. */
  readonly arguments: readonly string[];
  /** Whether it creates nothing where it sees cgroups of both versions. */
  readonly needsOneCgroups: boolean;
  /** What it gets of the environment. */
  readonly environment: Environment;
}

/** What a runtime is found and used with. */
export interface RuntimeWorld {
  /** Folder for what runtimes keep. */
  readonly stateFolder: string;
  readonly cgroupManager: CgroupManager;
  readonly environment: Environment;
}

/** The runtimes that are looked for, the best first. */
const known = ['crun', 'runc'] as const;

/**
 * The runtime that is meant by a name or path; the first that there is where none is named.
 * @throws PlimsollError PL0823
 */
export function findRuntime(asked: string | undefined, world: RuntimeWorld): OciRuntime {
  const names = asked === undefined ? known : [asked];
  for (const name of names) {
    const path = isAbsolute(name) ? name : findProgram(name, world.environment['PATH']);
    if (path !== undefined) return runtimeAt(path, world);
  }
  throw new PlimsollError(
    'PL0823',
    asked === undefined
      ? 'there is no OCI runtime on this machine'
      : `there is no OCI runtime ${asked} on this machine`,
    {
      help:
        asked === undefined
          ? installHelp('crun')
          : '--runtime takes the name of a program, or its path',
    },
  );
}

function runtimeAt(
  path: string,
  { stateFolder, cgroupManager, environment }: RuntimeWorld,
): OciRuntime {
  const name = basename(path);
  const isCrun = name === 'crun';
  const own = join(stateFolder, name);
  return {
    name,
    path,
    stateFolder: own,
    arguments: [
      ...(cgroupManager === 'systemd' ? ['--systemd-cgroup'] : []),
      // runc leaves them alone by itself where it may not make any.
      ...(isCrun && cgroupManager === 'disabled' ? ['--cgroup-manager=disabled'] : []),
      ...['--root', own],
    ],
    needsOneCgroups: isCrun && isMixedHybrid(),
    environment,
  };
}

/** Where a hybrid layout of cgroups has version 2. */
const unified = '/sys/fs/cgroup/unified';

/** Whether controllers are at both versions: crun refuses to create anything there (its get_cgroup_mode). */
function isMixedHybrid(): boolean {
  try {
    return readFileSync(`${unified}/cgroup.controllers`, 'utf8').trim() !== '';
  } catch {
    return false;
  }
}

/** The way in which a runtime is started to create something. */
export interface WayToCreate {
  /** A program and its first arguments, before the runtime's own; empty: the runtime itself. */
  readonly through: readonly string[];
  /** Called when it has created it. */
  close(): void;
}

/**
 * For a runtime that needs it the tree of version 2 is covered in a mount namespace, which leaves a plain version 1.
 * (Taking it away is not allowed in a user namespace.) Mounts of volumes still pass to and fro as they would: only those of
 * cgroups are made private. Where it cannot be made here, unshare(1) and mount(8) make it, which takes 4 ms more.
 */
export function wayToCreate({ needsOneCgroups, environment }: OciRuntime): WayToCreate {
  const close = (): void => undefined;
  if (!needsOneCgroups) return { through: [], close };
  if (findProgram('nsenter', environment['PATH']) === undefined)
    return { through: withoutUnified, close };
  try {
    const namespace = newMountNamespace(() => {
      makePrivate('/sys/fs/cgroup');
      mountAt({ type: 'tmpfs', source: 'none', options: [] }, unified);
    });
    const place = `/proc/${readlinkSync('/proc/self')}/fd/${namespace.fd}`;
    return { through: ['nsenter', `--mount=${place}`], close: namespace.close };
  } catch {
    return { through: withoutUnified, close };
  }
}

const withoutUnified: readonly string[] = [
  'unshare',
  '--mount',
  '--propagation',
  'unchanged',
  'sh',
  '-c',
  `mount --make-rprivate /sys/fs/cgroup && mount -t tmpfs none ${unified} && exec "$@"`,
  'sh',
];

/** What a runtime answered. */
export interface RuntimeAnswer {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a subcommand of the runtime to its end. @throws PlimsollError PL0824 where it could not be started */
export async function callRuntime(
  { name, path, arguments: before, environment }: OciRuntime,
  args: readonly string[],
): Promise<RuntimeAnswer> {
  const [output, complaint] = [openPipe(), openPipe()];
  const given = [openNull(), output.write, complaint.write];
  let child: Spawned;
  try {
    child = spawnProgram({
      path,
      args: [...before, ...args],
      environment,
      descriptors: given,
    });
  } catch (cause) {
    for (const { read } of [output, complaint]) closeSync(read);
    throw new PlimsollError('PL0824', `${name} could not be started: ${systemReason(cause)}`, {
      at: { path },
      cause,
    });
  } finally {
    for (const fd of given) closeSync(fd);
  }
  const [stdout, stderr] = await Promise.all([textOf(output.read), textOf(complaint.read)]);
  return { status: await child.wait(), stdout, stderr };
}

/**
 * Starts what was created: has the first process go on to the program it is for. For crun that is a byte into a pipe, whose
 * name goes before (libcrun_status_write_exec_fifo in its src/libcrun/status.c, the same from 1.0 to 1.29); done here it
 * is a process less, 6 ms. Whatever is different from that is left to the runtime.
 * @param hooked whether hooks are to be run after it
 * @throws PlimsollError PL0824 where the runtime could not be started
 */
export async function startCreated(
  runtime: OciRuntime,
  id: string,
  hooked: boolean,
): Promise<RuntimeAnswer> {
  const { name, environment, stateFolder } = runtime;
  const simple = name === 'crun' && !hooked && !environment['NOTIFY_SOCKET'];
  if (simple && letGo(join(stateFolder, id, 'exec.fifo')))
    return { status: 0, stdout: '', stderr: '' };
  return callRuntime(runtime, ['start', id]);
}

/** Whether somebody waited at the pipe, and goes on now. */
function letGo(path: string): boolean {
  let fd: number;
  try {
    fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    // The process has ended, or this crun does it in another way.
    return false;
  }
  try {
    unlinkSync(path);
    writeSync(fd, '\0');
    return true;
  } finally {
    closeSync(fd);
  }
}

/** As callRuntime, for what must succeed. @throws PlimsollError PL0824 with what the runtime said */
export async function runRuntime(
  runtime: OciRuntime,
  args: readonly string[],
  what: string,
): Promise<string> {
  const { status, stdout, stderr } = await callRuntime(runtime, args);
  if (status === 0) return stdout;
  throw runtimeFailure(runtime.name, what, stderr, status);
}

/** What a runtime complained of, as an error: `what` could not be done. */
export function runtimeFailure(
  name: string,
  what: string,
  complaint: string,
  status?: number,
): PlimsollError {
  const reason = readComplaint(complaint);
  return new PlimsollError(
    'PL0824',
    `${what}: ${name}: ${reason || `it ended with ${status ?? 'an error'}`}`,
    { help: helpFor(exitCodeOfComplaint(reason)) },
  );
}

function helpFor(exitCode: 126 | 127 | undefined): string {
  if (exitCode === 127)
    return 'the image has no such program: name one that it has, with --entrypoint where the image sets another';
  if (exitCode === 126)
    return 'it is a folder, may not be executed, or is of another architecture: plimsoll check tells the last';
  return 'plimsoll spec writes the bundle, to try it by hand';
}

/** The last message of a runtime: crun writes a line, runc one of logrus (time= level= msg=). */
export function readComplaint(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const last = lines.at(-1) ?? '';
  const logged = /\bmsg="((?:[^"\\]|\\.)*)"/.exec(last)?.[1];
  if (logged !== undefined) return logged.replace(/\\(.)/g, '$1');
  const parsed = /^\{.*"msg":"((?:[^"\\]|\\.)*)"/.exec(last)?.[1];
  return (parsed ?? last).replace(/\\(.)/g, '$1').trim();
}

/**
 * docker's exit code for what a runtime could not start: 127 for a program that is not there, 126 for one that cannot
 * be run; undefined for everything else, which is the engine's 125.
 */
export function exitCodeOfComplaint(complaint: string): 126 | 127 | undefined {
  if (/executable file .*not found|no such file or directory/i.test(complaint) && isExec(complaint))
    return 127;
  if (
    isExec(complaint) &&
    /permission denied|operation not permitted|exec format error|is a directory|not executable/i.test(
      complaint,
    )
  )
    return 126;
  return undefined;
}

/** Whether it is about the program that was to be started, not a mount or a file of the engine's. */
function isExec(complaint: string): boolean {
  return /executable file|exec:|exec container process|starting container process|open executable|exec format|execve/i.test(
    complaint,
  );
}
