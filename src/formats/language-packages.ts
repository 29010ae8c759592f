// Packages of programming languages, from the files that their installers leave behind. All of them may be in an image
// many times over, at any place.
// Sources: Python's core metadata 2.4 and "recording installed projects"; npm's package.json; RubyGems' specification
// names; conda's conda-meta; Maven's archive descriptor and the JAR file specification.
import type { Parsed } from '../diag/diagnostic.ts';
import { baseName } from '../lib/path.ts';
import type { Package } from './package.ts';
import { decodeText, stanzas } from './text.ts';
import { zipEntries, zipEntryBytes } from './zip.ts';

/** Which reader a path asks for; undefined for paths that are no language package. */
export function languagePackageKind(
  path: string,
): 'python' | 'node' | 'gem' | 'conda' | 'jar' | undefined {
  if (/\.dist-info\/METADATA$|\.egg-info(?:\/PKG-INFO)?$|\/EGG-INFO\/PKG-INFO$/.test(path))
    return 'python';
  if (/\/node_modules\/(?:@[^/]+\/)?[^/]+\/package\.json$/.test(path)) return 'node';
  if (/\/specifications\/(?:default\/)?[^/]+\.gemspec$/.test(path)) return 'gem';
  if (/\/conda-meta\/[^/]+\.json$/.test(path)) return 'conda';
  return /\.(?:jar|war|ear)$/.test(path) ? 'jar' : undefined;
}

/** Reads a file of a kind that languagePackageKind knows; none for any other. */
export function parseLanguagePackage(bytes: Uint8Array, path: string): Parsed<readonly Package[]> {
  switch (languagePackageKind(path)) {
    case 'python':
      return parsePython(bytes, path);
    case 'node':
      return parseJsonPackage(bytes, path, 'npm');
    case 'conda':
      return parseJsonPackage(bytes, path, 'conda');
    case 'gem':
      return { value: gemOf(path), problems: [] };
    case 'jar':
      return parseJar(bytes, path);
    default:
      return { value: [], problems: [] };
  }
}

/** NAME_MAX of every Linux file system. */
const maxFileName = 255;

const pythonFields = new Set(['name', 'version', 'license', 'license-expression']);
/** Some write the whole text of the licence where its name belongs. */
const longestLicense = 200;

const licenseOf = (text: unknown): { license?: string } =>
  typeof text === 'string' && text !== '' && text.length <= longestLicense && text !== 'UNKNOWN'
    ? { license: text }
    : {};

function parsePython(bytes: Uint8Array, path: string): Parsed<readonly Package[]> {
  for (const { fields } of stanzas(decodeText(bytes.subarray(0, 65536)), pythonFields, 1)) {
    const name = fields.get('name');
    const version = fields.get('version');
    if (name !== undefined && version !== undefined) {
      // Names are the same whatever their case and separators: PEP 503.
      const normal = name.toLowerCase().replace(/[-_.]+/g, '-');
      const license = licenseOf(fields.get('license-expression') ?? fields.get('license'));
      const entry: Package = { manager: 'pypi', name: normal, version, ...license, database: path };
      return { value: [entry], problems: [] };
    }
  }
  return damaged(path, 'Python metadata without Name and Version');
}

function parseJsonPackage(
  bytes: Uint8Array,
  path: string,
  manager: 'npm' | 'conda',
): Parsed<readonly Package[]> {
  let content: unknown;
  try {
    content = JSON.parse(decodeText(bytes.subarray(0, 1 << 20)));
  } catch {
    return damaged(path, `${manager} package description is no JSON`);
  }
  if (typeof content !== 'object' || content === null) return { value: [], problems: [] };
  const { name, version, license } = content as Readonly<Record<string, unknown>>;
  // Descriptions inside a package (of its tests, of a module type) have neither; they are no packages.
  if (typeof name !== 'string' || typeof version !== 'string' || name === '' || version === '') {
    return { value: [], problems: [] };
  }
  return {
    value: [{ manager, name, version, ...licenseOf(license), database: path }],
    problems: [],
  };
}

/** A gem by its specification's file name: NAME-VERSION[-PLATFORM].gemspec. */
function gemOf(path: string): Package[] {
  const file = baseName(path).replace(/\.gemspec$/, '');
  if (file.length > maxFileName) return [];
  const match = /^(.+?)-(\d+(?:\.[0-9A-Za-z]+)*)(?:-(.+))?$/.exec(file);
  if (!match?.[1] || !match[2]) return [];
  const platform = match[3];
  return [
    {
      manager: 'gem',
      name: match[1],
      version: match[2],
      ...(platform === undefined ? {} : { architecture: platform }),
      database: path,
    },
  ];
}

const maxDescriptor = 65536;
const maxJars = 2000;

/** A jar by its own descriptors, else by its name; and the jars inside it (Spring Boot, war) by their names. */
function parseJar(input: Uint8Array, path: string): Parsed<readonly Package[]> {
  const bytes = Buffer.from(input.buffer, input.byteOffset, input.byteLength);
  const entries = zipEntries(bytes);
  if (!entries) {
    const named = jarByName(path, path);
    return named.length > 0
      ? { value: named, problems: [] }
      : damaged(path, 'jar without a central directory');
  }
  const own: Package[] = [];
  const inner: Package[] = [];
  for (const entry of entries) {
    const { name } = entry;
    if (own.length + inner.length >= maxJars) break;
    if (/^META-INF\/maven\/[^/]+\/[^/]+\/pom\.properties$/.test(name)) {
      const text = zipEntryBytes(bytes, entry, maxDescriptor);
      if (text) own.push(...jarByProperties(decodeText(text), path));
    } else if (name.endsWith('.jar')) {
      inner.push(...jarByName(name, path));
    }
  }
  if (own.length === 0) own.push(...jarByName(path, path));
  if (own.length === 0) {
    const manifest = entries.find(({ name }) => name === 'META-INF/MANIFEST.MF');
    const text = manifest && zipEntryBytes(bytes, manifest, maxDescriptor);
    if (text) own.push(...jarByManifest(decodeText(text), path));
  }
  return { value: [...own, ...inner], problems: [] };
}

/** "spring-core-5.3.20.jar", "guava-31.1-jre.jar", "netty-transport-native-epoll-4.1.77.Final-linux-x86_64.jar" */
function jarByName(name: string, database: string): Package[] {
  const file = baseName(name).replace(/\.[jwe]ar$/, '');
  if (file.length > maxFileName) return [];
  const match = /^([A-Za-z][\w.+-]*?)[-_]v?(\d[\w.+-]*)$/.exec(file);
  return match?.[1] && match[2]
    ? [{ manager: 'jar', name: match[1], version: match[2], database }]
    : [];
}

function jarByProperties(text: string, database: string): Package[] {
  const value = (key: string): string | undefined =>
    new RegExp(`^${key}\\s*[=:]\\s*(\\S+)`, 'm').exec(text)?.[1];
  const name = value('artifactId');
  const version = value('version');
  const group = value('groupId');
  if (name === undefined || version === undefined) return [];
  return [
    { manager: 'jar', name, version, ...(group === undefined ? {} : { source: group }), database },
  ];
}

function jarByManifest(text: string, database: string): Package[] {
  const value = (key: string): string | undefined =>
    new RegExp(`^${key}:\\s*(\\S+)`, 'm').exec(text)?.[1];
  const version = value('Implementation-Version') ?? value('Bundle-Version');
  const name = baseName(database).replace(/\.[jwe]ar$/, '');
  return version === undefined || name === '' ? [] : [{ manager: 'jar', name, version, database }];
}

function damaged(path: string, message: string): Parsed<readonly Package[]> {
  return {
    value: [],
    problems: [{ code: 'PL0204', severity: 'warning', message, at: { path } }],
  };
}
