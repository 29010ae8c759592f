// Package databases from a list of "name version [source]": dpkg's status file, apk's installed file, and rpm's
// SQLite database with real header blobs.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

interface Listed {
  readonly name: string;
  readonly version: string;
  readonly source: string;
}

function listed(line: string): Listed {
  const [name = '', version = '', source = name] = line.split(' ');
  if (version === '') throw new Error(`a package needs a version: ${line}`);
  return { name, version, source };
}

export function dpkgDatabase(packages: readonly string[], architecture: string): string {
  return packages
    .map(listed)
    .map(
      ({ name, version, source }) =>
        `Package: ${name}\nStatus: install ok installed\nPriority: optional\nMaintainer: Nobody <nobody@example.org>\nArchitecture: ${architecture}\n${source === name ? '' : `Source: ${source}\n`}Version: ${version}\nDescription: made\n`,
    )
    .join('\n');
}

export function apkDatabase(packages: readonly string[], architecture: string): string {
  const machine =
    { amd64: 'x86_64', arm64: 'aarch64', arm: 'armv7', '386': 'x86' }[architecture] ?? architecture;
  return packages
    .map(listed)
    .map(
      ({ name, version, source }) =>
        `C:Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA=\nP:${name}\nV:${version}\nA:${machine}\nS:1\nI:1\nT:made\no:${source}\n`,
    )
    .join('\n');
}

/** Tag and type numbers of rpm's header format (lib/rpmtag.h). */
const tags = { name: 1000, version: 1001, release: 1002, epoch: 1003, arch: 1022, sourceRpm: 1044 };

function headerBlob({ name, version, source }: Listed, architecture: string): Buffer {
  const [, epoch, upstream = '', release = '1'] =
    /^(?:(\d+):)?([^-]+)(?:-(.+))?$/.exec(version) ?? [];
  const machine = { amd64: 'x86_64', arm64: 'aarch64' }[architecture] ?? architecture;
  const texts: readonly (readonly [number, string])[] = [
    [tags.name, name],
    [tags.version, upstream],
    [tags.release, release],
    [tags.arch, machine],
    [tags.sourceRpm, `${source}-${upstream}-${release}.src.rpm`],
  ];
  const index: Buffer[] = [];
  const entry = (tag: number, type: number, offset: number): Buffer => {
    const out = Buffer.alloc(16);
    out.writeUInt32BE(tag, 0);
    out.writeUInt32BE(type, 4);
    out.writeUInt32BE(offset, 8);
    out.writeUInt32BE(1, 12);
    return out;
  };
  let data = Buffer.alloc(0);
  if (epoch !== undefined) {
    index.push(entry(tags.epoch, 4, 0));
    data = Buffer.alloc(4);
    data.writeUInt32BE(Number(epoch));
  }
  for (const [tag, text] of texts) {
    index.push(entry(tag, 6, data.length));
    data = Buffer.concat([data, Buffer.from(`${text}\0`)]);
  }
  const lengths = Buffer.alloc(8);
  lengths.writeUInt32BE(index.length, 0);
  lengths.writeUInt32BE(data.length, 4);
  return Buffer.concat([lengths, ...index, data]);
}

export function rpmDatabase(packages: readonly string[], architecture: string): Uint8Array {
  const directory = mkdtempSync(join(tmpdir(), 'plimsoll-rpmdb-'));
  try {
    const path = join(directory, 'rpmdb.sqlite');
    const database = new DatabaseSync(path);
    database.exec(
      'CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)',
    );
    const insert = database.prepare('INSERT INTO Packages (blob) VALUES (?)');
    for (const line of packages) insert.run(headerBlob(listed(line), architecture));
    database.close();
    return readFileSync(path);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
