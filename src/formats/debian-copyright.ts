// Licenses of a Debian package from /usr/share/doc/PACKAGE/copyright, where that is written for machines
// (https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/): short names of Debian as SPDX has them. A file
// in prose tells nothing here: what a license text is, is not guessed at.
import { spdxExpressionOf, spdxIdOf } from './spdx-license.ts';

/** Beyond this a file says more than a license: what stands first counts. */
const maximumNames = 60;

/** Names of the format's section 7.1 that are others in SPDX. */
const otherNames: ReadonlyMap<string, string> = new Map([
  ['expat', 'MIT'],
  ['apache-2', 'Apache-2.0'],
  ['artistic', 'Artistic-1.0'],
  ['perl', '(GPL-1.0-or-later OR Artistic-1.0)'],
  ['mpl-1', 'MPL-1.0'],
  ['mpl-2', 'MPL-2.0'],
  ['cc0', 'CC0-1.0'],
  ['zope-2.1', 'ZPL-2.1'],
  ['isc-license', 'ISC'],
  ['bsd-2-clauses', 'BSD-2-Clause'],
  ['bsd-3-clauses', 'BSD-3-Clause'],
]);

const gnu = /^(A?GPL|LGPL|GFDL)(-NIV)?-(\d)(?:\.(\d))?(\+?)$/i;

/** A short name as SPDX has it; as it stands where SPDX has none. */
function spdxName(name: string): string {
  const [, family, invariant, major, minor = '0', later] = gnu.exec(name) ?? [];
  if (family !== undefined) {
    const free = invariant === undefined ? '' : '-no-invariants';
    const id = `${family}-${major}.${minor}${free}-${later === '+' ? 'or-later' : 'only'}`;
    return spdxIdOf(id) ?? name;
  }
  return otherNames.get(name.toLowerCase()) ?? spdxIdOf(name) ?? name;
}

/** The first line of a License field as expressions that all hold: words between "and" and "or". */
function expressionsOf(synopsis: string): readonly string[] {
  const words = synopsis.replaceAll(/\band\/or\b/gi, 'or').split(/\s+(and|or)\s+/i);
  if (words.every((word, at) => at % 2 === 0 || /^and$/i.test(word)))
    return words.filter((_, at) => at % 2 === 0).map((word) => spdxName(word.trim()));
  const text = words
    .map((word, at) => (at % 2 === 1 ? word.toUpperCase() : spdxName(word.trim())))
    .join(' ');
  return [spdxExpressionOf(text) === undefined ? text : `(${text})`];
}

/**
 * The licenses of all files that the package was made of, each once, joined by AND; undefined where the file is not of
 * the format or names none.
 */
export function parseDebianCopyright(bytes: Uint8Array): string | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  const [header = '', ...paragraphs] = text
    .replaceAll('\r\n', '\n')
    .trim()
    .split(/\n[ \t]*\n+/);
  if (!/^Format(?:-Specification)?:[^\n]*(?:copyright-format|dep-?5)/im.test(header))
    return undefined;
  const ofFiles = paragraphs.filter((one) => /^Files:/im.test(one));
  // What Debian added to build the package is not in it.
  const shipped = ofFiles.filter((one) => !/^Files:\s*(?:debian\/\S*\s*)+\n(?!\s)/im.test(one));
  const names = new Set<string>();
  for (const one of shipped.length > 0 ? shipped : [...ofFiles, header]) {
    const synopsis = /^License:[ \t]*(\S[^\n]*)/im.exec(one)?.[1]?.trim();
    for (const name of synopsis === undefined ? [] : expressionsOf(synopsis))
      if (names.size < maximumNames) names.add(name);
  }
  if (names.size === 0) return undefined;
  const [only = ''] = names;
  return names.size === 1 ? only.replace(/^\((.*)\)$/, '$1') : [...names].join(' AND ');
}
