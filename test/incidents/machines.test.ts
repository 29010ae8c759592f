// Programs for another machine, 32-bit modes that are off, translators that deviate.
import { glibcFiles } from './harness/fixture.ts';
import { type Incident, incidentSuite } from './harness/incident.ts';

const arm64 = {
  files: glibcFiles('2.36', { machine: 'aarch64' }),
  platform: 'linux/arm64',
  os: 'debian 12',
  entrypoint: ['/usr/bin/app'],
};
const amd64 = { files: glibcFiles('2.36'), os: 'debian 12', entrypoint: ['/usr/bin/app'] };
const amd64Host = { base: 'debian:12', machine: 'x86_64' };
const arm64Host = { base: 'debian:12', machine: 'aarch64' };
const i386Program = {
  elf: { machine: 'i386', type: 'executable', interpreter: '/lib/ld-linux.so.2' },
} as const;
const snx = {
  files: {
    ...glibcFiles('2.36'),
    '/lib/ld-linux.so.2': {
      elf: { machine: 'i386', type: 'shared-library', soname: 'ld-linux.so.2' },
    },
    '/usr/bin/snx': i386Program,
  },
  os: 'debian 12',
  entrypoint: ['/usr/bin/snx'],
} as const;
const rosetta = {
  machine: 'aarch64',
  kernel: { release: '6.6.31-linuxkit', base: '6.6' },
  emulation: { by: 'rosetta' },
} as const;

const incidents: readonly Incident[] = [
  {
    id: 'arm64-node-on-amd64-runner',
    title: 'an arm64 image pulled onto an amd64 runner without QEMU',
    source: 'https://github.com/nodejs/docker-node/issues/2307',
    image: arm64,
    host: amd64Host,
    expect: {
      code: 'PL2001',
      verdict: 'fails',
      help: /--platform|qemu/,
      symptom: /exec format error/,
    },
    counterpart: [
      { because: 'the arm64 host it was built for', host: arm64Host },
      {
        because: 'QEMU is registered',
        host: {
          ...amd64Host,
          emulation: { by: 'qemu-user', version: '9.2', machines: ['aarch64'] },
        },
      },
    ],
  },
  {
    id: 'arm64-label-on-amd64-files',
    title: 'an image marked arm64 whose base layer is amd64',
    source: 'https://github.com/mic1on/chatGPT-web/issues/11',
    image: { ...amd64, platform: 'linux/arm64' },
    host: arm64Host,
    expect: {
      code: 'PL2002',
      verdict: 'fails',
      help: /linux\/arm64/,
      symptom: /exec format error/,
    },
    counterpart: { because: 'arm64 files', image: arm64 },
  },
  {
    id: 'amd64-binary-in-arm64-image',
    title: 'a Go builder image for arm64 into which the amd64 binary was copied',
    source: 'https://github.com/grafana/xk6/pull/233',
    image: {
      files: {
        ...glibcFiles('2.36', { machine: 'aarch64' }),
        '/usr/bin/xk6': { elf: { type: 'executable', go: '1.23.1' } },
      },
      platform: 'linux/arm64',
      entrypoint: ['/usr/bin/xk6'],
    },
    host: arm64Host,
    expect: { code: 'PL2002', verdict: 'fails', help: /linux\/arm64/ },
    counterpart: {
      because: 'the right binary',
      image: {
        files: {
          ...glibcFiles('2.36', { machine: 'aarch64' }),
          '/usr/bin/xk6': { elf: { machine: 'aarch64', type: 'executable', go: '1.23.1' } },
        },
        platform: 'linux/arm64',
        entrypoint: ['/usr/bin/xk6'],
      },
    },
  },
  {
    id: 'vpn-client-i386-in-kata',
    title: 'a 32-bit VPN client in a guest kernel without IA32 emulation',
    source: 'https://github.com/kata-containers/runtime/issues/886',
    image: snx,
    host: {
      machine: 'x86_64',
      kernel: { release: '4.14.67', config: { CONFIG_IA32_EMULATION: 'n' } },
      hypervisor: 'kata',
    },
    expect: {
      code: 'PL2003',
      verdict: 'fails',
      help: /CONFIG_IA32_EMULATION/,
      symptom: /Exec format error/,
    },
    counterpart: [
      {
        because: 'IA32 emulation is on',
        host: { machine: 'x86_64', ia32: true, kernel: { release: '4.14.67' } },
      },
      { because: 'a 64-bit client', image: amd64 },
    ],
  },
  {
    id: 'steam-on-no-multilib',
    title: '32-bit Steam on a kernel built without multilib',
    source: 'https://github.com/Kron4ek/Conty/issues/39',
    image: snx,
    host: { machine: 'x86_64', ia32: false, kernel: { release: '5.15.11-gentoo' } },
    expect: { code: 'PL2003', verdict: 'fails', help: /64-bit programs/ },
    counterpart: {
      because: 'IA32 emulation is on',
      host: { machine: 'x86_64', ia32: true, kernel: { release: '5.15.11-gentoo' } },
    },
  },
  {
    id: 'arm32-on-apple-silicon',
    title: 'an arm/v7 image in a virtual machine on Apple silicon',
    source: 'https://github.com/dbhi/qus/issues/4',
    image: {
      files: glibcFiles('2.31', { machine: 'arm' }),
      platform: 'linux/arm/v7',
      os: 'debian 11',
      entrypoint: ['/usr/bin/app'],
    },
    host: { ...arm64Host, cpu: { aarch32: false } },
    expect: { code: 'PL2004', verdict: 'fails', help: /qemu/, symptom: /xec format error/ },
    counterpart: {
      because: 'a Cortex-A72 runs AArch32',
      host: { ...arm64Host, cpu: { aarch32: true } },
    },
  },
  {
    id: 'arm32-busybox-in-arm64-debug-image',
    title: 'the debug shell of an arm64 image is a 32-bit ARM program',
    source: 'https://github.com/GoogleContainerTools/distroless/issues/958',
    image: {
      files: {
        ...glibcFiles('2.36', { machine: 'aarch64' }),
        '/busybox/busybox': { elf: { machine: 'arm', type: 'executable' } },
        '/busybox/sh': { link: '/busybox/busybox' },
      },
      platform: 'linux/arm64',
      entrypoint: ['/busybox/sh'],
    },
    host: { ...arm64Host, cpu: { aarch32: false } },
    expect: { code: 'PL2004', verdict: 'fails', help: /arm64 build/ },
    counterpart: {
      because: 'a Raspberry Pi 4 runs AArch32',
      host: { ...arm64Host, cpu: { aarch32: true } },
    },
  },
  {
    id: 'node-jit-under-qemu-user',
    title: 'arm64 Node.js under QEMU 8 crashes now and then',
    source: 'https://github.com/tonistiigi/binfmt/issues/215',
    image: {
      ...arm64,
      env: { NODE_VERSION: '18.16.0' },
      files: {
        ...arm64.files,
        '/usr/local/bin/node': {
          elf: {
            machine: 'aarch64',
            interpreter: '/lib/ld-linux-aarch64.so.1',
            needed: ['libc.so.6'],
          },
        },
      },
      entrypoint: ['/usr/local/bin/node'],
    },
    host: { ...amd64Host, emulation: { by: 'qemu-user', version: '8.0.4', machines: ['aarch64'] } },
    expect: { code: 'PL2010', help: /pin another QEMU|own architecture/ },
    counterpart: { because: 'an arm64 host', host: arm64Host },
  },
  {
    id: 'bullseye-arm64-under-new-qemu',
    title: 'arm64 Debian 11 under a new QEMU segfaults in a trigger',
    source: 'https://github.com/tonistiigi/binfmt/issues/242',
    image: { ...arm64, files: glibcFiles('2.31', { machine: 'aarch64' }), os: 'debian 11' },
    host: { ...amd64Host, emulation: { by: 'qemu-user', version: '9.0.2', machines: ['aarch64'] } },
    expect: { code: 'PL2010', help: /own architecture|another QEMU/ },
    counterpart: { because: 'an arm64 host', host: arm64Host },
  },
  {
    id: 'qt-shared-memory-under-rosetta',
    title: 'Qt programs assert in Rosetta of macOS 14.4',
    source: 'https://github.com/docker/for-mac/issues/7220',
    image: {
      ...amd64,
      files: glibcFiles('2.36', { app: { needed: ['libQt5Gui.so.5', 'libc.so.6'] } }),
    },
    host: {
      ...rosetta,
      emulation: { by: 'rosetta', environment: 'Docker Desktop 4.29, macOS 14.4' },
    },
    expect: { code: 'PL2010', help: /arm64 build/, symptom: /remove_shared_mem/ },
    counterpart: {
      because: 'an Intel Mac',
      host: { machine: 'x86_64', kernel: { release: '6.6.22-linuxkit' } },
    },
  },
  {
    id: 'jvm-under-rosetta',
    title: 'an amd64 JVM dies under Rosetta of Docker Desktop',
    source: 'https://github.com/docker/for-mac/issues/7320',
    image: {
      ...amd64,
      env: { JAVA_VERSION: '11.0.23' },
      files: {
        ...amd64.files,
        '/opt/java/openjdk/lib/server/libjvm.so': {
          elf: { soname: 'libjvm.so', type: 'shared-library' },
        },
        '/opt/java/openjdk/bin/java': {
          elf: { interpreter: '/lib64/ld-linux-x86-64.so.2', needed: ['libc.so.6'] },
        },
      },
      entrypoint: ['/opt/java/openjdk/bin/java'],
    },
    host: { ...rosetta, emulation: { by: 'rosetta', environment: 'Docker Desktop 4.31' } },
    expect: { code: 'PL2010', severity: 'note', help: /arm64 build|QEMU/ },
    counterpart: { because: 'an x86-64 host', host: amd64Host },
  },
  {
    id: 'dovecot-vsz-limit-under-rosetta',
    title: "dovecot's address space limit leaves Rosetta no room",
    source: 'https://github.com/orbstack/orbstack/issues/1487',
    image: {
      ...amd64,
      dpkg: ['dovecot-core 1:2.3.19.1+dfsg1-2.1', 'libc6 2.36-9'],
      files: {
        ...amd64.files,
        '/usr/sbin/dovecot': {
          elf: { interpreter: '/lib64/ld-linux-x86-64.so.2', needed: ['libc.so.6'] },
        },
      },
      entrypoint: ['/usr/sbin/dovecot', '-F'],
    },
    host: { ...rosetta, emulation: { by: 'rosetta', environment: 'OrbStack, macOS 15' } },
    expect: { code: 'PL2010', help: /arm64 build/, symptom: /ExecutableHeap/ },
    counterpart: { because: 'an x86-64 host', host: amd64Host },
  },
  {
    id: 'io-uring-under-rosetta',
    title: 'an amd64 io_uring program on Apple silicon',
    source: 'https://github.com/orbstack/orbstack/issues/1115',
    image: {
      ...amd64,
      files: {
        ...glibcFiles('2.36', {
          app: { needed: ['liburing.so.2', 'libc.so.6'], imports: ['io_uring_queue_init_params'] },
        }),
        '/usr/lib/x86_64-linux-gnu/liburing.so.2': {
          elf: { soname: 'liburing.so.2', type: 'shared-library' },
        },
      },
    },
    host: { ...rosetta, kernel: { release: '6.7.11-orbstack', base: '6.7' } },
    expect: { code: 'PL2010', help: /arm64 build/, symptom: /Function not implemented/ },
    counterpart: {
      because: 'an x86-64 host',
      host: { machine: 'x86_64', kernel: { release: '6.7.11', base: '6.7' } },
    },
  },
  {
    id: 'sudo-under-qemu-without-credentials',
    title: 'sudo of a foreign image where binfmt_misc lacks the credentials flag',
    source: 'https://github.com/podman-container-tools/podman/issues/20443',
    image: {
      ...amd64,
      files: {
        ...amd64.files,
        '/usr/bin/sudo': {
          elf: { interpreter: '/lib64/ld-linux-x86-64.so.2', needed: ['libc.so.6'] },
          mode: 0o4755,
        },
      },
    },
    host: {
      ...arm64Host,
      emulation: { by: 'qemu-user', version: '8.1', machines: ['x86_64'], credentialsFlag: false },
    },
    expect: { code: 'PL5007', help: /credential/, symptom: /effective uid is not 0/ },
    counterpart: {
      because: 'the flag is set',
      host: {
        ...arm64Host,
        emulation: { by: 'qemu-user', version: '8.1', machines: ['x86_64'], credentialsFlag: true },
      },
    },
  },
  {
    id: 'ubi9-under-old-qemu',
    title: 'an EL 9 image under the QEMU of Ubuntu 20.04',
    source: 'https://github.com/docker/buildx/issues/2028',
    image: {
      files: glibcFiles('2.34', { isaNeeded: 2 }),
      os: 'rhel 9.2',
      entrypoint: ['/usr/bin/app'],
    },
    host: {
      machine: 'aarch64',
      kernel: { release: '5.4.0-150-generic', base: '5.4' },
      emulation: { by: 'qemu-user', version: '4.2', machines: ['x86_64'] },
    },
    expect: { code: 'PL2005', verdict: 'fails', help: /qemu-user 7\.2/ },
    counterpart: [
      {
        because: 'QEMU 7.2',
        host: {
          machine: 'aarch64',
          kernel: { release: '5.4.0-150-generic', base: '5.4' },
          emulation: { by: 'qemu-user', version: '7.2', machines: ['x86_64'] },
        },
      },
      { because: 'an image for the baseline', image: amd64 },
    ],
  },
];

incidentSuite('machines', incidents);
