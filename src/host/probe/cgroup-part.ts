// Control groups and namespaces.
import type { Offer } from '../offer.ts';
import { known, knownOrNone, type ProbePart, whyUnread } from './part.ts';
import { parseMountInfo, parseProcCgroups, words } from './proc-texts.ts';

/** Words of a version 1 mount's options that are controllers, among those that /proc/cgroups knows. */
function controllersOfV1(options: readonly string[], knownOnes: ReadonlySet<string>): string[] {
  return options.filter((option) => knownOnes.has(option));
}

/** Layout of the hierarchies, controllers, and what /proc/cgroups says (Java and others parse it). */
export const probeCgroup: ProbePart = ({ reader, from, missing }) => {
  const mountText = reader.text('/proc/self/mountinfo');
  const procText = reader.text('/proc/cgroups');
  const procCgroups = procText === undefined ? undefined : [...parseProcCgroups(procText)];
  if (procCgroups) from('cgroup.procCgroups', '/proc/cgroups');
  else missing('cgroup.procCgroups', whyUnread(reader, '/proc/cgroups'));
  if (mountText === undefined) {
    missing('cgroup.version', whyUnread(reader, '/proc/self/mountinfo'));
    return known({ cgroup: knownOrNone({ procCgroups }) });
  }
  const mounts = parseMountInfo(mountText).filter(({ target }) =>
    target.startsWith('/sys/fs/cgroup'),
  );
  const unified = mounts.find(({ type }) => type === 'cgroup2');
  const old = mounts.filter(({ type }) => type === 'cgroup');
  const version: NonNullable<Offer['cgroup']>['version'] =
    unified && old.length > 0 ? 'hybrid' : unified ? 'v2' : old.length > 0 ? 'v1' : undefined;
  if (version) from('cgroup.version', '/proc/self/mountinfo');
  else missing('cgroup.version', 'no control group hierarchy is mounted below /sys/fs/cgroup');
  const all = new Set(procCgroups ?? []);
  const controllers = old.flatMap(({ superOptions }) => controllersOfV1(superOptions, all));
  const unifiedList = unified && reader.text(`${unified.target}/cgroup.controllers`);
  if (unifiedList !== undefined) controllers.push(...words(unifiedList));
  const masked = unified !== undefined && unifiedList === undefined;
  if (masked)
    missing('cgroup.controllers', whyUnread(reader, `${unified.target}/cgroup.controllers`));
  else if (version) {
    from(
      'cgroup.controllers',
      version === 'v2' ? `${unified?.target}/cgroup.controllers` : '/proc/self/mountinfo',
    );
  }
  const cgroup: NonNullable<Offer['cgroup']> = known({
    version,
    controllers: version === undefined || masked ? undefined : [...new Set(controllers)].sort(),
    procCgroups,
  });
  return { cgroup };
};

/** Namespaces that the kernel has, and whether an ordinary user may make a user namespace. */
export const probeNamespaces: ProbePart = ({ reader, from, soFar }) => {
  const available = reader.list('/proc/self/ns').filter((name) => !name.endsWith('_for_children'));
  if (available.length === 0) return {};
  from('namespaces.available', '/proc/self/ns');
  const settings = soFar.sysctls ?? {};
  const reasons: string[] = [];
  if (!available.includes('user')) reasons.push('no user namespaces');
  if (settings['kernel.unprivileged_userns_clone'] === '0')
    reasons.push('kernel.unprivileged_userns_clone=0');
  if (settings['user.max_user_namespaces'] === '0') reasons.push('user.max_user_namespaces=0');
  if (settings['kernel.apparmor_restrict_unprivileged_userns'] === '1')
    reasons.push('kernel.apparmor_restrict_unprivileged_userns=1');
  const told = soFar.sysctls !== undefined || reasons.length > 0;
  if (told) {
    from(
      'namespaces.unprivilegedUser',
      reasons.length > 0 ? reasons.join(', ') : 'no setting forbids it',
    );
  }
  return {
    namespaces: known({
      available: [...available],
      unprivilegedUser: told ? reasons.length === 0 : undefined,
    }),
  };
};
