// Names of hosts: which distribution release one means, all of them, and those near a misspelt one.
import { type Distribution, distributionNamed, distributions } from '../../kernel/distributions.ts';
import { ownEntry } from '../../lib/own-entry.ts';

/** What people write for ids of os-release(5). */
const spoken: Readonly<Record<string, string>> = {
  amazonlinux: 'amzn',
  amazon: 'amzn',
  alma: 'almalinux',
  rockylinux: 'rocky',
  redhat: 'rhel',
  suse: 'sles',
  oraclelinux: 'ol',
  archlinux: 'arch',
  'container-optimized-os': 'cos',
  'raspberry-pi-os': 'raspios',
  dockerdesktop: 'docker-desktop',
  'github-actions': 'github-runner',
  'github-runners': 'github-runner',
  tumbleweed: 'opensuse-tumbleweed',
  qts: 'qnap',
  dsm: 'synology',
  'podman-desktop': 'podman-machine',
  'aws-lambda': 'lambda',
  'aws-fargate': 'fargate',
  'rocky-linux': 'rocky',
  'alma-linux': 'almalinux',
  'red-hat': 'rhel',
  wsl: 'wsl2',
};

/** A name with the id that os-release(5) has for it. */
export function spokenName(name: string): string {
  const [word = '', ...rest] = name.split(':');
  const id = ownEntry(spoken, word) ?? word;
  const version = rest.join(':');
  // GKE's nodes were known by the milestone of their system; its runners are known by the label in a workflow.
  if (id === 'gke' && /^\d{2,3}$/.test(version)) return `cos:${version}`;
  if (id === 'github-runner') return [id, ...rest].join(':').replace(':ubuntu-', ':');
  if (id === 'opensuse')
    return version === 'tumbleweed' ? 'opensuse-tumbleweed' : ['opensuse-leap', ...rest].join(':');
  return [id, ...rest].join(':');
}

/** The distribution release that a name means. */
export function rowNamed(name: string): Distribution | undefined {
  return distributionNamed(spokenName(name)) ?? distributionNamed(`${spokenName(name)}:rolling`);
}

/**
 * Names of which the newest release would mislead: it is another edition or model than most have, what the name stood for
 * has ended, or the label that people write moves by itself.
 */
const severalMeant = new Set(['bottlerocket', 'centos', 'github-runner', 'synology', 'raspbian']);

/** The newest release, where a name is given without one; undefined where that would mislead, and for no such name. */
export function newestNamed(name: string): Distribution | undefined {
  const id = spokenName(name);
  if (id.includes(':') || severalMeant.has(id)) return undefined;
  return distributions.findLast(
    (row) => (row.id === id || row.also.includes(id)) && !row.note?.startsWith('in preparation'),
  );
}

/** Names that are no distribution's. */
export const otherNames: readonly { readonly name: string; readonly says: string }[] = [
  { name: 'this', says: 'the machine that plimsoll runs on, probed' },
  { name: 'kernel:X.Y[.Z]', says: 'a mainline kernel and nothing else' },
  { name: 'gvisor[:RELEASE]', says: "gVisor's own kernel: gvisor, gvisor:20230102" },
  { name: 'wsl1', says: 'the emulated kernel of WSL 1' },
  { name: './host.json', says: 'a host file; - reads one from standard input' },
];

/** Every name of a distribution release: by id and version, by other ids, by code name. */
export function allNames(): readonly string[] {
  return distributions.flatMap((row) => {
    const ids = [row.id, ...row.also.filter((also) => !also.startsWith(':'))];
    const codes = row.also.filter((also) => also.startsWith(':'));
    return [...ids.map((id) => `${id}:${row.version}`), ...codes.map((code) => `${row.id}${code}`)];
  });
}
