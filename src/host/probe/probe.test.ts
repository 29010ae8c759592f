import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { release } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { answerTo } from '../answer.ts';
import { offerSchema } from '../offer-schema.ts';
import { probeHost } from './probe.ts';

const folders: string[] = [];
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A tree with those files; a value that begins with '-> ' is a symbolic link. */
function tree(files: Readonly<Record<string, string | Uint8Array>>): string {
  const root = mkdtempSync('/tmp/plimsoll-probe-');
  folders.push(root);
  for (const [path, content] of Object.entries(files)) {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    if (typeof content === 'string' && content.startsWith('-> '))
      symlinkSync(content.slice(3), file);
    else writeFileSync(file, content);
  }
  return root;
}

const options = Array.from({ length: 120 }, (_, at) => `CONFIG_FILLER_${at}=y`).join('\n');

/** A CentOS 7 machine, as its files are, in short. */
const centos7 = {
  'etc/os-release': '-> ../usr/lib/os-release',
  'usr/lib/os-release':
    'NAME="CentOS Linux"\nID="centos"\nVERSION_ID="7"\nPRETTY_NAME="CentOS Linux 7 (Core)"\n',
  'etc/hostname': 'old-box\n',
  'proc/sys/kernel/osrelease': '3.10.0-1160.71.1.el7.x86_64\n',
  'proc/sys/kernel/arch': 'x86_64\n',
  'proc/version': 'Linux version 3.10.0-1160.71.1.el7.x86_64 (mockbuild@kbuilder) #1 SMP\n',
  'proc/cmdline': 'BOOT_IMAGE=/vmlinuz root=/dev/mapper/centos-root ro vsyscall=emulate\n',
  'boot/config-3.10.0-1160.71.1.el7.x86_64': `${options}\nCONFIG_IA32_EMULATION=y\nCONFIG_SECURITY_SELINUX=y\nCONFIG_SECCOMP_FILTER=y\n# CONFIG_SECURITY_APPARMOR is not set\n`,
  'proc/cpuinfo':
    'processor\t: 0\nvendor_id\t: AuthenticAMD\nflags\t\t: fpu cmov cx8 fxsr mmx syscall sse sse2 pni\n',
  'proc/cgroups':
    '#subsys_name\thierarchy\tnum_cgroups\tenabled\nmemory\t9\t88\t1\ncpu\t4\t71\t1\n',
  'proc/filesystems': 'nodev\tproc\n\txfs\nnodev\toverlay\n',
  'proc/self/mountinfo': [
    '17 40 0:17 / / rw,relatime shared:1 - xfs /dev/mapper/centos-root rw',
    '30 22 0:26 / /sys/fs/cgroup/memory rw shared:11 - cgroup cgroup rw,memory',
    '31 22 0:27 / /sys/fs/cgroup/cpu rw shared:12 - cgroup cgroup rw,cpu',
    '',
  ].join('\n'),
  'proc/sys/vm/max_map_count': '65530\n',
  'proc/sys/user/max_user_namespaces': '0\n',
  'proc/sys/kernel/core_pattern': '|/usr/libexec/abrt-hook-ccpp %s %c\n',
  'proc/sys/net/ipv4/conf/eth0/forwarding': '1\n',
  'proc/sys/net/ipv4/conf/all/forwarding': '1\n',
  'proc/modules': 'overlay 71964 2 - Live 0x0\nip_tables 27126 1 - Live 0x0\n',
  'lib/modules/3.10.0-1160.71.1.el7.x86_64/modules.builtin': 'kernel/fs/ext4/ext4.ko\n',
  'lib/modules/3.10.0-1160.71.1.el7.x86_64/modules.dep': 'kernel/drivers/net/tun.ko.xz:\n',
  'sys/kernel/mm/transparent_hugepage/enabled': '[always] madvise never\n',
  'sys/fs/selinux/enforce': '1',
  'sys/fs/selinux/booleans/container_use_cephfs': '0 0',
  'etc/resolv.conf': 'search example.com\nnameserver 192.0.2.1\n',
  'var/lib/dpkg/status':
    'Package: docker-ce\nStatus: install ok installed\nVersion: 5:19.03.8~3-0\nArchitecture: amd64\nMaintainer: x\nDescription: x\n\nPackage: libseccomp2\nStatus: install ok installed\nVersion: 2.3.1-4\nArchitecture: amd64\nMaintainer: x\nDescription: x\n',
} as const;

test('another machine below a root: everything from its own files', async () => {
  const offer = await probeHost({ root: tree(centos7) });
  assert.equal(offerSchema.safeParse(offer).success, true);
  assert.equal(offer.name, 'old-box');
  assert.deepEqual(offer.distribution, {
    id: 'centos',
    version: '7',
    name: 'CentOS Linux 7 (Core)',
  });
  assert.equal(offer.kernel?.release, '3.10.0-1160.71.1.el7.x86_64');
  assert.equal(offer.kernel?.base, '3.10');
  assert.equal(offer.kernel?.configComplete, true);
  assert.equal(offer.machine, 'x86_64');
  assert.equal(offer.cpu?.level, 'x86-64-v1');
  assert.equal(offer.pageSize, 4096);
  assert.equal(offer.vsyscall, 'emulate');
  assert.equal(offer.ia32, true);
  assert.equal(offer.lsm?.selinux, 'enforcing');
  assert.deepEqual(offer.lsm?.selinuxBooleans, { container_use_cephfs: false });
  assert.equal(offer.lsm?.apparmor, false);
  assert.deepEqual(offer.cgroup, {
    version: 'v1',
    controllers: ['cpu', 'memory'],
    procCgroups: ['memory', 'cpu'],
  });
  assert.equal(offer.sysctls?.['vm.max_map_count'], '65530');
  assert.equal(offer.sysctls?.['net.ipv4.conf.eth0.forwarding'], undefined);
  assert.equal(offer.sysctls?.['net.ipv4.conf.all.forwarding'], '1');
  assert.deepEqual(offer.modules, ['ext4', 'ip_tables', 'overlay']);
  assert.deepEqual(offer.modulesAvailable, ['tun']);
  assert.equal(offer.transparentHugepages, 'always');
  assert.deepEqual(offer.upcalls, { core_pattern: '|/usr/libexec/abrt-hook-ccpp %s %c' });
  assert.deepEqual(offer.resolver, { search: ['example.com'], nameservers: ['192.0.2.1'] });
  assert.equal(offer.engine?.name, 'docker');
  assert.equal(offer.engine?.version, '19.03.8');
  assert.equal(offer.libseccomp, '2.3.1');
  // Without kallsyms the release stands in, with Red Hat's backports.
  assert.equal(offer.syscalls, undefined);
  assert.ok(
    offer.unread?.some(({ part, reason }) => part === 'syscalls' && /release/.test(reason)),
  );
  assert.equal(answerTo(offer, { name: 'getrandom' }).outcome, 'works');
});

test('every part that was read has its source', async () => {
  const offer = await probeHost({ root: tree(centos7) });
  const sources = Object.keys(offer.sources ?? {});
  const covered = (path: string) =>
    sources.some(
      (source) => path === source || path.startsWith(`${source}.`) || source.startsWith(`${path}.`),
    );
  for (const part of Object.keys(offer)) {
    if (['schema', 'name', 'sources', 'unread', 'namespaces'].includes(part)) continue;
    assert.ok(covered(part), `${part} has no source`);
  }
});

test('an empty tree gives nothing and says so', async () => {
  const offer = await probeHost({ root: tree({ 'etc/hostname': 'bare\n' }), name: 'bare' });
  assert.equal(offerSchema.safeParse(offer).success, true);
  const missing = new Set(offer.unread?.map(({ part }) => part));
  for (const part of [
    'kernel.release',
    'kernel.config',
    'machine',
    'cpu',
    'sysctls',
    'engine',
    'distribution',
  ]) {
    assert.ok(missing.has(part), part);
  }
  assert.equal(answerTo(offer, { name: 'read' }).outcome, 'unknown');
});

test('a link out of the tree stays inside it', async () => {
  const root = tree({
    'etc/os-release': '-> ../../../../../../etc/hostname',
    'etc/hostname': 'inner\n',
  });
  const offer = await probeHost({ root });
  assert.equal(offer.distribution, undefined);
  const loop = tree({ 'etc/os-release': '-> /etc/os-release', 'etc/hostname': 'x' });
  assert.equal((await probeHost({ root: loop })).distribution, undefined);
});

test('IA32 emulation follows configuration and, from 6.7 on, the boot parameter', async () => {
  for (const [config, commandLine, expected] of [
    ['CONFIG_IA32_EMULATION=y', '', true],
    ['# CONFIG_IA32_EMULATION is not set', '', false],
    // Before 6.7 the parameter is ignored.
    ['CONFIG_IA32_EMULATION=y', 'ia32_emulation=0', true],
    [
      'CONFIG_IA32_EMULATION=y\n# CONFIG_IA32_EMULATION_DEFAULT_DISABLED is not set',
      'ia32_emulation=0',
      false,
    ],
    ['CONFIG_IA32_EMULATION=y\nCONFIG_IA32_EMULATION_DEFAULT_DISABLED=y', '', false],
    [
      'CONFIG_IA32_EMULATION=y\nCONFIG_IA32_EMULATION_DEFAULT_DISABLED=y',
      'ia32_emulation=on',
      true,
    ],
  ] as const) {
    const root = tree({
      'proc/sys/kernel/osrelease': '6.12.1\n',
      'proc/sys/kernel/arch': 'x86_64\n',
      'proc/cmdline': `quiet ${commandLine}\n`,
      'proc/config.gz': gzipSync(`${options}\n${config}\n`),
    });
    assert.equal((await probeHost({ root })).ia32, expected, `${config} ${commandLine}`);
  }
});

test('this machine: valid, with its real release and calls', async () => {
  const offer = await probeHost();
  assert.equal(offerSchema.safeParse(offer).success, true);
  assert.equal(offer.kernel?.release, release());
  assert.equal(offer.pageSize, 4096);
  assert.equal(answerTo({ ...offer, engine: undefined }, { name: 'read' }).outcome, 'works');
  for (const calls of Object.values(offer.syscalls?.exact ?? {})) {
    assert.ok(calls.length > 250 && calls.includes('openat'));
  }
});

test('calls, versions of programs and packages are found out once for as long as nothing changes', async () => {
  const values = new Map<string, string>();
  const kept = {
    get: (key: string) => values.get(key),
    put: (key: string, value: string) => void values.set(key, value),
  };
  const first = await probeHost({ kept });
  assert.deepEqual((await probeHost({ kept })).syscalls, first.syscalls);
  const calls = [...values.keys()].filter((key) => key.startsWith('calls '));
  assert.equal(calls.length, first.syscalls === undefined ? 0 : 1);
  for (const key of calls) values.set(key, '{"x86_64":["read"]}');
  const again = await probeHost({ kept });
  assert.deepEqual(again.syscalls, first.syscalls && { exact: { x86_64: ['read'] } });
  for (const key of values.keys())
    if (key.startsWith('version ')) values.set(key, 'podman version 1.2.3\n');
  const older = await probeHost({ kept });
  if (first.engine?.name === 'podman') assert.equal(older.engine?.version, '1.2.3');
  // A tree of another machine neither uses nor leaves any.
  const before = values.size;
  await probeHost({ kept, root: tree(centos7) });
  assert.equal(values.size, before);
});

test('an ordinary user gets an offer too, and what he could not read', () => {
  const node = process.execPath;
  const folder = mkdtempSync('/tmp/plimsoll-nobody-');
  folders.push(folder);
  // The sources may lie where the user may not go; what is run is a copy.
  cpSync(join(import.meta.dirname, '../../../src'), join(folder, 'src'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(
    join(folder, 'probe.ts'),
    "import { probeHost } from './src/host/probe/probe.ts';\nprocess.stdout.write(JSON.stringify(await probeHost()));\n",
  );
  chmodSync(folder, 0o755);
  const root = process.getuid?.() === 0;
  const [command, ...args] = root
    ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', node]
    : [node];
  const made = spawnSync(command ?? node, [...args, join(folder, 'probe.ts')], {
    encoding: 'utf8',
    cwd: '/',
  });
  assert.equal(made.status, 0, made.stderr);
  const offer = offerSchema.parse(JSON.parse(made.stdout));
  assert.equal(offer.kernel?.release, release());
  assert.ok((offer.unread?.length ?? 0) > 0);
  assert.ok(Object.keys(offer.sysctls ?? {}).length > 50);
});

test('an aborted probe stops; a root that is none is refused', async () => {
  await assert.rejects(probeHost({ signal: AbortSignal.abort() }), { code: 'PL0002' });
  await assert.rejects(probeHost({ root: '/proc/self/no-such-tree' }), { code: 'PL0303' });
});
