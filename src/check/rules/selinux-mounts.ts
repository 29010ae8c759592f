// SELinux and what is mounted from the host: a confined container (container_t) reads and writes only what is labelled for
// containers (container_file_t). Folders of the host are not, until the engine relabels them (:z, :Z) or somebody does;
// the engine's own socket never is. Source: container-selinux's container.te; podman-run(1), "Labeling Volume Mounts".
import type { Offer } from '../../host/offer.ts';
import { containerOption } from '../container-options.ts';
import type { Finding } from '../finding.ts';
import { findingOf, offered, someOf } from '../finding-of.ts';
import type { Rule } from '../rule.ts';

type Mount = NonNullable<NonNullable<Offer['container']>['mounts']>[number];

/** Mounted folders and sockets that SELinux keeps from the container. */
export const selinuxMountRule: Rule = {
  id: 'selinux-mounts',
  *run(_needs, offer) {
    if (!isConfined(offer)) return;
    const mounts = offer.container?.mounts ?? [];
    const sockets = mounts.filter(({ source }) => engineSocket.test(source));
    if (sockets.length > 0) yield refusedSocket(sockets, offer);
    const network = mounts.filter((mount) => isNetwork(mount) && !isAllowed(mount, offer));
    if (network.length > 0) yield refusedNetwork(network, offer);
    const folders = mounts.filter(isUnlabelled);
    if (folders.length > 0) yield refusedFolders(folders, offer);
  },
};

const engineSocket = /\/(?:docker|podman|containerd|crio|buildkitd)\.sock$/;

/** Whether the container runs with a label of its own: the engine separates it, and nobody switched that off. */
function isConfined(offer: Offer): boolean {
  if (offer.lsm?.selinux !== 'enforcing' || containerOption(offer, 'privileged') !== false)
    return false;
  if (!['docker', 'podman', 'cri-o', 'containerd', 'buildah'].includes(offer.engine?.name ?? ''))
    return false;
  return !/\bdisable\b|spc_t|container_runtime_t|unconfined_t/.test(
    offer.container?.selinuxLabel ?? '',
  );
}

const fileSystems = /^(?:nfs4?|cifs|smb3?|fuse\b.*|glusterfs|ceph)$/;

const isNetwork = ({ filesystem }: Mount): boolean => fileSystems.test(filesystem ?? '');

/** Booleans of the policy that open file systems without labels. */
const booleans: readonly (readonly [RegExp, string])[] = [
  [/^nfs/, 'virt_use_nfs'],
  [/^(?:cifs|smb)/, 'virt_use_samba'],
  [/^fuse/, 'virt_use_fusefs'],
];

function booleanOf({ filesystem }: Mount): string | undefined {
  return booleans.find(([pattern]) => pattern.test(filesystem ?? ''))?.[1];
}

/** Known to be open, or not known to be closed: policies of engines open some of them. */
function isAllowed(mount: Mount, { lsm }: Offer): boolean {
  const name = booleanOf(mount);
  return name === undefined || lsm?.selinuxBooleans?.[name] !== false;
}

/** Where engines keep volumes, which they label; kernel and device file systems, which have types of their own. */
const otherwise =
  /^\/(?:var\/lib\/(?:docker|containers|kubelet|containerd)|proc|sys|dev)(?:\/|$)|\/containers\/storage\/volumes\/|^\/etc\/(?:localtime|timezone|resolv\.conf|hosts)$/;

function isUnlabelled(mount: Mount): boolean {
  const { source, options, filesystem } = mount;
  if (!/^(?:\/|\.{1,2}\/|~)/.test(source) || otherwise.test(source)) return false;
  if (engineSocket.test(source) || isNetwork(mount)) return false;
  if (
    filesystem !== undefined &&
    /^(?:tmpfs|proc|sysfs|cgroup2?|devpts|mqueue|overlay)$/.test(filesystem)
  )
    return false;
  return !(options ?? '').split(',').some((option) => option === 'z' || option === 'Z');
}

/** What must keep its label, for the host's own programs live on it. */
const system = /^\/(?:etc|usr|lib|lib64|bin|sbin|boot|root|home|var|var\/log|run)?$/;

function refusedFolders(mounts: readonly Mount[], offer: Offer): Finding {
  const names = someOf(mounts.map(({ source }) => source));
  const keep = mounts.some(({ source }) => system.test(source));
  const letter =
    offer.engine?.name === 'containerd'
      ? 'seLinuxRelabel or chcon'
      : ':z, or :Z for this container alone';
  return findingOf({
    ...common(mounts, offer),
    rule: 'selinux-bind-mount',
    title: `SELinux keeps ${names} from the container: nothing relabels ${mounts.length === 1 ? 'it' : 'them'}`,
    need: `${names} labelled container_file_t`,
    symptom:
      'Permission denied, though owner and mode are right; avc: denied { read } … scontext=…:container_t:… tcontext=…:user_home_t:…',
    help: keep
      ? `--security-opt label=disable for this container: ${names} must keep the label, other programs need it; a folder below may be relabelled with ${letter}`
      : `mount with ${letter}: -v ${mounts[0]?.source}:${mounts[0]?.target}:Z; else on the host: chcon -Rt container_file_t ${mounts[0]?.source}; else --security-opt label=disable`,
    references: [
      'https://docs.docker.com/engine/storage/bind-mounts/#configure-the-selinux-label',
      'https://github.com/containers/podman/blob/main/troubleshooting.md#2-cant-use-volume-mount-get-permission-denied',
    ],
  });
}

function refusedSocket(mounts: readonly Mount[], offer: Offer): Finding {
  const names = someOf(mounts.map(({ source }) => source));
  return findingOf({
    ...common(mounts, offer),
    rule: 'selinux-engine-socket',
    title: `SELinux refuses connections to ${names} from inside the container`,
    need: `to connect to ${names}, which belongs to container_runtime_t`,
    symptom:
      'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock; avc: denied { connectto } … container_runtime_t … unix_stream_socket',
    help: '--security-opt label=disable (or label=type:container_runtime_t) for this container; relabelling the socket with :z is not enough',
    references: [
      'https://github.com/ansible/ansible-container/issues/494',
      'https://github.com/moby/moby/issues/10761',
      'https://github.com/dpw/selinux-dockersock',
    ],
  });
}

function refusedNetwork(mounts: readonly Mount[], offer: Offer): Finding {
  const [first] = mounts;
  const name = first === undefined ? undefined : booleanOf(first);
  return findingOf({
    ...common(mounts, offer),
    rule: 'selinux-network-mount',
    title: `SELinux keeps ${first?.filesystem ?? 'network'} mounts from the container: ${name} is off`,
    need: `${name} on`,
    symptom: 'Permission denied on an NFS or CIFS volume; avc: denied … tcontext=…:nfs_t:…',
    help: `setsebool -P ${name} on (on the host); such file systems cannot be relabelled with :z; else --security-opt label=disable`,
    references: ['https://github.com/containers/container-selinux/blob/main/container.te'],
  });
}

const common = (mounts: readonly Mount[], offer: Offer) =>
  ({
    code: 'PL5012',
    severity: 'degraded',
    certainty: 'declared',
    reach: 'user-space',
    offer: offered(offer, 'lsm.selinux', 'SELinux is enforcing'),
    evidence: mounts.map(({ source, target, options }) => ({
      detail: `mounts ${source} at ${target}${options === undefined ? '' : ` (${options})`}`,
    })),
    component: 'lsm',
  }) as const;
