// The order of package versions as the package managers have it.
// Sources: deb-version(7) for dpkg; rpm's rpmvercmp (docs/manual "versions") for rpm; apk-package(5) and Gentoo's
// package manager specification, section 3.2, for apk.

type Order = -1 | 0 | 1;

/** Compares two dpkg versions: [epoch:]upstream[-revision], "~" before everything, even the end. */
export function compareDpkgVersions(a: string, b: string): Order {
  const left = splitDpkg(a);
  const right = splitDpkg(b);
  return (
    compareDigits(left.epoch, right.epoch) ||
    compareDpkgPart(left.upstream, right.upstream) ||
    compareDpkgPart(left.revision, right.revision)
  );
}

function splitDpkg(version: string): { epoch: string; upstream: string; revision: string } {
  const { epoch, rest } = splitEpoch(version.trim());
  const dash = rest.lastIndexOf('-');
  return dash === -1
    ? { epoch, upstream: rest, revision: '' }
    : { epoch, upstream: rest.slice(0, dash), revision: rest.slice(dash + 1) };
}

function splitEpoch(version: string): { epoch: string; rest: string } {
  const colon = version.indexOf(':');
  const epoch = colon === -1 ? '' : version.slice(0, colon);
  return /^\d+$/.test(epoch)
    ? { epoch, rest: version.slice(colon + 1) }
    : { epoch: '0', rest: version };
}

/** Weight of a character in the non-digit parts: "~" before the end, letters before everything else. */
function dpkgWeight(code: number): number {
  if (code === 0x7e) return -1;
  if (Number.isNaN(code) || isDigit(code)) return 0;
  return isLetter(code) ? code : code + 256;
}

function compareDpkgPart(a: string, b: string): Order {
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    while (
      (i < a.length && !isDigit(a.charCodeAt(i))) ||
      (j < b.length && !isDigit(b.charCodeAt(j)))
    ) {
      const difference = dpkgWeight(a.charCodeAt(i)) - dpkgWeight(b.charCodeAt(j));
      if (difference !== 0) return difference < 0 ? -1 : 1;
      i++;
      j++;
    }
    const left = digitsAt(a, i);
    const right = digitsAt(b, j);
    const order = compareDigits(left, right);
    if (order !== 0) return order;
    i += left.length;
    j += right.length;
  }
  return 0;
}

/**
 * Compares two rpm versions [epoch:]version[-release]; a release counts only where both have one, as rpm does for
 * dependencies.
 */
export function compareRpmVersions(a: string, b: string): Order {
  const left = splitRpm(a);
  const right = splitRpm(b);
  const order =
    compareDigits(left.epoch, right.epoch) || compareRpmPart(left.version, right.version);
  if (order !== 0 || left.release === undefined || right.release === undefined) return order;
  return compareRpmPart(left.release, right.release);
}

function splitRpm(text: string): { epoch: string; version: string; release: string | undefined } {
  const { epoch, rest } = splitEpoch(text.trim());
  const dash = rest.lastIndexOf('-');
  return dash === -1
    ? { epoch, version: rest, release: undefined }
    : { epoch, version: rest.slice(0, dash), release: rest.slice(dash + 1) };
}

/** Compares one part (version or release) as rpmvercmp does: segments of digits and of letters, "~" before the end, "^" after it. */
export function compareRpmPart(a: string, b: string): Order {
  if (a === b) return 0;
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    while (i < a.length && isRpmSeparator(a.charCodeAt(i))) i++;
    while (j < b.length && isRpmSeparator(b.charCodeAt(j))) j++;
    if (a[i] === '~' || b[j] === '~') {
      if (a[i] !== '~') return 1;
      if (b[j] !== '~') return -1;
      i++;
      j++;
      continue;
    }
    if (a[i] === '^' || b[j] === '^') {
      if (i >= a.length) return -1;
      if (j >= b.length) return 1;
      if (a[i] !== '^') return 1;
      if (b[j] !== '^') return -1;
      i++;
      j++;
      continue;
    }
    if (i >= a.length || j >= b.length) break;
    const numeric = isDigit(a.charCodeAt(i));
    const left = numeric ? digitsAt(a, i) : lettersAt(a, i);
    const right = numeric ? digitsAt(b, j) : lettersAt(b, j);
    // Segments of different kinds: the numeric one is newer.
    if (right === '') return numeric ? 1 : -1;
    const order = numeric ? compareDigits(left, right) : compareTexts(left, right);
    if (order !== 0) return order;
    i += left.length;
    j += right.length;
  }
  if (i >= a.length && j >= b.length) return 0;
  return i >= a.length ? -1 : 1;
}

/** Suffixes of apk versions in their order; no suffix stands between "rc" and "cvs". */
const apkSuffixes = ['alpha', 'beta', 'pre', 'rc', '', 'cvs', 'svn', 'git', 'hg', 'p'];

/** Compares two apk versions: 1.2.3a_rc1-r4. */
export function compareApkVersions(a: string, b: string): Order {
  const left = splitApk(a);
  const right = splitApk(b);
  const numbers = Math.max(left.numbers.length, right.numbers.length);
  for (let n = 0; n < numbers; n++) {
    const x = left.numbers[n];
    const y = right.numbers[n];
    if (x === undefined || y === undefined) return x === undefined ? -1 : 1;
    // After the first point a leading zero makes it a decimal fraction: 1.01 < 1.1.
    const fraction = n > 0 && (x.startsWith('0') || y.startsWith('0'));
    const order = fraction ? compareTexts(x, y) : compareDigits(x, y);
    if (order !== 0) return order;
  }
  const letters = compareTexts(left.letter, right.letter);
  if (letters !== 0) return letters;
  const suffixes = Math.max(left.suffixes.length, right.suffixes.length);
  for (let n = 0; n < suffixes; n++) {
    const x = left.suffixes[n] ?? { rank: apkSuffixes.indexOf(''), number: '' };
    const y = right.suffixes[n] ?? { rank: apkSuffixes.indexOf(''), number: '' };
    if (x.rank !== y.rank) return x.rank < y.rank ? -1 : 1;
    const order = compareDigits(x.number, y.number);
    if (order !== 0) return order;
  }
  return compareDigits(left.revision, right.revision);
}

interface ApkVersion {
  readonly numbers: readonly string[];
  readonly letter: string;
  readonly suffixes: readonly { readonly rank: number; readonly number: string }[];
  readonly revision: string;
}

function splitApk(version: string): ApkVersion {
  const match = /^(\d*(?:\.\d+)*)([a-z]?)((?:_[a-z]+\d*)*)(?:~[0-9a-f]+)?(?:-r(\d+))?/.exec(
    version,
  );
  return {
    numbers: (match?.[1] ?? '').split('.'),
    letter: match?.[2] ?? '',
    suffixes: [...(match?.[3] ?? '').matchAll(/_([a-z]+)(\d*)/g)].map(([, name, number]) => ({
      rank: apkSuffixes.indexOf(name ?? ''),
      number: number ?? '',
    })),
    revision: match?.[4] ?? '',
  };
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function isLetter(code: number): boolean {
  return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
}

function isRpmSeparator(code: number): boolean {
  return !isDigit(code) && !isLetter(code) && code !== 0x7e && code !== 0x5e;
}

function digitsAt(text: string, from: number): string {
  let to = from;
  while (to < text.length && isDigit(text.charCodeAt(to))) to++;
  return text.slice(from, to);
}

function lettersAt(text: string, from: number): string {
  let to = from;
  while (to < text.length && isLetter(text.charCodeAt(to))) to++;
  return text.slice(from, to);
}

/** Compares runs of digits of any length as numbers; none is zero. */
function compareDigits(a: string, b: string): Order {
  const left = a.replace(/^0+/, '');
  const right = b.replace(/^0+/, '');
  if (left.length !== right.length) return left.length < right.length ? -1 : 1;
  return compareTexts(left, right);
}

function compareTexts(a: string, b: string): Order {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
