// Control groups, security modules, devices, modules and file systems: what the host lets a container do.
import type { Fixture } from './harness/fixture.ts';
import { type HostSpec, type Incident, incidentSuite } from './harness/incident.ts';

/** An image that starts one program. */
function service(
  command: string,
  env: Readonly<Record<string, string>> = {},
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

/** An image that starts a shell script. */
function scripted(script: string, more: Fixture = {}): Fixture {
  return {
    os: 'debian 12',
    entrypoint: ['/entrypoint.sh'],
    ...more,
    files: { '/entrypoint.sh': `#!/bin/bash\n${script}\nexec sleep infinity\n`, ...more.files },
  };
}

type Parts = Extract<HostSpec, object>;
const docker = (parts: Parts = {}): HostSpec => ({ base: 'debian:12+docker:24.0', ...parts });
const on = (release: string, parts: Parts = {}): HostSpec =>
  docker({ kernel: { release, base: release.split('.').slice(0, 2).join('.') }, ...parts });
const v1: Parts = { cgroup: { version: 'v1' } };
const v2: Parts = { cgroup: { version: 'v2' } };
const hybrid: Parts = { cgroup: { version: 'hybrid' } };
const apparmor: Parts = { lsm: { active: ['apparmor'], apparmor: true, selinux: 'disabled' } };
const noLsm: Parts = { lsm: { active: [], apparmor: false, selinux: 'disabled' } };

function systemd(os: string, version: string): Fixture {
  return {
    os,
    rpm: [`systemd ${version}-1`],
    files: {
      '/usr/lib/systemd/systemd': { elf: { type: 'executable' } },
      '/usr/sbin/init': { link: '/usr/lib/systemd/systemd' },
    },
    entrypoint: ['/usr/sbin/init'],
  };
}

const java = (version: string): Fixture => service('java', { JAVA_VERSION: version });
const legacyIptables: Fixture = scripted('iptables -A INPUT -j DROP', {
  apk: ['iptables 1.8.7-r1', 'busybox 1.34.1-r3'],
  os: 'alpine 3.14.2',
  files: {
    '/sbin/iptables': { link: 'xtables-legacy-multi' },
    '/sbin/xtables-legacy-multi': { elf: { type: 'executable' } },
  },
});
const noLegacyTables: Parts = { modules: ['nf_tables', 'nft_compat'], modulesAvailable: [] };
const legacyTables: Parts = {
  modules: ['ip_tables', 'iptable_filter', 'iptable_nat'],
  modulesAvailable: [],
};
const chrome: Fixture = service('chromium', {}, { dpkg: ['chromium 120.0.6099.109-1'] });
const puppeteer: Fixture = service(
  'chrome',
  {},
  {
    files: {
      '/opt/google/chrome/chrome': { elf: { type: 'executable' } },
      '/usr/local/bin/chrome': { link: '/opt/google/chrome/chrome' },
    },
    entrypoint: ['/opt/google/chrome/chrome'],
  },
);
const bwrap: Fixture = service('bwrap', {}, { dpkg: ['bubblewrap 0.8.0-2'] });
const s3fs: Fixture = service('s3fs', {}, { dpkg: ['s3fs 1.93-1', 'fuse3 3.14.0-4'] });
const jar = (name: string): Fixture =>
  service('java', { JAVA_VERSION: '17.0.9' }, { files: { [`/app/lib/${name}`]: 'PK' } });
const noexecTmp = docker({ container: { tmpfs: { '/tmp': 'rw,noexec,nosuid' } } });
const alpine: Fixture = {
  ...service('app'),
  os: 'alpine 3.12.1',
  apk: ['musl 1.1.24-r9', 'busybox 1.31.1-r19'],
  files: {
    '/lib/ld-musl-x86_64.so.1': {
      elf: { type: 'shared-library', strings: ['musl libc (x86_64)\nVersion 1.1.24'] },
    },
    '/usr/local/bin/app': {
      elf: {
        type: 'executable',
        interpreter: '/lib/ld-musl-x86_64.so.1',
        needed: ['libc.musl-x86_64.so.1'],
      },
    },
  },
};

const incidents: readonly Incident[] = [
  ...(
    [
      ['centos7-lxc-on-v2', 'https://github.com/lxc/lxc/issues/4072'],
      ['c7-systemd-on-lima', 'https://github.com/rancher-sandbox/rancher-desktop/issues/1132'],
    ] as const
  ).map(
    ([id, source]): Incident => ({
      id,
      title: 'systemd 219 on cgroup v2',
      source,
      image: systemd('centos 7', '219'),
      host: docker(v2),
      expect: {
        code: 'PL4001',
        verdict: 'fails',
        help: /systemd\.unified_cgroup_hierarchy=0/,
        symptom: /Failed to mount cgroup|allocate manager/,
      },
      counterpart: [
        { because: 'cgroup v1', host: docker(v1) },
        { because: 'systemd 252', image: systemd('rhel 9.3', '252') },
      ],
    }),
  ),
  {
    id: 'fedora25-on-hybrid',
    title: 'systemd 231 does not know the hybrid hierarchy',
    source: 'https://github.com/systemd/systemd/issues/4008',
    image: systemd('fedora 25', '231'),
    host: docker(hybrid),
    expect: {
      code: 'PL4001',
      verdict: 'fails',
      help: /legacy/,
      symptom: /Cannot determine cgroup/,
    },
    counterpart: { because: 'plain v1', host: docker(v1) },
  },
  {
    id: 'centos75-in-userns-on-hybrid',
    title: 'systemd 219 in a user namespace on a hybrid hierarchy',
    source: 'https://github.com/systemd/systemd/issues/10026',
    image: systemd('centos 7', '219'),
    host: docker({ ...hybrid, container: { userNamespace: true } }),
    expect: { code: 'PL4001', verdict: 'fails', help: /hierarchy/ },
    counterpart: { because: 'plain v1', host: docker(v1) },
  },
  {
    id: 'systemd258-on-v1',
    title: 'systemd 258 refuses cgroup v1',
    source: 'https://github.com/tfc/nspawn-nixos/issues/4',
    image: systemd('nixos 25.11', '258'),
    host: docker(v1),
    expect: { code: 'PL4002', verdict: 'fails', help: /UNIFIED_HIERARCHY=1/, symptom: /cgroup v1/ },
    counterpart: { because: 'cgroup v2', host: docker(v2) },
  },
  ...(
    [
      [
        'elasticsearch-npe',
        'https://github.com/rancher-sandbox/rancher-desktop/issues/8769',
        '17.0.1',
      ],
      ['continew-npe', 'https://github.com/continew-org/continew-admin/issues/145', '17.0.2'],
      ['graalvm-npe', 'https://github.com/oracle/graal/issues/4831', '17.0.4'],
      ['singleton-npe', 'https://github.com/vmware/singleton/pull/3242', '17.0.3'],
    ] as const
  ).map(
    ([id, source, version]): Incident => ({
      id,
      title: `Java ${version} fails where /proc/cgroups lacks memory`,
      source,
      image: java(version),
      host: on('6.12.13', { cgroup: { version: 'v2', procCgroups: ['cpu', 'blkio', 'pids'] } }),
      expect: {
        code: 'PL4003',
        severity: 'fatal',
        verdict: 'fails',
        help: /UseContainerSupport/,
        symptom: /anyController/,
      },
      counterpart: [
        { because: 'a fixed JDK', image: java('25.0.1') },
        {
          because: '/proc/cgroups lists all',
          host: on('6.6.13', {
            cgroup: { version: 'v2', procCgroups: ['cpuset', 'cpu', 'memory'] },
          }),
        },
      ],
    }),
  ),
  {
    id: 'jdk-cpuset-row',
    title: 'a JDK gives up on limits where /proc/cgroups lacks cpuset',
    source: 'https://github.com/buildbuddy-io/buildbuddy/pull/10323',
    image: java('21.0.4'),
    host: docker({ cgroup: { version: 'v2', procCgroups: ['cpu', 'memory'] } }),
    expect: {
      code: 'PL4003',
      severity: 'degraded',
      help: /JDK-8349988/,
      symptom: /required controllers disabled/,
    },
    counterpart: {
      because: 'all rows are there',
      host: docker({ cgroup: { version: 'v2', procCgroups: ['cpuset', 'cpu', 'memory'] } }),
    },
  },
  {
    id: 'modelmesh-v1-files',
    title: 'a start script reads cgroup v1 files',
    source: 'https://github.com/kserve/modelmesh/pull/107',
    image: scripted('MEM=$(cat /sys/fs/cgroup/memory/memory.limit_in_bytes)'),
    host: docker(v2),
    expect: { code: 'PL4004', severity: 'degraded', help: /memory\.max/ },
    counterpart: [
      { because: 'cgroup v1', host: docker(v1) },
      {
        because: 'it knows both',
        image: scripted(
          'MEM=$(cat /sys/fs/cgroup/memory.max || cat /sys/fs/cgroup/memory/memory.limit_in_bytes)',
        ),
      },
    ],
  },
  {
    id: 'garden-without-cgroupfs',
    title: 'Java in a container without /sys/fs/cgroup',
    source: 'https://github.com/cloudfoundry/garden-runc-release/issues/384',
    image: java('17.0.9'),
    host: docker({ container: { cgroupMounted: false } }),
    expect: { code: 'PL4005', severity: 'degraded', help: /-Xmx/ },
    counterpart: { because: 'it is mounted', host: docker({ container: { cgroupMounted: true } }) },
  },
  ...(
    [
      [
        'docker-selenium-sandbox',
        'https://github.com/elgalu/docker-selenium/issues/58',
        'fedora:23',
      ],
      ['alpine-chrome-sandbox', 'https://github.com/jlandure/alpine-chrome/issues/30', 'debian:10'],
    ] as const
  ).map(
    ([id, source]): Incident => ({
      id,
      title: 'Chromium’s sandbox under docker’s filter',
      source,
      image: chrome,
      host: docker(),
      expect: {
        code: 'PL5005',
        severity: 'fatal',
        verdict: 'fails',
        help: /--no-sandbox/,
        symptom: /Failed to move to new namespace/,
      },
      counterpart: [
        {
          because: '--no-sandbox',
          image: { ...chrome, entrypoint: ['/usr/local/bin/chromium', '--no-sandbox'] },
        },
      ],
    }),
  ),
  {
    id: 'puppeteer-ubuntu-24.04',
    title: 'Chrome for Testing on Ubuntu 24.04',
    source: 'https://github.com/puppeteer/puppeteer/issues/12818',
    image: puppeteer,
    host: {
      base: 'ubuntu:24.04',
      engine: { name: 'docker', version: '26.1', seccomp: { mode: 'unconfined' } },
      sysctls: { 'kernel.apparmor_restrict_unprivileged_userns': '1' },
    },
    expect: {
      code: 'PL5005',
      severity: 'fatal',
      help: /apparmor_restrict_unprivileged_userns=0/,
      symptom: /No usable sandbox/,
    },
    counterpart: {
      because: '--no-sandbox',
      image: { ...puppeteer, entrypoint: ['/opt/google/chrome/chrome', '--no-sandbox'] },
    },
  },
  ...(
    [
      ['junest-heroku', 'https://github.com/fsquillace/junest/issues/261'],
      ['umu-in-docker', 'https://github.com/Open-Wine-Components/umu-launcher/issues/156'],
    ] as const
  ).map(
    ([id, source]): Incident => ({
      id,
      title: 'bubblewrap without user namespaces',
      source,
      image: bwrap,
      host: docker(),
      expect: {
        code: 'PL5005',
        severity: 'fatal',
        help: /seccomp=unconfined/,
        symptom: /No permissions to creating new namespace/,
      },
      counterpart: { because: 'privileged', host: docker({ container: { privileged: true } }) },
    }),
  ),
  {
    id: 'qutebrowser-ubuntu-24.04',
    title: 'QtWebEngine loses its namespace sandbox',
    source: 'https://github.com/qutebrowser/qutebrowser/issues/8424',
    image: service('qutebrowser'),
    host: {
      base: 'ubuntu:24.04',
      sysctls: { 'kernel.apparmor_restrict_unprivileged_userns': '1' },
    },
    expect: { code: 'PL5005', severity: 'degraded', help: /AppArmor profile/ },
    counterpart: { because: 'privileged', host: docker({ container: { privileged: true } }) },
  },
  ...(
    [
      ['s3fs-apparmor', 'https://github.com/xueshanf/docker-s3fs/issues/8'],
      ['borg-sshfs-apparmor', 'https://github.com/pschiffe/docker-borg/issues/24'],
    ] as const
  ).map(
    ([id, source]): Incident => ({
      id,
      title: 'FUSE mounts under docker-default',
      source,
      image: s3fs,
      host: docker({
        ...apparmor,
        container: { capabilitiesAdded: ['CAP_SYS_ADMIN'], devices: ['/dev/fuse'] },
      }),
      expect: {
        code: 'PL5003',
        severity: 'fatal',
        help: /apparmor=unconfined/,
        symptom: /fuse: mount failed: Permission denied/,
      },
      counterpart: {
        because: 'no AppArmor',
        host: docker({ ...noLsm, container: { devices: ['/dev/fuse'] } }),
      },
    }),
  ),
  {
    id: 'ps-under-old-docker-default',
    title: 'ps floods the log under an old docker-default',
    source: 'https://github.com/moby/moby/issues/7276',
    image: service('app', {}, { dpkg: ['procps 2:3.3.9-1ubuntu2'] }),
    host: { ...apparmor, engine: { name: 'docker', version: '1.1' } },
    expect: { code: 'PL5003', help: /apparmor/, symptom: /operation="ptrace"/ },
    counterpart: { because: 'a newer docker', host: docker(apparmor) },
  },
  {
    id: 'borg-ui-fusermount3-profile',
    title: 'the host’s profile for fusermount3 confines the container’s',
    source: 'https://github.com/karanhudia/borg-ui/issues/760',
    image: service(
      'fusermount3',
      {},
      {
        files: { '/usr/bin/fusermount3': { elf: { type: 'executable' } } },
        entrypoint: ['/usr/bin/fusermount3'],
      },
    ),
    host: docker({
      lsm: {
        apparmor: true,
        active: ['apparmor'],
        apparmorProfiles: ['docker-default', 'fusermount3'],
      },
      container: { apparmorProfile: 'unconfined' },
    }),
    expect: {
      code: 'PL5004',
      severity: 'fatal',
      help: /aa-complain/,
      symptom: /profile="fusermount3"/,
    },
    counterpart: {
      because: 'no such profile',
      host: docker({
        lsm: { apparmor: true, active: ['apparmor'], apparmorProfiles: ['docker-default'] },
      }),
    },
  },
  ...(
    [
      [
        'precise-useradd',
        'https://github.com/tianon/docker-brew-ubuntu-core/issues/29',
        { os: 'ubuntu 12.04', dpkg: ['libselinux1 2.1.0-4.1ubuntu1'] },
      ],
      [
        'centos6-useradd',
        'https://github.com/podman-container-tools/podman/issues/7608',
        { os: 'centos 6', rpm: ['libselinux 2.0.94-5.3.el6'] },
      ],
    ] as const
  ).map(
    ([id, source, more]): Incident => ({
      id,
      title: 'an old libselinux takes the host’s SELinux for its own',
      source,
      image: service('app', {}, more),
      host: docker({ lsm: { selinux: 'enforcing', selinuxfsVisible: true, active: ['selinux'] } }),
      expect: {
        code: 'PL5001',
        severity: 'degraded',
        help: /newer base image/,
        symptom: /useradd/,
      },
      counterpart: {
        because: 'selinuxfs is hidden',
        host: docker({
          lsm: { selinux: 'enforcing', selinuxfsVisible: false, active: ['selinux'] },
        }),
      },
    }),
  ),
  {
    id: 'pihole-sudo-audit',
    title: 'sudo without CAP_AUDIT_WRITE',
    source: 'https://github.com/pi-hole/docker-pi-hole/issues/1007',
    image: service(
      'sudo',
      {},
      {
        files: {
          '/usr/bin/sudo': { elf: { type: 'pie', needed: ['libaudit.so.1'] }, mode: 0o4755 },
        },
        entrypoint: ['/usr/bin/sudo'],
      },
    ),
    host: docker({ container: { capabilitiesDropped: ['CAP_AUDIT_WRITE'] } }),
    expect: {
      code: 'PL5008',
      severity: 'degraded',
      help: /AUDIT_WRITE/,
      symptom: /unable to send audit message/,
    },
    counterpart: { because: 'the capability is there', host: docker() },
  },
  {
    id: 'sshd-loginuid',
    title: 'pam_loginuid under podman',
    source: 'https://github.com/podman-container-tools/podman/issues/13012',
    image: service(
      'sshd',
      {},
      {
        dpkg: ['openssh-server 1:9.2p1-2'],
        files: {
          '/usr/sbin/sshd': { elf: { type: 'pie' } },
          '/etc/pam.d/sshd': 'session    required     pam_loginuid.so\n',
        },
        entrypoint: ['/usr/sbin/sshd'],
      },
    ),
    host: { base: 'rhel:9.3', engine: { name: 'podman', version: '4.6.1' } },
    expect: { code: 'PL5008', severity: 'fatal', help: /optional/, symptom: /loginuid/ },
    counterpart: { because: 'docker starts from no session', host: docker() },
  },
  {
    id: 'freeipa-keyring-ccache',
    title: 'Kerberos tickets in the kernel’s keyring',
    source: 'https://github.com/freeipa/freeipa/pull/2677',
    image: service(
      'kinit',
      {},
      {
        files: {
          '/etc/krb5.conf': '[libdefaults]\n  default_ccache_name = KEYRING:persistent:%{uid}\n',
        },
      },
    ),
    host: docker(),
    expect: { code: 'PL5009', help: /FILE:/ },
    counterpart: {
      because: 'tickets in files',
      image: service(
        'kinit',
        {},
        {
          files: {
            '/etc/krb5.conf': '[libdefaults]\n  default_ccache_name = FILE:/tmp/krb5cc_%{uid}\n',
          },
        },
      ),
    },
  },
  {
    id: 'pacman-landlock-apparmor',
    title: 'pacman’s sandbox under an AppArmor profile',
    source: 'https://github.com/roddhjav/apparmor.d/issues/750',
    image: service(
      'pacman',
      {},
      {
        os: 'arch',
        files: {
          '/usr/bin/pacman': { elf: { type: 'pie' } },
          '/var/lib/pacman/local/pacman-7.0.0.r6-1/desc':
            '%NAME%\npacman\n\n%VERSION%\n7.0.0.r6-1\n\n%ARCH%\nx86_64\n',
        },
        entrypoint: ['/usr/bin/pacman'],
      },
    ),
    host: docker({
      lsm: { apparmor: true, active: ['landlock', 'apparmor'], apparmorProfiles: ['pacman'] },
    }),
    expect: {
      code: 'PL5010',
      severity: 'fatal',
      help: /DisableSandbox/,
      symptom: /landlock ruleset could not be applied/,
    },
    counterpart: {
      because: 'no such profile',
      host: docker({
        lsm: { apparmor: true, active: ['landlock', 'apparmor'], apparmorProfiles: [] },
      }),
    },
  },
  {
    id: 'ucx-cma-singularity',
    title: 'UCX reads memory across user namespaces',
    source: 'https://github.com/apptainer/singularity/issues/6518',
    image: service(
      'fall3d',
      {},
      {
        files: {
          '/usr/local/bin/fall3d': { elf: { type: 'executable', needed: ['libucp.so.0'] } },
        },
      },
    ),
    host: {
      base: 'rhel:8.6',
      engine: { name: 'singularity', version: '3.11' },
      container: { userNamespace: true },
    },
    expect: { code: 'PL5011', severity: 'fatal', help: /UCX_TLS/, symptom: /process_vm_readv/ },
    counterpart: {
      because: 'no namespaces of their own',
      host: {
        base: 'rhel:8.6',
        engine: { name: 'singularity', version: '3.11' },
        container: { userNamespace: false },
      },
    },
  },
  ...(
    [
      ['pia-wireguard', 'https://github.com/thrnz/docker-wireguard-pia/issues/37'],
      ['openvpn-alma9', 'https://github.com/lisenet/docker-openvpn/issues/28'],
      ['wps-office-dind', 'https://github.com/linuxserver/docker-wps-office/issues/8'],
      ['gluetun-legacy', 'https://github.com/passteque/gluetun/issues/598'],
    ] as const
  ).map(
    ([id, source]): Incident => ({
      id,
      title: 'legacy iptables on a host with nftables only',
      source,
      image: legacyIptables,
      host: { base: 'rhel:9.5', engine: { name: 'docker', version: '27.3' }, ...noLegacyTables },
      expect: {
        code: 'PL6007',
        severity: 'fatal',
        help: /iptables-nft|modprobe/,
        symptom: /can't initialize iptables table/,
      },
      counterpart: { because: 'the tables are loaded', host: docker(legacyTables) },
    }),
  ),
  {
    id: 'kylemanna-mknod-tun',
    title: 'a script makes /dev/net/tun',
    source: 'https://github.com/kylemanna/docker-openvpn/issues/498',
    image: scripted(
      'mkdir -p /dev/net\nmknod /dev/net/tun c 10 200\nopenvpn --config /etc/openvpn/server.conf',
      { dpkg: ['openvpn 2.6.3-1'] },
    ),
    host: docker({ modules: [], modulesAvailable: [] }),
    expect: {
      code: 'PL6005',
      help: /--device \/dev\/net\/tun/,
      symptom: /mknod: \/dev\/net\/tun|Cannot open TUN/,
    },
    counterpart: {
      because: 'the device is given, and the container privileged',
      host: docker({ devices: ['/dev/net/tun'], container: { privileged: true } }),
    },
  },
  {
    id: 'delugevpn-modprobe',
    title: 'a script loads tun',
    source: 'https://github.com/binhex/arch-delugevpn/issues/87',
    image: scripted('modprobe tun || insmod /lib/modules/tun.ko'),
    host: docker(),
    expect: {
      code: 'PL6006',
      severity: 'degraded',
      help: /on the host/,
      symptom: /modprobe: FATAL/,
    },
    counterpart: {
      because: 'privileged, with the capability',
      host: docker({ container: { privileged: true } }),
    },
  },
  {
    id: 'wireguard-without-module',
    title: 'WireGuard on a kernel without it',
    source: 'https://github.com/linuxserver/docker-wireguard/issues/44',
    image: scripted('ip link add wg0 type wireguard', {
      apk: ['wireguard-tools 1.0.20200319-r0'],
      os: 'alpine 3.12',
    }),
    host: on('4.4.59', { modules: ['tun'], modulesAvailable: [] }),
    expect: {
      code: 'PL6006',
      severity: 'fatal',
      help: /wireguard-go/,
      symptom: /Operation not supported/,
    },
    counterpart: {
      because: 'the module is loaded',
      host: docker({ modules: ['wireguard'], modulesAvailable: [] }),
    },
  },
  {
    id: 'flannel-br-netfilter',
    title: 'flannel without br_netfilter',
    source: 'https://github.com/flannel-io/flannel/issues/2068',
    image: service('flanneld'),
    host: docker({ modules: ['vxlan'], modulesAvailable: ['br_netfilter'] }),
    expect: { code: 'PL6006', severity: 'degraded', help: /modprobe br_netfilter/ },
    counterpart: {
      because: 'the module is loaded',
      host: docker({ modules: ['vxlan', 'br_netfilter'], modulesAvailable: [] }),
    },
  },
  {
    id: 'flannel-rootless',
    title: 'flannel’s check in a rootless node',
    source: 'https://github.com/flannel-io/flannel/issues/2254',
    image: service('flanneld'),
    host: on('5.2.0', {
      modules: ['vxlan', 'br_netfilter'],
      modulesAvailable: [],
      container: { userNamespace: true },
    }),
    expect: { code: 'PL6006', severity: 'fatal', help: /5\.3/, symptom: /br_netfilter/ },
    counterpart: {
      because: 'a kernel from 5.3 on',
      host: docker({
        modules: ['vxlan', 'br_netfilter'],
        modulesAvailable: [],
        container: { userNamespace: true },
      }),
    },
  },
  ...(
    [
      ['android-emulator-without-kvm', 'https://github.com/ksoichiro/dockerfiles/issues/3'],
      ['docker-android-in-vm', 'https://github.com/budtmo/docker-android/issues/247'],
    ] as const
  ).map(
    ([id, source]): Incident => ({
      id,
      title: 'the Android emulator without /dev/kvm',
      source,
      image: service(
        'emulator',
        {},
        {
          files: { '/opt/android-sdk/emulator/emulator': { elf: { type: 'executable' } } },
          entrypoint: ['/opt/android-sdk/emulator/emulator'],
        },
      ),
      host: docker({ devices: ['/dev/null'] }),
      expect: {
        code: 'PL6005',
        severity: 'fatal',
        help: /\/dev\/kvm/,
        symptom: /hardware acceleration/,
      },
      counterpart: {
        because: 'the device is given',
        host: docker({ devices: ['/dev/kvm'], container: { devices: ['/dev/kvm'] } }),
      },
    }),
  ),
  {
    id: 'appimage-in-centos6',
    title: 'an AppImage without FUSE',
    source: 'https://github.com/AppImage/AppImageKit/issues/388',
    image: service(
      'tool',
      {},
      {
        files: { '/opt/appimagetool.AppImage': { elf: { type: 'executable' } } },
        entrypoint: ['/opt/appimagetool.AppImage'],
      },
    ),
    host: docker(),
    expect: {
      code: 'PL6005',
      severity: 'degraded',
      help: /--appimage-extract/,
      symptom: /fuse: device not found/,
    },
    counterpart: {
      because: 'the device is given',
      host: docker({ container: { devices: ['/dev/fuse'] } }),
    },
  },
  {
    id: 'rclone-mount-in-lxc',
    title: 'rclone mounts without FUSE',
    source: 'https://github.com/itsToggle/rclone_RD/issues/37',
    image: scripted('rclone mount remote: /data', {
      files: { '/usr/bin/rclone': { elf: { type: 'executable' } } },
    }),
    host: docker(),
    expect: {
      code: 'PL6005',
      severity: 'fatal',
      help: /\/dev\/fuse/,
      symptom: /fuse device not found/,
    },
    counterpart: {
      because: 'the device is given',
      host: docker({ container: { devices: ['/dev/fuse'] } }),
    },
  },
  {
    id: 'userfaultfd-root-only',
    title: '/dev/userfaultfd is there, but not for the container',
    source: 'https://github.com/bytecodealliance/userfaultfd-rs/issues/68',
    image: service(
      'virtiofsd',
      {},
      {
        files: {
          '/usr/local/bin/virtiofsd': {
            elf: { type: 'executable', strings: ['/dev/userfaultfd'] },
          },
        },
      },
    ),
    host: docker({ devices: ['/dev/userfaultfd'] }),
    expect: {
      code: 'PL6005',
      severity: 'fatal',
      help: /vm\.unprivileged_userfaultfd/,
      symptom: /Permission denied/,
    },
    counterpart: {
      because: 'the host has no such device, so the call is used',
      host: docker({ devices: ['/dev/null'] }),
    },
  },
  {
    id: 'wayfire-kcmp',
    title: 'a compositor on a kernel without kcmp',
    source: 'https://github.com/WayfireWM/wayfire/issues/642',
    image: service('wayfire'),
    host: docker({ kernel: { release: '5.14.0', base: '5.14', config: { CONFIG_KCMP: 'n' } } }),
    expect: { code: 'PL1009', severity: 'degraded', help: /CONFIG_KCMP/ },
    counterpart: {
      because: 'the option is on',
      host: docker({ kernel: { release: '5.14.0', base: '5.14', config: { CONFIG_KCMP: 'y' } } }),
    },
  },
  {
    id: 'ebpf-exporter-3.10',
    title: 'ebpf_exporter on CentOS 7',
    source: 'https://github.com/cloudflare/ebpf_exporter/issues/330',
    image: service('ebpf_exporter'),
    host: 'rhel:7.9',
    expect: { code: 'PL1013', severity: 'fatal', verdict: 'fails', help: /newer/ },
    counterpart: {
      because: 'a new kernel and all privileges',
      host: docker({
        container: { privileged: true },
        kernel: { release: '6.1.0', base: '6.1', btf: true },
      }),
    },
  },
  {
    id: 'libbpf-template-btf',
    title: 'no BTF in the kernel',
    source: 'https://github.com/eunomia-bpf/libbpf-starter-template/issues/3',
    image: service('tracee'),
    host: docker({
      container: { privileged: true },
      kernel: { release: '5.10.0', base: '5.10', btf: false },
    }),
    expect: {
      code: 'PL1013',
      severity: 'fatal',
      help: /CONFIG_DEBUG_INFO_BTF/,
      symptom: /valid kernel BTF/,
    },
    counterpart: {
      because: 'BTF is there',
      host: docker({
        container: { privileged: true },
        kernel: { release: '5.10.0', base: '5.10', btf: true },
      }),
    },
  },
  ...(
    [
      [
        'snappy-noexec-tmp',
        'https://github.com/xerial/snappy-java/issues/240',
        'snappy-java-1.1.8.4.jar',
      ],
      ['jffi-noexec-tmp', 'https://github.com/jnr/jffi/issues/46', 'jffi-1.2.18.jar'],
    ] as const
  ).map(
    ([id, source, name]): Incident => ({
      id,
      title: `${name} on a noexec /tmp`,
      source,
      image: jar(name),
      host: noexecTmp,
      expect: {
        code: 'PL3009',
        help: /\/tmp:exec/,
        symptom: /failed to map segment/,
        severity: 'fatal',
      },
      counterpart: {
        because: 'exec is allowed',
        host: docker({ container: { tmpfs: { '/tmp': 'rw,exec' } } }),
      },
    }),
  ),
  {
    id: 'jenkins-netty-noexec',
    title: 'netty’s epoll library on a noexec /tmp',
    source: 'https://github.com/jfrog/jenkins-artifactory-plugin/issues/397',
    image: jar('netty-transport-native-epoll-4.1.45.Final-linux-x86_64.jar'),
    host: noexecTmp,
    expect: { code: 'PL3009', severity: 'degraded', help: /io\.netty\.native\.workdir/ },
    counterpart: { because: 'exec is allowed', host: docker() },
  },
  {
    id: 'xrpc-read-only-root',
    title: 'netty-tcnative on a read-only root',
    source: 'https://github.com/Nordstrom/xrpc/pull/206',
    image: jar('netty-tcnative-boringssl-static-2.0.12.Final.jar'),
    host: docker({ container: { readOnlyRoot: true } }),
    expect: { code: 'PL3009', severity: 'fatal', help: /--tmpfs \/tmp|emptyDir/ },
    counterpart: {
      because: 'a tmpfs at /tmp',
      host: docker({ container: { readOnlyRoot: true, tmpfs: { '/tmp': 'rw,exec' } } }),
    },
  },
  {
    id: 'overlay-xfs-ftype0',
    title: 'rm on overlay without d_type',
    source: 'https://github.com/moby/moby/issues/31283',
    image: service('app'),
    host: {
      base: 'rhel:7.3',
      engine: { name: 'docker', version: '1.12.6', storageDriver: 'overlay' },
      storage: { filesystem: 'xfs', dType: false },
    },
    expect: { code: 'PL3010', severity: 'fatal', help: /ftype=1/, symptom: /Directory not empty/ },
    counterpart: {
      because: 'ftype=1',
      host: docker({ storage: { filesystem: 'xfs', dType: true } }),
    },
  },
  ...(
    [
      ['centos7-yum-overlay', 'https://github.com/moby/moby/issues/32351'],
      ['centos72-without-ovl', 'https://github.com/CentOS/sig-cloud-instance-images/issues/74'],
    ] as const
  ).map(
    ([id, source]): Incident => ({
      id,
      title: 'yum without its overlay plugin',
      source,
      image: service(
        'yum',
        {},
        { os: 'centos 7', rpm: ['yum 3.4.3-132.el7', 'rpm 4.11.3-17.el7'] },
      ),
      host: docker({ engine: { name: 'docker', version: '1.13.1', storageDriver: 'overlay2' } }),
      expect: {
        code: 'PL3010',
        severity: 'degraded',
        help: /yum-plugin-ovl/,
        symptom: /Rpmdb checksum is invalid/,
      },
      counterpart: {
        because: 'the plugin is there',
        image: service(
          'yum',
          {},
          {
            os: 'centos 7',
            rpm: ['yum 3.4.3-132.el7', 'rpm 4.11.3-17.el7', 'yum-plugin-ovl 1.1.31-54.el7'],
          },
        ),
      },
    }),
  ),
  {
    id: 'rename-of-image-directory',
    title: 'a program renames a directory of the image',
    source: 'https://github.com/moby/moby/issues/25409',
    image: service(
      'python',
      {},
      {
        files: {
          '/app/start.sh': '#!/usr/bin/env python3\nimport os\nos.rename("/app/a", "/app/b")\n',
        },
        entrypoint: ['/app/start.sh'],
      },
    ),
    host: on('4.4.0', { engine: { name: 'docker', version: '1.12', storageDriver: 'overlay2' } }),
    expect: { code: 'PL3010', severity: 'degraded', help: /shutil\.move/, symptom: /cross-device/ },
    counterpart: {
      because: 'another storage driver',
      host: on('4.4.0', { engine: { name: 'docker', version: '1.12', storageDriver: 'btrfs' } }),
    },
  },
  {
    id: 'tar-directory-renamed',
    title: 'tar finds directories renamed',
    source: 'https://github.com/ot4i/ace-docker/issues/13',
    image: scripted('tar -xzf /app.tgz -C /opt', { dpkg: ['tar 1.29b-2'] }),
    host: on('4.9.125-linuxkit', {
      engine: { name: 'docker', version: '18.09', storageDriver: 'overlay2' },
    }),
    expect: { code: 'PL3010', severity: 'degraded', help: /bsdtar/, symptom: /Directory renamed/ },
    counterpart: {
      because: 'a newer kernel',
      host: docker({ engine: { name: 'docker', version: '24.0', storageDriver: 'overlay2' } }),
    },
  },
  {
    id: 'mysql-on-shared-folder',
    title: 'InnoDB on a folder shared from macOS',
    source: 'https://github.com/docker-library/mysql/issues/371',
    image: service('mysqld', { MYSQL_VERSION: '5.7.20' }),
    host: docker({
      container: {
        mounts: [{ source: '/Users/me/db', target: '/var/lib/mysql', filesystem: 'fuse.osxfs' }],
      },
    }),
    expect: {
      code: 'PL6017',
      severity: 'fatal',
      help: /innodb_use_native_aio=0/,
      symptom: /Invalid argument/,
    },
    counterpart: {
      because: 'a volume',
      host: docker({
        container: { mounts: [{ source: 'db', target: '/var/lib/mysql', filesystem: 'ext4' }] },
      }),
    },
  },
  ...(
    [
      [
        'k3s-alpine-search',
        'https://github.com/k3s-io/k3s/issues/6561',
        { search: ['mydomain.com'], ndots: 5 },
        { search: ['mydomain.com'], ndots: 1 },
      ],
      [
        'foundryvtt-dnssec',
        'https://github.com/felddy/foundryvtt-docker/issues/135',
        { search: ['example.org'], dnssec: true, ndots: 1 },
        { search: ['example.org'], dnssec: false, ndots: 1 },
      ],
      [
        'alpine-rate-limit',
        'https://github.com/gliderlabs/docker-alpine/issues/255',
        { search: ['a', 'b', 'c', 'd', 'e', 'f'], rateLimited: true, ndots: 1 },
        { search: [], rateLimited: true, ndots: 1 },
      ],
    ] as const
  ).map(
    ([id, source, bad, good]): Incident => ({
      id,
      title: 'musl and search domains',
      source,
      image: alpine,
      host: docker({ resolver: { ...bad, search: [...bad.search] } }),
      expect: { code: 'PL6012', severity: 'degraded', help: /ndots|search domains/ },
      counterpart: {
        because: 'another resolver configuration',
        host: docker({ resolver: { ...good, search: [...good.search] } }),
      },
    }),
  ),
  {
    id: 'bookworm-apt-fips',
    title: 'apt aborts on a FIPS node',
    source: 'https://github.com/debuerreotype/docker-debian-artifacts/issues/226',
    image: service('app', {}, { dpkg: ['apt 2.6.1', 'libgcrypt20 1.10.1-3'] }),
    host: docker({ fips: true }),
    expect: {
      code: 'PL6013',
      severity: 'fatal',
      help: /fips_enabled/,
      symptom: /requested algo not in md context/,
    },
    counterpart: [
      { because: 'no FIPS mode', host: docker({ fips: false }) },
      {
        because: 'an older libgcrypt',
        image: service('app', {}, { dpkg: ['apt 2.2.4', 'libgcrypt20 1.8.7-6'] }),
      },
    ],
  },
  {
    id: 'osbuild-sha1',
    title: 'osbuild verifies SHA-1 signatures on el10',
    source: 'https://github.com/osbuild/osbuild/pull/2366',
    image: service('osbuild'),
    host: { base: 'rhel:10.0', cryptoPolicy: 'DEFAULT' },
    expect: { code: 'PL6014', severity: 'degraded', help: /DEFAULT:SHA1/ },
    counterpart: {
      because: 'SHA-1 is allowed',
      host: { base: 'rhel:10.0', cryptoPolicy: 'DEFAULT:SHA1' },
    },
  },
  {
    id: 'gobgp-mptcp',
    title: 'Go 1.24 listens with MPTCP',
    source: 'https://github.com/golang/go/issues/74643',
    image: service(
      'gobgpd',
      {},
      {
        files: {
          '/usr/local/bin/gobgpd': {
            elf: {
              type: 'executable',
              go: '1.24.1',
              goModules: ['github.com/osrg/gobgp/v3 v3.35.0'],
            },
          },
        },
      },
    ),
    host: docker({ sysctls: { 'net.mptcp.enabled': '1' } }),
    expect: { code: 'PL6016', severity: 'fatal', help: /multipathtcp=0/, symptom: /TCP_MD5SIG/ },
    counterpart: {
      because: 'MPTCP is off',
      host: docker({ sysctls: { 'net.mptcp.enabled': '0' } }),
    },
  },
  ...(
    [
      ['proxmox-containerd', 'https://github.com/containerd/containerd/issues/12484'],
      ['proxmox-runc', 'https://github.com/opencontainers/runc/issues/4972'],
    ] as const
  ).map(
    ([id, source]): Incident => ({
      id,
      title: 'a new runc in an LXC container',
      source,
      image: service('hello'),
      host: docker({
        container: { nested: 'lxc' },
        engine: { name: 'docker', version: '27.5', runtime: { name: 'runc', version: '1.3.3' } },
      }),
      expect: {
        code: 'PL3007',
        severity: 'fatal',
        help: /LXC/,
        symptom: /ip_unprivileged_port_start/,
      },
      counterpart: {
        because: 'the runc before',
        host: docker({
          container: { nested: 'lxc' },
          engine: { name: 'docker', version: '27.5', runtime: { name: 'runc', version: '1.1.12' } },
        }),
      },
    }),
  ),
  {
    id: 'netty-io-uring',
    title: 'netty’s io_uring transport under docker’s filter',
    source: 'https://github.com/netty/netty-incubator-transport-io_uring/issues/41',
    image: jar('netty-incubator-transport-native-io_uring-0.0.5.Final-linux-x86_64.jar'),
    host: { base: 'debian:12+docker:25.0' },
    expect: {
      code: 'PL1015',
      severity: 'fatal',
      help: /epoll/,
      symptom: /failed to create io_uring ring fd/,
    },
    counterpart: { because: 'docker 24 allows it', host: docker() },
  },
  {
    id: 'mariadb-docker-desktop',
    title: 'MariaDB goes back to libaio',
    source: 'https://github.com/docker/for-mac/issues/7707',
    image: service('mariadbd', { MARIADB_VERSION: '1:11.8.2+maria~ubu2404' }),
    host: { base: 'debian:12+docker:25.0' },
    expect: { code: 'PL1015', severity: 'degraded', help: /libaio/ },
    counterpart: { because: 'docker 24 allows it', host: docker() },
  },
  {
    id: 'tigerbeetle-5.10',
    title: 'TigerBeetle on LinuxKit 5.10',
    source: 'https://github.com/tigerbeetle/tigerbeetle/issues/53',
    image: service('tigerbeetle'),
    host: on('5.10.47-linuxkit'),
    expect: { code: 'PL1015', severity: 'fatal', help: /5\.11/, symptom: /SystemOutdated/ },
    counterpart: { because: 'a newer kernel', host: docker() },
  },
  ...(
    [
      ['mongo5-core2', 'https://github.com/docker-library/mongo/issues/485', '5.0.3'],
      [
        'bitnami-mongodb-kvm64',
        'https://github.com/bitnami/bitnami-docker-mongodb/issues/340',
        '5.0.8',
      ],
      ['bitnami-mongodb8', 'https://github.com/bitnami/containers/issues/75716', '8.0.4'],
    ] as const
  ).map(
    ([id, source, version]): Incident => ({
      id,
      title: 'mongod without AVX',
      source,
      image: service('mongod', { MONGO_VERSION: version }),
      host: docker({
        machine: 'x86_64',
        cpu: { level: 'x86-64-v2', features: ['sse4_2', 'popcnt'] },
      }),
      expect: {
        code: 'PL2006',
        severity: 'fatal',
        verdict: 'fails',
        help: /MongoDB 4\.4/,
        symptom: /[Ii]llegal instruction/,
      },
      counterpart: [
        {
          because: 'a processor with AVX',
          host: docker({
            machine: 'x86_64',
            cpu: { features: ['sse4_2', 'popcnt', 'avx', 'avx2'] },
          }),
        },
        { because: 'MongoDB 4.4', image: service('mongod', { MONGO_VERSION: '4.4.6' }) },
      ],
    }),
  ),
  ...(
    [
      ['mongo5-raspberry-pi4', 'https://github.com/docker-library/mongo/issues/510', '5.0.5'],
      ['mongo4419-raspberry-pi4', 'https://github.com/Jomik/screeps-server/issues/77', '4.4.19'],
    ] as const
  ).map(
    ([id, source, version]): Incident => ({
      id,
      title: 'mongod on ARMv8.0',
      source,
      image: {
        ...service('mongod', { MONGO_VERSION: version }),
        platform: 'linux/arm64',
        files: { '/usr/local/bin/mongod': { elf: { type: 'executable', machine: 'aarch64' } } },
      },
      host: docker({ machine: 'aarch64', cpu: { level: 'armv8-a', model: 'Cortex-A72' } }),
      expect: { code: 'PL2006', severity: 'fatal', help: /4\.4\.18/, symptom: /ARMv8\.2-A/ },
      counterpart: {
        because: 'MongoDB 4.4.18',
        image: {
          ...service('mongod', { MONGO_VERSION: '4.4.18' }),
          platform: 'linux/arm64',
          files: { '/usr/local/bin/mongod': { elf: { type: 'executable', machine: 'aarch64' } } },
        },
      },
    }),
  ),
];

incidentSuite('confinement', incidents);
