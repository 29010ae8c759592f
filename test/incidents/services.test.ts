// Services of many kinds, as people have them in images: one package, one file, one variable, a small entry script.
// What they need of the host is a capability, a device, a module, a processor, a limit or a kind of storage.
import type { FileSpec, Fixture } from './harness/fixture.ts';
import { type HostSpec, type Incident, incidentSuite } from './harness/incident.ts';

const program: FileSpec = { elf: { type: 'executable' } };
const docker = 'debian:12+docker:24.0';

/** An image that starts one program. */
const starts = (argv: readonly string[], more: Fixture = {}): Fixture => ({
  os: 'debian 12',
  entrypoint: argv,
  ...more,
  files: { [argv[0] ?? '']: program, ...more.files },
});

/** An image whose entry script has these lines. */
const script = (lines: string, more: Fixture = {}): Fixture => ({
  os: 'debian 12',
  entrypoint: ['/entrypoint.sh'],
  ...more,
  files: {
    '/bin/sh': program,
    '/entrypoint.sh': { content: `#!/bin/sh\n${lines}\n`, mode: 0o755 },
    ...more.files,
  },
});

const noexecTmp = `${docker}+tmpfs:/tmp=noexec,nosuid`;
const hugeNofile = `${docker}+ulimit:nofile=1073741816`;
const mounted = (target: string, filesystem: string): HostSpec => ({
  base: docker,
  container: { mounts: [{ source: 'nas:/share', target, filesystem }] },
});
const jar = (name: string): Fixture => ({ os: 'debian 12', files: { [`/app/lib/${name}`]: 'PK' } });
const github = 'https://github.com';

const incidents: readonly Incident[] = [
  {
    id: 'mongodb-by-package',
    title: 'MongoDB known by its package alone needs AVX',
    source: `${github}/docker-library/mongo/issues/485`,
    image: { os: 'debian 12', dpkg: ['mongodb-org-server 6.0.5'] },
    host: 'debian:12+cpu:x86-64-v1',
    expect: { code: 'PL2006', severity: 'fatal', verdict: 'fails', help: /4\.4/ },
    counterpart: [
      { because: 'the processor has AVX', host: 'debian:12+cpu:x86-64-v3' },
      {
        because: 'the image is for another machine',
        image: { os: 'debian 12', platform: 'linux/arm64', dpkg: ['mongodb-org-server 6.0.5'] },
      },
    ],
  },
  {
    id: 'clickhouse-by-package',
    title: 'ClickHouse behind Plausible on an Atom',
    source: `${github}/plausible/community-edition/issues/29`,
    image: { os: 'ubuntu 20.04', dpkg: ['clickhouse-common-static 20.12.5.14'] },
    host: 'ubuntu:20.04+docker+cpu:x86-64-v1',
    expect: { code: 'PL2006', severity: 'fatal', help: /./ },
    counterpart: { because: 'SSE4.2 is there', host: 'ubuntu:20.04+docker+cpu:x86-64-v2' },
  },
  {
    id: 'bun-baseline',
    title: 'Bun’s baseline build on a Xeon without SSE4.2',
    source: `${github}/oven-sh/bun/issues/19392`,
    image: starts(['/usr/local/bin/bun']),
    host: `${docker}+cpu:x86-64-v1`,
    expect: { code: 'PL2006', severity: 'fatal', help: /./, symptom: /Illegal instruction/ },
    counterpart: { because: 'a newer processor', host: `${docker}+cpu:x86-64-v3` },
  },
  {
    id: 'rustfs-native',
    title: 'RustFS built for the builder’s own processor',
    source: `${github}/rustfs/rustfs/issues/1838`,
    image: starts(['/usr/bin/rustfs']),
    host: `${docker}+cpu:x86-64-v2`,
    expect: { code: 'PL2006', severity: 'fatal', help: /target-cpu/ },
    counterpart: { because: 'the processor has AVX', host: `${docker}+cpu:x86-64-v3` },
  },
  {
    id: 'polars-lts',
    title: 'polars-lts-cpu without SSSE3',
    source: `${github}/pola-rs/polars/issues/17746`,
    image: {
      os: 'debian 12',
      files: {
        '/usr/local/lib/python3.11/site-packages/polars_lts_cpu-1.1.0.dist-info/METADATA':
          'Metadata-Version: 2.1\nName: polars-lts-cpu\nVersion: 1.1.0\n',
      },
    },
    host: `${docker}+cpu:x86-64-v1`,
    expect: { code: 'PL2006', severity: 'fatal', help: /./ },
    counterpart: { because: 'a newer processor', host: `${docker}+cpu:x86-64-v2` },
  },
  {
    id: 'jdk-by-release-file',
    title: 'a JDK unpacked from a tarball',
    source: 'https://bugs.openjdk.org/browse/JDK-8146115',
    image: {
      os: 'debian 12',
      files: {
        '/opt/jdk1.8.0_131/release': 'JAVA_VERSION="1.8.0_131"\nOS_ARCH="amd64"\n',
        '/opt/jdk1.8.0_131/bin/java': program,
      },
    },
    host: docker,
    expect: { code: 'PL4003', help: /./ },
    counterpart: {
      because: 'an update that reads cgroup v2',
      image: {
        os: 'debian 12',
        files: {
          '/opt/jdk1.8.0_422/release': 'JAVA_VERSION="1.8.0_422"\n',
          '/opt/jdk1.8.0_422/bin/java': program,
        },
      },
    },
  },
  {
    id: 'jdk-adoptium-variable',
    title: 'Java 8 by the variable of Adoptium’s images',
    source: 'https://bugs.openjdk.org/browse/JDK-8230305',
    image: { os: 'ubuntu 22.04', env: { JAVA_VERSION: 'jdk8u312-b07' } },
    host: docker,
    expect: { code: 'PL4003', help: /./ },
    counterpart: {
      because: 'jdk8u412 is no "8" without updates',
      image: { os: 'ubuntu 22.04', env: { JAVA_VERSION: 'jdk8u412-b08' } },
    },
  },
  {
    id: 'jre-alpine',
    title: 'Alpine writes Java’s versions its own way',
    source: 'https://bugs.openjdk.org/browse/JDK-8230305',
    image: { os: 'alpine 3.9', apk: ['openjdk8-jre-base 8.191.12-r0'] },
    host: docker,
    expect: { code: 'PL4003', help: /./ },
    counterpart: {
      because: '8u392 reads cgroup v2',
      image: { os: 'alpine 3.18', apk: ['openjdk8-jre-base 8.392.08-r0'] },
    },
  },
  {
    id: 'opensearch-map-count',
    title: 'OpenSearch has Elasticsearch’s bootstrap checks',
    source: `${github}/opensearch-project/OpenSearch/issues/2874`,
    image: { os: 'debian 12', files: { '/opt/opensearch-2.11.0/lib/opensearch-2.11.0.jar': 'PK' } },
    host: { base: docker, sysctls: { 'vm.max_map_count': '65530' } },
    expect: { code: 'PL6001', severity: 'fatal', help: /262144/ },
    counterpart: {
      because: 'a client library is no server',
      image: {
        os: 'debian 12',
        files: {
          '/app/lib/elasticsearch-core-7.17.9.jar': 'PK',
          '/app/lib/opensearch-core-2.4.0.jar': 'PK',
        },
      },
    },
  },
  {
    id: 'systemd-package-cgroup-v2',
    title: 'CentOS 7’s systemd, where nothing says what starts',
    source: `${github}/podman-container-tools/podman/issues/6183`,
    image: { os: 'centos 7', rpm: ['systemd 219-78.el7_9.5'] },
    host: 'fedora:40',
    expect: { code: 'PL4001', severity: 'degraded', verdict: 'degraded', help: /./ },
    counterpart: {
      because: 'something else starts',
      image: starts(['/usr/sbin/httpd'], { os: 'centos 7', rpm: ['systemd 219-78.el7_9.5'] }),
    },
  },
  {
    id: 'systemd-in-docker',
    title: 'systemd in a container of docker without --privileged',
    source: `${github}/moby/moby/issues/42275`,
    image: {
      os: 'ubuntu 22.04',
      dpkg: ['systemd 249.11-0ubuntu3.12'],
      entrypoint: ['/sbin/init'],
      files: { '/sbin/init': { link: '/lib/systemd/systemd' }, '/lib/systemd/systemd': program },
    },
    host: docker,
    expect: { code: 'PL3007', severity: 'fatal', help: /--tmpfs \/run/, symptom: /Read-only/ },
    counterpart: [
      { because: 'privileged', host: `${docker}+privileged` },
      { because: 'podman sets it up', host: 'debian:12+podman:4.3' },
    ],
  },
  {
    id: 'buildkitd-unprivileged',
    title: 'buildkitd in a plain container',
    source: `${github}/moby/buildkit/issues/3356`,
    image: starts(['/usr/bin/buildkitd']),
    host: docker,
    expect: { code: 'PL3007', severity: 'fatal', help: /--privileged/ },
    counterpart: [
      { because: 'privileged', host: `${docker}+privileged` },
      {
        because: 'rootless',
        image: starts(['/usr/bin/rootlesskit', 'buildkitd', '--oci-worker-rootless'], {
          files: { '/usr/bin/buildkitd': program },
        }),
      },
    ],
  },
  {
    id: 'buildah-unshare',
    title: 'buildah bud in a plain container',
    source: `${github}/podman-container-tools/buildah/issues/1901`,
    image: starts(['/usr/bin/buildah', 'bud', '.'], { dpkg: ['buildah 1.28.2'] }),
    host: docker,
    expect: { code: 'PL3007', severity: 'fatal', help: /./, symptom: /CLONE_NEWUSER/ },
    counterpart: { because: 'privileged', host: `${docker}+privileged` },
  },
  {
    id: 'kind-node',
    title: 'a node image of kind without --privileged',
    source: `${github}/kubernetes-sigs/kind/issues/1668`,
    image: {
      os: 'debian 11',
      entrypoint: ['/usr/local/bin/entrypoint', '/sbin/init'],
      files: {
        '/bin/bash': program,
        '/usr/local/bin/entrypoint': '#!/bin/bash\nexec "$@"\n',
        '/sbin/init': { link: '/lib/systemd/systemd' },
        '/lib/systemd/systemd': program,
        '/kind/version': 'v1.27.3',
      },
    },
    host: docker,
    expect: { code: 'PL3007', severity: 'fatal', help: /./ },
    counterpart: { because: 'privileged', host: `${docker}+privileged` },
  },
  {
    id: 'qemu-enable-kvm',
    title: 'an entry script that starts QEMU with -enable-kvm',
    source: `${github}/docker/for-win/issues/1630`,
    image: script('exec qemu-system-x86_64 -enable-kvm -m 2048'),
    host: docker,
    expect: { code: 'PL6005', severity: 'fatal', help: /--device \/dev\/kvm/ },
    counterpart: [
      { because: 'the device is given', host: `${docker}+device:/dev/kvm` },
      {
        because: 'it may fall back',
        image: script('exec qemu-system-x86_64 -machine accel=kvm:tcg'),
      },
    ],
  },
  {
    id: 'android-emulator-script',
    title: 'an entry script that starts the Android emulator',
    source: `${github}/budtmo/docker-android/issues/247`,
    image: script('emulator @test -no-window', {
      files: { '/opt/android/emulator/emulator': program },
    }),
    host: docker,
    expect: { code: 'PL6005', severity: 'fatal', help: /kvm/ },
    counterpart: { because: 'the device is given', host: `${docker}+device:/dev/kvm` },
  },
  {
    id: 'zigbee-adapter',
    title: 'Zigbee2MQTT without its adapter',
    source: `${github}/Koenkk/zigbee2mqtt/issues/4764`,
    image: {
      os: 'alpine 3.18',
      files: { '/app/package.json': '{"name":"zigbee2mqtt","version":"1.16.1"}' },
    },
    host: docker,
    expect: { code: 'PL6005', severity: 'degraded', help: /--device/ },
    counterpart: { because: 'the adapter is given', host: `${docker}+device:/dev/ttyUSB0` },
  },
  {
    id: 'redroid-binder',
    title: 'Android in a container on a kernel without binder',
    source: `${github}/remote-android/redroid-doc/issues/44`,
    image: {
      entrypoint: ['/init', 'androidboot.hardware=redroid'],
      files: { '/init': program, '/vendor/bin/hwservicemanager': program },
    },
    host: `${docker}+privileged+no-module:binder_linux`,
    expect: { code: 'PL6006', severity: 'fatal', help: /binder_linux/ },
    counterpart: {
      because: 'the module is there',
      host: `${docker}+privileged+module:binder_linux`,
    },
  },
  {
    id: 'chronyd-adjtimex',
    title: 'chronyd in an unprivileged container',
    source: `${github}/cturra/docker-ntp/issues/28`,
    image: starts(['/usr/sbin/chronyd', '-d'], { os: 'alpine 3.12' }),
    host: docker,
    expect: { code: 'PL5006', severity: 'fatal', help: /-x/, symptom: /adjtimex/ },
    counterpart: [
      { because: 'it leaves the clock alone', image: starts(['/usr/sbin/chronyd', '-d', '-x']) },
      { because: 'the capability is given', host: `${docker}+cap-add:SYS_TIME` },
    ],
  },
  {
    id: 'keepalived-netlink',
    title: 'keepalived cannot set its address',
    source: `${github}/acassen/keepalived/issues/427`,
    image: starts(['/usr/sbin/keepalived', '-n'], { os: 'alpine 3.18' }),
    host: docker,
    expect: { code: 'PL5006', severity: 'fatal', help: /NET_ADMIN/ },
    counterpart: { because: 'the capability is given', host: `${docker}+cap-add:NET_ADMIN` },
  },
  {
    id: 'fail2ban-iptables',
    title: 'fail2ban bans nobody',
    source: `${github}/docker-mailserver/docker-mailserver/issues/201`,
    image: { os: 'debian 12', dpkg: ['fail2ban 1.0.2-2'] },
    host: docker,
    expect: { code: 'PL5006', severity: 'degraded', help: /NET_ADMIN/ },
    counterpart: { because: 'the capability is given', host: `${docker}+cap-add:NET_ADMIN` },
  },
  {
    id: 'dnsmasq-dhcp',
    title: 'dnsmasq as a DHCP server',
    source: `${github}/ferrarimarco/docker-pxe/issues/107`,
    image: starts(['/usr/sbin/dnsmasq', '-k', '--dhcp-range=192.168.1.0,proxy']),
    host: docker,
    expect: { code: 'PL5006', severity: 'fatal', help: /NET_ADMIN/ },
    counterpart: { because: 'it only answers names', image: starts(['/usr/sbin/dnsmasq', '-k']) },
  },
  {
    id: 'script-iptables',
    title: 'an entry script that adds a rule to the packet filter',
    source: `${github}/docker-mailserver/docker-mailserver/issues/355`,
    image: script('iptables -t nat -A POSTROUTING -j MASQUERADE\nexec app'),
    host: docker,
    expect: { code: 'PL5006', severity: 'degraded', help: /NET_ADMIN/ },
    counterpart: [
      { because: 'the capability is given', host: `${docker}+cap-add:NET_ADMIN` },
      { because: 'it only looks', image: script('ip -4 addr show eth0\nip route\nexec app') },
    ],
  },
  {
    id: 'tcpdump-podman',
    title: 'packet sockets under podman',
    source: `${github}/perfsonar/perfsonar-testpoint-docker/issues/44`,
    image: starts(['/usr/bin/tcpdump', '-i', 'any']),
    host: 'rhel:9+podman',
    expect: { code: 'PL5006', severity: 'fatal', help: /NET_RAW/ },
    counterpart: { because: 'docker gives it', host: docker },
  },
  {
    id: 'mount-cifs-script',
    title: 'an entry script that mounts a share',
    source: `${github}/moby/moby/issues/22197`,
    image: script('mount -t cifs //srv/share /mnt -o user=x\nexec app'),
    host: 'rhel:9+podman',
    expect: { code: 'PL5006', severity: 'degraded', help: /./ },
    counterpart: [
      { because: 'privileged', host: 'rhel:9+podman+privileged' },
      { because: 'it lists what is mounted', image: script('mount | grep nfs\nexec app') },
    ],
  },
  {
    id: 'nfs-server-unprivileged',
    title: 'the kernel’s NFS server from a plain container',
    source: `${github}/ehough/docker-nfs-server/issues/46`,
    image: script('rpc.nfsd 8\nexec rpc.mountd -F', {
      dpkg: ['nfs-kernel-server 1:2.6.2-4'],
      files: { '/usr/sbin/rpc.nfsd': program, '/usr/sbin/rpc.mountd': program },
    }),
    host: docker,
    expect: { code: 'PL5006', severity: 'fatal', help: /ganesha/ },
    counterpart: { because: 'privileged', host: `${docker}+privileged` },
  },
  {
    id: 'gosu-without-setuid',
    title: 'gosu after --cap-drop ALL',
    source: `${github}/LearningCircuit/local-deep-research/pull/2372`,
    image: script('exec gosu app server', { files: { '/usr/local/bin/gosu': program } }),
    host: `${docker}+cap-drop:ALL`,
    expect: { code: 'PL5006', severity: 'fatal', help: /SETUID/ },
    counterpart: { because: 'docker’s usual capabilities', host: docker },
  },
  {
    id: 'strace-docker-1.10',
    title: 'strace under Docker 1.10',
    source: `${github}/moby/moby/issues/20064`,
    image: starts(['/usr/bin/strace', 'ls']),
    host: 'ubuntu:16.04+docker:1.10',
    expect: { code: 'PL3002', severity: 'fatal', help: /SYS_PTRACE/ },
    counterpart: { because: 'Docker allows it on newer kernels', host: docker },
  },
  {
    id: 'smartctl-raw-io',
    title: 'smartctl without SYS_RAWIO',
    source: `${github}/Starosdev/scrutiny/issues/283`,
    image: starts(['/usr/sbin/smartd', '-n']),
    host: docker,
    expect: { code: 'PL5006', severity: 'degraded', help: /SYS_RAWIO/ },
    counterpart: { because: 'the capability is given', host: `${docker}+cap-add:SYS_RAWIO` },
  },
  {
    id: 'squid-nofile',
    title: 'squid allocates a billion entries',
    source: `${github}/stackhpc/stackhpc-kayobe-config/pull/453`,
    image: { os: 'debian 12', dpkg: ['squid 5.7-2'] },
    host: hugeNofile,
    expect: { code: 'PL6003', severity: 'fatal', help: /max_filedescriptors/, symptom: /xcalloc/ },
    counterpart: [
      { because: 'a usual limit', host: `${docker}+ulimit:nofile=1024:524288` },
      {
        because: 'squid is told',
        image: {
          os: 'debian 12',
          dpkg: ['squid 5.7-2'],
          files: { '/etc/squid/squid.conf': 'max_filedescriptors 65536\n' },
        },
      },
    ],
  },
  {
    id: 'rabbitmq-nofile',
    title: 'RabbitMQ closes a billion files',
    source: `${github}/docker-library/rabbitmq/issues/545`,
    image: { os: 'ubuntu 20.04', env: { RABBITMQ_VERSION: '3.8.21' } },
    host: hugeNofile,
    expect: { code: 'PL6003', severity: 'fatal', help: /nofile/ },
    counterpart: {
      because: '3.11 limits itself',
      image: { os: 'ubuntu 22.04', env: { RABBITMQ_VERSION: '3.12.0' } },
    },
  },
  {
    id: 'uwsgi-nofile',
    title: 'uWSGI allocates memory for a billion files',
    source: `${github}/unbit/uwsgi/issues/2299`,
    image: { os: 'debian 12', dpkg: ['uwsgi-core 2.0.21-5.1'] },
    host: hugeNofile,
    expect: { code: 'PL6003', help: /max-fd/ },
    counterpart: { because: 'a usual limit', host: `${docker}+ulimit:nofile=1048576` },
  },
  {
    id: 'cadvisor-old',
    title: 'google/cadvisor on cgroup v2',
    source: `${github}/google/cadvisor/issues/3170`,
    image: starts(['/usr/bin/cadvisor', '-logtostderr'], { os: 'alpine 3.7' }),
    host: docker,
    expect: { code: 'PL4003', help: /./ },
    counterpart: { because: 'cgroup v1', host: `${docker}+cgroup:v1` },
  },
  {
    id: 'datadog-cgroup-v2',
    title: 'Datadog’s agent of 2021 on cgroup v2',
    source: `${github}/DataDog/datadog-agent/issues/7865`,
    image: { os: 'debian 11', dpkg: ['datadog-agent 1:7.27.0-1'] },
    host: docker,
    expect: { code: 'PL4003', severity: 'degraded', help: /cgroupns/ },
    counterpart: {
      because: 'a newer agent',
      image: { os: 'debian 11', dpkg: ['datadog-agent 1:7.50.0-1'] },
    },
  },
  {
    id: 'jserialcomm-noexec',
    title: 'jSerialComm with /tmp noexec',
    source: `${github}/Fazecast/jSerialComm/issues/387`,
    image: jar('jSerialComm-2.9.0.jar'),
    host: noexecTmp,
    expect: { code: 'PL3009', severity: 'fatal', help: /tmpdir/ },
    counterpart: { because: '/tmp allows execution', host: `${docker}+tmpfs:/tmp=exec` },
  },
  {
    id: 'aws-crt-noexec',
    title: 'AWS’s common runtime with /tmp noexec',
    source: `${github}/awslabs/aws-crt-java/issues/785`,
    image: jar('aws-crt-0.29.0.jar'),
    host: noexecTmp,
    expect: { code: 'PL3009', severity: 'fatal', help: /tmpdir/ },
    counterpart: { because: 'lz4-java falls back to Java', image: jar('lz4-java-1.8.0.jar') },
  },
  {
    id: 'flink-rocksdb-noexec',
    title: 'Flink’s RocksDB backend with tmpfs on /tmp',
    source: `${github}/docker-flink/docker-flink/issues/46`,
    image: { os: 'debian 12', files: { '/opt/flink/lib/flink-dist-1.17.1.jar': 'PK' } },
    host: noexecTmp,
    expect: { code: 'PL3009', severity: 'degraded', help: /tmpdir/ },
    counterpart: { because: 'no tmpfs there', host: docker },
  },
  {
    id: 'dotnet-read-only',
    title: '.NET on a read-only root',
    source: `${github}/dotnet/runtime/issues/86259`,
    image: { os: 'debian 12', env: { DOTNET_VERSION: '7.0.5' } },
    host: `${docker}+read-only`,
    expect: { code: 'PL3009', severity: 'fatal', help: /EnableDiagnostics/ },
    counterpart: [
      { because: '/tmp is writable', host: `${docker}+read-only+tmpfs:/tmp` },
      {
        because: 'diagnostics are off',
        image: { os: 'debian 12', env: { DOTNET_VERSION: '7.0.5', DOTNET_EnableDiagnostics: '0' } },
      },
    ],
  },
  {
    id: 'sonarr-nfs',
    title: 'Sonarr’s database on NFS',
    source: `${github}/Sonarr/Sonarr/issues/1886`,
    image: { os: 'alpine 3.18', files: { '/app/sonarr/bin/Sonarr': program } },
    host: mounted('/config', 'nfs4'),
    expect: { code: 'PL6017', severity: 'degraded', help: /local/ },
    counterpart: { because: 'only the films are on NFS', host: mounted('/tv', 'nfs4') },
  },
  {
    id: 'uptime-kuma-cifs',
    title: 'Uptime Kuma’s database on a share',
    source: `${github}/louislam/uptime-kuma/issues/3786`,
    image: {
      os: 'debian 12',
      files: { '/app/package.json': '{\n  "name": "uptime-kuma",\n  "version": "1.23.2"\n}' },
    },
    host: mounted('/app/data', 'cifs'),
    expect: { code: 'PL6017', severity: 'fatal', help: /local/, symptom: /SQLITE_BUSY/ },
    counterpart: { because: 'ext4', host: mounted('/app/data', 'ext4') },
  },
  {
    id: 'prometheus-nfs',
    title: 'Prometheus keeps its data on NFS',
    source: `${github}/prometheus/prometheus/issues/2805`,
    image: starts(['/bin/prometheus']),
    host: mounted('/prometheus', 'nfs'),
    expect: { code: 'PL6017', help: /local/ },
    counterpart: { because: 'a local disk', host: mounted('/prometheus', 'xfs') },
  },
  {
    id: 'kafka-nfs',
    title: 'Kafka keeps its log on NFS',
    source: `${github}/Yolean/kubernetes-kafka/issues/157`,
    image: { os: 'debian 12', files: { '/opt/kafka/libs/kafka_2.13-3.6.0.jar': 'PK' } },
    host: mounted('/opt/kafka/data', 'nfs4'),
    expect: { code: 'PL6017', help: /block storage/ },
    counterpart: { because: 'a local disk', host: mounted('/opt/kafka/data', 'xfs') },
  },
  {
    id: 'ubi-nginx-ipv6',
    title: 'nginx of UBI where IPv6 is switched off',
    source: `${github}/openshift-assisted/assisted-ui/issues/534`,
    image: {
      os: 'rhel 8',
      rpm: ['nginx 1.20.1-1.el8'],
      files: { '/opt/app-root/etc/nginx.conf': 'server {\n  listen [::]:8080;\n}\n' },
    },
    host: { base: docker, kernel: { commandLine: 'ro quiet ipv6.disable=1' } },
    expect: { code: 'PL6001', severity: 'fatal', help: /./ },
    counterpart: {
      because: 'IPv6 is there',
      host: { base: docker, kernel: { commandLine: 'ro' } },
    },
  },
  {
    id: 'centos6-by-name',
    title: 'CentOS 6 known by /etc/redhat-release alone',
    source: `${github}/CentOS/sig-cloud-instance-images/issues/103`,
    image: { files: { '/etc/redhat-release': 'CentOS release 6.10 (Final)\n' } },
    host: 'debian:12',
    expect: { code: 'PL1008', severity: 'fatal', help: /vsyscall/ },
    counterpart: [
      { because: 'the host emulates it', host: 'debian:12+vsyscall:emulate' },
      {
        because: 'CentOS 7 does not call it',
        image: { files: { '/etc/redhat-release': 'CentOS Linux release 7.9.2009 (Core)\n' } },
      },
    ],
  },
  {
    id: 'wireguard-el7',
    title: 'wg-quick on a kernel without WireGuard',
    source: 'https://lwn.net/Articles/814561/',
    image: script('wg-quick up wg0'),
    host: 'rhel:7.9+docker:1.13+cap-add:NET_ADMIN',
    expect: { code: 'PL6006', severity: 'degraded', help: /kmod-wireguard/ },
    counterpart: { because: 'Linux 6.1 has it', host: `${docker}+cap-add:NET_ADMIN` },
  },
];

incidentSuite('services', incidents);
