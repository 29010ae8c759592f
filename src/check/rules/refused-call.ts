// What a refused call comes to: the answer of the host against what the caller does with it, in a code and in words.
import type { Answer } from '../../host/answer.ts';
import type { Offer } from '../../host/offer.ts';
import type { NeedOf, Reaction } from '../../needs/need.ts';
import type { Component, Severity } from '../finding.ts';
import type { FindingCode } from '../finding-codes.ts';
import { filterHelp, isPrivilegedFacility, isTime64 } from './syscall-words.ts';

/** A need for a system call. */
export type SyscallNeed = NeedOf<'syscall'>;

/** What the caller does with that answer. */
function reactionTo(need: SyscallNeed, answer: Answer): Reaction {
  if (answer.outcome === 'killed') return 'fails';
  const { onMissing } = need;
  switch (answer.errno) {
    case 'ENOSYS':
      return onMissing.ENOSYS ?? 'unknown';
    case 'EPERM':
    case 'EACCES':
      return onMissing.EPERM ?? 'unknown';
    case 'EINVAL':
      return onMissing.EINVAL ?? 'unknown';
    default:
      return 'unknown';
  }
}

/**
 * How bad that is; undefined where the caller falls back, 'unknown' where nobody knows what it does. Code tells that a call
 * can be made, not that it is: so a failure that only code tells of is fatal where the program itself, and no module or
 * table of functions, leads to a call that the kernel lacks, or that a filter refuses in a way which is not expected. What
 * a filter refuses on purpose, as mount, is what few programs need in order to run.
 */
export function severityOf(need: SyscallNeed, answer: Answer): Severity | undefined {
  switch (reactionTo(need, answer)) {
    case 'falls-back':
      return undefined;
    case 'fails':
      return need.fromCode !== true || stopsTheStart(need, answer) ? 'fatal' : 'degraded';
    case 'degrades':
      return 'degraded';
    default:
      return 'unknown';
  }
}

function stopsTheStart({ onStartPath, onMissing }: SyscallNeed, answer: Answer): boolean {
  if (onStartPath !== true) return false;
  if (answer.outcome === 'killed' || answer.by === 'kernel' || answer.by === 'gvisor') return true;
  return asFilter(answer) && onMissing.ENOSYS === 'falls-back';
}

/** Whether the filter speaks, or libseccomp in its place. */
export const asFilter = (answer: Answer): boolean =>
  answer.by === 'filter' || answer.by === 'libseccomp';

/** The mechanism. */
export function codeOf(need: SyscallNeed, answer: Answer, offer: Offer): FindingCode {
  if (answer.by === 'gvisor' || offer.kernel?.kind === 'gvisor') return 'PL1010';
  if (offer.kernel?.kind === 'wsl1') return 'PL1014';
  if (need.name.startsWith('io_uring')) return 'PL1015';
  if (answer.outcome === 'killed') return 'PL3004';
  if (asFilter(answer)) {
    if (isTime64(need.name)) return 'PL3011';
    if (isPrivilegedFacility(need.name)) return 'PL3003';
    return answer.errno === 'EPERM' && need.onMissing.ENOSYS === 'falls-back' ? 'PL3001' : 'PL3002';
  }
  if (answer.by === 'capability') return 'PL5006';
  return answer.by === 'configuration' || answer.by === 'sysctl' ? 'PL1005' : 'PL1004';
}

/** Whether callers, as they are named, are more than one. */
export const areMany = (who: string): boolean => / and /.test(who.replace(/\([^)]*\)/g, ''));

/** One line: who calls what and what comes of it. */
export function titleOf(need: SyscallNeed, who: string, answer: Answer, word: string): string {
  const many = areMany(who);
  const needs = many ? 'need' : 'needs';
  const calls = many ? 'call' : 'calls';
  if (answer.outcome === 'killed')
    return `${who} ${calls} ${need.name}, and the filter kills for it`;
  if (asFilter(answer))
    return need.onMissing.ENOSYS === 'falls-back' && word !== 'ENOSYS'
      ? `the filter answers ${word} to ${need.name}, where ${who} ${many ? 'wait' : 'waits'} for ENOSYS`
      : `the filter refuses ${need.name}, which ${who} ${reactionTo(need, answer) === 'unknown' ? calls : needs}`;
  if (answer.by === 'gvisor')
    return `gVisor does not implement ${need.name}, which ${who} ${needs}`;
  if (answer.by === 'configuration' || answer.by === 'sysctl')
    return `${need.name}, which ${who} ${needs}, is switched off on the host`;
  if (answer.by === 'capability')
    return `${need.name}, which ${who} ${needs}, asks for a capability that the container lacks`;
  return `the kernel lacks ${need.name}, which ${who} ${needs}`;
}

/** The fix, the safest first. */
export function helpOf(need: SyscallNeed, answer: Answer, offer: Offer): string {
  if (asFilter(answer))
    return filterHelp(
      need.name,
      offer,
      need.onMissing.ENOSYS === 'falls-back' && answer.errno !== 'ENOSYS',
    );
  switch (answer.by) {
    case 'gvisor':
      return 'run this image with runc or crun; else a newer gVisor, if it implements the call by now';
    case 'sysctl':
      return `set the sysctl on the host (${answer.why}); or switch off what uses ${need.name}`;
    case 'configuration':
      return `a kernel with the option on (${answer.why})`;
    case 'capability':
      return `--cap-add what it asks for (${answer.why}), if what runs inside is trusted`;
    default:
      return `an older release of the image that does without ${need.name}; else a host with a newer kernel`;
  }
}

/** Where the mechanism is described. */
export function referencesOf(code: FindingCode): readonly string[] {
  switch (code) {
    case 'PL3001':
    case 'PL3002':
      return [
        'https://github.com/moby/moby/issues/42680',
        'https://github.com/docker-library/official-images/issues/16829',
      ];
    case 'PL3011':
      return [
        'https://wiki.alpinelinux.org/wiki/Release_Notes_for_Alpine_3.13.0#time64_requirements',
        'https://github.com/debuerreotype/docker-debian-artifacts/issues/101',
      ];
    case 'PL3003':
      return ['https://docs.docker.com/engine/security/seccomp/'];
    case 'PL1015':
      return ['https://github.com/moby/moby/issues/47532'];
    case 'PL1010':
      return ['https://gvisor.dev/docs/user_guide/compatibility/linux/amd64/'];
    default:
      return ['https://man7.org/linux/man-pages/man2/syscalls.2.html'];
  }
}

/** Who is to change. */
export function componentOf(answer: Answer): Component {
  if (asFilter(answer)) return 'filter';
  if (answer.by === 'gvisor') return 'runtime';
  return answer.by === 'kernel' || answer.by === undefined ? 'kernel' : 'configuration';
}
