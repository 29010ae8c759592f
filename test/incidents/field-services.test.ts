// Failures of services by limits, capabilities, devices, control groups, mounts and the engine’s interface, from issues
// of many projects, one line each.
import { type Fixture, muslFiles } from './harness/fixture.ts';
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

const deb12 = 'debian:12+docker:24.0';
const huge = `${deb12}+ulimit:nofile=1073741816`;
const usual = `${deb12}+ulimit:nofile=1048576`;
const noNft = (release: string) => ({
  base: 'debian:12+docker:24.0+cap-add:NET_ADMIN',
  kernel: {
    release,
    base: release.split('.').slice(0, 2).join('.'),
    config: { CONFIG_NF_TABLES: 'n', CONFIG_IP_NF_IPTABLES: 'y' },
  },
  modules: ['ip_tables', 'iptable_nat', 'iptable_filter'],
  modulesAvailable: [],
});
const nftImage = (more: Fixture = {}): Fixture =>
  script('iptables -t nat -A POSTROUTING -o eth0 -j MASQUERADE\nexec /usr/bin/app', {
    dpkg: ['iptables 1.8.9-2'],
    ...more,
    files: {
      '/usr/sbin/iptables': { link: '/etc/alternatives/iptables' },
      '/etc/alternatives/iptables': { link: '/usr/sbin/iptables-nft' },
      '/usr/sbin/iptables-nft': { link: 'xtables-nft-multi' },
      '/usr/sbin/xtables-nft-multi': program,
      '/usr/bin/app': program,
    },
  });
const noexecTmp = `${deb12}+tmpfs:/tmp=noexec,nosuid`;
const execTmp = `${deb12}+tmpfs:/tmp=exec`;
const readOnly = `${deb12}+read-only`;

// biome-ignore format: one line an incident
const rows: readonly Row[] = [
  // iptables
  ['linkerd-cos', 'linkerd’s proxy-init on nodes without nftables', 'linkerd/linkerd2#9053', nftImage(), noNft('5.10.109-cos'), 'PL6007', /legacy/, 'debian:12+docker:24.0+cap-add:NET_ADMIN+module:nf_tables+module:nf_nat'],
  ['qnap-sabnzbdvpn', 'Arch’s nft iptables on QNAP', 'binhex/arch-sabnzbdvpn#55', { ...nftImage(), os: 'arch' }, noNft('5.10.60-qnap'), 'PL6007', /legacy/, 'debian:12+docker:24.0+cap-add:NET_ADMIN+module:nf_tables+module:nf_nat'],
  ['wireguard-ui-synology', 'wireguard-ui on Synology', 'ngoduykhanh/wireguard-ui#659', script('iptables -A FORWARD -i wg0 -j ACCEPT', { os: 'alpine 3.20', apk: ['iptables 1.8.10-r3'], files: { '/sbin/iptables': { link: '/sbin/xtables-nft-multi' }, '/sbin/xtables-nft-multi': program } }), noNft('4.4.302+'), 'PL6007', /legacy/, 'debian:12+docker:24.0+cap-add:NET_ADMIN+module:nf_tables+module:nf_nat'],
  ['wg-easy-6.18', 'legacy iptables on a kernel without its tables', 'wg-easy/wg-easy#2627', script('iptables -t nat -A POSTROUTING -j MASQUERADE', { os: 'alpine 3.20', apk: ['iptables-legacy 1.8.10-r3'], files: { '/usr/sbin/iptables': { link: '/usr/sbin/iptables-legacy' }, '/usr/sbin/iptables-legacy': { link: 'xtables-legacy-multi' }, '/usr/sbin/xtables-legacy-multi': program } }), { base: 'raspios:13+arch:aarch64+cap-add:NET_ADMIN', kernel: { release: '6.18.29+rpt-rpi-2712', base: '6.18', config: { CONFIG_IP_NF_IPTABLES_LEGACY: 'n', CONFIG_NETFILTER_XTABLES_LEGACY: 'n' } }, modules: ['nf_tables'], modulesAvailable: [] }, 'PL6007', /nft/, 'debian:12+docker:24.0+cap-add:NET_ADMIN+module:ip_tables+module:iptable_nat+module:iptable_filter'],
  ['wg-easy-arch-nft', 'legacy iptables where only nftables is loaded', 'wg-easy/wg-easy#1335', script('iptables -t nat -A POSTROUTING -j MASQUERADE', { os: 'alpine 3.18', apk: ['iptables-legacy 1.8.9-r2'], files: { '/sbin/iptables': { link: '/sbin/iptables-legacy' }, '/sbin/iptables-legacy': { link: 'xtables-legacy-multi' }, '/sbin/xtables-legacy-multi': program } }), 'arch+cap-add:NET_ADMIN+module:nf_tables+no-module:ip_tables+no-module:iptable_nat', 'PL6007', /nft|modprobe/, 'debian:12+docker:24.0+cap-add:NET_ADMIN+module:ip_tables+module:iptable_nat+module:iptable_filter'],
  ['wsl-xt-recent', 'iptables -m recent on WSL 2', 'microsoft/WSL#11140', script('iptables -A INPUT -m recent --set -j ACCEPT', { dpkg: ['iptables 1.8.9-2'] }), { base: `${deb12}+cap-add:NET_ADMIN`, kernel: { release: '5.15.133.1-microsoft-standard-WSL2', base: '5.15', config: { CONFIG_NETFILTER_XT_MATCH_RECENT: 'n' }, configComplete: true } }, 'PL6006', /XT_MATCH_RECENT|kernel/, { base: `${deb12}+cap-add:NET_ADMIN`, kernel: { release: '5.15.133', base: '5.15', config: { CONFIG_NETFILTER_XT_MATCH_RECENT: 'y', CONFIG_IP_NF_IPTABLES: 'y', CONFIG_NF_TABLES: 'y' } } }],
  // Limits
  ['dockware-lsof', 'lsof closes every possible file', 'dockware/dockware#167', script('PID=$(lsof -t -i:80)', { os: 'ubuntu 20.04', dpkg: ['lsof 4.93.2+dfsg-1ubuntu0.20.04.1'], files: { '/usr/bin/lsof': program } }), huge, 'PL6003', /nofile/, usual],
  ['netdata-nofile', 'netdata closes every possible file', 'netdata/netdata#14062', starts(['/usr/sbin/netdata']), huge, 'PL6003', /nofile/, usual],
  ['watchman-nofile', 'watchman closes every possible file', 'facebook/watchman#1130', starts(['/usr/local/bin/watchman']), huge, 'PL6003', /nofile/, usual],
  ['tooljet-inotify', 'chokidar runs out of watches', 'ToolJet/ToolJet#198', { os: 'debian 12', entrypoint: ['/usr/local/bin/node', 'server.js'], env: { NODE_VERSION: '14.17.3' }, files: { '/usr/local/bin/node': program, '/app/node_modules/webpack-dev-server/package.json': '{"name":"webpack-dev-server","version":"4.0.0"}', '/app/node_modules/chokidar/package.json': '{"name":"chokidar","version":"3.5.2"}' } }, { base: deb12, sysctls: { 'fs.inotify.max_user_watches': '8192' } }, 'PL6001', /max_user_watches/, { base: deb12, sysctls: { 'fs.inotify.max_user_watches': '524288' } }],
  ['code-server-inotify', 'code-server in a large workspace', 'coder/code-server#628', starts(['/usr/lib/code-server/bin/code-server'], { dpkg: ['code-server 4.11.0'] }), { base: deb12, sysctls: { 'fs.inotify.max_user_watches': '8192' } }, 'PL6001', /max_user_watches/, { base: deb12, sysctls: { 'fs.inotify.max_user_watches': '524288' } }],
  ['cassandra-memlock', 'Cassandra cannot lock its memory', 'docker-library/cassandra#126', starts(['/opt/cassandra/bin/cassandra'], { env: { CASSANDRA_VERSION: '3.11.1' } }), { base: deb12, limits: { memlock: { soft: 65536, hard: 65536 } } }, 'PL6010', /memlock/, `${deb12}+ulimit:memlock=unlimited`],
  ['pires-elasticsearch-memlock', 'Elasticsearch told to lock memory', 'pires/docker-elasticsearch#7', starts(['/usr/share/elasticsearch/bin/elasticsearch'], { files: { '/usr/share/elasticsearch/config/elasticsearch.yml': 'bootstrap.memory_lock: true\n', '/usr/share/elasticsearch/lib/elasticsearch-5.6.0.jar': 'PK' } }), { base: deb12, limits: { memlock: { soft: 65536, hard: 65536 } } }, 'PL6010', /memlock/, `${deb12}+ulimit:memlock=unlimited`],
  // Capabilities
  ['m3db-sys-resource', 'a file capability that the container lacks', 'm3db/m3#1671', { entrypoint: ['/bin/m3dbnode'], files: { '/bin/m3dbnode': { elf: { type: 'executable' }, capabilities: ['cap_sys_resource'] } } }, deb12, 'PL5006', /SYS_RESOURCE/, `${deb12}+cap-add:SYS_RESOURCE`],
  ['dtle-setcap', 'four file capabilities, one of them missing', 'actiontech/dtle#454', { entrypoint: ['/usr/share/dtle/bin/dtle'], files: { '/usr/share/dtle/bin/dtle': { elf: { type: 'executable' }, capabilities: ['cap_dac_override', 'cap_setuid', 'cap_sys_resource', 'cap_setgid'] } } }, 'centos:7+docker:18.09', 'PL5006', /SYS_RESOURCE/, 'centos:7+docker:18.09+cap-add:SYS_RESOURCE'],
  ['scion-sys-admin', 'an ELF file with cap_sys_admin', 'scionproto/docker-caps#5', { entrypoint: ['/work/elf_test'], files: { '/work/elf_test': { elf: { type: 'executable' }, capabilities: ['cap_sys_admin'] } } }, deb12, 'PL5006', /SYS_ADMIN/, `${deb12}+cap-add:SYS_ADMIN`],
  ['openbao-setcap', 'an entry script sets capabilities and may not', 'openbao/openbao#355', script('set -e\nsetcap cap_ipc_lock=+ep $(readlink -f $(which bao))\nexec bao "$@"'), `${deb12}+cap-drop:SETFCAP`, 'PL5006', /SETFCAP|SKIP_SETCAP/, deb12],
  ['podman-mknod', 'mknod under podman', 'podman-container-tools/podman#15626', script('mkdir -p /dev/net\nmknod /dev/net/tun c 10 200'), 'rhel:9.2+podman:4.4', 'PL6005', /device|mknod/i, { image: script('echo mknod is a word') }],
  ['dockur-net-admin', 'QEMU’s network without NET_ADMIN', 'dockur/windows#282', script('ip link add dev dockerbridge type bridge\nip tuntap add dev qemu mode tap\nexec qemu-system-x86_64 -nic tap', { dpkg: ['qemu-system-x86 7.2'] }), 'fedora:39+docker:25.0', 'PL5006', /NET_ADMIN/, 'fedora:39+docker:25.0+cap-add:NET_ADMIN+device:/dev/kvm+device:/dev/net/tun'],
  // Devices
  ['netbird-tun', 'netbird without /dev/net/tun', 'netbirdio/docs#19', goApp('/usr/local/bin/netbird', ['github.com/netbirdio/netbird v0.10.0', 'golang.zx2c4.com/wireguard v0.0.0-20211209']), 'debian:10+docker:20.10.17+cap-add:NET_ADMIN', 'PL6005', /net\/tun/, 'debian:10+docker:20.10.17+cap-add:NET_ADMIN+device:/dev/net/tun'],
  ['virtual-dsm-kvm', 'virtual-dsm without /dev/kvm', 'vdsm/virtual-dsm#16', script('if [! -e /dev/kvm]; then echo "KVM is not available"; exit 2; fi\nexec qemu-system-x86_64 -enable-kvm -machine accel=kvm', { dpkg: ['qemu-system-x86 7.2'], files: { '/usr/bin/qemu-system-x86_64': program } }), deb12, 'PL6005', /\/dev\/kvm/, `${deb12}+device:/dev/kvm+cap-add:NET_ADMIN+device:/dev/net/tun`],
  ['gluetun-tun', 'gluetun without a tun device', 'passteque/gluetun#700', starts(['/gluetun-entrypoint']), `${deb12}+cap-add:NET_ADMIN`, 'PL6005', /net\/tun/, `${deb12}+cap-add:NET_ADMIN+device:/dev/net/tun`],
  // Control groups
  ['modelmesh-start', 'start.sh reads memory.limit_in_bytes', 'kserve/modelmesh#107', script('MEM_LIMIT_BYTES=$(cat /sys/fs/cgroup/memory/memory.limit_in_bytes)\nexec java -Xmx$MEM_LIMIT_BYTES'), 'ubuntu:22.04+docker:24.0', 'PL4004', /memory\.max/, 'ubuntu:20.04+docker:24.0'],
  ['starrocks-cgroup', 'StarRocks asks cgroup v1 for its memory', 'StarRocks/starrocks#16703', starts(['/opt/starrocks/be/bin/start_be.sh'], { os: 'centos 7', files: { '/opt/starrocks/be/bin/start_be.sh': '#!/bin/bash\n. /opt/starrocks/be/bin/common.sh\n', '/opt/starrocks/be/bin/common.sh': "#!/bin/bash\nmem_limit=`cat /sys/fs/cgroup/memory/memory.limit_in_bytes | awk '{printf $1}'`\n" } }), 'ubuntu:22.04+docker:24.0', 'PL4004', /memory\.max/, 'ubuntu:20.04+docker:24.0'],
  ['heroku-php', 'the buildpack’s start script', 'heroku/heroku-buildpack-php#699', script('if [[-f /sys/fs/cgroup/memory/memory.limit_in_bytes]]; then\n  mem=$(cat /sys/fs/cgroup/memory/memory.limit_in_bytes)\nfi\nexec php-fpm'), 'ubuntu:22.04+docker:24.0', 'PL4004', /memory\.max/, 'ubuntu:20.04+docker:24.0'],
  ['micrometer-containerd', 'JDK 11 on cgroup v2', 'oracle/graal#4831', java('17.0.4+8'), { base: 'fedora:36+podman', cgroup: { version: 'v2', procCgroups: ['cpu', 'cpuset', 'blkio'] } }, 'PL4003', /17\.0\.|JDK|Java/, { image: java('21.0.12+7') }],
  ['rancher-desktop-6.12', 'JDK 17.0.1 on 6.12', 'rancher-sandbox/rancher-desktop#8769', java('17.0.1+12'), { base: 'alpine:3.22+docker:28.0', cgroup: { version: 'v2' }, kernel: { release: '6.12.30-0-virt', base: '6.12' } }, 'PL4003', /JDK|Java|17/, { image: java('21.0.8+9') }],
  ['systemd-256-v1', 'systemd 256 refuses cgroup v1', 'systemd/systemd#31442', starts(['/lib/systemd/systemd'], { dpkg: ['systemd 256-1'], os: 'debian 13' }), 'rhel:8.10+podman+privileged', 'PL4002', /cgroup/, 'debian:13+podman+privileged'],
  ['nspawn-v1-image', 'a container of systemd 226 on a cgroup v2 host', 'systemd/systemd#23961', starts(['/lib/systemd/systemd'], { dpkg: ['systemd 215-17+deb8u7'], os: 'debian 8' }), 'fedora:37+podman+privileged', 'PL4001', /./, 'debian:9+docker+privileged'],
  // Java native code on /tmp
  ['lavalink-noexec', 'lavaplayer’s native library in /tmp', 'sedmelluq/lavaplayer#212', withJar('lavaplayer-natives-original-1.3.14.jar'), noexecTmp, 'PL3009', /tmpdir|exec/, execTmp],
  ['batect-noexec', 'batect’s Docker client in /tmp', 'batect/batect#1340', withJar('batect-docker-client-0.80.1.jar'), noexecTmp, 'PL3009', /tmpdir|exec/, execTmp],
  ['libgdx-noexec', 'libGDX’s natives in /tmp', 'deathbeam/yae#20', withJar('gdx-platform-1.5.5-natives-desktop.jar'), noexecTmp, 'PL3009', /tmpdir|exec/, execTmp],
  ['nexus-jna-noexec', 'JNA in Nexus', 'klo2k/nexus3-docker#14', withJar('jna-5.5.0.jar'), noexecTmp, 'PL3009', /tmpdir|exec/, execTmp],
  ['compose-pyinstaller-noexec', 'docker-compose 1.2, packed by PyInstaller', 'docker/compose#1339', starts(['/usr/local/bin/docker-compose'], { files: { '/usr/local/bin/docker-compose': { elf: { strings: ['Cannot open PyInstaller archive from executable (%s) or external archive (%s)', '_MEIPASS2', 'pyi-runtime-tmpdir'] } } } }), noexecTmp, 'PL3009', /tmp|exec|TMPDIR/i, execTmp],
  // Engine API
  ['traefik-3.6.0', 'Traefik 3.6.0 with Docker 29', 'traefik/traefik#12253', goApp('/usr/local/bin/traefik', ['github.com/docker/docker v28.5.1+incompatible'], '1.24.10'), 'debian:13+docker:29.0', 'PL3006', /3\.6\.1|API/, 'debian:13+docker:28.5'],
  ['traefik-2.10', 'Traefik 2.10 with Docker 29', 'traefik/traefik#12420', goApp('/usr/local/bin/traefik', ['github.com/docker/docker v24.0.7+incompatible'], '1.21.5'), 'ubuntu:24.04+docker:29.1.3', 'PL3006', /3\.6\.1|2\.11|API/, 'ubuntu:24.04+docker:28.0'],
  ['testcontainers-docker-29', 'testcontainers 2.0.1 with Docker 29', 'testcontainers/testcontainers-java#11211', withJar('docker-java-api-3.4.2.jar'), 'debian:12+docker:29.0', 'PL3006', /api\.version|2\.0\.2|API/, 'debian:12+docker:28.0'],
  ['device-mapping-manager', 'a docker client of API 1.41', 'allfro/device-mapping-manager#20', starts(['/usr/local/bin/docker'], { apk: ['docker-cli 20.10.24-r3'], os: 'alpine 3.17' }), 'debian:13+docker:29.0', 'PL3006', /DOCKER_API_VERSION|API|newer/, 'debian:13+docker:28.0'],
  // Read-only root
  ['postfix-read-only', 'an entry script changes modes of files', 'bokysan/docker-postfix#199', script('chmod +x /scripts/*.sh\nmkdir -p /var/spool/postfix/pid\nexec postfix start-fg'), readOnly, 'PL3009', /tmpfs|volume|read-only/, deb12],
  ['openldap-read-only', 'osixia’s scripts link and change owners', 'osixia/container-openldap#562', script('ln -sf /container/environment /etc/ldap/environment\nchown -R openldap:openldap /var/lib/ldap\nexec slapd'), readOnly, 'PL3009', /tmpfs|volume|read-only/, deb12],
  ['nodejs-s2i-read-only', 'the image writes /opt/app-root/etc/passwd', 'sclorg/s2i-nodejs-container#525', script('echo "default:x:$(id -u):0:Default:/opt/app-root/src:/sbin/nologin" >> /opt/app-root/etc/passwd\nexec node'), readOnly, 'PL3009', /tmpfs|volume|read-only/, deb12],
  ['xroad-read-only', 'an entry script adds users', 'nordic-institute/X-Road#2725', script('useradd -m xrd-admin\nchpasswd < /run/secret\nexec supervisord'), readOnly, 'PL3009', /tmpfs|volume|read-only/, deb12],
  // Shared memory, huge pages, names, storage
  ['sclorg-postgres-hugepages', 'initdb dies where huge pages are not given', 'sclorg/postgresql-container#419', starts(['/usr/bin/run-postgresql'], { os: 'rhel 8.5', rpm: ['postgresql-server 13.3-2.el8'], files: { '/usr/bin/run-postgresql': '#!/bin/bash\nexec postgres "$@"\n', '/usr/bin/postgres': program } }), { base: 'openshift:4.16', sysctls: { 'vm.nr_hugepages': '128' }, cgroup: { hugetlbLimit: 0 } }, 'PL6008', /huge_pages/, { base: 'openshift:4.16', sysctls: { 'vm.nr_hugepages': '0' }, cgroup: { hugetlbLimit: 0 } }],
  ['bitnami-postgres-hugepages', 'Bitnami’s PostgreSQL where huge pages are not given', 'metal-stack/metal-images#17', starts(['/opt/bitnami/postgresql/bin/postgres'], { env: { BITNAMI_APP_NAME: 'postgresql', APP_VERSION: '15.2.0' } }), { base: 'debian:11+containerd:1.6', sysctls: { 'vm.nr_hugepages': '1024' }, cgroup: { hugetlbLimit: 0 } }, 'PL6008', /huge_pages/, { base: 'debian:11+containerd:1.6', sysctls: { 'vm.nr_hugepages': '0' } }],
  ['mastodon-postgres-shm', 'PostgreSQL with 64 MiB of shared memory', 'mastodon/mastodon#13451', starts(['/usr/local/bin/postgres'], { env: { PG_MAJOR: '12', PG_VERSION: '12.2-2.pgdg100+1' } }), deb12, 'PL3008', /shm/, `${deb12}+shm:1g`],
  ['pangeo-pytorch-shm', 'PyTorch’s data loaders with 64 MiB of shared memory', 'pangeo-data/pangeo-docker-images#258', { os: 'ubuntu 20.04', entrypoint: ['/srv/conda/bin/python3.8', 'train.py'], files: { '/srv/conda/bin/python3.8': program, '/srv/conda/envs/notebook/lib/python3.8/site-packages/torch-1.9.0.dist-info/METADATA': 'Metadata-Version: 2.1\nName: torch\nVersion: 1.9.0\n' } }, deb12, 'PL3008', /shm/, `${deb12}+shm:8g`],
  ['browsertime-chrome-shm', 'Chrome with 64 MiB of shared memory', 'sitespeedio/browsertime#697', starts(['/usr/bin/google-chrome'], { dpkg: ['google-chrome-stable 71.0.3578.98-1'] }), deb12, 'PL3008', /shm/, `${deb12}+shm:1g`],
  ['k3s-alpine-search', 'musl stops at a search domain that answers', 'k3s-io/k3s#6561', { os: 'alpine 3.12', apk: ['musl 1.1.24-r10'], files: muslFiles('1.1.24'), entrypoint: ['/usr/bin/app'] }, { base: 'debian:11+containerd:1.6', resolver: { search: ['default.svc.cluster.local', 'svc.cluster.local', 'cluster.local', 'mydomain.com'], ndots: 5 } }, 'PL6012', /ndots|dnsConfig/, { image: glibc('2.31') }],
  ['gliderlabs-rate-limit', 'musl asks for every search domain at once', 'gliderlabs/docker-alpine#255', { os: 'alpine 3.6', apk: ['musl 1.1.16-r13'], files: muslFiles('1.1.16'), entrypoint: ['/usr/bin/app'] }, { base: 'ubuntu:16.04+docker:17.03', resolver: { search: ['a.example', 'b.example', 'c.example', 'd.example', 'e.example', 'f.example'], rateLimited: true } }, 'PL6012', /./, { image: glibc('2.31') }],
  ['bitnami-sonarqube-maps', 'SonarQube’s Elasticsearch and vm.max_map_count', 'bitnami/containers#44306', starts(['/opt/bitnami/scripts/sonarqube/run.sh'], { env: { BITNAMI_APP_NAME: 'sonarqube', APP_VERSION: '10.1.0' }, files: { '/opt/bitnami/scripts/sonarqube/run.sh': '#!/bin/bash\nexec /opt/bitnami/java/bin/java -jar /opt/bitnami/sonarqube/lib/sonar-application-10.1.0.73491.jar\n', '/opt/bitnami/sonarqube/lib/sonar-application-10.1.0.73491.jar': 'PK' } }), { base: deb12, sysctls: { 'vm.max_map_count': '65530' } }, 'PL6001', /524288/, { base: deb12, sysctls: { 'vm.max_map_count': '524288' } }],
  ['opensearch-maps', 'OpenSearch and vm.max_map_count', 'opensearch-project/OpenSearch#2874', starts(['/usr/share/opensearch/opensearch-docker-entrypoint.sh'], { files: { '/usr/share/opensearch/opensearch-docker-entrypoint.sh': '#!/bin/bash\nexec bin/opensearch\n', '/usr/share/opensearch/lib/opensearch-1.3.0.jar': 'PK', '/usr/share/opensearch/bin/opensearch': '#!/bin/bash\n' } }), { base: deb12, sysctls: { 'vm.max_map_count': '65530' } }, 'PL6001', /262144/, { base: deb12, sysctls: { 'vm.max_map_count': '262144' } }],
  ['elk-docker-maps', 'Elasticsearch of an ELK image and vm.max_map_count', 'spujadas/elk-docker#157', starts(['/usr/local/bin/start.sh'], { files: { '/usr/local/bin/start.sh': '#!/bin/bash\nservice elasticsearch start\nservice logstash start\ntail -f /var/log/elasticsearch/elasticsearch.log\n', '/opt/elasticsearch/lib/elasticsearch-5.5.1.jar': 'PK' } }), { base: deb12, sysctls: { 'vm.max_map_count': '65530' } }, 'PL6001', /262144/, { base: deb12, sysctls: { 'vm.max_map_count': '262144' } }],
  ['jellyfin-nfs', 'Jellyfin’s databases on NFS', 'jellyfin/jellyfin#11387', starts(['/jellyfin/jellyfin'], { env: { JELLYFIN_DATA_DIR: '/config' } }), { base: deb12, container: { mounts: [{ source: 'nas:/config', target: '/config', filesystem: 'nfs4' }] } }, 'PL6017', /local/, { base: deb12, container: { mounts: [{ source: '/srv/config', target: '/config', filesystem: 'ext4' }] } }],
  ['slskd-nfs', 'slskd’s databases on NFS', 'slskd/slskd#1830', starts(['/slskd/slskd'], { env: { SLSKD_APP_DIR: '/app' } }), { base: deb12, container: { mounts: [{ source: 'nas:/app', target: '/app', filesystem: 'nfs4' }] } }, 'PL6017', /local/, { base: deb12, container: { mounts: [{ source: '/srv/app', target: '/app', filesystem: 'ext4' }] } }],
  ['gogctuner-v2', 'gogctuner reads cgroup v1 only', 'cch123/gogctuner#20', goApp('/app', ['github.com/cch123/gogctuner v0.0.0-20220302152724-8a8be8d0d2d8']), 'ubuntu:22.04+docker:24.0', 'PL4003', /cgroup|GOMEMLIMIT|newer/i, 'ubuntu:20.04+docker:24.0'],
  ['foundryvtt-dnssec', 'musl and a search domain with DNSSEC', 'felddy/foundryvtt-docker#135', { os: 'alpine 3.13', apk: ['musl 1.2.2-r0'], files: muslFiles('1.2.2'), entrypoint: ['/usr/bin/app'] }, { base: 'debian:11+containerd:1.6', resolver: { search: ['svc.cluster.local', 'cluster.local', 'mylocaldomain.tld'], ndots: 5, dnssec: true } }, 'PL6012', /ndots|dnsConfig/, { image: glibc('2.31') }],
  ['tailscale-ip6tables', 'ip6tables of the image where the host has only ip_tables', 'tailscale/tailscale#3996', { os: 'alpine 3.14', apk: ['iptables 1.8.7-r1', 'ip6tables 1.8.7-r1'], entrypoint: ['/usr/local/bin/tailscaled'], files: { '/usr/local/bin/tailscaled': program, '/sbin/iptables': { link: '/sbin/xtables-legacy-multi' }, '/sbin/ip6tables': { link: '/sbin/xtables-legacy-multi' }, '/sbin/xtables-legacy-multi': program } }, { base: 'debian:12+docker:20.10+cap-add:NET_ADMIN+device:/dev/net/tun', modules: ['ip_tables', 'iptable_filter', 'iptable_nat', 'tun', 'nf_tables'], modulesAvailable: ['ip6_tables'] }, 'PL6007', /ip6_tables/, { base: 'debian:12+docker:20.10+cap-add:NET_ADMIN+device:/dev/net/tun', modules: ['ip_tables', 'iptable_filter', 'iptable_nat', 'ip6_tables', 'ip6table_filter', 'tun', 'nf_tables'], modulesAvailable: [] }],
  ['kamal-dind-nft', 'docker:dind with nft on a host without it', 'basecamp/kamal#1762', { ...nftImage(), entrypoint: ['/usr/bin/dockerd'], dpkg: ['iptables 1.8.11-2', 'docker-ce 5:27.0.0-1'] }, { ...noNft('6.1.0'), base: 'debian:12+docker:27.0+privileged' }, 'PL6007', /legacy/, 'debian:12+docker:27.0+privileged+module:nf_tables'],
  ['buildah-mknod', 'mknod in a build by an ordinary user', 'podman-container-tools/buildah#1657', script('mkdir -p /target/dev\nmknod /target/dev/random c 1 8\nyum --installroot=/target install bash'), 'rhel:8.8+podman:4.4+rootless', 'PL6005', /mknod|device/, { image: script('echo no nodes') }],
  ['wsl-u32', 'iptables -m u32 on WSL 2', 'microsoft/WSL#9946', script('iptables -A INPUT -m u32 --u32 "0x16&0x1FFF=0" -j DROP', { dpkg: ['iptables 1.8.7-1'] }), { base: `${deb12}+cap-add:NET_ADMIN`, kernel: { release: '5.15.90.1-microsoft-standard-WSL2', base: '5.15', config: { CONFIG_NETFILTER_XT_MATCH_U32: 'n' } } }, 'PL6006', /kernel/, { base: `${deb12}+cap-add:NET_ADMIN`, kernel: { release: '5.15.90', base: '5.15', config: { CONFIG_NETFILTER_XT_MATCH_U32: 'm' } } }],
];

incidentSuite('field-services', incidentsOf(rows));
