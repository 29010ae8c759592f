// Failures of the classes that earlier rules had missed: devices, SELinux and mounts, sources of interpreted programs,
// read-only roots, eBPF. Each fixture was made from the report alone, before the rules. One line each.
import { type Fixture, glibcFiles } from './harness/fixture.ts';
import { incidentSuite } from './harness/incident.ts';
import { goApp, incidentsOf, pip, program, type Row, script, starts } from './harness/rows.ts';

const i386: Fixture = {
  os: 'debian 12',
  dpkg: ['libc6 2.36-9+deb12u10 glibc'],
  entrypoint: ['/bin/bash', '/entry.sh'],
  files: {
    '/bin/bash': program,
    '/entry.sh': '#!/bin/bash\n/home/steam/steamcmd/steamcmd.sh +quit\n',
    ...glibcFiles('2.36'),
    '/lib32/libc.so.6': {
      elf: {
        machine: 'i386',
        type: 'shared-library',
        soname: 'libc.so.6',
        strings: ['GNU C Library (Debian GLIBC 2.36-9+deb12u10) stable release version 2.36.'],
      },
    },
    '/lib/ld-linux.so.2': {
      elf: { machine: 'i386', type: 'shared-library', soname: 'ld-linux.so.2' },
    },
    '/home/steam/steamcmd/steamcmd.sh':
      '#!/bin/bash\nexec /home/steam/steamcmd/linux32/steamcmd "$@"\n',
    '/home/steam/steamcmd/linux32/steamcmd': {
      elf: {
        machine: 'i386',
        interpreter: '/lib/ld-linux.so.2',
        needed: ['libc.so.6'],
        imports: ['socket@GLIBC_2.0', 'connect@GLIBC_2.0'],
      },
    },
  },
};
const py = (source: string, more: Fixture = {}): Fixture => ({
  os: 'debian 12',
  entrypoint: ['python3', '/app/main.py'],
  ...more,
  files: { '/usr/bin/python3': program, '/app/main.py': source, ...more.files },
});
const node = (source: string, more: Fixture = {}): Fixture => ({
  os: 'alpine 3.20',
  env: { NODE_VERSION: '20.15.0' },
  entrypoint: ['node', '/app/index.js'],
  ...more,
  files: { '/usr/local/bin/node': program, '/app/index.js': source, ...more.files },
});
const ro = 'debian:12+docker:24.0+read-only';
const rw = 'debian:12+docker:24.0';
const v1 = 'proxmox:8+docker:24.0+cpu:x86-64-v1';
const v3 = 'proxmox:8+docker:24.0+cpu:x86-64-v3';
const bind = (source: string, target: string, options?: string) => ({
  container: { mounts: [{ source, target, ...(options === undefined ? {} : { options }) }] },
});

// biome-ignore format: one line an incident
const rows: readonly Row[] = [
  ['steamcmd-29.4.2', 'socketcall refused', 'moby/moby#52506', i386, 'ubuntu:22.04+docker:29.4.2', 'PL3002', /29\.4\.3|seccomp/i, 'ubuntu:22.04+docker:29.4.1'],
  ['ngc-avx', 'NGC image says AVX', 'NVIDIA/object-detection-tensorrt-example#2', { os: 'ubuntu 18.04', entrypoint: ['/usr/local/bin/nvidia_entrypoint.sh'], files: { '/bin/bash': program, '/usr/local/bin/nvidia_entrypoint.sh': '#!/bin/bash\nif ! grep -q avx /proc/cpuinfo; then\n  echo "ERROR: This container was built for CPUs supporting at least the AVX instruction set"\nfi\nexec "$@"\n', '/usr/lib/python3.6/dist-packages/tensorflow-1.13.1.dist-info/METADATA': 'Name: tensorflow\nVersion: 1.13.1\n' } }, v1, 'PL2006', /host|AVX/, v3],
  ['pbs-o-tmpfile', 'O_TMPFILE on 3.10', 'ayufan/pve-backup-server-dockerfiles#13', { os: 'debian 11', dpkg: ['proxmox-backup-server 2.1.2-1'], entrypoint: ['runsvdir', '/runit'], files: { '/usr/bin/runsvdir': program, '/usr/lib/x86_64-linux-gnu/proxmox-backup/proxmox-backup-api': program, '/runit/api/run': '#!/bin/sh\nexec /usr/lib/x86_64-linux-gnu/proxmox-backup/proxmox-backup-api\n' } }, { machine: 'x86_64', kernel: { release: '3.10.102', base: '3.10' } }, 'PL1006', /kernel|3\.11/, 'debian:12+docker:24.0'],
  ['bitnami-heredoc', 'here-document needs /tmp', 'bitnami/charts#5600', { os: 'debian 10', entrypoint: ['/opt/bitnami/scripts/redis/entrypoint.sh'], cmd: ['/run.sh'], user: '1001', env: { BITNAMI_APP_NAME: 'redis', APP_VERSION: '6.0.10' }, files: { '/bin/bash': program, '/opt/bitnami/scripts/redis/entrypoint.sh': '#!/bin/bash\nexec "$@"\n', '/run.sh': '#!/bin/bash\ncat << EOF > /opt/bitnami/redis/etc/replica.conf\nreplica-announce-port 6379\nEOF\nexec redis-server\n', '/opt/bitnami/redis/bin/redis-server': program } }, ro, 'PL3009', /tmp|emptyDir|volume/, rw],
  ['grafana-plugins-ro', 'plugins unpacked in /tmp', 'grafana/grafana#20950', { os: 'alpine 3.10', entrypoint: ['/run.sh'], user: 'grafana', env: { GF_PATHS_HOME: '/usr/share/grafana', GF_PATHS_PLUGINS: '/var/lib/grafana/plugins' }, files: { '/bin/bash': program, '/usr/share/grafana/bin/grafana-server': { elf: { type: 'executable', go: '1.13' } }, '/run.sh': '#!/bin/bash -e\nif [ ! -z "$GF_INSTALL_PLUGINS" ]; then\n  grafana-cli --pluginsDir "$GF_PATHS_PLUGINS" plugins install $plugin\nfi\nexec grafana-server --homepath="$GF_PATHS_HOME"\n' } }, ro, 'PL3009', /tmp|emptyDir|volume/, rw],
  ['s2i-passwd-ro', 'passwd written at start', 'sclorg/s2i-nodejs-container#525', { os: 'rhel 9.4', user: '1001', entrypoint: ['container-entrypoint'], cmd: ['/usr/libexec/s2i/usage'], env: { APP_ROOT: '/opt/app-root', NODEJS_VERSION: '20', BASH_ENV: '/opt/app-root/etc/scl_enable' }, files: { '/bin/bash': program, '/usr/libexec/s2i/usage': program, '/usr/bin/container-entrypoint': '#!/bin/bash\nexec "$@"\n', '/opt/app-root/etc/scl_enable': 'source /opt/app-root/etc/generate_container_user\n', '/opt/app-root/etc/generate_container_user': "# Set current user in nss_wrapper\nUSER_ID=$(id -u)\ngrep -v -e ^default -e ^$USER_ID /etc/passwd > '/opt/app-root/etc/passwd'\nexport NSS_WRAPPER_PASSWD=/opt/app-root/etc/passwd\n" } }, ro, 'PL3009', /tmpfs|emptyDir|volume/, rw],
  ['jlesage-uuid-ro', 'directory made in /', 'jlesage/docker-baseimage#16', { os: 'alpine 3.20', entrypoint: ['/init'], files: { '/bin/sh': program, '/init': '#!/bin/sh\nfor f in /etc/cont-init.d/*.sh; do $f; done\n', '/etc/cont-init.d/05-container-instance-uuid.sh': '#!/bin/sh\nset -e\nmkdir /.docker-instance\necho "$uuid" > /.docker-instance/uuid\n' } }, ro, 'PL3009', /tmpfs|emptyDir|volume/, rw],
  ['portainer-sock-fedora', 'socket refused by SELinux', 'portainer/portainer#849', { entrypoint: ['/portainer'], files: { '/portainer': { elf: { type: 'executable', go: '1.21', goModules: ['github.com/docker/docker v24.0.7', 'github.com/portainer/portainer v2.19.4'] } } } }, { base: 'fedora:41+docker:28', ...bind('/var/run/docker.sock', '/var/run/docker.sock') }, 'PL5012', /label[=:]disable|privileged|selinux/i, { base: 'debian:12+docker:24.0', ...bind('/var/run/docker.sock', '/var/run/docker.sock') }],
  ['z2m-bind-fedora', 'bind mount without :z', 'Koenkk/zigbee2mqtt.io#3372', node('require("zigbee-herdsman")\n', { files: { '/app/package.json': '{"name":"zigbee2mqtt","version":"1.42.0"}', '/app/docker-entrypoint.sh': '#!/bin/sh\nset -e\ncp /app/configuration.example.yaml /app/data/configuration.yaml\nexec "$@"\n' } }), { base: 'fedora:41+podman', ...bind('/home/me/z2m', '/app/data') }, 'PL5012', /:[zZ]\b/, { base: 'fedora:41+podman', ...bind('/home/me/z2m', '/app/data', 'Z') }, { base: 'debian:12+podman', ...bind('/home/me/z2m', '/app/data') }],
  ['cybernode-home-docker', 'home directory mounted', 'cyberFund/cybernode-archive#90', starts(['/btcd', '-b', '/cyberdata']), { base: 'fedora:38+podman+selinux:enforcing', ...bind('/home/anatoli/data', '/cyberdata', 'rw') }, 'PL5012', /:[zZ]\b|chcon/, { base: 'fedora:38+podman+selinux:permissive', ...bind('/home/anatoli/data', '/cyberdata', 'rw') }],
  ['deepflow-4.14', 'verifier of 4.14', 'deepflowio/deepflow#716', starts(['/bin/deepflow-agent', '-f', '/etc/deepflow-agent.yaml'], { files: { '/bin/deepflow-agent': { elf: { strings: ['libbpf: failed to load program', 'socket-trace-bpf-linux-common', 'kprobe/__sys_sendmsg', 'tracepoint/syscalls/sys_exit_write'] } } } }), { machine: 'x86_64', kernel: { release: '3.10.0-957.el7.x86_64', base: '3.10' }, container: { privileged: true } }, 'PL1013', /Linux/, 'ubuntu:22.04+docker:24.0+privileged'],
  ['bootstrap-debugfs', 'no tracefs in the container', 'eunomia-bpf/libbpf-starter-template#3', starts(['/app/bootstrap'], { files: { '/app/bootstrap': { elf: { needed: ['libelf.so.1', 'libc.so.6'], strings: ['libbpf: failed to determine tracepoint', '/sys/kernel/debug/tracing', '/sys/kernel/btf/vmlinux', 'tp/sched/sched_process_exec'] } } } }), 'debian:12+docker:24.0', 'PL1013', /cap-add|privileged/, 'debian:12+docker:24.0+privileged'],
  ['mqttio-i2c', 'smbus2 opens /dev/i2c-1', 'hassio-addons/app-mqtt-io#35', pip('smbus2', '0.4.2'), 'raspios:12+docker:24.0', 'PL6005', /--device/, 'raspios:12+docker:24.0+device:/dev/i2c-1'],
  ['octoprint-serial', 'no printer given', 'OctoPrint/octoprint-docker#15', py('from octoprint import main\nmain()\n', { files: { '/opt/venv/lib/python3.11/site-packages/OctoPrint-1.9.3.dist-info/METADATA': 'Name: OctoPrint\nVersion: 1.9.3\n', '/opt/venv/lib/python3.11/site-packages/pyserial-3.5.dist-info/METADATA': 'Name: pyserial\nVersion: 3.5\n' } }), 'debian:12+docker:24.0', 'PL6005', /--device/, 'debian:12+docker:24.0+device:/dev/ttyUSB0'],
  ['tvheadend-dvb', 'no tuner given', 'linuxserver/docker-tvheadend#101', starts(['/usr/bin/tvheadend', '-C'], { files: { '/usr/bin/tvheadend': { elf: { strings: ['/dev/dvb/adapter%d', '/dev/dvb', 'Tvheadend'] } } } }), 'debian:12+docker:24.0', 'PL6005', /--device/, 'debian:12+docker:24.0+device:/dev/dvb/adapter0'],
  ['makemkv-sr0', 'optical drive not given', 'jlesage/docker-makemkv#30', starts(['/opt/makemkv/bin/makemkv'], { files: { '/opt/makemkv/bin/makemkvcon': { elf: { strings: ['/dev/sr%u', '/dev/sg%u', 'MakeMKV'] } } } }), 'debian:12+docker:24.0', 'PL6005', /--device/, 'debian:12+docker:24.0+device:/dev/sr0+device:/dev/sg0'],
  ['motion-video0', 'webcam not given', 'Motion-Project/motion-docker#11', { os: 'ubuntu 22.04', dpkg: ['motion 4.4.0-1'], entrypoint: ['motion', '-n'], files: { '/usr/bin/motion': { elf: { strings: ['/dev/video0', 'Opening video device %s'] } }, '/etc/motion/motion.conf': 'videodevice /dev/video0\n' } }, 'debian:12+docker:24.0', 'PL6005', /--device/, 'debian:12+docker:24.0+device:/dev/video0'],
  ['cloudflared-rmem', 'UDP buffer of QUIC', 'cloudflare/cloudflared#895', goApp('/usr/local/bin/cloudflared', ['github.com/quic-go/quic-go v0.40.1']), { base: 'debian:12+docker:24.0', sysctls: { 'net.core.rmem_max': '212992' } }, ['PL6001', 'note'], /rmem_max/, { base: 'debian:12+docker:24.0', sysctls: { 'net.core.rmem_max': '7500000', 'net.core.wmem_max': '7500000' } }],
  ['xmrig-msr', 'MSR module', 'xmrig/xmrig#1806', starts(['/xmrig'], { files: { '/xmrig': { elf: { strings: ['msr', '/dev/cpu/%d/msr', 'FAILED TO APPLY MSR MOD, HASHRATE WILL BE LOW', 'XMRig 6.20.0'] } } } }), 'debian:12+docker:24.0', 'PL6005', /msr|privileged/, 'debian:12+docker:24.0+privileged+device:/dev/cpu/0/msr'],
  ['scapy-podman', 'raw sockets of scapy', 'secdev/scapy#3554', py('from scapy.all import *\nsniff(iface="eth0")\n', { files: { '/usr/local/lib/python3.11/site-packages/scapy-2.5.0.dist-info/METADATA': 'Name: scapy\nVersion: 2.5.0\n' } }), 'fedora:39+podman', 'PL5006', /NET_RAW/, 'debian:12+docker:24.0'],
  ['py-rawsocket', 'AF_PACKET in source', 'moby/moby#39017', py('import socket\ns = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.ntohs(3))\n'), 'fedora:39+podman', 'PL5006', /NET_RAW/, 'debian:12+docker:24.0'],
  ['py-i2c-source', 'device opened in source', 'pimoroni/bme280-python#16', py('from smbus import SMBus\nbus = SMBus(1)\nopen("/dev/i2c-1")\n'), 'raspios:12+docker:24.0', 'PL6005', /--device/, 'raspios:12+docker:24.0+device:/dev/i2c-1'],
  ['lambda-multiprocessing', 'no /dev/shm on Lambda', 'aws/aws-lambda-runtime-interface-emulator#36', py('from multiprocessing import Queue, Pool\np = Pool(4)\n', { os: 'amzn 2023' }), 'lambda', 'PL3008', /Pipe|shm|thread/i, 'debian:12+docker:24.0'],
  ['s3fs-fargate', 'FUSE on Fargate', 'aws/containers-roadmap#736', script('s3fs mybucket /mnt/s3 -o iam_role=auto\nexec nginx', { files: { '/usr/bin/s3fs': program, '/usr/sbin/nginx': program } }), 'fargate', 'PL6005', /EC2|fuse/i, 'debian:12+docker:24.0+privileged+device:/dev/fuse'],
  ['nginx-openshift-uid', 'random user id', 'nginxinc/docker-nginx#177', { os: 'debian 12', dpkg: ['nginx 1.25.3-1~bookworm'], entrypoint: ['/docker-entrypoint.sh'], cmd: ['nginx', '-g', 'daemon off;'], env: { NGINX_VERSION: '1.25.3' }, files: { '/bin/sh': program, '/usr/sbin/nginx': { elf: { strings: ['/var/cache/nginx/client_temp', '/var/log/nginx/error.log', '/var/run/nginx.pid'] } }, '/docker-entrypoint.sh': '#!/bin/sh\nexec "$@"\n', '/var/cache/nginx': { directory: true, mode: 0o755 } } }, 'openshift:4.16', 'PL5006', /unprivileged|uid|group 0|anyuid/i, 'debian:12+docker:24.0'],
  ['ganesha-handles', 'open_by_handle_at', 'nfs-ganesha/nfs-ganesha#260', { os: 'debian 12', dpkg: ['nfs-ganesha 4.3-2'], entrypoint: ['/usr/bin/ganesha.nfsd', '-F'], files: { '/usr/bin/ganesha.nfsd': { elf: { imports: ['open_by_handle_at@GLIBC_2.14', 'name_to_handle_at@GLIBC_2.14'] } } } }, 'debian:12+docker:24.0', 'PL3003', /DAC_READ_SEARCH/, 'debian:12+docker:24.0+cap-add:DAC_READ_SEARCH'],
  ['afl-core-pattern', 'core_pattern pipes', 'AFLplusplus/AFLplusplus#1126', starts(['/usr/local/bin/afl-fuzz', '-i', 'in', '-o', 'out', '--', './t'], { files: { '/usr/local/bin/afl-fuzz': { elf: { strings: ['/proc/sys/kernel/core_pattern', 'Pipe at the beginning of \'core_pattern\'', 'AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES'] } } } }), { base: 'ubuntu:22.04+docker:24.0', sysctls: { 'kernel.core_pattern': '|/usr/share/apport/apport -p%p -s%s -c%c' } }, 'PL6001', /core_pattern/, { base: 'ubuntu:22.04+docker:24.0', sysctls: { 'kernel.core_pattern': 'core' } }],
  ['nsenter-host', 'enters the host', 'alexei-led/nsenter#3', starts(['nsenter', '--target', '1', '--mount', '--uts', '--ipc', '--net', '--pid'], { files: { '/usr/bin/nsenter': program } }), 'debian:12+docker:24.0', 'PL5006', /privileged|SYS_ADMIN/, 'debian:12+docker:24.0+privileged'],
  ['fatrace-fanotify', 'fanotify needs a capability', 'martinpitt/fatrace#21', starts(['/usr/sbin/fatrace'], { files: { '/usr/sbin/fatrace': { elf: { imports: ['fanotify_init@GLIBC_2.13', 'fanotify_mark@GLIBC_2.13'] } } } }), 'debian:12+docker:24.0', 'PL3003', /SYS_ADMIN/, 'debian:12+docker:24.0+cap-add:SYS_ADMIN'],
];

incidentSuite('field, classes', incidentsOf(rows));
