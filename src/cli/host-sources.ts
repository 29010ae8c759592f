// What finding a host needs of this machine.
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { HostSources } from '../host/find-host.ts';
import type { Context } from './context.ts';
import { systemReason } from './system-reason.ts';

/** Host files relative to the working directory, `-` from standard input, `this` probed. */
export function hostSources(context: Context): HostSources {
  return {
    readFile: async (path) => {
      if (path === '-') return text(context.stdin());
      try {
        return await readFile(resolve(context.cwd, path), 'utf8');
      } catch (error) {
        const why = systemReason(error);
        throw new PlimsollError('PL0301', `host file could not be read: ${why}`, {
          at: { path },
          help: 'name a file that exists, or one of plimsoll host list',
          cause: error,
        });
      }
    },
    probe: async () => {
      const { probeHost } = await import('../host/probe/probe.ts');
      return probeHost({
        name: 'this',
        signal: context.signal,
        progress: (part) => context.progress.update(`probing this host: ${part}`),
      });
    },
  };
}
