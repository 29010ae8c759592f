// Sysctls of a container: only those that belong to a namespace of its own may be set, or the host would be changed
// (moby oci validation, runc libcontainer/configs/validate). Docker opens low ports and ping to everyone in a network
// namespace of the container's own.
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import type { ContainerConfig } from '../container-config.ts';

const ofIpc = new Set(
  'kernel.msgmax kernel.msgmnb kernel.msgmni kernel.sem kernel.shmall kernel.shmmax kernel.shmmni kernel.shm_rmid_forced'.split(
    ' ',
  ),
);

/** Low ports and ping for everyone in a network namespace. `groups`: how many the user namespace has; default: all. */
export function openToAll(groups?: number): Readonly<Record<string, string>> {
  return {
    'net.ipv4.ip_unprivileged_port_start': '0',
    // The kernel takes only groups that there are.
    'net.ipv4.ping_group_range': `0 ${groups === undefined ? 2147483647 : groups - 1}`,
  };
}

/** Which namespace a sysctl belongs to. */
function namespaceOf(name: string): 'network' | 'ipc' | 'uts' | undefined {
  if (name.startsWith('net.')) return 'network';
  if (ofIpc.has(name) || name.startsWith('fs.mqueue.')) return 'ipc';
  if (name === 'kernel.domainname' || name === 'kernel.hostname') return 'uts';
  return undefined;
}

/**
 * All sysctls that are set. `groups`: see openToAll.
 * @throws PlimsollError PL0803 for one that would be the host's
 */
export function sysctlsOf(
  { sysctls, namespaces }: Pick<ContainerConfig, 'sysctls' | 'namespaces'>,
  groups?: number,
): Readonly<Record<string, string>> {
  for (const written of Object.keys(sysctls)) {
    const namespace = namespaceOf(written.replaceAll('/', '.'));
    if (namespace !== undefined && namespaces[namespace].kind !== 'host') continue;
    throw new PlimsollError(
      'PL0803',
      namespace === undefined
        ? `sysctl ${written} is not separate for a container: it would change the host`
        : `sysctl ${written} belongs to the ${namespace} namespace, which is the host's here`,
      {
        help:
          namespace === undefined
            ? `set it on the host: sysctl -w ${written}=…`
            : `leave out ${namespace === 'network' ? '--network' : `--${namespace}`} host, or set it on the host`,
      },
    );
  }
  const own = namespaces.network.kind === 'private' && namespaces.user.kind === 'host';
  return { ...(own ? openToAll(groups) : {}), ...sysctls };
}
