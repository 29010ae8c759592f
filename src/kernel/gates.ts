// What gates a call beyond its release: the kernel may be built without it, a sysctl or a boot parameter may forbid it,
// a capability may be asked for. Readable table: tables/gates.tsv.
import type { Abi } from './abi.ts';
import data from './generated/gates.json' with { type: 'json' };
import { compareReleases } from './release.ts';

/** What has to be set before the kernel does what a call asks for. */
export interface Gate {
  readonly kind: 'option' | 'sysctl' | 'boot' | 'capability';
  /** CONFIG_…, name of the sysctl, boot parameter, CAP_…. */
  readonly name: string;
  /** Values of a sysctl or parameter that block: "0", ">=1"; absent: it limits an amount, and cannot be judged alone. */
  readonly blocks?: string;
  /** What the call gets. */
  readonly errno: string;
  /** Capabilities that pass a sysctl. */
  readonly unless: readonly string[];
  /** First release with the gate. */
  readonly since?: string;
  /** First release that has it no more. */
  readonly until?: string;
  readonly effect: string;
  readonly calls: readonly string[];
  /** ABIs that it is on; empty: all. */
  readonly arches: readonly string[];
}

const rows: readonly {
  readonly kind: string;
  readonly name: string;
  readonly blocks?: string;
  readonly errno?: string;
  readonly since?: string;
  readonly until?: string;
  readonly unless: readonly string[];
  readonly arches: readonly string[];
  readonly calls: readonly string[];
  readonly effect: string;
}[] = data;

function kindOf(text: string): Gate['kind'] | undefined {
  return text === 'option' || text === 'sysctl' || text === 'boot' || text === 'capability'
    ? text
    : undefined;
}

const gates: readonly Gate[] = rows.flatMap((row) => {
  const kind = kindOf(row.kind);
  if (kind === undefined) return [];
  const { errno = 'ENOSYS', ...rest } = row;
  return [{ ...rest, errno, kind }];
});

let byCall: Map<string, Gate[]> | undefined;

function gatesByCall(): ReadonlyMap<string, readonly Gate[]> {
  if (byCall !== undefined) return byCall;
  byCall = new Map();
  for (const gate of gates) {
    for (const call of gate.calls) {
      const list = byCall.get(call);
      if (list === undefined) byCall.set(call, [gate]);
      else if (list.at(-1) !== gate) list.push(gate);
    }
  }
  return byCall;
}

/** The gates of a call on an ABI: configuration first. */
export function gatesOf(syscall: string, abi: Abi = 'x86_64'): readonly Gate[] {
  return (gatesByCall().get(syscall) ?? []).filter(
    ({ arches, name }) =>
      (arches.length === 0 || arches.includes(abi)) &&
      !(name.startsWith('CONFIG_X86_') && !['x86_64', 'i386', 'x32'].includes(abi)),
  );
}

/** Every gate. */
export function allGates(): readonly Gate[] {
  return gates;
}

/** Whether a mainline release has a gate at all. */
export function gateExists(gate: Gate, release: string): boolean {
  return (
    (gate.since === undefined || compareReleases(release, gate.since) >= 0) &&
    (gate.until === undefined || compareReleases(release, gate.until) < 0)
  );
}

/** Whether a value of a sysctl or parameter blocks; undefined when the gate limits an amount or the value is no number. */
export function gateBlocks(gate: Gate, value: string): boolean | undefined {
  const parts = /^(>=)?(\d+)$/.exec(gate.blocks ?? '');
  const number = Number(value.trim());
  if (parts === null || value.trim() === '' || Number.isNaN(number)) return undefined;
  const bound = Number(parts[2]);
  return parts[1] === undefined ? number === bound : number >= bound;
}

/** Configuration options that container engines need, by docker's own check. */
export function engineOptions(): {
  readonly required: readonly string[];
  readonly optional: readonly string[];
} {
  const named = (kind: string): readonly string[] =>
    rows.filter((row) => row.kind === kind).map((row) => row.name);
  return { required: named('required'), optional: named('optional') };
}
