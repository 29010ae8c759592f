// The needs of two user spaces compared by what is asked of the host, whoever asks: that another version of the C library
// asks for the same call is no difference.
import type { Need } from '../need.ts';

/** A need that only one of the two has. */
export interface NeedChange {
  readonly change: 'came' | 'went';
  readonly kind: Need['kind'];
  /** What is asked for, in a few words. */
  readonly what: string;
  /** Who asks, or where that was seen. */
  readonly by?: string;
}

/** What a need asks for, in a few words: the same for all who ask for it. Undefined where it asks nothing of a host. */
export function wantedBy(need: Need): string | undefined {
  switch (need.kind) {
    case 'architecture':
      return `${need.machine} programs of ${need.bits} bits`;
    case 'kernel':
      return `Linux ${need.minimum}`;
    case 'cpu-level':
      return `processors of ${need.level}`;
    case 'cpu-feature':
      return `the processor feature ${need.feature}`;
    case 'page-size':
      return `pages of at most ${need.maximum} bytes`;
    case 'interpreter':
      return need.present ? undefined : `the loader ${need.path}, which is missing`;
    case 'library':
      return `the library ${need.name}${need.version === undefined ? '' : ` with ${need.version}`}, which is missing`;
    case 'executable-stack':
      return `an executable stack for ${need.path}`;
    case 'syscall':
      return `the system call ${need.name}${need.abi === undefined ? '' : ` (${need.abi})`}`;
    case 'flag':
      return `${need.symbol} of ${need.call}`;
    case 'vsyscall':
      return 'the vsyscall page';
    case 'file-capability':
      return `capabilities of the file ${need.path}: ${need.permitted.join(', ')}`;
    case 'setuid':
      return `the setuid program ${need.path}`;
    case 'path':
      return need.path;
    case 'command':
      return `the command ${need.text}`;
    case 'environment':
      return `the variable ${need.name}=${need.value}`;
    case 'software':
      return `${need.software.name}${need.software.version === undefined ? '' : ` ${need.software.version}`}`;
    case 'unbounded':
      return undefined;
    case 'privileged-tool':
      return `the tool ${need.tool}`;
  }
}

function askerOf(need: Need): string | undefined {
  if ('by' in need && need.kind === 'syscall') return need.by;
  if ('who' in need) return need.who;
  const [first] = need.evidence;
  return first?.path ?? first?.package;
}

function byWant(needs: readonly Need[]): ReadonlyMap<string, Need> {
  const found = new Map<string, Need>();
  for (const need of needs) {
    const what = wantedBy(need);
    if (what !== undefined && !found.has(`${need.kind} ${what}`))
      found.set(`${need.kind} ${what}`, need);
  }
  return found;
}

/** What is asked for by one of the two only: what came first, then what went. */
export function compareNeeds(
  before: readonly Need[],
  after: readonly Need[],
): readonly NeedChange[] {
  const [old, now] = [byWant(before), byWant(after)];
  const only = (
    change: NeedChange['change'],
    here: ReadonlyMap<string, Need>,
    there: ReadonlyMap<string, Need>,
  ): readonly NeedChange[] =>
    [...here]
      .filter(([key]) => !there.has(key))
      .map(([, need]): NeedChange => {
        const by = askerOf(need);
        return {
          change,
          kind: need.kind,
          what: wantedBy(need) ?? '',
          ...(by === undefined ? {} : { by }),
        };
      });
  return [...only('came', now, old), ...only('went', old, now)];
}
