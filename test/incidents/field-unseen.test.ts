// Incidents of trackers over all mechanisms, written down before any rule was made for them. One line each.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FileSpec, type Fixture, glibcFiles, muslFiles } from './harness/fixture.ts';
import { incidentSuite } from './harness/incident.ts';
import { glibc, incidentsOf, java, program, type Row, script, starts } from './harness/rows.ts';

const d24 = 'debian:12+docker:24.0';
const on = (base: string, more: object) => ({ base, ...more });
const site = '/usr/local/lib/python3.11/site-packages/';

const loops = `float a[4096], b[4096];
  int main(int c, char **v) {
    for (int k = 0; k < 9; k++) for (int i = 0; i < 4000; i++) a[i] = a[i] * b[i] + b[i + k] * c;
    return a[c] > 1;
  }`;
const halves = `_Float16 q[64];
  int main(int c, char **v) {
    for (int i = 0; i < 64; i++) q[i] = q[(i + c) % 64] * (_Float16)2.0 + (_Float16)c;
    return q[c];
  }`;

/** A program as the compiler makes it for the processor that the flag names. */
function compiled(flag: string, code = loops, compiler = 'gcc'): FileSpec {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-incident-c-'));
  try {
    const source = join(folder, 'x.c');
    const output = join(folder, 'x');
    writeFileSync(source, code);
    const { status, stderr } = spawnSync(compiler, ['-O3', flag, '-o', output, source], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(stderr);
    return { content: readFileSync(output), mode: 0o755 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const armCompiler = 'aarch64-linux-gnu-gcc';
const hasArmCompiler = spawnSync(armCompiler, ['--version']).status === 0;

const ofArm = (flag: string, code?: string): Fixture => ({
  platform: 'linux/arm64',
  os: 'debian 12',
  entrypoint: ['/app'],
  files: {
    ...glibcFiles('2.36', { machine: 'aarch64' }),
    '/app': compiled(flag, code, armCompiler),
  },
});

const armWith = (...features: readonly string[]) =>
  on('ubuntu:22.04+arch:aarch64+docker:24.0', {
    cpu: { level: 'armv8.1-a', features: ['fp', 'asimd', 'atomics', 'crc32', ...features] },
  });

/** A Python program with packages of PyPI, as "name version". */
const py = (packages: readonly string[]): Fixture => ({
  os: 'debian 12',
  entrypoint: ['/usr/bin/python3', '/app/main.py'],
  files: {
    '/usr/bin/python3': program,
    '/app/main.py': 'import x\n',
    ...Object.fromEntries(
      packages.map((each) => {
        const [name = '', version = ''] = each.split(' ');
        return [
          `${site}${name}-${version}.dist-info/METADATA`,
          `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`,
        ];
      }),
    ),
  },
});

const next: Fixture = {
  os: 'debian 12',
  entrypoint: ['node', 'server.js'],
  env: { NODE_VERSION: '20.11.0' },
  files: {
    '/usr/local/bin/node': program,
    '/usr/src/app/server.js': "const next = require('next')\nnext({ dev: false }).prepare()\n",
    '/usr/src/app/node_modules/next/package.json': '{"name":"next","version":"14.1.0"}',
  },
};

// biome-ignore format: one line an incident
const rows: readonly Row[] = [
  ['homebridge-syno-arc4random', 'no entropy on 3.10', 'homebridge/docker-homebridge#960', glibc('2.39', { app: { imports: ['arc4random@GLIBC_2.36'] } }, { os: 'ubuntu 24.04' }), { base: 'kernel:3.10.108+docker:20.10.3' }, 'PL1004', /kernel|older/, d24],
  ['kodus-restricted', 'Next.js as another user than the owner of its folders', 'kodustech/kodus-ai#872', next, 'debian:12+containerd:1.7+user:1000+no-new-privileges+cap-drop:ALL', 'PL5006', /./, 'debian:12+containerd:1.7'],
  ['s6-not-root', 's6-overlay as an ordinary user, /run of root', 'bbernhard/signal-cli-rest-api#841', { os: 'debian 12', user: '1000', entrypoint: ['/init'], files: { '/init': { content: '#!/bin/sh -e\nexec /package/admin/s6-overlay/libexec/preinit\n', mode: 0o755 }, '/bin/sh': program, '/package/admin/s6-overlay-3.1.6.2/libexec/preinit': program, '/package/admin/s6-overlay': { link: 's6-overlay-3.1.6.2' }, '/run/x': '' } }, 'debian:12+containerd:1.7+user:1000+no-new-privileges+cap-drop:ALL', 'PL5007', /chown|run/, 'debian:12+containerd:1.7+user:0'],
  ['postfix-chmod-ro', 'the entry script changes modes of its own files', 'bokysan/docker-postfix#199', script('chmod +x /scripts/*.sh\nexec /usr/sbin/postfix start-fg', { files: { '/usr/sbin/postfix': program, '/scripts/run.sh': '#!/bin/sh\n' } }), 'debian:12+containerd:1.7+read-only', 'PL3009', /./, 'debian:12+containerd:1.7'],
  ['phoss-jar-0600', 'a jar that only root may read', 'phax/phoss-ap#79', { os: 'debian 12', entrypoint: ['/opt/java/openjdk/bin/java', '-jar', '/app.jar'], env: { JAVA_VERSION: 'jdk-21.0.1+12' }, files: { '/opt/java/openjdk/bin/java': program, '/app.jar': { content: 'PK', mode: 0o600 } } }, 'debian:12+containerd:1.7+user:10001', 'PL5006', /./, 'debian:12+containerd:1.7'],
  ['lwan-avx2', 'built with -march=native', 'lpereira/lwan#346', starts(['/lwan'], { files: { ...glibcFiles('2.36'), '/lwan': compiled('-march=haswell') } }), 'ubuntu:22.04+docker:24.0+cpu:x86-64-v2', 'PL2006', /./, 'ubuntu:22.04+docker:24.0+cpu:x86-64-v3'],
  ['kotaemon-xeon', 'a RAG application on an old Xeon', 'Cinnamon/kotaemon#257', py(['lancedb 0.10.2', 'onnxruntime 1.19.0', 'torch 2.2.0']), 'ubuntu:22.04+docker:24.0+cpu:x86-64-v2', 'PL2006', /./, 'ubuntu:22.04+docker:24.0+cpu:x86-64-v3'],
  ['crapi-openresty', 'LuaJIT built with SSE4.2', 'OWASP/crAPI#241', starts(['/usr/local/openresty/bin/openresty', '-g', 'daemon off;'], { os: 'alpine 3.18', files: { ...muslFiles('1.2.4'), '/usr/local/openresty/bin/openresty': { link: '/usr/local/openresty/nginx/sbin/nginx' }, '/usr/local/openresty/nginx/sbin/nginx': { elf: { needed: ['libluajit-5.1.so.2'] } }, '/usr/local/openresty/luajit/lib/libluajit-5.1.so.2.1.0': { elf: { type: 'shared-library', soname: 'libluajit-5.1.so.2' } } } }), 'ubuntu:22.04+docker:24.0+cpu:x86-64-v1', 'PL2006', /./, 'ubuntu:22.04+docker:24.0+cpu:x86-64-v2'],
  ['grimoire-bun', 'Bun on a Turion', 'goniszewski/grimoire#126', starts(['bun', 'run', 'start'], { files: { '/usr/local/bin/bun': { elf: { strings: ['Bun has crashed. This indicates a bug in Bun', 'Bun v1.1.20'] } } }, env: { BUN_RUNTIME_TRANSPILER_CACHE_PATH: '0' } }), 'arch+docker:27+cpu:x86-64-v1', 'PL2006', /baseline/, 'arch+docker:27+cpu:x86-64-v3'],
  ['elixir-otp23-qemu', 'the BEAM of OTP 23 under qemu', 'docker/for-mac#5148', { os: 'ubuntu 20.04', entrypoint: ['iex'], files: { '/usr/local/bin/iex': { content: '#!/bin/sh\nexec erl -user elixir\n', mode: 0o755 }, '/bin/sh': program, '/usr/local/bin/erl': { content: '#!/bin/sh\nexec /usr/local/lib/erlang/erts-11.1.4/bin/erlexec "$@"\n', mode: 0o755 }, '/usr/local/lib/erlang/erts-11.1.4/bin/beam.smp': program, '/usr/local/lib/erlang/erts-11.1.4/bin/erlexec': program, '/usr/local/lib/erlang/releases/23/OTP_VERSION': '23.2' } }, 'docker-desktop:4.31+arch:aarch64+qemu', 'PL2010', /arm64/, 'docker-desktop:4.31'],
  ['elasticmq-qemu', 'a JVM under qemu', 'docker/for-mac#5257', java('11.0.9+11'), 'docker-desktop:4.31+arch:aarch64+qemu', 'PL2010', /arm64/, 'docker-desktop:4.31'],
  ['chrome-qemu', 'Chrome under qemu', 'docker/for-mac#5766', starts(['/usr/bin/google-chrome', '--headless', '--no-sandbox'], { dpkg: ['google-chrome-stable 91.0.4472.114-1'] }), 'docker-desktop:4.31+arch:aarch64+qemu', 'PL2010', /arm64|chromium/i, 'docker-desktop:4.31+shm:1g'],
  ['rosetta-vdso-6.11', 'Rosetta on Linux 6.11', 'containerd/nerdctl#3958', glibc('2.36'), { base: 'kernel:6.11+arch:aarch64+docker:27+rosetta' }, 'PL2010', /6\.11|older kernel|newer/, { base: 'kernel:6.10+arch:aarch64+docker:27+rosetta' }],
  ['systemd-many', 'eleven containers with systemd', 'eniocarboni/docker-ubuntu-systemd#3', starts(['/sbin/init'], { os: 'ubuntu 22.04', dpkg: ['systemd 249.11-0ubuntu3.11'], files: { '/lib/systemd/systemd': program, '/sbin/init': { link: '/lib/systemd/systemd' } } }), on('ubuntu:22.04+docker:24.0+privileged', { sysctls: { 'fs.inotify.max_user_instances': '128' } }), ['PL6001', 'note'], /max_user_instances/, on('ubuntu:22.04+docker:24.0+privileged', { sysctls: { 'fs.inotify.max_user_instances': '8192' } })],
  ['faasm-cgcreate', 'cgroup-tools of 20.04 on v2', 'faasm/faasm#696', script('cgcreate -g memory,cpu:faasm\nexec /build/faasm/bin/pool_runner', { os: 'ubuntu 20.04', dpkg: ['cgroup-tools 0.41-10'], files: { '/build/faasm/bin/pool_runner': program, '/usr/bin/cgcreate': program } }), 'ubuntu:22.04+docker:24.0+privileged', 'PL4004', /v1|22\.04|unified/, 'ubuntu:20.04+docker:24.0+privileged'],
  ['node-musl-search', 'no search domains in old musl', 'nodejs/docker-node#602', { os: 'alpine 3.3', apk: ['musl 1.1.12-r3'], entrypoint: ['node', 'x.js'], files: { ...muslFiles('1.1.12'), '/usr/local/bin/node': program } }, { base: d24, resolver: { search: ['corp.example'], nameservers: ['10.0.0.2'] } }, 'PL6012', /glibc|Debian|newer|FQDN|dot/i, { base: d24, resolver: { search: [], nameservers: ['10.0.0.2'] } }],
  ['k3s-search-dot', 'search . in resolv.conf', 'k3s-io/k3s#6132', { os: 'alpine 3.16', apk: ['musl 1.2.3-r0'], entrypoint: ['/usr/bin/app'], files: { ...muslFiles('1.2.3'), '/usr/bin/app': { elf: { interpreter: '/lib/ld-musl-x86_64.so.1', needed: ['libc.musl-x86_64.so.1'], imports: ['getaddrinfo'] } } } }, { base: 'debian:12+containerd:1.6', resolver: { search: ['default.svc.cluster.local', 'svc.cluster.local', 'cluster.local', '.'], ndots: 5, nameservers: ['10.43.0.10'] } }, 'PL6012', /search/, { base: 'debian:12+containerd:1.6', resolver: { search: [], ndots: 1, nameservers: ['10.43.0.10'] } }],
  ['wsl-xt-u32', 'iptables match that the kernel lacks', 'microsoft/WSL#9946', script('iptables -A INPUT -m u32 --u32 "0>>22&0x3C@12&0xFFFFFF00=0" -j DROP\nexec app', { os: 'debian 12', dpkg: ['iptables 1.8.9-2'], files: { '/usr/bin/app': program, '/usr/sbin/iptables': program } }), 'wsl2+docker:24.0+cap-add:NET_ADMIN+no-module:xt_u32', 'PL6006', /xt_u32|u32/, 'debian:12+docker:24.0+cap-add:NET_ADMIN+module:xt_u32'],
  ['wsl-kvm', 'KVM on an early WSL', 'microsoft/WSL#5398', starts(['qemu-system-x86_64', '-enable-kvm', '-m', '2048']), { base: 'wsl2+docker:20.10', devices: ['/dev/null'] }, 'PL6005', /kvm/, 'debian:12+docker:24.0+device:/dev/kvm'],
  ['wsl-headers', 'headers of a kernel that no distribution has', 'cmulk/wireguard-docker#25', script('apt-get update\napt-get install -y linux-headers-$(uname -r)\nexec app', { os: 'debian 10', files: { '/usr/bin/app': program } }), 'wsl2+docker:20.10+cap-add:SYS_MODULE', 'PL6006', /kernel|module/, 'debian:10+docker:20.10+cap-add:SYS_MODULE'],
  ['elasticmq-native-16k', 'a GraalVM program for pages of 4k', 'softwaremill/elasticmq#1073', { platform: 'linux/arm64', os: 'debian 12', entrypoint: ['/opt/elasticmq-native-server'], files: { '/opt/elasticmq-native-server': { elf: { machine: 'aarch64', strings: ['com.oracle.svm.core.VM=GraalVM 22.3.1 Java 17 CE'] } } } }, 'raspios:12+arch:aarch64+docker:28.0+page:16k', 'PL2008', /PageSize/, 'raspios:12+arch:aarch64+docker:28.0+page:4k'],
  ['dind28-iptable-raw', 'Docker 28 within wants the table raw', 'hostinger/fireactions-images#49', starts(['dockerd'], { env: { DOCKER_VERSION: '28.0.0' }, files: { '/usr/bin/dockerd': program } }), 'ubuntu:22.04+docker:27.0+privileged+no-module:iptable_raw', 'PL6006', /RAW/, 'ubuntu:22.04+docker:27.0+privileged+module:iptable_raw'],
  ['k3s-pi-memory', 'k3s on a Raspberry Pi whose memory controller is off', 'k3s-io/k3s#2067', starts(['k3s', 'server'], { env: { K3S_VERSION: 'v1.28.3+k3s1' }, platform: 'linux/arm64', files: { '/bin/k3s': { elf: { machine: 'aarch64' } } } }), 'raspios:12+docker:28.0+privileged', 'PL4005', /cgroup_enable=memory/, 'debian:12+arch:aarch64+docker:28.0+privileged'],
  ['atlan-assigned-user', 'folders of 1000, and a user that OpenShift assigns', 'atlanhq/application-sdk#2638', script('mkdir -p /app/state\nexec /app/run', { os: 'debian 12', user: '1000', files: { '/app': { directory: true, uid: 1000 }, '/app/run': program } }), 'debian:12+containerd:1.7+user:1000930000', 'PL5006', /chgrp -R 0 \/app/, 'debian:12+containerd:1.7', 'debian:12+containerd:1.7+user:1000', { base: 'debian:12+containerd:1.7+user:1000930000', container: { tmpfs: { '/app': '' } } }, { image: script('if [ "$(id -u)" = 1000 ]; then\n  mkdir -p /app/state\nfi\nexec /app/run', { os: 'debian 12', user: '1000', files: { '/app': { directory: true, uid: 1000 }, '/app/run': program } }) }],
];

// biome-ignore format: one line an incident
const rowsOfArm: () => readonly Row[] = () => [
  ['imgproxy-a1', 'arithmetic of ARMv8.2 on a Cortex-A72', 'imgproxy/imgproxy#1430', ofArm('-march=armv8.2-a+fp16', halves), armWith(), 'PL2006', /older processors/, armWith('fphp', 'asimdhp')],
  ['clickhouse-pi4', 'half precision on a Raspberry Pi 4', 'ClickHouse/ClickHouse#50852', ofArm('-march=armv8.2-a+fp16', halves), 'raspios:12+arch:aarch64+docker:24.0+page:4k+cpu:armv8-a', 'PL2006', /older processors/, armWith('fphp', 'asimdhp')],
  ['graviton-sve', 'SVE where there is none', 'aws/aws-graviton-getting-started#370', ofArm('-march=armv8.2-a+sve'), armWith('fphp', 'asimdhp'), 'PL2006', /older processors/, armWith('fphp', 'asimdhp', 'sve')],
];

incidentSuite('field, unseen', incidentsOf([...rows, ...(hasArmCompiler ? rowsOfArm() : [])]));
