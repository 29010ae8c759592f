// System calls: what the container gets for each call that the user space makes (src/host/answer.ts), against what
// the caller does with that answer. Many callers fall back on ENOSYS only, and old filters say EPERM.
import { type Answer, answerTo, type CallAbi } from '../../host/answer.ts';
import type { Offer } from '../../host/offer.ts';
import { abiOfMachine } from '../../kernel/abi.ts';
import { countEvidence } from '../../needs/evidence.ts';
import type { Needs } from '../../needs/need.ts';
import type { Finding, Reach, Severity } from '../finding.ts';
import { findingOf, reachOf, someOf, widestReach } from '../finding-of.ts';
import type { Rule } from '../rule.ts';
import { mainArchitecture } from './architecture.ts';
import { executionOf } from './execution.ts';
import {
  areMany,
  asFilter,
  codeOf,
  componentOf,
  helpOf,
  referencesOf,
  type SyscallNeed,
  severityOf,
  titleOf,
} from './refused-call.ts';
import { isPrivilegedFacility, syscallSymptom } from './syscall-words.ts';

interface Refusal {
  readonly need: SyscallNeed;
  readonly answer: Answer;
  /** The program that starts imports it itself. */
  readonly byStart: boolean;
}

/** System calls that the kernel lacks or the filter refuses. */
export const syscallRule: Rule = {
  id: 'syscalls',
  *run(needs, offer) {
    const abi = abiFor(needs, offer);
    if (abi === 'none') return;
    const answered = new Map<string, { readonly answer: Answer; readonly needs: SyscallNeed[] }>();
    for (const need of needs.of('syscall')) {
      const called = need.abi ?? abi;
      // Programs for another architecture that the host does not run make no calls.
      if (
        need.abi !== undefined &&
        need.abi !== 'x32' &&
        executionOf(need.abi, offer) === 'foreign'
      )
        continue;
      const key = `${need.name} ${called}`;
      const known = answered.get(key);
      if (known !== undefined) known.needs.push(need);
      else {
        const { name } = need;
        const answer = answerTo(offer, called === undefined ? { name } : { name, abi: called });
        answered.set(key, { answer, needs: [need] });
      }
    }
    const uncertain: Refusal[] = [];
    const opened = startsOutsideCode(needs);
    for (const { answer, needs: asking } of answered.values()) {
      if (answer.outcome === 'works') continue;
      if (answer.outcome === 'unknown') {
        const finding = unknownAnswer(asking, answer, offer);
        if (finding !== undefined) yield finding;
        continue;
      }
      for (const [severity, group] of bySeverity(asking, answer)) {
        if (severity === 'unknown') {
          const [telling, rest] = partition(group, (need) => !opened && tells(need, answer, needs));
          if (telling.length > 0) yield refused(telling, answer, 'degraded', offer);
          const [started, others] = partition(
            rest,
            (need) => !opened && answer.by === 'kernel' && isMadeByStart(need, needs),
          );
          // An import tells little of whether the call is ever made; a chain from the entry point tells that it can be.
          const reached = started.some(({ fromCode }) => fromCode);
          if (reached) yield { ...refused(started, answer, 'unknown', offer), worst: 'fatal' };
          const rather = reached ? others : [...started, ...others];
          uncertain.push(
            ...rather.map((need) => ({ need, answer, byStart: started.includes(need) })),
          );
        }
        if (severity !== undefined && severity !== 'unknown')
          yield refused(group, answer, severity, offer);
      }
    }
    yield* uncertainNotes(uncertain);
  },
};

/**
 * Needs by what a refusal comes to. Tables and code may speak of the same call: where one of them knows how the caller
 * copes, that the other does not know adds nothing.
 */
function bySeverity(
  asking: readonly SyscallNeed[],
  answer: Answer,
): ReadonlyMap<Severity | undefined, SyscallNeed[]> {
  const groups = Map.groupBy(asking, (need) => severityOf(need, answer));
  // Tables say more than code where they say worse.
  if (groups.has('fatal') && groups.get('degraded')?.every(({ fromCode }) => fromCode === true))
    groups.delete('degraded');
  const open = groups.get('unknown');
  if (open === undefined || groups.size === 1) return groups;
  const known = asking.filter((need) => !open.includes(need));
  const left = open.filter(({ fromCode }) => known.every((need) => need.fromCode === fromCode));
  if (left.length > 0) groups.set('unknown', left);
  else groups.delete('unknown');
  return groups;
}

/** A shell or an interpreter can make any call, and imports most; that says nothing of what it is used for. */
function startsOutsideCode(needs: Needs): boolean {
  return needs.of('unbounded').some(({ reason }) => reason === 'shell' || reason === 'interpreter');
}

/** Libraries that exist for the sake of these calls, and hand the error on to the program. */
const handedOn = /^(io_uring_setup|mbind|set_mempolicy|get_mempolicy)$/;
const handingOn = /\/lib(?:uring|numa)[^/]*\.so/;

/**
 * Whether a refused call is worth a finding though nobody knows how its caller copes: the program that starts makes
 * it, and a filter says EPERM, which few programs expect; or a library hands it on.
 */
function tells(need: SyscallNeed, answer: Answer, needs: Needs): boolean {
  if (need.onStartPath !== true) return false;
  const made = isMadeByStart(need, needs);
  const handed = need.evidence.some(({ path = '' }) => handingOn.test(path));
  if (handedOn.test(need.name) && (made || handed)) return !isOptional(needs);
  if (need.name === 'mount' && isOptional(needs)) return false;
  if (answer.by === 'capability' && isPrivilegedFacility(need.name)) return made;
  return asFilter(answer) && answer.errno === 'EPERM' && !need.name.startsWith('io_uring') && made;
}

/**
 * Servers that are linked with liburing or libnuma, but do without them unless they are configured to use them, or have
 * rules of their own (src/check/data-rules/io-uring.json).
 */
const optionalUsers = new Set(['mariadb', 'postgresql', 'qemu', 'keepalived']);

const isOptional = (needs: Needs): boolean =>
  needs
    .of('software')
    .some(({ software, onStartPath }) => onStartPath !== false && optionalUsers.has(software.name));

/** Whether the program that starts makes the call itself, not some library that it is linked with. */
function isMadeByStart({ evidence }: SyscallNeed, { userSpace }: Needs): boolean {
  const started = userSpace.start.at(-1)?.path;
  return evidence.some(({ path }) => path !== undefined && path === started);
}

function partition<T>(list: readonly T[], test: (one: T) => boolean): readonly [T[], T[]] {
  return [list.filter(test), list.filter((one) => !test(one))];
}

/** The ABI whose table counts: the image's own, or the host's where an emulator translates. 'none': it cannot run at all. */
function abiFor(needs: Needs, offer: Offer): CallAbi | 'none' | undefined {
  const main = mainArchitecture(needs);
  if (main === undefined) return undefined;
  const execution = executionOf(main.machine, offer);
  if (execution === 'foreign') return 'none';
  if (execution === 'emulated') return abiOfMachine(offer.machine ?? '');
  return main.x32 ? 'x32' : abiOfMachine(main.machine);
}

/**
 * One call that is refused, whoever makes it: those on the start path speak for the rest. What only code tells, and what is
 * not fatal, concerns a part of a program at most.
 */
function refused(
  asking: readonly SyscallNeed[],
  answer: Answer,
  severity: Severity,
  offer: Offer,
): Finding {
  const need = leading(asking);
  const code = codeOf(need, answer, offer);
  const word = answer.outcome === 'killed' ? 'killed' : (answer.errno ?? 'an error');
  const who = callers(asking);
  return findingOf({
    code,
    rule: `syscall-${need.name.replaceAll('_', '-')}`,
    severity,
    certainty: need.certainty,
    reach: widestReach(
      asking.map((each) => (severity === 'degraded' && each.fromCode ? 'file' : reachOfCall(each))),
    ),
    title: titleOf(need, who, answer, word),
    need: `${need.name}, called by ${who}${need.fallback === undefined ? '' : `; falls back to ${need.fallback}${need.onMissing.ENOSYS === 'falls-back' ? ' on ENOSYS' : ''}`}`,
    offer: { value: answer.why, source: answer.source },
    evidence: nearestFirst(asking).flatMap(({ evidence }) => evidence),
    symptom: syscallSymptom(need.name, word, need.effect),
    help: helpOf(need, answer, offer),
    references: referencesOf(code),
    component: componentOf(answer),
    calls: [need.name],
  });
}

/** What the code of the program that starts shows, then what is on its path, then the rest. */
function nearestFirst(asking: readonly SyscallNeed[]): readonly SyscallNeed[] {
  const order = ({ fromCode, onStartPath }: SyscallNeed): number =>
    fromCode === true ? 0 : onStartPath === true ? 1 : 2;
  return asking.toSorted((a, b) => order(a) - order(b));
}

/** The need that starts, else the one with the most evidence. */
function leading(asking: readonly SyscallNeed[]): SyscallNeed {
  const order = (need: SyscallNeed): number =>
    (need.onStartPath === true ? 1e9 : 0) + countEvidence(need.evidence);
  return [...asking].sort((a, b) => order(b) - order(a))[0] as SyscallNeed;
}

/** "glibc 2.36 (system, popen and 2 others)": callers without what they share. */
function callers(asking: readonly SyscallNeed[]): string {
  const sides = Map.groupBy([leading(asking), ...asking], ({ by }) =>
    by.split(' ').slice(0, 2).join(' '),
  );
  return someOf(
    [...sides].map(([side, list]) => {
      const functions = [
        ...new Set(list.flatMap(({ by }) => by.split(' ').slice(2).join(' ').split(', '))),
      ].filter((name) => name !== '');
      if (functions.length === 0) return side;
      return functions.length === 1 ? `${side} ${functions[0]}` : `${side} (${someOf(functions)})`;
    }),
  );
}

const reachOfCall = (need: SyscallNeed): Reach =>
  reachOf(need, wholeUserSpace(need) ? 'user-space' : 'file');

/** The C library's own calls concern every program. */
const wholeUserSpace = (need: SyscallNeed): boolean => /^(glibc|musl|libc)\b/i.test(need.by);

/** Only what would certainly stop it if refused is worth a question to a host that does not say. */
function unknownAnswer(
  all: readonly SyscallNeed[],
  answer: Answer,
  offer: Offer,
): Finding | undefined {
  const asking = all.filter(({ onMissing }) =>
    [onMissing.ENOSYS, onMissing.EPERM].some(
      (reaction) => reaction === 'fails' || reaction === 'degrades',
    ),
  );
  if (asking.length === 0) return undefined;
  const need = leading(asking);
  // Where no engine is named nothing can be said of its filter; one note covers it (rules/reach.ts).
  const fatal =
    !asFilter(answer) &&
    answer.by !== 'gvisor' &&
    need.onMissing.ENOSYS === 'fails' &&
    need.certainty !== 'present' &&
    (need.fromCode !== true || (need.onStartPath === true && answer.by === 'kernel'));
  const who = callers(asking);
  return findingOf({
    code: codeOf(need, answer, offer),
    rule: `syscall-${need.name.replaceAll('_', '-')}`,
    severity: 'unknown',
    worst: fatal ? 'fatal' : 'degraded',
    certainty: need.certainty,
    reach: widestReach(asking.map(reachOfCall)),
    title: `${who} ${areMany(who) ? 'need' : 'needs'} ${need.name}, and the host does not say what it answers`,
    need: `${need.name}, called by ${who}`,
    offer: {
      value: asFilter(answer)
        ? 'what its seccomp filter answers'
        : isGate(answer)
          ? answer.why
          : `whether it has ${need.name}`,
      source: answer.source,
    },
    evidence: nearestFirst(asking).flatMap(({ evidence }) => evidence),
    symptom: syscallSymptom(need.name, 'EPERM', need.effect),
    help: isGate(answer)
      ? 'check against `plimsoll host probe` of that host, which reads its configuration and settings'
      : 'name the engine and its version with the host (debian:12+docker:24.0), or check against `plimsoll host probe` of it',
    references: [],
    component: componentOf(answer),
    calls: [need.name],
  });
}

/** Whether the kernel has the call, and something that the host does not say decides whether it serves it. */
const isGate = ({ by }: Answer): boolean =>
  by === 'configuration' || by === 'sysctl' || by === 'capability';

/** Calls that are refused but whose callers may cope: one note for each way of refusing. */
function* uncertainNotes(uncertain: readonly Refusal[]): Iterable<Finding> {
  for (const [key, group] of Map.groupBy(uncertain, ({ answer }) =>
    asFilter(answer) ? 'filter' : (answer.by ?? 'kernel'),
  )) {
    const [first] = group;
    if (first === undefined) continue;
    const names = [...new Set(group.map(({ need }) => need.name))];
    const refusing =
      { filter: 'the filter refuses', gvisor: 'gVisor lacks', kernel: 'the kernel lacks' }[
        key as string
      ] ?? 'the host switches off';
    yield findingOf({
      code:
        key === 'filter'
          ? 'PL3002'
          : key === 'gvisor'
            ? 'PL1010'
            : key === 'kernel'
              ? 'PL1004'
              : 'PL1005',
      rule: `syscalls-perhaps-${key}`,
      severity: 'note',
      certainty: first.need.certainty,
      reach: group.some(({ byStart }) => byStart) ? 'start' : 'file',
      title: `${refusing} ${someOf(names, 5)}; whether the programs cope is not known`,
      need: names.join(', '),
      offer: { value: first.answer.why, source: first.answer.source },
      evidence: group.flatMap(({ need }) => need.evidence.slice(0, 2)),
      evidenceTotal: group.reduce((sum, { need }) => sum + countEvidence(need.evidence), 0),
      help: 'try these programs on that host before relying on them',
      component: componentOf(first.answer),
      calls: names,
    });
  }
}
