// Credentials as docker and podman keep them, looked up when a registry asks who is there and not before: public images
// do not wait for a key ring.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Diagnostic } from '../diag/diagnostic.ts';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { defaultDomain } from '../image/image-name.ts';
import { systemReason } from '../lib/system-reason.ts';
import {
  type CredentialFile,
  type Credentials,
  credentialKeys,
  dockerHubKey,
  parseCredentialFile,
} from './credential-file.ts';
import { helperGet } from './credential-helper.ts';
import type { Surroundings } from './registry-options.ts';

/** What was found, and what went wrong on the way. */
export interface FoundCredentials {
  readonly credentials?: Credentials;
  /** The file, or the helper. */
  readonly source?: string;
  readonly problems: readonly Diagnostic[];
}

/** Where podman keeps credentials for writing: in memory, until the machine restarts. */
export function podmanAuthFile({ environment, user = 0 }: Surroundings): string {
  const runtime = environment['XDG_RUNTIME_DIR'];
  return runtime ? join(runtime, 'containers/auth.json') : `/run/containers/${user}/auth.json`;
}

/** Docker's file; undefined without a home. */
export function dockerConfigFile({ environment, home }: Surroundings): string | undefined {
  const folder =
    environment['DOCKER_CONFIG'] || (home === undefined ? undefined : join(home, '.docker'));
  return folder === undefined ? undefined : join(folder, 'config.json');
}

/** The files in which credentials may stand, in the order in which they count. */
export function credentialFiles(surroundings: Surroundings, authFile?: string): readonly string[] {
  const { environment, home } = surroundings;
  const named = authFile ?? (environment['REGISTRY_AUTH_FILE'] || undefined);
  if (named !== undefined) return [named];
  const configuration = environment['XDG_CONFIG_HOME'] || (home && join(home, '.config'));
  const docker = dockerConfigFile(surroundings);
  return [
    podmanAuthFile(surroundings),
    ...(configuration ? [join(configuration, 'containers/auth.json')] : []),
    ...(docker === undefined ? [] : [docker]),
    ...(home === undefined ? [] : [join(home, '.dockercfg')]),
  ];
}

/** The content of a file; undefined when there is none. @throws PlimsollError PL0609 */
export function readCredentialBytes(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && /^(ENOENT|ENOTDIR)$/.test(String(cause.code)))
      return undefined;
    throw new PlimsollError('PL0609', `the file could not be read: ${systemReason(cause)}`, {
      at: { path },
      help: 'let this user read it, or name another: --authfile, REGISTRY_AUTH_FILE',
      cause,
    });
  }
}

/** Finds the credentials for a repository, or for a registry (an empty path). @throws PlimsollError PL0002 */
export async function findCredentials(
  domain: string,
  path: string,
  surroundings: Surroundings & { readonly authFile?: string },
  signal: AbortSignal,
): Promise<FoundCredentials> {
  const problems: Diagnostic[] = [];
  // The content of a config.json in the environment, as docker and GitLab's runners have it; before all files but those
  // that were named.
  const inline = surroundings.environment['DOCKER_AUTH_CONFIG'];
  const named = surroundings.authFile ?? surroundings.environment['REGISTRY_AUTH_FILE'];
  if (inline && !named) {
    const parsed = parseCredentialFile(Buffer.from(inline), 'DOCKER_AUTH_CONFIG');
    problems.push(...parsed.problems);
    const found = await inFile(parsed.value, domain, path, surroundings, signal);
    if (found !== undefined) return { source: 'DOCKER_AUTH_CONFIG', ...found, problems };
  }
  for (const file of credentialFiles(surroundings, surroundings.authFile)) {
    try {
      const bytes = readCredentialBytes(file);
      if (bytes === undefined) continue;
      const parsed = parseCredentialFile(bytes, file);
      problems.push(...parsed.problems);
      const found = await inFile(parsed.value, domain, path, surroundings, signal);
      if (found !== undefined) return { ...found, source: found.source ?? file, problems };
    } catch (error) {
      // One that does not work must not keep what needs no credentials from being read.
      if (!(error instanceof PlimsollError) || error.code === 'PL0002') throw error;
      problems.push({ ...error.diagnostic, severity: 'warning', at: { path: file } });
    }
  }
  return { problems };
}

async function inFile(
  { entries, helpers, store }: CredentialFile,
  domain: string,
  path: string,
  { environment }: Surroundings,
  signal: AbortSignal,
): Promise<{ readonly credentials: Credentials; readonly source?: string } | undefined> {
  const ask = async (helper: string | undefined) => {
    if (helper === undefined) return undefined;
    for (const server of domain === defaultDomain ? [dockerHubKey, domain] : [domain]) {
      const credentials = await helperGet(helper, server, { environment, signal });
      if (credentials !== undefined) return { credentials, source: `docker-credential-${helper}` };
    }
    return undefined;
  };
  const own = await ask(helpers.get(domain));
  if (own !== undefined) return own;
  for (const key of credentialKeys(domain, path)) {
    const credentials = entries.get(key);
    if (credentials !== undefined) return { credentials };
  }
  return ask(store);
}
