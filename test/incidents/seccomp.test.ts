// Engines' filters against newer C libraries and programs: EPERM where ENOSYS is waited for, facilities refused on
// purpose, calls that kill, engines that do not fit their parts.
import { type Fixture, glibcFiles, muslFiles } from './harness/fixture.ts';
import { type HostSpec, type Incident, incidentSuite } from './harness/incident.ts';

type Names = readonly [id: string, title: string, source: string];
type Engine = Exclude<HostSpec, string>['engine'];

const host = (release: string, engine: Engine, machine = 'x86_64'): HostSpec => ({
  machine,
  kernel: { release, base: release.split('.').slice(0, 2).join('.') },
  engine,
});
const docker = (version: string, libseccomp: string, runc: string): Engine => ({
  name: 'docker',
  version,
  libseccomp,
  runtime: { name: 'runc', version: runc },
});
const current = docker('27.3.1', '2.5.5', '1.1.14');
const oldDocker = docker('20.10.7', '2.5.1', '1.0.0-rc95');
const bionic = docker('19.03.8', '2.4.1', '1.0.0-rc10');
const buster = docker('18.09.1', '2.3.3', '1.0.0-rc6');

/** A program on glibc that makes these calls through the library's functions. */
function program(
  glibc: string,
  os: string,
  imports: readonly string[],
  more: Fixture = {},
): Fixture {
  return {
    files: { ...glibcFiles(glibc, { app: { imports } }), ...more.files },
    os,
    dpkg: [`libc6 ${glibc}-0 glibc`, ...(more.dpkg ?? [])],
    entrypoint: more.entrypoint ?? ['/usr/bin/app'],
    ...(more.env === undefined ? {} : { env: more.env }),
    ...(more.platform === undefined ? {} : { platform: more.platform }),
  };
}
const threads = ['pthread_create@GLIBC_2.34'];

/** Threads fail: glibc 2.34 tries clone3 and falls back on ENOSYS only. */
const clone3 = ([id, title, source]: Names, os: string, glibc: string, on: HostSpec): Incident => ({
  id,
  title,
  source,
  image: program(glibc, os, threads),
  host: on,
  expect: {
    code: 'PL3001',
    severity: 'fatal',
    verdict: 'fails',
    help: /upgrade (Docker|containerd|the container engine|containers-common)/,
    symptom: /pthread_create failed|OS can't spawn/,
  },
  counterpart: [
    { because: 'a current engine', host: host('6.8.0', current) },
    {
      because: 'an image with glibc 2.31',
      image: program('2.31', 'debian 11', ['pthread_create@GLIBC_2.2.5:libpthread.so.0']),
    },
  ],
});

const access = (
  [id, title, source]: Names,
  image: Fixture,
  on: HostSpec,
  older: Fixture,
): Incident => ({
  id,
  title,
  source,
  image,
  host: on,
  expect: {
    code: 'PL3001',
    severity: 'fatal',
    help: /upgrade|profile/,
    symptom: /test -x|Operation not permitted|not permitted|not readable/,
  },
  counterpart: [
    { because: 'a current engine', host: host('6.8.0', current) },
    { because: 'an older image', image: older },
  ],
});

const shell = (glibc: string, os: string): Fixture => ({
  ...program(glibc, os, ['faccessat@GLIBC_2.4', 'eaccess@GLIBC_2.4', 'euidaccess@GLIBC_2.4']),
  dpkg: [`libc6 ${glibc}-0 glibc`, 'bash 5.1-2'],
});
const coreutils = (glibc: string, os: string): Fixture => ({
  files: {
    ...glibcFiles(glibc),
    '/usr/bin/ls': {
      elf: {
        interpreter: '/lib64/ld-linux-x86-64.so.2',
        imports: ['statx@GLIBC_2.28'],
        needed: ['libc.so.6'],
      },
    },
  },
  os,
  dpkg: [`libc6 ${glibc}-0 glibc`, 'coreutils 8.32-4'],
  entrypoint: ['/usr/bin/ls'],
});
const oldCoreutils: Fixture = {
  files: {
    ...glibcFiles('2.24'),
    '/usr/bin/ls': {
      elf: {
        interpreter: '/lib64/ld-linux-x86-64.so.2',
        imports: ['__xstat@GLIBC_2.2.5'],
        needed: ['libc.so.6'],
      },
    },
  },
  os: 'debian 9',
  dpkg: ['libc6 2.24-11 glibc', 'coreutils 8.26-3'],
  entrypoint: ['/usr/bin/ls'],
};
const tar = (machine: 'x86_64' | 'ppc64le', glibc: string): Fixture => {
  const loader = machine === 'x86_64' ? '/lib64/ld-linux-x86-64.so.2' : '/lib64/ld64.so.2';
  return {
    files: {
      ...glibcFiles(glibc, { machine }),
      '/usr/bin/tar': {
        elf: {
          machine,
          interpreter: loader,
          imports: ['fchmodat@GLIBC_2.4', 'fchmodat@GLIBC_2.17'],
          needed: ['libc.so.6'],
        },
      },
    },
    platform: machine === 'x86_64' ? 'linux/amd64' : 'linux/ppc64le',
    os: 'fedora 40',
    entrypoint: ['/usr/bin/tar'],
  };
};
const armv7 = (files: Fixture['files'], os: string, more: Fixture = {}): Fixture => ({
  files: files ?? {},
  os,
  platform: 'linux/arm/v7',
  entrypoint: ['/usr/bin/app'],
  ...more,
});
const pi = (engine: Engine): HostSpec => ({
  machine: 'armv7l',
  kernel: { release: '5.10.17-v7l+', base: '5.10' },
  cpu: { aarch32: true },
  pageSize: 4096,
  engine,
});
const time64 = (
  [id, title, source]: Names,
  image: Fixture,
  on: Engine,
  older: Fixture,
): Incident => ({
  id,
  title,
  source,
  image,
  host: pi(on),
  expect: {
    code: 'PL3011',
    severity: 'fatal',
    verdict: 'fails',
    help: /upgrade Docker/,
    symptom: /date prints|invalid signature/,
  },
  counterpart: [
    { because: 'Docker and libseccomp of today', host: pi(current) },
    { because: 'an older C library', image: older },
  ],
});

const caller = (imports: readonly string[], glibc = '2.31', more: Fixture = {}): Fixture =>
  program(glibc, 'debian 11', imports, more);
const refused = (
  [id, title, source]: Names,
  image: Fixture,
  on: HostSpec,
  code: 'PL3003' | 'PL3001' | 'PL3002',
  help: RegExp,
  fine: HostSpec,
): Incident => ({
  id,
  title,
  source,
  image,
  host: on,
  expect: { code, help },
  counterpart: [
    { because: 'allowed there', host: fine },
    { because: 'a program without that call', image: caller(['getpid@GLIBC_2.2.5']) },
  ],
});
const withCapability = (release: string, capability: string): HostSpec => ({
  ...(host(release, current) as object),
  container: { capabilitiesAdded: [capability] },
});

const mysql = (version: string): Fixture => ({
  files: {
    ...glibcFiles('2.28', { app: { imports: ['mbind@libnuma_1.1:libnuma.so.1'] } }),
    '/usr/sbin/mysqld': {
      elf: {
        interpreter: '/lib64/ld-linux-x86-64.so.2',
        needed: ['libnuma.so.1', 'libc.so.6'],
        imports: [
          'numa_set_interleave_mask@libnuma_1.1:libnuma.so.1',
          'set_mempolicy@libnuma_1.1:libnuma.so.1',
          'mbind@libnuma_1.1:libnuma.so.1',
        ],
      },
    },
    '/usr/lib64/libnuma.so.1': {
      elf: {
        type: 'shared-library',
        soname: 'libnuma.so.1',
        defines: ['libnuma_1.1'],
        directSyscalls: [237, 238, 239],
      },
    },
  },
  env: { MYSQL_VERSION: version },
  os: 'debian 10',
  entrypoint: ['/usr/sbin/mysqld'],
});

const incidents: readonly Incident[] = [
  clone3(
    [
      'rawhide-curl-threads',
      "Fedora's next release under Docker 20.10.7",
      'https://github.com/moby/moby/issues/42680',
    ],
    'fedora 35',
    '2.34',
    host('5.13.4', oldDocker),
  ),
  clone3(
    [
      'vector-database-threads',
      'a vector database moved to a newer Debian, on Ubuntu 18.04',
      'https://github.com/qdrant/qdrant/issues/2149',
    ],
    'debian 12',
    '2.36',
    host('5.4.0-84-generic', bionic),
  ),
  clone3(
    ['deno-thread-panic', 'Deno on an old Docker', 'https://github.com/denoland/deno/issues/17444'],
    'debian 12',
    '2.36',
    host('5.4.0', docker('20.10.5', '2.5.1', '1.0.0-rc93')),
  ),
  clone3(
    [
      'gradle-on-old-dind',
      'a JVM image on a CI runner with an old Docker',
      'https://github.com/gradle/docker-gradle/issues/226',
    ],
    'ubuntu 22.04',
    '2.35',
    host('5.4.0', docker('19.03.12', '2.4.1', '1.0.0-rc10')),
  ),
  clone3(
    [
      'object-store-on-docker-20.10.3',
      'a JVM image on Docker 20.10.3',
      'https://github.com/scireum/s3ninja/issues/205',
    ],
    'ubuntu 22.04',
    '2.35',
    host('5.10.0', docker('20.10.3', '2.5.1', '1.0.0-rc93')),
  ),
  clone3(
    [
      'media-server-coreclr',
      '.NET on Ubuntu 22.04 under an old profile',
      'https://github.com/linuxserver/docker-jellyfin/issues/178',
    ],
    'ubuntu 22.04',
    '2.35',
    host('4.15.0', docker('20.10.8', '2.5.1', '1.0.1')),
  ),
  clone3(
    [
      'document-database-coreclr',
      '.NET on Docker 19.03.12',
      'https://github.com/ravendb/ravendb/issues/15704',
    ],
    'ubuntu 22.04',
    '2.35',
    host('5.4.0-135-generic', docker('19.03.12', '2.5.1', '1.0.0-rc10')),
  ),
  clone3(
    [
      'exporter-on-containerd-1.5',
      '.NET under the profile of containerd 1.5',
      'https://github.com/chgl/charts/issues/262',
    ],
    'ubuntu 22.04',
    '2.35',
    host('5.10.0', {
      name: 'containerd',
      version: '1.5.2',
      libseccomp: '2.5.1',
      runtime: { name: 'runc', version: '1.0.0-rc95' },
    }),
  ),
  clone3(
    [
      'remote-support-coreclr',
      '.NET on Docker 20.10.7',
      'https://github.com/immense/Remotely/issues/768',
    ],
    'ubuntu 22.04',
    '2.35',
    host('5.4.0', docker('20.10.7', '2.5.1', '1.0.0-rc95')),
  ),
  clone3(
    [
      'bookworm-apt-post-invoke',
      "Debian 12's apt on an old engine",
      'https://github.com/debuerreotype/docker-debian-artifacts/issues/197',
    ],
    'debian 12',
    '2.36',
    host('4.19.0', docker('18.09.1', '2.3.3', '1.0.0-rc6')),
  ),
  clone3(
    [
      'official-images-umbrella',
      'official images on an outdated engine',
      'https://github.com/docker-library/official-images/issues/16829',
    ],
    'debian 12',
    '2.36',
    host('4.15.0', bionic),
  ),
  access(
    [
      'bash-tests-under-crun',
      'file tests of a shell under a profile without faccessat2',
      'https://github.com/containers/crun/issues/646',
    ],
    shell('2.33', 'mageia 9'),
    host('5.10.0', {
      name: 'podman',
      version: '2.1.1',
      commonVersion: '0.21.0',
      libseccomp: '2.4.3',
      runtime: { name: 'crun', version: '0.15' },
    }),
    shell('2.31', 'debian 11'),
  ),
  access(
    [
      'systemd247-in-nested-runtime',
      'systemd 247 under a runtime whose list lacks faccessat2',
      'https://github.com/nestybox/sysbox/issues/273',
    ],
    shell('2.33', 'manjaro 21'),
    host('5.4.0', docker('20.10.2', '2.4.3', '1.0.0-rc92')),
    shell('2.31', 'debian 11'),
  ),
  access(
    [
      'sid-apt-keyring',
      "Debian unstable's apt on Debian 10's Docker",
      'https://github.com/debuerreotype/docker-debian-artifacts/issues/152',
    ],
    shell('2.33', 'debian 12'),
    host('4.19.0', buster),
    shell('2.31', 'debian 11'),
  ),
  access(
    [
      'alpine314-faccessat2',
      "Alpine 3.14's make and shell on a Docker before 20.10",
      'https://github.com/varnishcache/varnish-cache/pull/3639',
    ],
    {
      files: muslFiles('1.2.2', { app: { imports: ['faccessat'] } }),
      os: 'alpine 3.14.0',
      apk: ['musl 1.2.2-r3', 'busybox 1.33.1-r2'],
      entrypoint: ['/usr/bin/app'],
    },
    host('4.15.0', docker('18.09.3', '2.4.1', '1.0.0-rc6')),
    {
      files: muslFiles('1.1.24', { app: { imports: ['faccessat'] } }),
      os: 'alpine 3.12.0',
      apk: ['musl 1.1.24-r8'],
      entrypoint: ['/usr/bin/app'],
    },
  ),
  access(
    [
      'fedora40-tar-ppc64le',
      "Fedora 40's tar on Debian 12 for ppc64le",
      'https://github.com/docker/docker-ce-packaging/pull/1013',
    ],
    tar('ppc64le', '2.39'),
    {
      machine: 'ppc64le',
      pageSize: 65536,
      cpu: { level: 'power9' },
      kernel: { release: '6.1.0-18-powerpc64le', base: '6.1' },
      engine: docker('24.0.7', '2.5.4', '1.1.5'),
    },
    tar('ppc64le', '2.38'),
  ),
  access(
    [
      'noble-fchmodat2',
      'Ubuntu 24.04 in a CI whose profile lacks fchmodat2',
      'https://github.com/varnishcache/varnish-cache/pull/4083',
    ],
    tar('x86_64', '2.39'),
    host('5.15.0', docker('20.10.18', '2.5.1', '1.0.0-rc92')),
    tar('x86_64', '2.35'),
  ),
  access(
    [
      'arch-ls-statx',
      'ls of Arch Linux under a libseccomp that has never heard of statx',
      'https://github.com/archlinux/archlinux-docker/issues/32',
    ],
    coreutils('2.31', 'arch rolling'),
    host('4.15.0', docker('18.03.1', '2.3.1', '1.0.0-rc5')),
    oldCoreutils,
  ),
  access(
    [
      'mysql-entrypoint-ls-statx',
      "ls in a database image's entrypoint",
      'https://github.com/docker-library/mysql/issues/883',
    ],
    coreutils('2.28', 'ol 8.6'),
    host('3.10.0-1160.el7.x86_64', docker('17.12.1', '2.3.1', '1.0.0-rc4')),
    oldCoreutils,
  ),
  access(
    [
      'ci-worker-profile-statx',
      'a CI worker with a profile of its own that lacks statx',
      'https://github.com/concourse/concourse/issues/6044',
    ],
    coreutils('2.31', 'ubuntu 20.04'),
    host('5.4.0', {
      name: 'garden',
      seccomp: {
        mode: 'profile',
        profile: {
          defaultAction: 'SCMP_ACT_ERRNO',
          architectures: ['SCMP_ARCH_X86_64'],
          syscalls: [
            {
              names: [
                'read',
                'write',
                'open',
                'openat',
                'stat',
                'fstat',
                'lstat',
                'newfstatat',
                'clone',
                'execve',
                'mmap',
                'mprotect',
                'munmap',
                'brk',
                'access',
                'faccessat',
                'exit_group',
                'getrandom',
                'futex',
                'set_robust_list',
                'prlimit64',
              ],
              action: 'SCMP_ACT_ALLOW',
            },
          ],
        },
      },
    }),
    oldCoreutils,
  ),
  time64(
    [
      'bullseye-armhf-apt',
      "Debian 11's apt on Raspberry Pi OS",
      'https://github.com/debuerreotype/docker-debian-artifacts/issues/101',
    ],
    armv7(
      glibcFiles('2.32', {
        machine: 'arm',
        app: { imports: ['clock_gettime@GLIBC_2.17', 'time@GLIBC_2.4'] },
      }),
      'debian 11',
      { dpkg: ['libc6 2.32-0 glibc'] },
    ),
    docker('19.03.8', '2.3.3', '1.0.0-rc10'),
    armv7(
      glibcFiles('2.28', {
        machine: 'arm',
        app: { imports: ['clock_gettime@GLIBC_2.17', 'time@GLIBC_2.4'] },
      }),
      'debian 10',
      { dpkg: ['libc6 2.28-10 glibc'] },
    ),
  ),
  time64(
    [
      'alpine313-armv7-date',
      'date of Alpine 3.13 on Raspberry Pi OS',
      'https://github.com/alpinelinux/docker-alpine/issues/141',
    ],
    armv7(
      muslFiles('1.2.2', { machine: 'arm', app: { imports: ['__clock_gettime64', '__time64'] } }),
      'alpine 3.13.1',
      { apk: ['musl 1.2.2-r0'] },
    ),
    docker('20.10.2', '2.3.3', '1.0.0-rc92'),
    armv7(
      muslFiles('1.1.24', { machine: 'arm', app: { imports: ['clock_gettime', 'time'] } }),
      'alpine 3.12.0',
      { apk: ['musl 1.1.24-r8'] },
    ),
  ),
  time64(
    [
      'nginx-alpine-armv7',
      'nginx for arm/v7 moved to Alpine 3.13',
      'https://github.com/nginx/docker-nginx/issues/506',
    ],
    armv7(
      muslFiles('1.2.2', { machine: 'arm', app: { imports: ['__clock_gettime64', '__time64'] } }),
      'alpine 3.13.2',
      { apk: ['musl 1.2.2-r0'] },
    ),
    docker('17.05.0', '2.3.1', '1.0.0-rc2'),
    armv7(
      muslFiles('1.1.24', { machine: 'arm', app: { imports: ['clock_gettime', 'time'] } }),
      'alpine 3.12.0',
      { apk: ['musl 1.1.24-r8'] },
    ),
  ),
  refused(
    [
      'close-range-under-crun',
      'a program that calls close_range',
      'https://github.com/containers/crun/issues/671',
    ],
    caller(['close_range@GLIBC_2.34'], '2.34'),
    host('5.10.0', {
      name: 'podman',
      version: '3.0.1',
      commonVersion: '0.33.0',
      libseccomp: '2.5.1',
      runtime: { name: 'crun', version: '0.18' },
    }),
    'PL3002',
    /containers-common|profile/,
    host('6.8.0', current),
  ),
  refused(
    [
      'strace-before-docker-19.03',
      'an init that uses ptrace on Docker 18.09',
      'https://github.com/cooperative-computing-lab/cctools/issues/1591',
    ],
    caller(['ptrace@GLIBC_2.2.5']),
    host('4.4.0', docker('18.09.0', '2.4.1', '1.0.0-rc6')),
    'PL3003',
    /--cap-add SYS_PTRACE/,
    host('5.15.0', current),
  ),
  refused(
    [
      'strace-on-ci-worker',
      'strace on a CI worker without ptrace in its profile',
      'https://github.com/concourse/concourse/issues/9174',
    ],
    caller(['ptrace@GLIBC_2.2.5']),
    host('4.4.0', { name: 'containerd', version: '1.4.3', libseccomp: '2.5.1' }),
    'PL3003',
    /SYS_PTRACE/,
    host('5.15.0', current),
  ),
  refused(
    [
      'simulation-mpi-process-vm-readv',
      'MPI ranks that copy with process_vm_readv',
      'https://github.com/radiasoft/devops/issues/132',
    ],
    caller(['process_vm_readv@GLIBC_2.15']),
    host('4.4.0', docker('18.06.1', '2.4.1', '1.0.0-rc5')),
    'PL3003',
    /SYS_PTRACE/,
    withCapability('5.15.0', 'CAP_SYS_PTRACE'),
  ),
  refused(
    [
      'kcmp-own-process',
      'a program that compares descriptors with kcmp',
      'https://github.com/moby/moby/issues/45621',
    ],
    {
      files: {
        ...glibcFiles('2.31'),
        '/usr/bin/app': {
          elf: {
            interpreter: '/lib64/ld-linux-x86-64.so.2',
            needed: ['libc.so.6'],
            directSyscalls: [312],
          },
        },
      },
      os: 'debian 11',
      entrypoint: ['/usr/bin/app'],
    },
    host('5.15.0', docker('20.10.21', '2.5.3', '1.1.4')),
    'PL3003',
    /SYS_PTRACE/,
    withCapability('5.15.0', 'CAP_SYS_PTRACE'),
  ),
  refused(
    [
      'mysql8-mbind',
      "MySQL's memory policy without SYS_NICE",
      'https://github.com/docker-library/mysql/issues/422',
    ],
    mysql('8.0.11'),
    host('4.9.87', docker('18.03.1', '2.3.1', '1.0.0-rc5')),
    'PL3003',
    /SYS_NICE/,
    withCapability('6.1.0', 'CAP_SYS_NICE'),
  ),
  {
    id: 'runc-too-old-for-clone3-rule',
    title: "Docker 20.10.12's profile with an old runc",
    source: 'https://github.com/containerd/containerd/issues/6203',
    image: caller(['getpid@GLIBC_2.2.5']),
    host: host('4.15.0-156-generic', docker('20.10.12', '2.4.3', '1.0.0-rc10')),
    expect: {
      code: 'PL3005',
      verdict: 'fails',
      help: /update containerd/,
      symptom: /clone3: permission denied/,
    },
    counterpart: {
      because: 'runc of the same age',
      host: host('4.15.0-156-generic', docker('20.10.12', '2.5.1', '1.0.2')),
    },
  },
  {
    id: 'runc-too-old-for-errno-rules',
    title: "containers-common's new profile with runc 1.0.0",
    source: 'https://github.com/containers/common/issues/631',
    image: caller(['getpid@GLIBC_2.2.5']),
    host: host('5.12.15', {
      name: 'podman',
      version: '3.2.2',
      commonVersion: '0.40.1',
      libseccomp: '2.5.1',
      runtime: { name: 'runc', version: '1.0.0' },
    }),
    expect: { code: 'PL3005', verdict: 'fails', help: /crun|runc 1\.0\.2/, symptom: /bdflush/ },
    counterpart: {
      because: 'runc 1.0.2',
      host: host('5.12.15', {
        name: 'podman',
        version: '3.2.2',
        commonVersion: '0.40.1',
        libseccomp: '2.5.1',
        runtime: { name: 'runc', version: '1.0.2' },
      }),
    },
  },
  {
    id: 'membarrier-kills-on-phone',
    title: '.NET for arm64 where the kernel kills on membarrier',
    source: 'https://github.com/dotnet/coreclr/issues/24298',
    image: {
      files: {
        ...glibcFiles('2.27', { machine: 'aarch64' }),
        '/usr/share/dotnet/shared/Microsoft.NETCore.App/3.0.0/libcoreclr.so': {
          elf: {
            machine: 'aarch64',
            type: 'shared-library',
            soname: 'libcoreclr.so',
            directSyscalls: [283],
          },
        },
        '/usr/bin/app': {
          elf: {
            machine: 'aarch64',
            interpreter: '/lib/ld-linux-aarch64.so.1',
            needed: ['libc.so.6'],
            directSyscalls: [283],
          },
        },
      },
      platform: 'linux/arm64',
      env: { DOTNET_VERSION: '3.0.0' },
      os: 'ubuntu 18.04',
      entrypoint: ['/usr/bin/app'],
    },
    host: {
      machine: 'aarch64',
      kernel: { release: '4.14.85', base: '4.14' },
      pageSize: 4096,
      engine: {
        name: 'lxc',
        seccomp: {
          mode: 'profile',
          profile: {
            defaultAction: 'SCMP_ACT_ALLOW',
            syscalls: [{ names: ['membarrier'], action: 'SCMP_ACT_KILL' }],
          },
        },
      },
    },
    expect: { code: 'PL3004', help: /profile/, symptom: /SIGSYS/ },
    counterpart: {
      because: 'no such rule',
      host: {
        machine: 'aarch64',
        kernel: { release: '4.14.85', base: '4.14' },
        pageSize: 4096,
        engine: { name: 'lxc', seccomp: { mode: 'unconfined' } },
      },
    },
  },
];

incidentSuite('seccomp', incidents);
