// A host in short, so that its story fits one screen: what belongs together in one row, what says nothing left out, and
// what is not known said. `--verbose` shows the rest.
import { leavesOf } from '../host/compare-offers.ts';
import type { Offer } from '../host/offer.ts';

/** A row: path of the part that its source stands under, label, value. */
export type StoryRow = readonly [path: string, label: string, value: string];

/** Parts told in one row each: "engine" takes engine.name, engine.version … */
const together = ['kernel', 'namespaces', 'lsm', 'storage', 'engine', 'limits', 'cpu'] as const;

/** Parts that repeat what stands elsewhere: in the headline or in another row. */
const repeated = new Set(['kernel.kind', 'kernel.base', 'engine.libseccomp', 'distribution.id']);

/** Parts that rules ask for, by the words that people know them by. */
const asked: readonly (readonly [string, (offer: Offer) => unknown])[] = [
  ['kernel', ({ kernel }) => kernel?.release ?? kernel?.base],
  ['kernel configuration', ({ kernel }) => kernel?.config],
  ['processor', ({ cpu }) => cpu?.level ?? cpu?.features],
  ['page size', ({ pageSize }) => pageSize],
  ['vsyscall page', ({ machine, vsyscall }) => (machine === 'x86_64' ? vsyscall : true)],
  ['32-bit programs', ({ machine, ia32 }) => (machine === 'x86_64' ? ia32 : true)],
  ['SELinux', ({ lsm }) => lsm?.selinux],
  ['AppArmor', ({ lsm }) => lsm?.apparmor],
  ['AppArmor profiles', ({ lsm }) => lsm?.apparmor === false || lsm?.apparmorProfiles],
  ['control groups', ({ cgroup }) => cgroup?.version],
  ['engine', ({ engine }) => engine],
  ['libseccomp', ({ engine, libseccomp }) => engine?.libseccomp ?? libseccomp],
  ['runtime', ({ engine }) => engine === undefined || engine.runtime],
  ['open files limit', ({ limits }) => limits?.['nofile']],
  ['locked memory limit', ({ limits }) => limits?.['memlock']],
  ['modules loaded', ({ modules }) => modules],
  ['devices', ({ devices }) => devices],
  ['resolver', ({ resolver }) => resolver],
];

/** What rules may ask for and this host does not say. */
export function notKnown(offer: Offer): readonly string[] {
  return asked.filter(([, of]) => of(offer) === undefined).map(([name]) => name);
}

/** "docker 1.13.1" for { name, version }; "dType true" for others. */
function clause(path: string, value: string): string {
  const key = path.slice(path.indexOf('.') + 1);
  const short = key.replace(/\.version$/, '').replace(/\.name$/, '');
  return key === 'name' || key === 'version' || key === 'release' ? value : `${short} ${value}`;
}

/** Rows of a host in short; settings and folded tables are not among them. */
export function storyOf(
  offer: Offer,
  leaves: ReadonlyMap<string, string> = leavesOf(offer),
): readonly StoryRow[] {
  const rows: StoryRow[] = [];
  const seen = new Set<string>();
  const runtime = offer.engine?.runtime;
  for (const [path, value] of leaves) {
    if (repeated.has(path) || path.startsWith('sysctls.')) continue;
    const group = together.find((name) => path.startsWith(`${name}.`));
    // A folded table ("182 configuration options") stays a row of its own.
    if (group === undefined || path === 'kernel.config') {
      const capabilities = path === 'capabilities';
      const text = capabilities ? value.replaceAll('CAP_', '') : value;
      rows.push([path, path, text]);
      continue;
    }
    if (seen.has(group)) continue;
    seen.add(group);
    const below = [...leaves].filter(
      ([other]) =>
        other.startsWith(`${group}.`) &&
        other !== 'kernel.config' &&
        !other.startsWith('engine.runtime.') &&
        !repeated.has(other),
    );
    const clauses = below.map(([other, one]) => clause(other, one === '' ? 'none' : one));
    const run = group === 'engine' && runtime !== undefined;
    if (run) clauses.splice(1, 0, [runtime.name, runtime.version].filter(Boolean).join(' '));
    if (group === 'engine' && offer.engine?.version !== undefined) {
      const [name = '', ...rest] = clauses;
      const version = rest.find((one) => one === offer.engine?.version);
      rows.push([
        path,
        group,
        [`${name} ${version ?? ''}`.trim(), ...rest.filter((one) => one !== version)].join(', '),
      ]);
    } else rows.push([below[0]?.[0] ?? group, group, clauses.join(', ')]);
  }
  return rows;
}
