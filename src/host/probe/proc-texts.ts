// Pure parsers of the small texts below /proc and /sys. None throws; a line that does not fit is passed over.
import { baseName } from '../../lib/path.ts';

/** Lines without the empty ones. */
export function lines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}

/** Words of a text, split at blanks. */
export function words(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

/** A kernel configuration (/boot/config-*, /proc/config.gz): CONFIG_X → y, m, n, or its value without quotes. */
export function parseKernelConfig(text: string): Record<string, string> {
  const config: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const off = /^# (CONFIG_\w+) is not set$/.exec(line);
    if (off?.[1]) {
      config[off[1]] = 'n';
      continue;
    }
    const set = /^(CONFIG_\w+)=(.*)$/.exec(line);
    if (set?.[1]) config[set[1]] = (set[2] ?? '').replace(/^"(.*)"$/, '$1');
  }
  return config;
}

/** Names in /proc/filesystems, with or without "nodev". */
export function parseFilesystems(text: string): readonly string[] {
  return lines(text).flatMap((line) => words(line).filter((word) => word !== 'nodev'));
}

/** Names in /proc/modules, with '-' for nothing: the kernel writes '_' throughout. */
export function parseModules(text: string): readonly string[] {
  return lines(text).flatMap((line) => line.split(' ', 1));
}

/** Module names from modules.builtin or modules.dep: the file's name without path and .ko, '-' as '_'. */
export function parseModulePaths(text: string): readonly string[] {
  return lines(text).flatMap((line) => {
    const path = line.split(':', 1)[0] ?? '';
    const name = /^([^/]+)\.ko(?:\.\w+)?$/.exec(baseName(path.trim()))?.[1];
    return name === undefined ? [] : [name.replaceAll('-', '_')];
  });
}

/** /proc/cgroups: controllers that are enabled, in its order. */
export function parseProcCgroups(text: string): readonly string[] {
  return lines(text).flatMap((line) => {
    if (line.startsWith('#')) return [];
    const [name, , , enabled] = words(line);
    return name !== undefined && enabled === '1' ? [name] : [];
  });
}

/** One line of /proc/self/mountinfo (proc_pid_mountinfo(5)). */
export interface Mount {
  readonly target: string;
  readonly options: readonly string[];
  readonly type: string;
  readonly source: string;
  readonly superOptions: readonly string[];
}

/** /proc/self/mountinfo; octal escapes in paths undone. */
export function parseMountInfo(text: string): readonly Mount[] {
  return lines(text).flatMap((line) => {
    const [left = '', right = ''] = line.split(' - ');
    const [, , , , target, options] = left.split(' ');
    const [type, source, superOptions = ''] = right.split(' ');
    if (target === undefined || options === undefined || type === undefined) return [];
    return [
      {
        target: unescapeOctal(target),
        options: options.split(','),
        type,
        source: unescapeOctal(source ?? ''),
        superOptions: superOptions.split(','),
      },
    ];
  });
}

function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

/** The mount that a path is on: the last one whose target is the longest prefix. */
export function mountOf(mounts: readonly Mount[], path: string): Mount | undefined {
  let best: Mount | undefined;
  for (const mount of mounts) {
    const below =
      mount.target === '/' || path === mount.target || path.startsWith(`${mount.target}/`);
    if (below && mount.target.length >= (best?.target.length ?? 0)) best = mount;
  }
  return best;
}

/** The chosen one in "always [madvise] never". */
export function parseChoice(text: string): string | undefined {
  return /\[([\w-]+)\]/.exec(text)?.[1];
}

/** A resource limit; null is unlimited. */
export interface Limit {
  readonly soft: number | null;
  readonly hard: number | null;
}

const limitNames: Readonly<Record<string, string>> = {
  'Max cpu time': 'cpu',
  'Max file size': 'fsize',
  'Max data size': 'data',
  'Max stack size': 'stack',
  'Max core file size': 'core',
  'Max resident set': 'rss',
  'Max processes': 'nproc',
  'Max open files': 'nofile',
  'Max locked memory': 'memlock',
  'Max address space': 'as',
  'Max file locks': 'locks',
  'Max pending signals': 'sigpending',
  'Max msgqueue size': 'msgqueue',
  'Max nice priority': 'nice',
  'Max realtime priority': 'rtprio',
  'Max realtime timeout': 'rttime',
};

/** /proc/PID/limits by the short names of ulimits. */
export function parseLimits(text: string): Record<string, Limit> {
  const limits: Record<string, Limit> = {};
  for (const line of lines(text)) {
    const match = /^(Max [a-z]+(?: [a-z]+)*)\s{2,}(\S+)\s+(\S+)/.exec(line);
    const name = limitNames[match?.[1] ?? ''];
    if (name === undefined) continue;
    const number = (word = '') => (word === 'unlimited' ? null : Number(word));
    limits[name] = { soft: number(match?.[2]), hard: number(match?.[3]) };
  }
  return limits;
}

/** resolv.conf(5). */
export function parseResolver(text: string): {
  readonly search?: string[];
  readonly ndots?: number;
  readonly nameservers?: string[];
} {
  let search: string[] | undefined;
  let ndots: number | undefined;
  const nameservers: string[] = [];
  for (const line of lines(text)) {
    const [key, ...values] = words(line.replace(/[#;].*$/, ''));
    if (key === 'nameserver' && values[0] !== undefined) nameservers.push(values[0]);
    if (key === 'search' || key === 'domain') search = [...values];
    if (key === 'options') {
      const found = values.flatMap((option) => /^ndots:(\d+)$/.exec(option)?.[1] ?? []);
      if (found[0] !== undefined) ndots = Number(found[0]);
    }
  }
  return {
    ...(search === undefined ? {} : { search }),
    ...(ndots === undefined ? {} : { ndots }),
    ...(nameservers.length === 0 ? {} : { nameservers }),
  };
}

/** One entry of binfmt_misc (Documentation/admin-guide/binfmt-misc.rst). */
export interface BinfmtEntry {
  readonly enabled: boolean;
  readonly interpreter?: string;
  readonly flags: string;
  /** The magic bytes, hexadecimal, for ELF entries. */
  readonly magic?: string;
}

/** A file of /proc/sys/fs/binfmt_misc. */
export function parseBinfmt(text: string): BinfmtEntry {
  const field = (name: string) =>
    new RegExp(`^${name}:? ?(.*)$`, 'm').exec(text)?.[1]?.trim() || undefined;
  const interpreter = field('interpreter');
  const magic = field('magic');
  return {
    enabled: /^enabled$/m.test(text),
    ...(interpreter === undefined ? {} : { interpreter }),
    flags: field('flags') ?? '',
    ...(magic === undefined ? {} : { magic }),
  };
}

/** How the vsyscall page is mapped, from /proc/self/maps: absent, execute only, or readable. */
export function parseVsyscallMapping(maps: string): 'none' | 'xonly' | 'emulate' {
  const line = lines(maps).find((text) => text.endsWith('[vsyscall]'));
  if (line === undefined) return 'none';
  return words(line)[1]?.startsWith('--x') ? 'xonly' : 'emulate';
}

/** A kernel parameter's last value on the command line; '' where it stands without one. */
export function bootParameter(commandLine: string, name: string): string | undefined {
  let value: string | undefined;
  for (const word of words(commandLine)) {
    if (word === name) value = '';
    else if (word.startsWith(`${name}=`)) value = word.slice(name.length + 1);
  }
  return value;
}

/** Auxiliary vector of /proc/self/auxv on a 64-bit little-endian or big-endian machine: type → value (getauxval(3)). */
export function parseAuxv(bytes: Uint8Array, littleEndian: boolean): ReadonlyMap<number, bigint> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries = new Map<number, bigint>();
  for (let at = 0; at + 16 <= bytes.length; at += 16) {
    const type = Number(view.getBigUint64(at, littleEndian));
    if (type === 0) break;
    entries.set(type, view.getBigUint64(at + 8, littleEndian));
  }
  return entries;
}

/** The driver's version in /proc/driver/nvidia/version: "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.14 …". */
export function parseNvidiaVersion(text: string): string | undefined {
  return /NVRM version:.*?\s(\d+(?:\.\d+)+)\s/.exec(`${text} `)?.[1];
}

/** AppArmor's list of loaded profiles: "name (mode)" → name. */
export function parseAppArmorProfiles(text: string): readonly string[] {
  return lines(text).map((line) => line.replace(/ \([a-z]+\)$/, ''));
}
