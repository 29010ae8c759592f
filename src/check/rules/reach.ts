// What the analysis itself cannot see: code that comes from outside the image, tools that go beside the system call
// layer, parts that could not be read, and a host that does not name what would decide.
import type { Diagnostic } from '../../diag/diagnostic.ts';
import type { Offer } from '../../host/offer.ts';
import type { NeedOf, Needs } from '../../needs/need.ts';
import type { Evidence } from '../../needs/user-space.ts';
import type { Finding } from '../finding.ts';
import { findingOf, offered, reachOf, someOf } from '../finding-of.ts';
import type { Rule } from '../rule.ts';

/** What the analysis cannot see. */
export const reachRule: Rule = {
  id: 'reach',
  *run(needs, offer) {
    if (needs.of('unbounded').some((need) => need.reason === 'nothing-to-run')) {
      yield nothingToRun(needs, offer);
      return;
    }
    const unbounded = needs.of('unbounded').filter((need) => need.reason !== 'incomplete');
    if (unbounded.length > 0) yield outsideCode(unbounded, offer);
    const incomplete = needs.of('unbounded').filter((need) => need.reason === 'incomplete');
    if (incomplete.length > 0 || needs.userSpace.problems.length > 0)
      yield notAnalysed(incomplete, needs, offer);
    const tools = needs.of('privileged-tool');
    if (tools.length > 0) yield privilegedTools(tools, offer);
    const outside = librariesOutside(needs, offer);
    if (outside !== undefined) yield outside;
    const silent = engineNotNamed(needs, offer);
    if (silent !== undefined) yield silent;
  },
};

const reasons = {
  shell: 'it starts a shell',
  interpreter: 'it starts an interpreter',
  'nothing-to-run': 'there is nothing in it that could run',
  'no-entrypoint': 'nothing says what will be started in it',
  incomplete: 'a part could not be analysed',
} as const;

function nothingToRun(needs: Needs, offer: Offer): Finding {
  const { tree } = needs.userSpace;
  const [top] = tree.list('/');
  return findingOf({
    code: 'PL7003',
    rule: 'nothing-to-run',
    severity: 'unknown',
    worst: 'fatal',
    certainty: 'declared',
    reach: 'user-space',
    title: `there is nothing in it that could run: ${top === undefined ? 'it is empty' : 'no program, no script, no package'}`,
    need: 'what the programs that will be added ask for',
    offer: offered(offer, 'name', 'not compared'),
    evidence: needs.userSpace.problems.map(problemEvidence),
    help: 'give the root of a user space, the directory that has usr and etc in it; if it is one, look whether it could be read',
    references: ['https://github.com/opencontainers/image-spec/blob/main/layer.md'],
    component: 'image',
  });
}

function problemEvidence({ message, at }: Diagnostic): Evidence {
  return {
    detail: message,
    ...(at?.path === undefined ? {} : { path: at.path }),
    ...(at?.layer === undefined ? {} : { layer: at.layer }),
  };
}

/** Directories whose files are what a user space runs. */
const programFolders = /^\/(?:$|(?:usr|opt|app|bin|sbin|lib\w*)(?:\/|$))/;

/** Whether what could not be read or understood starts, or may hold what starts. */
function decides({ code, at }: Diagnostic, { userSpace }: Needs): boolean {
  const path = at?.path;
  if (path === undefined) return false;
  if (code === 'PL0103' && userSpace.tree.stat(path)?.type === 'directory')
    return programFolders.test(path);
  return (
    (code === 'PL0103' || code === 'PL0201') && userSpace.start.some((step) => step.path === path)
  );
}

function outsideCode(needs: readonly NeedOf<'unbounded'>[], offer: Offer): Finding {
  const [first] = needs;
  const reason = first?.reason ?? 'shell';
  const who = reason === 'no-entrypoint' ? '' : ` (${first?.who ?? ''})`;
  return findingOf({
    code: 'PL7001',
    rule: 'unbounded-code',
    severity: 'note',
    certainty: 'declared',
    reach: reason === 'no-entrypoint' ? 'user-space' : 'start',
    title: `${reasons[reason]}${who}: what runs is decided outside the files that were looked at`,
    need: 'whatever is typed or mounted at run time',
    offer: offered(offer, 'name', 'not bounded by the image'),
    evidence: needs.flatMap((need) => need.evidence),
    help: 'check an image whose entrypoint is the program itself; for scripts from outside, test them on that host',
    references: [
      'https://docs.docker.com/reference/dockerfile/#understand-how-cmd-and-entrypoint-interact',
    ],
    component: 'image',
  });
}

/** A single file as target says nothing of the loader and libraries that it starts with. */
function librariesOutside(needs: Needs, offer: Offer): Finding | undefined {
  const { target, elves } = needs.userSpace;
  const [file] = elves;
  if (target.kind !== 'elf' || file === undefined) return undefined;
  const { interpreter, needed } = file.facts;
  const names = [...(interpreter === undefined ? [] : [interpreter]), ...needed];
  if (names.length === 0) return undefined;
  return findingOf({
    code: 'PL7001',
    rule: 'libraries-outside-target',
    severity: 'note',
    certainty: 'declared',
    reach: 'start',
    title: `its loader and libraries are not part of the target: ${someOf(names)}`,
    need: 'what the loader and the libraries ask for',
    offer: offered(offer, 'name', 'not compared'),
    evidence: [{ path: file.path, detail: `starts with ${names.join(', ')}` }],
    help: 'check the image or the root file system that the program runs in',
    references: [
      'https://docs.docker.com/reference/dockerfile/#understand-how-cmd-and-entrypoint-interact',
    ],
    component: 'image',
  });
}

function notAnalysed(
  incomplete: readonly NeedOf<'unbounded'>[],
  needs: Needs,
  offer: Offer,
): Finding {
  const deciding = needs.userSpace.problems.filter((problem) => decides(problem, needs));
  const problems = [
    ...deciding,
    ...needs.userSpace.problems.filter((problem) => !deciding.includes(problem)),
  ];
  const places = [
    ...(problems.length > 0 ? [] : incomplete.map((need) => need.who)),
    ...problems.map(({ at, message }) => at?.path ?? message),
  ];
  return findingOf({
    code: 'PL7003',
    rule: 'not-analysed',
    ...(deciding.length > 0
      ? { severity: 'unknown' as const, worst: 'fatal' as const }
      : { severity: 'note' as const }),
    certainty: 'declared',
    reach: 'user-space',
    title: `could not be analysed: ${someOf(places)}`,
    need: 'what these parts ask for is not known',
    offer: offered(offer, 'name', 'not compared'),
    evidence: [...incomplete.flatMap((need) => need.evidence), ...problems.map(problemEvidence)],
    help: problems.some(({ code }) => code === 'PL0103')
      ? 'run the check as a user who may read all of it'
      : 'see the problems listed with the target; a damaged file should be built or downloaded again',
    references: ['https://github.com/opencontainers/image-spec/blob/main/layer.md'],
    component: 'image',
  });
}

function privilegedTools(tools: readonly NeedOf<'privileged-tool'>[], offer: Offer): Finding {
  const started = tools.filter((tool) => tool.onStartPath === true);
  const named = started.length > 0 ? started : tools;
  return findingOf({
    code: 'PL7002',
    rule: 'privileged-tools',
    severity: 'note',
    certainty: 'declared',
    reach: started.length > 0 ? 'start' : (named.map((tool) => reachOf(tool))[0] ?? 'file'),
    title: `${someOf(named.map(({ tool }) => tool))} ${named.length === 1 ? 'goes' : 'go'} beside the system call layer: ${someOf(
      named.map(({ goesBeside }) => goesBeside),
      2,
    )}`,
    need: someOf(
      tools.map(({ tool, goesBeside }) => `${tool}: ${goesBeside}`),
      6,
    ),
    offer: offered(
      offer,
      'kernel',
      'depends on capabilities, modules and kernel internals that a check of calls does not cover',
    ),
    evidence: tools.flatMap((tool) => tool.evidence),
    help: 'try these tools on that host with the capabilities that they will have there',
    references: ['https://man7.org/linux/man-pages/man7/capabilities.7.html'],
    component: 'image',
  });
}

/** Without an engine nothing is known of the seccomp filter, which is what new C libraries most often fail on. */
function engineNotNamed(needs: Needs, offer: Offer): Finding | undefined {
  if (offer.engine !== undefined || offer.kernel?.kind === 'gvisor') return undefined;
  const calls = needs
    .of('syscall')
    .filter(({ onMissing }) => onMissing.EPERM === 'fails' || onMissing.EPERM === 'degrades');
  const names = [...new Set(calls.map(({ name }) => name))];
  if (names.length === 0) return undefined;
  return findingOf({
    code: 'PL7004',
    rule: 'engine-not-named',
    severity: 'note',
    certainty: 'declared',
    reach: 'user-space',
    title:
      "the host does not name its container engine, so nothing is known of the engine's filter",
    need: `a filter that allows ${someOf(names, 6)} or answers ENOSYS`,
    offer: offered(offer, 'engine', 'engine not stated'),
    evidence: calls.flatMap((need) => need.evidence.slice(0, 1)),
    help: 'name the engine and its version with the host: debian:12+docker:24.0',
    references: ['https://docs.docker.com/engine/security/seccomp/'],
    component: 'engine',
  });
}
