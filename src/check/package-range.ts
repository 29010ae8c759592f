// Ranges of package versions, in the order of the package's own manager.
import type { Package } from '../formats/package.ts';
import {
  compareApkVersions,
  compareDpkgVersions,
  compareRpmVersions,
} from '../lib/package-version.ts';
import { orderFits, satisfies } from '../lib/version.ts';

const orders: Readonly<Partial<Record<Package['manager'], (a: string, b: string) => number>>> = {
  dpkg: compareDpkgVersions,
  rpm: compareRpmVersions,
  pacman: compareRpmVersions,
  apk: compareApkVersions,
};

/**
 * Whether a package's version lies in a range (">=7.0 <7.2 || =6.2"). A bound without an epoch leaves epochs out, as
 * upstream's numbers are what people know. Managers of languages have the order of upstream releases.
 */
export function packageSatisfies({ manager, version }: Package, range: string): boolean {
  const compare = orders[manager];
  if (compare === undefined) return satisfies(version, range);
  return range.split('||').some((alternative) => {
    const parts = [...alternative.matchAll(/(?:(>=|<=|!=|>|<|=)\s*)?(\*|\d[^\s|]*)/g)];
    return (
      parts.length > 0 &&
      parts.every(([, operator = '=', bound = '']) => holds(compare, version, operator, bound))
    );
  });
}

function holds(
  compare: (a: string, b: string) => number,
  version: string,
  operator: string,
  bound: string,
): boolean {
  if (bound === '*') return true;
  const order = compare(bound.includes(':') ? version : version.replace(/^\d+:/, ''), bound);
  return orderFits(order, operator);
}
