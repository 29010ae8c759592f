// Where distributions leave the kernel's defaults, beyond what the table of distributions says: settings that their
// kernel patches or their sysctl.d files bring. Sources: Debian's and Ubuntu's kernel patches (perf_event_paranoid 3 and
// 4, unprivileged_userns_clone), Ubuntu's apparmor and procps packages, systemd's NEWS (240: fs.nr_open; 243: pid_max),
// Fedora's and RHEL's kernel configurations (huge pages), Arch's config (mmap_rnd_bits).
import type { Distribution } from '../../kernel/distributions.ts';
import { compareVersions } from '../../lib/version.ts';

interface Rule {
  readonly ids: readonly string[];
  /** First and last version. */
  readonly from?: string;
  readonly to?: string;
  readonly settings: Readonly<Record<string, string>>;
}

const rules: readonly Rule[] = [
  { ids: ['debian'], from: '9', settings: { 'kernel.perf_event_paranoid': '3' } },
  { ids: ['debian'], to: '10', settings: { 'kernel.unprivileged_userns_clone': '0' } },
  { ids: ['debian'], from: '11', settings: { 'kernel.unprivileged_userns_clone': '1' } },
  { ids: ['debian', 'ubuntu'], settings: { 'kernel.yama.ptrace_scope': '0' } },
  {
    ids: ['ubuntu'],
    settings: { 'kernel.yama.ptrace_scope': '1', 'kernel.unprivileged_userns_clone': '1' },
  },
  { ids: ['ubuntu'], from: '22.04', settings: { 'kernel.perf_event_paranoid': '4' } },
  { ids: ['ubuntu'], from: '22.04', settings: { 'kernel.unprivileged_bpf_disabled': '2' } },
  { ids: ['ubuntu'], from: '24.04', settings: { 'vm.mmap_rnd_bits': '32' } },
  { ids: ['arch'], settings: { 'vm.mmap_rnd_bits': '32', 'fs.nr_open': '1073741816' } },
  { ids: ['fedora'], from: '30', settings: { 'fs.nr_open': '1073741816' } },
  { ids: ['rhel'], from: '9', settings: { 'fs.nr_open': '1073741816' } },
  { ids: ['rhel'], from: '8', to: '9.99', settings: { 'net.mptcp.enabled': '0' } },
  { ids: ['fedora'], from: '33', settings: { 'net.mptcp.enabled': '1' } },
  { ids: ['debian'], from: '12', settings: { 'net.mptcp.enabled': '1' } },
  { ids: ['ubuntu'], from: '22.04', settings: { 'net.mptcp.enabled': '1' } },
];

/** The release whose user space a row shares: RHEL CoreOS is RHEL, Raspberry Pi OS Debian, Asahi Fedora. */
function builtOn(row: Distribution): Distribution {
  if (row.id === 'rhcos' && row.carries !== undefined)
    return { ...row, id: 'rhel', version: row.carries.from };
  if (row.id === 'raspios') return { ...row, id: 'debian' };
  if (row.id === 'asahi') return { ...row, id: 'fedora' };
  if (row.id === 'github-runner') return { ...row, id: 'ubuntu' };
  return row;
}

/** Settings that a distribution release sets. */
export function distributionSettings(given: Distribution): Record<string, string> {
  const row = builtOn(given);
  const settings: Record<string, string> = {};
  for (const rule of rules) {
    if (!rule.ids.includes(row.id)) continue;
    if (rule.from !== undefined && compareVersions(row.version, rule.from) < 0) continue;
    if (rule.to !== undefined && compareVersions(row.version, rule.to) > 0) continue;
    Object.assign(settings, rule.settings);
  }
  for (const [name, value] of Object.entries(row.sysctls))
    if (value !== undefined) settings[name] = value;
  return settings;
}

/** How the distribution's kernel treats transparent huge pages until somebody says otherwise. */
export function hugePagesOf(given: Distribution): 'always' | 'madvise' | undefined {
  const row = builtOn(given);
  if (['rhel', 'debian', 'arch'].includes(row.id)) return 'always';
  return ['ubuntu', 'fedora'].includes(row.id) ? 'madvise' : undefined;
}

/** The system-wide crypto policy that an installation has: RHEL from 8 on, Fedora. */
export function cryptoPolicyOf(given: Distribution): string | undefined {
  const row = builtOn(given);
  if (row.id === 'fedora') return 'DEFAULT';
  return row.id === 'rhel' && compareVersions(row.version, '8') >= 0 ? 'DEFAULT' : undefined;
}

/**
 * The file system that the distribution's installer puts below the engine's storage. XFS made by RHEL before 7.3 has no
 * d_type. Sources: the installers' documentation; mkfs.xfs of RHEL 7.3 ("ftype=1"); mark c.
 */
export function storageOf(given: Distribution): { filesystem: string; dType: boolean } | undefined {
  const row = builtOn(given);
  if (['debian', 'ubuntu', 'alpine'].includes(row.id)) return { filesystem: 'ext4', dType: true };
  if (['amzn', 'talos', 'ol'].includes(row.id)) return { filesystem: 'xfs', dType: true };
  if (row.id !== 'rhel') return undefined;
  return compareVersions(row.version, '7') < 0
    ? { filesystem: 'ext4', dType: true }
    : { filesystem: 'xfs', dType: compareVersions(row.version, '7.3') >= 0 };
}

/** Whether the distribution's x86-64 kernel runs 32-bit programs. */
export function runsIa32(given: Distribution): boolean | undefined {
  const row = builtOn(given);
  if (row.id === 'rhel') return compareVersions(row.version, '10') < 0 ? true : undefined;
  return ['debian', 'ubuntu', 'fedora', 'arch', 'sles', 'ol'].includes(row.id) ? true : undefined;
}

/** Whether an ordinary user may make a user namespace; undefined where nothing tells. */
export function userNamespacesFor(
  given: Distribution,
  settings: Readonly<Record<string, string>>,
): boolean | undefined {
  const row = builtOn(given);
  if (settings['user.max_user_namespaces'] === '0') return false;
  if (settings['kernel.unprivileged_userns_clone'] === '0') return false;
  if (settings['kernel.apparmor_restrict_unprivileged_userns'] === '1') return false;
  if (row.id === 'rhel') return compareVersions(row.version, '8') >= 0;
  return ['debian', 'ubuntu', 'fedora', 'arch'].includes(row.id) ? true : undefined;
}
