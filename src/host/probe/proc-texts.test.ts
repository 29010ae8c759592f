import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as texts from './proc-texts.ts';

/** One table of cases for each parser: the text as a kernel gave it, and what is in it. */
function cases<T>(
  name: string,
  parse: (text: string) => T,
  table: readonly (readonly [string, T])[],
): void {
  test(name, () => {
    for (const [text, expected] of table) assert.deepEqual(parse(text), expected);
  });
}

cases('/proc/filesystems', texts.parseFilesystems, [
  ['nodev\tsysfs\nnodev\tcgroup2\n\text4\n\tfuseblk\n', ['sysfs', 'cgroup2', 'ext4', 'fuseblk']],
  ['', []],
]);

cases('kernel configuration', texts.parseKernelConfig, [
  [
    '#\n# Automatically generated\nCONFIG_SECCOMP=y\n# CONFIG_IKCONFIG is not set\nCONFIG_LSM="landlock,yama"\nCONFIG_TUN=m\nCONFIG_HZ=250\n',
    {
      CONFIG_SECCOMP: 'y',
      CONFIG_IKCONFIG: 'n',
      CONFIG_LSM: 'landlock,yama',
      CONFIG_TUN: 'm',
      CONFIG_HZ: '250',
    },
  ],
]);

cases('/proc/modules', texts.parseModules, [
  [
    'xt_MASQUERADE 20480 1 - Live 0xffffffffc0a2b000\nbr_netfilter 32768 0 - Live 0x0000000000000000\n',
    ['xt_MASQUERADE', 'br_netfilter'],
  ],
]);

cases('modules.builtin and modules.dep', texts.parseModulePaths, [
  [
    'kernel/fs/ext4/ext4.ko\nkernel/net/netfilter/xt_conntrack.ko.xz: kernel/net/netfilter/x_tables.ko.xz\nkernel/drivers/usb/host/xhci-hcd.ko.zst:\n',
    ['ext4', 'xt_conntrack', 'xhci_hcd'],
  ],
]);

cases('/proc/cgroups', texts.parseProcCgroups, [
  // 3.10 of RHEL 7; then 6.12, where version 1 memory and cpuset may be left out.
  [
    '#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpuset\t2\t1\t1\nmemory\t9\t1\t0\nperf_event\t3\t1\t1\n',
    ['cpuset', 'perf_event'],
  ],
  ['#subsys_name\thierarchy\tnum_cgroups\tenabled\npids\t0\t100\t1\n', ['pids']],
]);

test('/proc/self/mountinfo', () => {
  const mounts = texts.parseMountInfo(
    [
      '22 28 0:20 / /sys rw,nosuid,nodev,noexec,relatime shared:7 - sysfs sysfs rw',
      '30 22 0:26 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:11 - cgroup cgroup rw,cpuacct,cpu',
      '28 0 253:0 / / rw,relatime shared:1 - xfs /dev/mapper/rhel-root rw,attr2,inode64,noquota',
      '99 28 8:1 / /var/lib/docker\\040old rw,nosuid - ext4 /dev/sda1 rw',
      'damaged',
    ].join('\n'),
  );
  assert.equal(mounts.length, 4);
  assert.deepEqual(mounts[1]?.superOptions, ['rw', 'cpuacct', 'cpu']);
  assert.equal(mounts[3]?.target, '/var/lib/docker old');
  assert.equal(texts.mountOf(mounts, '/var/lib/containers')?.type, 'xfs');
  assert.equal(texts.mountOf(mounts, '/var/lib/docker old/overlay2')?.type, 'ext4');
  assert.equal(texts.mountOf(mounts, '/system')?.target, '/');
});

cases('chosen words', texts.parseChoice, [
  ['always [madvise] never\n', 'madvise'],
  ['[always] madvise never', 'always'],
  ['nothing', undefined],
]);

cases('/proc/PID/limits', texts.parseLimits, [
  [
    'Limit                     Soft Limit           Hard Limit           Units     \nMax open files            1024                 524288               files     \nMax locked memory         unlimited            unlimited            bytes     \nMax realtime timeout      unlimited            unlimited            us        \n',
    {
      nofile: { soft: 1024, hard: 524288 },
      memlock: { soft: null, hard: null },
      rttime: { soft: null, hard: null },
    },
  ],
]);

cases('resolv.conf', texts.parseResolver, [
  [
    '# by kubelet\nnameserver 10.96.0.10\nsearch default.svc.cluster.local svc.cluster.local\noptions ndots:5 edns0\n',
    {
      search: ['default.svc.cluster.local', 'svc.cluster.local'],
      ndots: 5,
      nameservers: ['10.96.0.10'],
    },
  ],
  ['', {}],
]);

cases('binfmt_misc', texts.parseBinfmt, [
  [
    'enabled\ninterpreter /usr/libexec/qemu-binfmt/aarch64-binfmt-P\nflags: POCF\noffset 0\nmagic 7f454c460201010000000000000000000200b700\n',
    {
      enabled: true,
      interpreter: '/usr/libexec/qemu-binfmt/aarch64-binfmt-P',
      flags: 'POCF',
      magic: '7f454c460201010000000000000000000200b700',
    },
  ],
  [
    'disabled\ninterpreter /usr/bin/x\nflags: \n',
    { enabled: false, interpreter: '/usr/bin/x', flags: '' },
  ],
]);

cases('the vsyscall page', texts.parseVsyscallMapping, [
  [
    'ffffffffff600000-ffffffffff601000 r-xp 00000000 00:00 0                  [vsyscall]\n',
    'emulate',
  ],
  [
    'ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]\n',
    'xonly',
  ],
  ['7ffcacbf3000-7ffcacbf5000 r-xp 00000000 00:00 0                          [vdso]\n', 'none'],
]);

test('boot parameters: the last one counts', () => {
  const line = 'BOOT_IMAGE=/vmlinuz root=/dev/sda1 vsyscall=none quiet vsyscall=emulate';
  assert.equal(texts.bootParameter(line, 'vsyscall'), 'emulate');
  assert.equal(texts.bootParameter(line, 'quiet'), '');
  assert.equal(texts.bootParameter(line, 'syscall'), undefined);
});

test('the auxiliary vector in both byte orders', () => {
  for (const little of [true, false]) {
    const bytes = new Uint8Array(48);
    const view = new DataView(bytes.buffer);
    view.setBigUint64(0, 6n, little);
    view.setBigUint64(8, 65536n, little);
    view.setBigUint64(16, 16n, little);
    view.setBigUint64(24, 0x8ffn, little);
    const entries = texts.parseAuxv(bytes, little);
    assert.equal(entries.get(6), 65536n);
    assert.equal(entries.get(16), 0x8ffn);
    assert.equal(entries.size, 2);
  }
  assert.equal(texts.parseAuxv(new Uint8Array(7), true).size, 0);
});

cases('the NVIDIA driver', texts.parseNvidiaVersion, [
  [
    'NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.14  Thu Feb 22 01:44:30 UTC 2024\nGCC version:  gcc version 12.2.0\n',
    '550.54.14',
  ],
  [
    'NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  560.35.03  Release Build  (dvs-builder@U16-I3)\n',
    '560.35.03',
  ],
  ['GCC version: 12.2.0', undefined],
]);

cases('AppArmor profiles', texts.parseAppArmorProfiles, [
  [
    'docker-default (enforce)\n/usr/bin/man (enforce)\nfusermount3 (complain)\n',
    ['docker-default', '/usr/bin/man', 'fusermount3'],
  ],
]);
