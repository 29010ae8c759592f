// Programs that keep credentials: docker-credential-NAME get|store|erase|list, JSON on standard input and output
// (github.com/docker/docker-credential-helpers).
import { spawn } from 'node:child_process';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { interrupted } from '../image/interrupted.ts';
import { isFault, parseJson } from '../image/oci-json.ts';
import { isJsonObject } from '../lib/json.ts';
import { systemReason } from '../lib/system-reason.ts';
import type { Credentials } from './credential-file.ts';
import type { Environment } from './registry-options.ts';

/** How helpers are started. */
export interface HelperOptions {
  readonly environment: Environment;
  readonly signal: AbortSignal;
}

/** A person may have to unlock a key ring first. */
const limitMs = 60_000;
const mostBytes = 1024 * 1024;
/** The word in the place of a user's name that makes the secret an identity token. */
const tokenUser = '<token>';

/** What a helper keeps for an address; undefined when it has nothing. @throws PlimsollError PL0002, PL0609 */
export async function helperGet(
  helper: string,
  server: string,
  options: HelperOptions,
): Promise<Credentials | undefined> {
  const { code, stdout, stderr } = await runHelper(helper, 'get', server, options);
  if (code !== 0) {
    const said = `${stdout}${stderr}`.trim();
    if (/credentials not found|no credentials server URL|not found in native keychain/i.test(said))
      return undefined;
    throw helperFailed(helper, said || `it ended with ${code}`);
  }
  const json = parseJson(Buffer.from(stdout));
  const value = isFault(json) ? undefined : json.value;
  if (!isJsonObject(value)) throw helperFailed(helper, 'its answer is not JSON');
  const { Username: username, Secret: secret } = value;
  if (typeof secret !== 'string' || secret === '' || typeof username !== 'string') return undefined;
  return username === tokenUser ? { identityToken: secret } : { username, password: secret };
}

/** Gives credentials to a helper. @throws PlimsollError PL0002, PL0609 */
export async function helperStore(
  helper: string,
  server: string,
  { username, password, identityToken }: Credentials,
  options: HelperOptions,
): Promise<void> {
  const given = {
    ServerURL: server,
    Username: identityToken === undefined ? (username ?? '') : tokenUser,
    Secret: identityToken ?? password ?? '',
  };
  const { code, stdout, stderr } = await runHelper(helper, 'store', JSON.stringify(given), options);
  if (code !== 0)
    throw helperFailed(helper, `${stdout}${stderr}`.trim() || `it ended with ${code}`);
}

/** Has a helper forget what it keeps for an address. @throws PlimsollError PL0002, PL0609 */
export async function helperErase(
  helper: string,
  server: string,
  options: HelperOptions,
): Promise<void> {
  const { code, stdout, stderr } = await runHelper(helper, 'erase', server, options);
  const said = `${stdout}${stderr}`.trim();
  if (code !== 0 && !/not found/i.test(said))
    throw helperFailed(helper, said || `it ended with ${code}`);
}

/** Addresses for which a helper keeps something, with the users. @throws PlimsollError PL0002, PL0609 */
export async function helperList(
  helper: string,
  options: HelperOptions,
): Promise<ReadonlyMap<string, string>> {
  const { code, stdout, stderr } = await runHelper(helper, 'list', '', options);
  const json = parseJson(Buffer.from(stdout));
  if (code !== 0 || isFault(json) || !isJsonObject(json.value))
    throw helperFailed(helper, `${stderr}`.trim() || 'its answer is not JSON');
  return new Map(
    Object.entries(json.value).filter(
      (pair): pair is [string, string] => typeof pair[1] === 'string',
    ),
  );
}

function helperFailed(helper: string, said: string, cause?: unknown): PlimsollError {
  return new PlimsollError('PL0609', `docker-credential-${helper}: ${said.slice(0, 500)}`, {
    help: `install or repair docker-credential-${helper}, or take it out of the file of credentials and log in again`,
    ...(cause === undefined ? {} : { cause }),
  });
}

function runHelper(
  helper: string,
  action: string,
  input: string,
  { environment, signal }: HelperOptions,
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  // Part of a program's name: a path there would start any program.
  if (!/^[\w.-]+$/.test(helper))
    return Promise.reject(helperFailed('…', `'${helper}' is no name of a helper`));
  const { promise, resolve, reject } = Promise.withResolvers<{
    readonly code: number | null;
    readonly stdout: string;
    readonly stderr: string;
  }>();
  const child = spawn(`docker-credential-${helper}`, [action], {
    env: { ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
    // spawn's own timeout goes on running when the program is not there.
    signal: AbortSignal.any([signal, AbortSignal.timeout(limitMs)]),
  });
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      if (texts[name].length < mostBytes) texts[name] += text;
    });
  }
  child.on('error', (cause) => {
    reject(signal.aborted ? interrupted(signal) : helperFailed(helper, startReason(cause), cause));
  });
  child.on('close', (code) => resolve({ code, ...texts }));
  // It may end without reading what it is told.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  return promise;
}

const startReason = (cause: Error): string =>
  cause.name === 'AbortError'
    ? `it did not answer within ${limitMs / 1000} s`
    : 'code' in cause && cause.code === 'ENOENT'
      ? 'there is no such program in PATH'
      : systemReason(cause);
