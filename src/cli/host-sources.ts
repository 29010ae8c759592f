// What finding a host needs of this machine.
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import rulesVersion from '../check/generated/rules-version.json' with { type: 'json' };
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { HostSources } from '../host/find-host.ts';
import type { KeptAnswers } from '../host/probe/part.ts';
import { systemReason } from '../lib/system-reason.ts';
import type { AnalysisCache } from '../needs/cache.ts';
import type { Context } from './context.ts';

/**
 * Host files relative to the working directory, `-` from standard input, `this` probed.
 * @param keep whether what this machine answers may come from the cache, and go there
 */
export function hostSources(context: Context, keep = false): HostSources {
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
      const cache = keep ? await openedCache(context) : undefined;
      try {
        return await probeHost({
          name: 'this',
          signal: context.signal,
          progress: (part) => context.progress.update(`probing this host: ${part}`),
          ...(cache === undefined ? {} : { kept: answersIn(cache) }),
        });
      } finally {
        cache?.close();
      }
    },
  };
}

async function openedCache({ cacheDirectory, now, user }: Context): Promise<AnalysisCache> {
  const { openCache } = await import('../needs/cache.ts');
  const clock = () => now().getTime();
  return openCache(cacheDirectory, { now: clock, ...(user === undefined ? {} : { user }) });
}

/** Answers of another version of the program are none. */
function answersIn(cache: AnalysisCache): KeptAnswers {
  const keyOf = (key: string): string => `host/${rulesVersion.version}/${key}`;
  return {
    get(key) {
      const bytes = cache.get(keyOf(key));
      return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
    },
    put: (key, value) => cache.put([[keyOf(key), new TextEncoder().encode(value)]]),
  };
}
