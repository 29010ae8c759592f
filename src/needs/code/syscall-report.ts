// What `plimsoll syscalls` tells: the calls that programs can make, with the chain of functions that leads to each,
// the arguments that were solved, what is known to happen when a call is missing, and everything that stayed open.

import type { Abi } from '../../kernel/abi.ts';
import { argumentName } from '../../kernel/argument-names.ts';
import { syscallNumbered } from '../../kernel/syscalls.ts';
import { watchedArguments } from './file/call-arguments.ts';
import { abiOfSite } from './file/summary.ts';
import type { Place, Reach } from './program/link.ts';
import type { FoundCall } from './program/link-sites.ts';
import type { LinkedProgram, StartedBy } from './program/program-files.ts';
import type { CallReactions, ReactionPlace } from './reaction/reaction.ts';
import { joinReactions, programReactions } from './reaction/reaction-program.ts';

/** One function on the way to a call. */
export interface ChainStep {
  readonly path: string;
  /** Its symbol, or its address where it has none. */
  readonly function: string;
}

export interface CallEvidence {
  /** The program that was started. */
  readonly program: string;
  /** The file that holds the function, the function, and the address of the instruction there. */
  readonly path: string;
  readonly function: string;
  readonly address: string;
  /** From where the program starts to that function. */
  readonly chain: readonly ChainStep[];
  /** Why the first of the chain runs. */
  readonly root: string;
  /**
   * The chain goes through a table of functions, or begins in a module that a rule loads: whether it is ever gone depends
   * on what the program is asked to do.
   */
  readonly onRequest?: true;
}

export interface ReportedCall {
  readonly name: string;
  readonly number: number;
  /** i386: by int 0x80, with the numbers of that ABI. */
  readonly abi: Abi;
  readonly certainty: 'reachable';
  readonly onMissing: CallReactions['onMissing'];
  /** What is done instead, on ENOSYS, where the code or a table tells. */
  readonly fallback?: string;
  /** Where onMissing is from: the code, or what is known of the C library. */
  readonly onMissingFrom: CallReactions['from'];
  /** The places of the code that decide what happens on an error. */
  readonly reactions: readonly ReactionPlace[];
  /** By name of the argument: the numbers solved, and whether those are all. */
  readonly arguments: Readonly<
    Record<
      string,
      {
        readonly values: readonly number[];
        /** What they mean, in their order: "TCGETS", "O_RDONLY|O_CLOEXEC"; numbers where no name is known. */
        readonly names: readonly string[];
        readonly complete: boolean;
      }
    >
  >;
  readonly evidence: readonly CallEvidence[];
}

export interface UnresolvedStep {
  readonly kind: string;
  readonly program: string;
  readonly path?: string;
  readonly function?: string;
  readonly address?: string;
  readonly detail: string;
}

export interface ReportedProgram {
  readonly path: string;
  /** The program that starts it and what says so; absent for what the target itself starts. */
  readonly startedBy?: StartedBy;
  /** What is loaded with it. */
  readonly files: readonly string[];
  /** Names of its own calls; those of the i386 ABI as "i386:NAME". */
  readonly syscalls: readonly string[];
}

export interface ReportedPath {
  /** As it stands in the code: "%d" and the like may be in it. */
  readonly path: string;
  /** Files whose reached code names it. */
  readonly files: readonly string[];
}

export interface SyscallsReport {
  readonly schema: 'plimsoll.syscalls/1';
  readonly target: string;
  /** Of the programs; calls can be those of another (`i386`). */
  readonly abi: Abi;
  readonly programs: readonly ReportedProgram[];
  /** Paths below /proc, /sys and /dev that reached code names. */
  readonly paths: readonly ReportedPath[];
  readonly unresolved: readonly UnresolvedStep[];
  readonly syscalls: readonly ReportedCall[];
}

const maxEvidence = 8;
/** Of programs that others start. */
const maxStartedEvidence = 1;
const maxChain = 64;

/** A number that has no name: small ones as people count, others as bits. */
const shown = (value: number): string => (value > 9 ? `0x${value.toString(16)}` : String(value));

const hex = (address: number): string => `0x${address.toString(16)}`;

/** Joins what was found for each program of a target. */
export function syscallsReport(
  target: string,
  programs: readonly LinkedProgram[],
  steps: readonly UnresolvedStep[] = [],
): SyscallsReport {
  const calls = new Map<string, ReportedCall>();
  for (const linked of programs) {
    const reactions = programReactions(linked);
    for (const call of linked.collected.calls.values())
      addCall(calls, linked, call, reactions(call));
  }
  return {
    schema: 'plimsoll.syscalls/1',
    target,
    abi: programs[0]?.files[0]?.summary.machine ?? 'x86_64',
    programs: programs.map(programOf),
    paths: kernelPaths(programs),
    unresolved: [...steps, ...programs.flatMap(unresolvedOf)],
    syscalls: [...calls.values()].sort((a, b) => a.name.localeCompare(b.name)),
  };
}

/** A call's ABI and name. */
function named({ files }: LinkedProgram, { via, number }: FoundCall): { abi: Abi; name: string } {
  const abi = abiOfSite(via, files[0]?.summary.machine ?? 'x86_64');
  return { abi, name: syscallNumbered(abi, number)?.name ?? `number ${number}` };
}

function programOf(linked: LinkedProgram): ReportedProgram {
  const { program, files, startedBy, collected } = linked;
  const calls = [...collected.calls.values()].map((call) => {
    const { abi, name } = named(linked, call);
    return call.via === 'native' ? name : `${abi}:${name}`;
  });
  return {
    path: program.path,
    ...(startedBy === undefined ? {} : { startedBy }),
    files: files.map(({ path }) => path),
    syscalls: calls.sort(),
  };
}

/** Paths of the kernel's own file systems; those that every container has and that ask nothing of a host are left out. */
const kernelPath = /^\/(?:proc|sys|dev)\/./;
const quietPath = /^\/dev\/(?:null|zero|full|u?random|tty|stdin|stdout|stderr|fd)(?:\/|$)/;

function kernelPaths(programs: readonly LinkedProgram[]): ReportedPath[] {
  const found = new Map<string, Set<string>>();
  for (const { reached } of programs) {
    for (const { file, index } of reached.functions) {
      const { summary, path = '' } = reached.files[file] ?? {};
      for (const text of summary?.paths[index] ?? []) {
        if (!kernelPath.test(text) || quietPath.test(text)) continue;
        found.set(text, (found.get(text) ?? new Set()).add(path));
      }
    }
  }
  return [...found]
    .map(([path, files]) => ({ path, files: [...files].sort() }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

function addCall(
  calls: Map<string, ReportedCall>,
  linked: LinkedProgram,
  call: FoundCall,
  own: CallReactions,
): void {
  const { abi, name } = named(linked, call);
  const key = `${abi} ${call.number}`;
  const before = calls.get(key);
  const most = linked.startedBy === undefined ? maxEvidence : maxStartedEvidence;
  const evidence = call.at.slice(0, most).map((at) => evidenceOf(linked, at));
  const { onMissing, fallback, from, places } =
    before === undefined ? own : joinReactions(reactionsIn(before), own);
  calls.set(key, {
    name,
    number: call.number,
    abi,
    certainty: 'reachable',
    onMissing,
    ...(fallback === undefined ? {} : { fallback }),
    onMissingFrom: from,
    reactions: places,
    arguments: { ...before?.arguments, ...argumentsOf(abi, name, call, before) },
    evidence: [...(before?.evidence ?? []), ...evidence],
  });
}

function reactionsIn({
  onMissing,
  fallback,
  onMissingFrom,
  reactions,
}: ReportedCall): CallReactions {
  return {
    onMissing,
    ...(fallback === undefined ? {} : { fallback }),
    from: onMissingFrom,
    places: reactions,
  };
}

function argumentsOf(
  abi: Abi,
  name: string,
  call: FoundCall,
  before: ReportedCall | undefined,
): ReportedCall['arguments'] {
  const told: Record<string, ReportedCall['arguments'][string]> = {};
  for (const [position, label] of Object.entries(watchedArguments[name] ?? {})) {
    const found = call.arguments.get(Number(position));
    if (found === undefined) continue;
    const known = before?.arguments[label];
    const values = [...new Set([...(known?.values ?? []), ...found.numbers])].sort((a, b) => a - b);
    told[label] = {
      values,
      names: values.map((value) => argumentName(abi, name, label, value) ?? shown(value)),
      complete: !found.isPartial && known?.complete !== false,
    };
  }
  return told;
}

/** The name of a function: its symbol, or the address that a disassembler shows. */
function nameOf(reached: Reach, { file, index }: Place): string {
  const summary = reached.files[file]?.summary;
  return summary?.names[index] ?? hex(summary?.starts[index] ?? 0);
}

function evidenceOf(
  { program, reached }: LinkedProgram,
  at: Place & { readonly address: number },
): CallEvidence {
  const chain: ChainStep[] = [];
  let root = '';
  let onRequest = false;
  let place: Place | undefined = at;
  while (place !== undefined && chain.length < maxChain) {
    const path = reached.files[place.file]?.path ?? '';
    // A table of addresses is on the way, but has no name.
    if (place.kind === 'function') chain.unshift({ path, function: nameOf(reached, place) });
    if (place.kind === 'object' || reached.files[place.file]?.role === 'opened') onRequest = true;
    const cause: { readonly from?: Place; readonly why: string } = reached.causeOf(place);
    root = cause.why;
    place = cause.from;
  }
  return {
    program: program.path,
    path: reached.files[at.file]?.path ?? '',
    function: nameOf(reached, at),
    address: hex(at.address),
    chain,
    root,
    ...(onRequest ? { onRequest } : {}),
  };
}

function unresolvedOf(linked: LinkedProgram): UnresolvedStep[] {
  const { reached, collected, openEnds, program } = linked;
  return [
    ...collected.unsolved.map(({ kind, place, address, detail }) => ({
      kind,
      program: program.path,
      path: reached.files[place.file]?.path ?? '',
      function: nameOf(reached, place),
      address: hex(address),
      detail,
    })),
    ...openEnds.map(({ kind, detail }) => ({ kind, program: program.path, detail })),
  ];
}
