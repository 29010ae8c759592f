// Qualifiers that cannot stand together: the same thing said twice, two engines. Each may be right alone, so nobody can
// tell which is meant.
import { PlimsollError } from '../../diag/plimsoll-error.ts';

interface Written {
  readonly name: string;
  readonly value: string;
}

/** Qualifiers that may stand more than once, and what of their value may not. */
const repeatable: Readonly<Record<string, (value: string) => string>> = {
  'cap-add': (value) => value,
  'cap-drop': (value) => value,
  device: (value) => value,
  module: (value) => value,
  'no-module': (value) => value,
  tmpfs: (value) => value.split('=', 1)[0] ?? value,
  ulimit: (value) => value.split('=', 1)[0] ?? value,
  sysctl: (value) => value.split('=', 1)[0] ?? value,
  // One level, and features on top of it.
  cpu: (value) => (/^[+-]/.test(value) ? value.slice(1) : 'a level'),
};

const engines = new Set([
  'docker',
  'podman',
  'containerd',
  'cri-o',
  'buildah',
  'nspawn',
  'singularity',
  'engine',
  'k3s',
  'rke2',
]);

/** What a qualifier settles: two that settle the same contradict each other. */
function subjectOf({ name, value }: Written): string {
  if (engines.has(name)) return 'the engine';
  if (name === 'runc' || name === 'crun') return "the engine's runtime";
  if (name === 'module' || name === 'no-module') return `module ${value.replaceAll('-', '_')}`;
  if (name === 'cap-add' || name === 'cap-drop')
    return `capability ${value.toUpperCase().replace(/^CAP_/, '')}`;
  const part = repeatable[name]?.(value);
  return part === undefined ? name : `${name} ${part}`;
}

const written = ({ name, value }: Written): string => (value === '' ? name : `${name}:${value}`);

/** @throws PlimsollError PL0301 for two qualifiers that say the same thing differently, or twice. */
export function refuseContradictions(qualifiers: readonly Written[]): void {
  const seen = new Map<string, Written>();
  for (const one of qualifiers) {
    const subject = subjectOf(one);
    const before = seen.get(subject);
    if (before !== undefined) {
      const [first, second] = [written(before), written(one)];
      throw new PlimsollError(
        'PL0301',
        first === second
          ? `the qualifier ${first} stands there twice`
          : `${first} and ${second} both say what ${subject} is`,
        { help: 'leave one of them out' },
      );
    }
    seen.set(subject, one);
  }
}
