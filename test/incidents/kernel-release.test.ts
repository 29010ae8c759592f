// Kernels too old for the image's C library, libraries or run-time; the vsyscall page; page sizes.
import { type Fixture, glibcFiles } from './harness/fixture.ts';
import { type HostSpec, type Incident, incidentSuite } from './harness/incident.ts';

const linux = (release: string, base: string): HostSpec => ({
  machine: 'x86_64',
  kernel: { release, base },
});
const el7 = 'rhel:7.9';
const noted = (abiNote: string, glibc: string, os: string): Fixture => ({
  files: glibcFiles(glibc, { abiNote }),
  os,
  entrypoint: ['/usr/bin/app'],
});
const withLibrary = (path: string, abiNote: string, glibc = '2.34'): Fixture => {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return {
    files: {
      ...glibcFiles(glibc, {
        app: { needed: [name, 'libc.so.6'], runpath: path.slice(0, path.lastIndexOf('/')) },
      }),
      [path]: { elf: { type: 'shared-library', soname: name, abiNote, needed: ['libc.so.6'] } },
    },
    os: 'debian 11',
    entrypoint: ['/usr/bin/app'],
  };
};

const tooOld = (
  [id, title, source]: readonly [string, string, string],
  image: Fixture,
  host: HostSpec,
  newer: HostSpec,
  older: Fixture,
): Incident => ({
  id,
  title,
  source,
  image,
  host,
  expect: {
    code: 'PL1001',
    severity: 'fatal',
    verdict: 'fails',
    help: /older release|newer/,
    symptom: /FATAL: kernel too old/,
  },
  counterpart: [
    { because: 'a newer kernel', host: newer },
    { because: 'an older image', image: older },
  ],
});

const libraryRefused = (
  [id, title, source]: readonly [string, string, string],
  image: Fixture,
  host: HostSpec,
  newer: HostSpec,
  stripped: Fixture,
): Incident => ({
  id,
  title,
  source,
  image,
  host,
  expect: {
    code: 'PL1002',
    severity: 'fatal',
    verdict: 'fails',
    help: /strip --remove-section=\.note\.ABI-tag/,
    symptom: /cannot open shared object file/,
  },
  counterpart: [
    { because: 'a newer kernel', host: newer },
    { because: 'a note that fits', image: stripped },
  ],
});

const centos6: Fixture = {
  files: glibcFiles('2.12', { abiNote: '2.6.18' }),
  os: 'centos 6.10',
  rpm: ['glibc 2.12-1.212.el6', 'bash 4.1.2-48.el6'],
  entrypoint: ['/usr/bin/app'],
};
const centos5: Fixture = {
  ...centos6,
  files: glibcFiles('2.5', { abiNote: '2.6.9' }),
  os: 'centos 5.11',
  rpm: ['glibc 2.5-123.el5_11.3'],
};
const centos7: Fixture = {
  ...centos6,
  files: glibcFiles('2.17', { abiNote: '2.6.32' }),
  os: 'centos 7.9',
  rpm: ['glibc 2.17-317.el7'],
};

const vsyscall = (
  [id, title, source]: readonly [string, string, string],
  image: Fixture,
  host: HostSpec,
  with_: HostSpec,
): Incident => ({
  id,
  title,
  source,
  image,
  host,
  expect: {
    code: 'PL1008',
    severity: 'fatal',
    verdict: 'fails',
    help: /vsyscall=emulate/,
    symptom: /vsyscall=none/,
  },
  counterpart: [
    { because: 'the page is emulated', host: with_ },
    { because: 'a newer C library', image: centos7 },
  ],
});

const jemalloc = { strings: ['<jemalloc>: Unsupported system page size'] };
const redis = (glibc: string, version: string, strings: readonly string[]): Fixture => ({
  files: {
    ...glibcFiles(glibc, { machine: 'aarch64' }),
    '/usr/local/bin/redis-server': {
      elf: {
        machine: 'aarch64',
        interpreter: '/lib/ld-linux-aarch64.so.1',
        needed: ['libc.so.6'],
        strings,
      },
    },
  },
  platform: 'linux/arm64',
  env: { REDIS_VERSION: version },
  os: 'debian 11',
  entrypoint: ['/usr/local/bin/redis-server'],
});
const armPages = (pageSize: number): HostSpec => ({
  machine: 'aarch64',
  kernel: { release: '4.18.0-305.el8.aarch64', base: '4.18' },
  pageSize,
});
const paged = (
  [id, title, source]: readonly [string, string, string],
  image: Fixture,
  pageSize: number,
): Incident => ({
  id,
  title,
  source,
  image,
  host: armPages(pageSize),
  expect: {
    code: 'PL2008',
    severity: 'fatal',
    verdict: 'fails',
    help: /--with-lg-page=16/,
    symptom: /Unsupported system page size/,
  },
  counterpart: { because: 'pages of 4 KiB', host: armPages(4096) },
});
const aligned = (
  [id, title, source]: readonly [string, string, string],
  image: (alignment: number) => Fixture,
  host: (pageSize: number) => HostSpec,
  pageSize: number,
): Incident => ({
  id,
  title,
  source,
  image: image(0x1000),
  host: host(pageSize),
  expect: { code: 'PL2007', severity: 'fatal', verdict: 'fails', help: /max-page-size/ },
  counterpart: [
    { because: 'pages of 4 KiB', host: host(4096) },
    { because: 'linked for large pages', image: image(0x10000) },
  ],
});
const goProgram = (go: string): Fixture => ({
  files: { '/bin/consul': { elf: { type: 'executable', go } } },
  entrypoint: ['/bin/consul'],
});

const incidents: readonly Incident[] = [
  tooOld(
    [
      'clear-linux-raised-minimum',
      "a C library built with a raised --enable-kernel on CentOS 7's kernel",
      'https://github.com/clearlinux/distribution/issues/2657',
    ],
    noted('4.4.0', '2.35', 'clear-linux-os 36600'),
    el7,
    linux('5.10.0', '5.10'),
    noted('3.2.0', '2.35', 'clear-linux-os 36000'),
  ),
  tooOld(
    [
      'arch-base-on-centos7',
      'an Arch Linux image after its C library was raised above 3.10',
      'https://github.com/binhex/arch-delugevpn/issues/256',
    ],
    noted('4.4.0', '2.33', 'arch rolling'),
    el7,
    'debian:12',
    noted('3.2.0', '2.32', 'arch rolling'),
  ),
  tooOld(
    [
      'artful-on-cluster',
      'Ubuntu 17.10 on an EL 6 cluster',
      'https://github.com/apptainer/singularity/issues/1275',
    ],
    noted('3.2.0', '2.26', 'ubuntu 17.10'),
    linux('2.6.32-696.el6.x86_64', '2.6.32'),
    el7,
    noted('2.6.32', '2.23', 'ubuntu 16.04'),
  ),
  tooOld(
    [
      'sequence-search-on-el6',
      'a sequence search image on CentOS 6',
      'https://github.com/ncbi/docker/issues/8',
    ],
    noted('3.2.0', '2.27', 'ubuntu 18.04'),
    linux('2.6.32-754.el6.x86_64', '2.6.32'),
    el7,
    noted('2.6.32', '2.17', 'centos 7'),
  ),
  {
    id: 'libc-preinst-patch-level-255',
    title: 'upgrading libc6 on a kernel with a three-digit patch level',
    source: 'https://github.com/pyenv/pyenv/issues/2329',
    image: {
      files: glibcFiles('2.27'),
      dpkg: ['libc6 2.27-3ubuntu1.4 glibc'],
      os: 'ubuntu 18.04',
      entrypoint: ['/usr/bin/app'],
    },
    host: linux('4.14.256+', '4.14'),
    expect: { code: 'PL1007', help: /1\.5|preinst/, symptom: /revision number of 255 or greater/ },
    counterpart: [
      { because: 'a lower patch level', host: linux('4.14.254', '4.14') },
      {
        because: 'the corrected package',
        image: {
          files: glibcFiles('2.27'),
          dpkg: ['libc6 2.27-3ubuntu1.6 glibc'],
          os: 'ubuntu 18.04',
          entrypoint: ['/usr/bin/app'],
        },
      },
    ],
  },
  vsyscall(
    [
      'centos6-on-arch',
      'CentOS 6 on a kernel of Arch Linux',
      'https://github.com/CentOS/sig-cloud-instance-images/issues/103',
    ],
    centos6,
    {
      ...base('4.15.9-1-ARCH'),
      kernel: {
        release: '4.15.9-1-ARCH',
        base: '4.15',
        config: { CONFIG_LEGACY_VSYSCALL_NONE: 'y' },
      },
    },
    {
      ...base('4.15.9-1-ARCH'),
      kernel: { release: '4.15.9-1-ARCH', base: '4.15', commandLine: 'vsyscall=emulate' },
    },
  ),
  vsyscall(
    [
      'centos5-on-liquorix',
      'CentOS 5 on the Liquorix kernel',
      'https://github.com/CentOS/sig-cloud-instance-images/issues/62',
    ],
    centos5,
    { ...base('4.6.4-2-lqx'), vsyscall: 'none' },
    { ...base('4.6.4-2-lqx'), vsyscall: 'emulate' },
  ),
  vsyscall(
    [
      'centos6-on-clear-linux',
      'CentOS 6 on Clear Linux',
      'https://github.com/clearlinux/distribution/issues/778',
    ],
    centos6,
    { ...base('5.0.7-727.native'), vsyscall: 'none' },
    { ...base('5.0.7-727.native'), vsyscall: 'xonly' },
  ),
  vsyscall(
    [
      'centos6-in-kata',
      'CentOS 6 in a Kata guest',
      'https://github.com/kata-containers/runtime/issues/1916',
    ],
    centos6,
    {
      ...base('4.19.75'),
      hypervisor: 'kata',
      kernel: { release: '4.19.75', base: '4.19', config: { CONFIG_LEGACY_VSYSCALL_NONE: 'y' } },
    },
    {
      ...base('4.19.75'),
      hypervisor: 'kata',
      kernel: { release: '4.19.75', base: '4.19', config: { CONFIG_LEGACY_VSYSCALL_EMULATE: 'y' } },
    },
  ),
  vsyscall(
    [
      'centos6-on-wsl2',
      'CentOS 6 on Docker Desktop with WSL 2',
      'https://github.com/microsoft/WSL/issues/4694',
    ],
    centos6,
    { ...base('4.19.84-microsoft-standard'), hypervisor: 'wsl2', vsyscall: 'none' },
    { ...base('4.19.84-microsoft-standard'), hypervisor: 'wsl2', vsyscall: 'emulate' },
  ),
  vsyscall(
    [
      'centos6-in-clear-containers',
      'CentOS 6 in a Clear Containers guest',
      'https://github.com/clearcontainers/runtime/issues/368',
    ],
    centos6,
    {
      ...base('4.5.0-50.container'),
      hypervisor: 'clear-containers',
      kernel: { release: '4.5.0-50.container', base: '4.5', commandLine: 'quiet vsyscall=none' },
    },
    { ...base('4.5.0-50.container'), vsyscall: 'emulate' },
  ),
  libraryRefused(
    [
      'zwave-daemon-qt',
      "Qt's core library of a daemon image",
      'https://github.com/OpenZWave/qt-openzwave/issues/37',
    ],
    withLibrary('/usr/lib/x86_64-linux-gnu/libQt5Core.so.5', '3.17.0', '2.31'),
    linux('3.10.105', '3.10'),
    linux('4.4.59+', '4.4'),
    withLibrary('/usr/lib/x86_64-linux-gnu/libQt5Core.so.5', '3.2.0', '2.31'),
  ),
  libraryRefused(
    [
      'qt-linguist-on-xenial',
      "Fedora 29's Qt on the kernel of Ubuntu 16.04",
      'https://github.com/fedora-cloud/docker-brew-fedora/issues/66',
    ],
    withLibrary('/usr/lib64/libQt5Core.so.5', '4.11.0', '2.28'),
    'ubuntu:16.04',
    'ubuntu:20.04',
    withLibrary('/usr/lib64/libQt5Core.so.5', '3.2.0', '2.28'),
  ),
  libraryRefused(
    [
      'wheel-bundled-qt',
      'a Qt library that a Python wheel brings along',
      'https://github.com/docling-project/docling-serve/issues/573',
    ],
    withLibrary(
      '/opt/app/lib/python3.12/site-packages/cv2.libs/libQt5Core-195a14c9.so.5.15.18',
      '3.17.0',
    ),
    el7,
    'debian:12',
    withLibrary(
      '/opt/app/lib/python3.12/site-packages/cv2.libs/libQt5Core-195a14c9.so.5.15.18',
      '3.2.0',
    ),
  ),
  paged(
    [
      'redis-stack-on-64k',
      'a Redis image on Oracle Linux 8 for arm64',
      'https://github.com/redis-stack/redis-stack/issues/187',
    ],
    redis('2.31', '7.0.2', jemalloc.strings),
    65536,
  ),
  paged(
    [
      'redis5-on-64k',
      'Redis 5 on CentOS 7 for arm64',
      'https://github.com/redis/docker-library-redis/issues/208',
    ],
    redis('2.28', '5.0.9', jemalloc.strings),
    65536,
  ),
  paged(
    [
      'node-client-on-pi5',
      'a Rust program with jemalloc on a Raspberry Pi 5',
      'https://github.com/equilibriumco/pathfinder/issues/1982',
    ],
    redis('2.36', '', jemalloc.strings),
    16384,
  ),
  paged(
    [
      'go-client-with-jemalloc-on-pi5',
      'a program that links jemalloc on a Raspberry Pi 5',
      'https://github.com/NethermindEth/juno/issues/1854',
    ],
    redis('2.36', '', jemalloc.strings),
    16384,
  ),
  aligned(
    [
      'dns-blocker-on-large-page-nas',
      'a library aligned for 4 KiB on a NAS with 32 KiB pages',
      'https://github.com/pi-hole/docker-pi-hole/issues/422',
    ],
    (alignment) => ({
      files: {
        ...glibcFiles('2.28', {
          machine: 'arm',
          app: { needed: ['libsystemd.so.0', 'libc.so.6'], alignment: 0x10000 },
        }),
        '/lib/arm-linux-gnueabihf/libsystemd.so.0': {
          elf: { machine: 'arm', type: 'shared-library', soname: 'libsystemd.so.0', alignment },
        },
      },
      platform: 'linux/arm/v7',
      os: 'debian 10',
      entrypoint: ['/usr/bin/app'],
    }),
    (pageSize) => ({ machine: 'armv7l', kernel: { release: '4.2.8', base: '4.2' }, pageSize }),
    32768,
  ),
  aligned(
    [
      'android-linker-on-pi5',
      'programs for Android on 16 KiB pages',
      'https://github.com/termux/termux-docker/issues/76',
    ],
    (alignment) => ({
      files: {
        '/system/bin/linker64': {
          elf: { machine: 'aarch64', type: 'shared-library', soname: 'ld-android.so', alignment },
        },
        '/system/bin/sh': {
          elf: { machine: 'aarch64', type: 'pie', interpreter: '/system/bin/linker64', alignment },
        },
      },
      platform: 'linux/arm64',
      entrypoint: ['/system/bin/sh'],
    }),
    armPages,
    16384,
  ),
  aligned(
    [
      'busybox-on-64k',
      'busybox aligned for 4 KiB on 64 KiB pages',
      'https://github.com/docker-library/busybox/pull/150',
    ],
    (alignment) => ({
      files: {
        '/bin/busybox': { elf: { machine: 'aarch64', type: 'executable', alignment } },
        '/bin/sh': { link: 'busybox' },
      },
      platform: 'linux/arm64',
      entrypoint: ['/bin/busybox'],
    }),
    armPages,
    65536,
  ),
  {
    id: 'go-runtime-on-el5',
    title: 'a Go program on the kernel of EL 5',
    source: 'https://github.com/hashicorp/consul/issues/5364',
    image: goProgram('1.11.4'),
    host: linux('2.6.18-308.el5', '2.6.18'),
    expect: {
      code: 'PL1003',
      verdict: 'fails',
      help: /older build|newer/,
      symptom: /netpoll failed/,
    },
    counterpart: { because: 'EL 6', host: linux('2.6.32-754.el6.x86_64', '2.6.32') },
  },
  {
    id: 'go124-on-nas-kernel',
    title: 'a program built by Go 1.24 on a kernel before 3.2',
    source: 'https://github.com/golang/go/issues/67001',
    image: goProgram('1.24.0'),
    host: linux('2.6.32.12', '2.6.32'),
    expect: { code: 'PL1003', verdict: 'fails', help: /3\.2/ },
    counterpart: [
      { because: 'Linux 3.10', host: linux('3.10.108', '3.10') },
      { because: 'Go 1.23', image: goProgram('1.23.0') },
    ],
  },
];

function base(release: string): Exclude<HostSpec, string> {
  return { machine: 'x86_64', kernel: { release } };
}

incidentSuite('kernel release', incidents);
