// Little to go by: only package databases, only a release, host files of few words; and what the files themselves break,
// on every host.
import { type Fixture, glibcFiles, muslFiles } from './harness/fixture.ts';
import { type Incident, incidentSuite } from './harness/incident.ts';

/** An image of which only package databases and the release are known. */
const listed = (os: string, packages: Pick<Fixture, 'dpkg' | 'rpm' | 'apk'>): Fixture => ({
  os,
  ...packages,
});

const sh = { '/bin/sh': { link: '/usr/bin/app' } } as const;
const current = { because: 'a current engine', host: 'debian:13' } as const;

const incidents: readonly Incident[] = [
  {
    id: 'jammy-package-list-old-docker',
    title: 'threads of an Ubuntu 22.04 image, told from its package list, under Docker 20.10.7',
    source: 'https://github.com/mamba-org/micromamba-docker/issues/211',
    image: listed('ubuntu 22.04', { dpkg: ['libc6 2.35-0ubuntu3.8 glibc', 'bash 5.1-6ubuntu1'] }),
    host: { engine: { name: 'docker', version: '20.10.7' } },
    expect: { code: 'PL3001', severity: 'fatal', verdict: 'fails', help: /upgrade Docker/ },
    counterpart: [
      { because: 'Docker 28', host: { engine: { name: 'docker', version: '28.0.1' } } },
      {
        because: 'Ubuntu 20.04',
        image: listed('ubuntu 20.04', { dpkg: ['libc6 2.31-0ubuntu9 glibc'] }),
      },
      {
        because: 'no C library is installed',
        image: listed('debian 12', { dpkg: ['base-files 12.4', 'tzdata 2024a-0'] }),
      },
    ],
  },
  {
    id: 'alpine-314-make-package-list',
    title: 'make in Alpine 3.14, told from its package list, under Docker 17.09',
    source: 'https://github.com/falcosecurity/event-generator/issues/53',
    image: listed('alpine 3.14.0', { apk: ['musl 1.2.2-r3', 'make 4.3-r0'] }),
    host: { engine: { name: 'docker', version: '17.09' } },
    expect: { code: 'PL3001', severity: 'fatal', verdict: 'fails', help: /upgrade Docker/ },
    counterpart: [
      {
        because: 'Alpine 3.12',
        image: listed('alpine 3.12.0', { apk: ['musl 1.1.24-r8', 'make 4.3-r0'] }),
      },
      current,
    ],
  },
  {
    id: 'alpine-315-release-alone',
    title: 'an Alpine 3.15 image of which only the release is known, under Docker 19.03',
    source: 'https://github.com/docker-library/python/issues/689',
    image: { os: 'alpine 3.15.0' },
    host: 'ubuntu:18.04+docker:19.03.12',
    expect: { code: 'PL3001', severity: 'fatal', help: /upgrade Docker/ },
    counterpart: [{ because: 'Alpine 3.12', image: { os: 'alpine 3.12.0' } }, current],
  },
  {
    id: 'tar-on-power-noble-package-list',
    title: 'tar in Ubuntu 24.04 on POWER, told from its package list',
    source: 'https://github.com/ocaml/infrastructure/issues/121',
    image: {
      ...listed('ubuntu 24.04', { dpkg: ['libc6 2.39-0ubuntu8 glibc', 'tar 1.35-3'] }),
      platform: 'linux/ppc64le',
    },
    host: 'ubuntu:22.04+arch:ppc64le+docker:24.0',
    expect: { code: 'PL3001', severity: 'fatal', help: /upgrade Docker|libseccomp/ },
    counterpart: { because: 'a current engine', host: 'ubuntu:24.04+arch:ppc64le+docker:28.2' },
  },
  {
    id: 'ubi9-package-list-kvm64',
    title: 'a UBI 9 image, told from its package list, on the processor of a plain virtual machine',
    source: 'https://github.com/meshtastic/web/issues/148',
    image: listed('rhel 9.4', { rpm: ['glibc 2.34-100.el9', 'bash 5.1.8-9.el9'] }),
    host: {
      machine: 'x86_64',
      cpu: {
        model: 'Common KVM processor',
        features: ['cmov', 'cx8', 'fpu', 'sse', 'sse2', 'pni', 'cx16'],
      },
    },
    expect: { code: 'PL2005', severity: 'fatal', verdict: 'fails', help: /host-passthrough/ },
    counterpart: [
      { because: 'a processor of the level', host: 'debian:12+cpu:x86-64-v2' },
      { because: 'EL 8', image: listed('rhel 8.9', { rpm: ['glibc 2.28-236.el8'] }) },
    ],
  },
  {
    id: 'conda-package-list-el6',
    title: 'a Debian 10 image, told from its package list, on the kernel of CentOS 6',
    source: 'https://github.com/conda-archive/conda-docker/issues/11',
    image: listed('debian 10', { dpkg: ['libc6 2.28-10+deb10u2 glibc'] }),
    host: { kernel: { release: '2.6.32-431.29.2.el6.x86_64' } },
    expect: {
      code: 'PL1001',
      severity: 'fatal',
      verdict: 'fails',
      help: /older release/,
      symptom: /FATAL: kernel too old/,
    },
    counterpart: { because: 'CentOS 7', host: 'rhel:7.9' },
  },
  {
    id: 'hbase-centos6-package-list',
    title: 'a CentOS 6 image, told from its package list, on a kernel without the vsyscall page',
    source: 'https://github.com/nerdammer/dockers/pull/7',
    image: listed('centos 6.10', { rpm: ['glibc 2.12-1.212.el6'] }),
    host: 'kernel:5.15+vsyscall:none',
    expect: { code: 'PL1008', severity: 'fatal', verdict: 'fails', help: /glibc 2\.15/ },
    counterpart: [
      { because: 'CentOS 7', image: listed('centos 7', { rpm: ['glibc 2.17-326.el7'] }) },
      { because: 'the page is emulated', host: 'kernel:5.15+vsyscall:emulate' },
    ],
  },
  {
    id: 'arm64-package-list-on-amd64',
    title: 'an arm64 root file system, told from its package list, on an x86-64 host',
    source: 'https://docs.docker.com/build/building/multi-platform/',
    image: {
      ...listed('debian 12', { dpkg: ['libc6 2.36-9 glibc', 'bash 5.2'] }),
      platform: 'linux/arm64',
    },
    host: 'debian:12',
    expect: { code: 'PL2001', severity: 'fatal', verdict: 'fails', help: /--platform/ },
    counterpart: { because: 'an arm64 host', host: 'debian:12+arch:aarch64' },
  },
  {
    id: 'entrypoint-saved-on-windows',
    title: 'an entry script with the line ends of Windows',
    source: 'https://github.com/bodleian/iiif-static-choices/issues/20',
    image: {
      files: {
        ...glibcFiles('2.36'),
        ...sh,
        '/docker-entrypoint.sh': '#!/bin/sh\r\nset -e\r\nexec "$@"\r\n',
      },
      entrypoint: ['/docker-entrypoint.sh'],
      cmd: ['app'],
    },
    host: 'debian:12',
    expect: {
      code: 'PL2011',
      severity: 'fatal',
      verdict: 'fails',
      help: /dos2unix/,
      symptom: /no such file or directory/,
    },
    counterpart: {
      because: 'plain line ends',
      image: {
        files: { ...glibcFiles('2.36'), ...sh, '/docker-entrypoint.sh': '#!/bin/sh\nexec "$@"\n' },
        entrypoint: ['/docker-entrypoint.sh'],
        cmd: ['app'],
      },
    },
  },
  {
    id: 'env-bash-on-alpine',
    title: 'an entry script for bash in an image that has none',
    source: 'https://github.com/zeropsio/docs/issues/125',
    image: {
      files: {
        ...muslFiles('1.2.5'),
        ...sh,
        '/usr/bin/env': { link: '/usr/bin/app' },
        '/entrypoint.sh': '#!/usr/bin/env bash\nexec app\n',
      },
      entrypoint: ['/entrypoint.sh'],
    },
    host: 'debian:12',
    expect: {
      code: 'PL2011',
      severity: 'fatal',
      verdict: 'fails',
      help: /install what brings bash/,
    },
    counterpart: {
      because: 'bash is there',
      image: {
        files: {
          ...muslFiles('1.2.5'),
          ...sh,
          '/usr/bin/env': { link: '/usr/bin/app' },
          '/bin/bash': { elf: { interpreter: '/lib/ld-musl-x86_64.so.1' } },
          '/entrypoint.sh': '#!/usr/bin/env bash\nexec app\n',
        },
        entrypoint: ['/entrypoint.sh'],
      },
    },
  },
  {
    id: 'glibc-plugin-on-alpine',
    title: 'a program for glibc in an Alpine image',
    source: 'https://github.com/mostafa/xk6-kafka/issues/395',
    image: {
      files: {
        ...muslFiles('1.2.5'),
        '/usr/bin/k6': {
          elf: { interpreter: '/lib64/ld-linux-x86-64.so.2', needed: ['libc.so.6'] },
        },
      },
      os: 'alpine 3.23.0',
      entrypoint: ['k6'],
    },
    host: 'debian:12',
    expect: { code: 'PL2011', severity: 'fatal', verdict: 'fails', help: /gcompat/ },
    counterpart: {
      because: 'gcompat stands in for the loader and the library',
      image: {
        files: {
          ...muslFiles('1.2.5'),
          '/lib/libgcompat.so.0': { elf: { type: 'shared-library', soname: 'libgcompat.so.0' } },
          '/lib64/ld-linux-x86-64.so.2': { link: '/lib/libgcompat.so.0' },
          '/usr/bin/k6': {
            elf: { interpreter: '/lib64/ld-linux-x86-64.so.2', needed: ['libc.so.6'] },
          },
        },
        os: 'alpine 3.20.0',
        entrypoint: ['k6'],
      },
    },
  },
  {
    id: 'native-library-without-stack-header',
    title: 'a bundled library without a stack header after the move to glibc 2.41',
    source: 'https://github.com/HyperInspire/InspireFace/issues/229',
    image: {
      files: {
        ...glibcFiles('2.41'),
        '/opt/face/libface.so': {
          elf: { type: 'shared-library', soname: 'libface.so', executableStack: 'untold' },
        },
      },
      os: 'debian 13',
      entrypoint: ['/usr/bin/app'],
    },
    host: 'debian:13',
    expect: {
      code: 'PL2013',
      severity: 'degraded',
      help: /patchelf --clear-execstack/,
      symptom: /cannot enable executable stack/,
    },
    counterpart: {
      because: 'glibc 2.36',
      image: {
        files: {
          ...glibcFiles('2.36'),
          '/opt/face/libface.so': {
            elf: { type: 'shared-library', soname: 'libface.so', executableStack: 'untold' },
          },
        },
        os: 'debian 12',
        entrypoint: ['/usr/bin/app'],
      },
    },
  },
  {
    id: 'clickhouse-exchange-tables',
    title: 'ClickHouse cannot exchange tables on the kernel of CentOS 7',
    source: 'https://github.com/ClickHouse/ClickHouse/issues/41024',
    image: listed('ubuntu 20.04', {
      dpkg: ['libc6 2.31-0ubuntu9 glibc', 'clickhouse-server 22.8.4.7'],
    }),
    host: 'rhel:7.9+docker:24.0',
    expect: {
      code: 'PL1006',
      severity: 'degraded',
      help: /Linux 3\.15/,
      symptom: /RENAME EXCHANGE is not supported/,
    },
    counterpart: { because: 'a newer kernel', host: 'debian:12' },
  },
  {
    id: 'nginx-reuseport-el6',
    title: 'nginx with reuseport on a kernel before 3.9',
    source: 'https://github.com/alibaba/tengine/issues/704',
    image: {
      ...listed('debian 9', { dpkg: ['libc6 2.24-11 glibc', 'nginx 1.10.3-1'] }),
      files: { '/etc/nginx/conf.d/default.conf': 'server {\n  listen 80 reuseport;\n}\n' },
    },
    host: 'kernel:3.2',
    expect: { code: 'PL1006', severity: 'fatal', help: /listen without reuseport/ },
    counterpart: [
      { because: 'a newer kernel', host: 'debian:12' },
      {
        because: 'the option is commented out',
        image: {
          ...listed('debian 9', { dpkg: ['libc6 2.24-11 glibc', 'nginx 1.10.3-1'] }),
          files: { '/etc/nginx/conf.d/default.conf': 'server {\n  # listen 80 reuseport;\n}\n' },
        },
      },
    ],
  },
];

incidentSuite('parts', incidents);
