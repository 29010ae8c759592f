// Linux capabilities of a container: what each engine gives by default, and what the container's options change.
// Sources: moby oci/caps/defaults.go; containerd pkg/oci/spec.go; containers/common pkg/config/default.go and the
// containers.conf that Fedora and RHEL ship; CRI-O internal/config/capabilities; systemd-nspawn(1), "--capability="; lxc's
// config/templates/common.conf.in.
import { compareVersions } from '../lib/version.ts';
import type { Offer } from './offer.ts';

/** Every capability of capabilities(7), in the order of their numbers. */
export const allCapabilities: readonly string[] = [
  'CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE',
  'NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT',
  'SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE',
  'AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ',
  'PERFMON BPF CHECKPOINT_RESTORE',
].flatMap((line) => line.split(' ').map((name) => `CAP_${name}`));

/** What docker gives a container by default, and what services that are built on it do. */
export const dockerCapabilities: readonly string[] = [
  'CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP',
  'NET_BIND_SERVICE SYS_CHROOT KILL AUDIT_WRITE',
].flatMap((line) => line.split(' ').map((name) => `CAP_${name}`));

function without(list: readonly string[], ...names: readonly string[]): readonly string[] {
  return list.filter((name) => !names.includes(name.slice(4)));
}

/** Podman's since containers-common 0.51 (podman 4.4); Fedora and RHEL configure it since podman 3. */
const podman = without(dockerCapabilities, 'MKNOD', 'NET_RAW', 'AUDIT_WRITE');

/** Podman 4.4.0 to 4.4.2 left this one out, too; 4.4.3 gave it back (containers/common pulls 1240 and 1373). */
const podmanWithoutChroot = without(podman, 'SYS_CHROOT');

/** CRI-O's since 1.18. */
const crio = without(
  dockerCapabilities,
  'MKNOD',
  'NET_RAW',
  'AUDIT_WRITE',
  'SETFCAP',
  'SYS_CHROOT',
);

const nspawn = without(
  allCapabilities,
  ...'NET_ADMIN IPC_LOCK SYS_MODULE SYS_RAWIO SYS_PACCT SYS_TIME MAC_OVERRIDE MAC_ADMIN SYSLOG'.split(
    ' ',
  ),
  ...'WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE'.split(' '),
);

/** lxc.cap.drop of its common.conf. */
const lxc = without(
  allCapabilities,
  ...['MAC_ADMIN', 'MAC_OVERRIDE', 'SYS_TIME', 'SYS_MODULE', 'SYS_RAWIO'],
);

const redHats = new Set(['rhel', 'centos', 'almalinux', 'rocky', 'fedora', 'ol', 'amzn']);

function ofPodman(version: string | undefined, offer: Offer): readonly string[] | undefined {
  if (version === undefined) return undefined;
  if (compareVersions(version, '4.4.3') >= 0) return podman;
  if (compareVersions(version, '4.4') >= 0) return podmanWithoutChroot;
  if (compareVersions(version, '3.0') < 0) return dockerCapabilities;
  const id = offer.distribution?.id;
  if (id === undefined) return undefined;
  return redHats.has(id) ? podman : dockerCapabilities;
}

/** What the engine gives without options. Undefined where it is not known. */
function engineDefault(offer: Offer): readonly string[] | undefined {
  const version = offer.engine?.version;
  switch (offer.engine?.name) {
    case 'docker':
    case 'containerd':
    case 'kata':
    case 'gvisor':
      return dockerCapabilities;
    case 'podman':
    case 'buildah':
      return offer.engine.name === 'buildah' ? podman : ofPodman(version, offer);
    case 'cri-o':
      return version !== undefined && compareVersions(version, '1.18') < 0
        ? dockerCapabilities
        : crio;
    case 'nspawn':
      return nspawn;
    case 'lxc':
      return lxc;
    default:
      return undefined;
  }
}

function full(name: string): string {
  const upper = name.toUpperCase();
  return upper.startsWith('CAP_') ? upper : `CAP_${upper}`;
}

/** The container's bounding set (CAP_ names), or undefined where the offer does not tell. */
export function boundingSet(offer: Offer): ReadonlySet<string> | undefined {
  const { container } = offer;
  if (container?.privileged) return new Set(allCapabilities);
  const base =
    container?.capabilities?.map(full) ??
    (container?.capabilitiesDropped?.map(full).includes('CAP_ALL') ? [] : engineDefault(offer));
  if (base === undefined) return undefined;
  const added = (container?.capabilitiesAdded ?? []).map(full);
  if (added.includes('CAP_ALL')) return new Set(allCapabilities);
  const dropped = new Set((container?.capabilitiesDropped ?? []).map(full));
  const kept = dropped.has('CAP_ALL') ? [] : base.filter((name) => !dropped.has(name));
  return new Set([...kept, ...added]);
}

/**
 * What a process has at its start: the bounding set for root, nothing for another user (without ambient or file
 * capabilities). Undefined where that is not known.
 */
export function startingSet(offer: Offer): ReadonlySet<string> | undefined {
  const user = offer.container?.user?.split(':', 1)[0];
  if (user !== undefined && user !== '0' && user !== 'root') return new Set();
  return boundingSet(offer);
}
