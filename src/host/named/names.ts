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
  opensuse: 'opensuse-leap',
  suse: 'sles',
  oraclelinux: 'ol',
  archlinux: 'arch',
  'container-optimized-os': 'cos',
  gke: 'cos',
  'raspberry-pi-os': 'raspios',
  dockerdesktop: 'docker-desktop',
};

/** A name with the id that os-release(5) has for it. */
export function spokenName(name: string): string {
  const [id = '', ...rest] = name.split(':');
  return [ownEntry(spoken, id) ?? id, ...rest].join(':');
}

/** The distribution release that a name means. */
export function rowNamed(name: string): Distribution | undefined {
  return distributionNamed(spokenName(name)) ?? distributionNamed(`${spokenName(name)}:rolling`);
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
