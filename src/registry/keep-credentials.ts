// Logging in and out: credentials are kept where they are found again, in the form of the file that is there, with
// everything else in it as it was. A file is replaced whole or not at all, and is its owner's alone.
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { defaultDomain } from '../image/image-name.ts';
import { interrupted } from '../image/interrupted.ts';
import { isFault, parseJson } from '../image/oci-json.ts';
import { isJsonObject, type JsonObject } from '../lib/json.ts';
import { systemReason } from '../lib/system-reason.ts';
import {
  type Credentials,
  credentialKey,
  dockerHubKey,
  encodeAuth,
  parseCredentialFile,
} from './credential-file.ts';
import { helperErase, helperList, helperStore } from './credential-helper.ts';
import { credentialFiles, dockerConfigFile, readCredentialBytes } from './credentials.ts';
import type { Surroundings } from './registry-options.ts';

/** Whose credentials, and where they may be kept. */
export interface KeepOptions extends Surroundings {
  readonly authFile?: string;
  readonly signal: AbortSignal;
  /** Holds the file of this name alone; without it, of two logins at once one may be lost. */
  readonly lock?: (path: string, signal: AbortSignal) => Promise<{ release(): void }>;
}

/**
 * Keeps credentials for a registry (or a path in one): in the file that has some for it already, else in docker's
 * config.json, which podman reads too. With a helper configured there, the helper has them.
 * @returns the file or helper
 * @throws PlimsollError PL0002, PL0609
 */
export async function keepCredentials(
  key: string,
  credentials: Credentials,
  options: KeepOptions,
): Promise<string> {
  const path = fileFor(key, options);
  return alone(path, options, () => keepIn(path, key, credentials, options));
}

async function keepIn(
  path: string,
  key: string,
  credentials: Credentials,
  options: KeepOptions,
): Promise<string> {
  const content = readObject(path);
  const { helpers, store } = parseCredentialFile(bytesOf(content), path).value;
  const helper = helpers.get(key) ?? store;
  const auths = isJsonObject(content['auths']) ? content['auths'] : {};
  const others = Object.entries(auths).filter(([name]) => credentialKey(name) !== key);
  const written = writtenKey(key, path);
  const { username = '', password = '', identityToken } = credentials;
  if (helper !== undefined) {
    await helperStore(helper, serverOf(key), credentials, options);
    // As docker leaves it: that somebody is logged in, and not with what.
    writeWhole(path, { ...content, auths: Object.fromEntries([...others, [written, {}]]) });
    return `docker-credential-${helper}`;
  }
  const entry = {
    auth: encodeAuth(username, password),
    ...(identityToken === undefined ? {} : { identitytoken: identityToken }),
  };
  writeWhole(path, { ...content, auths: Object.fromEntries([...others, [written, entry]]) });
  return path;
}

/**
 * Forgets what is kept for a registry, or for all (undefined), in every file that is looked into, and in their helpers.
 * @returns the files and helpers that had something
 * @throws PlimsollError PL0002, PL0609
 */
export async function forgetCredentials(
  key: string | undefined,
  options: KeepOptions,
): Promise<readonly string[]> {
  const forgotten: string[] = [];
  for (const path of credentialFiles(options, options.authFile)) {
    if (readCredentialBytes(path) === undefined) continue;
    await alone(path, options, () => forgetIn(path, key, options, forgotten));
  }
  return [...new Set(forgotten)];
}

async function forgetIn(
  path: string,
  key: string | undefined,
  options: KeepOptions,
  forgotten: string[],
): Promise<void> {
  const content = readObject(path);
  const { helpers, store } = parseCredentialFile(bytesOf(content), path).value;
  const names =
    key === undefined ? new Set([...helpers.values(), store]) : [helpers.get(key) ?? store];
  for (const helper of names) {
    if (helper === undefined) continue;
    const listed = [...(await helperList(helper, options)).keys()];
    const servers = listed.filter((server) => key === undefined || credentialKey(server) === key);
    for (const server of servers) await helperErase(helper, server, options);
    if (servers.length > 0) forgotten.push(`docker-credential-${helper}`);
  }
  const auths = isJsonObject(content['auths']) ? Object.entries(content['auths']) : [];
  const left = auths.filter(([name]) => key !== undefined && credentialKey(name) !== key);
  if (left.length === auths.length) return;
  writeWhole(path, { ...content, auths: Object.fromEntries(left) });
  forgotten.push(path);
}

/** Reads and replaces the file while nobody else does. */
async function alone<T>(
  path: string,
  { lock, signal }: KeepOptions,
  work: () => Promise<T>,
): Promise<T> {
  const held = await locked(path, lock, signal);
  try {
    return await work();
  } finally {
    held?.release();
  }
}

async function locked(
  path: string,
  lock: KeepOptions['lock'],
  signal: AbortSignal,
): Promise<{ release(): void } | undefined> {
  if (lock === undefined) return undefined;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    return await lock(`${path}.lock`, signal);
  } catch (cause) {
    if (signal.aborted) throw interrupted(signal);
    throw notWritten(path, cause);
  }
}

/** The file that has an entry for the key already, in the order in which files count, else docker's. */
function fileFor(key: string, options: KeepOptions): string {
  const paths = credentialFiles(options, options.authFile);
  const [first] = paths;
  const having = paths.find((path) => {
    if (path.endsWith('.dockercfg')) return false;
    const bytes = readCredentialBytes(path);
    return bytes !== undefined && parseCredentialFile(bytes, path).value.entries.has(key);
  });
  const found = having ?? (paths.length === 1 ? first : (dockerConfigFile(options) ?? first));
  if (found !== undefined) return found;
  throw new PlimsollError('PL0609', 'there is no place for credentials: HOME is not set', {
    help: 'name a file: --authfile',
  });
}

/** docker.io as docker writes it, in docker's own file. */
function writtenKey(key: string, path: string): string {
  return key === defaultDomain && path.endsWith('config.json') ? dockerHubKey : key;
}

const serverOf = (key: string): string => (key === defaultDomain ? dockerHubKey : key);

const bytesOf = (content: JsonObject): Uint8Array => Buffer.from(JSON.stringify(content));

/** The file's object; an empty one where there is no file. @throws PlimsollError PL0609 when it is something else */
function readObject(path: string): JsonObject {
  const bytes = readCredentialBytes(path);
  if (bytes === undefined || bytes.toString().trim() === '') return {};
  const json = parseJson(bytes);
  if (!isFault(json) && isJsonObject(json.value)) return json.value;
  throw new PlimsollError('PL0609', 'the file is not what it should be: expected a JSON object', {
    at: { path },
    help: 'repair it, or move it away and log in again',
  });
}

/** Indented as docker does, mode 0600; a symbolic link stays one. */
function writeWhole(path: string, content: JsonObject): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const real = readCredentialBytes(path) === undefined ? path : realpathSync(path);
    const temporary = `${real}.${randomBytes(6).toString('hex')}`;
    const file = openSync(temporary, 'wx', 0o600);
    try {
      writeSync(file, `${JSON.stringify(content, undefined, '\t')}\n`);
      fsyncSync(file);
      closeSync(file);
      renameSync(temporary, real);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
  } catch (cause) {
    throw notWritten(path, cause);
  }
}

function notWritten(path: string, cause: unknown): PlimsollError {
  return new PlimsollError('PL0609', `the file could not be written: ${systemReason(cause)}`, {
    at: { path },
    help: 'name another file: --authfile, REGISTRY_AUTH_FILE',
    cause,
  });
}
