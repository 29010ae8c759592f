// names.json: what the store keeps under which names, beside the database. Written inside of every transaction that
// changes names, so that there is one writer at a time; read by `store check --repair` alone, when the database is lost.
// It may be ahead of the database by one change that was never committed.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Descriptor } from '../image/image.ts';
import { isFault, parseDescriptors, parseJson } from '../image/oci-json.ts';
import { isJsonObject } from '../lib/json.ts';
import type { StoreDatabase } from './database.ts';
import { storeFailure } from './store-failure.ts';
import type { StoreLayout } from './store-layout.ts';

const schema = 'plimsoll.store-names/1';

/** A target and its names, in full. */
export interface NamedTarget {
  readonly target: Descriptor;
  readonly names: readonly string[];
  readonly addedMs: number;
}

/** Writes the copy anew; inside of a transaction. @throws PlimsollError PL0701, PL0702 */
export function writeNamesCopy(layout: StoreLayout, database: StoreDatabase): void {
  const names = new Map<string, string[]>();
  for (const row of database.all('SELECT name, target FROM name ORDER BY name')) {
    const target = String(row['target']);
    names.set(target, [...(names.get(target) ?? []), String(row['name'])]);
  }
  const targets = database
    .all('SELECT digest, descriptor, added_ms FROM target ORDER BY added_ms, digest')
    .map((row) => ({
      target: JSON.parse(String(row['descriptor'])),
      names: names.get(String(row['digest'])) ?? [],
      addedMs: Number(row['added_ms']),
    }));
  // A name of its own for what is half written: only one process is here at a time.
  const temporary = `${layout.names}.new`;
  try {
    writeFileSync(temporary, `${JSON.stringify({ schema, targets })}\n`, { mode: 0o600 });
    renameSync(temporary, layout.names);
  } catch (error) {
    throw storeFailure(error, 'the copy of the names could not be written', layout.names);
  }
}

/** What the copy has; whatever of it is no target is left out, and so is all of it when there is none. */
export function readNamesCopy(layout: StoreLayout): readonly NamedTarget[] {
  let bytes: Buffer;
  try {
    bytes = readFileSync(layout.names);
  } catch {
    return [];
  }
  const json = parseJson(bytes);
  if (isFault(json) || !isJsonObject(json.value)) return [];
  const { targets } = json.value;
  if (json.value['schema'] !== schema || !Array.isArray(targets)) return [];
  return targets.filter(isJsonObject).flatMap((item) => {
    const parsed = parseDescriptors([item['target']], 'target');
    const target = isFault(parsed) ? undefined : parsed[0];
    if (target === undefined) return [];
    const { names, addedMs } = item;
    return [
      {
        target,
        names: Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [],
        addedMs: typeof addedMs === 'number' ? addedMs : 0,
      },
    ];
  });
}
