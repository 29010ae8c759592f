// Files in a store's folders that nobody of us put there.
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import type { Diagnostic } from '../diag/diagnostic.ts';
import { isDigest } from '../lib/digest.ts';
import { namesIn } from './content-files.ts';
import { databaseFiles } from './database.ts';
import type { StoreLayout } from './store-layout.ts';

type Kind = 'file' | 'folder';

/** What may lie in each folder of the store, by name. */
function places(layout: StoreLayout): readonly {
  readonly folder: string;
  readonly kindOf: (name: string) => Kind | undefined;
}[] {
  const own = new Map<string, Kind>([
    ...databaseFiles('store.db').map((name): [string, Kind] => [name, 'file']),
    ['names.json', 'file'],
    ['names.json.new', 'file'],
    ['lock', 'file'],
    ...['content', 'ingest', 'leases', 'trash', 'snapshots'].map((name): [string, Kind] => [
      name,
      'folder',
    ]),
  ]);
  const blob = (algorithm: string) => ({
    folder: join(layout.content, algorithm),
    kindOf: (name: string): Kind | undefined =>
      isDigest(`${algorithm}:${name}`) ? 'file' : undefined,
  });
  return [
    {
      folder: layout.root,
      kindOf: (name) =>
        own.get(name) ??
        (/^store\.db\.damaged-/.test(name)
          ? 'file'
          : /^store\.db\.new-/.test(name)
            ? 'folder'
            : undefined),
    },
    {
      folder: layout.content,
      kindOf: (name) => (name === 'sha256' || name === 'sha512' ? 'folder' : undefined),
    },
    blob('sha256'),
    blob('sha512'),
    {
      folder: layout.ingest,
      kindOf: (name) =>
        /^new-[0-9a-f]{32}$/.test(name) || isDigest(name.replace('-', ':')) ? 'file' : undefined,
    },
    { folder: layout.leases, kindOf: (name) => (/^[0-9a-f]{32}$/.test(name) ? 'file' : undefined) },
  ];
}

/** Whatever lies in the store and has no place there. @throws PlimsollError PL0701 */
export function foreignFiles(layout: StoreLayout): readonly Diagnostic[] {
  return places(layout).flatMap(({ folder, kindOf }) =>
    namesIn(folder).flatMap((name): readonly Diagnostic[] => {
      const path = join(folder, name);
      const stats = lstatSync(path, { throwIfNoEntry: false });
      const kind = kindOf(name);
      if (stats === undefined) return [];
      if (kind === 'file' ? stats.isFile() : kind === 'folder' && stats.isDirectory()) return [];
      return [
        {
          code: 'PL0705',
          severity: kind === undefined ? 'note' : 'warning',
          message:
            kind === undefined
              ? `${name} is nothing of the store's`
              : `expected a ${kind} under this name, found something else`,
          at: { path },
          help: 'look who put it there, and remove it',
        },
      ];
    }),
  );
}
