// Processors below what images are built for.
import { type Fixture, glibcFiles } from './harness/fixture.ts';
import { type HostSpec, type Incident, incidentSuite } from './harness/incident.ts';

const base = { machine: 'x86_64', kernel: { release: '5.15.0-91-generic', base: '5.15' } } as const;
const host = (level: string): HostSpec => ({ ...base, cpu: { level } });

/** An image whose loader and C library need a level. */
function image(isaNeeded: 2 | 3 | undefined, os: string, glibc = '2.34'): Fixture {
  return {
    files: glibcFiles(glibc, isaNeeded === undefined ? {} : { isaNeeded }),
    os,
    entrypoint: ['/usr/bin/app'],
  };
}

const leveled = (
  [id, title, source]: readonly [string, string, string],
  level: 2 | 3,
  os: string,
  on: HostSpec,
  better: HostSpec,
): Incident => ({
  id,
  title,
  source,
  image: image(level, os, level === 3 ? '2.39' : '2.34'),
  host: on,
  expect: {
    code: 'PL2005',
    severity: 'fatal',
    verdict: 'fails',
    help: /host-passthrough|own architecture/,
    symptom: new RegExp(`CPU does not support x86-64-v${level}`),
  },
  counterpart: [
    { because: 'a processor of that level', host: better },
    {
      because: 'an image of the level below',
      image: image(level === 3 ? 2 : undefined, os),
      host: host('x86-64-v2'),
    },
  ],
});

/** mongod and the like, built with AVX. */
const avx = (
  [id, title, source]: readonly [string, string, string],
  software: Fixture,
  on: HostSpec,
  older: Fixture,
): Incident => ({
  id,
  title,
  source,
  image: software,
  host: on,
  expect: {
    code: 'PL2006',
    severity: 'fatal',
    help: /host|older|newer/,
    symptom: /Illegal instruction/,
  },
  counterpart: [
    { because: 'a processor with AVX', host: { ...base, cpu: { level: 'x86-64-v3' } } },
    { because: 'an older version', image: older },
  ],
});

const mongo = (version: string, machine: 'x86_64' | 'aarch64' = 'x86_64'): Fixture => ({
  files: {
    ...glibcFiles('2.31', { machine }),
    '/usr/bin/mongod': {
      elf: {
        machine,
        interpreter:
          machine === 'x86_64' ? '/lib64/ld-linux-x86-64.so.2' : '/lib/ld-linux-aarch64.so.1',
        needed: ['libc.so.6'],
      },
    },
  },
  platform: machine === 'x86_64' ? 'linux/amd64' : 'linux/arm64',
  dpkg: [`mongodb-org-server ${version}`, 'libc6 2.31-0ubuntu9.9 glibc'],
  env: { MONGO_VERSION: version },
  os: 'ubuntu 20.04',
  entrypoint: ['/usr/bin/mongod'],
});

const tensorflow = (version: string): Fixture => ({
  files: {
    ...glibcFiles('2.31'),
    '/usr/bin/python3': {
      elf: { interpreter: '/lib64/ld-linux-x86-64.so.2', needed: ['libc.so.6'] },
    },
    [`/usr/lib/python3/dist-packages/tensorflow-${version}.dist-info/METADATA`]: `Metadata-Version: 2.1\nName: tensorflow\nVersion: ${version}\n`,
    '/usr/lib/python3/dist-packages/tensorflow/python/_pywrap_tensorflow_internal.so': {
      elf: { type: 'shared-library', soname: '_pywrap_tensorflow_internal.so' },
    },
    '/app/main.py': 'import tensorflow\n',
  },
  os: 'ubuntu 20.04',
  entrypoint: ['python3', '/app/main.py'],
});

const bitnami = (version: string): Fixture => ({
  ...mongo(version),
  files: {
    ...glibcFiles('2.31'),
    '/opt/bitnami/mongodb/.spdx-mongodb.spdx': JSON.stringify({
      packages: [{ name: 'mongodb', versionInfo: version }],
    }),
    '/opt/bitnami/mongodb/bin/mongod': {
      elf: { interpreter: '/lib64/ld-linux-x86-64.so.2', needed: ['libc.so.6'] },
    },
  },
  env: {
    BITNAMI_APP_NAME: 'mongodb',
    APP_VERSION: version,
    PATH: '/opt/bitnami/mongodb/bin:/usr/bin:/bin',
  },
  dpkg: ['libc6 2.31-13+deb11u3 glibc'],
  entrypoint: ['/opt/bitnami/mongodb/bin/mongod'],
});

const noAvx: HostSpec = {
  ...base,
  cpu: {
    model: 'Intel(R) Pentium(R) G5400',
    features: [
      'fpu',
      'sse',
      'sse2',
      'pni',
      'ssse3',
      'sse4_1',
      'sse4_2',
      'popcnt',
      'cx16',
      'lahf_lm',
    ],
  },
};
const kvm64: HostSpec = { ...base, cpu: { model: 'Common KVM processor', level: 'x86-64-v1' } };
const nehalem: HostSpec = {
  ...base,
  cpu: { model: 'Intel(R) Core(TM) i7 920', level: 'x86-64-v2' },
};
const pi = (level: string): HostSpec => ({
  machine: 'aarch64',
  kernel: { release: '5.10.103-v8+', base: '5.10' },
  pageSize: 4096,
  cpu: { level },
});

const power = (level: string): HostSpec => ({
  machine: 'ppc64le',
  kernel: { release: '4.18.0-305.el8', base: '4.18' },
  pageSize: 65536,
  cpu: { level },
});
const z = (level: string): HostSpec => ({
  machine: 's390x',
  kernel: { release: '5.4.0-150-generic', base: '5.4' },
  cpu: { level },
});
const enterprise = (machine: 'ppc64le' | 's390x', version: string, glibc: string): Fixture => ({
  files: glibcFiles(glibc, { machine }),
  platform: `linux/${machine}`,
  os: `${version.startsWith('9') ? 'centos' : 'rhel'} ${version}`,
  rpm: [`glibc ${glibc}-100.el${version[0]}`, `redhat-release ${version}-1.el${version[0]}`],
  entrypoint: ['/usr/bin/app'],
});

const incidents: readonly Incident[] = [
  leveled(
    [
      'wolfi-shell-v2',
      'a shell image whose C library is built for x86-64-v2',
      'https://github.com/chainguard-images/images/issues/1658',
    ],
    2,
    'wolfi 20230201',
    host('x86-64-v1'),
    host('x86-64-v2'),
  ),
  leveled(
    [
      'stream10-under-rosetta-levels',
      'EL 10 images under Rosetta',
      'https://github.com/crc-org/vfkit/issues/265',
    ],
    3,
    'centos 10',
    {
      machine: 'aarch64',
      kernel: { release: '6.11.3', base: '6.11' },
      emulation: { by: 'rosetta', environment: 'macOS 15' },
    },
    host('x86-64-v3'),
  ),
  leveled(
    [
      'directory-server-on-celeron',
      'an identity server on EL 10 on a NAS with a Celeron N5105',
      'https://github.com/freeipa/freeipa-container/issues/747',
    ],
    3,
    'centos 10',
    host('x86-64-v2'),
    host('x86-64-v3'),
  ),
  leveled(
    [
      'dependency-scanner-v3',
      'a scanner image on an old Xeon',
      'https://github.com/owasp-dep-scan/dep-scan/issues/454',
    ],
    3,
    'almalinux 10.0',
    host('x86-64-v2'),
    host('x86-64-v4'),
  ),
  leveled(
    [
      'monitor-moved-to-ubi10',
      'a monitor moved to UBI 10 on older machines',
      'https://github.com/kuvasz-uptime/kuvasz/issues/346',
    ],
    3,
    'rhel 10.0',
    host('x86-64-v2'),
    host('x86-64-v3'),
  ),
  leveled(
    [
      'lxc-alma10-on-mac-mini',
      'an AlmaLinux 10 system container on an old Mac mini',
      'https://github.com/lxc/lxc-ci/issues/922',
    ],
    3,
    'almalinux 10.0',
    host('x86-64-v2'),
    host('x86-64-v3'),
  ),
  leveled(
    [
      'gateway-on-piledriver',
      'a UBI 10 gateway on AMD Piledriver',
      'https://github.com/IBM/mcp-context-forge/issues/5712',
    ],
    3,
    'rhel 10.0',
    {
      ...base,
      cpu: {
        model: 'AMD A10-6800K',
        features: [
          'sse4_1',
          'sse4_2',
          'ssse3',
          'pni',
          'popcnt',
          'cx16',
          'lahf_lm',
          'avx',
          'fma',
          'f16c',
          'bmi1',
          'abm',
          'xsave',
        ],
      },
    },
    host('x86-64-v3'),
  ),
  leveled(
    [
      'search-engine-on-cloud-vcpu',
      'Amazon Linux 2023 on a virtual processor below v2',
      'https://github.com/opensearch-project/opensearch-build/issues/5120',
    ],
    2,
    'amzn 2023',
    host('x86-64-v1'),
    host('x86-64-v2'),
  ),
  leveled(
    [
      'ubi9-in-kata-guest',
      'EL 9 images in a guest whose monitor hides processor features',
      'https://github.com/siderolabs/extensions/issues/655',
    ],
    2,
    'rhel 9.4',
    { ...base, hypervisor: 'kata', cpu: { features: ['fpu', 'sse', 'sse2'] } },
    host('x86-64-v3'),
  ),
  leveled(
    [
      'ubi9-in-ci-virtual-machine',
      "UBI 9 in a virtual machine with QEMU's default processor",
      'https://github.com/os-autoinst/os-autoinst-distri-opensuse/pull/14945',
    ],
    2,
    'rhel 9.0',
    host('x86-64-v1'),
    host('x86-64-v2'),
  ),
  {
    id: 'stream9-on-power8',
    title: 'CentOS Stream 9 on POWER8',
    source: 'https://github.com/openshift/os/issues/1000',
    image: enterprise('ppc64le', '9', '2.34'),
    host: power('power8'),
    expect: { code: 'PL2005', verdict: 'fails', help: /EL 8/, symptom: /POWER9 or later required/ },
    counterpart: [
      { because: 'POWER9', host: power('power9') },
      { because: 'EL 8', image: enterprise('ppc64le', '8', '2.28') },
    ],
  },
  {
    id: 'rocky9-on-z13',
    title: 'Rocky Linux 9 on an IBM z13',
    source: 'https://github.com/lxc/lxc-ci/pull/618',
    image: { ...enterprise('s390x', '9', '2.34'), os: 'rocky 9.1' },
    host: z('z13'),
    expect: { code: 'PL2005', verdict: 'fails', help: /EL 8/, symptom: /VXE support/ },
    counterpart: [
      { because: 'z14', host: z('z14') },
      { because: 'EL 8', image: { ...enterprise('s390x', '8', '2.28'), os: 'rocky 8.7' } },
    ],
  },
  avx(
    [
      'mongo5-on-pentium',
      'MongoDB 5 on a Pentium without AVX',
      'https://github.com/docker-library/mongo/issues/485',
    ],
    mongo('5.0.3'),
    noAvx,
    mongo('4.4.18'),
  ),
  avx(
    [
      'bitnami-mongo5-on-kvm64',
      "MongoDB 5 in a virtual machine with Proxmox's default processor",
      'https://github.com/bitnami/bitnami-docker-mongodb/issues/340',
    ],
    bitnami('5.0.8'),
    kvm64,
    bitnami('4.4.13'),
  ),
  avx(
    [
      'bitnami-mongo8-without-avx',
      'MongoDB 8 in a virtual machine without AVX',
      'https://github.com/bitnami/containers/issues/75716',
    ],
    bitnami('8.0.3'),
    kvm64,
    bitnami('4.4.13'),
  ),
  avx(
    [
      'tensorflow2-on-old-xeon',
      'an image with TensorFlow 2 on an old Xeon',
      'https://github.com/angadsingh/argos/issues/6',
    ],
    tensorflow('2.3.1'),
    nehalem,
    tensorflow('1.5.0'),
  ),
  avx(
    [
      'tensorflow-forecaster-on-nehalem',
      'a forecasting service with TensorFlow on a Core i7 920',
      'https://github.com/IBM/MAX-Weather-Forecaster/issues/31',
    ],
    tensorflow('1.13.1'),
    nehalem,
    tensorflow('1.5.0'),
  ),
  avx(
    [
      'tensorflow1-in-openstack',
      'TensorFlow 1.14 in a virtual machine that hides AVX',
      'https://github.com/deepforge-dev/deepforge/issues/1561',
    ],
    tensorflow('1.14.0'),
    kvm64,
    tensorflow('1.5.0'),
  ),
  {
    id: 'mongo5-on-pi4',
    title: 'MongoDB 5 on a Raspberry Pi 4',
    source: 'https://github.com/docker-library/mongo/issues/510',
    image: mongo('5.0.5', 'aarch64'),
    host: pi('armv8-a'),
    expect: { code: 'PL2006', help: /4\.4/ },
    counterpart: [
      { because: 'a Cortex-A76', host: pi('armv8.2-a') },
      { because: 'MongoDB 4.4.18', image: mongo('4.4.18', 'aarch64') },
    ],
  },
  {
    id: 'mongo44-patch-release-on-pi4',
    title: 'a patch release of MongoDB 4.4 on a Raspberry Pi 4',
    source: 'https://github.com/Jomik/screeps-server/issues/77',
    image: mongo('4.4.19', 'aarch64'),
    host: pi('armv8-a'),
    expect: { code: 'PL2006', help: /4\.4/ },
    counterpart: [
      { because: 'a Cortex-A76', host: pi('armv8.2-a') },
      { because: 'the patch release before', image: mongo('4.4.18', 'aarch64') },
    ],
  },
  {
    id: 'ubuntu-base-on-pi-zero',
    title: 'a base image of Ubuntu for ARM on a Raspberry Pi Zero',
    source: 'https://github.com/home-assistant/docker-base/issues/6',
    image: {
      files: glibcFiles('2.27', { machine: 'arm' }),
      os: 'ubuntu 18.04',
      platform: 'linux/arm/v7',
      entrypoint: ['/usr/bin/app'],
    },
    host: { machine: 'armv6l', kernel: { release: '4.14.81+' } },
    expect: { code: 'PL2005', severity: 'fatal', verdict: 'fails', help: /linux\/arm\/v6/ },
    counterpart: [
      {
        because: 'a Raspberry Pi 3',
        host: { machine: 'armv7l', kernel: { release: '4.14.81-v7+' } },
      },
      { because: 'a 64-bit kernel', host: 'debian:12+arch:aarch64+aarch32:on' },
      {
        because: 'an image for ARMv6',
        image: {
          files: glibcFiles('2.28', { machine: 'arm' }),
          os: 'raspbian 10',
          platform: 'linux/arm/v6',
          entrypoint: ['/usr/bin/app'],
        },
      },
    ],
  },
];

incidentSuite('processor', incidents);
