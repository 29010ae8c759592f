// Failures of calls, filters, name spaces and cryptography, from issues of many projects, one line each.
import { type Fixture, glibcFiles, muslFiles } from './harness/fixture.ts';
import { incidentSuite } from './harness/incident.ts';
import {
  glibc,
  goApp,
  incidentsOf,
  java,
  program,
  type Row,
  script,
  starts,
  withJar,
} from './harness/rows.ts';

const alpine = (version: string, musl: string, more: Fixture = {}): Fixture => ({
  os: `alpine ${version}`,
  apk: [`musl ${musl}`, 'busybox 1.33.1'],
  ...more,
  files: {
    ...muslFiles(musl.replace(/[-_].*$/, ''), { app: { imports: ['faccessat', 'eaccess'] } }),
    ...more.files,
  },
  entrypoint: more.entrypoint ?? ['/usr/bin/app'],
});
const alpineArm = (version: string, musl: string): Fixture => ({
  os: `alpine ${version}`,
  platform: 'linux/arm/v7',
  apk: [`musl ${musl}`, 'busybox 1.32.1'],
  files: muslFiles(musl.replace(/-r\d+$/, ''), {
    machine: 'arm',
    app: { imports: ['clock_gettime'] },
  }),
  entrypoint: ['/usr/bin/app'],
});
const deb12 = 'debian:12+docker:24.0';
const fips = 'rhel:8.8+podman:4.4+fips';
const noFips = 'rhel:8.8+podman:4.4';

// biome-ignore format: one line an incident
const rows: readonly Row[] = [
  // Kernels, calls, filters
  ['alpine-3.14-make', 'make on Alpine 3.14 under Docker 19.03', 'alpinelinux/docker-alpine#182', alpine('3.14.0', '1.2.2-r3'), 'ubuntu:18.04+docker:19.03.15+libseccomp:2.4.3', 'PL3001', /Docker/, 'ubuntu:22.04+docker:24.0.7'],
  ['php-alpine-3.14', 'make in php:alpine', 'docker-library/php#1177', alpine('3.14.0', '1.2.2-r3'), 'ubuntu:18.04+docker:19.03.12+libseccomp:2.4.3', 'PL3001', /Docker/, 'debian:12+docker:24.0.7'],
  ['crun-faccessat2', 'bash with glibc 2.33 under an old podman', 'containers/crun#646', glibc('2.33', { app: { imports: ['faccessat@GLIBC_2.4'] } }, { os: 'mageia 8', rpm: ['glibc 2.33-1.mga9'] }), 'fedora:32+podman:2.0+libseccomp:2.4', 'PL3001', /containers-common|profile/, 'fedora:43'],
  ['golang-bookworm', 'golang:1.20 after its move to bookworm', 'docker-library/golang#467', glibc('2.36', { app: { imports: ['pthread_create@GLIBC_2.34'] } }, { dpkg: ['libc6 2.36-9 glibc'] }), 'ubuntu:18.04+docker:19.03.8+libseccomp:2.4.3', 'PL3001', /Docker/, 'ubuntu:22.04+docker:24.0'],
  ['wimlib-alpine-edge', 'make and faccessat2 in a build', 'backplane/conex#10', alpine('3.13.1', '1.2.2_pre7-r0'), 'ubuntu:20.04+docker:20.10.2+libseccomp:2.4.3', 'PL3001', /Docker/, 'ubuntu:22.04+docker:24.0'],
  ['alpine-3.13-arm-date', 'date on Alpine 3.13 for arm/v7', 'alpinelinux/docker-alpine#150', alpineArm('3.13.0', '1.2.2-r0'), 'raspios:11+arch:armv7l+docker:19.03.13+libseccomp:2.3.3', 'PL3011', /libseccomp/, 'raspios:12+arch:armv7l+docker:24.0+libseccomp:2.5.4'],
  ['rtl433-arm', 'libusb’s clock on Alpine 3.13', 'bademux/rtl_433toMQTT#7', alpineArm('3.13.5', '1.2.2-r1'), 'raspios:11+arch:armv7l+docker:19.03.15+libseccomp:2.3.3', 'PL3011', /libseccomp/, 'raspios:12+arch:armv7l+docker:24.0+libseccomp:2.5.4'],
  ['focal-arm-1970', 'Ubuntu focal for armhf is in 1970', 'tianon/docker-brew-ubuntu-core#195', { os: 'ubuntu 20.04', platform: 'linux/arm/v7', dpkg: ['libc6 2.31-0ubuntu9.1 glibc', 'coreutils 8.30-3ubuntu2'], files: glibcFiles('2.31', { machine: 'arm', app: { imports: ['clock_gettime@GLIBC_2.4'] } }), entrypoint: ['/usr/bin/app'] }, 'raspios:11+arch:armv7l+docker:19.03.13+libseccomp:2.3.3', 'PL3011', /libseccomp/, 'raspios:12+arch:armv7l+docker:24.0+libseccomp:2.5.4'],
  ['spotweb-synology', 'Apache without getrandom', 'jgeusebroek/docker-spotweb#63', { os: 'ubuntu 23.10', dpkg: ['apache2 2.4.57-2ubuntu2', 'libapr1 1.7.2-3'], entrypoint: ['/usr/sbin/apache2'], files: { '/usr/sbin/apache2': program } }, { machine: 'x86_64', kernel: { release: '3.10.108', base: '3.10' } }, 'PL1004', /./, deb12],
  ['ncbi-blast-rhel6', 'FATAL: kernel too old', 'ncbi/docker#8', glibc('2.28', { abiNote: '3.2.0' }, { os: 'debian 10', dpkg: ['libc6 2.28-10 glibc'] }), { machine: 'x86_64', kernel: { release: '2.6.32-504.el6.x86_64', base: '2.6.32' } }, 'PL1001', /./, 'rhel:8.10'],
  ['centos6-clear', 'CentOS 6 with vsyscall=none', 'clearlinux/distribution#778', { os: 'centos 6', rpm: ['glibc 2.12-1.212.el6'], files: glibcFiles('2.12', { abiNote: '2.6.18' }), entrypoint: ['/usr/bin/app'] }, 'debian:12+vsyscall:none', 'PL1008', /vsyscall=emulate/, 'debian:12+vsyscall:emulate'],
  ['centos6-for-win', 'CentOS 6 on the kernel of Docker for Windows', 'docker/for-win#1245', { os: 'centos 6', rpm: ['glibc 2.12-1.209.el6'], files: glibcFiles('2.12', { abiNote: '2.6.18' }), entrypoint: ['/usr/bin/app'] }, { machine: 'x86_64', kernel: { release: '4.9.49-moby', base: '4.9', config: { CONFIG_LEGACY_VSYSCALL_NONE: 'y' } } }, 'PL1008', /vsyscall=emulate/, 'debian:12+vsyscall:xonly'],
  ['bubblewrap-gvisor', 'bubblewrap 0.12 asks for openat2', 'google/gvisor#14451', starts(['/usr/bin/bwrap'], { dpkg: ['bubblewrap 0.12.0-1'] }), 'gvisor:20260601', 'PL1010', /./, 'debian:13+engine:none'],
  ['node-20.3-etxtbsy', 'io_uring closes files too late', 'nodejs/node#48444', starts(['/usr/local/bin/node'], { env: { NODE_VERSION: '20.3.0' } }), { base: 'alpine:3.16+docker:20.10.20', kernel: { release: '5.15.78-0-lts', base: '5.15' } }, 'PL1011', /UV_USE_IO_URING|20\.3\.1|newer/, { image: starts(['/usr/local/bin/node'], { env: { NODE_VERSION: '20.12.0' } }) }],
  // io_uring
  ['desktop-4.42-mariadb', 'Docker Desktop 4.42 blocks io_uring', 'docker/for-mac#7707', starts(['/usr/sbin/mariadbd'], { env: { MARIADB_VERSION: '1:11.8.2+maria~ubu2404' } }), 'docker-desktop:4.42', 'PL1015', /./, 'debian:12+docker:20.10.24+ulimit:memlock=unlimited'],
  ['quilkin-io-uring', 'quilkin panics in tokio-uring', 'EmbarkStudios/quilkin#1184', starts(['/quilkin'], { files: { '/quilkin': { elf: { strings: ['/usr/local/cargo/registry/src/index.crates.io-1949cf8c6b5b557f/io-uring-0.7.4/src/lib.rs', 'failed to create io-uring'] } } } }), 'debian:12+docker:25.0', 'PL1015', /seccomp|profile/, 'debian:12+engine:none'],
  ['alma-9.3-liburing', 'io_uring switched off by sysctl', 'axboe/liburing#989', glibc('2.34', { app: { needed: ['liburing.so.2', 'libc.so.6'], imports: ['io_uring_queue_init@LIBURING_2.0:liburing.so.2'] } }, { files: { '/lib/x86_64-linux-gnu/liburing.so.2': { elf: { type: 'shared-library', soname: 'liburing.so.2' } } } }), { base: 'almalinux:9.3+engine:none', sysctls: { 'kernel.io_uring_disabled': '2' } }, 'PL1015', /io_uring_disabled/, { base: 'almalinux:9.3+engine:none', sysctls: { 'kernel.io_uring_disabled': '0' } }],
  ['go-uring-memlock', 'go-uring on 5.4 with the usual limit of locked memory', 'godzie44/go-uring#7', goApp('/build/authIO', ['github.com/godzie44/go-uring v0.0.0-20220926161041-69611e8b13d5']), { base: 'ubuntu:20.04+docker:20.10.20', limits: { memlock: { soft: 65536, hard: 65536 } } }, 'PL6010', /memlock/, 'ubuntu:20.04+docker:20.10.20+ulimit:memlock=unlimited'],
  ['eio-memlock', 'OCaml’s eio cannot register buffers', 'ocaml-multicore/eio#80', starts(['/app/main.exe'], { files: { '/app/main.exe': { elf: { strings: ['eio_linux: ', 'Eio_linux.Sched', 'io_uring_register_buffers'] } } } }), { base: 'ubuntu:20.04+docker:20.10.20', limits: { memlock: { soft: 65536, hard: 65536 } } }, 'PL6010', /memlock/, 'ubuntu:22.04+docker:20.10.20+ulimit:memlock=unlimited'],
  ['netty-io-uring-memlock', 'netty’s io_uring with 64 KiB of locked memory', 'netty/netty-incubator-transport-io_uring#163', withJar('netty-incubator-transport-native-io_uring-0.0.14.Final-linux-x86_64.jar'), { base: 'ubuntu:20.04+docker:20.10.20', limits: { memlock: { soft: 65536, hard: 65536 } } }, 'PL6010', /memlock/, 'ubuntu:22.04+docker:20.10.20+ulimit:memlock=unlimited'],
  // Performance events
  ['clj-async-profiler', 'async-profiler in a container', 'clojure-goes-fast/clj-async-profiler#26', { ...java('17.0.5+8'), files: { ...java('17.0.5+8').files, '/opt/async-profiler/build/libasyncProfiler.so': { elf: { type: 'shared-library' } } } }, 'ubuntu:22.04+docker:20.10.21', ['PL6001', 'note'], /PERFMON/, { base: 'ubuntu:22.04+docker:20.10.21+privileged', sysctls: { 'kernel.perf_event_paranoid': '1' } }],
  ['arthas-profiler', 'arthas brings async-profiler', 'alibaba/arthas#2457', { ...java('8.0.352'), files: { ...java('8.0.352').files, '/opt/arthas/async-profiler/libasyncProfiler.so': { elf: { type: 'shared-library' } }, '/opt/arthas/arthas-boot.jar': 'PK' } }, 'ubuntu:20.04+docker:20.10.21', ['PL6001', 'note'], /PERFMON/, { base: 'ubuntu:22.04+docker:20.10.21+privileged', sysctls: { 'kernel.perf_event_paranoid': '1' } }],
  // FIPS
  ['docker-install-bookworm-fips', 'apt aborts in FIPS mode', 'docker/docker-ce-packaging#1096', { os: 'debian 12', dpkg: ['apt 2.6.1', 'libgcrypt20 1.10.1-3'], files: { '/usr/bin/apt-get': program } }, fips, 'PL6013', /./, noFips],
  ['libstoragemgmt-md5', 'Python’s md5 on RHEL 9 in FIPS mode', 'libstorage/libstoragemgmt#528', { os: 'rhel 9.2', rpm: ['openssl-libs 3.0.7-16.el9', 'python3 3.9.16-1.el9'], entrypoint: ['/usr/bin/python3'], files: { '/usr/bin/python3': program } }, 'rhel:9.2+podman:4.4+fips', 'PL6013', /usedforsecurity|MD5|md5/, 'rhel:9.2+podman:4.4'],
  ['openvdm-md5', 'Python 3.8 on RHEL 8 in FIPS mode', 'OceanDataTools/openvdm#52', { os: 'rhel 8.10', rpm: ['openssl-libs 1.1.1k-12.el8', 'python38 3.8.17-2'], entrypoint: ['/usr/bin/python3.8'], files: { '/usr/bin/python3.8': program } }, fips, 'PL6013', /MD5|md5/, noFips],
  ['r10k-fips', 'Puppet’s r10k on RHEL 7 in FIPS mode', 'puppetlabs/r10k#824', { os: 'rhel 7.5', rpm: ['openssl-libs 1.0.2k-12.el7', 'ruby 2.0.0.648-33.el7'], entrypoint: ['/usr/bin/r10k'], files: { '/usr/bin/r10k': '#!/usr/bin/ruby\n' } }, 'rhel:7.9+docker:1.13+fips', 'PL6013', /MD5|md5/, 'rhel:7.9+docker:1.13'],
  ['zed-fips-selftest', 'a bundled libcrypto of RHEL 8 without its checksum', 'zed-industries/zed#18407', { os: 'fedora 40', entrypoint: ['/opt/zed.app/libexec/zed-editor'], files: { '/opt/zed.app/libexec/zed-editor': program, '/opt/zed.app/lib/libcrypto.so.1.1': { elf: { type: 'shared-library', soname: 'libcrypto.so.1.1', strings: ['OpenSSL 1.1.1k  FIPS 25 Mar 2021', 'FATAL FIPS SELFTEST FAILURE', '.libcrypto.so.1.1.hmac'] } } } }, 'rhel:9.2+podman:4.4+fips', 'PL6013', /hmac|OPENSSL_FORCE_FIPS_MODE|own/i, 'rhel:9.2+podman:4.4'],
  // User namespaces
  ['vagga-24.04', 'vagga makes user namespaces', 'tailhook/vagga#582', starts(['/usr/bin/vagga']), 'ubuntu:24.04+engine:none+user:1000', 'PL5005', /apparmor/i, 'ubuntu:22.04+engine:none+user:1000'],
  ['rootlesskit-24.04', 'rootlesskit under Ubuntu 24.04', 'containerd/nerdctl#2847', starts(['/usr/local/bin/rootlesskit', 'containerd']), 'ubuntu:24.04+engine:none+user:1000', 'PL5005', /apparmor/i, 'ubuntu:22.04+engine:none+user:1000'],
  ['try-unshare', 'a script calls unshare --user', 'binpash/try#198', script('unshare --mount --map-root-user --user --pid --fork "$@"'), 'ubuntu:24.04+engine:none+user:1000', 'PL5005', /apparmor/i, 'ubuntu:22.04+engine:none+user:1000'],
  // Executable stacks, ports, storage
  ['melonds-execstack', 'a plug-in with an executable stack under glibc 2.41', 'libretro/melonDS#217', glibc('2.41', {}, { os: 'debian 13', files: { '/usr/lib/libretro/melonds_libretro.so': { elf: { type: 'shared-library', soname: 'melonds_libretro.so', executableStack: true } } } }), 'debian:13', 'PL2013', /execstack/, { image: glibc('2.40', {}, { files: { '/usr/lib/libretro/melonds_libretro.so': { elf: { type: 'shared-library', soname: 'melonds_libretro.so', executableStack: true } } } }) }],
  ['lxc-runc-1.3.3', 'runc 1.3.3 in an LXC container', 'opencontainers/runc#4972', starts(['/usr/bin/app']), { base: 'ubuntu:22.04+docker:27.5.1+runc:1.3.3+lxc' }, 'PL3007', /AppArmor|apparmor|1\.3/, 'ubuntu:22.04+docker:27.5.1+runc:1.1.12+lxc'],
  // Debuggers and tracers
  ['gdb-aslr', 'gdb cannot switch off address randomisation', 'moby/moby#43011', starts(['/usr/bin/gdb', '/bin/cat'], { dpkg: ['gdb 12.1-4'] }), 'debian:12+docker:24.0', ['PL3003', 'degraded'], /seccomp|disable-randomization/, 'debian:12+docker:24.0+seccomp:unconfined'],
  ['setarch-aslr', 'setarch -R in a script', 'skysider/pwndocker#18', script('exec setarch "$(uname -m)" -R /pwn'), 'debian:12+docker:24.0', ['PL3003', 'degraded'], /seccomp/, 'debian:12+docker:24.0+seccomp:unconfined'],
  ['strace-docker-1.10', 'strace under the first Docker with a filter', 'moby/moby#20064', starts(['/usr/bin/strace', 'ls']), { machine: 'x86_64', kernel: { release: '4.4.0', base: '4.4' }, engine: { name: 'docker', version: '1.10.0' } }, 'PL3002', /SYS_PTRACE/, 'debian:12+docker:24.0'],
  ['gdb-centos-7', 'gdb on a kernel before 4.8', 'sxs-collaboration/spectre#2349', starts(['/usr/bin/gdb']), 'centos:7+docker:19.03', 'PL3002', /SYS_PTRACE/, 'centos:7+docker:19.03+cap-add:SYS_PTRACE+seccomp:unconfined'],
  ['rr-perf-paranoid', 'rr and performance counters', 'JanitorTechnology/dockerfiles#125', starts(['/usr/bin/rr', 'record', '/bin/ls'], { dpkg: ['rr 5.6.0'] }), { base: 'ubuntu:16.04+docker:17.09', sysctls: { 'kernel.perf_event_paranoid': '2' } }, 'PL6001', /perf_event_paranoid/, { base: 'ubuntu:22.04+docker:24.0+privileged', sysctls: { 'kernel.perf_event_paranoid': '1' } }],
  ['singularity-centos-6', 'CentOS 6 in Singularity on Debian’s 4.11', 'apptainer/singularity#845', { os: 'centos 6', rpm: ['glibc 2.12-1.209.el6'], files: glibcFiles('2.12', { abiNote: '2.6.18' }), entrypoint: ['/usr/bin/app'] }, { machine: 'x86_64', vsyscall: 'none', kernel: { release: '4.11.0-1-amd64', base: '4.11' }, engine: { name: 'singularity', version: '2.3.1' } }, 'PL1008', /vsyscall=emulate/, 'debian:9+vsyscall:emulate'],
  ['clear-containers-centos-6', 'CentOS 6 on the kernel of a small virtual machine', 'clearcontainers/runtime#368', { os: 'centos 6', rpm: ['glibc 2.12-1.209.el6'], files: glibcFiles('2.12', { abiNote: '2.6.18' }), entrypoint: ['/usr/bin/app'] }, { machine: 'x86_64', hypervisor: 'clear-containers', kernel: { release: '4.5.0-50.container', base: '4.5', commandLine: 'root=/dev/pmem0p1 vsyscall=none' } }, 'PL1008', /vsyscall/, 'debian:9+vsyscall:emulate'],
  ['testcontainers-node-fips', 'md5 in Node.js of RHEL 8 in FIPS mode', 'testcontainers/testcontainers-node#804', { os: 'rhel 8.8', rpm: ['openssl-libs 1:1.1.1k-9.el8_7', 'nodejs 1:18.16.1-1.el8'], entrypoint: ['/usr/bin/node'], files: { '/usr/bin/node': program } }, 'rhel:8.8+podman:4.4+fips', 'PL6013', /MD5|md5/, 'rhel:8.8+podman:4.4'],
  ['crun-1.9-kernel-6.1.59', 'crun before 1.9.2 on 6.1.59', 'NixOS/nixpkgs#266302', starts(['/usr/bin/app']), { base: 'debian:12+podman:4.3.1+crun:1.8.1', kernel: { release: '6.1.59', base: '6.1' } }, 'PL3005', /1\.9\.2/, { base: 'debian:12+podman:4.3.1+crun:1.12', kernel: { release: '6.1.59', base: '6.1' } }],
  ['gvisor-yama-3', 'gVisor’s systrap where ptrace is switched off', 'google/gvisor#10495', starts(['/usr/bin/app']), { base: 'debian:12+podman:5.0', sysctls: { 'kernel.yama.ptrace_scope': '3' }, engine: { name: 'podman', runtime: { name: 'runsc', version: '20240401' } } }, 'PL3013', /ptrace_scope|kvm/i, { base: 'debian:12+podman:5.0', sysctls: { 'kernel.yama.ptrace_scope': '1' }, engine: { name: 'podman', runtime: { name: 'runsc', version: '20240401' } } }],
  // Flags, and filters of other container managers
  ['crun-in-nspawn', 'crun inside of systemd-nspawn before 247', 'containers/crun#546', { os: 'fedora 33', rpm: ['crun 0.15-5.fc33'] }, 'debian:10+nspawn:241', 'PL3001', /0\.16|247/, { image: { os: 'fedora 33', rpm: ['crun 0.18-1.fc33'] } }],
  ['mongo-8.0.5-pi-5', 'MongoDB’s image that leaves rseq to TCMalloc', 'docker-library/mongo#762', { platform: 'linux/arm64', os: 'ubuntu 24.04', dpkg: ['libc6 2.39-0ubuntu8.4 glibc'], env: { MONGO_VERSION: '8.0.5', GLIBC_TUNABLES: 'glibc.pthread.rseq=0' }, entrypoint: ['/usr/bin/mongod'], files: { ...glibcFiles('2.39', { machine: 'aarch64' }), '/usr/bin/mongod': { elf: { machine: 'aarch64' } } } }, { base: 'raspios:13+arch:aarch64', kernel: { release: '6.19.4+rpt-rpi-2712', base: '6.19' } }, 'PL1012', /rseq=1/, { image: { platform: 'linux/arm64', os: 'ubuntu 24.04', dpkg: ['libc6 2.39-0ubuntu8.4 glibc'], env: { MONGO_VERSION: '8.0.4' }, entrypoint: ['/usr/bin/mongod'], files: { ...glibcFiles('2.39', { machine: 'aarch64' }), '/usr/bin/mongod': { elf: { machine: 'aarch64' } } } } }],
  ['clickhouse-gvisor-exchange', 'EXCHANGE TABLES in gVisor', 'google/gvisor#14221', starts(['/usr/bin/clickhouse-server'], { env: { CLICKHOUSE_VERSION: '24.3.2.23' }, dpkg: ['clickhouse-server 24.3.2.23'] }), 'gvisor:20260601', 'PL1006', /runc|DROP/, 'gvisor:20260901', 'debian:12+docker:24.0'],
  ['pbs-o-tmpfile', 'O_TMPFILE on Synology’s 3.10', 'ayufan/pve-backup-server-dockerfiles#13', { os: 'debian 11', dpkg: ['proxmox-backup-server 2.1.2-1'], entrypoint: ['/usr/sbin/proxmox-backup-manager'], files: { '/usr/sbin/proxmox-backup-manager': program } }, { machine: 'x86_64', kernel: { release: '3.10.102', base: '3.10' } }, 'PL1006', /3\.11/, 'debian:11+docker:20.10'],
  ['nginx-multipath', 'listen … multipath before 5.6', 'https://nginx.org/en/docs/http/ngx_http_core_module.html#listen', starts(['/usr/sbin/nginx'], { env: { NGINX_VERSION: '1.29.7' }, files: { '/etc/nginx/conf.d/default.conf': 'server {\n    listen 443 ssl multipath;\n}\n' } }), 'debian:10+docker:20.10', 'PL1006', /multipath/, 'debian:12+docker:24.0'],
];

incidentSuite('field-calls', incidentsOf(rows));
