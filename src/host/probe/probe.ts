// Probes a machine: this one, or the tree of another below a root. Works as an ordinary user too; what it could not
// read stands in `unread`, with the reason, and where each value comes from in `sources`.
import { hostname, release as kernelRelease, machine as machineName } from 'node:os';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import type { Offer } from '../offer.ts';
import { probeCgroup, probeNamespaces } from './cgroup-part.ts';
import { probeDistribution } from './distribution-part.ts';
import { probeEngine } from './engine-part.ts';
import { probeCalls, probeIa32, probeKernel } from './kernel-part.ts';
import { type KeptAnswers, known, type ProbeContext, type ProbePart } from './part.ts';
import { probeProcessor } from './processor-part.ts';
import { openReader } from './reader.ts';
import { probeLimits, probeModules, probeResources } from './resource-part.ts';
import { programIdentity, runProgram } from './run-program.ts';
import { probeSecurity } from './security-part.ts';
import { probeServices } from './service-part.ts';
import { probeSysctls } from './sysctl-part.ts';

/** In this order: a part may look at what those before it have found. */
const parts: readonly (readonly [string, ProbePart])[] = [
  ['distribution', probeDistribution],
  ['kernel', probeKernel],
  ['processor', probeProcessor],
  ['32-bit programs', probeIa32],
  ['system calls', probeCalls],
  ['settings', probeSysctls],
  ['security modules', probeSecurity],
  ['control groups', probeCgroup],
  ['namespaces', probeNamespaces],
  ['modules', probeModules],
  ['resources', probeResources],
  ['limits', probeLimits],
  ['services', probeServices],
  ['engine', probeEngine],
];

/** How to probe. */
export interface ProbeOptions {
  /** Root of the tree: '/' is this machine. */
  readonly root?: string;
  /** Name to put into the offer; default: the host name, or the tree's. */
  readonly name?: string;
  readonly signal?: AbortSignal;
  /** Called with the name of each part before it is read. */
  readonly progress?: (part: string) => void;
  /** Answers of this machine that need not be found out again. */
  readonly kept?: KeptAnswers;
  /** Time limit for each program that is run, in milliseconds. */
  readonly programTimeoutMs?: number;
}

function hostName(root: string, live: boolean, text: string | undefined): string {
  if (live) return hostname() || 'this';
  return text?.trim() || root.replace(/\/+$/, '').split('/').at(-1) || 'host';
}

/**
 * The offer of a machine.
 * @throws PlimsollError PL0002 when the signal is aborted, PL0303 when the root is no directory.
 */
export async function probeHost(options: ProbeOptions = {}): Promise<Offer> {
  const root = options.root ?? '/';
  const reader = openReader(root);
  if (reader.list('/', 1).length === 0) {
    throw new PlimsollError('PL0303', `${root} is not a directory with a system in it`, {
      help: 'give the root directory of the machine, as mounted here',
    });
  }
  const sources: Record<string, string> = {};
  const unread: { part: string; reason: string }[] = [];
  const offer: { -readonly [K in keyof Offer]: Offer[K] } = {
    schema: 'plimsoll.host/1',
    name: options.name ?? hostName(root, reader.live, reader.text('/etc/hostname', 256)),
  };
  const context: ProbeContext = {
    reader,
    soFar: offer,
    from: (part, source) => {
      sources[part] = source.slice(0, 4096);
    },
    missing: (part, reason) => {
      unread.push({ part, reason: reason.slice(0, 4096) });
    },
    run: async (program, args) => {
      if (!reader.live) return undefined;
      // A version changes with the program's file alone, and starting a program costs more than all of /proc.
      const identity = args.join() === '--version' ? programIdentity(program) : undefined;
      const key = identity === undefined ? undefined : `version ${identity}`;
      const known = key === undefined ? undefined : options.kept?.get(key);
      if (known !== undefined) return known;
      const printed = await runProgram(program, args, {
        timeoutMs: options.programTimeoutMs ?? 5000,
        signal: options.signal,
      });
      if (key !== undefined && printed !== undefined) options.kept?.put(key, printed);
      return printed;
    },
    kept: reader.live ? options.kept : undefined,
  };
  for (const [name, part] of parts) {
    if (options.signal?.aborted) throw new PlimsollError('PL0002', 'interrupted');
    options.progress?.(name);
    Object.assign(offer, await part(context));
  }
  if (reader.live && offer.machine === undefined) {
    offer.machine = machineName();
    sources['machine'] = 'uname';
  }
  if (reader.live && offer.kernel?.release === undefined) {
    offer.kernel = { ...offer.kernel, release: kernelRelease() };
    sources['kernel.release'] = 'uname';
  }
  return known({ ...offer, sources, unread: unread.length > 0 ? unread : undefined });
}
