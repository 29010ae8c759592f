// Settings, limits and resources of the host that a container cannot change.
import type { Fixture } from './harness/fixture.ts';
import { type HostSpec, type Incident, incidentSuite } from './harness/incident.ts';

/** An image that starts one program, known by its name and by variables of the image. */
function service(
  command: string,
  env: Readonly<Record<string, string>>,
  more: Fixture = {},
): Fixture {
  return {
    os: 'debian 12',
    env,
    entrypoint: [`/usr/local/bin/${command}`],
    ...more,
    files: {
      [`/usr/local/bin/${command}`]: { elf: { type: 'executable' } },
      ...more.files,
    },
  };
}

const docker = (parts: Extract<HostSpec, object> = {}): HostSpec => ({
  base: 'debian:12+docker:24.0',
  ...parts,
});

const elasticsearch: Fixture = {
  os: 'ubuntu 20.04',
  labels: { 'org.label-schema.name': 'Elasticsearch', 'org.label-schema.version': '7.16.1' },
  files: {
    '/usr/share/elasticsearch/lib/elasticsearch-7.16.1.jar': 'PK',
    '/usr/local/bin/docker-entrypoint.sh':
      '#!/bin/bash\nexec /usr/share/elasticsearch/bin/elasticsearch\n',
    '/usr/share/elasticsearch/bin/elasticsearch': '#!/bin/bash\nexec java\n',
  },
  entrypoint: ['/usr/local/bin/docker-entrypoint.sh'],
};
const mapCount = { sysctls: { 'vm.max_map_count': '65530' } };
const mysql = (version: string): Fixture =>
  service('mysqld', { MYSQL_VERSION: version, MYSQL_MAJOR: version.slice(0, 3) });
const redis = (version: string): Fixture => service('redis-server', { REDIS_VERSION: version });
const postgres: Fixture = service('postgres', { PG_VERSION: '10.23-1.pgdg90+1', PG_MAJOR: '10' });
const mariadb: Fixture = service('mariadbd', { MARIADB_VERSION: '1:11.8.2+maria~ubu2404' });
const systemd: Fixture = {
  os: 'nixos 23.11',
  dpkg: ['systemd 254.5'],
  files: {
    '/lib/systemd/systemd': { elf: { type: 'executable' } },
    '/sbin/init': { link: '/lib/systemd/systemd' },
  },
  entrypoint: ['/sbin/init'],
};
const nofile = (soft: number, hard = soft) => ({ limits: { nofile: { soft, hard } } });

const incidents: readonly Incident[] = [
  {
    id: 'elasticsearch-max-map-count',
    title: 'Elasticsearch 5 stops at its bootstrap check',
    source: 'https://github.com/docker-library/elasticsearch/issues/111',
    image: elasticsearch,
    host: docker(mapCount),
    expect: {
      code: 'PL6001',
      severity: 'fatal',
      verdict: 'fails',
      help: /vm\.max_map_count=262144/,
      symptom: /max virtual memory areas/,
    },
    counterpart: [
      {
        because: 'the sysctl is raised',
        host: docker({ sysctls: { 'vm.max_map_count': '262144' } }),
      },
      {
        because: 'a single node is not checked',
        image: { ...elasticsearch, env: { 'discovery.type': 'single-node' } },
      },
    ],
  },
  {
    id: 'elk-file-descriptors',
    title: 'the ELK image stops at the check of open files',
    source: 'https://github.com/spujadas/elk-docker/issues/175',
    image: elasticsearch,
    host: docker({ ...nofile(4096), sysctls: { 'vm.max_map_count': '262144' } }),
    expect: {
      code: 'PL6002',
      severity: 'fatal',
      help: /--ulimit nofile=65535/,
      symptom: /max file descriptors \[4096\]/,
    },
    counterpart: {
      because: 'the limit is high enough',
      host: docker({ ...nofile(65536), sysctls: { 'vm.max_map_count': '262144' } }),
    },
  },
  {
    id: 'elk-sysctl-in-start-script',
    title: 'the start script of the ELK image sets a sysctl itself',
    source: 'https://github.com/spujadas/elk-docker/issues/89',
    image: {
      os: 'ubuntu 16.04',
      files: {
        '/usr/local/bin/start.sh': '#!/bin/bash\nsysctl -w vm.max_map_count=262144\nexec sleep 1\n',
      },
      entrypoint: ['/usr/local/bin/start.sh'],
    },
    host: docker(),
    expect: {
      code: 'PL6004',
      severity: 'degraded',
      help: /on the host/,
      symptom: /Read-only file system/,
    },
    counterpart: {
      because: 'the container is privileged',
      host: docker({ container: { privileged: true } }),
    },
  },
  {
    id: 'mysql-aio-exhausted',
    title: 'other containers have used up the asynchronous I/O contexts',
    source: 'https://github.com/docker-library/mysql/issues/727',
    image: mysql('8.0.22'),
    host: docker({ sysctls: { 'fs.aio-max-nr': '65536', 'fs.aio-nr': '65012' } }),
    expect: {
      code: 'PL6001',
      severity: 'fatal',
      help: /fs\.aio-max-nr=1048576/,
      symptom: /io_setup\(\) failed with EAGAIN/,
    },
    counterpart: {
      because: 'there is room',
      host: docker({ sysctls: { 'fs.aio-max-nr': '65536', 'fs.aio-nr': '2661' } }),
    },
  },
  {
    id: 'dokku-24th-mysql',
    title: 'the 24th MySQL container does not start',
    source: 'https://github.com/dokku/dokku-mysql/issues/119',
    image: mysql('8.0.30'),
    host: docker({ sysctls: { 'fs.aio-max-nr': '65536', 'fs.aio-nr': '63864' } }),
    expect: { code: 'PL6001', severity: 'fatal', help: /innodb_use_native_aio=0/ },
    counterpart: {
      because: 'the limit is raised',
      host: docker({ sysctls: { 'fs.aio-max-nr': '1048576', 'fs.aio-nr': '63864' } }),
    },
  },
  {
    id: 'radondb-small-aio-max-nr',
    title: 'a node with a tiny fs.aio-max-nr',
    source: 'https://github.com/radondb/radondb-mysql-kubernetes/issues/655',
    image: mysql('5.7.34'),
    host: docker({ sysctls: { 'fs.aio-max-nr': '1024' } }),
    expect: { code: 'PL6001', severity: 'fatal', help: /fs\.aio-max-nr/ },
    counterpart: {
      because: 'the limit is raised',
      host: docker({ sysctls: { 'fs.aio-max-nr': '1048576' } }),
    },
  },
  {
    id: 'mysql5-infinite-nofile',
    title: 'MySQL 5.7 eats all memory under an infinite limit on open files',
    source: 'https://github.com/docker-library/mysql/issues/579',
    image: mysql('5.7.26'),
    host: docker(nofile(1073741816)),
    expect: {
      code: 'PL6003',
      severity: 'fatal',
      verdict: 'fails',
      help: /--ulimit nofile/,
      symptom: /memory/,
    },
    counterpart: [
      { because: 'a usual limit', host: docker(nofile(1048576)) },
      { because: 'MySQL 8', image: mysql('8.0.36') },
    ],
  },
  {
    id: 'haproxy-fdtab',
    title: 'HAProxy cannot allocate its table of descriptors',
    source: 'https://github.com/docker-library/haproxy/issues/180',
    image: service('haproxy', { HAPROXY_VERSION: '2.5.5' }),
    host: docker(nofile(1073741816)),
    expect: { code: 'PL6003', severity: 'fatal', help: /maxconn/, symptom: /fdtab/ },
    counterpart: [
      { because: 'a usual limit', host: docker(nofile(1048576)) },
      {
        because: 'maxconn is set',
        image: service(
          'haproxy',
          { HAPROXY_VERSION: '2.5.5' },
          { files: { '/usr/local/etc/haproxy/haproxy.cfg': 'global\n  maxconn 4000\n' } },
        ),
      },
    ],
  },
  {
    id: 'postsrsd-spins',
    title: 'postsrsd closes a billion descriptors',
    source: 'https://github.com/docker-mailserver/docker-mailserver/issues/2722',
    image: {
      os: 'debian 11',
      dpkg: ['postsrsd 1.10-2'],
      files: { '/usr/sbin/postsrsd': { elf: { type: 'executable' } } },
      entrypoint: ['/usr/sbin/postsrsd'],
    },
    host: docker(nofile(1073741816)),
    expect: { code: 'PL6003', severity: 'degraded', help: /nofile/, symptom: /100 % CPU/ },
    counterpart: { because: 'a usual limit', host: docker(nofile(1048576)) },
  },
  ...[
    ['sclorg-postgresql-huge-pages', 'https://github.com/sclorg/postgresql-container/issues/419'],
    ['postgres-initdb-135', 'https://github.com/docker-library/postgres/issues/451'],
    [
      'bitnami-postgresql-bus-error',
      'https://github.com/bitnami/bitnami-docker-postgresql/issues/209',
    ],
    ['harbor-database-bus-error', 'https://github.com/goharbor/harbor/issues/20570'],
  ].map(
    ([id = '', source = '']): Incident => ({
      id,
      title: 'PostgreSQL takes huge pages that the pod may not use',
      source,
      image: postgres,
      host: docker({
        sysctls: { 'vm.nr_hugepages': '1024' },
        cgroup: { version: 'v1', hugetlbLimit: 0 },
      }),
      expect: {
        code: 'PL6008',
        severity: 'fatal',
        help: /huge_pages=off/,
        symptom: /Bus error|135/,
      },
      counterpart: [
        {
          because: 'no huge pages on the host',
          host: docker({
            sysctls: { 'vm.nr_hugepages': '0' },
            cgroup: { version: 'v1', hugetlbLimit: 0 },
          }),
        },
        {
          because: 'the pod has a share',
          host: docker({
            sysctls: { 'vm.nr_hugepages': '1024' },
            cgroup: { version: 'v1', hugetlbLimit: 2 ** 30 },
          }),
        },
      ],
    }),
  ),
  {
    id: 'redis-overcommit',
    title: 'Redis warns of vm.overcommit_memory',
    source: 'https://github.com/redis/docker-library-redis/issues/346',
    image: redis('7.0.10'),
    host: docker({ sysctls: { 'vm.overcommit_memory': '0' } }),
    expect: {
      code: 'PL6001',
      severity: 'degraded',
      help: /vm\.overcommit_memory=1/,
      symptom: /Memory overcommit must be enabled/,
    },
    counterpart: {
      because: 'the sysctl is 1',
      host: docker({ sysctls: { 'vm.overcommit_memory': '1' } }),
    },
  },
  {
    id: 'redis-somaxconn',
    title: 'Redis cannot have its backlog',
    source: 'https://github.com/redis/docker-library-redis/issues/283',
    image: redis('6.2.4'),
    host: docker({ sysctls: { 'net.core.somaxconn': '128', 'vm.overcommit_memory': '1' } }),
    expect: {
      code: 'PL6001',
      severity: 'degraded',
      help: /--sysctl net\.core\.somaxconn/,
      symptom: /TCP backlog setting of 511/,
    },
    counterpart: {
      because: 'the sysctl is high enough',
      host: docker({ sysctls: { 'net.core.somaxconn': '4096', 'vm.overcommit_memory': '1' } }),
    },
  },
  {
    id: 'redis-transparent-hugepages',
    title: 'Redis warns of transparent huge pages',
    source: 'https://github.com/redis/docker-library-redis/pull/21',
    image: redis('3.0.5'),
    host: docker({ transparentHugepages: 'always' }),
    expect: {
      code: 'PL6009',
      severity: 'degraded',
      help: /madvise/,
      symptom: /Transparent Huge Pages/,
    },
    counterpart: {
      because: 'only where asked for',
      host: docker({ transparentHugepages: 'madvise' }),
    },
  },
  {
    id: 'systemd-inotify-instances',
    title: 'some twenty containers with systemd use up the inotify instances',
    source: 'https://github.com/NixOS/nixpkgs/issues/36214',
    image: systemd,
    host: docker({ sysctls: { 'fs.inotify.max_user_instances': '128' } }),
    expect: {
      code: 'PL6001',
      severity: 'note',
      help: /max_user_instances=8192/,
      symptom: /Too many open files/,
    },
    counterpart: {
      because: 'the sysctl is raised',
      host: docker({ sysctls: { 'fs.inotify.max_user_instances': '8192' } }),
    },
  },
  {
    id: 'mariadb-memlock',
    title: 'MariaDB cannot lock memory for io_uring on an old kernel',
    source: 'https://github.com/MariaDB/mariadb-docker/issues/570',
    image: mariadb,
    host: docker({
      kernel: { release: '5.4.0-150-generic', base: '5.4' },
      limits: { memlock: { soft: 65536, hard: 65536 } },
    }),
    expect: { code: 'PL6010', severity: 'degraded', help: /--ulimit memlock/, symptom: /ENOMEM/ },
    counterpart: {
      because: 'a kernel that does not count it',
      host: docker({
        kernel: { release: '6.1.0', base: '6.1' },
        limits: { memlock: { soft: 65536, hard: 65536 } },
      }),
    },
  },
  {
    id: 'libbpf-memlock',
    title: 'libbpf cannot raise the limit on locked memory',
    source: 'https://github.com/libbpf/libbpf-bootstrap/issues/74',
    image: {
      os: 'ubuntu 22.04',
      files: {
        '/usr/local/bin/minimal': {
          elf: { type: 'executable', strings: ['libbpf: failed to load'] },
        },
      },
      entrypoint: ['/usr/local/bin/minimal'],
    },
    host: docker({
      kernel: { release: '5.10.47-linuxkit', base: '5.10' },
      limits: { memlock: { soft: 65536, hard: 65536 } },
    }),
    expect: {
      code: 'PL6010',
      severity: 'fatal',
      help: /--ulimit memlock=-1|SYS_RESOURCE/,
      symptom: /RLIMIT_MEMLOCK/,
    },
    counterpart: {
      because: 'a kernel from 5.11 on',
      host: docker({ limits: { memlock: { soft: 65536, hard: 65536 } } }),
    },
  },
  {
    id: 'postgres-parallel-shm',
    title: 'a parallel query runs out of /dev/shm',
    source: 'https://github.com/docker-library/postgres/issues/416',
    image: postgres,
    host: docker(),
    expect: {
      code: 'PL3008',
      severity: 'degraded',
      help: /--shm-size/,
      symptom: /could not resize shared memory segment/,
    },
    counterpart: {
      because: 'a gigabyte of shared memory',
      host: docker({ container: { shmSize: 2 ** 30 } }),
    },
  },
  {
    id: 'java-entropy',
    title: 'Java hangs for want of entropy',
    source: 'https://github.com/docker-library/openjdk/issues/60',
    image: service('java', { JAVA_VERSION: '8u111' }),
    host: docker({ kernel: { release: '4.4.27-boot2docker', base: '4.4' }, entropyAvailable: 60 }),
    expect: {
      code: 'PL6011',
      severity: 'degraded',
      help: /java\.security\.egd|haveged/,
      symptom: /SeedGenerator/,
    },
    counterpart: [
      {
        because: 'enough entropy',
        host: docker({ kernel: { release: '4.4.27', base: '4.4' }, entropyAvailable: 3000 }),
      },
      {
        because: 'a kernel whose /dev/random no longer blocks',
        host: docker({ entropyAvailable: 256 }),
      },
    ],
  },
  {
    id: 'tomcat-vic-entropy',
    title: 'Tomcat takes minutes in a VM without entropy',
    source: 'https://github.com/vmware/vic/issues/5680',
    image: service('java', { JAVA_VERSION: '8u131', TOMCAT_VERSION: '8.5.15' }),
    host: docker({
      kernel: { release: '4.4.41', base: '4.4' },
      entropyAvailable: 0,
      hypervisor: 'vmware',
    }),
    expect: { code: 'PL6011', severity: 'degraded', help: /virtio-rng/ },
    counterpart: {
      because: 'rngd feeds the pool',
      host: docker({
        kernel: { release: '4.4.41', base: '4.4' },
        entropyAvailable: 0,
        services: ['rngd'],
      }),
    },
  },
  {
    id: 'perf-event-paranoid',
    title: 'a profiler may not open performance counters',
    source: 'https://github.com/DataDog/ddprof/issues/432',
    image: service('ddprof', {}),
    host: docker({ sysctls: { 'kernel.perf_event_paranoid': '2' } }),
    expect: {
      code: 'PL6001',
      severity: 'degraded',
      help: /perf_event_paranoid=1|PERFMON/,
      symptom: /perf_event_open/,
    },
    counterpart: {
      because: 'the sysctl is lower, and the filter lets the call through',
      host: docker({
        sysctls: { 'kernel.perf_event_paranoid': '1' },
        container: { capabilitiesAdded: ['CAP_PERFMON'] },
      }),
    },
  },
  ...(
    [
      [
        'sirf-cuda-12.8',
        'https://github.com/SyneRBI/PETRIC2/issues/27',
        'cuda>=12.8 brand=unknown,driver>=470,driver<471',
        '551.78',
        '572.16',
      ],
      [
        'cuda-11-on-driver-440',
        'https://github.com/NVIDIA/nvidia-docker/issues/1442',
        'cuda>=11.0',
        '440.100',
        '450.80.02',
      ],
    ] as const
  ).map(
    ([id, source, requirement, old, good]): Incident => ({
      id,
      title: `${requirement} on driver ${old}`,
      source,
      image: service('app', { NVIDIA_REQUIRE_CUDA: requirement, NVIDIA_VISIBLE_DEVICES: 'all' }),
      host: docker({ nvidia: { driver: old } }),
      expect: {
        code: 'PL6015',
        severity: 'fatal',
        verdict: 'fails',
        help: /driver/,
        symptom: /unsatisfied condition: cuda>=/,
      },
      counterpart: { because: 'a newer driver', host: docker({ nvidia: { driver: good } }) },
    }),
  ),
];

incidentSuite('settings', incidents);
