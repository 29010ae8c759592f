// What the code of a target's programs was found to call, as needs beside those that packages and imports tell.
import type { Diagnostic } from '../../diag/diagnostic.ts';
import { baseName } from '../../lib/path.ts';
import { makeNeeds } from '../make-needs.ts';
import type { DerivedValues, NeedOf, Needs, Reaction } from '../need.ts';
import type { Evidence, UserSpace } from '../user-space.ts';
import type { MissingReaction } from './reaction/reaction.ts';
import type { CallEvidence, ReportedCall, SyscallsReport } from './syscall-report.ts';

const libcOrLoader = /\/(?:libc[.-][^/]*|ld-[^/]*)$/;
const maxSteps = 6;

/** The needs with those of the code. */
export function withCode(needs: Needs, report: SyscallsReport): Needs {
  const { start } = needs.userSpace;
  // As it is started: the file's own name can be another, behind a link.
  const nameOf = (path: string): string =>
    start.find((step) => step.path === path)?.argv[0] ?? path;
  const started = new Set(start.map(({ path }) => path));
  const found = report.syscalls.flatMap((call) => needsOfCall(call, report, nameOf, started));
  const { derived } = needs;
  return makeNeeds(
    withProblem(needs.userSpace, leftOut(report)),
    [...needs.all, ...found],
    derived === undefined ? undefined : apart(derived),
  );
}

/** Files whose code was not read because there is too much of it, as a problem of the target. */
function leftOut({ unresolved }: SyscallsReport): Diagnostic | undefined {
  const files = [
    ...new Set(
      unresolved.flatMap(({ kind, detail }) => (kind === 'file-left-out' ? [detail] : [])),
    ),
  ];
  const [first] = files;
  if (first === undefined) return undefined;
  const more = files.length > 1 ? ` and ${files.length - 1} more` : '';
  return {
    code: 'PL0107',
    severity: 'warning',
    message: `the code of ${first}${more} was not read, there is much of it: --deep reads all`,
  };
}

function withProblem(userSpace: UserSpace, problem: Diagnostic | undefined): UserSpace {
  if (problem === undefined) return userSpace;
  return { ...userSpace, problems: [...userSpace.problems, problem] };
}

/** What rules find with the code's needs is kept apart from what they find without. */
function apart({ get, put }: DerivedValues): DerivedValues {
  return {
    get: (name) => get(`code/${name}`),
    put: (name, value) => put(`code/${name}`, value),
  };
}

/** One need for each program that makes the call. */
function needsOfCall(
  call: ReportedCall,
  report: SyscallsReport,
  nameOf: (path: string) => string,
  started: ReadonlySet<string | undefined>,
): NeedOf<'syscall'>[] {
  if (call.name.includes(' ')) return [];
  const byProgram = Map.groupBy(call.evidence, ({ program }) => program);
  return [...byProgram].map(([program, evidence]) => ({
    kind: 'syscall',
    name: call.name,
    ...(call.abi === report.abi ? {} : { abi: call.abi }),
    by: nameOf(program),
    onMissing: forNeed(call.onMissing),
    ...(call.fallback === undefined ? {} : { fallback: call.fallback }),
    effect: `${nameOf(program)} gets the errno in ${asking(evidence[0])}`,
    fromCode: true,
    certainty: 'reachable',
    evidence: evidence.map((each) => evidenceOf(each, nameOf(program))),
    onStartPath: started.has(program) && evidence.some(({ onRequest }) => onRequest !== true),
  }));
}

/** An error that changes nothing asks nothing of a host, as little as one that another way is taken on. */
function forNeed(onMissing: ReportedCall['onMissing']): NeedOf<'syscall'>['onMissing'] {
  const word = (reaction: MissingReaction): Reaction =>
    reaction === 'ignores' ? 'falls-back' : reaction;
  return {
    ENOSYS: word(onMissing.ENOSYS),
    EPERM: word(onMissing.EPERM),
    EINVAL: word(onMissing.EINVAL),
  };
}

/** The last function on the way that is not the C library's: who asks for the call. */
function lastOwn({ chain }: CallEvidence): CallEvidence['chain'][number] | undefined {
  return chain.findLast(({ path }) => !libcOrLoader.test(path)) ?? chain.at(-1);
}

function asking(evidence: CallEvidence | undefined): string {
  const step = evidence === undefined ? undefined : lastOwn(evidence);
  return step === undefined ? 'its code' : `${step.function} (${baseName(step.path)})`;
}

function evidenceOf(evidence: CallEvidence, program: string): Evidence {
  const { path, root, chain, address } = evidence;
  const step = lastOwn(evidence);
  const steps = chain.map((each) => each.function);
  const shown = steps.length > maxSteps ? ['…', ...steps.slice(-maxSteps)] : steps;
  return {
    path: step?.path ?? path,
    ...(step === undefined ? {} : { function: step.function }),
    detail: `${baseName(program)}: ${root} → ${shown.join(' → ')} → system call at ${address} of ${baseName(path)}`,
  };
}
