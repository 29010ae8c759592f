// Values that a kernel gives its settings when nobody sets them, by release. Only those that do not hang on the size of
// the machine. Sources: the kernel's own files at their releases: mm/util.c, fs/aio.c, fs/notify/inotify/inotify_user.c,
// net/core/net_namespace.c (somaxconn: 19f92a030ca6, 5.4), kernel/events/core.c (perf: 0161028b7c8a, 4.6),
// fs/userfaultfd.c (cefdca0a86be 5.2, d0d4730ac2e4 5.11), io_uring (76d3ccecfa18, 6.6), security/keys, arch/*/Kconfig.
import { compareReleases } from '../../kernel/release.ts';

interface Default {
  readonly name: string;
  readonly value: string;
  /** First and last release that has it so. */
  readonly from?: string;
  readonly to?: string;
  readonly machine?: string;
}

const defaults: readonly Default[] = [
  { name: 'vm.max_map_count', value: '65530' },
  { name: 'vm.overcommit_memory', value: '0' },
  { name: 'vm.nr_hugepages', value: '0' },
  { name: 'vm.swappiness', value: '60' },
  { name: 'fs.aio-max-nr', value: '65536' },
  { name: 'fs.nr_open', value: '1048576' },
  { name: 'fs.inotify.max_user_instances', value: '128' },
  { name: 'fs.inotify.max_queued_events', value: '16384' },
  { name: 'fs.inotify.max_user_watches', value: '8192', to: '5.10' },
  { name: 'net.core.somaxconn', value: '128', to: '5.3' },
  { name: 'net.core.somaxconn', value: '4096', from: '5.4' },
  { name: 'net.core.rmem_max', value: '212992', from: '3.4' },
  { name: 'net.core.wmem_max', value: '212992', from: '3.4' },
  { name: 'net.ipv4.ip_unprivileged_port_start', value: '1024', from: '4.11' },
  { name: 'kernel.perf_event_paranoid', value: '1', to: '4.5' },
  { name: 'kernel.perf_event_paranoid', value: '2', from: '4.6' },
  { name: 'vm.unprivileged_userfaultfd', value: '1', from: '5.2', to: '5.10' },
  { name: 'vm.unprivileged_userfaultfd', value: '0', from: '5.11' },
  { name: 'kernel.io_uring_disabled', value: '0', from: '6.6' },
  { name: 'kernel.keys.maxkeys', value: '200' },
  { name: 'kernel.keys.maxbytes', value: '20000' },
  { name: 'kernel.randomize_va_space', value: '2' },
  { name: 'vm.mmap_rnd_bits', value: '28', from: '4.5', machine: 'x86_64' },
];

/** Defaults of a mainline release on a machine (uname -m). */
export function mainlineSettings(base: string, machine: string): Record<string, string> {
  const settings: Record<string, string> = {};
  for (const { name, value, from, to, machine: only } of defaults) {
    if (only !== undefined && only !== machine) continue;
    if (from !== undefined && compareReleases(base, from) < 0) continue;
    if (to !== undefined && compareReleases(base, `${to}.9999`) > 0) continue;
    settings[name] = value;
  }
  return settings;
}

/** Namespaces by the release that brought them: namespaces(7). */
const namespaces: readonly (readonly [string, string])[] = [
  ['ipc', '2.6.19'],
  ['mnt', '2.6.19'],
  ['net', '2.6.29'],
  ['pid', '2.6.24'],
  ['uts', '2.6.19'],
  ['user', '3.8'],
  ['cgroup', '4.6'],
  ['time', '5.6'],
];

/** Kinds of namespaces that a mainline release has. */
export function mainlineNamespaces(base: string): string[] {
  return namespaces
    .filter(([, since]) => compareReleases(base, since) >= 0)
    .map(([name]) => name)
    .sort();
}
