// Failures that have a sibling elsewhere in this folder, seen with another program, machine or engine.
import { type Fixture, glibcFiles } from './harness/fixture.ts';
import { type Incident, incidentSuite } from './harness/incident.ts';

const loader = '/lib64/ld-linux-x86-64.so.2';
const dynamic = { interpreter: loader, needed: ['libc.so.6'] } as const;
const plain: Fixture = {
  os: 'debian 12',
  dpkg: ['libc6 2.36-9 glibc'],
  files: glibcFiles('2.36', { app: {} }),
  entrypoint: ['/usr/bin/app'],
};
const with_ = (files: Fixture['files'], more: Fixture = {}): Fixture => ({
  ...plain,
  ...more,
  files: { ...plain.files, ...files },
});

const incidents: readonly Incident[] = [
  {
    id: 'continuity-copy-on-s390x',
    title: 'copy_file_range refused with EPERM by an old filter',
    source: 'https://github.com/containerd/continuity/issues/135',
    image: {
      platform: 'linux/s390x',
      entrypoint: ['/usr/bin/copier'],
      files: {
        '/usr/bin/copier': {
          elf: {
            machine: 's390x',
            go: '1.13',
            goModules: ['github.com/containerd/continuity v0.0.0-20190827140505-75bee3e2ccb6'],
            imports: [],
          },
        },
      },
    },
    host: {
      machine: 's390x',
      kernel: { release: '5.4.0', base: '5.4' },
      engine: {
        name: 'docker',
        version: '17.03.0',
        libseccomp: '2.2.3',
        runtime: { name: 'runc', version: '1.0.0-rc2' },
      },
    },
    expect: { code: 'PL3001', help: /Docker|profile/ },
    counterpart: {
      because: 'a filter that knows the call',
      host: {
        machine: 's390x',
        kernel: { release: '5.4.0', base: '5.4' },
        engine: { name: 'docker', version: '24.0.7', libseccomp: '2.5.5' },
      },
    },
  },
  {
    id: 'cassandra-mbind',
    title: 'Cassandra binds memory to nodes',
    source: 'https://github.com/docker-library/cassandra/issues/203',
    image: with_(
      { '/opt/cassandra/bin/cassandra': '#!/bin/sh\nexec numactl --interleave=all java\n' },
      {
        env: { CASSANDRA_VERSION: '3.11.6', CASSANDRA_HOME: '/opt/cassandra' },
        entrypoint: ['/opt/cassandra/bin/cassandra', '-f'],
      },
    ),
    host: 'debian:12+containerd:1.6.20',
    expect: { code: 'PL3003', help: /SYS_NICE/ },
    counterpart: [
      { because: 'CAP_SYS_NICE is given', host: 'debian:12+containerd:1.6.20+cap-add:SYS_NICE' },
      { because: 'another program', image: plain },
    ],
  },
  {
    id: 'backup-setuid-ping',
    title: 'a setuid ping under podman, which drops NET_RAW',
    source: 'https://github.com/adferrand/docker-backuppc/issues/98',
    image: with_(
      { '/bin/ping': { elf: { ...dynamic }, mode: 0o4755 } },
      { entrypoint: ['/bin/ping'] },
    ),
    host: {
      base: 'rhel:9.2+podman:4.4+rootless',
      sysctls: { 'net.ipv4.ping_group_range': '1\t0' },
    },
    expect: { code: 'PL5006', help: /NET_RAW/ },
    counterpart: {
      because: 'NET_RAW is given',
      host: 'rhel:9.2+podman:4.4+rootless+cap-add:NET_RAW',
    },
  },
  {
    id: 'kerberos-kcm-without-server',
    title: 'krb5.conf asks for KCM, and no server is there',
    source: 'https://github.com/containers/toolbox/issues/235',
    image: with_({
      '/etc/krb5.conf.d/kcm_default_ccache': '[libdefaults]\n    default_ccache_name = KCM:\n',
    }),
    host: { base: 'fedora:43', services: [] },
    expect: { code: 'PL5009', severity: 'note', help: /sssd-kcm|KCM|FILE/ },
    counterpart: [
      { because: 'sssd-kcm runs on the host', host: { base: 'fedora:43', services: ['sssd-kcm'] } },
      {
        because: 'a cache in a file',
        image: with_({
          '/etc/krb5.conf': '[libdefaults]\n default_ccache_name = FILE:/tmp/krb5cc_%{uid}\n',
        }),
      },
    ],
  },
  {
    id: 'chrome-after-docker-1.10',
    title: 'Chrome on the first Docker with a filter',
    source: 'https://github.com/jessfraz/dockerfiles/issues/65',
    image: with_(
      { '/opt/google/chrome/chrome': { elf: { ...dynamic } } },
      {
        dpkg: ['libc6 2.36-9 glibc', 'google-chrome-stable 48.0.2564.109-1'],
        entrypoint: ['/opt/google/chrome/chrome'],
      },
    ),
    host: {
      machine: 'x86_64',
      kernel: { release: '4.4.2', base: '4.4' },
      engine: { name: 'docker', version: '1.10.0' },
    },
    expect: { code: 'PL5005', help: /seccomp|sandbox/ },
    counterpart: {
      because: 'without a filter, as in 1.9',
      host: {
        machine: 'x86_64',
        kernel: { release: '4.4.2', base: '4.4' },
        engine: { name: 'docker', version: '1.10.0', seccomp: { mode: 'unconfined' } },
        container: { capabilitiesAdded: ['CAP_SYS_ADMIN'] },
      },
    },
  },
  {
    id: 'tracee-on-6.9',
    title: 'tracee gives up CAP_SYS_ADMIN',
    source: 'https://github.com/aquasecurity/tracee/issues/5330',
    image: with_(
      {
        '/tracee/tracee': {
          elf: { go: '1.24', goModules: ['github.com/aquasecurity/libbpfgo v0.9.2'] },
        },
      },
      { labels: { 'org.opencontainers.image.title': 'tracee' }, entrypoint: ['/tracee/tracee'] },
    ),
    host: { base: 'ubuntu:25.04+privileged', sysctls: { 'kernel.perf_event_paranoid': '1' } },
    expect: { code: 'PL1013', help: /tracee|perf_event_paranoid/ },
    counterpart: {
      because: 'perf_event_paranoid is 2',
      host: { base: 'ubuntu:25.04+privileged', sysctls: { 'kernel.perf_event_paranoid': '2' } },
    },
  },
  {
    id: 'systemd-kcmp',
    title: 'systemd before 240 compares files by kcmp',
    source: 'https://github.com/systemd/systemd/pull/9960',
    image: with_(
      { '/lib/systemd/systemd': { elf: { ...dynamic } } },
      {
        dpkg: ['libc6 2.28-10 glibc', 'systemd 239-15'],
        os: 'debian 10',
        entrypoint: ['/lib/systemd/systemd'],
      },
    ),
    host: 'debian:11+docker:20.10.21',
    expect: { code: 'PL3003', help: /SYS_PTRACE|240|newer/ },
    counterpart: {
      because: 'systemd 241',
      image: with_(
        { '/lib/systemd/systemd': { elf: { ...dynamic } } },
        {
          dpkg: ['libc6 2.28-10 glibc', 'systemd 241-7'],
          os: 'debian 10',
          entrypoint: ['/lib/systemd/systemd'],
        },
      ),
    },
  },
  {
    id: 'mailcow-redis-overcommit',
    title: 'redis on a host that refuses overcommit',
    source: 'https://github.com/mailcow/mailcow-dockerized/issues/5300',
    image: with_(
      { '/usr/local/bin/redis-server': { elf: { ...dynamic } } },
      { env: { REDIS_VERSION: '7.0.11' }, entrypoint: ['redis-server'] },
    ),
    host: 'debian:12',
    expect: { code: 'PL6001', help: /overcommit_memory=1/ },
    counterpart: { because: 'overcommit is on', host: 'debian:12+sysctl:vm.overcommit_memory=1' },
  },
  {
    id: 'deeprec-avx512',
    title: 'code built for AVX-512 on a processor that has it switched off',
    source: 'https://github.com/DeepRec-AI/DeepRec/issues/785',
    image: with_({
      '/usr/lib/python3/dist-packages/tensorflow/libtensorflow_framework.so.2': {
        elf: { type: 'shared-library', isaNeeded: 4 },
      },
    }),
    host: 'ubuntu:22.04+cpu:x86-64-v3',
    expect: { code: 'PL2005', help: /processor|build/ },
    counterpart: { because: 'a processor with AVX-512', host: 'ubuntu:22.04+cpu:x86-64-v4' },
  },
];

incidentSuite('further', incidents);
