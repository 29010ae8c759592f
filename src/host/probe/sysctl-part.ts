// Kernel settings: a bounded walk of the subtrees of /proc/sys that rules and gates look at.
import type { ProbePart } from './part.ts';
import type { HostReader } from './reader.ts';

/** Subtrees that are walked. Interfaces' own settings (net.ipv4.conf.eth0 …) are passed over: there may be thousands. */
const roots = [
  'abi',
  'crypto',
  'fs',
  'kernel',
  'user',
  'vm',
  'net/core',
  'net/bridge',
  'net/mptcp',
  'net/netfilter',
  'net/unix',
  'net/ipv4',
  'net/ipv6/conf/all',
  'net/ipv6/conf/default',
  'net/ipv6/bindv6only',
] as const;

/** Left out below them: per device or process, secret, noisy at every reading, or no setting. */
const skipped =
  /^(net\/ipv4\/(conf\/(?!(?:all|default)(?:\/|$))[^/]|neigh)|kernel\/(random\/(uuid|boot_id)|ns_last_pid|domainname|hostname|usermodehelper|sched_domain|pty|keys)|fs\/(binfmt_misc|dentry-state|inode-|file-nr|quota|xfs)|kernel\/spl|vm\/stat_refresh|net\/ipv4\/(route\/flush|tcp_fastopen_key)|net\/ipv6\/conf\/\w+\/stable_secret|vm\/drop_caches|vm\/compact_memory)/;

const countLimit = 4096;
const depthLimit = 6;
const valueLimit = 4096;

function* settings(reader: HostReader, path: string, depth: number): Iterable<string> {
  for (const name of reader.list(`/proc/sys/${path}`)) {
    const below = `${path}/${name}`;
    if (skipped.test(below)) continue;
    if (reader.kind(`/proc/sys/${below}`) === 'directory') {
      if (depth < depthLimit && !skipped.test(`${below}/`))
        yield* settings(reader, below, depth + 1);
    } else yield below;
  }
}

/** A setting's name: dots for slashes, and slashes for the dots inside a name (sysctl.d(5)). */
function settingName(path: string): string {
  return path.replaceAll(/[./]/g, (separator) => (separator === '/' ? '.' : '/'));
}

/** All settings of those subtrees. */
export const probeSysctls: ProbePart = ({ reader, from, missing }) => {
  const sysctls: Record<string, string> = {};
  const refused: string[] = [];
  let count = 0;
  for (const root of roots) {
    const found = reader.kind(`/proc/sys/${root}`) === 'file' ? [root] : settings(reader, root, 0);
    for (const path of found) {
      count += 1;
      if (count > countLimit) break;
      const value = reader.text(`/proc/sys/${path}`, valueLimit);
      if (value !== undefined) sysctls[settingName(path)] = value.trim().replaceAll('\t', ' ');
      else if (reader.unread.has(`/proc/sys/${path}`)) refused.push(settingName(path));
    }
  }
  if (count > countLimit)
    missing('sysctls', `more than ${countLimit} settings; the rest is left out`);
  if (refused.length > 0) missing('sysctls', `not readable: ${refused.join(', ')}`);
  if (Object.keys(sysctls).length === 0) {
    missing('sysctls', '/proc/sys is not there');
    return {};
  }
  from('sysctls', '/proc/sys');
  const entropy = Number(sysctls['kernel.random.entropy_avail']);
  if (sysctls['kernel.random.entropy_avail'] === undefined) return { sysctls };
  from('entropyAvailable', '/proc/sys/kernel/random/entropy_avail');
  return { sysctls, entropyAvailable: entropy };
};
