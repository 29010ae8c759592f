// An rpm header as the databases hold it: number of index entries, size of the data, entries of tag, type, offset and
// count, then the data; all numbers big-endian. Source: rpm's docs/manual/format_header.md, format_v4.md (tags).

const tag = {
  name: 1000,
  version: 1001,
  release: 1002,
  epoch: 1003,
  license: 1014,
  arch: 1022,
  sourceRpm: 1044,
  dirIndexes: 1116,
  baseNames: 1117,
  dirNames: 1118,
} as const;
const typeInt32 = 4;
const typeString = 6;
const typeStringArray = 8;
/** Files that one package may list. */
const maxFiles = 200_000;
const maxEntries = 65536;

/** The tags of one package that are read. */
export interface RpmHeader {
  readonly name: string;
  /** [epoch:]version-release */
  readonly version: string;
  readonly architecture?: string;
  /** Name of the source package, without version. */
  readonly source?: string;
  /** version-release of the source package; its epoch is not told. */
  readonly sourceVersion?: string;
  readonly license?: string;
}

/** Reads name, version and origin; undefined when the bytes are no header or lack name, version or release. */
export function readRpmHeader(bytes: Buffer): RpmHeader | undefined {
  if (bytes.length < 8) return undefined;
  const entries = bytes.readUInt32BE(0);
  const dataAt = 8 + 16 * entries;
  const end = dataAt + bytes.readUInt32BE(4);
  if (entries > maxEntries || end > bytes.length) return undefined;
  const texts = new Map<number, string>();
  let epoch: number | undefined;
  for (let at = 8; at < dataAt; at += 16) {
    const key = bytes.readUInt32BE(at);
    if (key < tag.name || key > tag.sourceRpm) continue;
    const type = bytes.readUInt32BE(at + 4);
    const from = dataAt + bytes.readUInt32BE(at + 8);
    if (from >= end) continue;
    if (type === typeString) {
      const stop = bytes.indexOf(0, from);
      if (stop !== -1 && stop < end) texts.set(key, bytes.toString('utf8', from, stop));
    } else if (type === typeInt32 && key === tag.epoch && from + 4 <= end) {
      epoch = bytes.readUInt32BE(from);
    }
  }
  const name = texts.get(tag.name);
  const version = texts.get(tag.version);
  const release = texts.get(tag.release);
  if (name === undefined || version === undefined || release === undefined) return undefined;
  const architecture = texts.get(tag.arch);
  const [, source, sourceVersion] =
    /^(.+)-([^-]+-[^-]+)\.(?:no)?src\.rpm$/.exec(texts.get(tag.sourceRpm) ?? '') ?? [];
  const license = texts.get(tag.license);
  return {
    name,
    version: `${epoch === undefined ? '' : `${epoch}:`}${version}-${release}`,
    ...(architecture === undefined ? {} : { architecture }),
    ...(source === undefined ? {} : { source }),
    ...(sourceVersion === undefined ? {} : { sourceVersion }),
    ...(license === undefined ? {} : { license }),
  };
}

/** Paths of the files that the header's package owns: directory names, base names, and which belongs to which. */
export function readRpmFiles(bytes: Buffer): readonly string[] {
  if (bytes.length < 8) return [];
  const entries = bytes.readUInt32BE(0);
  const dataAt = 8 + 16 * entries;
  const end = dataAt + bytes.readUInt32BE(4);
  if (entries > maxEntries || end > bytes.length) return [];
  const places = new Map<number, { readonly from: number; readonly count: number }>();
  for (let at = 8; at < dataAt; at += 16) {
    const key = bytes.readUInt32BE(at);
    const wantedType = key === tag.dirIndexes ? typeInt32 : typeStringArray;
    if (key < tag.dirIndexes || key > tag.dirNames) continue;
    if (bytes.readUInt32BE(at + 4) !== wantedType) continue;
    const count = Math.min(bytes.readUInt32BE(at + 12), maxFiles);
    places.set(key, { from: dataAt + bytes.readUInt32BE(at + 8), count });
  }
  const texts = (key: number): string[] => {
    const list: string[] = [];
    const { from = end, count = 0 } = places.get(key) ?? {};
    for (let at = from; list.length < count && at < end; ) {
      const stop = bytes.indexOf(0, at);
      if (stop === -1 || stop >= end) break;
      list.push(bytes.toString('utf8', at, stop));
      at = stop + 1;
    }
    return list;
  };
  const folders = texts(tag.dirNames);
  const { from: indexesAt = end, count = 0 } = places.get(tag.dirIndexes) ?? {};
  return texts(tag.baseNames).flatMap((name, at) => {
    const place = indexesAt + 4 * at;
    const folder = at < count && place + 4 <= end ? folders[bytes.readUInt32BE(place)] : undefined;
    return folder === undefined ? [] : [folder + name];
  });
}
