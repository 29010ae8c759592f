// Software that runs into bugs of certain kernels, engines whose interface has moved on, calls that old profiles lack.
import { type Fixture, glibcFiles } from './harness/fixture.ts';
import { type HostSpec, type Incident, incidentSuite } from './harness/incident.ts';

const loader = '/lib64/ld-linux-x86-64.so.2';
const host = (release: string, more: Exclude<HostSpec, string> = {}): HostSpec => ({
  machine: 'x86_64',
  kernel: { release, base: release.split('.').slice(0, 2).join('.') },
  ...more,
});
const engine = (
  name: 'docker' | 'podman' | 'containerd',
  version: string,
  more: object = {},
): Exclude<HostSpec, string> => ({
  engine: {
    name,
    version,
    libseccomp: '2.5.5',
    runtime: { name: 'runc', version: '1.1.14' },
    ...more,
  },
});
const go = (version: string, modules: readonly string[] = [], path = '/bin/app'): Fixture => ({
  files: { [path]: { elf: { type: 'executable', go: version, goModules: modules } } },
  entrypoint: [path],
});
const service = (
  path: string,
  more: Fixture,
  machine: 'x86_64' | 'aarch64' | 'arm' = 'x86_64',
): Fixture => ({
  os: 'debian 12',
  platform: { x86_64: 'linux/amd64', aarch64: 'linux/arm64', arm: 'linux/arm/v7' }[machine],
  entrypoint: [path],
  ...more,
  files: {
    ...glibcFiles('2.36', { machine }),
    [path]: {
      elf: {
        machine,
        interpreter: {
          x86_64: loader,
          aarch64: '/lib/ld-linux-aarch64.so.1',
          arm: '/lib/ld-linux-armhf.so.3',
        }[machine],
        needed: ['libc.so.6'],
      },
    },
    ...more.files,
  },
});
const redis = (version: string): Fixture =>
  service('/usr/local/bin/redis-server', { env: { REDIS_VERSION: version } }, 'aarch64');
const node = (version: string, machine: 'x86_64' | 'arm' = 'x86_64'): Fixture =>
  service('/usr/local/bin/node', { env: { NODE_VERSION: version } }, machine);
const mongo = (version: string, env: Readonly<Record<string, string>> = {}): Fixture =>
  service('/usr/bin/mongod', {
    env: { MONGO_VERSION: version, ...env },
    dpkg: [`mongodb-org-server ${version}`, 'libc6 2.36-9 glibc'],
  });
const mssql = (version: string): Fixture =>
  service('/opt/mssql/bin/sqlservr', {
    dpkg: [`mssql-server ${version}`, 'libc6 2.36-9 glibc'],
    labels: { 'com.microsoft.version': version },
  });
const landlock = service('/usr/bin/app', {
  files: {
    '/usr/bin/app': {
      elf: { interpreter: loader, needed: ['libc.so.6'], directSyscalls: [444, 445, 446] },
    },
  },
});
const plain = service('/usr/bin/app', {});
const arm = (release: string): HostSpec => ({
  machine: 'aarch64',
  kernel: { release, base: release.split('.').slice(0, 2).join('.') },
  pageSize: 4096,
});

const incidents: readonly Incident[] = [
  {
    id: 'go-copy-on-cifs',
    title: 'Go 1.15 copies to CIFS on CentOS 7',
    source: 'https://github.com/golang/go/issues/42334',
    image: go('1.15.2'),
    host: {
      base: 'rhel:7.8',
      container: { mounts: [{ source: '//nas/x', target: '/data', filesystem: 'cifs' }] },
    },
    expect: { code: 'PL1011', help: /Go 1\.15\.5/, symptom: /copy_file_range|zero bytes/ },
    counterpart: [
      { because: 'Go 1.15.5', image: go('1.15.5') },
      {
        because: 'Linux 6.1',
        host: host('6.1.0', {
          container: { mounts: [{ source: '//nas/x', target: '/data', filesystem: 'cifs' }] },
        }),
      },
    ],
  },
  {
    id: 'go-zero-byte-copies-on-azure',
    title: 'Go 1.15 leaves empty files on CIFS',
    source: 'https://github.com/golang/go/issues/42400',
    image: go('1.15.3'),
    host: host('4.15.0-1096-azure', {
      container: { mounts: [{ source: '//share/x', target: '/data', filesystem: 'cifs' }] },
    }),
    expect: { code: 'PL1011', help: /Go 1\.15\.5/, symptom: /zero bytes|empty/ },
    counterpart: { because: 'Go 1.15.5', image: go('1.15.5') },
  },
  {
    id: 'go-copy-on-nfs',
    title: 'Go 1.15.0 on NFS of CentOS 7.8',
    source: 'https://github.com/golang/go/issues/40731',
    image: go('1.15'),
    host: {
      base: 'rhel:7.8',
      container: { mounts: [{ source: 'nas:/x', target: '/data', filesystem: 'nfs4' }] },
    },
    expect: { code: 'PL1011', help: /Go 1\.15/, symptom: /not supported/ },
    counterpart: { because: 'Go 1.14', image: go('1.14.7') },
  },
  {
    id: 'go-copy-from-proc',
    title: 'Go copies /proc and gets nothing on Linux 5.7',
    source: 'https://github.com/golang/go/issues/44272',
    image: go('1.15.7'),
    host: host('5.7.17'),
    expect: { code: 'PL1011', help: /1\.15\.9|1\.16\.1|newer/ },
    counterpart: { because: 'Go 1.16.1', image: go('1.16.1') },
  },
  {
    id: 'go114-mlock',
    title: 'Go 1.14 locks signal stacks on Linux 5.3.9',
    source: 'https://github.com/docker-library/golang/issues/320',
    image: go('1.14'),
    host: host('5.3.9', { limits: { memlock: { soft: 65536, hard: 65536 } } }),
    expect: { code: 'PL1011', help: /memlock|1\.14\.1/, symptom: /mlock of signal stack failed/ },
    counterpart: [
      { because: 'Go 1.14.1', image: go('1.14.1') },
      {
        because: 'Linux 5.3.15',
        host: host('5.3.15', { limits: { memlock: { soft: 65536, hard: 65536 } } }),
      },
    ],
  },
  {
    id: 'redis-arm64-cow-check',
    title: 'Redis on arm64 finds the copy-on-write bug',
    source: 'https://github.com/redis/docker-library-redis/issues/283',
    image: redis('6.2.4'),
    host: {
      ...(arm('4.18.0-305.el8.aarch64') as object),
      distribution: { id: 'centos', version: '8.4' },
    },
    expect: {
      code: 'PL1011',
      help: /5\.10|newer/,
      symptom: /data corruption during background save/,
    },
    counterpart: [
      { because: 'Linux 5.10', host: arm('5.10.103') },
      { because: 'Redis 6.0', image: redis('6.0.15') },
    ],
  },
  {
    id: 'redis-arm64-madvise-assert',
    title: 'a release candidate of Redis asserts that MADV_FREE is there',
    source: 'https://github.com/redis/redis/issues/8351',
    image: redis('6.2-rc1'),
    host: arm('4.4.0'),
    expect: { code: 'PL1011', help: /Redis|redis/, symptom: /madvise|assert/ },
    counterpart: { because: 'Linux 5.10', host: arm('5.10.103') },
  },
  {
    id: 'resolver-libuv-busy-loop',
    title: 'BIND with libuv 1.46 spins on Linux 5.10.170',
    source: 'https://github.com/libuv/libuv/issues/4089',
    image: service('/usr/sbin/named', {
      dpkg: ['libuv1 1.46.0-1', 'bind9 1:9.18.16-1', 'libc6 2.36-9 glibc'],
    }),
    host: host('5.10.170'),
    expect: { code: 'PL1011', help: /libuv 1\.47|UV_USE_IO_URING|5\.10\.186/ },
    counterpart: [
      { because: 'Linux 5.10.186', host: host('5.10.186') },
      {
        because: 'libuv 1.44',
        image: service('/usr/sbin/named', { dpkg: ['libuv1 1.44.2-1', 'libc6 2.36-9 glibc'] }),
      },
    ],
  },
  {
    id: 'node-io-uring-arm32',
    title: 'Node.js for arm/v7 uses io_uring on 32-bit kernels',
    source: 'https://github.com/libuv/libuv/pull/4187',
    image: node('20.5.0', 'arm'),
    host: { machine: 'armv7l', kernel: { release: '5.15.84-v7l+', base: '5.15' }, pageSize: 4096 },
    expect: { code: 'PL1011', help: /UV_USE_IO_URING/ },
    counterpart: { because: 'Node.js 18', image: node('18.17.0', 'arm') },
  },
  {
    id: 'node-setuid-io-uring',
    title: 'setuid leaves privileges behind in io_uring',
    source: 'https://github.com/libuv/libuv/issues/4416',
    image: node('20.10.0'),
    host: host('6.1.50', engine('docker', '24.0.7')),
    expect: { code: 'PL1011', help: /UV_USE_IO_URING/ },
    counterpart: [
      { because: 'Node.js 20.11.1', image: node('20.11.1') },
      { because: 'io_uring is refused', host: host('6.1.50', engine('docker', '25.0.4')) },
    ],
  },
  {
    id: 'mongo8-on-6.19',
    title: 'MongoDB 8 dies on Linux 6.19',
    source: 'https://github.com/variety/variety/pull/374',
    image: mongo('8.0.20'),
    host: host('6.19.3'),
    expect: { code: 'PL1012', help: /rseq=1/, symptom: /139|known incompatibility/ },
    counterpart: [
      { because: 'MongoDB 7.0', image: mongo('7.0.31') },
      { because: 'Linux 6.18', host: host('6.18.3') },
    ],
  },
  {
    id: 'mongo8-gate',
    title: 'MongoDB 8.0.28 refuses Linux 7.0',
    source: 'https://github.com/bluewave-labs/Checkmate/pull/3943',
    image: mongo('8.0.28'),
    host: host('7.0.0-14-generic'),
    expect: { code: 'PL1012', verdict: 'fails', help: /rseq=1/, symptom: /known incompatibility/ },
    counterpart: { because: 'MongoDB 7.0', image: mongo('7.0.31') },
  },
  {
    id: 'sql-server-on-6.7',
    title: 'SQL Server crashes on Linux 6.7',
    source: 'https://github.com/bitwarden/server/issues/3689',
    image: mssql('15.0.4335.1-1'),
    host: host('6.7.0'),
    expect: { code: 'PL1012', verdict: 'fails', help: /6\.6|cumulative update|CU/ },
    counterpart: { because: 'Linux 6.6', host: host('6.6.8') },
  },
  {
    id: 'sql-server-preview-kernel-check',
    title: 'a preview of SQL Server 2019 stops at its kernel check',
    source: 'https://github.com/microsoft/mssql-docker/issues/479',
    image: mssql('15.0.1600.8-1'),
    host: 'rhel:7.7',
    expect: { code: 'PL1012', help: /2019|newer/, symptom: /Kernel bug check/ },
    counterpart: { because: 'the release', image: mssql('15.0.4385.2-1') },
  },
  {
    id: 'watchtower-on-docker29',
    title: 'watchtower speaks an API that Docker 29 no longer does',
    source: 'https://github.com/containrrr/watchtower/issues/2126',
    image: go(
      '1.20.0',
      ['github.com/docker/docker v24.0.7', 'github.com/containrrr/watchtower v1.7.1'],
      '/watchtower',
    ),
    host: host('6.8.0', engine('docker', '29.0.0')),
    expect: {
      code: 'PL3006',
      help: /DOCKER_API_VERSION/,
      symptom: /client version 1\.25 is too old/,
    },
    counterpart: { because: 'Docker 28', host: host('6.8.0', engine('docker', '28.5.1')) },
  },
  {
    id: 'watchtower-fork-on-old-nas',
    title: 'a fork of watchtower that is too new for the engine of a NAS',
    source: 'https://github.com/nicholas-fedor/watchtower/issues/87',
    image: go(
      '1.24.0',
      ['github.com/docker/docker v28.0.0', 'github.com/nicholas-fedor/watchtower v1.8.0'],
      '/watchtower',
    ),
    host: host(
      '4.4.302',
      engine('docker', '24.0.2', { api: { minimum: '1.12', maximum: '1.43' } }),
    ),
    expect: { code: 'PL3006', help: /DOCKER_API_VERSION/, symptom: /too new/ },
    counterpart: {
      because: 'Docker 28',
      host: host(
        '6.8.0',
        engine('docker', '28.5.1', { api: { minimum: '1.24', maximum: '1.51' } }),
      ),
    },
  },
  {
    id: 'landlock-under-containerd-1.5',
    title: 'Landlock under the profile of containerd 1.5',
    source: 'https://github.com/containerd/containerd/pull/6494',
    image: landlock,
    host: host(
      '5.15.0',
      engine('containerd', '1.5.2', { runtime: { name: 'runc', version: '1.0.0-rc92' } }),
    ),
    expect: { code: 'PL3002', help: /upgrade containerd|profile/ },
    counterpart: [
      { because: 'containerd 1.7', host: host('5.15.0', engine('containerd', '1.7.20')) },
      { because: 'no Landlock', image: plain },
    ],
  },
  {
    id: 'landlock-under-old-containers-common',
    title: 'Landlock under a profile of podman before mid-2022',
    source: 'https://github.com/containers/common/pull/1081',
    image: landlock,
    host: host('5.15.0', {
      engine: {
        name: 'podman',
        version: '3.4.4',
        commonVersion: '0.38.0',
        libseccomp: '2.5.4',
        runtime: { name: 'crun', version: '1.4' },
      },
    }),
    expect: { code: 'PL3002', help: /containers-common|profile/ },
    counterpart: {
      because: 'containers-common 0.57',
      host: host('5.15.0', {
        engine: {
          name: 'podman',
          version: '4.9.4',
          commonVersion: '0.57.4',
          libseccomp: '2.5.4',
          runtime: { name: 'crun', version: '1.14' },
        },
      }),
    },
  },
  {
    id: 'pacman-faccessat2-on-old-kernel',
    title: 'a C library built for newer kernels only, on Linux 5.4',
    source: 'https://github.com/CachyOS/docker/issues/7',
    image: {
      files: {
        ...glibcFiles('2.41', { abiNote: '6.6.0', app: { imports: ['faccessat@GLIBC_2.4'] } }),
      },
      os: 'cachyos 2025',
      entrypoint: ['/usr/bin/app'],
    },
    host: host('5.4.0', engine('docker', '27.3.1')),
    expect: { code: 'PL1001', severity: 'degraded', help: /newer/ },
    counterpart: { because: 'Linux 6.12', host: host('6.12.0', engine('docker', '27.3.1')) },
  },
];

incidentSuite('versions', incidents);
