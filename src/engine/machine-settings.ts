// What of the machine's settings and devices containers need beside programs: read, judged, and told with what changes it.
import { existsSync, readFileSync } from 'node:fs';
import { type NamespaceUser, parseSubordinateIds } from '../sys/subordinate-ids.ts';
import { namespaceSettings } from '../sys/user-namespace.ts';

/** How one thing stands. */
export interface SettingState {
  readonly name: string;
  readonly purpose: string;
  readonly ok: boolean;
  /** Whether containers work without it, with less. */
  readonly optional: boolean;
  /** What was found. */
  readonly found: string;
  /** A command that mends it, or what to do; absent where it is well. */
  readonly fix?: string;
  /** As `fix`, in words that root can run. */
  readonly command?: readonly string[];
}

/** Reads the text of a file; undefined where there is none. */
export type ReadText = (path: string) => string | undefined;

/** The machine's own files. */
export const machineText: ReadText = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
};

/** How many further ids images ask for. */
const wantedIds = 65536;

/** All settings, for root or for an ordinary user who is to have containers. */
export function machineSettings(
  user: NamespaceUser | undefined,
  read: ReadText = machineText,
  exists: (path: string) => boolean = existsSync,
): readonly SettingState[] {
  return [cgroups(read), overlay(read), ...(user === undefined ? [] : ofUser(user, read, exists))];
}

function cgroups(read: ReadText): SettingState {
  const common = { name: 'cgroups', purpose: 'limits of memory, processors, processes' };
  const unified = read('/sys/fs/cgroup/cgroup.controllers');
  if (unified !== undefined) {
    const missing = ['memory', 'cpu', 'pids'].filter((one) => !unified.split(/\s+/).includes(one));
    return missing.length === 0
      ? { ...common, ok: true, optional: true, found: 'version 2' }
      : {
          ...common,
          ok: false,
          optional: true,
          found: `version 2 without ${missing.join(', ')}`,
          fix: 'boot without cgroup_disable= of them; in a container, start it with its own cgroup',
        };
  }
  const mounted = (read('/proc/self/mounts') ?? '').includes(' cgroup ');
  return mounted
    ? { ...common, ok: true, optional: true, found: 'version 1' }
    : {
        ...common,
        ok: false,
        optional: true,
        found: 'not mounted',
        fix: 'mount -t cgroup2 none /sys/fs/cgroup',
        command: ['mount', '-t', 'cgroup2', 'none', '/sys/fs/cgroup'],
      };
}

function overlay(read: ReadText): SettingState {
  const ok = /\boverlay$/m.test(read('/proc/filesystems') ?? '');
  return {
    name: 'overlay',
    purpose: 'stacks layers; without it every container copies its image',
    ok,
    optional: true,
    found: ok ? 'in the kernel' : 'not loaded',
    ...(ok ? {} : { fix: 'modprobe overlay', command: ['modprobe', 'overlay'] }),
  };
}

function userNamespaces(read: ReadText): SettingState {
  const value = (setting: string): string | undefined =>
    read(`/proc/sys/${setting.replaceAll('.', '/')}`)?.trim();
  const wrong = namespaceSettings.find(([setting, bad]) => value(setting) === bad);
  const common = {
    name: 'user namespaces',
    purpose: 'let ordinary users have containers',
    optional: false,
  };
  if (wrong === undefined) return { ...common, ok: true, found: 'allowed' };
  const [setting, bad, fix] = wrong;
  return { ...common, ok: false, found: `${setting} is ${bad}`, fix, command: fix.split(' ') };
}

function ofUser(
  user: NamespaceUser,
  read: ReadText,
  exists: (path: string) => boolean,
): readonly SettingState[] {
  const name = user.name ?? String(user.uid);
  const ids = (kind: 'uid' | 'gid'): SettingState => {
    const ranges = parseSubordinateIds(read(`/etc/sub${kind}`) ?? '', user);
    const count = ranges.reduce((sum, range) => sum + range.count, 0);
    const ok = count >= wantedIds;
    const range = freeRange(read(`/etc/sub${kind}`) ?? '');
    const command = ['usermod', `--add-sub${kind}s`, range, name];
    return {
      name: `sub${kind}`,
      purpose: `${kind === 'uid' ? 'users' : 'groups'} of images beside root, for ${name}`,
      ok,
      optional: true,
      found: count === 0 ? `none in /etc/sub${kind}` : `${count} ids`,
      ...(ok ? {} : { fix: command.join(' '), command }),
    };
  };
  const device = (path: string, purpose: string, module: string): SettingState => {
    const ok = exists(path);
    return {
      name: path,
      purpose,
      ok,
      optional: true,
      found: ok ? 'there' : 'not there',
      ...(ok ? {} : { fix: `modprobe ${module}`, command: ['modprobe', module] }),
    };
  };
  return [
    userNamespaces(read),
    ids('uid'),
    ids('gid'),
    device('/dev/net/tun', "pasta's network interface", 'tun'),
    device('/dev/fuse', 'fuse-overlayfs, on kernels before 5.11', 'fuse'),
  ];
}

/** 65536 ids after all that were given out, from 100000 on as useradd(8) does. */
function freeRange(text: string): string {
  const ends = text.split('\n').map((line) => {
    const [, start, count] = line.split(':').map(Number);
    return (start ?? 0) + (count ?? 0) || 0;
  });
  const start = Math.max(100_000, ...ends);
  return `${start}-${start + wantedIds - 1}`;
}
