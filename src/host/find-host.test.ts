import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { describeHost } from './describe.ts';
import { findHost, type HostSources, parseHostName } from './find-host.ts';
import { allNames } from './named/names.ts';
import type { Offer } from './offer.ts';
import { offerSchema } from './offer-schema.ts';
import { qualifiers } from './qualifiers.ts';

const files: Readonly<Record<string, string>> = {
  './prod.json': '{"schema":"plimsoll.host/1","name":"prod","kernel":{"release":"5.4.0"}}',
  '-': '{"schema":"plimsoll.host/1","name":"from stdin","machine":"x86_64"}',
  'profile.json': '{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[]}',
  'list.json': '[]',
};

const sources: HostSources = {
  readFile: (path) => {
    const text = files[path];
    return text === undefined
      ? Promise.reject(new PlimsollError('PL0301', `no file ${path}`))
      : Promise.resolve(text);
  },
  probe: () => Promise.resolve({ schema: 'plimsoll.host/1', name: 'this', machine: 'x86_64' }),
};

const find = (name: string): Promise<Offer> => findHost(name, sources);

/** One use of each qualifier. */
const samples: readonly string[] = [
  'docker',
  'docker:20.10.9',
  'podman:4.9',
  'containerd:1.7',
  'cri-o:1.28',
  'buildah',
  'nspawn',
  'singularity:3.11',
  'engine:none',
  'engine:lxc',
  'runc:1.1.5',
  'crun:1.8',
  'libseccomp:2.3.1',
  'seccomp:unconfined',
  'seccomp:none',
  'seccomp:profile.json',
  'privileged',
  'rootless',
  'cap-add:SYS_ADMIN',
  'cap-drop:ALL',
  'user:1000',
  'read-only',
  'no-new-privileges',
  'arch:aarch64',
  'arch:s390x',
  'cpu:x86-64-v2',
  'cpu:-avx',
  'cpu:+avx512f',
  'page:4k',
  'cgroup:v1',
  'selinux:permissive',
  'apparmor:off',
  'vsyscall:none',
  'ia32:off',
  'aarch32:off',
  'kernel:6.8',
  'kernel:3.10.0-1160.el7',
  'sysctl:vm.max_map_count=262144',
  'ulimit:nofile=1024:4096',
  'ulimit:memlock=unlimited',
  'shm:1g',
  'tmpfs:/tmp=noexec',
  'volume:/srv/data:/data:Z',
  'device:/dev/kvm',
  'module:ip_tables',
  'no-module:tun',
  'nvidia:550.54',
  'compute:8.6',
  'fips',
  'crypto:LEGACY',
  'storage:vfs',
  'qemu:7.2',
  'rosetta',
  'kata',
  'lxc',
  'k8s',
  'k3s:1.31.4',
  'rke2',
  'wsl1',
];

function assertValid(offer: Offer, name: string): void {
  const result = offerSchema.safeParse(offer);
  assert.ok(result.success, `${name}: ${JSON.stringify(result.error?.issues)}`);
  assert.ok(describeHost(offer).length > 10, name);
}

test('every name is a valid host', async () => {
  const names = [
    ...allNames(),
    'gvisor',
    'gvisor:20230102',
    'wsl1',
    'kernel:5.10',
    'kernel:4.14.336',
  ];
  assert.ok(names.length > 200);
  for (const name of names) {
    const offer = await find(name);
    assertValid(offer, name);
    assert.ok(offer.machine !== undefined && offer.sources !== undefined, name);
  }
});

test('every qualifier goes with a name of every kind, a file and this', async () => {
  const used = new Set(samples.map((sample) => sample.split(':', 1)[0]));
  for (const { name } of qualifiers) assert.ok(used.has(name), `no sample of ${name}`);
  for (const base of [
    'rhel:7.9',
    'ubuntu:24.04',
    'gvisor',
    'kernel:5.10',
    'arch',
    'this',
    './prod.json',
    '-',
  ]) {
    for (const sample of samples) assertValid(await find(`${base}+${sample}`), `${base}+${sample}`);
  }
});

test('names are taken apart', () => {
  for (const [text, base, parts] of [
    ['rhel:7.9', 'rhel:7.9', []],
    ['rhel:7.9+docker:1.13+cpu:x86-64-v1', 'rhel:7.9', ['docker:1.13', 'cpu:x86-64-v1']],
    ['debian:12+cpu:+avx512f+privileged', 'debian:12', ['cpu:+avx512f', 'privileged:']],
    ['./c++/host.json+docker:28', './c++/host.json', ['docker:28']],
    ['this+sysctl:a.b=c:d', 'this', ['sysctl:a.b=c:d']],
    [
      'raspios:12+kernel:6.12.34+rpt-rpi-v8+docker:28',
      'raspios:12',
      ['kernel:6.12.34+rpt-rpi-v8', 'docker:28'],
    ],
    ['kernel:6.12.43+deb13-amd64+privileged', 'kernel:6.12.43+deb13-amd64', ['privileged:']],
    ['./h.json+kernel:6.6.44-production+truenas', './h.json', ['kernel:6.6.44-production+truenas']],
    ['cos:97+kernel:5.10.107++containerd:1.6', 'cos:97', ['kernel:5.10.107+', 'containerd:1.6']],
    ['debian:12+kernel:6.8+rootles', 'debian:12', ['kernel:6.8', 'rootles:']],
    ['-', '-', []],
  ] as const) {
    const written = parseHostName(text);
    assert.equal(written.base, base);
    assert.deepEqual(
      written.qualifiers.map(({ name, value }) => `${name}:${value}`),
      parts,
    );
  }
});

test('what named hosts carry', async () => {
  const rhel7 = await find('centos:7');
  assert.equal(rhel7.distribution?.id, 'centos');
  assert.equal(rhel7.distribution?.version, '7.9');
  assert.equal(rhel7.kernel?.release, '3.10.0-1160.el7');
  assert.equal(rhel7.sysctls?.['net.core.somaxconn'], '128');
  assert.equal(rhel7.sysctls?.['user.max_user_namespaces'], '0');
  assert.equal(rhel7.namespaces?.unprivilegedUser, false);
  assert.equal(rhel7.cgroup?.version, 'v1');
  assert.equal(rhel7.lsm?.selinux, 'enforcing');
  assert.equal(rhel7.vsyscall, 'emulate');
  assert.equal(rhel7.engine?.name, 'docker');
  assert.equal(rhel7.cpu, undefined, 'any x86-64 processor starts RHEL 7');
  const rhel9 = await find('almalinux:9.4');
  assert.equal(rhel9.distribution?.id, 'almalinux');
  assert.equal(rhel9.cpu?.levelAtLeast, 'x86-64-v2');
  assert.equal(rhel9.cpu?.level, undefined);
  assert.equal(rhel9.sysctls?.['kernel.io_uring_disabled'], '2');
  const noble = await find('ubuntu:noble');
  assert.equal(noble.kernel?.base, '6.8');
  assert.equal(noble.sysctls?.['kernel.apparmor_restrict_unprivileged_userns'], '1');
  assert.equal(noble.sysctls?.['net.core.somaxconn'], '4096');
  assert.equal(noble.sources?.['sysctls.net.core.somaxconn'], 'default of Linux 6.8');
  assert.equal((await find('debian:sid')).distribution?.version, '14');
  assert.equal((await find('amazonlinux:2')).distribution?.id, 'amzn');
  assert.equal((await find('rhel:8.6+arch:aarch64')).pageSize, 65536);
  assert.equal((await find('rhel:9+arch:ppc64le')).pageSize, 65536);
  assert.equal((await find('gvisor')).kernel?.kind, 'gvisor');
  assert.equal((await find('gvisor:20230102')).kernel?.release, '4.4.0');
});

test('what qualifiers change', async () => {
  const engine = (await find('rhel:7.9+docker:1.13')).engine;
  assert.equal(engine?.version, '1.13.1');
  assert.equal(engine?.libseccomp, '2.3.1');
  assert.deepEqual(engine?.api, { minimum: '1.12', maximum: '1.26' });
  const podman = (await find('debian:12+podman')).engine;
  assert.deepEqual(
    [podman?.version, podman?.runtime?.name, podman?.commonVersion],
    ['4.3.1', 'crun', '0.50.1'],
  );
  const hwe = await find('ubuntu:22.04+kernel:6.8');
  assert.equal(hwe.kernel?.base, '6.8');
  assert.equal(hwe.sysctls?.['kernel.perf_event_paranoid'], '4', "Ubuntu's setting stays");
  assert.equal(hwe.sysctls?.['kernel.io_uring_disabled'], '0', "the new kernel's comes");
  const older = await find('rhel:7.9+kernel:3.10.0-123.el7');
  assert.equal(older.syscalls, undefined);
  assert.equal((await find('debian:12+cpu:-avx')).cpu?.level, 'x86-64-v2');
  assert.equal((await find('debian:12+cpu:x86-64-v4+cpu:-avx2')).cpu?.level, 'x86-64-v2');
  assert.equal((await find('debian:12+cpu:x86-64-v1+cpu:-avx')).cpu?.level, 'x86-64-v1');
  assert.ok((await find('debian:12+cpu:+avx512f')).cpu?.features?.includes('avx512f'));
  assert.equal((await find('debian:12+engine:none')).engine, undefined);
  assert.equal((await find('debian:12+kata')).kernel, undefined);
  assert.equal((await find('debian:12+shm:1g')).container?.shmSize, 1 << 30);
  assert.deepEqual((await find('debian:12+ulimit:memlock=unlimited')).limits?.['memlock'], {
    soft: null,
    hard: null,
  });
  assert.equal((await find('this+docker:28.2')).name, 'this+docker:28.2');
  assert.equal((await find('./prod.json+fips')).name, 'prod+fips');
  assert.equal((await find('./prod.json')).name, 'prod');
});

test('what is not known is refused, with what there is', async () => {
  for (const [name, message, help] of [
    ['rehl:7.9', /no host is named 'rehl:7.9'/, /host list/],
    ['', /the name of the host is empty/, /host list/],
    ['kernel:new', /no host is named/, /host list/],
    ['debian:12+dokcer:1', /there is no qualifier 'dokcer'/, /did you mean docker/],
    ['debian:12+page:5k', /'5k' does not fit/, /page:4k/],
    ['debian:12+privileged:yes', /takes no value/, undefined],
    ['debian:12+sysctl', /needs a value/, /sysctl:NAME=VALUE/],
    ['debian:12+cpu:fast', /'fast' does not fit/, /x86-64-v1/],
    ['debian:12+seccomp:list.json', /defaultAction is missing/, undefined],
    ['nowhere.json', /no file/, undefined],
    // Values that nothing can be made of.
    ['debian:12+docker:banana', /'banana' does not fit the qualifier docker/, /docker:1\.2\.3/],
    ['debian:12+nspawn:banana', /'banana' does not fit/, undefined],
    ['debian:12+kata:banana', /'banana' does not fit/, undefined],
    ['debian:12+runc:x', /'x' does not fit/, /runc:1\.2\.3/],
    ['debian:12+libseccomp:x', /'x' does not fit/, /libseccomp:2/],
    ['debian:12+nvidia:abc', /'abc' does not fit/, /nvidia:5/],
    ['debian:12+qemu:new', /'new' does not fit/, undefined],
    ['debian:12+cpu:x86-64-v9', /'x86-64-v9' does not fit/, /x86-64-v4/],
    ['debian:12+cap-add:SYS_ADMN', /'CAP_SYS_ADMN' does not fit/, /did you mean CAP_SYS_ADMIN/],
    ['debian:12+ulimit:nofle=5', /'nofle' does not fit/, /did you mean nofile/],
    ['debian:12+storage:overlai2', /'overlai2' does not fit/, /overlay2/],
    ['debian:12+crypto:legacy', /'legacy' does not fit/, /crypto:LEGACY/],
    ['debian:12+sysctl:foo=1', /'foo=1' does not fit/, /vm\.max_map_count/],
    ['gvisor:banana', /no host is named/, undefined],
    ['kernel:abc', /no host is named/, undefined],
    ['rhel:7.99', /no host is named 'rhel:7\.99'/, undefined],
    // Nothing where something should be.
    ['debian:12+', /nothing stands after a '\+'/, /debian:12\+docker/],
    ['debian:12++docker', /nothing stands after a '\+'/, undefined],
    ['./prod.json+', /nothing stands after a '\+'/, undefined],
    ['+docker', /the name of the host is empty/, undefined],
    // What contradicts itself, or the machine.
    ['debian:12+docker:20.10+docker:24.0', /both say what the engine is/, /leave one/],
    ['debian:12+docker+podman', /docker and podman both say/, undefined],
    ['debian:12+engine:none+docker', /both say/, undefined],
    ['debian:12+fips+fips', /fips stands there twice/, undefined],
    ['debian:12+cpu:x86-64-v2+cpu:x86-64-v3', /both say what cpu a level is/, undefined],
    ['debian:12+cap-add:NET_RAW+cap-drop:CAP_NET_RAW', /capability NET_RAW/, undefined],
    ['debian:12+module:tun+no-module:tun', /module tun/, undefined],
    ['debian:12+sysctl:vm.swappiness=1+sysctl:vm.swappiness=2', /both say/, undefined],
    ['debian:12+page:16k', /no x86_64 machine is page:16k/, /arch:/],
    ['debian:12+arch:aarch64+cpu:x86-64-v2', /no aarch64 machine is cpu:x86-64-v2/, undefined],
    ['debian:12+arch:aarch64+vsyscall:none', /no aarch64 machine/, undefined],
  ] as const) {
    const error = await find(name).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof PlimsollError, name);
    assert.match(error.message, message);
    if (help !== undefined) assert.match(error.diagnostic.help ?? '', help);
  }
  const releases = await find('rhel:7.99').catch((thrown: unknown) => thrown);
  assert.ok(releases instanceof PlimsollError);
  assert.match(releases.diagnostic.notes?.join(' ') ?? '', /of rhel there are: .*rhel:7\.9/);
  const near = await find('ubunut:24.04').catch((thrown: unknown) => thrown);
  assert.ok(near instanceof PlimsollError);
  assert.match(near.diagnostic.notes?.join(' ') ?? '', /ubuntu:24\.04/);
});

test('what is beyond the tables is taken, and says so', async () => {
  const docker = await find('debian:12+docker:99');
  assert.equal(docker.engine?.version, '99');
  assert.match(docker.sources?.['engine'] ?? '', /newer than [\d.]+, the newest that is known/);
  assert.equal((await find('debian:12+docker:20.10.9')).sources?.['engine'], 'given by qualifier');
  assert.match((await find('kernel:99.1')).sources?.['kernel'] ?? '', /newer than Linux/);
  assert.match((await find('kernel:2.6.18')).sources?.['kernel'] ?? '', /older than Linux/);
  assert.equal((await find('kernel:5.10')).sources?.['kernel'], 'given by name');
});

const spoken: readonly (readonly [written: string, name: string, release: string])[] = [
  ['debian', 'debian (taken as debian:13)', '13'],
  ['debian+docker:24.0', 'debian+docker:24.0 (taken as debian:13)', '13'],
  ['RHEL', 'RHEL (taken as rhel:10.1)', '10.1'],
  ['wsl2', 'wsl2 (taken as wsl2:6.18)', '6.18'],
  ['rhel:6', 'rhel:6', '6.10'],
  ['centos:6.5', 'centos:6.5', '6.5'],
  ['github-actions:ubuntu-24.04', 'github-runner:24.04', '24.04'],
  ['gke:1.30', 'gke:1.30', '1.30'],
  ['gke:117', 'cos:117', '117'],
  ['opensuse:15.6', 'opensuse-leap:15.6', '15.6'],
  ['tumbleweed', 'opensuse-tumbleweed', 'rolling'],
  ['proxmox:8', 'proxmox:8', '8'],
];

test('names as people write them', async () => {
  for (const [written, name, release] of spoken) {
    const offer = await find(written);
    assert.equal(offer.name, name);
    assert.equal(offer.distribution?.version, release, written);
  }
});

const incomplete: readonly (readonly [written: string, expected: RegExp])[] = [
  ['centos', /'centos' alone does not say which host is meant/],
  ['bottlerocket', /alone does not say/],
  ['github-actions', /alone does not say/],
  ['rhel6', /no host is named 'rhel6'/],
];

test('a name that may mean several hosts is refused, and those are listed', async () => {
  for (const [written, expected] of incomplete) await assert.rejects(find(written), expected);
  await assert.rejects(find('debian-12'), (error: PlimsollError) =>
    /did you mean debian:12\?/.test(error.diagnostic.help ?? ''),
  );
});
