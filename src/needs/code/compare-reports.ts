// What changed between two versions of a target: calls that came and went, with the chains that lead to them, and calls
// whose absence is now met otherwise.
import type { ReportedCall, ReportedPath, SyscallsReport } from './syscall-report.ts';

/** A call of both versions that does something else when it is missing. */
export interface ChangedCall {
  readonly name: string;
  readonly number: number;
  readonly abi: ReportedCall['abi'];
  readonly before: ReportedCall['onMissing'];
  readonly after: ReportedCall['onMissing'];
}

export interface SyscallsDifference {
  readonly schema: 'plimsoll.syscalls-difference/1';
  readonly before: string;
  readonly after: string;
  readonly added: readonly ReportedCall[];
  readonly removed: readonly ReportedCall[];
  readonly changed: readonly ChangedCall[];
  /** Paths below /proc, /sys and /dev. */
  readonly paths: {
    readonly added: readonly ReportedPath[];
    readonly removed: readonly ReportedPath[];
  };
  /** Steps that are not solved: with more of them, a call may be there and not seen. */
  readonly unresolved: { readonly before: number; readonly after: number };
}

const keyOf = ({ abi, number }: ReportedCall): string => `${abi} ${number}`;

/** Compares two reports. */
export function compareReports(before: SyscallsReport, after: SyscallsReport): SyscallsDifference {
  const old = new Map(before.syscalls.map((call) => [keyOf(call), call]));
  const now = new Map(after.syscalls.map((call) => [keyOf(call), call]));
  return {
    schema: 'plimsoll.syscalls-difference/1',
    before: before.target,
    after: after.target,
    added: after.syscalls.filter((call) => !old.has(keyOf(call))),
    removed: before.syscalls.filter((call) => !now.has(keyOf(call))),
    changed: after.syscalls.flatMap((call): ChangedCall[] => {
      const earlier = old.get(keyOf(call));
      if (earlier === undefined || sameReactions(earlier, call)) return [];
      const { name, number, abi } = call;
      return [{ name, number, abi, before: earlier.onMissing, after: call.onMissing }];
    }),
    paths: {
      added: without(after.paths, before.paths),
      removed: without(before.paths, after.paths),
    },
    unresolved: { before: before.unresolved.length, after: after.unresolved.length },
  };
}

const sameReactions = (a: ReportedCall, b: ReportedCall): boolean =>
  a.onMissing.ENOSYS === b.onMissing.ENOSYS &&
  a.onMissing.EPERM === b.onMissing.EPERM &&
  a.onMissing.EINVAL === b.onMissing.EINVAL;

function without(all: readonly ReportedPath[], others: readonly ReportedPath[]): ReportedPath[] {
  const known = new Set(others.map(({ path }) => path));
  return all.filter(({ path }) => !known.has(path));
}
