// Calls that kernels lack or switch off, io_uring, emulated kernels, privileges, executable stacks, injected tools.
import { type Fixture, glibcFiles } from './harness/fixture.ts';
import { type HostSpec, type Incident, incidentSuite } from './harness/incident.ts';

const loader = '/lib64/ld-linux-x86-64.so.2';
const host = (release: string, more: Exclude<HostSpec, string> = {}): HostSpec => ({
  machine: 'x86_64',
  kernel: { release, base: release.split('.').slice(0, 2).join('.') },
  ...more,
});
const docker = (version: string): Exclude<HostSpec, string> => ({
  engine: {
    name: 'docker',
    version,
    libseccomp: '2.5.5',
    runtime: { name: 'runc', version: '1.1.14' },
  },
});
const program = (glibc: string, imports: readonly string[], more: Fixture = {}): Fixture => ({
  os: 'debian 12',
  dpkg: [`libc6 ${glibc}-0 glibc`],
  entrypoint: ['/usr/bin/app'],
  ...more,
  files: { ...glibcFiles(glibc, { app: { imports } }), ...more.files },
});
const plain = program('2.31', ['getpid@GLIBC_2.2.5']);
const uring: Fixture = program('2.36', [], {
  files: {
    '/usr/bin/app': {
      elf: {
        interpreter: loader,
        needed: ['liburing.so.2', 'libc.so.6'],
        imports: ['io_uring_queue_init@LIBURING_2.0:liburing.so.2'],
      },
    },
    '/usr/lib/x86_64-linux-gnu/liburing.so.2': {
      elf: {
        type: 'shared-library',
        soname: 'liburing.so.2',
        defines: ['LIBURING_2.0'],
        directSyscalls: [425, 426, 427],
      },
    },
  },
  dpkg: ['libc6 2.36-9 glibc', 'liburing2 2.3-3'],
});
const io = (
  [id, title, source]: readonly [string, string, string],
  image: Fixture,
  on: HostSpec,
  fine: HostSpec,
): Incident => ({
  id,
  title,
  source,
  image,
  host: on,
  expect: { code: 'PL1015', help: /io_uring|profile|newer kernel/ },
  counterpart: [
    { because: 'io_uring is there', host: fine },
    { because: 'a program without io_uring', image: plain },
  ],
});
const mariadb: Fixture = {
  ...uring,
  files: {
    ...uring.files,
    '/usr/sbin/mariadbd': {
      elf: {
        interpreter: loader,
        needed: ['liburing.so.2', 'libc.so.6'],
        imports: ['io_uring_queue_init@LIBURING_2.0:liburing.so.2'],
      },
    },
  },
  env: { MARIADB_VERSION: '1:11.8.2+maria~ubu2404' },
  dpkg: ['libc6 2.36-9 glibc', 'mariadb-server 1:11.8.2+maria~ubu2404', 'liburing2 2.3-3'],
  entrypoint: ['/usr/sbin/mariadbd'],
};
const open = host('6.8.0', docker('24.0.7'));
const suid = (more: Fixture = {}): Fixture => ({
  ...plain,
  ...more,
  files: {
    ...plain.files,
    '/usr/bin/sudo': { elf: { interpreter: loader, needed: ['libc.so.6'] }, mode: 0o4755 },
    ...more.files,
  },
});
const ping = (capabilities: readonly string[]): Fixture => ({
  ...plain,
  files: {
    ...plain.files,
    '/usr/bin/ping': { elf: { interpreter: loader, needed: ['libc.so.6'] }, capabilities },
  },
  entrypoint: ['/usr/bin/ping'],
});
const julia = (executableStack: boolean): Fixture => ({
  ...program('2.36', []),
  files: {
    ...glibcFiles('2.36', {
      app: { needed: ['libjulia.so.1', 'libc.so.6'], runpath: '/usr/local/julia/lib' },
    }),
    '/usr/local/julia/lib/libjulia.so.1': {
      elf: { type: 'shared-library', soname: 'libjulia.so.1', executableStack },
    },
  },
});

const incidents: readonly Incident[] = [
  {
    id: 'photo-library-arc4random-on-nas',
    title: 'glibc 2.36 on a NAS with Linux 3.10',
    source: 'https://github.com/photoprism/photoprism/issues/4339',
    image: program('2.36', ['arc4random@GLIBC_2.36', 'getrandom@GLIBC_2.25']),
    host: host('3.10.108', docker('20.10.23')),
    expect: {
      code: 'PL1004',
      help: /older release|newer kernel/,
      symptom: /arc4random|not implemented/,
    },
    counterpart: [
      { because: 'Linux 3.17', host: host('3.17.0', docker('20.10.23')) },
      { because: 'an older image', image: plain },
    ],
  },
  {
    id: 'signage-apache-on-nas',
    title: 'Apache of Debian 11 without getrandom',
    source: 'https://github.com/xibosignage/xibo/issues/3097',
    image: {
      ...program('2.31', ['getrandom@GLIBC_2.25']),
      files: {
        ...glibcFiles('2.31'),
        '/usr/sbin/apache2': {
          elf: { interpreter: loader, needed: ['libapr-1.so.0', 'libc.so.6'] },
        },
        '/usr/lib/x86_64-linux-gnu/libapr-1.so.0': {
          elf: {
            type: 'shared-library',
            soname: 'libapr-1.so.0',
            imports: ['getrandom@GLIBC_2.25'],
            needed: ['libc.so.6'],
          },
        },
      },
      dpkg: ['libc6 2.31-13 glibc', 'apache2-bin 2.4.56-1~deb11u2', 'libapr1 1.7.0-6+deb11u2 apr'],
      os: 'debian 11',
      entrypoint: ['/usr/sbin/apache2', '-D', 'FOREGROUND'],
    },
    host: host('3.10.108', docker('20.10.23')),
    expect: { code: 'PL1004', help: /older release|newer kernel/, symptom: /not implemented/ },
    counterpart: { because: 'Linux 4.4', host: host('4.4.180', docker('20.10.23')) },
  },
  {
    id: 'dotnet7-memfd-on-nas',
    title: '.NET 7 on a kernel without memfd_create',
    source: 'https://github.com/dotnet/runtime/issues/70758',
    image: program('2.31', ['memfd_create@GLIBC_2.27'], {
      env: { DOTNET_VERSION: '7.0.0' },
      files: {
        '/usr/share/dotnet/shared/Microsoft.NETCore.App/7.0.0/libcoreclr.so': {
          elf: {
            type: 'shared-library',
            soname: 'libcoreclr.so',
            imports: ['memfd_create@GLIBC_2.27'],
            needed: ['libc.so.6'],
          },
        },
      },
    }),
    host: host('3.10.105', docker('20.10.3')),
    expect: { code: 'PL1004', help: /newer kernel/, symptom: /memfd_create|CoreCLR/ },
    counterpart: { because: 'Linux 4.4', host: host('4.4.180', docker('20.10.3')) },
  },
  io(
    [
      'ocaml-eio-in-docker25',
      'an OCaml program under Docker 25',
      'https://github.com/ocaml-multicore/eio/issues/695',
    ],
    uring,
    host('6.8.0', docker('25.0.4')),
    open,
  ),
  io(
    [
      'io-uring-removed-from-profile',
      'any io_uring program under Docker 25',
      'https://github.com/moby/moby/issues/47532',
    ],
    uring,
    host('6.5.0', docker('25.0.4')),
    open,
  ),
  io(
    [
      'mariadb-in-docker-desktop',
      'MariaDB 11.8 where io_uring is off',
      'https://github.com/docker/for-mac/issues/7707',
    ],
    mariadb,
    {
      ...(host('6.10.14-linuxkit', docker('28.2.2')) as object),
      sysctls: { 'kernel.io_uring_disabled': '2' },
    },
    open,
  ),
  io(
    [
      'mariadb-io-uring-disabled-sysctl',
      'MariaDB with kernel.io_uring_disabled = 2',
      'https://github.com/axboe/liburing/issues/1384',
    ],
    mariadb,
    { ...(open as object), sysctls: { 'kernel.io_uring_disabled': '2' } },
    { ...(open as object), sysctls: { 'kernel.io_uring_disabled': '0' } },
  ),
  io(
    [
      'database-on-linuxkit-5.10',
      'a program that needs newer operations of io_uring',
      'https://github.com/tigerbeetle/tigerbeetle/issues/53',
    ],
    uring,
    host('4.19.121-linuxkit', docker('24.0.7')),
    open,
  ),
  {
    id: 'kata-qemu-io-uring',
    title: 'Kata with block_device_aio=io_uring where io_uring is off',
    source: 'https://github.com/kata-containers/kata-containers/issues/10314',
    image: plain,
    host: {
      machine: 'x86_64',
      kernel: { release: '6.6.0' },
      engine: { name: 'kata', version: '3.8.0' },
      sysctls: { 'kernel.io_uring_disabled': '2' },
    },
    expect: { code: 'PL1015', help: /block_device_aio/, symptom: /Unable to use io_uring/ },
    counterpart: {
      because: 'io_uring is on',
      host: {
        machine: 'x86_64',
        kernel: { release: '6.6.0' },
        engine: { name: 'kata', version: '3.8.0' },
        sysctls: { 'kernel.io_uring_disabled': '0' },
      },
    },
  },
  {
    id: 'gvisor-on-el7',
    title: "gVisor on CentOS 7's kernel",
    source: 'https://github.com/google/gvisor/issues/268',
    image: plain,
    host: host('3.10.0-693.el7.x86_64', {
      engine: { name: 'docker', version: '18.09.6', runtime: { name: 'runsc' } },
    }),
    expect: { code: 'PL3013', verdict: 'fails', help: /4\.14/, symptom: /runsc did not terminate/ },
    counterpart: {
      because: 'Linux 5.15',
      host: host('5.15.0', {
        engine: { name: 'docker', version: '18.09.6', runtime: { name: 'runsc' } },
      }),
    },
  },
  {
    id: 'wsl1-sleep',
    title: 'glibc 2.31 on WSL 1',
    source: 'https://github.com/microsoft/WSL/issues/4898',
    image: program('2.31', ['clock_nanosleep@GLIBC_2.17']),
    host: {
      machine: 'x86_64',
      kernel: { kind: 'wsl1', release: '4.4.0-18362-Microsoft', base: '4.4' },
    },
    expect: {
      code: 'PL1014',
      verdict: 'fails',
      help: /WSL 2/,
      symptom: /cannot read realtime clock/,
    },
    counterpart: [
      {
        because: 'WSL 2',
        host: {
          machine: 'x86_64',
          kernel: { release: '5.15.153.1-microsoft-standard-WSL2', base: '5.15' },
        },
      },
      {
        because: 'glibc 2.28',
        image: program('2.28', ['nanosleep@GLIBC_2.2.5'], { os: 'debian 10' }),
      },
    ],
  },
  {
    id: 'node20-injected-into-el7',
    title: "a CI runner's Node.js in a CentOS 7 job container",
    source: 'https://github.com/actions/runner/issues/2906',
    image: {
      files: glibcFiles('2.17', { abiNote: '2.6.32' }),
      os: 'centos 7',
      rpm: ['glibc 2.17-317.el7'],
      entrypoint: ['/usr/bin/app'],
    },
    host: host('6.5.0', {
      container: { injectedTools: [{ path: '/__e/node20/bin/node', needsGlibc: '2.28' }] },
    }),
    expect: {
      code: 'PL3012',
      verdict: 'fails',
      help: /glibc 2\.28/,
      symptom: /GLIBC_2\.28' not found/,
    },
    counterpart: [
      { because: 'an image with glibc 2.31', image: plain },
      { because: 'nothing injected', host: host('6.5.0') },
    ],
  },
  {
    id: 'julia-execstack-selinux',
    title: 'libraries with an executable stack under SELinux',
    source: 'https://github.com/docker-library/julia/issues/82',
    image: julia(true),
    host: host('6.3.7-1-default', {
      distribution: { id: 'opensuse-microos' },
      lsm: { active: ['selinux'], selinux: 'enforcing' },
    }),
    expect: { code: 'PL5002', help: /clear-execstack/, symptom: /cannot enable executable stack/ },
    counterpart: [
      { because: 'the mark is cleared', image: julia(false) },
      {
        because: 'podman’s containers are container_t, which may',
        host: host('6.3.7-1-default', {
          distribution: { id: 'opensuse-microos' },
          engine: { name: 'podman', version: '4.5.1' },
          lsm: { active: ['selinux'], selinux: 'enforcing' },
        }),
      },
      {
        because: 'SELinux is permissive',
        host: host('6.3.7-1-default', { lsm: { active: ['selinux'], selinux: 'permissive' } }),
      },
    ],
  },
  {
    id: 'ping-capability-outside-bounding-set',
    title: 'ping with a file capability under podman, which drops NET_RAW',
    source: 'https://github.com/perfsonar/perfsonar-testpoint-docker/issues/44',
    image: ping(['cap_net_raw']),
    host: host('5.14.0-362.el9.x86_64', { engine: { name: 'podman', version: '4.6.1' } }),
    expect: { code: 'PL5006', help: /--cap-add NET_RAW/, symptom: /Operation not permitted/ },
    counterpart: [
      {
        because: 'NET_RAW is added',
        host: host('5.14.0-362.el9.x86_64', {
          engine: { name: 'podman', version: '4.6.1' },
          container: { capabilitiesAdded: ['CAP_NET_RAW'] },
        }),
      },
      { because: 'no file capability', image: plain },
    ],
  },
  {
    id: 'fedora-ping-net-admin',
    title: "Fedora's ping asks for NET_ADMIN, which Docker does not give",
    source: 'https://github.com/cilium/cilium/issues/469',
    image: ping(['cap_net_admin', 'cap_net_raw']),
    host: host('4.9.0', docker('17.03.1')),
    expect: { code: 'PL5006', help: /--cap-add NET_ADMIN/, symptom: /Operation not permitted/ },
    counterpart: { because: 'only NET_RAW', image: ping(['cap_net_raw']) },
  },
  {
    id: 'sudo-on-nosuid-btrfs',
    title: "sudo on rootless podman's btrfs storage",
    source: 'https://github.com/podman-container-tools/podman/issues/21395',
    image: suid(),
    host: host('6.7.0', {
      engine: { name: 'podman', version: '4.9.0', rootless: true, storageDriver: 'btrfs' },
      storage: { filesystem: 'btrfs', nosuid: true },
    }),
    expect: { code: 'PL5007', help: /overlay|storage driver/, symptom: /effective uid is not 0/ },
    counterpart: [
      {
        because: 'no nosuid',
        host: host('6.7.0', {
          engine: { name: 'podman', version: '4.9.0', rootless: true },
          storage: { nosuid: false },
        }),
      },
      { because: 'no sudo', image: plain },
    ],
  },
  {
    id: 'sudo-with-no-new-privileges',
    title: 'sudo and file capabilities with noNewPrivileges',
    source: 'https://github.com/opencontainers/runc/issues/641',
    image: suid(),
    host: host('4.4.0', { container: { noNewPrivileges: true } }),
    expect: { code: 'PL5007', help: /no-new-privileges/, symptom: /effective uid is not 0/ },
    counterpart: {
      because: 'not set',
      host: host('4.4.0', { container: { noNewPrivileges: false } }),
    },
  },
  {
    id: 'thread-sanitizer-address-bits',
    title: 'a ThreadSanitizer program on Linux 6.6.6 with 32 random bits',
    source: 'https://github.com/google/sanitizers/issues/1716',
    image: program('2.38', [], {
      files: {
        '/usr/bin/app': {
          elf: {
            interpreter: loader,
            needed: ['libtsan.so.2', 'libc.so.6'],
            imports: ['__tsan_init'],
          },
        },
        '/usr/lib/x86_64-linux-gnu/libtsan.so.2': {
          elf: { type: 'shared-library', soname: 'libtsan.so.2' },
        },
      },
    }),
    host: host('6.6.6-arch1-1', { sysctls: { 'vm.mmap_rnd_bits': '32' } }),
    expect: { code: 'PL2009', help: /vm\.mmap_rnd_bits=28/, symptom: /unexpected memory mapping/ },
    counterpart: [
      {
        because: '28 bits',
        host: host('6.6.6-arch1-1', { sysctls: { 'vm.mmap_rnd_bits': '28' } }),
      },
      { because: 'no sanitizer', image: plain },
    ],
  },
  {
    id: 'address-sanitizer-address-bits',
    title: 'an AddressSanitizer program with 32 random bits',
    source: 'https://github.com/google/sanitizers/issues/1614',
    image: program('2.35', [], {
      files: {
        '/usr/bin/app': {
          elf: {
            interpreter: loader,
            needed: ['libasan.so.6', 'libc.so.6'],
            imports: ['__asan_init'],
          },
        },
        '/usr/lib/x86_64-linux-gnu/libasan.so.6': {
          elf: { type: 'shared-library', soname: 'libasan.so.6' },
        },
      },
    }),
    host: host('6.5.0', { sysctls: { 'vm.mmap_rnd_bits': '32' } }),
    expect: { code: 'PL2009', help: /vm\.mmap_rnd_bits=28/, symptom: /DEADLYSIGNAL/ },
    counterpart: {
      because: '28 bits',
      host: host('6.5.0', { sysctls: { 'vm.mmap_rnd_bits': '28' } }),
    },
  },
];

incidentSuite('calls', incidents);
