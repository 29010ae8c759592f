// Further pairs of image and host over all mechanisms. Each fixture was made before looking at the rules. One line each.
import { type Fixture, glibcFiles, muslFiles } from './harness/fixture.ts';
import { incidentSuite } from './harness/incident.ts';
import {
  arm,
  glibc,
  goApp,
  incidentsOf,
  java,
  pip,
  program,
  type Row,
  script,
  starts,
  withJar,
} from './harness/rows.ts';

const d24 = 'debian:12+docker:24.0';
const v1 = 'ubuntu:22.04+docker:24.0+cpu:x86-64-v1';
const v2 = 'ubuntu:22.04+docker:24.0+cpu:x86-64-v2';
const v3 = 'ubuntu:22.04+docker:24.0+cpu:x86-64-v3';
const on = (base: string, more: object) => ({ base, ...more });
const app = (interpreter: string, path: string, source: string, more: Fixture = {}): Fixture => ({
  os: 'debian 12',
  entrypoint: [interpreter, path],
  ...more,
  files: { [`/usr/bin/${interpreter}`]: program, [path]: source, ...more.files },
});

// biome-ignore format: one line an incident
const rows: readonly Row[] = [
  ['qdrant-focal', 'threads refused', 'qdrant/qdrant#3000', glibc('2.36', { app: { imports: ['pthread_create@GLIBC_2.34'] } }), 'ubuntu:20.04+docker:20.10.3', 'PL3001', /Docker/, d24],
  ['php-8.3-alpine-arm', 'time64 on an old Pi', 'docker-library/php#1500', { os: 'alpine 3.19', platform: 'linux/arm/v7', apk: ['musl 1.2.4-r2'], entrypoint: ['php', '-S', '0.0.0.0:80'], files: { ...muslFiles('1.2.4', { machine: 'arm' }), '/usr/local/bin/php': { elf: { machine: 'arm', interpreter: '/lib/ld-musl-armhf.so.1', needed: ['libc.musl-armv7.so.1'], imports: ['clock_gettime', 'poll'] } } } }, 'raspios:10+arch:armv7l+docker:19.03.15+libseccomp:2.3.3', 'PL3011', /libseccomp/, 'raspios:12+arch:armv7l+docker:24.0'],
  ['oraclelinux9-v1', 'EL 9 on an old Xeon', 'oracle/docker-images#2500', glibc('2.34', { isaNeeded: 2 }, { os: 'ol 9.2' }), v1, 'PL2005', /host|EL 8/, v2],
  ['haskell-arm64-16k', 'jemalloc in a database on Asahi', 'influxdata/influxdb#24000', { ...arm, entrypoint: ['/usr/bin/surreal'], files: { '/usr/bin/surreal': { elf: { machine: 'aarch64', strings: ['<jemalloc>: Unsupported system page size\n'] } } } }, 'raspios:12+arch:aarch64+page:16k', 'PL2008', /page|kernel/i, 'raspios:12+arch:aarch64+page:4k'],
  ['keycloak-jdk11-v2', 'JDK 11 on cgroup v2', 'keycloak/keycloak#9000', java('11.0.14+9'), 'ubuntu:24.04+docker:27', 'PL4003', /11\.0\.16/, 'ubuntu:20.04+docker:24.0'],
  ['opensearch-map-count', 'max_map_count', 'opensearch-project/docker-images#30', starts(['/usr/share/opensearch/bin/opensearch'], { os: 'amzn 2', rpm: ['opensearch 2.11.0-1'] }), on(d24, { sysctls: { 'vm.max_map_count': '65530' } }), 'PL6001', /262144/, on(d24, { sysctls: { 'vm.max_map_count': '262144' } })],
  ['centos6-bookworm', 'vsyscall', 'moby/moby#40000', glibc('2.12', {}, { os: 'centos 6.9', rpm: ['glibc 2.12-1.209.el6'] }), 'debian:12+docker:24.0+vsyscall:none', 'PL1008', /vsyscall=emulate/, 'debian:10+docker:24.0+vsyscall:emulate'],
  ['uring-rust-proxy', 'io_uring in Rust', 'bytedance/monoio#200', starts(['/proxy'], { files: { '/proxy': { elf: { type: 'static-pie', directSyscalls: [425, 426], strings: ['/usr/local/cargo/registry/src/x/io-uring-0.6.1/src/lib.rs'] } } } }), 'ubuntu:24.04+docker:27', 'PL1015', /seccomp/, 'debian:12+docker:24.0'],
  ['zwave-js-ui', 'Z-Wave stick', 'zwave-js/zwave-js-ui#2000', app('node', '/usr/src/app/server/bin/www.js', "require('zwave-js')\n", { files: { '/usr/src/app/node_modules/zwave-js/package.json': '{"name":"zwave-js","version":"12.4.1"}', '/usr/src/app/node_modules/@serialport/bindings-cpp/package.json': '{"name":"@serialport/bindings-cpp","version":"12.0.1"}' } }), d24, 'PL6005', /--device/, 'debian:12+docker:24.0+device:/dev/serial/by-id/usb-0658_0200-if00'],
  ['nut-upsd-usb', 'UPS on USB', 'instantlinux/docker-tools#90', { os: 'alpine 3.20', apk: ['nut 2.8.2-r0'], entrypoint: ['/usr/local/bin/entrypoint.sh'], files: { '/bin/sh': program, '/usr/local/bin/entrypoint.sh': '#!/bin/sh\n/usr/sbin/upsdrvctl start\nexec /usr/sbin/upsd -D\n', '/usr/sbin/upsd': program, '/usr/sbin/upsdrvctl': program } }, d24, 'PL6005', /--device/, 'debian:12+docker:24.0+device:/dev/bus/usb'],
  ['dump1090-sdr', 'radio on USB', 'sdr-enthusiasts/docker-readsb-protobuf#100', starts(['/usr/local/bin/readsb', '--device-type', 'rtlsdr'], { files: { '/usr/local/bin/readsb': { elf: { needed: ['librtlsdr.so.0', 'libc.so.6'] } } } }), d24, 'PL6005', /--device/, 'debian:12+docker:24.0+device:/dev/bus/usb'],
  ['arch-on-el7', 'glibc of Arch on 3.10', 'archlinux/archlinux-docker#100', glibc('2.39', { abiNote: '4.4.0', app: { abiNote: '4.4.0' } }, { os: 'arch' }), 'rhel:7.9+docker:1.13', 'PL1001', /newer|older/, d24],
  ['centos7-systemd-v2', 'systemd 219 on cgroup v2', 'geerlingguy/docker-centos7-ansible#12', { os: 'centos 7', rpm: ['systemd 219-78.el7_9.9'], entrypoint: ['/usr/sbin/init'], files: { '/usr/lib/systemd/systemd': program, '/usr/sbin/init': { link: '/usr/lib/systemd/systemd' } } }, 'fedora:40+docker:27+privileged', 'PL4001', /cgroup/, 'centos:7+docker:20.10+privileged'],
  ['alpine-legacy-el10', 'iptables-legacy on EL 10', 'docker-library/docker#490', { os: 'alpine 3.18', apk: ['iptables 1.8.9-r2'], entrypoint: ['/start.sh'], files: { '/bin/sh': program, '/start.sh': '#!/bin/sh\niptables -t nat -A POSTROUTING -j MASQUERADE\nexec app\n', '/sbin/iptables': { link: 'xtables-legacy-multi' }, '/sbin/xtables-legacy-multi': program, '/usr/bin/app': program } }, 'debian:12+docker:27+cap-add:NET_ADMIN+no-module:ip_tables', 'PL6007', /nft/, 'debian:12+docker:24.0+cap-add:NET_ADMIN+module:ip_tables+module:iptable_nat'],
  ['postgres-hugetlb-bus', 'huge pages that the container may not use', 'docker-library/postgres#451', starts(['postgres'], { env: { PG_MAJOR: '14', PG_VERSION: '14.9' }, files: { '/usr/lib/postgresql/14/bin/postgres': program } }), on(d24, { sysctls: { 'vm.nr_hugepages': '1024' }, cgroup: { version: 'v2', hugetlbLimit: 0 } }), 'PL6008', /huge_pages|hugetlb/, on(d24, { sysctls: { 'vm.nr_hugepages': '0' } })],
  ['node-apple-rosetta', 'io_uring program under Rosetta', 'orbstack/orbstack#1500', starts(['/bin/tigerbeetle', 'start'], { files: { '/bin/tigerbeetle': { elf: { type: 'executable', strings: ['io_uring is not available', 'TigerBeetle version 0.15.3'] } } } }), 'docker-desktop:4.29+arch:aarch64+rosetta', 'PL2010', /arm64/, d24],
  ['snappy-noexec', 'jar unpacks into /tmp', 'apache/kafka#5000', withJar('snappy-java-1.1.10.5.jar'), 'debian:12+docker:24.0+tmpfs:/tmp=noexec', 'PL3009', /exec|tempdir/, d24],
  ['gdb-attach', 'debugger in a container', 'microsoft/vscode-remote-release#900', starts(['gdbserver', ':1234', '/app'], { files: { '/usr/bin/gdbserver': { elf: { imports: ['ptrace@GLIBC_2.2.5'] } }, '/app': program } }), on('ubuntu:16.04+docker:17.03', {}), 'PL3003', /SYS_PTRACE/, 'debian:12+docker:24.0+privileged'],
  ['rocksdb-net-nfs', 'database on NFS', 'prometheus/prometheus#9000', starts(['/bin/prometheus', '--storage.tsdb.path=/prometheus'], { files: { '/bin/prometheus': { elf: { type: 'executable', go: '1.22' } } } }), on(d24, { container: { mounts: [{ source: 'nas:/prom', target: '/prometheus', filesystem: 'nfs4' }] } }), 'PL6017', /local|POSIX/i, d24],
  ['traefik-api-29', 'API too old for Docker 29', 'traefik/traefik#12200', starts(['/usr/local/bin/traefik'], { files: { '/usr/local/bin/traefik': { elf: { type: 'executable', go: '1.22', goModules: ['github.com/traefik/traefik/v2 v2.11.0', 'github.com/docker/docker v24.0.7'] } } } }), on('debian:12+docker:29.0', {}), 'PL3006', /upgrade|newer|3\.6|MIN_API/i, d24],
  ['ulimit-huge-cups', 'descriptors closed one by one', 'anujdatar/cups-docker#20', starts(['/usr/sbin/cupsd', '-f'], { dpkg: ['cups-daemon 2.4.2-3+deb12u5'] }), on('debian:12+docker:24.0', { limits: { nofile: { soft: 1073741816, hard: 1073741816 } } }), 'PL6003', /nofile/, on('debian:12+docker:24.0', { limits: { nofile: { soft: 1024, hard: 524288 } } })],
  ['torch-cu124-470', 'driver older than the wheel', 'pytorch/pytorch#120000', pip('nvidia-cuda-runtime-cu12', '12.4.127'), 'ubuntu:22.04+docker:24.0+nvidia:470.223.02', 'PL6015', /driver/, 'ubuntu:22.04+docker:24.0+nvidia:550.54.15'],
  ['numactl-interleave', 'memory policy refused', 'ClickHouse/ClickHouse#30000', starts(['numactl', '--interleave=all', '/usr/bin/app'], { dpkg: ['numactl 2.0.16-1'], files: { '/usr/bin/numactl': { elf: { needed: ['libnuma.so.1'], imports: ['set_mempolicy'] } }, '/usr/bin/app': program } }), d24, 'PL3003', /SYS_NICE/, 'debian:12+docker:24.0+cap-add:SYS_NICE'],
  ['ping-exporter-podman', 'ICMP of a Go program', 'czerwonk/ping_exporter#80', goApp('/app/ping_exporter', ['github.com/digineo/go-ping v1.1.0']), 'fedora:40+podman', 'PL5006', /NET_RAW/, d24],
  ['i386-off', '32-bit game server', 'GameServerManagers/docker-gameserver#30', { os: 'debian 11', entrypoint: ['/srv/srcds_linux'], files: { ...glibcFiles('2.31'), '/srv/srcds_linux': { elf: { machine: 'i386', interpreter: '/lib/ld-linux.so.2', needed: ['libc.so.6'] } }, '/lib/ld-linux.so.2': { elf: { machine: 'i386', type: 'shared-library', soname: 'ld-linux.so.2' } }, '/lib/i386-linux-gnu/libc.so.6': { elf: { machine: 'i386', type: 'shared-library', soname: 'libc.so.6' } } } }, 'debian:12+docker:24.0+ia32:off', 'PL2003', /ia32_emulation/, d24],
  ['kinit-keyring', 'keyring refused', 'apache/hadoop#100', script('kinit -kt /etc/krb5.keytab svc@EXAMPLE\nexec app', { os: 'rhel 8.6', files: { '/usr/bin/kinit': program, '/usr/bin/app': program, '/etc/krb5.conf': '[libdefaults]\n default_ccache_name = KEYRING:persistent:%{uid}\n' } }), d24, 'PL5009', /FILE:|ccache/, 'debian:12+docker:24.0+seccomp:unconfined'],
  ['go-1.21-old-nas', 'Go on 2.6.32', 'golang/go#60000', goApp('/app', [], '1.24.1'), { machine: 'x86_64', kernel: { release: '2.6.32.12', base: '2.6.32' } }, 'PL1003', /older|1\.23/, d24],
  ['etcd-disk-selinux', 'folder of the host under SELinux', 'etcd-io/etcd#13000', starts(['/usr/local/bin/etcd', '--data-dir', '/etcd-data']), on('fedora:40+podman', { container: { mounts: [{ source: '/srv/etcd', target: '/etcd-data' }] } }), 'PL5012', /:Z|:z/, on('fedora:40+podman', { container: { mounts: [{ source: '/srv/etcd', target: '/etcd-data', options: 'z' }] } })],
  ['ruby-tmp-ro', 'Tempfile on a read-only root', 'rails/rails#40000', app('ruby', '/app/worker.rb', "require 'tempfile'\nf = Tempfile.new('x')\n"), 'debian:12+docker:24.0+read-only', 'PL3009', /\/tmp/, 'debian:12+docker:24.0+read-only+tmpfs:/tmp'],
  ['entry-avx-guard', 'the entry script asks for AVX', 'bitnami/containers#2000', script('if ! grep -qw avx /proc/cpuinfo; then\n  echo "This CPU does not support AVX" >&2\n  exit 1\nfi\nexec /opt/bitnami/app', { files: { '/opt/bitnami/app': program } }), v2, 'PL2006', /AVX|processor/, v3],
];

incidentSuite('field, further pairs', incidentsOf(rows));
