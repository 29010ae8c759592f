// What one kernel has that another lacks: calls, flags, gates. Both directions, grouped for reading.
import type { Abi } from './abi.ts';
import { allFlags, hasFlag } from './flags.ts';
import { allGates, gateExists } from './gates.ts';
import type { KernelSubject } from './kernel-subject.ts';
import { hasSyscall } from './kernel-syscalls.ts';
import { compareReleases } from './release.ts';
import { allSyscalls } from './syscalls.ts';

/** A call that one kernel has. */
export interface CallDifference {
  readonly name: string;
  /** First mainline release with it; for a call that mainline has dropped, the last is given too. */
  readonly since?: string;
  readonly last?: string;
  readonly number?: number;
  /** The kernel carries it beyond its base. */
  readonly backported: boolean;
}

export interface FlagDifference {
  readonly interface: string;
  /** What the kernel without them answers. */
  readonly answer: string;
  readonly symbols: readonly string[];
}

/** A switch that can take something away on the one kernel and does not exist on the other. */
export interface GateDifference {
  readonly kind: string;
  readonly name: string;
  readonly since: string;
  readonly calls: readonly string[];
  readonly effect: string;
}

/** What the one has and the other lacks. */
export interface Surplus {
  readonly calls: readonly CallDifference[];
  readonly flags: readonly FlagDifference[];
  readonly gates: readonly GateDifference[];
}

/** What one kernel has and the other lacks. */
export interface KernelDiff {
  readonly abi: Abi;
  readonly a: KernelSubject;
  readonly b: KernelSubject;
  readonly onlyA: Surplus;
  readonly onlyB: Surplus;
}

function surplus(one: KernelSubject, other: KernelSubject, abi: Abi): Surplus {
  const calls = allSyscalls().flatMap((facts): CallDifference[] => {
    if (hasSyscall(one, abi, facts.name) !== true) return [];
    if (hasSyscall(other, abi, facts.name) !== false) return [];
    const { [abi]: since } = facts.since;
    const { [abi]: last } = facts.last;
    const { [abi]: number } = facts.numbers;
    const backported =
      one.added.includes(facts.name) &&
      (since === undefined || compareReleases(one.base, since) < 0);
    return [
      {
        name: facts.name,
        backported,
        ...(since === undefined ? {} : { since }),
        ...(last === undefined ? {} : { last }),
        ...(number === undefined ? {} : { number }),
      },
    ];
  });
  calls.sort((x, y) => compareReleases(x.since ?? '', y.since ?? '') || (x.name < y.name ? -1 : 1));
  const flags = new Map<string, { answer: string; symbols: string[] }>();
  for (const flag of allFlags()) {
    if (hasFlag(one, flag.symbol) !== true) continue;
    if (hasFlag(other, flag.symbol) !== false) continue;
    const group = flags.get(flag.interface) ?? { answer: flag.answer, symbols: [] };
    group.symbols.push(flag.symbol);
    flags.set(flag.interface, group);
  }
  // Backports bring their sysctls with them, and no table says which: with them nothing can be said of absence.
  const uncertain = other.added.length > 0;
  const gates = allGates().flatMap((gate) => {
    const { kind, name, since, calls: gated, effect } = gate;
    if (since === undefined || (uncertain && kind === 'sysctl')) return [];
    if (!gateExists(gate, one.base) || gateExists(gate, other.base)) return [];
    return [{ kind, name, since, calls: gated, effect }];
  });
  gates.sort((x, y) => compareReleases(x.since, y.since) || (x.name < y.name ? -1 : 1));
  return {
    calls,
    flags: [...flags].map(([name, group]) => ({ interface: name, ...group })),
    gates,
  };
}

/** Compares two kernels on one ABI. What cannot be told of either is left out. */
export function diffKernels(a: KernelSubject, b: KernelSubject, abi: Abi): KernelDiff {
  return { abi, a, b, onlyA: surplus(a, b, abi), onlyB: surplus(b, a, abi) };
}
