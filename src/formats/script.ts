// Scripts: what interprets them, which of their commands ask something of the host, which device and kernel files they
// touch, and what they start in the end. Shell scripts are cut into commands (src/formats/shell-lexer.ts); of scripts in
// other languages only the first line is read. Nothing is expanded: a need told from here is "present", not proven.
import type { Parsed } from '../diag/diagnostic.ts';
import { baseName } from '../lib/path.ts';
import { unwrapped } from './script-launchers.ts';
import { type SimpleCommand, shellCommands } from './shell-lexer.ts';
import { decodeText } from './text.ts';

/** A command that rules ask about. */
export interface ScriptCommand {
  readonly name: string;
  readonly line: number;
  /** The command and its arguments, one blank between words. */
  readonly text: string;
}

/** A path under /dev, /proc or /sys in a script. */
export interface ScriptPath {
  readonly path: string;
  readonly line: number;
  readonly access: 'read' | 'write' | 'named';
}

/** Something that the script starts in its own place, or that a supervisor's configuration starts. */
export interface ScriptStart {
  /** Program and arguments as written, launchers like gosu, tini and env taken off: ["$@"], ["nginx", "-g", …]. */
  readonly argv: readonly string[];
  readonly line: number;
  /** The launchers that were taken off, outermost first. */
  readonly through: readonly string[];
  /** False for the last command of a script that never says exec. */
  readonly exec: boolean;
}

/** What is kept of a script. */
export interface ScriptFacts {
  /** The shebang split at its first blank, as the kernel does. */
  readonly interpreter?: string;
  readonly argument?: string;
  readonly shell: boolean;
  readonly commands: readonly ScriptCommand[];
  readonly paths: readonly ScriptPath[];
  readonly starts: readonly ScriptStart[];
}

/** Commands that ask something of the host's kernel, devices, privileges or limits. */
export const wantedCommands: ReadonlySet<string> = new Set([
  ...[
    'modprobe',
    'insmod',
    'rmmod',
    'depmod',
    'kmod',
    'sysctl',
    'mknod',
    'mount',
    'umount',
    'losetup',
  ],
  ...[
    'swapon',
    'swapoff',
    'iptables',
    'ip6tables',
    'iptables-legacy',
    'iptables-nft',
    'ip6tables-legacy',
  ],
  ...[
    'iptables-restore',
    'iptables-save',
    'ip6tables-restore',
    'ebtables',
    'arptables',
    'nft',
    'ipset',
    'ipvsadm',
  ],
  ...[
    'ip',
    'tc',
    'brctl',
    'bridge',
    'ethtool',
    'wg',
    'wg-quick',
    'ulimit',
    'prlimit',
    'setcap',
    'capsh',
    'setpriv',
  ],
  ...[
    'chroot',
    'pivot_root',
    'switch_root',
    'unshare',
    'nsenter',
    'numactl',
    'taskset',
    'chrt',
    'ionice',
    'nice',
  ],
  ...[
    'keyctl',
    'setenforce',
    'chcon',
    'restorecon',
    'semanage',
    'aa-exec',
    'apparmor_parser',
    'auditctl',
  ],
  ...[
    'cgcreate',
    'cgexec',
    'cgset',
    'systemctl',
    'systemd-run',
    'service',
    'dmsetup',
    'cryptsetup',
    'mdadm',
  ],
  ...[
    'lvcreate',
    'vgchange',
    'mkfs',
    'fsck',
    'blkid',
    'hdparm',
    'hwclock',
    'date',
    'ntpd',
    'chronyd',
    'bpftool',
  ],
  ...[
    'tcpdump',
    'strace',
    'gdb',
    'perf',
    'docker',
    'dockerd',
    'containerd',
    'podman',
    'buildah',
    'crun',
    'runc',
  ],
  ...[
    'nvidia-smi',
    'ldconfig',
    'uname',
    'getconf',
    'swaplabel',
    'fallocate',
    'update-ca-certificates',
  ],
  ...[
    'update-crypto-policies',
    'fips-mode-setup',
    'ping',
    'exportfs',
    'rpc.nfsd',
    'fuse-overlayfs',
    'fusermount',
  ],
  // Owners, attributes and names of files, which network and layered file systems refuse.
  ...['chown', 'chgrp', 'chattr', 'setfacl', 'setfattr', 'rustup', 'createrepo_c'],
  // What is built for, or asks, the host's own kernel and its services.
  ...[
    'dkms',
    'make',
    'falco-driver-loader',
    'falco-probe-loader',
    'sysdig-probe-loader',
    'scap-driver-loader',
    'falcoctl',
    'kexec',
    'udevadm',
    'snap',
    'hostnamectl',
    'timedatectl',
    'localectl',
    'loginctl',
    'machinectl',
    'resolvectl',
    'busctl',
  ],
  ...['schedtool', 'renice', 'fsfreeze', 'nbd-client', 'qemu-nbd', 'zpool', 'zfs', 'conntrack'],
  ...['mount.nfs', 'mount.cifs', 'mount.fuse', 'sshfs', 's3fs', 'bwrap', 'hostname', 'domainname'],
  ...[
    'kinit',
    'usbip',
    'usbipd',
    'batctl',
    'rbd',
    'iscsiadm',
    'nvme',
    'zramctl',
    'ovs-vsctl',
    'ovs-ctl',
  ],
  // What asks a file system for links and direct access, or waits for changes.
  ...['ln', 'chmod', 'dd', 'fio', 'inotifywait', 'inotifywatch', 'fswatch', 'entr'],
  // Daemons that change their root, tracers, sockets of virtual machines, the message bus.
  ...['sshd', 'vsftpd', 'in.tftpd', 'ltrace', 'py-spy', 'rbspy', 'pyflame', 'socat', 'ncat', 'nc'],
  ...[
    'avahi-browse',
    'avahi-publish',
    'avahi-resolve',
    'nmcli',
    'bluetoothctl',
    'dbus-send',
    'gdbus',
  ],
  ...['dbus-daemon', 'dbus-launch', 'dbus-run-session', 'dbus-broker'],
  ...['iw', 'iwconfig', 'hostapd', 'rfkill', 'dhclient', 'udhcpc', 'arping', 'traceroute', 'mtr'],
]);

const shells = new Set(['sh', 'bash', 'dash', 'ash', 'ksh', 'mksh', 'zsh', 'with-contenv']);
const maxBytes = 1 << 20;
const maxFindings = 2000;
const kernelPath = /\/(?:dev|proc|sys)\/[A-Za-z0-9_.${}/*:@+-]*[A-Za-z0-9_}*]/g;

/** Facts of a script. The value is undefined when the bytes are no text. */
export function parseScript(bytes: Uint8Array): Parsed<ScriptFacts | undefined> {
  const head = bytes.subarray(0, 1024);
  if (head.includes(0)) return { value: undefined, problems: [] };
  const text = decodeText(bytes.subarray(0, maxBytes));
  // As the kernel sees it: the text's line ends are made plain, and a carriage return counts here.
  const { interpreter, argument } = shebangOf(Buffer.from(bytes.subarray(0, 255)).toString('utf8'));
  const facts = {
    ...(interpreter === undefined ? {} : { interpreter }),
    ...(argument === undefined ? {} : { argument }),
  };
  const shell = isShell(interpreter, argument);
  if (!shell) {
    const execline = interpreter !== undefined && baseName(interpreter) === 'execlineb';
    const starts = execline ? execlineStarts(text) : [];
    return { value: { ...facts, shell, commands: [], paths: [], starts }, problems: [] };
  }
  const all = shellCommands(text);
  const value: ScriptFacts = {
    ...facts,
    shell,
    commands: all.flatMap(wantedOf).slice(0, maxFindings),
    paths: pathsOf(all).slice(0, maxFindings),
    starts: startsOf(all),
  };
  return { value, problems: [] };
}

/**
 * The kernel's reading of a first line: fs/binfmt_script.c, at most 255 bytes. Blanks around it are cut, a carriage return
 * at its end is not: "#!/bin/sh\r" asks for a program of that name.
 */
function shebangOf(text: string): { interpreter?: string; argument?: string } {
  if (!text.startsWith('#!')) return {};
  const line = (text.slice(2, 255).split('\n', 1)[0] ?? '').replace(/^[ \t]+|[ \t]+$/g, '');
  const match = /^([^ \t]+)(?:[ \t]+(.*))?$/s.exec(line);
  if (!match?.[1]) return {};
  return { interpreter: match[1], ...(match[2] ? { argument: match[2] } : {}) };
}

function isShell(interpreter: string | undefined, argument: string | undefined): boolean {
  // Without a first line execvp and shells run the file with /bin/sh.
  if (interpreter === undefined) return true;
  const name = baseName(interpreter.replace(/\r$/, ''));
  if (name === 'env' || name === 'busybox' || name === 'command') {
    const words = (argument ?? '')
      .trim()
      .split(/\s+/)
      .filter((w) => !w.startsWith('-') && !w.includes('='));
    return shells.has(baseName(words[0] ?? ''));
  }
  return shells.has(name);
}

function wantedOf(command: SimpleCommand): ScriptCommand[] {
  const found: ScriptCommand[] = [];
  let { words } = command;
  // A wrapper's own command counts as well: "unshare -m mount --bind a b".
  for (let n = 0; n < 8 && words.length > 0; n++) {
    const name = baseName(words[0] ?? '');
    if (wantedCommands.has(name) || name.startsWith('mkfs.') || name.startsWith('mount.')) {
      found.push({ name, line: command.line, text: words.join(' ').slice(0, 500) });
    }
    const inner = unwrapped(words);
    if (!inner) break;
    words = inner;
  }
  return found;
}

/** Commands of interest in a line of shell text, as other languages hand one to a shell. */
export function commandsIn(text: string): readonly ScriptCommand[] {
  return shellCommands(text).flatMap(wantedOf);
}

function pathsOf(commands: readonly SimpleCommand[]): ScriptPath[] {
  const found: ScriptPath[] = [];
  const seen = new Set<string>();
  const add = (text: string, line: number, access: ScriptPath['access']): void => {
    for (const [path] of text.matchAll(kernelPath)) {
      const key = `${line} ${access} ${path}`;
      if (quietPaths.test(path) || seen.has(key)) continue;
      seen.add(key);
      found.push({ path, line, access });
    }
  };
  for (const { words, redirections, line } of commands) {
    const writes = words[0] === 'tee' || words[0] === 'mknod';
    for (const word of words.slice(1)) {
      add(word, line, writes ? 'write' : readers.has(words[0] ?? '') ? 'read' : 'named');
    }
    for (const { kind, path } of redirections) add(path, line, kind);
  }
  return found;
}

const readers = new Set([
  'cat',
  'head',
  'tail',
  'grep',
  'awk',
  'sed',
  'read',
  'cut',
  'od',
  'dd',
  'wc',
  '.',
  'source',
]);

/** Paths that every container has. */
const quietPaths =
  /^\/dev\/(?:null|zero|full|stdin|stdout|stderr|tty|fd(?:\/.*)?|tcp\/.*|udp\/.*)$|^\/proc\/(?:self|1|\$\$)\/fd\/[0-9]$/;

function startsOf(commands: readonly SimpleCommand[]): ScriptStart[] {
  const starts: ScriptStart[] = [];
  for (const { words, line } of commands) {
    if (words[0] === 'exec' && words.length > 1) starts.push(startOf(words, line, true));
  }
  if (starts.length > 0) return starts;
  const last = commands.findLast(({ depth, words }) => depth === 0 && words.length > 0);
  if (!last || builtins.has(last.words[0] ?? '')) return [];
  return [startOf(last.words, last.line, false)];
}

const builtins = new Set([
  'exit',
  'return',
  'true',
  'false',
  ':',
  'echo',
  'set',
  'wait',
  'export',
  'cd',
  'trap',
]);

/** Takes launchers off a command: ["exec", "gosu", "redis", "$@"] starts ["$@"] through gosu. */
export function startOf(words: readonly string[], line: number, exec: boolean): ScriptStart {
  const through: string[] = [];
  let argv = words;
  for (let n = 0; n < 8; n++) {
    const inner = unwrapped(argv);
    if (!inner) break;
    if (argv[0] !== 'exec') through.push(baseName(argv[0] ?? ''));
    argv = inner;
  }
  return { argv, line, through, exec };
}

/** execline chains programs: each line is a launcher of the next, the last one is what runs. */
function execlineStarts(text: string): ScriptStart[] {
  const commands = shellCommands(text);
  const words = commands.flatMap((command) => command.words);
  const last = commands.at(-1);
  if (!last) return [];
  const start = startOf(words, last.line, true);
  return [start.through.length > 0 ? start : startOf(last.words, last.line, true)];
}
