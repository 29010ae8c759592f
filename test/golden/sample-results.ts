// Results that the golden reports are made from: every severity, several hosts, long lists, names that attack.
import type { CheckResult, Finding } from '../../src/check/finding.ts';

const kernelTooOld: Finding = {
  code: 'PL1001',
  rule: 'kernel-minimum',
  severity: 'fatal',
  certainty: 'declared',
  reach: 'user-space',
  tier: 'predicted',
  title: 'the dynamic loader refuses kernels older than 3.10',
  need: 'Linux 3.10 or newer, from the ABI note of ld-linux-x86-64.so.2',
  offer: { value: 'Linux 2.6.32-754.el6.x86_64', source: 'table of distribution kernels' },
  evidence: [
    {
      path: '/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2',
      layer: '3f4ca61aafcd',
      package: 'libc6 2.36-9+deb12u4',
      detail: 'NT_GNU_ABI_TAG asks for Linux 3.10.0',
    },
    { path: '/usr/bin/bash', package: 'bash 5.2.15-2+b2', detail: 'starts through that loader' },
    { path: '/usr/bin/cat', package: 'coreutils 9.1-1', detail: 'starts through that loader' },
    { path: '/usr/bin/cp', package: 'coreutils 9.1-1', detail: 'starts through that loader' },
  ],
  evidenceTotal: 44,
  symptom: 'FATAL: kernel too old',
  help: 'take an image with an older C library (centos:7, debian:8), or run it on a host with Linux 3.10 or newer',
  references: [
    'https://sourceware.org/glibc/wiki/Release/2.26',
    'https://access.redhat.com/support/policy/rhel-container-compatibility',
  ],
  component: 'kernel',
};

const filterEperm: Finding = {
  code: 'PL3001',
  rule: 'filter-eperm-clone3',
  severity: 'fatal',
  certainty: 'reachable',
  reach: 'start',
  tier: 'predicted',
  title: 'pthread_create fails: the filter answers clone3 with EPERM, glibc 2.36 waits for ENOSYS',
  need: 'clone3, or ENOSYS in its place',
  offer: { value: 'EPERM by the default filter of docker 1.13.1', source: 'seccomp tables' },
  evidence: [
    {
      path: '/usr/sbin/日本語サーバー',
      function: 'pthread_create',
      detail: 'imports pthread_create (GLIBC_2.34)',
    },
  ],
  symptom: 'pthread_create failed: Operation not permitted',
  help: 'update docker to 20.10.10 or newer and libseccomp to 2.5 or newer; as a stopgap start with --security-opt seccomp=unconfined',
  references: ['https://github.com/moby/moby/issues/42680'],
  component: 'engine',
};

const cgroup: Finding = {
  code: 'PL4003',
  rule: 'jvm-cgroup-v2',
  severity: 'degraded',
  certainty: 'declared',
  reach: 'file',
  tier: 'predicted',
  title:
    'OpenJDK 11.0.11 reads cgroup v1 files only and takes the whole memory of the host for its own',
  need: 'cgroup v1, or OpenJDK 11.0.16 and newer',
  offer: { value: 'cgroup v2', source: 'host debian:12' },
  evidence: [{ path: '/opt/java/release', line: 4, detail: 'JAVA_VERSION="11.0.11"' }],
  symptom: 'the container is killed for its memory (exit code 137)',
  help: 'update OpenJDK to 11.0.16 or newer, or set -Xmx',
  references: ['https://bugs.openjdk.org/browse/JDK-8230305'],
  component: 'image',
};

const hostile: Finding = {
  ...cgroup,
  code: 'PL7002',
  rule: 'privileged-tool',
  severity: 'note',
  title: 'tcpdump goes beside the system call layer',
  need: 'packet sockets',
  offer: { value: '<b>none</b>', source: 'host & co' },
  evidence: [
    {
      path: '/tmp/\x1b]0;owned\x07\x1b[2Jname"><script>alert(1)</script>\u202etxt.exe',
      detail: "file 'name' & more\nsecond line",
    },
  ],
  help: 'nothing to do',
  references: ['javascript:alert(1)'],
};

const open: Finding = {
  ...cgroup,
  code: 'PL6001',
  rule: 'elasticsearch-max-map-count',
  severity: 'unknown',
  worst: 'fatal',
  reach: 'start',
  title: 'elasticsearch 8.11 refuses to start when vm.max_map_count is below 262144',
  need: 'vm.max_map_count of at least 262144',
  offer: { value: 'vm.max_map_count is not stated', source: 'host gvisor' },
  evidence: [{ package: 'elasticsearch 8.11.1', detail: 'package elasticsearch 8.11.1' }],
  symptom: 'max virtual memory areas vm.max_map_count [65530] is too low',
  help: 'on the host: sysctl -w vm.max_map_count=262144',
  references: [],
  component: 'configuration',
};

/** One image on four hosts, one with each verdict. */
export const sampleResult: CheckResult = {
  schema: 'plimsoll.check/1',
  target: {
    kind: 'docker-archive',
    reference: './images/elasticsearch-8.11.tar',
    digest: 'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    platform: 'linux/amd64',
    os: 'Debian GNU/Linux 12 (bookworm)',
    libc: 'glibc 2.36',
    start: ['docker-entrypoint.sh eswrapper', '/usr/share/elasticsearch/bin/elasticsearch'],
    elfFiles: 812,
    packages: 133,
  },
  hosts: [
    {
      host: 'rhel:6.10+docker:1.13',
      summary: 'Linux 2.6.32-754.el6.x86_64, docker 1.13.1',
      verdict: 'fails',
      certain: true,
      why: `${kernelTooOld.title}; and 1 more`,
      findings: [
        kernelTooOld,
        {
          ...filterEperm,
          offer: { value: 'EPERM by the default filter', source: 'seccomp tables' },
        },
        hostile,
      ],
    },
    {
      host: 'rhel:7.9+docker:1.13',
      summary: 'Linux 3.10.0-1160.el7.x86_64, docker 1.13.1',
      verdict: 'fails',
      certain: false,
      why: filterEperm.title,
      findings: [filterEperm, hostile],
    },
    {
      host: 'debian:12',
      summary: 'Linux 6.1.0-13-amd64',
      verdict: 'degraded',
      certain: true,
      why: cgroup.title,
      findings: [cgroup, hostile],
    },
    {
      host: 'gvisor',
      summary: 'gVisor',
      verdict: 'unknown',
      certain: false,
      why: open.title,
      findings: [open, hostile],
    },
  ],
  problems: [
    {
      code: 'PL0201',
      message: 'section headers lie outside the file',
      at: '/usr/lib/\x1b[31mbroken.so',
    },
  ],
};

/** A target with nothing to complain about. */
export const worksResult: CheckResult = {
  schema: 'plimsoll.check/1',
  target: {
    kind: 'elf',
    reference: '/bin/busybox',
    platform: 'linux/amd64',
    start: ['/bin/busybox'],
    elfFiles: 1,
    packages: 0,
  },
  hosts: ['rhel:6.10+docker:1.13', 'rhel:7.9+docker:1.13', 'debian:12', 'gvisor'].map(
    (host, index) => ({
      host,
      summary: host,
      verdict: 'works',
      certain: index !== 1,
      why:
        index === 1
          ? 'nothing found; not certain: the shell runs what it is given'
          : 'nothing that it needs is missing',
      findings: [],
    }),
  ),
  problems: [],
};
