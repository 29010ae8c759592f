// What shell scripts check before they start their program, and stop or complain without: settings and limits against a
// number, words of /proc/cpuinfo, loaded modules, devices. Read from the usual forms of such tests, by line; a test whose
// block neither ends the script nor says anything is none.

/** A condition that a script makes, and what it does when it does not hold. */
export type Guard = {
  readonly line: number;
  readonly text: string;
  /** The script ends; else it only says so. */
  readonly ends: boolean;
} & (
  | { readonly kind: 'sysctl' | 'limit'; readonly name: string; readonly atLeast: number }
  | { readonly kind: 'sysctl' | 'limit'; readonly name: string; readonly equals: number }
  | { readonly kind: 'cpu' | 'module' | 'device'; readonly name: string }
);

const value = String.raw`\$\((?:cat\s+/proc/sys/(?<file>[\w/.-]+)|sysctl\s+(?:-\w+\s+)*(?<key>[\w.-]+)[^)\n]{0,80}|ulimit\s+(?:-[HS]\s*)?-(?:[HS])?(?<limit>[nlucs]))\)`;
const assignment = new RegExp(String.raw`^\s*(?:local\s+|export\s+)?(?<name>\w+)=["']?${value}`);
const inline = new RegExp(
  String.raw`\[\[?\s+["']?${value}["']?\s+(?<operator>-lt|-le|-ne)\s+["']?(?<number>\d+)`,
);
const byName =
  /(?:\[\[?\s+["']?\$\{?(?<name>\w+)\}?["']?\s+(?<operator>-lt|-le|-ne)\s+["']?(?<number>\d+))|(?:\(\(\s*\$?\{?(?<other>\w+)\}?\s*(?<sign><=?|!=)\s*(?<digits>\d+)\s*\)\))/;
const cpu =
  /(?:!\s*(?:sudo\s+)?grep|grep\b.*\|\|)[^\n]*?["' ](?<word>avx2|avx512\w*|avx|sse4_[12]|sse4|ssse3|popcnt|aes|fma|bmi2|asimd|atomics|crc32)\b[^\n]*\/proc\/cpuinfo|\/proc\/cpuinfo\s*\|\s*grep[^\n]*?["' ](?<piped>avx2|avx512\w*|avx|sse4_[12])\b[^\n]*(?:-eq 0|\|\|)|grep[^\n]*?["' ](?<tested>avx2|avx512\w*|avx|sse4_[12])\b[^\n]*\/proc\/cpuinfo[^\n]*(?:-eq 0|-lt 1|\|\|)/;
const module =
  /(?:!\s*\(?\s*lsmod|\blsmod\b[^\n]*\|\|)[^\n]*grep\s+(?:-\w+\s+)*["'^]*(?<word>\w+)|\blsmod\s*\|\s*grep\s+(?:-\w+\s+)*["'^]*(?<word2>\w+)["'$ ]*(?:>[^\n]*)?\s*\|\|/;
const device = /\[\[?\s+!\s+-[ecbrw]\s+["']?(?<path>\/dev\/[\w/]+)["']?\s+\]/;

const limits: Readonly<Record<string, string>> = {
  n: 'nofile',
  l: 'memlock',
  u: 'nproc',
  c: 'core',
  s: 'stack',
};

const ending = /\b(?:exit\s+[1-9$]|exit\s*;|die\b|fatal\b|abort\b|return\s+1\b)/;
const saying = /\b(?:echo|printf|log\w*|warn\w*|error\w*|>&2)\b/;
const blockLines = 14;

/** Guards of a script. Pure. */
export function scriptGuards(text: string): readonly Guard[] {
  if (!/\/proc\/sys\/|sysctl|ulimit|\/proc\/cpuinfo|lsmod|\/dev\//.test(text)) return [];
  const lines = text.split('\n');
  const variables = new Map<string, Subject>();
  const found: Guard[] = [];
  for (const [at, line] of lines.entries()) {
    if (line.length > 1000 || /^\s*#/.test(line)) continue;
    const set = assignment.exec(line)?.groups;
    const subject = subjectOf(set);
    if (set?.['name'] !== undefined && subject !== undefined) variables.set(set['name'], subject);
    const test = testIn(line, variables);
    if (test === undefined) continue;
    const block = blockFrom(lines, at);
    const ends = ending.test(block);
    if (!ends && !saying.test(block)) continue;
    if (test.kind === 'device' && /\bmknod\b/.test(block)) continue;
    found.push({ ...test, line: at + 1, text: line.trim().slice(0, 160), ends });
    if (found.length >= 100) break;
  }
  return found;
}

interface Subject {
  readonly kind: 'sysctl' | 'limit';
  readonly name: string;
}

function subjectOf(
  groups: Readonly<Record<string, string | undefined>> | undefined,
): Subject | undefined {
  const file = groups?.['file'];
  if (file !== undefined) return { kind: 'sysctl', name: file.replaceAll('/', '.') };
  const key = groups?.['key'];
  if (key !== undefined) return { kind: 'sysctl', name: key };
  const limit = limits[groups?.['limit'] ?? ''];
  return limit === undefined ? undefined : { kind: 'limit', name: limit };
}

type Test = Guard extends infer One
  ? One extends Guard
    ? Omit<One, 'line' | 'text' | 'ends'>
    : never
  : never;

function testIn(line: string, variables: ReadonlyMap<string, Subject>): Test | undefined {
  const direct = inline.exec(line)?.groups;
  const named = direct === undefined ? byName.exec(line)?.groups : undefined;
  const subject =
    direct === undefined
      ? variables.get(named?.['name'] ?? named?.['other'] ?? '')
      : subjectOf(direct);
  if (subject !== undefined) {
    const number = Number(direct?.['number'] ?? named?.['number'] ?? named?.['digits']);
    const operator = direct?.['operator'] ?? named?.['operator'] ?? named?.['sign'];
    if (operator === '-lt' || operator === '<') return { ...subject, atLeast: number };
    if (operator === '-le' || operator === '<=') return { ...subject, atLeast: number + 1 };
    return { ...subject, equals: number };
  }
  const words = cpu.exec(line)?.groups;
  const word = words?.['word'] ?? words?.['piped'] ?? words?.['tested'];
  if (word !== undefined) return { kind: 'cpu', name: word === 'sse4' ? 'sse4_1' : word };
  const modules = module.exec(line)?.groups;
  const name = modules?.['word'] ?? modules?.['word2'];
  if (name !== undefined) return { kind: 'module', name };
  const path = device.exec(line)?.groups?.['path'];
  return path === undefined ? undefined : { kind: 'device', name: path };
}

/** The line and what follows of its block: up to the "fi" or "}" that ends it, or a few lines. */
function blockFrom(lines: readonly string[], at: number): string {
  const first = lines[at] ?? '';
  if (!/\bthen\s*$|\bthen\b|\{\s*$|^\s*(?:el)?if\b/.test(first)) return first;
  const block = [first];
  for (const line of lines.slice(at + 1, at + blockLines)) {
    if (/^\s*(?:fi|\}|else|elif)\b|^\s*\}/.test(line)) break;
    block.push(line);
  }
  return block.join('\n');
}
