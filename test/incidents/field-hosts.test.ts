// Failures collected by somebody who had not seen the rules: translators, what engines hide, shares of Windows drives,
// limits, security modules and boards. One line each.
import type { Fixture } from './harness/fixture.ts';
import { incidentSuite } from './harness/incident.ts';
import { arm, goApp, incidentsOf, pip, program, type Row, script, starts } from './harness/rows.ts';

const amd64OnArm = 'docker-desktop:4.31+arch:aarch64+qemu';
const systemd = (more: Fixture = {}): Fixture => ({
  os: 'debian 12',
  dpkg: ['systemd 252.39-1~deb12u2'],
  entrypoint: ['/lib/systemd/systemd'],
  ...more,
  files: { '/lib/systemd/systemd': program, ...more.files },
});
const armProgram = (path: string, strings: readonly string[]): Fixture => ({
  ...arm,
  entrypoint: [path],
  files: { [path]: { elf: { machine: 'aarch64', strings } } },
});
const drive = (target: string) => `wsl2+docker:28.0+volume:/mnt/c/Users/me/src:${target}`;
const home = (target: string) => `wsl2+docker:28.0+volume:/home/me/src:${target}`;
const dind: Fixture = {
  entrypoint: ['/usr/bin/dockerd'],
  dpkg: ['docker-ce 5:20.10.5~3-0'],
  os: 'ubuntu 20.04',
  files: { '/usr/bin/dockerd': program },
};
const memory = { content: '*.memory_target=838860800\n' };
const node = { env: { NODE_VERSION: '16.3.0' }, files: { '/app/node_modules/x/x.wasm': '\0asm' } };
const prefixed = (files: Fixture['files']): Fixture => ({
  os: 'alpine 3.9',
  entrypoint: ['/app'],
  files: { ...files },
});
const loader = '/usr/glibc-compat/lib/ld-linux-x86-64.so.2';
const inPrefix = {
  '/app': { elf: { interpreter: '/lib64/ld-linux-x86-64.so.2', needed: ['libc.so.6'] } },
  '/lib64/ld-linux-x86-64.so.2': { link: loader },
  [loader]: { elf: { type: 'shared-library', soname: 'ld-linux-x86-64.so.2' } },
} as const;
const libc = { elf: { type: 'shared-library', soname: 'libc.so.6' } } as const;

// biome-ignore format: one line an incident
const rows: readonly Row[] = [
  ['delve-translated', 'a debugger under a translator', 'go-delve/delve#2910', starts(['/go/bin/dlv', 'exec', '/app']), `${amd64OnArm}+cap-add:SYS_PTRACE`, 'PL2010', /own architecture/, 'docker-desktop:4.31+cap-add:SYS_PTRACE'],
  ['erlang-25-translated', 'code mapped twice', 'erlang/docker-erlang-otp#400', starts(['/usr/local/bin/erl'], { env: { OTP_VERSION: '25.0' } }), amd64OnArm, 'PL2010', /JPperf/, 'docker-desktop:4.31'],
  ['device-tree-masked', 'the device tree is hidden', 'angelnu/docker-ccu#4', script('grep -q "Pi 3" /proc/device-tree/model\nexec sleep 1', arm), 'raspios:12+arch:aarch64+docker:24.0', 'PL6005', /systempaths/, 'raspios:12+arch:aarch64+docker:24.0+privileged'],
  ['rapl-masked', 'energy counters are hidden', 'hubblo-org/scaphandre#373', starts(['/bin/scaphandre'], { files: { '/bin/scaphandre': { elf: { strings: ['/sys/class/powercap/intel-rapl:0/energy_uj'] } } } }), 'debian:12+docker:25.0', 'PL6005', /systempaths/, 'debian:12+docker:25.0+privileged', 'debian:12+docker:24.0.6'],
  ['binfmt-rootless', 'binfmt_misc in a user namespace', 'multiarch/qemu-user-static#196', script('mount binfmt_misc -t binfmt_misc /proc/sys/fs/binfmt_misc\necho x > /proc/sys/fs/binfmt_misc/register'), 'ubuntu:20.04+docker:25.0+rootless+privileged', 'PL5005', /on the host/, 'ubuntu:20.04+docker:25.0+privileged'],
  ['lxc-without-nesting', 'services in namespaces of their own', 'lxc/lxc#4127', systemd(), { base: 'proxmox:8+engine:lxc', container: { apparmorProfile: 'lxc-container-default-cgns' } }, 'PL5003', /nesting=1/, { base: 'proxmox:8+engine:lxc', container: { apparmorProfile: 'lxc-container-default-with-nesting' } }],
  ['selinux-cgroup-boolean', 'systemd under SELinux', 'containers/podman#1652', systemd(), { base: 'rhel:9.2+podman:4.4.1', lsm: { selinux: 'enforcing', selinuxBooleans: { container_manage_cgroup: false } } }, 'PL5012', /container_manage_cgroup/, { base: 'rhel:9.2+podman:4.4.1', lsm: { selinux: 'enforcing', selinuxBooleans: { container_manage_cgroup: true } } }],
  ['go-openssl-fips', 'no provider in the image', 'microsoft/go#291', goApp('/app', ['github.com/golang-fips/openssl/v2 v2.0.3']), 'rhel:9.4+podman:4.9.4+fips', 'PL6013', /provider/, 'rhel:9.4+podman:4.9.4'],
  ['instanton-checkpoint', 'a checkpoint cannot be restored', 'OpenLiberty/open-liberty#22352', starts(['/opt/ol/wlp/bin/server'], { env: { WLP_CHECKPOINT: 'applications' } }), 'rhel:9.2+podman:4.4.1', 'PL5006', /CHECKPOINT_RESTORE/, 'rhel:9.2+podman:4.4.1+cap-add:CHECKPOINT_RESTORE+cap-add:SETPCAP'],
  ['samba-domain', 'attributes named security.*', 'LasLabs/docker-alpine-samba-dc#7', script('samba-tool domain provision --realm=x\nexec samba -i'), 'ubuntu:22.04+docker:24.0', 'PL5006', /SYS_ADMIN/, 'ubuntu:22.04+docker:24.0+cap-add:SYS_ADMIN'],
  ['ping-group-range', 'ICMP datagram sockets', 'statping-ng/statping-ng#105', { ...goApp('/bin/statping', ['github.com/go-ping/ping v1.1.0']), user: '99:100' }, { base: 'ubuntu:18.04+docker:19.03', sysctls: { 'net.ipv4.ping_group_range': '1\t0' } }, 'PL6001', /ping_group_range/, { base: 'ubuntu:18.04+docker:19.03', sysctls: { 'net.ipv4.ping_group_range': '0\t2147483647' } }],
  ['wasm-address-limit', 'addresses for WebAssembly', 'ChainSafe/lodestar#1427', starts(['/usr/local/bin/node', '/app/x.js'], node), 'ubuntu:20.04+docker:19.03+ulimit:as=10000000000', 'PL6002', /as=-1/, 'ubuntu:20.04+docker:19.03'],
  ['oracle-memory-target', 'shared memory of a database', 'bofm/docker-oracle12c#9', starts(['/u01/bin/oracle'], { files: { '/u01/dbs/init.ora': memory } }), 'ubuntu:18.04+docker:18.09', 'PL3008', /shm-size/, 'ubuntu:18.04+docker:18.09+shm:2g'],
  ['tokudb-huge-pages', 'transparent huge pages', 'canonical/lxd#2690', starts(['/usr/sbin/mysqld'], { files: { '/etc/mysql/conf.d/tokudb.cnf': '[mysqld]\nplugin-load-add = ha_tokudb\n' } }), { base: 'ubuntu:16.04+docker:18.09', transparentHugepages: 'always' }, 'PL6009', /never/, { base: 'ubuntu:16.04+docker:18.09', transparentHugepages: 'never' }],
  ['nodemon-windows-drive', 'no events on a drive of Windows', 'microsoft/WSL#4739', starts(['/usr/local/bin/node', '/app/node_modules/nodemon/bin/nodemon.js'], { env: { NODE_VERSION: '20.1.0' }, files: { '/app/node_modules/nodemon/package.json': '{"name":"nodemon","version":"3.0.1"}', '/app/node_modules/nodemon/bin/nodemon.js': 'x' } }), drive('/app'), 'PL6017', /POLLING/, home('/app')],
  ['postgres-windows-drive', 'no owners on a drive of Windows', 'docker-library/postgres#1335', starts(['/usr/lib/postgresql/16/bin/postgres'], { dpkg: ['postgresql-16 16.1-1'] }), drive('/var/lib/postgresql/data'), 'PL6017', /named volume/, home('/var/lib/postgresql/data')],
  ['gpio-pi-5', 'pins behind another chip', 'rustygreen/raspberry-pi-server#13', pip('RPi.GPIO', '0.7.1', arm), { base: 'raspios:12+arch:aarch64+docker:24.0', kernel: { release: '6.6.51+rpt-rpi-2712', base: '6.6' } }, 'PL6005', /rpi-lgpio/, { base: 'raspios:12+arch:aarch64+docker:24.0+device:/dev/gpiomem+device:/dev/gpiochip0', kernel: { release: '6.6.51+rpt-rpi-v8', base: '6.6' } }],
  ['ubuntu-rva23', 'built for a newer profile', 'docker-library/official-images#19653', { os: 'ubuntu 25.10', platform: 'linux/riscv64', entrypoint: ['/app'], files: { '/app': { elf: { machine: 'riscv64' } } } }, { machine: 'riscv64', cpu: { features: ['i', 'm', 'a', 'f', 'd', 'c'] } }, 'PL2005', /24\.04/, { machine: 'riscv64', cpu: { features: ['i', 'm', 'a', 'f', 'd', 'c', 'v'] } }],
  ['tcmalloc-39-bits', 'too few bits of addresses', 'envoyproxy/envoy#23339', armProgram('/usr/local/bin/envoy', ['MmapAligned() failed - unable to allocate with tag']), { base: 'ubuntu:22.04+arch:aarch64+docker:24.0', kernel: { release: '6.1.0', base: '6.1', config: { CONFIG_ARM64_VA_BITS_39: 'y' } } }, 'PL1009', /48 bits/, { base: 'ubuntu:22.04+arch:aarch64+docker:24.0', kernel: { release: '6.1.0', base: '6.1', config: { CONFIG_ARM64_VA_BITS_39: 'n', CONFIG_ARM64_VA_BITS_48: 'y' } } }],
  ['dind-without-volume', 'overlay on overlay', 'moby/moby#42171', dind, 'ubuntu:20.04+docker:20.10.5+privileged', 'PL3010', /volume/, { image: { ...dind, volumes: ['/var/lib/docker'] } }],
  ['glibc-under-prefix', 'a C library beside its loader', 'factoriotools/factorio-docker#111', prefixed(inPrefix), 'debian:12+docker:24.0', 'PL2012', /./, { image: prefixed({ ...inPrefix, '/usr/glibc-compat/lib/libc.so.6': libc }) }],
];

incidentSuite('field, hosts', incidentsOf(rows));
