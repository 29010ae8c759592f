// New pairs of image and host for mechanisms that are known: other software, other hosts. Each fixture was made before
// looking at the rules. One line each.
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
} from './harness/rows.ts';

const d24 = 'debian:12+docker:24.0';
const v1 = 'ubuntu:22.04+docker:24.0+cpu:x86-64-v1';
const v2 = 'ubuntu:22.04+docker:24.0+cpu:x86-64-v2';
const v3 = 'ubuntu:22.04+docker:24.0+cpu:x86-64-v3';
const sysctl = (sysctls: Record<string, string>, base = d24) => ({ base, sysctls });
const isa = (needed: 2 | 3, version: string, more: Fixture): Fixture =>
  glibc(version, { isaNeeded: needed }, more);

// biome-ignore format: one line an incident
const rows: readonly Row[] = [
  ['alpine-3.14-make', 'faccessat2 refused', 'alpinelinux/docker-alpine#182', { os: 'alpine 3.14.0', apk: ['musl 1.2.2-r3', 'make 4.3-r0'], entrypoint: ['make'], files: { ...muslFiles('1.2.2'), '/usr/bin/make': { elf: { interpreter: '/lib/ld-musl-x86_64.so.1', needed: ['libc.musl-x86_64.so.1'], imports: ['faccessat', 'posix_spawn'] } } } }, 'ubuntu:18.04+docker:19.03.9', 'PL3001', /upgrade Docker/i, d24],
  ['dotnet-7-coreclr', 'clone3 refused', 'dotnet/dotnet-docker#4453', { ...glibc('2.36', { app: { imports: ['pthread_create@GLIBC_2.34'] } }), env: { DOTNET_VERSION: '7.0.2' } }, 'ubuntu:20.04+docker:20.10.7', 'PL3001', /20\.10\.10/, d24],
  ['jammy-containerd-1.4', 'clone3 refused by containerd', 'containerd/containerd#6203', glibc('2.35', { app: { imports: ['pthread_create@GLIBC_2.34'] } }, { os: 'ubuntu 22.04' }), 'ubuntu:20.04+containerd:1.4.4', 'PL3001', /containerd/, 'ubuntu:22.04+containerd:1.7'],
  ['noble-synology', 'clone3 refused on a NAS', 'linuxserver/docker-baseimage-ubuntu#104', glibc('2.39', { app: { imports: ['pthread_create@GLIBC_2.34'] } }, { os: 'ubuntu 24.04' }), 'synology:7.2+docker:20.10.3', 'PL3001', /upgrade|update/i, d24],
  ['node18-bookworm-bionic', 'uv_thread_create fails', 'nodejs/docker-node#1946', { ...glibc('2.36', {}), env: { NODE_VERSION: '18.17.0' }, entrypoint: ['node'], files: { ...glibcFiles('2.36'), '/usr/local/bin/node': { elf: { interpreter: '/lib64/ld-linux-x86-64.so.2', needed: ['libpthread.so.0', 'libc.so.6'], imports: ['pthread_create@GLIBC_2.2.5'] } } } }, 'ubuntu:18.04+docker:19.03.8', 'PL3001', /upgrade Docker/i, d24],
  ['qt512-statx', 'statx refused', 'moby/moby#34891', glibc('2.28', { app: { needed: ['libQt5Core.so.5', 'libc.so.6'], imports: ['statx@GLIBC_2.28'] } }), 'ubuntu:16.04+docker:17.09', 'PL3001', /upgrade Docker/i, d24],
  ['ubi10-ivy-bridge', 'EL 10 on Ivy Bridge', 'redhat/ubi#1', isa(3, '2.39', { os: 'rhel 10.0' }), v2, 'PL2005', /x86-64-v2|host/, v3],
  ['bci16-core2', 'SLES 16 on Core 2', 'SUSE/bci#9', glibc('2.40', {}, { os: 'sles 16.0' }), v1, 'PL2005', /older|host/i, v3],
  ['stream9-kvm64', 'EL 9 on kvm64', 'sclorg/postgresql-container#500', isa(2, '2.34', { os: 'centos 9' }), v1, 'PL2005', /EL 8|host/, v2],
  ['mongo-7-celeron', 'AVX missing on a Celeron', 'docker-library/mongo#619', starts(['mongod'], { os: 'ubuntu 22.04', env: { MONGO_VERSION: '7.0.4' }, files: { '/usr/bin/mongod': program } }), v2, 'PL2006', /4\.4|AVX/, v3],
  ['tf-serving-nehalem', 'TensorFlow Serving needs AVX', 'tensorflow/serving#1001', starts(['/usr/bin/tensorflow_model_server'], { os: 'ubuntu 20.04' }), v2, 'PL2006', /AVX/, v3],
  ['vector-asahi', 'jemalloc for 4 KiB', 'vectordotdev/vector#15403', { ...arm, entrypoint: ['/usr/local/bin/vector'], files: { '/usr/local/bin/vector': { elf: { machine: 'aarch64', type: 'static-pie', strings: ['<jemalloc>: Unsupported system page size\n'] } } } }, 'raspios:12+arch:aarch64+page:16k', 'PL2008', /page|kernel/i, 'raspios:12+arch:aarch64+page:4k'],
  ['jdk-11.0.11-fedora', 'JDK without cgroup v2', 'elastic/logstash#12850', java('11.0.11+9'), 'fedora:39+docker:24', 'PL4003', /11\.0\.16|Xmx|upgrade/i, 'ubuntu:20.04+docker:24.0'],
  ['jdk-8u282-debian12', 'JDK 8 without cgroup v2', 'docker-library/tomcat#300', java('8u282-b08'), d24, 'PL4003', /8u372|Xmx/, 'debian:10+docker:24.0'],
  ['wazuh-indexer-mmap', 'max_map_count of an OpenSearch', 'wazuh/wazuh-docker#650', { os: 'amzn 2', entrypoint: ['/entrypoint.sh', 'opensearchwrapper'], rpm: ['wazuh-indexer 4.7.0-1'], files: { '/bin/bash': program, '/entrypoint.sh': '#!/bin/bash\nexec /usr/share/wazuh-indexer/bin/opensearch\n', '/usr/share/wazuh-indexer/bin/opensearch': '#!/bin/bash\n', '/usr/share/wazuh-indexer/lib/opensearch-2.8.0.jar': 'PK' } }, sysctl({ 'vm.max_map_count': '65530' }), 'PL6001', /max_map_count=262144/, sysctl({ 'vm.max_map_count': '262144' })],
  ['lucid-vsyscall', 'Ubuntu 10.04 without vsyscall', 'moby/moby#28705', glibc('2.11', {}, { os: 'ubuntu 10.04', dpkg: ['libc6 2.11.1-0ubuntu7.21 eglibc'] }), 'debian:12+docker:24.0+vsyscall:none', 'PL1008', /vsyscall=emulate/, 'debian:12+docker:24.0+vsyscall:emulate'],
  ['fio-io-uring', 'fio asks for io_uring', 'axboe/fio#1100', starts(['fio', '--ioengine=io_uring', '--name=x'], { os: 'debian 12', dpkg: ['fio 3.33-3'], files: { '/usr/bin/fio': { elf: { imports: [] } } } }), 'debian:12+docker:26', 'PL1015', /seccomp|libaio/, 'debian:12+docker:24.0'],
  ['samba-vfs-io-uring', 'smb.conf asks for io_uring', 'samba-in-kubernetes/samba-container#90', starts(['smbd', '--foreground'], { os: 'fedora 40', rpm: ['samba 4.20.1-1.fc40', 'samba-vfs-iouring 4.20.1-1.fc40'], files: { '/usr/sbin/smbd': program, '/etc/samba/smb.conf': '[global]\n  vfs objects = io_uring\n', '/usr/lib64/samba/vfs/io_uring.so': { elf: { type: 'shared-library', needed: ['liburing.so.2'], imports: ['io_uring_queue_init'] } } } }), 'debian:12+docker:26', 'PL1015', /seccomp|io_uring/, 'debian:12+docker:24.0'],
  ['gentoo-4.19-on-7', 'glibc built for newer kernels', 'gentoo/gentoo-docker-images#80', glibc('2.36', { abiNote: '4.19.0', app: { abiNote: '4.19.0' } }, { os: 'gentoo 2.9' }), 'centos:7+docker:20.10', 'PL1001', /older|newer/, d24],
  ['xenial-systemd-v2', 'systemd 229 on cgroup v2', 'geerlingguy/docker-ubuntu1604-ansible#10', { os: 'ubuntu 16.04', dpkg: ['systemd 229-4ubuntu21.31', 'libc6 2.23-0ubuntu11 glibc'], entrypoint: ['/lib/systemd/systemd'], files: { '/lib/systemd/systemd': program } }, 'debian:12+docker:24.0+privileged', 'PL4001', /cgroup/, 'debian:10+docker:24.0+privileged'],
  ['alpine319-nft-centos7', 'iptables over nf_tables on 3.10', 'linuxserver/docker-wireguard#321', { os: 'alpine 3.19', apk: ['iptables 1.8.10-r3'], entrypoint: ['/init'], files: { '/bin/sh': program, '/init': '#!/bin/sh\niptables -A FORWARD -j ACCEPT\n', '/sbin/iptables': { link: 'xtables-nft-multi' }, '/sbin/xtables-nft-multi': program } }, { base: 'synology:7.2+cap-add:NET_ADMIN+no-module:nf_tables' }, 'PL6007', /legacy/, 'debian:12+docker:24.0+cap-add:NET_ADMIN'],
  ['mysql-large-pages', 'large-pages without any', 'docker-library/mysql#402', starts(['mysqld'], { os: 'ol 9', env: { MYSQL_VERSION: '8.0.36-1.el9' }, files: { '/usr/sbin/mysqld': program, '/etc/my.cnf': '[mysqld]\nlarge-pages\n' } }), sysctl({ 'vm.nr_hugepages': '0' }), 'PL6008', /nr_hugepages|IPC_LOCK/, sysctl({ 'vm.nr_hugepages': '1024' })],
  ['dotnet-qemu-user', '.NET under QEMU', 'dotnet/dotnet-docker#3832', { ...glibc('2.31', {}, { os: 'debian 11' }), env: { DOTNET_VERSION: '6.0.5' }, entrypoint: ['/usr/share/dotnet/dotnet', 'app.dll'], files: { ...glibcFiles('2.31'), '/usr/share/dotnet/dotnet': { elf: { interpreter: '/lib64/ld-linux-x86-64.so.2', needed: ['libc.so.6'] } } } }, 'ubuntu:22.04+docker:24.0+arch:aarch64+qemu:6.2', 'PL2010', /arm64|native/, d24],
  ['bind-arc4random-dsm6', 'arc4random without getrandom', 'ubuntu/bind9#14', glibc('2.36', { app: { imports: ['arc4random_uniform@GLIBC_2.36'] } }), { machine: 'x86_64', kernel: { release: '3.10.105', base: '3.10' } }, 'PL1004', /kernel|older/, d24],
  ['trixie-armhf-buster', '64-bit time of Debian 13', 'debuerreotype/docker-debian-artifacts#200', { os: 'debian 13', platform: 'linux/arm/v7', dpkg: ['libc6 2.41-12 glibc', 'apt 3.0.3'], files: { ...glibcFiles('2.41', { machine: 'arm' }), '/usr/bin/apt-get': { elf: { machine: 'arm', interpreter: '/lib/ld-linux-armhf.so.3', needed: ['libc.so.6'], imports: ['__clock_gettime64@GLIBC_2.34', '__time64@GLIBC_2.34'] } } }, cmd: ['bash'] }, 'raspios:10+arch:armv7l+docker:19.03.15+libseccomp:2.3.3', 'PL3011', /libseccomp/, 'raspios:12+arch:armv7l+docker:24.0'],
  ['go-run-noexec-tmp', 'go run builds in /tmp', 'golang/go#8451', script('go run ./cmd/server', { os: 'debian 12', env: { GOLANG_VERSION: '1.22.1', GOPATH: '/go' }, files: { '/usr/local/go/bin/go': { elf: { type: 'executable', go: '1.22.1' } } } }), 'debian:12+docker:24.0+tmpfs:/tmp=noexec,nosuid', 'PL3009', /GOTMPDIR|TMPDIR|exec/, d24],
  ['gitlab-runner-docker29', 'API of an old client', 'gitlab-org/gitlab-runner#39115', goApp('/usr/bin/gitlab-runner', ['github.com/docker/docker v20.10.2+incompatible', 'gitlab.com/gitlab-org/gitlab-runner v15.0.0']), { base: 'debian:12+docker:29.0', container: { mounts: [{ source: '/var/run/docker.sock', target: '/var/run/docker.sock' }] } }, ['PL3006', 'note'], /newer|min/i, { base: 'debian:12+docker:28.0', container: { mounts: [{ source: '/var/run/docker.sock', target: '/var/run/docker.sock' }] } }],
  ['wine32-ia32-off', '32-bit programs switched off', 'scottyhardy/docker-wine#150', { os: 'ubuntu 24.04', entrypoint: ['/usr/bin/wine'], files: { ...glibcFiles('2.39'), '/usr/bin/wine': { elf: { machine: 'i386', interpreter: '/lib/ld-linux.so.2' } }, '/lib/ld-linux.so.2': { elf: { machine: 'i386', type: 'shared-library', soname: 'ld-linux.so.2' } } } }, 'sles:15.6+docker:24.0+ia32:off', 'PL2003', /ia32_emulation/, d24],
  ['go-1.24-el6', 'Go 1.24 on 2.6.32', 'golang/go#67001', goApp('/app', [], '1.24'), 'rhel:6.10+docker:1.7', 'PL1003', /1\.23|older/, d24],
  ['coredns-file-cap', 'file capability not in the set', 'coredns/coredns#6249', { entrypoint: ['/coredns'], files: { '/coredns': { elf: { type: 'executable', go: '1.20' }, capabilities: ['cap_net_bind_service'] } }, user: 'nonroot' }, 'debian:12+docker:24.0+cap-drop:ALL', 'PL5006', /NET_BIND_SERVICE/, 'debian:12+docker:24.0+cap-drop:ALL+cap-add:NET_BIND_SERVICE'],
  ['onnx-py-static-tls', 'pynauty-like', 'pypa/manylinux#1', pip('llama-cpp-python', '0.2.20'), v2, 'PL2006', /AVX2/, v3],
];

incidentSuite('field, pairs', incidentsOf(rows));
