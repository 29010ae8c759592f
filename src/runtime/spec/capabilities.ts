// The capabilities of a container: docker's default set, what is added and dropped, and which sets of the process they
// go to. A process that is not root gets them bounding only, as docker and podman do it: what it was given by --cap-add
// podman also makes ambient, docker does not.
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { allCapabilities, dockerCapabilities } from '../../host/capabilities.ts';
import { nearestNames } from '../../lib/nearest.ts';
import type { SpecCapabilities } from '../spec.ts';

/** What was asked. */
export interface CapabilityChoices {
  readonly capAdd: readonly string[];
  readonly capDrop: readonly string[];
  readonly privileged: boolean;
  /** Those that this process can hand on at all (its bounding set): more would be refused by the kernel. */
  readonly available: ReadonlySet<string>;
  readonly uid: number;
}

/** CAP_NET_ADMIN of net_admin, NET_ADMIN or CAP_NET_ADMIN; 'ALL' of all. */
function fullName(text: string): string {
  const upper = text.toUpperCase();
  if (upper === 'ALL' || upper === 'CAP_ALL') return 'ALL';
  const name = upper.startsWith('CAP_') ? upper : `CAP_${upper}`;
  if (allCapabilities.includes(name)) return name;
  const [near] = nearestNames(name, allCapabilities);
  throw new PlimsollError('PL0802', `there is no capability ${text}`, {
    help:
      near === undefined
        ? 'capabilities(7) lists them: NET_ADMIN, SYS_PTRACE, ALL …'
        : `did you mean ${near.slice(4)}?`,
  });
}

/**
 * Names of the capabilities that the container may have at most, in the order of their numbers.
 * @throws PlimsollError PL0802 for a name that is none
 */
export function capabilitiesOf({
  capAdd,
  capDrop,
  privileged,
  available,
}: Omit<CapabilityChoices, 'uid'>): readonly string[] {
  const added = capAdd.map(fullName);
  const dropped = capDrop.map(fullName);
  const everything = privileged || added.includes('ALL');
  const basis = everything ? allCapabilities : dropped.includes('ALL') ? [] : dockerCapabilities;
  const wanted = new Set(basis.filter((name) => privileged || !dropped.includes(name)));
  // What is added and dropped by name is added, as docker has it.
  if (!everything) for (const name of added) wanted.add(name);
  return allCapabilities.filter((name) => wanted.has(name) && available.has(name));
}

/** What the first process gets. @throws PlimsollError PL0802 */
export function capabilitySets(choices: CapabilityChoices): SpecCapabilities {
  const bounding = capabilitiesOf(choices);
  const own = choices.uid === 0 ? bounding : [];
  return { bounding, effective: own, permitted: own, inheritable: [], ambient: [] };
}
