// Failures of machines, from issues of many projects, one line each: page sizes, processors, foreign programs, graphics
// cards, and what kernels offer to eBPF.
import { type Fixture, glibcFiles } from './harness/fixture.ts';
import { type HostSpec, incidentSuite } from './harness/incident.ts';
import { arm, glibc, goApp, incidentsOf, pip, program, type Row, starts } from './harness/rows.ts';

const jemalloc = (path: string): Fixture => ({
  ...arm,
  entrypoint: [path],
  files: {
    [path]: {
      elf: {
        machine: 'aarch64',
        type: 'static-pie',
        strings: ['<jemalloc>: Unsupported system page size\n'],
      },
    },
  },
});
const v1 = 'ubuntu:22.04+docker:24.0+cpu:x86-64-v1';
const deb12 = 'debian:12+docker:24.0';
const pi5 = 'raspios:12+arch:aarch64+page:16k';
const pi4 = 'raspios:12+arch:aarch64+page:4k';
const pi4host: HostSpec = {
  base: 'raspios:12+arch:aarch64',
  cpu: { level: 'armv8-a', features: ['fp', 'asimd', 'evtstrm', 'crc32', 'cpuid'] },
};
const armServer: HostSpec = {
  base: 'ubuntu:24.04+arch:aarch64',
  cpu: { level: 'armv8.2-a', features: ['fp', 'asimd', 'atomics', 'asimdhp'] },
};
const armPip = (name: string, version: string): Fixture =>
  pip(name, version, { ...arm, files: { '/usr/bin/python3': { elf: { machine: 'aarch64' } } } });

// biome-ignore format: one line an incident
const rows: readonly Row[] = [
  // Page sizes
  ['rauthy-jemalloc', 'Rust program with jemalloc on a Raspberry Pi 5', 'sebadob/rauthy#1287', jemalloc('/app/rauthy'), pi5, 'PL2008', /LG_PAGE|lg-page/, pi4],
  ['wstunnel-jemalloc', 'wstunnel on a Raspberry Pi 5', 'erebe/wstunnel#470', jemalloc('/usr/local/bin/wstunnel'), 'raspios:13+arch:aarch64+page:16k', 'PL2008', /kernel8/, pi4],
  ['prompp-jemalloc', 'prompp on a Raspberry Pi 5', 'deckhouse/prompp#87', jemalloc('/bin/prompp'), pi5, 'PL2008', /page/, pi4],
  ['oxlint-asahi', 'a native npm binary with jemalloc on Asahi', 'oxc-project/oxc#3783', { ...arm, files: { '/app/node_modules/@oxlint/linux-arm64-gnu/oxlint': { elf: { machine: 'aarch64', strings: ['<jemalloc>: Unsupported system page size\n'] } } }, entrypoint: ['/app/node_modules/@oxlint/linux-arm64-gnu/oxlint'] }, 'asahi:42+arch:aarch64', 'PL2008', /page/, pi4],
  ['electron-34-16k', 'Electron 34 crashes with 16 KiB pages', 'electron/electron#45560', { ...arm, os: 'debian 12', entrypoint: ['/opt/app/electron'], files: { '/opt/app/electron': { elf: { machine: 'aarch64', strings: ['Chrome/132.0.6834.83 Electron/34.0.2'] } }, '/opt/app/version': '34.0.2', '/opt/app/node_modules/electron/package.json': '{"name":"electron","version":"34.0.2"}' } }, pi5, 'PL2008', /33|34|35|Electron/, pi4],
  ['box86-16k', '32-bit ARM libraries on a kernel with 16 KiB pages', 'ptitSeb/box86#912', { platform: 'linux/arm/v7', os: 'debian 12', files: glibcFiles('2.36', { machine: 'arm', app: { alignment: 0x1000 } }), entrypoint: ['/usr/bin/app'] }, pi5, 'PL2007', /kernel8|page/, pi4],
  // x86-64 levels
  ['dockhand-v2', 'Wolfi’s glibc on a kvm64 guest', 'Finsys/dockhand#119', glibc('2.42', { isaNeeded: 2 }, { os: 'wolfi 20230201', apk: ['glibc 2.42-r1'] }), v1, 'PL2005', /cpu|host|processor/i, 'ubuntu:22.04+docker:24.0+cpu:x86-64-v2'],
  ['pulp-v2', 'CentOS Stream 9 in QEMU with its default processor', 'pulp/pulp-oci-images#772', glibc('2.34', { isaNeeded: 2 }, { os: 'centos 9', rpm: ['glibc 2.34-100.el9'] }), v1, 'PL2005', /processor|cpu/i, 'ubuntu:22.04+docker:24.0+cpu:x86-64-v3'],
  ['wazuh-v2', 'Wazuh built on RHEL 9 libraries', 'wazuh/wazuh-packages#3007', { os: 'amzn 2', rpm: ['wazuh-manager 4.8.0-1'], entrypoint: ['/var/ossec/bin/wazuh-control'], files: { '/var/ossec/bin/wazuh-control': program, '/var/ossec/lib/libwazuhext.so': { elf: { type: 'shared-library', soname: 'libwazuhext.so', isaNeeded: 2 } } } }, v1, 'PL2005', /./, 'ubuntu:22.04+docker:24.0+cpu:x86-64-v2'],
  ['arangodb-avx', 'ArangoDB 3.10 without AVX', 'arangodb/arangodb#16519', starts(['/usr/sbin/arangod'], { dpkg: ['arangodb3 3.10.0-1'], env: { ARANGO_VERSION: '3.10.0' } }), 'ubuntu:22.04+docker:24.0+cpu:x86-64-v2', 'PL2006', /3\.9|AVX|processor/, 'ubuntu:22.04+docker:24.0+cpu:x86-64-v3'],
  ['avalanchego-blst', 'avalanchego’s blst built for ADX', 'ava-labs/avalanchego#882', goApp('/avalanchego/build/avalanchego', ['github.com/supranational/blst v0.3.4']), { base: 'ubuntu:20.04+docker:20.10', cpu: { features: ['sse4_2', 'popcnt', 'rdrand'] } }, 'PL2006', /PORTABLE|build/, { base: 'ubuntu:20.04+docker:20.10', cpu: { features: ['sse4_2', 'popcnt', 'adx', 'bmi2'] } }],
  ['grimoire-bun', 'an application compiled with Bun on a Turion', 'goniszewski/grimoire#126', starts(['/usr/local/bin/bun', 'run', 'start']), 'arch+cpu:x86-64-v1', 'PL2006', /./, 'arch+cpu:x86-64-v3'],
  ['avif-cli-sharp', 'sharp on a processor without SSE4.2', 'lovell/avif-cli#12', { os: 'ubuntu 22.04', entrypoint: ['/usr/bin/node', '/app/x.js'], files: { '/usr/bin/node': program, '/app/x.js': '1', '/app/node_modules/sharp/package.json': '{"name":"sharp","version":"0.31.3"}' } }, v1, 'PL2006', /./, 'ubuntu:22.04+docker:24.0+cpu:x86-64-v2'],
  ['flowsint-numpy', 'NumPy 2.4 wheels need x86-64-v2', 'reconurge/flowsint#231', pip('numpy', '2.4.0'), v1, 'PL2006', /numpy|NumPy|older|processor/, 'ubuntu:22.04+docker:24.0+cpu:x86-64-v3', { image: pip('numpy', '1.26.4') }],
  ['find-my-kids', 'dlib and TensorFlow wheels without AVX', 't0mer/Find-my-kids#1', pip('tensorflow', '2.18.0'), 'ubuntu:22.04+docker:24.0+cpu:x86-64-v2', 'PL2006', /AVX|processor|CPU/i, 'ubuntu:22.04+docker:24.0+cpu:x86-64-v3'],
  // ARM levels
  ['restate-lse', 'restate 1.7 with LSE atomics on a Raspberry Pi 4', 'restatedev/restate#5123', { ...arm, entrypoint: ['/usr/local/bin/restate-server'], labels: { 'org.opencontainers.image.version': '1.7.2' }, files: { '/usr/local/bin/restate-server': { elf: { machine: 'aarch64', type: 'static-pie' } } } }, pi4host, 'PL2006', /1\.6|LSE|armv8\.1/i, armServer],
  ['hindsight-cryptography', 'cryptography 47 and newer on Cortex-A57', 'vectorize-io/hindsight#4142', armPip('cryptography', '50.0.0'), pi4host, 'PL2006', /cryptography|46|LSE/, armServer, { image: armPip('cryptography', '45.0.0') }],
  ['better-ccflare-bun', 'a program compiled by Bun on a Raspberry Pi 4', 'tombii/better-ccflare#62', { ...starts(['/usr/local/bin/better-ccflare']), ...arm, files: { '/usr/local/bin/better-ccflare': { elf: { machine: 'aarch64', strings: ['---- Bun! ----', 'Bun v1.3.8'] } } } }, pi4host, 'PL2006', /Bun|1\.2|LSE/i, armServer],
  ['armv6-armhf', 'armhf programs for ARMv7 on a Raspberry Pi 1', 'guysoft/MagicMirrorOS#72', { platform: 'linux/arm/v7', os: 'debian 12', files: glibcFiles('2.36', { machine: 'arm' }), entrypoint: ['/usr/bin/app'] }, { machine: 'armv6l', kernel: { release: '6.6.51+rpt-rpi-v6', base: '6.6' } }, 'PL2005', /arm\/v6|armv6|armel/i, { machine: 'armv7l', kernel: { release: '6.6.51+rpt-rpi-v7', base: '6.6' } }],
  // Foreign machines
  ['syncthing-armv6', 'an amd64 image on a Raspberry Pi', 'syncthing/syncthing#6789', starts(['/bin/syncthing']), { machine: 'armv6l', kernel: { release: '5.4.51+', base: '5.4' } }, 'PL2001', /arm|platform/, deb12],
  ['dsmr-arm64-on-armv7', 'an arm64 image on 32-bit Raspbian', 'xirixiz/dsmr-reader-docker#89', { ...arm, os: 'alpine 3.11', entrypoint: ['/bin/app'], files: { '/bin/app': { elf: { machine: 'aarch64' } } } }, { machine: 'armv7l', kernel: { release: '4.19.75-v7l+', base: '4.19' } }, 'PL2001', /arm/, pi4],
  ['piaware-wrong-files', 'an arm/v7 image with amd64 programs in it', 'sdr-enthusiasts/docker-piaware#31', { platform: 'linux/arm/v7', os: 'debian 10', entrypoint: ['/usr/bin/app'], files: glibcFiles('2.28') }, { machine: 'armv7l', kernel: { release: '4.19.66-v7+', base: '4.19' } }, 'PL2002', /./, { image: { platform: 'linux/arm/v7', os: 'debian 10', entrypoint: ['/usr/bin/app'], files: glibcFiles('2.28', { machine: 'arm' }) } }],
  ['ark-unraid-ia32', 'SteamCMD on a kernel without IA32 emulation', 'TuRz4m/Ark-docker#26', { os: 'ubuntu 20.04', entrypoint: ['/home/steam/steamcmd/linux32/steamcmd'], files: { '/home/steam/steamcmd/linux32/steamcmd': { elf: { machine: 'i386', type: 'executable' } } } }, { machine: 'x86_64', kernel: { release: '4.9.30-unRAID', base: '4.9', config: { CONFIG_IA32_EMULATION: 'n' } } }, 'PL2003', /IA32|64/, deb12],
  ['docker-root-go386', 'a Go program for 386', 'ailispaw/docker-root#8', { platform: 'linux/386', entrypoint: ['/app'], files: { '/app': { elf: { machine: 'i386', type: 'executable', go: '1.5' } } } }, { machine: 'x86_64', ia32: false, kernel: { release: '4.1.6-docker-root', base: '4.1' } }, 'PL2003', /IA32|amd64|64/, deb12],
  ['qemu-sudo', 'sudo under qemu-user without credentials', 'multiarch/qemu-user-static#17', { ...arm, os: 'alpine 3.5', entrypoint: ['/usr/bin/sudo', 'id'], files: { '/usr/bin/sudo': { elf: { machine: 'aarch64' }, mode: 0o4755 } } }, { base: `${deb12}+qemu:7.2`, emulation: { by: 'qemu-user', credentialsFlag: false } }, 'PL5007', /credential|C flag|binfmt/i, { base: `${deb12}+qemu:7.2`, emulation: { by: 'qemu-user', credentialsFlag: true } }],
  // GPU
  ['cuda-9.0-375', 'CUDA 9.0 on driver 375', 'NVIDIA/nvidia-docker#543', { os: 'ubuntu 16.04', env: { CUDA_VERSION: '9.0.176', NVIDIA_REQUIRE_CUDA: 'cuda>=9.0' } }, 'centos:7+docker:17.09+nvidia:375.26', 'PL6015', /driver/, 'centos:7+docker:17.09+nvidia:390.48'],
  ['cuda-9.2-390', 'CUDA 9.2 on driver 390', 'NVIDIA/nvidia-docker#753', { os: 'ubuntu 16.04', env: { CUDA_VERSION: '9.2.88', NVIDIA_REQUIRE_CUDA: 'cuda>=9.2' } }, 'ubuntu:18.04+docker:18.03+nvidia:390.48', 'PL6015', /396|driver/, 'ubuntu:18.04+docker:18.03+nvidia:410.48'],
  ['cuda-11-440', 'CUDA 11 on driver 440', 'NVIDIA/nvidia-docker#1442', { os: 'ubuntu 18.04', env: { CUDA_VERSION: '11.0.3', NVIDIA_REQUIRE_CUDA: 'cuda>=11.0' } }, 'ubuntu:16.04+docker:19.03+nvidia:440.33', 'PL6015', /450|driver/, 'ubuntu:18.04+docker:19.03+nvidia:450.80'],
  ['cuda-lib-only', 'libcudart without any label on an old driver', 'alexjc/neural-enhance#144', { os: 'ubuntu 16.04', files: { '/usr/local/cuda-8.0/targets/x86_64-linux/lib/libcudart.so.8.0.61': { elf: { type: 'shared-library', soname: 'libcudart.so.8.0' } }, '/usr/local/cuda-8.0/version.txt': 'CUDA Version 8.0.61\n' } }, 'ubuntu:16.04+docker:17.03+nvidia:361.93', 'PL6015', /driver/, 'ubuntu:16.04+docker:17.03+nvidia:390.48'],
  // eBPF
  ['netobserv-5.4', 'netobserv’s ring buffer on 5.4', 'netobserv/netobserv-ebpf-agent#369', goApp('/netobserv-ebpf-agent', ['github.com/netobserv/netobserv-ebpf-agent v1.6.0', 'github.com/cilium/ebpf v0.15.0']), 'ubuntu:20.04+docker:20.10+privileged', 'PL1013', /5\.8/, 'ubuntu:24.04+docker:26+privileged'],
  ['beyla-5.4', 'Beyla needs 5.8', 'grafana/beyla#2030', goApp('/beyla', ['github.com/grafana/beyla v1.9.0', 'github.com/cilium/ebpf v0.16.0']), 'ubuntu:20.04+containerd:1.6+privileged', 'PL1013', /5\.8/, 'ubuntu:24.04+containerd:2.0+privileged'],
  ['ehids-5.4', 'ehids-agent’s ring buffer on 5.4', 'gojue/ehids-agent#2', goApp('/ehids-agent', ['github.com/ehids/ehids-agent v0.1.0', 'github.com/cilium/ebpf v0.7.0']), 'ubuntu:20.04+docker:20.10+privileged', 'PL1013', /5\.8|newer/, 'ubuntu:24.04+docker:26+privileged'],
  ['bpftune-5.4', 'bpftune on 5.4', 'oracle/bpftune#80', starts(['/usr/sbin/bpftune'], { rpm: ['bpftune 0.1-1'] }), { base: 'ubuntu:20.04+docker:20.10+privileged' }, 'PL1013', /5\.8|newer/, 'ubuntu:24.04+docker:26+privileged'],
  ['obi-5.4', 'OpenTelemetry’s eBPF instrumentation on 5.4', 'open-telemetry/opentelemetry-ebpf-instrumentation#302', goApp('/ebpf-instrument', ['go.opentelemetry.io/obi v0.1.0', 'github.com/cilium/ebpf v0.19.0']), 'ubuntu:20.04+docker:20.10+privileged', 'PL1013', /5\.8/, 'ubuntu:24.04+docker:26+privileged'],
  ['coroot-4.19', 'coroot-node-agent on 4.19', 'coroot/coroot-node-agent#106', goApp('/usr/bin/coroot-node-agent', ['github.com/coroot/coroot-node-agent v1.23.12', 'github.com/cilium/ebpf v0.17.0']), 'debian:10+docker:20.10+privileged', 'PL1013', /5\.1|newer/, 'ubuntu:24.04+docker:26+privileged'],
  // More processors
  ['containerd-armv6', 'a Go program for ARMv7 on a Raspberry Pi Zero', 'docker/containerd-packaging#428', { platform: 'linux/arm/v7', entrypoint: ['/usr/bin/containerd'], files: { '/usr/bin/containerd': { elf: { machine: 'arm', type: 'executable', go: '1.24.6' } } } }, { machine: 'armv6l', kernel: { release: '6.12.25+rpt-rpi-v6', base: '6.12' } }, 'PL2005', /arm\/v6/, { machine: 'armv7l', kernel: { release: '6.12.25+rpt-rpi-v7', base: '6.12' } }],
  ['ipex-avx2', 'Intel’s extension for PyTorch without AVX2', 'intel/ipex-llm#12184', pip('intel-extension-for-pytorch', '2.2.0'), 'ubuntu:22.04+docker:24.0+cpu:x86-64-v2', 'PL2006', /AVX2|processor/, 'ubuntu:22.04+docker:24.0+cpu:x86-64-v4'],
];

incidentSuite('field-machines', incidentsOf(rows));
