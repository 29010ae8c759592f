// Mechanisms of graphics cards, file systems, settings and privileges, as trackers tell of them. One line each.
import { type Fixture, glibcFiles } from './harness/fixture.ts';
import { incidentSuite } from './harness/incident.ts';
import { incidentsOf, program, type Row, script, starts } from './harness/rows.ts';

const d24 = 'debian:12+docker:24.0';
const on = (base: string, more: object) => ({ base, ...more });
const mount = (target: string, filesystem: string, source = '/mnt/data') => ({
  container: { mounts: [{ source, target, filesystem }] },
});
const lib = '/usr/lib/x86_64-linux-gnu/';
const site = '/usr/local/lib/python3.11/site-packages/';

/** A Python program with packages of PyPI, as "name version". */
const py = (packages: readonly string[], main: string, more: Fixture = {}): Fixture => ({
  os: 'debian 12',
  entrypoint: ['/usr/bin/python3', '/app/main.py'],
  ...more,
  files: {
    '/usr/bin/python3': program,
    '/app/main.py': main,
    ...Object.fromEntries(
      packages.map((each) => {
        const [name = '', version = ''] = each.split(' ');
        return [
          `${site}${name.replaceAll('-', '_')}-${version}.dist-info/METADATA`,
          `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`,
        ];
      }),
    ),
    ...more.files,
  },
});

/** A host with a card of that compute capability. */
const gpu = (computeCapability: string, driver = '580.65.06') => ({
  base: 'ubuntu:22.04+docker:24.0',
  nvidia: { driver, computeCapability },
});

// biome-ignore format: one line an incident
const rows: readonly Row[] = [
  ['localai-cuda13-v100', 'CUDA 13 has no code for Volta', 'mudler/LocalAI#9948', starts(['/local-ai'], { env: { CUDA_VERSION: '13.0.1', NVIDIA_VISIBLE_DEVICES: 'all', NVIDIA_DRIVER_CAPABILITIES: 'compute,utility' }, files: { '/usr/local/cuda-13.0/lib64/libcudart.so.13.0.88': { elf: { type: 'shared-library', soname: 'libcudart.so.13' } } } }), gpu('7.0'), 'PL6018', /12|older|card/i, gpu('8.0')],
  ['subgen-k2200', 'torch without Maxwell', 'McCloudS/subgen#82', py(['torch 2.8.0+cu128'], 'import torch\n'), gpu('5.0', '570.26'), 'PL6018', /cu126|older|card/i, gpu('8.6', '570.26')],
  ['comfyui-blackwell', 'old torch on a new card', 'Comfy-Org/ComfyUI#16438', py(['torch 2.5.1+cu124'], 'import torch\n'), gpu('12.0'), 'PL6018', /2\.7|newer/i, gpu('8.9')],
  ['mmdet-arch-list', 'TORCH_CUDA_ARCH_LIST without the card', 'open-mmlab/mmdetection#2108', py(['torch 1.4.0'], 'import mmdet\n', { env: { TORCH_CUDA_ARCH_LIST: '6.0 6.1 7.0+PTX', CUDA_VERSION: '10.1.243' } }), gpu('5.2'), 'PL6018', /./, gpu('6.1')],
  ['nvenc-capabilities', 'ffmpeg with nvenc without video', 'styler00dollar/VSGAN-tensorrt-docker#42', script('ffmpeg -i in.mkv -c:v hevc_nvenc out.mkv', { env: { NVIDIA_VISIBLE_DEVICES: 'all', NVIDIA_DRIVER_CAPABILITIES: 'compute,utility' }, files: { '/usr/bin/ffmpeg': { elf: { strings: ['libnvidia-encode.so.1', 'libnvcuvid.so.1'] } } } }), 'ubuntu:22.04+docker:24.0+nvidia:535.104.05', 'PL6005', /NVIDIA_DRIVER_CAPABILITIES/, { image: script('ffmpeg -i in.mkv -c:v hevc_nvenc out.mkv', { env: { NVIDIA_VISIBLE_DEVICES: 'all', NVIDIA_DRIVER_CAPABILITIES: 'all' }, files: { '/usr/bin/ffmpeg': { elf: { strings: ['libnvidia-encode.so.1'] } } } }) }],
  ['h5py-nfs-lock', 'HDF5 locks on NFS', 'h5py/h5py#1082', py(['h5py 3.8.0'], 'import h5py\nh5py.File("/data/x.h5","w")\n'), on(d24, mount('/data', 'nfs')), 'PL6017', /HDF5_USE_FILE_LOCKING/, on(d24, mount('/data', 'ext4')), { image: py(['h5py 3.8.0'], 'import h5py\n', { env: { HDF5_USE_FILE_LOCKING: 'FALSE' } }) }],
  ['rhdf5-lustre', 'libhdf5 on Lustre', 'ALPSCore/ALPSCore#410', starts(['/usr/bin/solver'], { files: { '/usr/bin/solver': { elf: { needed: ['libhdf5.so.103'] } }, [`${lib}libhdf5.so.103`]: { elf: { type: 'shared-library', soname: 'libhdf5.so.103' } } } }), on('rhel:8.6+singularity:3.8', mount('/scratch', 'lustre')), 'PL6017', /HDF5_USE_FILE_LOCKING/, on('rhel:8.6+singularity:3.8', mount('/scratch', 'xfs'))],
  ['openproject-protected-regular', 'root writes a file of another user in /tmp', 'opf/openproject#7089', script('PWFILE=$(mktemp)\nchown postgres "$PWFILE"\necho "$PGPASSWORD" > "$PWFILE"\nexec app', { files: { '/usr/bin/app': program } }), on(d24, { sysctls: { 'fs.protected_regular': '2' } }), 'PL6001', /protected_regular|own/, on(d24, { sysctls: { 'fs.protected_regular': '0' } })],
  ['deepops-tw-recycle', 'a setting that was removed', 'NVIDIA/deepops#354', script('set -e\nsysctl -w net.ipv4.tcp_tw_recycle=1\nexec app', { files: { '/usr/bin/app': program, '/sbin/sysctl': program } }), 'ubuntu:20.04+docker:20.10+privileged', ['PL1012', 'degraded'], /tcp_tw_recycle|remove|leave/i, 'ubuntu:14.04+docker:17.03+privileged'],
  ['nifi-ip-conntrack', 'old name of a conntrack setting', 'markap14/apache-nifi-helm#4', script('sysctl -w net.ipv4.netfilter.ip_conntrack_tcp_timeout_time_wait="1"\nexec app', { files: { '/usr/bin/app': program, '/sbin/sysctl': program } }), 'ubuntu:20.04+docker:20.10+privileged', ['PL1012', 'degraded'], /nf_conntrack/, 'rhel:6.10+docker:1.7+privileged'],
  ['parallels-hard-link', 'hard links on a shared folder', 'Parallels/docker-machine-parallels#45', script('ln game.txt game2.txt\nexec app', { files: { '/usr/bin/app': program, '/bin/ln': program } }), on(d24, mount('/root/template', 'prl_fs')), 'PL6017', /ln -s|link/, on(d24, mount('/root/template', 'ext4'))],
  ['mac-socket-in-share', 'socket in a shared folder', 'docker/for-mac#483', starts(['/usr/sbin/mysqld'], { files: { '/etc/mysql/my.cnf': '[mysqld]\nsocket=/var/run/mysqld/mysqld.sock\ndatadir=/var/lib/mysql\n' }, dpkg: ['mysql-server-8.0 8.0.33-1'] }), on('docker-desktop:4.31', mount('/var/run/mysqld', 'virtiofs')), 'PL6017', /socket|volume/, on('docker-desktop:4.31', mount('/var/run/mysqld', 'ext4'))],
  ['podman-sshd-chroot', 'sshd without SYS_CHROOT', 'podman-container-tools/podman#17575', starts(['/usr/sbin/sshd', '-D'], { os: 'fedora 37', rpm: ['openssh-server 8.8p1-7.fc37'] }), 'fedora:37+podman:4.4.1', 'PL5006', /SYS_CHROOT/, 'debian:12+docker:24.0'],
  ['gitea-sshd-podman', 'sshd under s6 without SYS_CHROOT', 'go-gitea/gitea#24618', { os: 'alpine 3.17', apk: ['openssh-server 9.1_p1-r2', 'gitea 1.19.0-r0'], entrypoint: ['/usr/bin/entrypoint'], files: { '/bin/sh': program, '/usr/bin/entrypoint': '#!/bin/sh\n/usr/sbin/sshd\nexec /app/gitea/gitea web\n', '/usr/sbin/sshd': program, '/app/gitea/gitea': program } }, 'fedora:37+podman:4.4.2', 'PL5006', /SYS_CHROOT/, 'debian:12+docker:24.0'],
  ['traefik-selinux-sock', 'SELinux keeps the docker socket away', 'EnigmaCurry/d.rymcg.tech#522', starts(['/usr/local/bin/traefik', '--providers.docker']), on('fedora:40+docker:27', { container: { mounts: [{ source: '/var/run/docker.sock', target: '/var/run/docker.sock' }] } }), 'PL5012', /label=disable|label:disable|:z/, on('fedora:40+docker:27', { lsm: { selinux: 'permissive' }, container: { mounts: [{ source: '/var/run/docker.sock', target: '/var/run/docker.sock' }] } })],
  ['rpi-zero-armv7', 'ARMv7 image on ARMv6', 'home-assistant/docker-base#6', { os: 'ubuntu 18.04', platform: 'linux/arm/v7', entrypoint: ['/bin/bash'], files: { ...glibcFiles('2.27', { machine: 'arm' }), '/bin/bash': { elf: { machine: 'arm', interpreter: '/lib/ld-linux-armhf.so.3', needed: ['libc.so.6'] } } } }, { base: 'raspios:10+arch:armv7l+docker:19.03', machine: 'armv6l' }, 'PL2005', /v6|arm32v6|ARMv6/i, 'raspios:10+arch:armv7l+docker:19.03'],
  ['oracle-zfs', 'O_DIRECT on zfs', 'moby/moby#23264', starts(['/opt/oracle/runOracle.sh'], { os: 'ol 7.9', files: { '/opt/oracle/product/12.1.0.2/dbhome_1/bin/oracle': program, '/opt/oracle/runOracle.sh': { content: '#!/bin/bash\nsqlplus / as sysdba\n', mode: 0o755 } } }), { base: 'ubuntu:16.04+docker:1.13', storage: { filesystem: 'zfs' }, engine: { name: 'docker', version: '1.13.1', storageDriver: 'zfs' } }, 'PL6017', /ext4|xfs|O_DIRECT/i, { base: 'ubuntu:16.04+docker:1.13', storage: { filesystem: 'ext4' } }],
  ['mssql-zfs', 'SQL Server on zfs', 'microsoft/mssql-docker#13', starts(['/opt/mssql/bin/sqlservr'], { dpkg: ['mssql-server 14.0.3023.8-5'] }), on(d24, mount('/var/opt/mssql', 'zfs')), 'PL6017', /ext4|xfs|O_DIRECT/i, on(d24, mount('/var/opt/mssql', 'xfs'))],
  ['yugabyte-tmpfs', 'O_DIRECT on tmpfs', 'yugabyte/yugabyte-db#18', starts(['/home/yugabyte/bin/yb-master'], { files: { '/home/yugabyte/bin/yb-tserver': program } }), 'debian:12+docker:24.0+tmpfs:/mnt/master', 'PL6017', /durable_wal_write|tmpfs|disk/i, d24],
  ['openvpn-ip-forward', 'a VPN server without forwarding', 'helm/charts#5572', { os: 'alpine 3.15', apk: ['openvpn 2.5.6-r0', 'iptables 1.8.7-r1'], entrypoint: ['/usr/local/bin/ovpn_run'], files: { '/bin/sh': program, '/usr/sbin/openvpn': program, '/sbin/iptables': program, '/usr/local/bin/ovpn_run': '#!/bin/sh\niptables -t nat -A POSTROUTING -s 192.168.255.0/24 -o eth0 -j MASQUERADE\nexec openvpn --config /etc/openvpn/openvpn.conf\n', '/etc/openvpn/openvpn.conf': 'server 192.168.255.0 255.255.255.0\ndev tun0\n' } }, on('debian:12+containerd:1.7+cap-add:NET_ADMIN+device:/dev/net/tun', { sysctls: { 'net.ipv4.ip_forward': '0' } }), 'PL6001', /ip_forward/, on('debian:12+containerd:1.7+cap-add:NET_ADMIN+device:/dev/net/tun', { sysctls: { 'net.ipv4.ip_forward': '1' } })],
  ['bbr-module', 'BBR that the kernel lacks', 'Ozark-Connect/NetworkOptimizer#554', script('sysctl -w net.ipv4.tcp_congestion_control=bbr\nexec app', { files: { '/usr/bin/app': program, '/sbin/sysctl': program } }), 'debian:12+docker:24.0+privileged+no-module:tcp_bbr', 'PL6006', /tcp_bbr/, 'debian:12+docker:24.0+privileged+module:tcp_bbr'],
  ['avahi-dbus', 'the bus of the host', 'monadplus/elgato-keylight#4', starts(['avahi-daemon'], { dpkg: ['avahi-daemon 0.8-10'] }), d24, 'PL6005', /dbus|enable-dbus=no/i, on(d24, { container: { mounts: [{ source: '/run/dbus', target: '/run/dbus' }] } })],
  ['runc-133-lxc', 'runc 1.3.3 in LXC', 'opencontainers/runc#4972', starts(['/app']), { base: 'debian:12+docker:28.5.2+runc:1.3.3', container: { nested: 'lxc' } }, 'PL3007', /apparmor|lxc/i, d24],
  ['kata-tun', 'tun in the guest of Kata', 'kata-containers/kata-containers#11430', starts(['openvpn', '--dev', 'tun']), 'debian:12+kata:1.11.5+cap-add:NET_ADMIN', 'PL6005', /tun|Kata/i, 'debian:12+docker:24.0+cap-add:NET_ADMIN+device:/dev/net/tun'],
  ['pyspy-yama', 'attaching under Yama', 'microsoft/debugpy#578', starts(['gdb', '-p', '1'], { user: '1000' }), on('ubuntu:20.04+docker:20.10', { sysctls: { 'kernel.yama.ptrace_scope': '1' } }), 'PL6001', /ptrace_scope|SYS_PTRACE/, on('ubuntu:20.04+docker:20.10', { sysctls: { 'kernel.yama.ptrace_scope': '0' } })],
  ['php-fpm-slowlog', 'php-fpm traces its children', 'boot2docker/boot2docker#816', starts(['php-fpm'], { files: { '/usr/local/etc/php-fpm.d/www.conf': '[www]\nrequest_slowlog_timeout = 5s\nslowlog = /var/log/slow.log\n' } }), 'ubuntu:16.04+docker:17.03', 'PL5006', /SYS_PTRACE/, 'debian:12+docker:24.0+cap-add:SYS_PTRACE'],
  ['rootless-dri-group', 'a device of the group render', 'podman-container-tools/podman#25897', starts(['jellyfin'], { files: { [`${lib}libva.so.2`]: { elf: { type: 'shared-library', soname: 'libva.so.2' } }, '/usr/bin/jellyfin': { elf: { needed: ['libva.so.2'] } } } }), 'fedora:41+podman:5.4.2+rootless+device:/dev/dri/renderD128', 'PL6005', /keep-groups/, 'fedora:41+podman:5.4.2+device:/dev/dri/renderD128'],
  ['mysql-case-mac', 'tables on a file system without upper case', 'docker/roadmap#7', starts(['mysqld'], { dpkg: ['mysql-server-8.0 8.0.27-1'], files: { '/etc/mysql/my.cnf': '[mysqld]\nlower_case_table_names=0\n' } }), on('docker-desktop:4.31', mount('/var/lib/mysql', 'virtiofs')), 'PL6017', /volume/, on('docker-desktop:4.31', mount('/var/lib/mysql', 'ext4'))],
];

incidentSuite('field, mechanisms', incidentsOf(rows));
