// Which distribution a user space is: os-release(5), and what older ones have instead.
import type { Diagnostic, Parsed } from '../diag/diagnostic.ts';
import { baseName } from '../lib/path.ts';
import { decodeText } from './text.ts';

/** What the file tells. */
export interface OsReleaseFacts {
  /** ID: debian, rhel, alpine, sles …; "linux" when an os-release names none, as its specification says. */
  readonly id: string;
  readonly idLike: readonly string[];
  readonly versionId?: string;
  readonly versionCodename?: string;
  readonly prettyName?: string;
  /** VARIANT_ID, IMAGE_ID, PLATFORM_ID … as they stand, by name. */
  readonly fields: Readonly<Record<string, string>>;
}

/** Where to look, best first. Paths of this list are the ones that parseOsRelease knows how to read. */
export const osReleasePaths = [
  '/etc/os-release',
  '/usr/lib/os-release',
  '/etc/lsb-release',
  '/etc/redhat-release',
  '/etc/system-release',
  '/etc/SuSE-release',
  '/etc/alpine-release',
  '/etc/debian_version',
  '/etc/arch-release',
  '/etc/gentoo-release',
] as const;

/** Reads one of osReleasePaths; undefined when the text names no distribution. */
export function parseOsRelease(
  bytes: Uint8Array,
  path: string,
): Parsed<OsReleaseFacts | undefined> {
  const problems: Diagnostic[] = [];
  const text = decodeText(bytes.subarray(0, 65536));
  const name = baseName(path);
  switch (name) {
    case 'os-release':
    case 'initrd-release':
      return { value: fromOsRelease(parseAssignments(text)), problems };
    case 'lsb-release':
      return { value: fromLsbRelease(parseAssignments(text)), problems };
    case 'alpine-release':
      return { value: facts('alpine', text.trim(), `Alpine Linux ${text.trim()}`), problems };
    case 'debian_version':
      return { value: fromDebianVersion(text.trim()), problems };
    case 'arch-release':
      return { value: facts('arch', undefined, 'Arch Linux'), problems };
    case 'SuSE-release':
      return { value: fromSuse(text), problems };
    default:
      return { value: fromReleaseLine(text.trim().split('\n', 1)[0] ?? ''), problems };
  }
}

function facts(
  id: string,
  versionId: string | undefined,
  prettyName: string,
  idLike: readonly string[] = [],
): OsReleaseFacts {
  return {
    id,
    idLike,
    ...(versionId === undefined || versionId === '' ? {} : { versionId }),
    prettyName,
    fields: {},
  };
}

/** NAME=value lines as a shell reads them: quotes, backslashes; comments and anything else ignored. */
function parseAssignments(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(line);
    if (match) values.set(match[1] ?? '', unquote((match[2] ?? '').trim()));
  }
  return values;
}

/** The text up to a comment; a pattern with blanks before "#" would take the square of their number. */
function withoutComment(text: string): string {
  const at = text.search(/\s#/);
  return at === -1 ? text : text.slice(0, at).trimEnd();
}

function unquote(text: string): string {
  const quote = text[0];
  if (quote === "'") return text.slice(1, text.indexOf("'", 1) >>> 0);
  if (quote !== '"') return withoutComment(text).replace(/\\(.)/g, '$1');
  const inside = /^"((?:[^"\\]|\\.)*)/.exec(text)?.[1] ?? '';
  return inside.replace(/\\(["\\$`])/g, '$1');
}

function fromOsRelease(values: ReadonlyMap<string, string>): OsReleaseFacts | undefined {
  if (values.size === 0) return undefined;
  const take = (key: string): string | undefined => {
    const value = values.get(key);
    return value === undefined || value === '' ? undefined : value;
  };
  const versionId = take('VERSION_ID');
  const versionCodename = take('VERSION_CODENAME');
  const prettyName = take('PRETTY_NAME') ?? take('NAME');
  return {
    id: (take('ID') ?? 'linux').toLowerCase(),
    idLike: (take('ID_LIKE') ?? '').split(/\s+/).filter((word) => word !== ''),
    ...(versionId === undefined ? {} : { versionId }),
    ...(versionCodename === undefined ? {} : { versionCodename }),
    ...(prettyName === undefined ? {} : { prettyName }),
    fields: Object.fromEntries(values),
  };
}

function fromLsbRelease(values: ReadonlyMap<string, string>): OsReleaseFacts | undefined {
  const id = values.get('DISTRIB_ID');
  if (id === undefined || id === '') return undefined;
  const version = values.get('DISTRIB_RELEASE');
  const codename = values.get('DISTRIB_CODENAME');
  return {
    ...facts(
      id.toLowerCase(),
      version,
      values.get('DISTRIB_DESCRIPTION') ?? id,
      id.toLowerCase() === 'ubuntu' ? ['debian'] : [],
    ),
    ...(codename === undefined ? {} : { versionCodename: codename }),
    fields: Object.fromEntries(values),
  };
}

/** /etc/debian_version: "7.11", or "bookworm/sid" before a release. */
function fromDebianVersion(version: string): OsReleaseFacts | undefined {
  if (version === '') return undefined;
  const major = /^(\d+)(?:\.\d+)*$/.exec(version)?.[1];
  const codename = /^([a-z]+)\/sid$/.exec(version)?.[1];
  return {
    ...facts('debian', major, `Debian GNU/Linux ${version}`),
    ...(codename === undefined ? {} : { versionCodename: codename }),
  };
}

/** The line of /etc/redhat-release and its kin: words, most particular first. */
const releaseLines: readonly (readonly [RegExp, string, readonly string[]])[] = [
  [/^Red Hat Enterprise Linux|^Red Hat .*Enterprise/, 'rhel', ['fedora']],
  [/^CentOS/, 'centos', ['rhel', 'fedora']],
  [/^Fedora/, 'fedora', []],
  [/^Scientific Linux/, 'scientific', ['rhel', 'fedora']],
  [/^Oracle Linux|^Enterprise Linux Enterprise Linux/, 'ol', ['rhel', 'fedora']],
  [/^Rocky Linux/, 'rocky', ['rhel', 'centos', 'fedora']],
  [/^AlmaLinux/, 'almalinux', ['rhel', 'centos', 'fedora']],
  [/^Amazon Linux/, 'amzn', ['rhel', 'fedora']],
  [/^Gentoo/, 'gentoo', []],
];

function fromReleaseLine(line: string): OsReleaseFacts | undefined {
  for (const [pattern, id, idLike] of releaseLines) {
    if (!pattern.test(line)) continue;
    // "release 6.10 (Final)"; before RHEL 6 "release 5.11"; RHEL 4: "release 4 (Nahant Update 9)".
    const update = /\bUpdate (\d+)\)/.exec(line)?.[1];
    const version = /(\d+(?:\.\d+)*)/.exec(line)?.[1];
    const full =
      update !== undefined && version !== undefined && !version.includes('.')
        ? `${version}.${update}`
        : version;
    return facts(id, full, line, idLike);
  }
  return undefined;
}

/** "SUSE Linux Enterprise Server 11 (x86_64)\nVERSION = 11\nPATCHLEVEL = 4" or "openSUSE 13.2 …". */
function fromSuse(text: string): OsReleaseFacts | undefined {
  const title = text.split('\n', 1)[0]?.trim() ?? '';
  if (title === '') return undefined;
  const field = (key: string): string | undefined =>
    new RegExp(`^${key}\\s*=\\s*(\\S+)`, 'm').exec(text)?.[1];
  const version = field('VERSION');
  const patch = field('PATCHLEVEL');
  const enterprise = /Enterprise/.test(title);
  const full =
    version !== undefined && patch !== undefined && patch !== '0' && !version.includes('.')
      ? `${version}.${patch}`
      : version;
  return facts(enterprise ? (/Desktop/.test(title) ? 'sled' : 'sles') : 'opensuse', full, title, [
    'suse',
  ]);
}
