// Keeps which registry somebody chose for a short name, where podman keeps it and looks for it too
// (short-name-aliases.conf of containers-registries.conf(5)): the next pull does not ask again. The file is replaced whole.
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parse, stringify } from 'smol-toml';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { ImageName } from '../image/image-name.ts';
import { isJsonObject, type JsonObject } from '../lib/json.ts';
import { systemReason } from '../lib/system-reason.ts';
import { chosenAliasesFile } from './configuration.ts';
import type { Surroundings } from './registry-options.ts';

/** Whose choice it is. */
export interface KeepAliasOptions extends Surroundings {
  readonly signal: AbortSignal;
  /** Holds the file of this name alone; without it, of two choices at once one may be lost. podman's own lock is another. */
  readonly lock?: (path: string, signal: AbortSignal) => Promise<{ release(): void }>;
}

/** The short name that an image's name begins with: "redis" of "docker://redis:8". */
export function shortNameIn(text: string): string {
  return text
    .replace(/^docker:\/\//, '')
    .replace(/@.*$/, '')
    .replace(/:[^/:]*$/, '');
}

/**
 * Writes the choice into the file of aliases; whatever else stands there stays.
 * @returns the file; undefined where there is no place for one (HOME is not set)
 * @throws PlimsollError PL0002, PL0607 where the file is damaged or cannot be written
 */
export async function keepAlias(
  shortName: string,
  { domain, path }: ImageName,
  options: KeepAliasOptions,
): Promise<string | undefined> {
  const file = chosenAliasesFile(options);
  if (file === undefined) return undefined;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: options.user === 0 ? 0o755 : 0o700 });
    const held = await options.lock?.(`${file}.plimsoll.lock`, options.signal);
    try {
      const content = readTables(file);
      const aliases = isJsonObject(content['aliases']) ? content['aliases'] : {};
      const text = stringify({
        ...content,
        aliases: { ...aliases, [shortName]: `${domain}/${path}` },
      });
      const beside = `${file}.${randomBytes(6).toString('hex')}`;
      try {
        writeFileSync(beside, `${text.trimEnd()}\n`, { mode: 0o644, flush: true, flag: 'wx' });
        renameSync(beside, file);
      } catch (error) {
        rmSync(beside, { force: true });
        throw error;
      }
    } finally {
      held?.release();
    }
    return file;
  } catch (cause) {
    if (cause instanceof PlimsollError) throw cause;
    throw new PlimsollError(
      'PL0607',
      `the choice for ${shortName} could not be kept: ${systemReason(cause)}`,
      {
        at: { path: file },
        help: 'it will be asked again; an alias can be written into registries.conf by hand',
        cause,
      },
    );
  }
}

function readTables(file: string): JsonObject {
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw error;
  }
}
