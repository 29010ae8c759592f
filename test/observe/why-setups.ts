// Set-ups that fail, each with causes that are known: what was taken away is written beside what asks for it. Those below
// `blind` were written from the list of restrictions in the documents, before the search was run on any of them.

/** One set-up: options and command, and the causes that have to be found. */
export interface SetUp {
  readonly says: string;
  readonly words: readonly string[];
  readonly causes: readonly string[];
}

/** What set-ups need of the test's surroundings. */
export interface Surroundings {
  /** A port on this machine's loopback on which a web server answers. */
  readonly port: number;
  /** A process of this machine. */
  readonly pid: number;
  /** A directory that containers may mount. */
  readonly folder: string;
  /** Seccomp profiles, by what they do to the calls that they name. */
  readonly profiles: {
    /** EPERM for mkdir and mkdirat. */
    readonly refuses: string;
    /** Kills for unlink and unlinkat. */
    readonly kills: string;
    /** ENOSYS for symlink and symlinkat. */
    readonly lacks: string;
  };
}

function of(says: string, words: readonly string[], ...causes: readonly string[]): SetUp {
  return { says, words, causes };
}

/** The set-ups that the search was made with. */
export const known: readonly SetUp[] = [
  of('a file in a read-only root', ['--read-only', 'box:1', 'touch', '/x'], 'read-only'),
  of('a user that may not', ['-u', '1000', 'box:1', 'touch', '/etc/x'], 'user'),
  of(
    'both at once',
    ['--read-only', '-u', '1000', 'box:1', 'touch', '/etc/x'],
    'read-only',
    'user',
  ),
  of('a mount', ['box:1', 'mount', '-t', 'tmpfs', 'x', '/tmp'], 'capability SYS_ADMIN'),
  of('the name of the host', ['box:1', 'hostname', 'hal'], 'capability SYS_ADMIN'),
  of('an interface', ['box:1', 'ip', 'link', 'set', 'lo', 'mtu', '1400'], 'capability NET_ADMIN'),
  of(
    'a chown without the capability',
    ['--cap-drop', 'CHOWN', 'box:1', 'busybox', 'chown', '1', '/etc/passwd'],
    'capability CHOWN',
  ),
  // keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_PROCESS_KEYRING, create)
  of('keyctl', ['call:1', '/call', '250', '0', '-2', '1'], 'seccomp'),
  // unshare(CLONE_NEWUSER)
  of('a user namespace', ['call:1', '/call', '272', '0x10000000'], 'seccomp'),
  of(
    'a setting',
    ['box:1', 'sh', '-c', 'cd /proc/sys/kernel && v=$(cat printk_delay) && echo $v > printk_delay'],
    'path /proc/sys',
  ),
  of('memory', ['--memory', '40m', 'call:1', '/call', 'memory'], 'memory'),
  of('threads', ['--pids-limit', '10', 'call:1', '/call', 'threads'], 'pids'),
  of('open files', ['--ulimit', 'nofile=3', 'box:1', 'cat', '/etc/passwd'], 'ulimits'),
  of(
    'a mount without exec',
    ['--tmpfs', '/t', 'box:1', 'sh', '-c', 'busybox cp /bin/busybox /t/echo && /t/echo'],
    'mounts',
  ),
  of('an entrypoint', ['wrong-entry:1', '/call', '39'], 'entrypoint'),
  of(
    'a release',
    ['--as', 'kernel:3.10', 'box:1', 'sh', '-c', 'grep -q 3[.]10 /proc/version && exit 1; exit 0'],
    'host',
  ),
];

/** Those that were written before they were run. `call:1` is one program; `both:1` has it beside busybox. */
export function blind({ port, pid, folder, profiles }: Surroundings): readonly SetUp[] {
  const shell = (line: string, image = 'both:1') => [image, 'sh', '-c', line];
  const page = `http://127.0.0.1:${port}/`;
  return [
    // Capabilities: x86-64 numbers of calls.
    of(
      'a packet socket',
      ['--cap-drop', 'NET_RAW', 'call:1', '/call', '41', '17', '3', '0x300'],
      'capability NET_RAW',
    ),
    of(
      'a device node',
      ['--cap-drop', 'MKNOD', 'box:1', 'busybox', 'mknod', '/x', 'c', '1', '3'],
      'capability MKNOD',
    ),
    of(
      'another user',
      ['--cap-drop', 'SETUID', 'call:1', '/call', '105', '1000'],
      'capability SETUID',
    ),
    of(
      'another group',
      ['--cap-drop', 'SETGID', 'call:1', '/call', '106', '1000'],
      'capability SETGID',
    ),
    of(
      'chroot',
      ['--cap-drop', 'SYS_CHROOT', 'box:1', 'busybox', 'chroot', '/', '/bin/true'],
      'capability SYS_CHROOT',
    ),
    of(
      "the mode of somebody else's file",
      ['--cap-drop', 'FOWNER', 'both:1', 'busybox', 'chmod', '600', '/theirs'],
      'capability FOWNER',
    ),
    of(
      "somebody else's file",
      ['--cap-drop', 'DAC_OVERRIDE', ...shell('echo x > /theirs')],
      'capability DAC_OVERRIDE',
    ),
    of('a higher priority', ['call:1', '/call', '141', '0', '0', '-5'], 'capability SYS_NICE'),
    of('the clock', ['call:1', '/call', '164', '0', '0'], 'capability SYS_TIME'),
    of('the terminal', ['call:1', '/call', '153'], 'capability SYS_TTY_CONFIG'),
    of(
      'one of all that were dropped',
      ['--cap-drop', 'ALL', 'box:1', 'busybox', 'chown', '1', '/etc/passwd'],
      'capability CHOWN',
    ),
    of(
      'two capabilities',
      [
        ...['--cap-drop', 'CHOWN', '--cap-drop', 'SETUID'],
        ...shell('busybox chown 1 /etc/passwd && /call 105 1'),
      ],
      'capability CHOWN',
      'capability SETUID',
    ),
    // Filters, privileges, namespaces.
    of(
      'a profile of its own',
      ['--security-opt', `seccomp=${profiles.refuses}`, 'box:1', 'mkdir', '/x'],
      'seccomp',
    ),
    of(
      'a setuid program',
      ['--security-opt', 'no-new-privileges', '-u', '1000', 'both:1', '/sucall', '105', '0'],
      'privileges',
    ),
    of(
      'one of all that were dropped, and a file',
      ['--cap-drop', 'ALL', '--read-only', 'box:1', 'busybox', 'chown', '1', '/etc/passwd'],
      'capability CHOWN',
      'read-only',
    ),
    of('a process outside', shell(`test -d /proc/${pid}`, 'box:1'), 'pid-namespace'),
    // Paths.
    of('a masked file', shell('grep -q . /proc/timer_list', 'box:1'), 'path /proc/timer_list'),
    of(
      'a read-only folder of /proc',
      shell(
        'v=$(cat /proc/irq/default_smp_affinity) && echo $v > /proc/irq/default_smp_affinity',
        'box:1',
      ),
      'path /proc/irq',
    ),
    // Limits.
    of(
      'processors',
      ['--cpuset-cpus', '0', ...shell('test $(busybox nproc) -ge 2', 'box:1')],
      'cpu',
    ),
    of(
      'shared memory',
      ['--shm-size', '1m', 'box:1', 'dd', 'if=/dev/zero', 'of=/dev/shm/x', 'bs=1M', 'count=4'],
      'shared-memory',
    ),
    of(
      'a large file',
      ['--ulimit', 'fsize=100000', 'box:1', 'dd', 'if=/dev/zero', 'of=/x', 'bs=1M', 'count=1'],
      'ulimits',
    ),
    of(
      'a program that asks for many files',
      ['--ulimit', 'nofile=100', ...shell('test $(ulimit -n) -ge 500', 'box:1')],
      'ulimits',
    ),
    // Mounts and devices.
    of(
      'a small tmpfs',
      [
        ...['--tmpfs', '/t:size=64k', 'box:1'],
        ...['dd', 'if=/dev/zero', 'of=/t/x', 'bs=1M', 'count=1'],
      ],
      'mounts',
    ),
    of(
      'a device on a tmpfs',
      ['--tmpfs', '/t', ...shell('busybox mknod /t/n c 1 3 && echo > /t/n', 'box:1')],
      'mounts',
    ),
    of('a read-only volume', ['-v', `${folder}:/v:ro`, 'box:1', 'touch', '/v/x'], 'mounts'),
    of('the log of the kernel', shell('test -c /dev/kmsg', 'box:1'), 'device /dev/kmsg'),
    // User, entrypoint, network, host.
    of('the user of the image', ['as-web:1', 'touch', '/etc/x'], 'user'),
    of('an entrypoint that ends', ['ends:1', 'true'], 'entrypoint'),
    of('a server of this machine', ['box:1', 'wget', '-q', '-O', '/dev/null', page], 'network'),
    of(
      'a flag that is too new',
      ['--as', 'kernel:4.4', 'call:1', '/call', '318', '0', '0', '4'],
      'host',
    ),
    of(
      'a call that is too new',
      ['--as', 'rhel:7.9+docker:1.13', 'call:1', '/call', '434', '1', '0'],
      'host',
    ),
    // Two that hide each other.
    of(
      'a mount in a read-only root',
      ['--read-only', ...shell('mkdir /m && mount -t tmpfs x /m', 'box:1')],
      'capability SYS_ADMIN',
      'read-only',
    ),
    of(
      'a program on a tmpfs, and a user',
      [
        ...['-u', '1000', '--tmpfs', '/t:mode=1777'],
        ...shell('cp /bin/busybox /t/echo && /t/echo && touch /etc/x', 'box:1'),
      ],
      'mounts',
      'user',
    ),
    of(
      'a page for another user',
      ['-u', '1000', 'box:1', 'wget', '-q', '-O', '/etc/x', page],
      'network',
      'user',
    ),
    of(
      'a call that is refused, and a file',
      ['--read-only', ...shell('/call 250 0 -2 1 && touch /x')],
      'read-only',
      'seccomp',
    ),
    of(
      'a device, and a user',
      ['-u', '1000', ...shell('test -c /dev/kmsg && touch /etc/x', 'box:1')],
      'device /dev/kmsg',
      'user',
    ),
    of(
      'a flag, and a file',
      ['--as', 'kernel:4.4', '--read-only', ...shell('/call 318 0 0 4 && touch /x')],
      'host',
      'read-only',
    ),
    of(
      'processors, and a file',
      [
        ...['--cpuset-cpus', '0', '--read-only'],
        ...shell('test $(busybox nproc) -ge 2 && touch /x', 'box:1'),
      ],
      'cpu',
      'read-only',
    ),
    of(
      'threads, and another user',
      ['--pids-limit', '10', '--cap-drop', 'SETUID', ...shell('/call threads && /call 105 1')],
      'capability SETUID',
      'pids',
    ),
    of(
      'shared memory, and a large file',
      [
        ...['--shm-size', '1m', '--ulimit', 'fsize=3000000'],
        ...['box:1', 'dd', 'if=/dev/zero', 'of=/dev/shm/x', 'bs=1M', 'count=4'],
      ],
      'shared-memory',
      'ulimits',
    ),
    of(
      'an entrypoint, and a user',
      ['-u', '1000', 'ends:1', 'touch', '/etc/x'],
      'entrypoint',
      'user',
    ),
    of(
      'memory, and a call',
      ['--memory', '40m', ...shell('/call memory && /call 272 0x10000000')],
      'memory',
      'seccomp',
    ),
  ];
}

/** A second lot, written when the first had been looked at, and before any of these was run. */
export function blindAgain({ port, folder, profiles }: Surroundings): readonly SetUp[] {
  const shell = (line: string, image = 'both:1') => [image, 'sh', '-c', line];
  const page = `http://127.0.0.1:${port}/`;
  return [
    of(
      "somebody else's file, of all that were dropped",
      ['--cap-drop', 'ALL', ...shell('echo x > /theirs')],
      'capability DAC_OVERRIDE',
    ),
    of(
      'forks',
      ['--pids-limit', '5', ...shell('for i in 1 2 3 4 5 6 7 8; do sleep 1 & done; wait', 'box:1')],
      'pids',
    ),
    of(
      'a large buffer',
      ['--memory', '20m', 'box:1', 'dd', 'if=/dev/zero', 'of=/dev/null', 'bs=64M', 'count=1'],
      'memory',
    ),
    of(
      'a file that is bound read-only',
      ['-v', `${folder}/page:/page:ro`, ...shell('echo x > /page', 'box:1')],
      'mounts',
    ),
    of('a read-only tmpfs', ['--tmpfs', '/t:ro', 'box:1', 'touch', '/t/x'], 'mounts'),
    of(
      'files on a tmpfs',
      [
        '--tmpfs',
        '/t:nr_inodes=4',
        ...shell('for i in 1 2 3 4 5 6 7 8; do touch /t/$i || exit 1; done', 'box:1'),
      ],
      'mounts',
    ),
    of(
      'a filter that kills',
      ['--security-opt', `seccomp=${profiles.kills}`, 'box:1', 'rm', '/etc/group'],
      'seccomp',
    ),
    of(
      'a filter that says it is not there',
      ['--security-opt', `seccomp=${profiles.lacks}`, 'box:1', 'ln', '-s', '/a', '/b'],
      'seccomp',
    ),
    // clone(CLONE_NEWUSER | SIGCHLD), personality(ADDR_NO_RANDOMIZE): the filter looks at the argument.
    of('a flag that is refused', ['call:1', '/call', '56', '0x10000011'], 'seccomp'),
    of('a personality', ['call:1', '/call', '135', '0x40000'], 'seccomp'),
    of(
      'a masked file, and a mount',
      shell('grep -q . /proc/timer_list && mount -t tmpfs x /tmp', 'box:1'),
      'capability SYS_ADMIN',
      'path /proc/timer_list',
    ),
    of('a masked folder', shell('ls /sys/firmware | grep -q .', 'box:1'), 'path /sys/firmware'),
    of(
      'a page, and a mount',
      shell(`wget -q -O /dev/null ${page} && mount -t tmpfs x /tmp`, 'box:1'),
      'capability SYS_ADMIN',
      'network',
    ),
    of(
      'an entrypoint, and a file',
      ['--read-only', 'ends:1', 'touch', '/x'],
      'entrypoint',
      'read-only',
    ),
    of(
      'chroot, and another group',
      [
        ...['--cap-drop', 'SYS_CHROOT', '--cap-drop', 'SETGID'],
        ...shell('busybox chroot / /bin/true && /call 106 1000'),
      ],
      'capability SETGID',
      'capability SYS_CHROOT',
    ),
    of(
      'a call that is too new, and a user',
      [
        ...['--as', 'rhel:7.9+docker:1.13', '-u', '1000'],
        ...shell('/call 434 1 0 && touch /etc/x'),
      ],
      'host',
      'user',
    ),
    of(
      'three that hide each other',
      [
        ...['--read-only', '-u', '1000', '--tmpfs', '/t:mode=1777'],
        ...shell('cp /bin/busybox /t/echo && /t/echo && touch /etc/x', 'box:1'),
      ],
      'mounts',
      'read-only',
      'user',
    ),
  ];
}
