// A profile for AppArmor from a trace: what was executed, opened, made and removed, by the absolute paths that the calls
// were given, and which kinds of sockets were made. What the calls alone do not tell is said in the profile: paths that
// were relative, and which of the container's capabilities were used.
import type { Trace, TracedPath } from '../trace/trace.ts';

/** Rights of AppArmor: read, write, link, map as code, execute within the profile. */
type Right = 'r' | 'w' | 'l' | 'm' | 'ix';

const changing =
  /^(creat|mkdir|rmdir|unlink|rename|link|symlink|mknod|truncate|chmod|fchmod|chown|lchown|fchown|utime|set.*xattr|.*removexattr)/;

function rightsOf({ call, flags = '', path }: TracedPath): readonly Right[] {
  if (call.startsWith('open')) {
    const write = /O_(WRONLY|RDWR|CREAT|TRUNC|APPEND)/.test(flags);
    const read = !flags.includes('O_WRONLY');
    const code = /\.so(\.|$)/.test(path) && !write;
    return [
      ...(read ? ['r' as const] : []),
      ...(write ? ['w' as const] : []),
      ...(code ? ['m' as const] : []),
    ];
  }
  if (call.startsWith('link')) return ['l', 'w'];
  if (changing.test(call)) return ['w'];
  return ['r'];
}

/** Numbers of processes become AppArmor's variable; names with a random end, as of mkstemp, a pattern. */
function patternOf(path: string, cut: boolean): string {
  const general = path
    .replace(/^\/proc\/\d+(?=\/|$)/, '/proc/@{pid}')
    .replace(/\/task\/\d+/, '/task/@{tid}');
  const escaped = general.replaceAll(/[*?[\]^\\"]/g, '\\$&');
  return `"${escaped}${cut ? '**' : ''}"`;
}

const families: Readonly<Record<string, string>> = {
  AF_UNIX: 'unix',
  AF_INET: 'inet',
  AF_INET6: 'inet6',
  AF_NETLINK: 'netlink',
  AF_PACKET: 'packet',
};

const kinds: Readonly<Record<string, string>> = {
  SOCK_STREAM: 'stream',
  SOCK_DGRAM: 'dgram',
  SOCK_RAW: 'raw',
  SOCK_SEQPACKET: 'seqpacket',
};

function networkRules({ values }: Trace): readonly string[] {
  const rules = new Set<string>();
  for (const { call, arguments: given } of values) {
    if (call !== 'socket' && call !== 'socketpair') continue;
    const family = families[given['family']?.name ?? ''];
    const kind = kinds[(given['type']?.name ?? '').split('|')[0] ?? ''];
    if (family !== undefined)
      rules.add(`network ${family}${kind === undefined ? '' : ` ${kind}`},`);
  }
  return [...rules].sort();
}

const order: readonly Right[] = ['r', 'w', 'l', 'm', 'ix'];

/**
 * The profile.
 * @param capabilities those that the container has: CAP_ names
 */
export function apparmorProfile(
  name: string,
  trace: Trace,
  capabilities: readonly string[],
): string {
  const rights = new Map<string, Set<Right>>();
  const add = (path: string, cut: boolean, given: readonly Right[]): void => {
    const pattern = patternOf(path, cut);
    const all = rights.get(pattern) ?? new Set<Right>();
    rights.set(pattern, all);
    for (const one of given) all.add(one);
  };
  for (const { path } of trace.programs)
    if (path.startsWith('/')) add(path, false, ['r', 'm', 'ix']);
  const relative = new Set<string>();
  for (const one of trace.paths) {
    // What was not there need not be allowed, but for making it.
    if (one.path === '' || one.errno === 'ENOENT') continue;
    if (!one.path.startsWith('/')) relative.add(one.path);
    else {
      add(one.path, one.cut === true, rightsOf(one));
      if (one.flags?.includes('O_DIRECTORY') && !one.path.endsWith('/'))
        add(`${one.path}/`, false, ['r']);
    }
  }
  const files = [...rights]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([pattern, given]) => `${pattern} ${order.filter((one) => given.has(one)).join('')},`);
  const caps = capabilities.map((one) => `capability ${one.replace(/^CAP_/, '').toLowerCase()},`);
  const lines = [
    '# The capabilities that the container has; which of them it used is not known.',
    ...caps,
    ...networkRules(trace),
    'signal (send, receive) peer=@{profile_name},',
    'ptrace (trace, read) peer=@{profile_name},',
    ...files,
    ...(relative.size === 0
      ? []
      : [`# Relative paths that stand for files which are not allowed above: ${relative.size}`]),
    ...[...relative].slice(0, 20).map((path) => `#   ${JSON.stringify(path)}`),
  ];
  return `${[
    'abi <abi/3.0>,',
    'include <tunables/global>',
    '',
    `profile ${JSON.stringify(name)} flags=(attach_disconnected,mediate_deleted) {`,
    ...lines.map((line) => `  ${line}`),
    '}',
  ].join('\n')}\n`;
}
