// Failures by what confines a container: capabilities, security modules, user namespaces, modules, devices, settings,
// resolvers, nested engines and crypto policies, from issues of many projects, one line each.
import type { Fixture } from './harness/fixture.ts';
import { type HostSpec, incidentSuite } from './harness/incident.ts';
import {
  goApp,
  incidentsOf,
  pip,
  program,
  type Row,
  script,
  starts,
  withJar,
} from './harness/rows.ts';

const deb12 = 'debian:12+docker:24.0';
const netAdmin = `${deb12}+cap-add:NET_ADMIN`;
const noIpv6: HostSpec = { base: deb12, kernel: { commandLine: 'ro quiet ipv6.disable=1' } };
const readOnly = `${deb12}+read-only`;
const huge = `${deb12}+ulimit:nofile=1073741816`;
const usual = `${deb12}+ulimit:nofile=1048576`;
const userns = 'ubuntu:24.04+engine:none+user:1000';
const usernsFree: HostSpec = {
  base: userns,
  sysctls: { 'kernel.apparmor_restrict_unprivileged_userns': '0' },
  namespaces: { unprivilegedUser: true },
};
const without = (base: string, ...modules: string[]): HostSpec => ({
  base,
  modules: [],
  modulesAvailable: [],
  kernel: { config: Object.fromEntries(modules.map((name) => [name, 'n'])) },
});
const selinuxGpu = {
  base: 'fedora:39+podman+device:/dev/dri/renderD128+selinux:enforcing',
  lsm: {
    selinuxBooleans: {
      container_use_devices: false,
      container_use_dri_devices: false,
      container_use_xserver_devices: false,
    },
  },
};
const fipsUbi = 'rhel:8.10+podman+fips';
const ubi = (more: Fixture): Fixture => ({
  os: 'rhel 8.9',
  rpm: ['openssl-libs 1:1.1.1k-12.el8_9', 'glibc 2.28-236.el8'],
  ...more,
});
const npm = (name: string, version: string, more: Fixture = {}): Fixture => ({
  os: 'debian 12',
  entrypoint: ['/usr/local/bin/node', '/app/index.js'],
  ...more,
  files: {
    '/usr/local/bin/node': program,
    '/app/index.js': `require("${name}")\n`,
    [`/app/node_modules/${name}/package.json`]: JSON.stringify({ name, version }),
    ...more.files,
  },
});
const nginxConf = (text: string): Fixture =>
  starts(['/usr/sbin/nginx', '-g', 'daemon off;'], {
    files: { '/etc/nginx/conf.d/default.conf': text },
  });
const dotnet = (dll: string): Fixture => ({
  os: 'debian 12',
  entrypoint: ['/usr/bin/dotnet', dll],
  env: { DOTNET_VERSION: '8.0.1', ASPNET_VERSION: '8.0.1' },
  files: {
    '/usr/bin/dotnet': { link: '/usr/share/dotnet/dotnet' },
    '/usr/share/dotnet/dotnet': program,
    '/usr/share/dotnet/shared/Microsoft.NETCore.App/8.0.1/System.Private.CoreLib.dll': 'MZ',
    '/usr/share/dotnet/shared/Microsoft.AspNetCore.App/8.0.1/Microsoft.AspNetCore.dll': 'MZ',
    [dll]: 'MZ',
  },
});
const instances = (value: string): HostSpec => ({
  base: deb12,
  sysctls: { 'fs.inotify.max_user_instances': value },
});
const nfs = (target: string): HostSpec => ({
  base: deb12,
  container: {
    mounts: [
      { source: 'server:/export', target, filesystem: 'nfs4', options: 'rw,vers=4.1,sec=sys' },
    ],
  },
});
const local = (target: string): HostSpec => ({
  base: deb12,
  container: { mounts: [{ source: '/srv', target, filesystem: 'ext4', options: 'rw' }] },
});

// biome-ignore format: one line an incident
const rows: readonly Row[] = [
  // SELinux
  ['dri-selinux', 'a GPU’s render node refused by SELinux', 'containers/container-selinux#269', starts(['/usr/bin/clinfo'], { os: 'fedora 38', rpm: ['clinfo 3.0.21.02.21-4.fc38', 'intel-opencl 23.13-1'], files: { '/usr/lib64/libOpenCL.so.1': { elf: { type: 'shared-library', soname: 'libOpenCL.so.1' } }, '/usr/lib64/intel-opencl/libigdrcl.so': { elf: { type: 'shared-library', strings: ['/dev/dri/renderD'] } } } }), selinuxGpu, 'PL5012', /container_use_dri_devices|container_use_devices|label/, { ...selinuxGpu, lsm: { selinux: 'disabled' } }],
  ['nvidia-selinux', 'NVIDIA devices refused by SELinux', 'fedora-selinux/selinux-policy#1695', { os: 'ubuntu 22.04', env: { NVIDIA_VISIBLE_DEVICES: 'all', NVIDIA_REQUIRE_CUDA: 'cuda>=12.1', CUDA_VERSION: '12.1.0' } }, { base: 'fedora:38+podman+nvidia:535.54+selinux:enforcing', lsm: { selinuxBooleans: { container_use_devices: false, container_use_xserver_devices: false } } }, 'PL5012', /container_use_xserver_devices|container_use_devices|label/, 'fedora:38+podman+nvidia:535.54+selinux:disabled'],
  ['kube-vip-ipvs', 'kube-vip without IPVS modules', 'kube-vip/kube-vip#506', goApp('/kube-vip', ['github.com/kube-vip/kube-vip v0.5.7', 'github.com/cloudflare/ipvs v0.9.0']), 'rhel:8.8+containerd:1.6+cap-add:NET_ADMIN+no-module:ip_vs', 'PL6006', /ip_vs/, 'rhel:8.8+containerd:1.6+cap-add:NET_ADMIN+module:ip_vs+module:ip_vs_rr'],
  // Capabilities
  ['hive-net-admin', 'a file capability that a container lacks', 'hivecommons/hive#3774', script('exec hive "$@"', { files: { '/usr/local/bin/hive': { elf: { type: 'executable', go: '1.24' }, capabilities: ['cap_net_admin'] } } }), 'debian:12+containerd:1.7', 'PL5006', /NET_ADMIN/, 'debian:12+containerd:1.7+cap-add:NET_ADMIN'],
  ['iobroker-node', 'node with cap_net_admin', 'buanet/ioBroker.docker#250', { os: 'debian 11', entrypoint: ['/bin/bash', '-c', '/opt/scripts/iobroker_startup.sh'], files: { '/bin/bash': program, '/opt/scripts/iobroker_startup.sh': '#!/bin/bash\nnode controller.js\n', '/usr/bin/node': { elf: { type: 'executable' }, capabilities: ['cap_net_admin', 'cap_net_bind_service', 'cap_net_raw'] } } }, 'debian:11+containerd:1.6', 'PL5006', /NET_ADMIN/, 'debian:11+containerd:1.6+cap-add:NET_ADMIN'],
  ['caddy-drop-all', 'Caddy’s file capability where all are dropped', 'caddyserver/caddy-docker#396', starts(['/usr/bin/caddy', 'run'], { files: { '/usr/bin/caddy': { elf: { type: 'executable', go: '1.24' }, capabilities: ['cap_net_bind_service'] } } }), 'fedora:41+podman+cap-drop:ALL', 'PL5006', /NET_BIND_SERVICE/, 'fedora:41+podman'],
  ['chrt-fifo', 'chrt without SYS_NICE', 'docker/for-mac#4987', script('chrt -f -p 99 $$\nexec app'), deb12, 'PL5006', /SYS_NICE/, `${deb12}+cap-add:SYS_NICE`],
  ['sched-rr-thread', 'a thread with SCHED_RR', 'moby/moby#38271', { os: 'debian 12', entrypoint: ['/usr/bin/simple_test'], files: { '/usr/bin/simple_test': { elf: { needed: ['libc.so.6'], imports: ['pthread_attr_setschedpolicy@GLIBC_2.2.5', 'pthread_attr_setinheritsched@GLIBC_2.2.5', 'pthread_create@GLIBC_2.34'] } } } }, deb12, 'PL5006', /SYS_NICE/, `${deb12}+cap-add:SYS_NICE`],
  ['freeswitch-fifo', 'FreeSWITCH’s real-time priority', 'telephoneorg/docker-freeswitch#1', starts(['/usr/bin/freeswitch', '-nf'], { os: 'debian 8', dpkg: ['freeswitch 1.6.15~30~a1e6cd8d-1~jessie+1'] }), deb12, 'PL5006', /SYS_NICE/, `${deb12}+cap-add:SYS_NICE+ulimit:rtprio=99`],
  // User namespaces
  ['bwrap-24.04', 'bubblewrap on Ubuntu 24.04', 'containers/bubblewrap#632', starts(['/usr/local/bin/bwrap'], { user: '1000' }), userns, 'PL5005', /userns/, usernsFree],
  ['hakoniwa-24.04', 'a Rust sandbox writes /proc/self/uid_map', 'gominimal/minimal#610', { user: '1000', entrypoint: ['/usr/bin/minimald'], files: { '/usr/bin/minimald': { elf: { type: 'executable', strings: ['/proc/self/uid_map', '/proc/self/setgroups', 'hakoniwa'] } } } }, userns, 'PL5005', /userns|AppArmor/, usernsFree],
  ['openshell-24.04', 'a gateway makes a user namespace', 'NVIDIA/OpenShell#1895', { user: '1000', entrypoint: ['/usr/bin/openshell-gateway'], files: { '/usr/bin/openshell-gateway': { elf: { type: 'executable', imports: ['unshare@GLIBC_2.4'], needed: ['libc.so.6'], strings: ['/proc/self/setgroups', '/proc/self/gid_map'] } } } }, userns, 'PL5005', /userns|AppArmor/, usernsFree],
  ['sandbox-jl-24.04', 'Sandbox.jl on Ubuntu 24.04', 'JuliaContainerization/Sandbox.jl#122', { user: '1000', entrypoint: ['/root/.julia/artifacts/x/bin/sandbox'], files: { '/root/.julia/artifacts/x/bin/sandbox': { elf: { type: 'executable', strings: ['/proc/self/uid_map', '/proc/self/gid_map', '/proc/self/setgroups'] } } } }, userns, 'PL5005', /userns|AppArmor/, usernsFree],
  ['bottlerocket-buildkit', 'rootless BuildKit where user namespaces are off', 'moby/buildkit#4667', { ...goApp('/usr/bin/buildkitd', ['github.com/moby/buildkit v0.12.5']), user: '1000', entrypoint: ['rootlesskit', 'buildkitd'], files: { '/usr/bin/buildkitd': program, '/usr/bin/rootlesskit': program, '/usr/bin/newuidmap': { elf: { type: 'executable' }, mode: 0o4755 } } }, { base: 'debian:12+containerd:1.6', sysctls: { 'user.max_user_namespaces': '0' } }, 'PL5005', /max_user_namespaces/, 'debian:12+engine:none+user:1000'],
  ['podman-lchown-big', 'files of an owner beyond the range of a rootless engine', 'podman-container-tools/podman#2542', { os: 'debian 10', entrypoint: ['/bin/sh'], files: { '/bin/sh': program, '/var/www/drupal/web/config/active': { content: 'x', uid: 1_234_567 } } }, 'fedora:33+podman+rootless', 'PL5011', /subuid|owner/, 'fedora:33+podman'],
  // Modules
  ['nfsd-module', 'an NFS server where nfsd cannot be loaded', 'ehough/docker-nfs-server#46', script('modprobe nfsd\nrpc.nfsd 8\nexec rpc.mountd -F', { os: 'alpine 3.11', apk: ['nfs-utils 2.4.1-r3'], files: { '/usr/sbin/rpc.nfsd': program } }), 'ubuntu:20.04+docker:20.10+cap-add:SYS_ADMIN+no-module:nfsd', 'PL6006', /nfsd/, 'ubuntu:20.04+docker:20.10+privileged+module:nfsd+module:nfs'],
  ['keepalived-ipvs', 'keepalived on Docker Desktop without ip_vs', 'docker/for-mac#4754', starts(['/usr/sbin/keepalived'], { os: 'alpine 3.12', apk: ['keepalived 2.0.20-r1'] }), without('debian:12+docker:19.03+cap-add:NET_ADMIN', 'CONFIG_IP_VS'), 'PL6006', /ip_vs/, 'debian:12+docker:19.03+cap-add:NET_ADMIN+module:ip_vs+module:xt_set+module:ip_set'],
  ['libipvs-modprobe', 'a Go program that loads ip_vs', 'mqliang/libipvs#4', goApp('/app', ['github.com/mqliang/libipvs v0.0.0-20170428']), 'ubuntu:16.04+docker:17.03+privileged+no-module:ip_vs', 'PL6006', /ip_vs/, 'ubuntu:16.04+docker:17.03+privileged+module:ip_vs'],
  ['keepalived-xt-set', 'keepalived without xt_set', 'acassen/keepalived#1852', starts(['/usr/sbin/keepalived'], { os: 'debian 10', dpkg: ['keepalived 1:2.0.10-1'] }), 'debian:10+docker:19.03+cap-add:NET_ADMIN+module:ip_vs+no-module:xt_set', 'PL6006', /xt_set|ip_set/, 'debian:10+docker:19.03+cap-add:NET_ADMIN+module:ip_vs+module:xt_set+module:ip_set'],
  ['docker-lxd-br-netfilter', 'Docker in LXD without br_netfilter', 'canonical/lxd#2321', starts(['/usr/bin/dockerd'], { os: 'ubuntu 16.04', dpkg: ['docker.io 1.11.2-0ubuntu5~16.04'] }), { base: 'ubuntu:16.04+lxc+privileged', modules: ['overlay', 'ip_tables', 'iptable_nat', 'nf_nat'], modulesAvailable: [] }, 'PL6006', /br_netfilter|bridge/, { base: 'ubuntu:16.04+privileged', modules: ['overlay', 'ip_tables', 'iptable_nat', 'iptable_filter', 'nf_nat', 'bridge', 'br_netfilter', 'xt_conntrack', 'xt_addrtype', 'veth', 'ipt_MASQUERADE', 'xt_MASQUERADE', 'nf_conntrack'] }],
  ['kube-proxy-xt-comment', 'kube-proxy without iptables’ matches', 'kubernetes/kubernetes#12459', starts(['/usr/local/bin/kube-proxy']), { base: 'debian:8+docker:1.6+privileged', kernel: { release: '4.0.5-gentoo', base: '4.0', config: { CONFIG_NETFILTER_XT_MATCH_COMMENT: 'n', CONFIG_IP_NF_IPTABLES: 'y' } }, modules: ['ip_tables', 'iptable_nat'], modulesAvailable: [] }, 'PL6006', /comment/i, { base: 'debian:8+docker:1.6+privileged', modules: ['ip_tables', 'iptable_nat', 'iptable_filter', 'xt_comment', 'xt_addrtype', 'xt_mark', 'xt_nat', 'xt_conntrack', 'nf_conntrack', 'ip_vs', 'br_netfilter'] }],
  ['fail2ban-netdev', 'an nft table of the netdev family', 'fail2ban/fail2ban#2705', script('nft add table netdev f2b-table\nnft add chain netdev f2b-table ingress { type filter hook ingress device eth0 priority 0 \\; }\nexec fail2ban-server -f start', { os: 'alpine 3.11', apk: ['nftables 0.9.3-r0', 'fail2ban 0.11.1-r0'] }), without(netAdmin, 'CONFIG_NF_TABLES_NETDEV'), 'PL6006', /NETDEV|netdev/, { base: netAdmin, kernel: { config: { CONFIG_NF_TABLES: 'm', CONFIG_NF_TABLES_NETDEV: 'y' } }, modules: ['nf_tables', 'nf_tables_netdev'] }],
  ['mailserver-nft-sets', 'fail2ban’s nftables where the kernel has none', 'docker-mailserver/docker-mailserver#3897', starts(['/usr/bin/fail2ban-server'], { os: 'debian 12', dpkg: ['fail2ban 1.0.2-2', 'nftables 1.0.6-2+deb12u2'], files: { '/etc/fail2ban/jail.local': '[DEFAULT]\nbanaction = nftables-multiport\n', '/usr/sbin/nft': program } }), without(netAdmin, 'CONFIG_NF_TABLES'), 'PL6006', /nf_tables|NF_TABLES/, `${netAdmin}+module:nf_tables+module:nft_ct+module:nft_counter`],
  ['bouncer-nft', 'crowdsec’s firewall bouncer on a kernel of one’s own', 'crowdsecurity/cs-firewall-bouncer#343', goApp('/usr/bin/crowdsec-firewall-bouncer', ['github.com/crowdsecurity/cs-firewall-bouncer v0.0.28', 'github.com/google/nftables v0.1.0']), without(netAdmin, 'CONFIG_NF_TABLES'), 'PL6006', /nf_tables|NF_TABLES/, `${netAdmin}+module:nf_tables`],
  ['coreos-nft', 'nft on a kernel without nf_tables', 'coreos/bugs#1421', script('nft -f /etc/nftables/ipv4-filter\nexec sleep infinity', { os: 'fedora 24', rpm: ['nftables 0.5-3.fc24'] }), without('debian:9+docker:1.11+privileged', 'CONFIG_NF_TABLES'), 'PL6006', /nf_tables|NF_TABLES/, 'debian:9+docker:17.03+privileged+module:nf_tables'],
  ['fail2ban-multiport', 'iptables -m multiport in LXC', 'fail2ban/fail2ban#3192', script('iptables -w -I INPUT -p tcp -m multiport --dports ssh -j f2b-sshd', { os: 'debian 11', dpkg: ['iptables 1.8.7-1', 'fail2ban 0.11.2-2'] }), { base: `${deb12}+cap-add:NET_ADMIN`, kernel: { config: { CONFIG_NETFILTER_XT_MATCH_MULTIPORT: 'n' } }, modules: ['nf_tables', 'ip_tables', 'iptable_filter', 'nft_compat'], modulesAvailable: [] }, 'PL6006', /multiport/i, { base: `${deb12}+cap-add:NET_ADMIN`, kernel: { config: { CONFIG_NETFILTER_XT_MATCH_MULTIPORT: 'm' } } }],
  ['mikopbx-legacy', 'legacy iptables on Alpine’s 6.12 with nf_tables alone', 'mikopbx/Core#1011', script('iptables -A INPUT -j fail2ban\nexec asterisk -f', { os: 'debian 12', files: { '/usr/sbin/iptables': { link: 'xtables-legacy-multi' }, '/usr/sbin/xtables-legacy-multi': program } }), { base: `${deb12}+cap-add:NET_ADMIN`, kernel: { release: '6.12.49-0-lts', base: '6.12' }, modules: ['nf_tables', 'nft_compat', 'x_tables'], modulesAvailable: [] }, 'PL6007', /nft|ip_tables/, `${netAdmin}+module:ip_tables+module:iptable_filter+module:iptable_nat`],
  ['qbittorrentvpn-nixos', 'iptables of the image on a host of nftables alone', 'binhex/arch-qbittorrentvpn#283', script('iptables -P INPUT DROP\niptables -A INPUT -i tun0 -j ACCEPT', { os: 'arch', files: { '/usr/sbin/iptables': { link: 'xtables-legacy-multi' }, '/usr/sbin/xtables-legacy-multi': program } }), { base: `${deb12}+cap-add:NET_ADMIN`, kernel: { release: '6.11.5', base: '6.11' }, modules: ['nf_tables'], modulesAvailable: [] }, 'PL6007', /modprobe|nft|ip_tables/, `${netAdmin}+module:ip_tables+module:iptable_filter+module:iptable_nat`],
  // IPv6
  ['mailcow-nginx-ipv6', 'nginx listens on [::] where IPv6 is off', 'mailcow/mailcow-dockerized#4576', nginxConf('server {\n  listen 8080;\n  listen [::]:8080;\n}\n'), noIpv6, 'PL6001', /\[::\]|IPv6/, deb12],
  ['speedtest-tracker-ipv6', 'the image’s nginx has an IPv6 listener', 'alexjustesen/speedtest-tracker#2094', { ...nginxConf(''), files: { '/usr/sbin/nginx': program, '/defaults/nginx/site-confs/default.conf.sample': 'server {\n    listen 80 default_server;\n    listen [::]:80 default_server;\n}\n' } }, noIpv6, 'PL6001', /\[::\]|IPv6/, deb12],
  ['ddev-ipv6', 'nginx started by supervisord', 'ddev/ddev#2170', { os: 'debian 10', entrypoint: ['/usr/bin/supervisord'], files: { '/usr/bin/supervisord': program, '/usr/sbin/nginx': program, '/etc/nginx/sites-enabled/nginx-site.conf': 'server {\n    listen 80 default_server;\n    listen [::]:80 default_server ipv6only=on;\n}\n' } }, noIpv6, 'PL6001', /\[::\]|IPv6/, deb12],
  ['collabora-ipv6', 'Collabora Online on a kernel without IPv6', 'CollaboraOnline/online#3102', starts(['/usr/bin/loolwsd'], { dpkg: ['loolwsd 6.4.10-10'] }), { base: deb12, kernel: { config: { CONFIG_IPV6: 'n' } } }, 'PL6001', /IPv6|net\.proto/, deb12],
  ['pbs-ipv6', 'Proxmox Backup’s proxy binds [::]', 'ayufan/pve-backup-server-dockerfiles#40', starts(['/usr/lib/x86_64-linux-gnu/proxmox-backup/proxmox-backup-proxy'], { dpkg: ['proxmox-backup-server 3.0.2-1'], files: { '/usr/lib/x86_64-linux-gnu/proxmox-backup/proxmox-backup-proxy': { elf: { type: 'executable', strings: ['[::]:8007'] } } } }), noIpv6, 'PL6001', /IPv6/, deb12],
  ['docker-20.10.6-ipv6', 'Docker 20.10.6 publishes ports where IPv6 is off', 'moby/moby#42288', starts(['/usr/sbin/nginx']), { base: 'debian:10+docker:20.10.6', kernel: { commandLine: 'ipv6.disable=1' } }, 'PL3005', /20\.10\.7|0\.0\.0\.0/, { base: 'debian:10+docker:20.10.8', kernel: { commandLine: 'ipv6.disable=1' } }],
  // Limits
  ['xinetd-nofile', 'xinetd closes every possible file', 'moby/moby#44547', starts(['/usr/sbin/xinetd', '-dontfork'], { dpkg: ['xinetd 1:2.3.15.3-1'] }), huge, 'PL6003', /nofile/, usual],
  ['mongo-pids', 'threads beyond podman’s limit of processes', 'podman-container-tools/podman#17647', starts(['/usr/bin/mongod'], { os: 'ubuntu 22.04', dpkg: ['mongodb-org-server 6.0.4'] }), { base: 'rhel:9.1+podman', container: { pidsLimit: 2048 } }, 'PL6002', /pids-limit|nproc/, { base: 'rhel:9.1+podman', container: { pidsLimit: 1_000_000 } }],
  ['kind-podman-pids', 'a Kubernetes node under podman’s limit of processes', 'kubernetes-sigs/kind#2830', { os: 'ubuntu 22.04', entrypoint: ['/usr/local/bin/entrypoint', '/sbin/init'], files: { '/bin/bash': program, '/usr/local/bin/entrypoint': '#!/bin/bash\nexec "$@"\n', '/usr/bin/kubelet': program, '/sbin/init': { link: '/lib/systemd/systemd' }, '/lib/systemd/systemd': program } }, { base: 'fedora:36+podman+privileged', container: { pidsLimit: 2048 } }, 'PL6002', /pids-limit/, { base: 'fedora:36+podman+privileged', container: { pidsLimit: 1_000_000 } }],
  ['sysbox-keys', 'an engine inside runs out of kernel keys', 'nestybox/sysbox#332', starts(['/usr/local/bin/dockerd'], { os: 'alpine 3.13', env: { DOCKER_VERSION: '20.10.7' } }), { base: 'ubuntu:20.04+docker:20.10+privileged', container: { userNamespace: true }, sysctls: { 'kernel.keys.maxkeys': '200', 'kernel.keys.maxbytes': '20000' } }, 'PL5009', /maxkeys/, { base: 'ubuntu:20.04+docker:20.10+privileged', sysctls: { 'kernel.keys.maxkeys': '20000', 'kernel.keys.maxbytes': '2000000' } }],
  ['aspnet-inotify', 'ASP.NET Core runs out of inotify instances', 'dotnet/aspnetcore#7531', dotnet('/app/web.dll'), instances('128'), ['PL6001', 'note'], /max_user_instances/, instances('8192')],
  ['jellyfin-inotify', 'Jellyfin runs out of inotify instances', 'siutsin/otaru#3169', starts(['/jellyfin/jellyfin'], { files: { '/jellyfin/jellyfin.dll': 'MZ', '/jellyfin/jellyfin.deps.json': '{}', '/jellyfin/libcoreclr.so': { elf: { type: 'shared-library' } } } }), instances('128'), ['PL6001', 'note'], /max_user_instances/, instances('1024')],
  ['synoai-inotify', 'a .NET program runs out of inotify instances', 'djdd87/SynoAI#196', dotnet('/app/SynoAI.dll'), instances('128'), ['PL6001', 'note'], /max_user_instances/, instances('512')],
  ['nixos-systemd-inotify', 'systemd in containers runs out of inotify instances', 'NixOS/nixops#890', starts(['/lib/systemd/systemd'], { dpkg: ['systemd 252'] }), { base: 'debian:12+nspawn', sysctls: { 'fs.inotify.max_user_instances': '128' } }, ['PL6001', 'note'], /max_user_instances/, { base: 'debian:12+nspawn', sysctls: { 'fs.inotify.max_user_instances': '8192' } }],
  // FIPS mode
  ['certbot-md5', 'certbot in FIPS mode', 'certbot/certbot#7075', pip('certbot', '0.34.2', { os: 'rhel 7.6', rpm: ['openssl-libs 1:1.0.2k-16.el7', 'python2-certbot 0.34.2-1.el7'] }), 'rhel:7.6+docker:1.13+fips', 'PL6013', /md5|MD5|FIPS/, 'rhel:7.6+docker:1.13'],
  ['vitest-md5', 'vitest in FIPS mode', 'vitest-dev/vitest#8080', ubi(npm('vitest', '3.1.4')), fipsUbi, 'PL6013', /md5|MD5|FIPS/, 'rhel:8.10+podman'],
  // Storage
  ['rustup-overlay', 'rustup renames directories of a lower layer', 'rust-lang/rustup#1239', script('rustup update stable\nexec cargo build', { files: { '/usr/local/cargo/bin/rustup': program } }), { base: deb12, storage: { redirectDir: false } }, 'PL3010', /volume|image|layer/, `${deb12}+storage:vfs`],
  ['createrepo-overlay', 'createrepo_c renames repodata of a lower layer', 'rpm-software-management/createrepo_c#266', script('createrepo_c /repo', { os: 'fedora 33', rpm: ['createrepo_c 0.17.2-1.fc33'] }), { base: deb12, storage: { redirectDir: false } }, 'PL3010', /volume|0\.17\.|layer/, `${deb12}+storage:vfs`],
  ['nfs-chown-mysql', 'an entry script changes owners on NFS', 'kubernetes-retired/nfs-provisioner#39', script('chown -R mysql:mysql /var/lib/mysql\nexec mysqld'), nfs('/var/lib/mysql'), 'PL6017', /root_squash/, local('/var/lib/mysql')],
  ['sabnzbd-nfs', 'an entry script changes owners on NFS', 'domibarton/docker-sabnzbd#5', script('set -e\nchown -R sabnzbd:sabnzbd /datadir /media\nexec su -c sabnzbd'), nfs('/datadir'), 'PL6017', /root_squash/, local('/datadir')],
  ['mongo-nfs', 'MongoDB cannot lock its file on NFS', 'moby/moby#34543', starts(['/usr/bin/mongod'], { os: 'debian 8', dpkg: ['mongodb-org-server 3.4.7'] }), nfs('/data/db'), 'PL6017', /NFS|lock|local/, local('/data/db')],
  // The engine’s interface
  ['docker-hoster-api', 'docker-py of API 1.35', 'dvddarias/docker-hoster#23', pip('docker', '3.7.0'), 'debian:13+docker:29.0', 'PL3006', /docker|API/, 'debian:13+docker:28.0'],
  ['docker-stable-cli', 'docker:stable of API 1.40', 'distribution/distribution-library-image#193', starts(['/usr/local/bin/docker'], { env: { DOCKER_VERSION: '19.03.14' }, os: 'alpine 3.12' }), 'debian:13+docker:29.0', 'PL3006', /API|newer|upgrade/, 'debian:13+docker:28.0'],
  // Kernel headers, profilers
  ['falco-headers', 'falco’s kernel module without kernel headers', 'falcosecurity/falco#425', { os: 'debian 10', entrypoint: ['/docker-entrypoint.sh'], files: { '/bin/bash': program, '/docker-entrypoint.sh': '#!/bin/bash\nln -s $SYSDIG_HOST_ROOT/usr/src/$i /usr/src/$i\n/usr/bin/falco-probe-loader\nexec "$@"\n', '/usr/bin/falco-probe-loader': '#!/bin/bash\ndkms install -m falco -v 0.12.1 -k $(uname -r)\nmodprobe falco-probe\n', '/usr/bin/falco': program } }, { base: 'debian:9+docker:17.03+privileged', kernel: { release: '4.4.111+', base: '4.4' }, distribution: { id: 'cos' }, modules: [], modulesAvailable: [] }, 'PL6006', /headers|modern|driver/, { image: starts(['/usr/bin/app']) }],
  ['falco-bpf-headers', 'falco’s BPF probe without kernel headers', 'falcosecurity/falco#938', { os: 'debian 10', entrypoint: ['/docker-entrypoint.sh', '/usr/bin/falco'], env: { FALCO_BPF_PROBE: '' }, files: { '/bin/bash': program, '/docker-entrypoint.sh': '#!/bin/bash\n/usr/bin/falco-probe-loader bpf\nexec "$@"\n', '/usr/bin/falco-probe-loader': '#!/bin/bash\nmake -C /usr/src/falco-0.18.0/bpf\n', '/usr/bin/falco': program } }, 'ubuntu:18.04+docker:18.09+privileged', 'PL6006', /headers|modern|driver/, { image: starts(['/usr/bin/app']) }],
  ['async-profiler-seccomp', 'async-profiler in a container', 'async-profiler/async-profiler#1088', { os: 'debian 12', entrypoint: ['/usr/bin/java', '-agentpath:/home/xx/libasyncProfiler.so=start', '-jar', '/app.jar'], files: { '/usr/bin/java': program, '/home/xx/libasyncProfiler.so': { elf: { type: 'shared-library', soname: 'libasyncProfiler.so', strings: ['perf_event_open for TID %d failed: %s', 'sysctl kernel.perf_event_paranoid=1'] } }, '/app.jar': 'PK' } }, deb12, ['PL6001', 'note'], /PERFMON|SYS_ADMIN|seccomp|ctimer/, `${deb12}+privileged`],
  ['async-profiler-paranoid', 'async-profiler on GitHub’s runners', 'async-profiler/async-profiler#388', { ...withJar('async-profiler-2.0.jar'), files: { ...withJar('async-profiler-2.0.jar').files, '/opt/async-profiler/build/libasyncProfiler.so': { elf: { type: 'shared-library', strings: ['perf_event_open failed: %s'] } } } }, { base: 'ubuntu:20.04+engine:none+user:1001', sysctls: { 'kernel.perf_event_paranoid': '4', 'kernel.kptr_restrict': '1' } }, ['PL6001', 'note'], /perf_event_paranoid/, { base: 'ubuntu:20.04+engine:none+user:1001', sysctls: { 'kernel.perf_event_paranoid': '1', 'kernel.kptr_restrict': '0' } }],
  // systemd and D-Bus
  ['systemctl-without-systemd', 'a script calls systemctl where systemd does not run', 'systemd/systemd#1224', script('systemctl start nginx\ntail -f /dev/null', { os: 'debian 9', dpkg: ['systemd 225-1'] }), deb12, 'PL5011', /systemd|directly/, { image: starts(['/lib/systemd/systemd'], { dpkg: ['systemd 252'] }) }],
  // GPUs
  ['rocm-kfd', 'ROCm without /dev/kfd', 'ROCm/legacy-rocm-build#1798', { os: 'ubuntu 20.04', dpkg: ['rocm-dev 5.2.0.50200-65', 'rocminfo 1.0.0.50200-65', 'hsa-rocr 1.5.0.50200-65'], entrypoint: ['/opt/rocm-5.2.0/bin/rocminfo'], files: { '/opt/rocm-5.2.0/bin/rocminfo': program, '/opt/rocm-5.2.0/lib/libhsa-runtime64.so.1.5.50200': { elf: { type: 'shared-library', soname: 'libhsa-runtime64.so.1', strings: ['/dev/kfd'] } } } }, 'arch+docker', 'PL6005', /\/dev\/kfd/, 'arch+docker+device:/dev/kfd+device:/dev/dri/renderD128+device:/dev/dri'],
  ['sd-webui-rocm-kfd', 'PyTorch’s ROCm wheel without /dev/kfd', 'hydrian/stable-diffusion-webui-rocm#17', pip('torch', '2.0.1+rocm5.4.2', { files: { '/usr/local/lib/python3.11/site-packages/torch/lib/libhsa-runtime64.so': { elf: { type: 'shared-library', soname: 'libhsa-runtime64.so.1', strings: ['/dev/kfd'] } } } }), deb12, 'PL6005', /\/dev\/kfd/, `${deb12}+device:/dev/kfd+device:/dev/dri/renderD128+device:/dev/dri`],
  // Nested
  ['buildah-ocp-fuse', 'buildah without /dev/fuse in OpenShift', 'podman-container-tools/buildah#2084', { os: 'fedora 31', rpm: ['buildah 1.11.3-1.fc31', 'fuse-overlayfs 0.7.2-1.fc31'], files: { '/usr/bin/buildah': program, '/usr/bin/fuse-overlayfs': program, '/etc/containers/storage.conf': '[storage]\ndriver = "overlay"\n[storage.options]\nmount_program = "/usr/bin/fuse-overlayfs"\n' } }, 'openshift:4.10', 'PL3007', /\/dev\/fuse|vfs/, 'openshift:4.10+device:/dev/fuse'],
  ['buildah-kind-fuse', 'buildah without /dev/fuse in kind', 'podman-container-tools/buildah#3688', { os: 'fedora 34', rpm: ['buildah 1.23.1-1.fc34', 'fuse-overlayfs 1.7-1.fc34'], env: { BUILDAH_ISOLATION: 'chroot', _BUILDAH_STARTED_IN_USERNS: '' }, files: { '/usr/bin/buildah': program, '/usr/bin/fuse-overlayfs': program, '/etc/containers/storage.conf': '[storage]\ndriver = "overlay"\n[storage.options.overlay]\nmount_program = "/usr/bin/fuse-overlayfs"\n' } }, 'debian:12+containerd:1.5', 'PL3007', /\/dev\/fuse|vfs/, 'debian:12+containerd:1.5+device:/dev/fuse+privileged'],
  ['dind-rootless-k8s', 'docker:dind-rootless in a cluster', 'docker/buildx#1364', { os: 'alpine 3.16', env: { DOCKER_VERSION: '20.10.18' }, user: 'rootless', entrypoint: ['dockerd-entrypoint.sh'], files: { '/bin/sh': program, '/usr/local/bin/dockerd-entrypoint.sh': '#!/bin/sh\nexec rootlesskit --net=vpnkit dockerd\n', '/usr/local/bin/rootlesskit': program, '/usr/local/bin/dockerd': program, '/usr/bin/newuidmap': { elf: { type: 'executable' }, mode: 0o4755 } } }, 'debian:12+containerd:1.6', 'PL5005', /privileged|seccomp/, 'debian:12+containerd:1.6+privileged'],
  // Control groups
  ['kubelet-1.18-v2', 'kubelet 1.18 on cgroup v2', 'kubernetes/kubernetes#90710', starts(['/usr/local/bin/kubelet'], { env: { KUBELET_VERSION: 'v1.18.2' }, files: { '/usr/local/bin/kubelet': { elf: { type: 'executable', go: '1.13.9', goModules: ['k8s.io/kubernetes v1.18.2', 'github.com/opencontainers/runc v1.0.0-rc10', 'github.com/google/cadvisor v0.35.0'] } } } }), 'fedora:32+containerd:1.3+privileged', 'PL4001', /1\.19|unified_cgroup_hierarchy|kubelet/, 'ubuntu:20.04+containerd:1.3+privileged'],
  ['kubelet-1.18-jammy', 'a package of kubelet 1.18 on Ubuntu 22.04', 'buxiaomo/kubeasy#12', starts(['/usr/bin/kubelet'], { os: 'ubuntu 22.04', dpkg: ['kubelet 1.18.20-00'] }), 'ubuntu:22.04+docker:20.10+privileged', 'PL4001', /1\.19|unified_cgroup_hierarchy|kubelet/, 'ubuntu:20.04+docker:20.10+privileged'],
  ['kubemem-v1', 'a small C program that reads cgroup v1 files', '16Bitt/kubemem#7', { os: 'alpine 3.18', entrypoint: ['/kubemem'], files: { '/kubemem': { elf: { type: 'executable', strings: ['/sys/fs/cgroup/memory/memory.limit_in_bytes', '/sys/fs/cgroup/memory/memory.usage_in_bytes'] } } } }, 'ubuntu:22.04+containerd:1.7', 'PL4004', /memory\.max|v2/, 'ubuntu:20.04+containerd:1.7'],
  ['k3s-1.19-v2', 'k3s 1.19 on cgroup v2', 'k3d-io/k3d#493', starts(['/bin/k3s', 'server'], { env: {}, files: { '/bin/k3s': { elf: { type: 'executable', go: '1.15.5', goModules: ['k8s.io/kubernetes v1.19.4'] } } } }), 'fedora:33+docker:20.10+privileged', 'PL4001', /1\.20|k3s|unified/, 'ubuntu:20.04+docker:20.10+privileged'],
  // More of each
  ['k3s-musl-wildcard', 'musl and a search domain that answers all', 'k3s-io/k3s#6132', { os: 'alpine 3.16', entrypoint: ['/bin/busybox'], apk: ['musl 1.2.3-r0'], files: { '/bin/busybox': program, '/lib/ld-musl-x86_64.so.1': program } }, { base: 'debian:12+containerd:1.6', resolver: { search: ['default.svc.cluster.local', 'svc.cluster.local', 'cluster.local', '.'], ndots: 5 } }, 'PL6012', /ndots|search/, { base: 'debian:12+containerd:1.6', resolver: { search: [], ndots: 1 } }],
  ['microk8s-musl', 'musl stops at a SERVFAIL', 'thought-machine/dracon#88', { os: 'alpine 3.12', apk: ['musl 1.1.24-r9'], entrypoint: ['/bin/busybox'], files: { '/bin/busybox': program } }, { base: 'ubuntu:20.04+containerd:1.4', resolver: { search: ['ns.svc.cluster.local', 'svc.cluster.local', 'cluster.local', 'corp.example'], ndots: 5 } }, 'PL6012', /ndots/, { base: 'ubuntu:20.04+containerd:1.4', resolver: { search: [], ndots: 1 } }],
  ['alpine-3.3-search', 'Alpine before 3.4 knows no search domains', 'janeczku/docker-alpine-kubernetes#4', { os: 'alpine 3.3', apk: ['musl 1.1.12-r3'], entrypoint: ['/bin/busybox'], files: { '/bin/busybox': program } }, { base: 'debian:8+docker:1.9', resolver: { search: ['default.svc.cluster.local'], ndots: 5 } }, 'PL6012', /3\.4|search/, { base: 'debian:8+docker:1.9', resolver: { search: [], ndots: 1 } }],
  ['dockerc-sudo', 'sudo under no-new-privileges', 'NilsIrl/dockerc#53', starts(['/usr/sbin/sshd', '-D'], { dpkg: ['sudo 1.9.13p3-1', 'openssh-server 1:9.2p1-2'], files: { '/usr/bin/sudo': { elf: { type: 'executable' }, mode: 0o4755 } } }), `${deb12}+no-new-privileges`, 'PL5007', /no-new-privileges|NoNewPrivileges|allowPrivilegeEscalation/i, deb12],
  ['fixuid-nnp', 'fixuid without its setuid bit', 'boxboat/fixuid#9', { os: 'debian 9', user: '1000', entrypoint: ['/usr/local/bin/fixuid'], files: { '/usr/local/bin/fixuid': { elf: { type: 'executable', go: '1.10' }, mode: 0o4755 } } }, 'debian:9+docker:17.12+no-new-privileges', 'PL5007', /no-new-privileges/i, 'debian:9+docker:17.12'],
  ['runc-suid', 'setuid under runc’s default of noNewPrivileges', 'opencontainers/runc#705', { os: 'debian 8', user: '1000', entrypoint: ['/bin/su'], files: { '/bin/su': { elf: { type: 'executable' }, mode: 0o4755 } } }, { base: 'debian:8+docker:1.11', container: { noNewPrivileges: true } }, 'PL5007', /no-new-privileges|noNewPrivileges/i, 'debian:8+docker:1.11'],
  ['reflector-read-only', '.NET 7 on a read-only root', 'emberstack/kubernetes-reflector#381', { ...dotnet('/app/ES.Kubernetes.Reflector.dll'), env: { DOTNET_VERSION: '7.0.12' } }, readOnly, 'PL3009', /tmp|DOTNET_EnableDiagnostics/, deb12],
  ['pocket-id-read-only', 'an entry script adds groups and users', 'pocket-id/pocket-id#323', script('echo "Creating user and group..."\naddgroup -g 1000 pocket-id-group\nadduser -u 1000 -G pocket-id-group pocket-id\nexec su-exec pocket-id app', { os: 'alpine 3.21' }), readOnly, 'PL3009', /tmpfs|volume|read-only/, deb12],
  ['privatebin-read-only', 'nginx and php-fpm under supervisord', 'jgeusebroek/docker-privatebin#10', { os: 'alpine 3.11', apk: ['nginx 1.16.1-r6', 'php7-fpm 7.3.13-r0'], entrypoint: ['/usr/bin/supervisord'], files: { '/usr/bin/supervisord': program, '/usr/sbin/nginx': program } }, readOnly, 'PL3009', /tmpfs|volume|\/var/, deb12],
  ['nginx-unprivileged-read-only', 'nginx-unprivileged on a read-only root', 'mitos-run/mitos#543', starts(['/usr/sbin/nginx', '-g', 'daemon off;'], { user: '101', env: { NGINX_VERSION: '1.27.0' } }), readOnly, 'PL3009', /\/var\/cache\/nginx|tmpfs/, deb12],
  ['bcc-lockdown', 'bcc under lockdown', 'iovisor/bcc#2565', starts(['/usr/share/bcc/tools/execsnoop'], { dpkg: ['bpfcc-tools 0.12.0-2'] }), { base: 'ubuntu:20.04+docker:20.10+privileged', lsm: { active: ['lockdown', 'yama', 'apparmor'] }, kernel: { commandLine: 'lockdown=confidentiality' } }, 'PL1013', /lockdown/, { base: 'ubuntu:20.04+docker:20.10+privileged', kernel: { commandLine: 'ro quiet' } }],
  ['bpftrace-lockdown', 'bpftrace under lockdown', 'bpftrace/bpftrace#853', starts(['/usr/bin/bpftrace'], { dpkg: ['bpftrace 0.14.0-1'] }), { base: 'ubuntu:22.04+docker:24.0+privileged', kernel: { commandLine: 'ro lockdown=confidentiality' } }, 'PL1013', /lockdown/, { base: 'ubuntu:22.04+docker:24.0+privileged', kernel: { commandLine: 'ro' } }],
  ['podtrace-lockdown', 'a Go program of eBPF under lockdown', 'gma1k/podtrace#160', goApp('/podtrace', ['github.com/gma1k/podtrace v0.1.0', 'github.com/cilium/ebpf v0.19.0']), { base: 'debian:13+containerd:2.0+privileged', kernel: { commandLine: 'lockdown=confidentiality' } }, 'PL1013', /lockdown/, 'debian:13+containerd:2.0+privileged'],
  ['nspawn-bpf', 'eBPF in systemd-nspawn', 'systemd/systemd#26572', pip('bcc', '0.26.0', { dpkg: ['python3-bpfcc 0.26.0'] }), 'debian:12+nspawn', 'PL1013', /SYS_ADMIN|bpf|BPF|filter/, { image: starts(['/usr/bin/app']) }],
  ['wand-docker-client', 'the client of docker:24 with Engine 29', 'solero/wand#44', starts(['/usr/local/bin/docker'], { os: 'alpine 3.18', env: { DOCKER_VERSION: '24.0.7' } }), 'ubuntu:24.04+docker:29.1', 'PL3006', /newer|API/, 'ubuntu:24.04+docker:28.0'],
  ['nagios-docker-py', 'docker-py 4 with Engine 29', 'HariSekhon/Nagios-Plugins#434', pip('docker', '4.4.4'), 'debian:12+docker:29.0', 'PL3006', /auto|newer/, 'debian:12+docker:27.0'],
  ['terok-keys', 'rootless podman runs out of keys', 'terok-ai/terok#569', starts(['/usr/bin/podman', 'system', 'service'], { os: 'fedora 41', rpm: ['podman 5.3.1-1.fc41'] }), { base: 'fedora:41+podman+rootless', sysctls: { 'kernel.keys.maxkeys': '200' } }, 'PL5009', /maxkeys/, { base: 'fedora:41+podman+rootless', sysctls: { 'kernel.keys.maxkeys': '20000' } }],
  ['minikube-pids', 'minikube’s node under podman', 'kubernetes/minikube#19820', starts(['/sbin/init'], { files: { '/usr/bin/kubelet': program, '/sbin/init': { link: '/lib/systemd/systemd' }, '/lib/systemd/systemd': program } }), { base: 'rhel:9.4+podman+privileged', container: { pidsLimit: 2048 } }, 'PL6002', /pids-limit/, { base: 'rhel:9.4+podman+privileged', container: { pidsLimit: 1_000_000 } }],
  ['opensuse-systemctl', 'systemctl where systemd does not run', 'openSUSE/docker-containers#1', script('systemctl restart mysql.service\nsleep infinity', { os: 'opensuse 13.2', rpm: ['systemd 210-25'] }), 'debian:8+docker:1.5', 'PL5011', /systemd/, { image: script('exec mysqld') }],
  ['aisix-drop-all', 'a file capability where all are dropped', 'api7/aisix#714', { user: '10001', entrypoint: ['/usr/local/bin/aisix'], files: { '/usr/local/bin/aisix': { elf: { type: 'executable' }, capabilities: ['cap_net_bind_service'] } } }, 'debian:12+containerd:1.7+cap-drop:ALL', 'PL5006', /NET_BIND_SERVICE/, 'debian:12+containerd:1.7'],
  ['rancher-mongo-nfs', 'MongoDB on NFS', 'rancher/rancher#9403', starts(['/usr/bin/mongod'], { os: 'debian 8', dpkg: ['mongodb-org-server 3.4.6'] }), nfs('/data/db'), 'PL6017', /NFS|nfs|local/, local('/data/db')],
  ['lancache-nfs', 'an entry script changes owners on NFS', 'lancachenet/monolithic#36', script('chown -R www-data:www-data /data/cache\nexec supervisord'), nfs('/data/cache'), 'PL6017', /root_squash/, local('/data/cache')],
];

incidentSuite('field-confinement', incidentsOf(rows));
