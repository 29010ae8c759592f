// What differs between two hosts for a user space: settings and parts by their path, and calls by what a container
// gets for them.
import { type Abi, abiOfMachine, allSyscalls } from '../kernel/syscalls.ts';
import { type Answer, answerTo } from './answer.ts';
import { boundingSet } from './capabilities.ts';
import type { Offer } from './offer.ts';

/** One part that differs; undefined is unknown. */
export interface PartDifference {
  readonly part: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/** Calls that get another answer: "works → EPERM". */
export interface CallDifference {
  readonly from: string;
  readonly to: string;
  readonly calls: readonly string[];
}

/** Everything that differs. */
export interface OfferDifference {
  readonly parts: readonly PartDifference[];
  /** ABI that the calls are of; undefined when the machines have none in common. */
  readonly abi: Abi | undefined;
  readonly calls: readonly CallDifference[];
  /** Flags and arguments of one side only; undefined where the kernels have no base release in common. */
  readonly flags: { readonly from: readonly string[]; readonly to: readonly string[] } | undefined;
}

/** Told apart elsewhere, or no part of what a host offers. */
const passedOver = new Set([
  'schema',
  'name',
  'description',
  'sources',
  'unread',
  'syscalls',
  'flagsAdded',
]);

/** The leaves of an offer: "lsm.selinux" → "enforcing". Lists and resource limits are one leaf each. */
export function leavesOf(offer: Offer): ReadonlyMap<string, string> {
  const leaves = new Map<string, string>();
  const add = (path: string, value: unknown): void => {
    if (value === undefined) return;
    if (Array.isArray(value)) {
      leaves.set(
        path,
        value.every((one) => typeof one === 'string') ? value.join(' ') : JSON.stringify(value),
      );
    } else if (typeof value === 'object' && value !== null) {
      if ('soft' in value && 'hard' in value) {
        leaves.set(path, `${value.soft ?? 'unlimited'}:${value.hard ?? 'unlimited'}`);
        return;
      }
      for (const [key, member] of Object.entries(value))
        add(path === '' ? key : `${path}.${key}`, member);
    } else leaves.set(path, String(value));
  };
  for (const [key, value] of Object.entries(offer)) if (!passedOver.has(key)) add(key, value);
  const capabilities = boundingSet(offer);
  if (capabilities !== undefined) leaves.set('capabilities', [...capabilities].sort().join(' '));
  return leaves;
}

/** "works", "EPERM", "killed", "unknown". */
function wordOf(answer: Answer): string {
  return answer.outcome === 'errno' ? (answer.errno ?? 'error') : answer.outcome;
}

function compareCalls(from: Offer, to: Offer, abi: Abi): readonly CallDifference[] {
  const groups = new Map<string, { from: string; to: string; calls: string[] }>();
  for (const call of allSyscalls()) {
    if (call.since[abi] === undefined) continue;
    const before = wordOf(answerTo(from, { name: call.name, abi }));
    const after = wordOf(answerTo(to, { name: call.name, abi }));
    if (before === after) continue;
    const key = `${before} ${after}`;
    const group = groups.get(key) ?? { from: before, to: after, calls: [] };
    group.calls.push(call.name);
    groups.set(key, group);
  }
  return [...groups.values()]
    .map((group) => ({ ...group, calls: group.calls.sort() }))
    .sort((a, b) => b.calls.length - a.calls.length);
}

function onlyIn(
  one: readonly string[] | undefined,
  other: readonly string[] | undefined,
): string[] {
  const there = new Set(other ?? []);
  return (one ?? []).filter((name) => !there.has(name)).sort();
}

/** What the second host has otherwise than the first. */
export function compareOffers(from: Offer, to: Offer): OfferDifference {
  const before = leavesOf(from);
  const after = leavesOf(to);
  const paths = [...new Set([...before.keys(), ...after.keys()])];
  const abiFrom = abiOfMachine(from.machine ?? 'x86_64');
  const abi = abiFrom === abiOfMachine(to.machine ?? 'x86_64') ? abiFrom : undefined;
  return {
    parts: paths
      .filter((path) => before.get(path) !== after.get(path))
      .map((part) => ({ part, from: before.get(part), to: after.get(part) })),
    abi,
    calls: abi === undefined ? [] : compareCalls(from, to, abi),
    // What is beyond the base release compares only where the base is the same.
    flags:
      from.kernel?.base !== to.kernel?.base
        ? undefined
        : {
            from: onlyIn(from.flagsAdded, to.flagsAdded),
            to: onlyIn(to.flagsAdded, from.flagsAdded),
          },
  };
}
