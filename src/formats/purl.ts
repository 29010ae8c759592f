// Package URLs (https://github.com/package-url/purl-spec, PURL-SPECIFICATION.rst and PURL-TYPES.rst): how scanners name
// packages.

/** The parts of a package URL, as they are before they are encoded. */
export interface Purl {
  readonly type: string;
  /** Segments of the namespace. */
  readonly namespace?: readonly string[];
  readonly name: string;
  readonly version?: string;
  /** Those without a value are left out. */
  readonly qualifiers?: Readonly<Record<string, string | undefined>>;
}

/** Percent-encoded but for letters, digits, ".", "-", "_", "~" and ":". */
function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%3A', ':');
}

/** "pkg:deb/debian/libc6@2.36-9?arch=amd64&distro=debian-12" */
export function formatPurl({ type, namespace = [], name, version, qualifiers = {} }: Purl): string {
  const path = [...namespace.filter((segment) => segment !== ''), name].map(encoded).join('/');
  const given = Object.entries(qualifiers)
    .filter((pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== '')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${encoded(value)}`)
    .join('&');
  return [
    `pkg:${type}/${path}`,
    version === undefined || version === '' ? '' : `@${encoded(version)}`,
    given === '' ? '' : `?${given}`,
  ].join('');
}
