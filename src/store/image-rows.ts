// ImageRecords on the database.
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { Descriptor, Digest, Platform } from '../image/image.ts';
import {
  familiarName,
  formatImageName,
  type ImageName,
  parseImageName,
  withDefaultTag,
} from '../image/image-name.ts';
import { isFault } from '../image/oci-json.ts';
import { formatPlatform, platformFit, thisPlatform } from '../image/platform.ts';
import { isDigest, shortDigest } from '../lib/digest.ts';
import type { ContentStore } from './content-store.ts';
import type { Row, StoreDatabase } from './database.ts';
import { readTarget, type TargetFacts } from './image-facts.ts';
import type { FoundStoredImage, ImageRecord, ImageRecords, StoredImage } from './image-records.ts';
import { writeNamesCopy } from './names-copy.ts';
import { flushFolders } from './power-cut.ts';
import type { StoreLayout } from './store-layout.ts';

/** The names and images in a database. */
export function imageRecords(
  layout: StoreLayout,
  content: ContentStore,
  database: StoreDatabase,
  now: () => number,
): ImageRecords {
  const changed = (): void => database.atCommit('names', () => writeNamesCopy(layout, database));
  const records: ImageRecords = {
    get: (name) =>
      database.all(`${selectNames} WHERE n.name = ?`, formatImageName(name)).map(recordOf)[0],
    names: () => database.all(`${selectNames} ORDER BY n.name`).map(recordOf),
    put: (names, target) =>
      database.writeDurably(() => {
        flushFolders(layout);
        putTarget(database, target, readTarget(layout, content, target), now());
        for (const name of names) {
          database.run(
            'INSERT OR REPLACE INTO name (name, target, updated_ms) VALUES (?, ?, ?)',
            oneKind(name),
            target.digest,
            now(),
          );
        }
        changed();
      }),
    removeName: (name) =>
      database.write(() => {
        const removed = database.run('DELETE FROM name WHERE name = ?', formatImageName(name)) > 0;
        if (removed) changed();
        return removed;
      }),
    removeTarget: (target) =>
      database.write(() => {
        const removed = database.run('DELETE FROM target WHERE digest = ?', target) > 0;
        if (removed) changed();
        return removed;
      }),
    list: () => database.read(() => imagesOf(database, database.all(selectImages))),
    byId: (prefix) => database.read(() => imagesById(database, prefix)),
    find: (text, platform) => database.read(() => findImage(database, records, text, platform)),
  };
  return records;
}

const selectNames =
  'SELECT n.name, n.updated_ms, t.descriptor FROM name n JOIN target t ON t.digest = n.target';

const selectImages = `
  SELECT t.digest AS target, t.descriptor AS target_descriptor, t.added_ms, m.*
  FROM target t
  JOIN target_manifest tm ON tm.target = t.digest
  JOIN manifest m ON m.digest = tm.manifest`;

/** A record has one name: redis:8@sha256:… stands for the digest. */
function oneKind(name: ImageName): string {
  const { digest, tag, ...rest } = withDefaultTag(name);
  return formatImageName(digest === undefined ? { ...rest, tag: tag ?? '' } : { ...rest, digest });
}

/** A name that the store wrote. */
function nameOf(text: string): ImageName {
  const name = parseImageName(text);
  if ('fault' in name) throw new TypeError(`a name in the store: ${name.fault}`);
  return name;
}

const descriptorOf = (text: unknown): Descriptor => JSON.parse(String(text)) as Descriptor;

function recordOf(row: Row): ImageRecord {
  return {
    name: nameOf(String(row['name'])),
    target: descriptorOf(row['descriptor']),
    updatedMs: Number(row['updated_ms']),
  };
}

function putTarget(
  database: StoreDatabase,
  target: Descriptor,
  { manifests, references }: TargetFacts,
  now: number,
): void {
  database.run(
    `INSERT INTO target (digest, descriptor, added_ms) VALUES (?, ?, ?)
     ON CONFLICT (digest) DO UPDATE SET descriptor = excluded.descriptor`,
    target.digest,
    JSON.stringify(target),
    now,
  );
  for (const [parent, child] of references) {
    database.run('INSERT OR IGNORE INTO reference (parent, child) VALUES (?, ?)', parent, child);
  }
  database.run('DELETE FROM target_manifest WHERE target = ?', target.digest);
  for (const [position, facts] of manifests.entries()) {
    const { descriptor, config, parsed, createdMs, contentBytes, chainId } = facts;
    // What the configuration leaves open, such as the variant, the index says.
    const platform = { ...descriptor.platform, ...parsed.platform };
    database.run(
      `INSERT OR IGNORE INTO manifest
       (digest, descriptor, config, platform, created_ms, labels, content_bytes, chain_id)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      descriptor.digest,
      JSON.stringify(descriptor),
      config.digest,
      JSON.stringify(platform),
      createdMs ?? null,
      JSON.stringify(parsed.labels),
      contentBytes,
      chainId ?? null,
    );
    database.run(
      'INSERT INTO target_manifest (target, position, manifest) VALUES (?, ?, ?)',
      target.digest,
      position,
      descriptor.digest,
    );
  }
}

/** Rows of selectImages as images, newest first. */
function imagesOf(database: StoreDatabase, rows: readonly Row[]): readonly StoredImage[] {
  const single = rows.length === 1 ? rows[0]?.['target'] : undefined;
  const named =
    single === undefined
      ? database.all('SELECT name, target FROM name ORDER BY name')
      : database.all('SELECT name, target FROM name WHERE target = ? ORDER BY name', single);
  const names = new Map<string, ImageName[]>();
  for (const row of named) {
    const target = String(row['target']);
    const of = names.get(target) ?? [];
    of.push(nameOf(String(row['name'])));
    names.set(target, of);
  }
  const unpackedBytes = unpackedSizes(database);
  return rows
    .map((row) => imageOf(row, names.get(String(row['target'])) ?? [], unpackedBytes))
    .sort((a, b) => (b.createdMs ?? 0) - (a.createdMs ?? 0) || (a.id < b.id ? -1 : 1));
}

function imageOf(
  row: Row,
  names: readonly ImageName[],
  unpackedSize: (chainId: string) => number | undefined,
): StoredImage {
  const chainId = isDigest(row['chain_id']) ? row['chain_id'] : undefined;
  const unpackedBytes = chainId === undefined ? undefined : unpackedSize(chainId);
  const createdMs = row['created_ms'];
  const id = row['config'];
  if (!isDigest(id)) throw new TypeError('an id in the store is no digest');
  return {
    id,
    manifest: descriptorOf(row['descriptor']),
    target: descriptorOf(row['target_descriptor']),
    tags: names.filter(({ tag }) => tag !== undefined),
    digests: names.filter(({ digest }) => digest !== undefined),
    platform: JSON.parse(String(row['platform'])) as Platform,
    ...(createdMs === null ? {} : { createdMs: Number(createdMs) }),
    labels: JSON.parse(String(row['labels'])) as Readonly<Record<string, string>>,
    contentBytes: Number(row['content_bytes']),
    ...(unpackedBytes === undefined ? {} : { unpackedBytes }),
    ...(chainId === undefined ? {} : { chainId }),
    addedMs: Number(row['added_ms']),
  };
}

/** Bytes of a committed snapshot and all below it; undefined when one of them has none, or is not there. */
function unpackedSizes(database: StoreDatabase): (chainId: string) => number | undefined {
  const rows = new Map(
    database
      .all("SELECT key, parent, bytes FROM snapshot WHERE kind = 'committed'")
      .map((row) => [String(row['key']), row]),
  );
  const sizes = new Map<string, number | undefined>();
  const sizeOf = (key: string): number | undefined => {
    const path: { readonly key: string; readonly bytes: number }[] = [];
    let below: number | undefined = 0;
    for (let at: string | undefined = key; at !== undefined; ) {
      if (sizes.has(at)) {
        below = sizes.get(at);
        break;
      }
      const row: Row | undefined = rows.get(at);
      if (row === undefined || row['bytes'] === null || path.length > rows.size) return undefined;
      path.push({ key: at, bytes: Number(row['bytes']) });
      at = row['parent'] === null ? undefined : String(row['parent']);
    }
    for (const step of path.reverse()) {
      below = below === undefined ? undefined : below + step.bytes;
      sizes.set(step.key, below);
    }
    return sizes.get(key);
  };
  return sizeOf;
}

function imagesById(database: StoreDatabase, prefix: string): readonly StoredImage[] {
  const hex = prefix.replace(/^sha256:/, '');
  if (!/^[0-9a-f]{1,64}$/.test(hex)) return [];
  const from = `sha256:${hex}`;
  return imagesOf(
    database,
    // 'g' comes after every hexadecimal digit.
    database.all(`${selectImages} WHERE m.config >= ? AND m.config < ?`, from, `${from}g`),
  );
}

function findImage(
  database: StoreDatabase,
  records: ImageRecords,
  text: string,
  platform: Platform | undefined,
): FoundStoredImage | undefined {
  const ofTarget = (digest: Digest): readonly StoredImage[] =>
    imagesOf(database, database.all(`${selectImages} WHERE t.digest = ?`, digest));
  const parsed = parseImageName(text);
  if (!isFault(parsed)) {
    // name:tag@digest: the digest counts.
    const { tag, digest, ...repository } = withDefaultTag(parsed);
    const name: ImageName =
      digest === undefined ? { ...repository, tag: tag ?? '' } : { ...repository, digest };
    const record = records.get(name);
    if (record !== undefined) {
      const image = fitting(ofTarget(record.target.digest), text, platform);
      return { image, by: digest === undefined ? 'tag' : 'digest', name };
    }
    if (digest !== undefined) return foundByDigest(database, repository, digest);
  }
  if (isDigest(text)) {
    const exact = database.all(`${selectImages} WHERE m.digest = ? OR t.digest = ?`, text, text);
    if (exact.length > 0) {
      return { image: fitting(imagesOf(database, exact), text, platform), by: 'id' };
    }
  }
  const matching = imagesById(database, text);
  if (matching.length === 0) return undefined;
  const ids = [...new Set(matching.map(({ id }) => id))];
  if (ids.length > 1) throw ambiguousId(text, matching);
  return { image: fitting(matching, text, platform), by: 'id' };
}

/** redis@sha256:… of one manifest, when the name points at the index that holds it. */
function foundByDigest(
  database: StoreDatabase,
  { domain, path }: ImageName,
  digest: Digest,
): FoundStoredImage | undefined {
  const image = imagesOf(
    database,
    database.all(`${selectImages} WHERE m.digest = ? OR t.digest = ?`, digest, digest),
  ).find(({ tags, digests }) =>
    [...tags, ...digests].some((name) => name.domain === domain && name.path === path),
  );
  return image === undefined ? undefined : { image, by: 'digest' };
}

/** Of the platforms of one target, the one that was asked for; without being asked, this machine's or the first. */
function fitting(
  images: readonly StoredImage[],
  text: string,
  platform: Platform | undefined,
): StoredImage {
  const wanted = platform ?? thisPlatform();
  const best = images
    .map((image) => ({ image, fit: platformFit(wanted, image.platform) }))
    .filter((one): one is { image: StoredImage; fit: number } => one.fit !== undefined)
    .sort((a, b) => b.fit - a.fit)[0]?.image;
  const image = best ?? (platform === undefined ? images[0] : undefined);
  if (image !== undefined) return image;
  throw new PlimsollError('PL0104', `no image for ${formatPlatform(wanted)}`, {
    at: { target: text },
    notes: [
      `the store has: ${images.map((one) => formatPlatform(one.platform)).join(', ') || 'none'}`,
    ],
    help: `plimsoll pull --platform ${formatPlatform(wanted)} ${text} fetches it`,
  });
}

function ambiguousId(text: string, images: readonly StoredImage[]): PlimsollError {
  const candidates = [...new Map(images.map((image) => [image.id, image])).values()];
  const shown = candidates.slice(0, 10).map(({ id, tags }) => {
    const [name] = tags;
    return `${shortDigest(id)} ${name === undefined ? '<none>' : familiarName(name)}`;
  });
  return new PlimsollError(
    'PL0708',
    `${candidates.length} images have an id that begins with ${text}`,
    {
      at: { target: text },
      notes: candidates.length > shown.length ? [...shown, '…'] : shown,
      help: 'write more digits of the id, or a name',
    },
  );
}
