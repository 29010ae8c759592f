// Who makes the cgroups of containers: the runtime itself in /sys/fs/cgroup, systemd when it is asked over its bus, or nobody.
// An ordinary user has cgroups where systemd gives the user's own manager a part of version 2 (systemd.resource-control(5),
// Delegate=); elsewhere limits cannot be had.
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** podman's words, and `disabled` of crun. */
export type CgroupManager = 'cgroupfs' | 'systemd' | 'disabled';

/** The manager: PLIMSOLL_CGROUP_MANAGER, or what fits who makes containers. */
export function cgroupManagerOf(
  environment: Readonly<Record<string, string | undefined>>,
  ordinaryUser: boolean,
): CgroupManager {
  const asked = environment['PLIMSOLL_CGROUP_MANAGER'];
  if (asked === 'cgroupfs' || asked === 'systemd' || asked === 'disabled') return asked;
  if (!ordinaryUser) return 'cgroupfs';
  const folder = environment['XDG_RUNTIME_DIR'];
  const works =
    folder !== undefined &&
    existsSync('/sys/fs/cgroup/cgroup.controllers') &&
    existsSync(join(folder, 'systemd/private')) &&
    existsSync(join(folder, 'bus'));
  return works ? 'systemd' : 'disabled';
}

/**
 * Where a container's cgroups are. `parent`: as --cgroup-parent gives it. For systemd "slice:prefix:name", which is what
 * runtimes make a scope of.
 */
export function cgroupPathOf(
  id: string,
  manager: CgroupManager,
  { parent, ordinaryUser }: { readonly parent: string | undefined; readonly ordinaryUser: boolean },
): string {
  if (manager !== 'systemd') return `${parent ?? '/plimsoll'}/${id}`;
  const slice = parent?.split('/').at(-1) ?? '';
  const usual = ordinaryUser ? 'user.slice' : 'system.slice';
  return `${slice.endsWith('.slice') ? slice : usual}:plimsoll:${id}`;
}
