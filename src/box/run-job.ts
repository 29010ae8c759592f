// Starts a process in a box for one job, and takes what it opened.
import { spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { workerModule } from '../image/worker-module.ts';
import { linesOf } from '../lib/lines-of.ts';
import { systemReason } from '../lib/system-reason.ts';
import { takeDescriptor } from '../sys/foreign-descriptors.ts';
import type { BoxAnswer, BoxJob } from './box-jobs.ts';

/** How a process is started in the namespaces of a box. */
export interface BoxEntrance {
  readonly nsenter: string;
  /** Options for the namespaces that are the box's own, but that of mounts. */
  readonly options: readonly string[];
  readonly node: string;
}

/** Does the job; the descriptor that came of it, which is the caller's to close. @throws PlimsollError PL0846 */
export async function runJob(
  { nsenter, options, node }: BoxEntrance,
  job: BoxJob,
): Promise<number | undefined> {
  const args = [...options, '--', node, workerModule(import.meta.dirname, 'box-helper')];
  const child = spawn(nsenter, args, {
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
  });
  let complaint = '';
  child.stderr?.on('data', (bytes) => (complaint += String(bytes)));
  const given = child.stdio[3] as Writable;
  given.on('error', () => undefined);
  given.end(JSON.stringify(job));
  const ended = new Promise<void>((settle) => {
    child.on('error', (error) => {
      complaint = systemReason(error);
      settle();
    });
    child.on('close', () => settle());
  });
  try {
    const line = await linesOf(child.stdout as Readable).next();
    const answer = line.done === true ? undefined : (JSON.parse(line.value) as BoxAnswer);
    if (answer?.done !== true)
      throw new PlimsollError(
        'PL0846',
        `${what(job)} failed in the box: ${answer?.message ?? (complaint.trim() || 'its helper ended')}`,
        { help: helpFor(job, answer?.code) },
      );
    const { descriptor, pid } = answer;
    return descriptor === undefined ? undefined : takeDescriptor(pid, descriptor);
  } finally {
    child.stdin?.on('error', () => undefined);
    child.stdin?.end();
    await ended;
  }
}

function what(job: BoxJob): string {
  if (job.kind === 'socket') return `a socket (${job.request.family} ${job.request.type})`;
  return job.kind === 'open' ? `opening ${job.path}` : 'a mount';
}

function helpFor(job: BoxJob, code = ''): string {
  if (code === 'EPERM' && job.kind === 'mount')
    return 'in a user namespace only tmpfs, proc, sysfs, overlay, fuse and binds can be mounted';
  if (code === 'ENOSYS') return 'this kernel is too old: 5.6, or 5.12 for read-only binds';
  if (code === 'ENODEV') return 'the kernel has no such file system: see /proc/filesystems';
  return 'see that what it names is there';
}
