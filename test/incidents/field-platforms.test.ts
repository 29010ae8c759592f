// Failures of kernels, processors, page sizes, translators and filters that nobody had in mind when the rules were
// written: each fixture was made from the report alone. One line each.
import type { FindingCode } from '../../src/check/finding-codes.ts';
import { type Fixture, glibcFiles } from './harness/fixture.ts';
import { type HostSpec, incidentSuite } from './harness/incident.ts';
import { arm, glibc, incidentsOf, java, pip, program, starts } from './harness/rows.ts';

type Parts = Exclude<HostSpec, string>;
const k = (release: string, more: Parts = {}): Parts => ({
  machine: 'x86_64',
  kernel: {
    release,
    base: release
      .split('.')
      .slice(0, release.startsWith('2') ? 3 : 2)
      .join('.')
      .replace(/-.*/, ''),
  },
  ...more,
});
const v1 = 'ubuntu:22.04+docker:24.0+cpu:x86-64-v1';
const v2 = 'ubuntu:22.04+docker:24.0+cpu:x86-64-v2';
const zero: HostSpec = { base: 'raspios:11+docker:24.0', machine: 'armv6l' };
const arch = (pkgs: readonly string[] = []): Fixture =>
  glibc(
    '2.33',
    { abiNote: '4.4.0', app: { abiNote: '4.4.0' } },
    {
      os: 'arch',
      files: Object.fromEntries(
        pkgs.map((p) => [
          `/var/lib/pacman/local/${p}/desc`,
          `%NAME%\n${p.replace(/-\d.*/, '')}\n\n%VERSION%\n${p.replace(/^[a-z-]*-(?=\d)/, '')}\n`,
        ]),
      ),
    },
  );
const jem = (
  path: string,
  strings: readonly string[] = ['<jemalloc>: Unsupported system page size\n'],
  type: 'static-pie' | 'shared-library' | 'pie' = 'static-pie',
): Fixture => ({
  ...arm,
  entrypoint: [path],
  files: { [path]: { elf: { machine: 'aarch64', type, strings } } },
});
/** id, source, image, host, code, a host on which it must be silent. */
type Unseen = readonly [string, string, Fixture, HostSpec, FindingCode, HostSpec];

// biome-ignore format: one line an incident
const rows: readonly Unseen[] = [
  ['qbittorrentvpn-arch-ds916', 'binhex/arch-qbittorrentvpn#81', arch(['glibc-2.33-4']), k('3.10.105'), 'PL1001', 'debian:12+docker:24.0'],
  ['docker-osx-centos7', 'sickcodes/Docker-OSX#404', arch(['glibc-2.33-5', 'qemu-6.1.0-5']), 'centos:7+docker:20.10', 'PL1001', 'debian:12+docker:24.0'],
  ['blitznote-4.4.100', 'mark-kubacki/apt-image#14', glibc('2.23', { abiNote: '4.4.100', app: { abiNote: '4.4.100' } }, { os: 'ubuntu 16.04' }), k('4.4.0-21-generic'), 'PL1001', 'debian:12+docker:24.0'],
  ['void-glibc-3.0', 'void-linux/void-packages#11398', glibc('2.26', {}, { os: 'void' }), k('3.0.101'), 'PL1001', 'debian:12+docker:24.0'],
  ['udocker-centos-6.5', 'indigo-dc/udocker#197', glibc('2.27', {}, { os: 'ubuntu 18.04', dpkg: ['libc6 2.27-3ubuntu1 glibc'] }), k('2.6.32-431.29.2.el6.x86_64'), 'PL1001', 'debian:12+docker:24.0'],
  ['factorio-jelastic', 'goofball222/factorio#2', glibc('2.26', {}, { os: 'alpine 3.7', apk: ['musl 1.1.18-r2', 'glibc 2.26-r0'] }), k('2.6.32-042stab127.2'), 'PL1001', 'debian:12+docker:24.0'],
  ['upx5-3.14', 'upx/upx#902', { platform: 'linux/arm/v7', entrypoint: ['/app'], files: { '/app': { elf: { machine: 'arm', type: 'executable', strings: ['$Info: This file is packed with the UPX executable packer http://upx.sf.net $', '$Id: UPX 5.00 Copyright (C) 1996-2025 the UPX Team. All Rights Reserved. $', 'UPX!'] } } } }, { machine: 'armv7l', kernel: { release: '3.14.29', base: '3.14' } }, 'PL1004', { machine: 'armv7l', kernel: { release: '4.19.0', base: '4.19' } }],
  ['crun-0.15-4.19', 'containers/crun#530', starts(['/usr/bin/app']), 'debian:10+podman:2.1.1+crun:0.15', 'PL3013', 'debian:10+podman:2.1.1+crun:0.14'],
  ['runc-memfd-centos-7.1', 'docker/for-linux#595', starts(['/usr/bin/app']), { base: 'centos:7+docker:18.09.2', kernel: { release: '3.10.0-229.el7.x86_64', base: '3.10' } }, 'PL3013', 'centos:7+docker:18.09.2'],
  ['dockerd-wsl1', 'microsoft/WSL#964', starts(['/usr/bin/dockerd']), { machine: 'x86_64', kernel: { kind: 'wsl1', release: '4.4.0-14393-Microsoft', base: '4.4' } }, 'PL1014', 'debian:12+docker:24.0'],
  ['postgres-wsl1-shmget', 'microsoft/WSL#2284', starts(['/usr/lib/postgresql/9.5/bin/postgres'], { dpkg: ['postgresql-9.5 9.5.7-0ubuntu0.16.04'] }), { machine: 'x86_64', kernel: { kind: 'wsl1', release: '3.4.0-Microsoft', base: '3.4' } }, 'PL1014', 'debian:12+docker:24.0'],
  ['oracular-on-focal', 'canonical/lxd#13844', { os: 'ubuntu 24.10', dpkg: ['systemd 256.5-2ubuntu3', 'libc6 2.40-1ubuntu3 glibc'], entrypoint: ['/sbin/init'], files: { '/usr/lib/systemd/systemd': program, '/sbin/init': { link: '/usr/lib/systemd/systemd' } } }, { base: 'ubuntu:20.04+lxc', cgroup: { version: 'v1' } }, 'PL4002', 'debian:12+docker:24.0'],
  ['libuv-nfs-centos7', 'libuv/libuv#3069', starts(['/usr/local/bin/node'], { env: { NODE_VERSION: '14.15.1' } }), { base: 'centos:7+docker:20.10', container: { mounts: [{ source: 'nas:/x', target: '/data', filesystem: 'nfs4' }] } }, 'PL1011', 'centos:7+docker:20.10'],
  ['pgsc-polars', 'PGScatalog/pgsc_calc#454', pip('polars', '1.12.0'), v1, 'PL2006', 'ubuntu:22.04+docker:24.0+cpu:x86-64-v3'],
  ['nuke-ml-tensorflow', 'TheFoundryVisionmongers/nuke-ML-server#10', pip('tensorflow', '1.13.1'), v1, 'PL2006', 'ubuntu:22.04+docker:24.0+cpu:x86-64-v3'],
  ['gpt4all-ui', 'ParisNeo/lollms-webui#69', pip('pyllamacpp', '1.0.6'), v2, 'PL2006', 'ubuntu:22.04+docker:24.0+cpu:x86-64-v3'],
  ['donsetch-ort', 'dondai44423/donsetch#57', { entrypoint: ['/usr/local/bin/donsetch'], files: { '/usr/local/bin/donsetch': { elf: { strings: ['/root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/ort-2.0.0-rc.10/src/lib.rs', 'onnxruntime/core/session/inference_session.cc'] } } } }, v2, 'PL2006', 'ubuntu:22.04+docker:24.0+cpu:x86-64-v3'],
  ['bun-image-core2', 'oven-sh/bun#19392', { os: 'debian 12', entrypoint: ['/usr/local/bin/docker-entrypoint.sh'], cmd: ['/usr/local/bin/bun'], env: { BUN_RUNTIME_TRANSPILER_CACHE_PATH: '0' }, files: { '/bin/sh': program, '/usr/local/bin/docker-entrypoint.sh': '#!/bin/sh\nexec "$@"\n', '/usr/local/bin/bun': { elf: { strings: ['Bun v1.2.11', 'CPU lacks AVX support. Please consider upgrading to a newer CPU.'] } } } }, v1, 'PL2006', 'ubuntu:22.04+docker:24.0+cpu:x86-64-v3'],
  ['dockhand-bun-compiled', 'Finsys/dockhand#47', { entrypoint: ['/app/dockhand'], files: { '/app/dockhand': { elf: { strings: ['Bun v1.3.4', 'oh no: Bun has crashed. This indicates a bug in Bun, not your code.'] } } } }, v2, 'PL2006', 'ubuntu:22.04+docker:24.0+cpu:x86-64-v3'],
  ['opencode-cloud-avx-no-avx2', 'pRizz/opencode-cloud#48', { entrypoint: ['/usr/local/bin/opencode'], files: { '/usr/local/bin/opencode': { elf: { strings: ['Bun v1.2.19', 'CPU lacks AVX support. Please consider upgrading to a newer CPU.'] } } } }, { base: 'debian:12+docker:29.6', cpu: { level: 'x86-64-v2', features: ['sse4_2', 'avx', 'popcnt'] } }, 'PL2006', 'ubuntu:22.04+docker:24.0+cpu:x86-64-v3'],
  ['plausible-clickhouse-atom', 'plausible/community-edition#29', starts(['/usr/bin/clickhouse-server'], { os: 'ubuntu 18.04', dpkg: ['clickhouse-server 20.3.9.70', 'clickhouse-common-static 20.3.9.70'], files: { '/usr/bin/clickhouse': program } }), v1, 'PL2006', 'ubuntu:22.04+docker:24.0+cpu:x86-64-v3'],
  ['manticore-6-sse42', 'manticoresoftware/manticoresearch#1057', starts(['/usr/bin/searchd'], { os: 'ubuntu 22.04', dpkg: ['manticore-server-core 6.0.2-230222-89c7a5144', 'manticore-columnar-lib 2.0.0-230222-e1c3ea6'] }), v1, 'PL2006', 'ubuntu:22.04+docker:24.0+cpu:x86-64-v3'],
  ['scylla-4.0-pclmul', 'scylladb/scylladb#6528', starts(['/opt/scylladb/bin/scylla'], { os: 'centos 7', rpm: ['scylla-server 4.0.0-0'] }), v1, 'PL2006', 'ubuntu:22.04+docker:24.0+cpu:x86-64-v3'],
  ['ydb-sse42', 'ydb-platform/ydb#26', starts(['/ydbd', 'server'], { os: 'ubuntu 20.04', files: { '/ydbd': { elf: { strings: ['This program was compiled for SSE42 which is not supported on your system, exiting...'] } } } }), v1, 'PL2006', 'ubuntu:22.04+docker:24.0+cpu:x86-64-v3'],
  ['vespa-8-haswell', 'vespa-engine/vespa#25892', starts(['/usr/local/bin/start-container.sh'], { os: 'almalinux 8.7', rpm: ['vespa 8.119.56-1.el8', 'vespa-base-libs 8.119.56-1.el8'], files: { '/usr/local/bin/start-container.sh': '#!/bin/bash\n/opt/vespa/bin/vespa-start-configserver\n', '/bin/bash': program, '/opt/vespa/bin/vespa-start-configserver': program } }), v2, 'PL2006', 'ubuntu:22.04+docker:24.0+cpu:x86-64-v3'],
  ['milvus-rosetta', 'orbstack/orbstack#482', starts(['/milvus/bin/milvus', 'run', 'standalone'], { os: 'ubuntu 20.04' }), 'docker-desktop:4.24+arch:aarch64+rosetta', 'PL2010', 'docker-desktop:4.29'],
  ['bitnami-mongo-rosetta', 'docker/roadmap#384', starts(['/opt/bitnami/mongodb/bin/mongod'], { env: { APP_VERSION: '6.0.13', BITNAMI_APP_NAME: 'mongodb' } }), 'docker-desktop:4.24+arch:aarch64+rosetta', 'PL2006', 'ubuntu:22.04+docker:24.0+cpu:x86-64-v3'],
  ['magicmirror-pi-zero', 'bastilimbach/docker-MagicMirror#54', { platform: 'linux/arm/v7', os: 'debian 10', env: { NODE_VERSION: '14.15.5' }, entrypoint: ['/usr/local/bin/node'], files: { ...glibcFiles('2.28', { machine: 'arm' }), '/usr/local/bin/node': { elf: { machine: 'arm' } } } }, zero, 'PL2005', 'raspios:11+arch:armv7l'],
  ['ubuntu-armhf-pi-zero', 'home-assistant/docker-base#6', { platform: 'linux/arm/v7', os: 'ubuntu 18.04', dpkg: ['libc6 2.27-3ubuntu1 glibc'], files: glibcFiles('2.27', { machine: 'arm' }), entrypoint: ['/usr/bin/app'] }, zero, 'PL2005', 'raspios:11+arch:armv7l'],
  ['dotnet7-pi-zero', 'dj-nitehawk/Hybrid-Inverter-Monitor#20', { platform: 'linux/arm/v7', os: 'debian 11', env: { DOTNET_VERSION: '7.0.5' }, files: { ...glibcFiles('2.31', { machine: 'arm' }), '/usr/share/dotnet/dotnet': { elf: { machine: 'arm' } } }, entrypoint: ['/usr/share/dotnet/dotnet', '/app/InverterMon.Server.dll'] }, zero, 'PL2005', 'raspios:11+arch:armv7l'],
  ['windmill-pi5', 'windmill-labs/windmill#4422', jem('/usr/src/app/windmill', ['<jemalloc>: Unsupported system page size\n', '/usr/local/cargo/registry/src/x/tikv-jemallocator-0.5.4/src/lib.rs']), 'raspios:12+arch:aarch64+page:16k', 'PL2008', 'raspios:12+arch:aarch64+page:4k'],
  ['sws-musl-pi5', 'static-web-server/static-web-server#440', jem('/static-web-server', ['<jemalloc>: Unsupported system page size\n']), 'raspios:12+arch:aarch64+page:16k', 'PL2008', 'raspios:12+arch:aarch64+page:4k'],
  ['oxlint-asahi', 'oxc-project/oxc#3783', { ...arm, os: 'debian 12', env: { NODE_VERSION: '20.14.0' }, entrypoint: ['/usr/local/bin/node', '/app/node_modules/oxlint/bin/oxlint'], files: { '/usr/local/bin/node': { elf: { machine: 'aarch64' } }, '/app/node_modules/oxlint/bin/oxlint': '#!/usr/bin/env node\n', '/app/node_modules/@oxlint/linux-arm64-gnu/oxlint': { elf: { machine: 'aarch64', strings: ['<jemalloc>: Unsupported system page size\n'] } }, '/app/node_modules/@oxlint/linux-arm64-gnu/package.json': '{"name":"@oxlint/linux-arm64-gnu","version":"0.4.3"}' } }, 'raspios:12+arch:aarch64+page:16k', 'PL2008', 'raspios:12+arch:aarch64+page:4k'],
  ['oracle-free-64k', 'gvenzl/oci-oracle-free#81', { ...arm, ...glibc('2.28', { machine: 'aarch64', app: { needed: ['libclntsh.so.23.1', 'libc.so.6'] } }, { os: 'ol 8.10' }), platform: 'linux/arm64', files: { ...glibcFiles('2.28', { machine: 'aarch64', app: { needed: ['libclntsh.so.23.1', 'libc.so.6'] } }), '/usr/lib64/libclntsh.so.23.1': { elf: { machine: 'aarch64', type: 'shared-library', soname: 'libclntsh.so.23.1', alignment: 0x1000 } } } }, 'rhel:8.10+arch:aarch64+page:64k', 'PL2007', 'ubuntu:24.04+arch:aarch64'],
  ['sharp-libvips-64k', 'lovell/sharp-libvips#45', { ...arm, os: 'debian 10', entrypoint: ['/usr/local/bin/node', '/app/x.js'], files: { '/usr/local/bin/node': { elf: { machine: 'aarch64' } }, '/app/node_modules/sharp/vendor/lib/libglib-2.0.so.0': { elf: { machine: 'aarch64', type: 'shared-library', soname: 'libglib-2.0.so.0', alignment: 0x1000 } } } }, 'rhel:8.2+arch:aarch64+page:64k', 'PL2007', 'ubuntu:24.04+arch:aarch64'],
  ['upx-64k', 'upx/upx#254', { ...arm, entrypoint: ['/app'], files: { '/app': { elf: { machine: 'aarch64', type: 'executable', alignment: 0x1000, strings: ['UPX!', '$Id: UPX 3.95 Copyright (C) 1996-2018 the UPX Team. All Rights Reserved. $'] } } } }, 'rhel:8.2+arch:aarch64+page:64k', 'PL2007', 'ubuntu:24.04+arch:aarch64'],
  ['nix-bootstrap-64k', 'NixOS/nixpkgs#112086', { ...arm, entrypoint: ['/nix/store/fj18xk7dwk706mfki61klg69dg84gsim-bootstrap-tools/bin/bash'], files: { '/nix/store/fj18xk7dwk706mfki61klg69dg84gsim-bootstrap-tools/bin/bash': { elf: { machine: 'aarch64', alignment: 0x1000 } } } }, 'rhel:8.2+arch:aarch64+page:64k', 'PL2007', 'ubuntu:24.04+arch:aarch64'],
  ['hwloc-sys-nice-docker-1.13', 'moby/moby#37241', starts(['/usr/bin/hwloc-bind', '--membind', 'node:0', 'echo'], { os: 'rhel 7.5', rpm: ['hwloc 1.11.8-4.el7', 'numactl-libs 2.0.9-7.el7'] }), 'rhel:7.5+docker:1.13+cap-add:SYS_NICE', 'PL3003', 'debian:12+docker:24.0+cap-add:SYS_NICE'],
  ['webtop-vte-close-range', 'docker/for-linux#1262', { os: 'fedora 34', rpm: ['glibc 2.33-20.fc34', 'vte291 0.64.2-1.fc34', 'xfce4-terminal 0.8.10-4.fc34'], entrypoint: ['/usr/bin/xfce4-terminal'], files: { ...glibcFiles('2.33'), '/usr/bin/xfce4-terminal': { elf: { needed: ['libvte-2.91.so.0'] } }, '/usr/lib64/libvte-2.91.so.0': { elf: { type: 'shared-library', soname: 'libvte-2.91.so.0', directSyscalls: [436] } } } }, 'ubuntu:20.04+docker:20.10.8', 'PL3001', 'debian:12+docker:24.0'],
  ['pidfd-getfd-docker', 'moby/moby#45622', { entrypoint: ['/app'], files: { '/app': { elf: { type: 'executable', directSyscalls: [438] } } } }, 'ubuntu:22.04+docker:20.10.21', 'PL3003', 'debian:12+docker:24.0+privileged'],
  ['crac-docker-desktop-4.17', 'docker/for-mac#6774', { ...java('17.0.6'), entrypoint: ['/usr/lib/jvm/zulu17-crac/bin/java', '-XX:CRaCCheckpointTo=/home/app/cr', '-jar', '/app.jar'], files: { '/usr/lib/jvm/zulu17-crac/bin/java': program, '/usr/lib/jvm/zulu17-crac/lib/criu': program, '/app.jar': 'PK' } }, 'ubuntu:22.04+docker:24.0', 'PL3003', 'debian:12+docker:24.0+privileged'],
  ['criu-in-docker', 'checkpoint-restore/criu#1186', starts(['/usr/sbin/criu', 'dump', '-t', '1'], { dpkg: ['criu 3.17.1-2'] }), 'ubuntu:22.04+docker:24.0', 'PL3003', 'debian:12+docker:24.0+privileged'],
  ['powershell-latest', 'PowerShell/PowerShell#17624', { os: 'ubuntu 22.04', dpkg: ['libc6 2.35-0ubuntu3 glibc', 'powershell 7.2.5-1.deb'], files: { ...glibcFiles('2.35', { app: { imports: ['pthread_create@GLIBC_2.34'] } }), '/opt/microsoft/powershell/7/pwsh': { elf: { needed: ['libc.so.6'], interpreter: '/lib64/ld-linux-x86-64.so.2', imports: ['pthread_create@GLIBC_2.2.5'] } } }, entrypoint: ['/opt/microsoft/powershell/7/pwsh'] }, 'ubuntu:18.04+docker:19.03', 'PL3001', 'debian:12+docker:24.0'],
  ['ispyagentdvr-unraid', 'doitandbedone/ispyagentdvr-docker#504', { os: 'ubuntu 22.04', dpkg: ['libc6 2.35-0ubuntu3 glibc'], files: glibcFiles('2.35'), entrypoint: ['/usr/bin/app'] }, k('5.15.46-Unraid', { engine: { name: 'docker', version: '20.10.9', libseccomp: '2.5.1', runtime: { name: 'runc', version: '1.0.2' } } }), 'PL3001', 'debian:12+docker:24.0'],
  ['gcc-11-pi-apt', 'docker-library/gcc#79', { os: 'debian 11', platform: 'linux/arm/v7', dpkg: ['libc6 2.31-13 glibc', 'apt 2.2.4'], files: glibcFiles('2.31', { machine: 'arm' }), cmd: ['bash'] }, 'raspios:10+arch:armv7l+docker:19.03.15+libseccomp:2.3.3', 'PL3011', 'raspios:12+arch:armv7l+docker:24.0'],
  ['cpuminer-groovy', 'afritzler/cpuminer-arm#1', { os: 'ubuntu 20.10', platform: 'linux/arm/v7', dpkg: ['libc6 2.32-0ubuntu3 glibc', 'apt 2.1.10'], files: glibcFiles('2.32', { machine: 'arm' }), cmd: ['bash'] }, 'raspios:10+arch:armv7l+docker:19.03.13+libseccomp:2.3.3', 'PL3011', 'raspios:12+arch:armv7l+docker:24.0'],
  ['buildpack-lunar-apt', 'docker-library/buildpack-deps#144', { os: 'ubuntu 23.04', dpkg: ['libc6 2.37-0ubuntu2 glibc', 'apt 2.6.0'], files: { ...glibcFiles('2.37'), '/bin/bash': program }, cmd: ['/bin/bash'] }, 'ubuntu:18.04+docker:19.03.6', 'PL3001', 'debian:12+docker:24.0'],
  ['chrome-arch-no-userns', 'jessfraz/dockerfiles#149', starts(['google-chrome', '--user-data-dir=/data'], { os: 'debian 8', dpkg: ['google-chrome-stable 51.0.2704.84-1'], user: 'chrome', files: { '/usr/bin/google-chrome': { link: '/opt/google/chrome/google-chrome' }, '/opt/google/chrome/google-chrome': '#!/bin/bash\nexec /opt/google/chrome/chrome "$@"\n', '/opt/google/chrome/chrome': program, '/bin/bash': program } }), { machine: 'x86_64', kernel: { release: '4.6.2-1-ARCH', base: '4.6', config: { CONFIG_USER_NS: 'n' } }, engine: { name: 'docker', version: '1.11.2' } }, 'PL5005', 'debian:12+engine:none'],
  ['portal-debian-userns', 'crybapp/portal#51', starts(['/usr/bin/chromium'], { os: 'debian 10', dpkg: ['chromium 78.0.3904.97-1'], user: '1000' }), { base: 'debian:10+docker:19.03+seccomp:unconfined', sysctls: { 'kernel.unprivileged_userns_clone': '0' } }, 'PL5005', 'debian:12+engine:none'],
  ['nixos-gvisor', 'google/gvisor#11904', { os: 'nixos 25.05', entrypoint: ['/sbin/init'], files: { '/sbin/init': '#!/nix/store/x-bash/bin/bash\nexec /run/current-system/systemd/lib/systemd/systemd\n', '/nix/store/x-bash/bin/bash': program, '/nix/store/abc-systemd-257.6/lib/systemd/systemd': program } }, 'gvisor', 'PL1010', 'debian:12+docker:24.0'],
  ['kfs-qemu-rosetta', 'docker/for-mac#7475', starts(['/usr/bin/qemu-system-i386', '-cdrom', 'x.iso'], { os: 'ubuntu 24.04', dpkg: ['qemu-system-x86 1:8.2.2+ds-0ubuntu1'] }), 'docker-desktop:4.29+arch:aarch64+rosetta', 'PL2010', 'docker-desktop:4.29'],
  ['frida-gadget-rosetta', 'ksg97031/frida-gadget#19', { ...pip('frida', '16.2.1') }, 'docker-desktop:4.29+arch:aarch64+rosetta', 'PL2010', 'docker-desktop:4.29'],
  ['bun-linux-core2-crash-pkg', 'oven-sh/bun#5172', { entrypoint: ['/root/.bun/bin/bun'], files: { '/root/.bun/bin/bun': { elf: { strings: ['Bun v1.0.1', 'x86_64_baseline'] } } } }, v1, 'PL2006', 'ubuntu:22.04+docker:24.0+cpu:x86-64-v3'],
  ['faiss-1.14-without-avx2', 'LearningCircuit/local-deep-research#4480', pip('faiss-cpu', '1.14.2'), v2, 'PL2006', 'ubuntu:22.04+docker:24.0+cpu:x86-64-v3'],
  ['lancedb-without-avx2', 'lancedb/lancedb#592', pip('lancedb', '0.3.1'), v2, 'PL2006', 'ubuntu:22.04+docker:24.0+cpu:x86-64-v3'],
  ['chroma-hnswlib-without-avx', 'chroma-core/chroma#506', pip('chroma-hnswlib', '0.7.1'), v1, 'PL2006', 'ubuntu:22.04+docker:24.0+cpu:x86-64-v3'],
  ['browserless-64k', 'browserless/browserless#2693', { ...arm, os: 'ubuntu 20.04', dpkg: ['chromium-browser 105.0.5195.102'], entrypoint: ['/usr/bin/google-chrome'], files: { '/usr/bin/google-chrome': { elf: { machine: 'aarch64' } } } }, 'rhel:8.6+arch:aarch64+page:64k', 'PL2007', 'rhel:9.4+arch:aarch64'],
  ['cosmosdb-emulator-6.7', 'Azure/azure-cosmos-db-emulator-docker#84', starts(['/usr/local/bin/cosmos/cosmosdb-emulator'], { os: 'ubuntu 20.04' }), k('6.7.2-arch1-1'), 'PL1012', k('6.6.10-arch1-1')],
];

incidentSuite(
  'field, unseen platforms',
  incidentsOf(
    rows.map(([id, source, image, host, code, silent]) => [
      id,
      id.replaceAll('-', ' '),
      source,
      image,
      host,
      code,
      /./,
      silent,
    ]),
  ),
);
