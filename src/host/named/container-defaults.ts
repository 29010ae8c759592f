// What a container gets on a named host when nobody says otherwise: resource limits and the storage driver. A container
// inherits the limits of what starts it: of containerd's shim and so of containerd's unit, of docker's daemon where that
// starts containerd itself, or what podman sets. Sources: LimitNOFILE in containerd.service at tags 1.2 to 2.2 and in
// contrib/init/systemd/docker.service of moby 17.06 to 29.1, RLimitDefaultValue of podman (2.0 to 5.8; 1.x sets the same
// number), crio.service of CRI-O 1.20 to 1.33; systemd's NEWS 240 (hard limit 524288; "infinity" is fs.nr_open) and 250
// (8 MiB may be locked), Linux 9dcc38e2813e (the same, 5.16). Which containerd goes with a docker: docker-ce's packages.
import { compareReleases } from '../../kernel/release.ts';
import { compareVersions } from '../../lib/version.ts';
import { type Draft, note } from './draft.ts';
import { rowNamed } from './names.ts';

interface Limit {
  readonly soft: number | null;
  readonly hard: number | null;
}

const million = 1048576;

/** containerd that docker's own packages bring. */
const containerdOfDocker: readonly (readonly [docker: string, containerd: string])[] = [
  ['18.09', '1.2.0'],
  ['20.10', '1.4.0'],
  ['23.0', '1.6.0'],
  ['26.0', '1.7.0'],
  ['29.0', '2.1.0'],
];

type Unit = 'million' | 'infinity' | 'none';

/** LimitNOFILE of containerd's unit. */
function containerdUnit(version: string): Unit {
  if (compareVersions(version, '2.0') >= 0) return 'none';
  if (compareVersions(version, '1.5') >= 0 || compareVersions(version, '1.3') < 0)
    return 'infinity';
  return 'million';
}

function openFiles(draft: Draft, systemd: string | undefined): Limit | undefined {
  const { engine, sysctls, distribution } = draft;
  const version = engine?.version;
  if (engine === undefined || version === undefined || engine.rootless === true) return undefined;
  const row = rowNamed(`${distribution?.id}:${distribution?.version}`);
  let unit: Unit | undefined;
  if (engine.name === 'podman' || engine.name === 'buildah') unit = 'million';
  if (engine.name === 'cri-o') unit = crioUnit(version);
  if (engine.name === 'containerd') unit = containerdUnit(version);
  if (engine.name === 'docker') {
    const own = row?.packages['docker'] === version ? row.packages['containerd'] : undefined;
    const containerd =
      own ?? containerdOfDocker.findLast(([first]) => compareVersions(version, first) >= 0)?.[1];
    unit = containerd === undefined ? 'million' : containerdUnit(containerd);
  }
  if (unit === undefined) return undefined;
  if (unit === 'million') return { soft: million, hard: million };
  if (unit === 'infinity') {
    const most = Number(sysctls?.['fs.nr_open']);
    return Number.isNaN(most) ? undefined : { soft: most, hard: most };
  }
  if (systemd === undefined) return undefined;
  return { soft: 1024, hard: compareVersions(systemd, '240') >= 0 ? 524288 : 4096 };
}

/** CRI-O's unit had the limit up to 1.32. */
function crioUnit(version: string): Unit {
  return compareVersions(version, '1.33') >= 0 ? 'none' : 'million';
}

/** Bytes that a service may lock: the kernel's default, or what systemd gives from 250 on. */
function lockedMemory(draft: Draft, systemd: string | undefined): Limit | undefined {
  const base = draft.kernel?.base;
  if (base === undefined || systemd === undefined || draft.engine?.rootless === true)
    return undefined;
  const small = 65536;
  const large = 8 * million;
  if (compareReleases(base, '5.16') >= 0 || compareVersions(systemd, '250') >= 0)
    return { soft: large, hard: large };
  // From 240 to 249 it depends on what PID 1 had raised for itself.
  return compareVersions(systemd, '240') < 0 ? { soft: small, hard: small } : undefined;
}

/** Processes of a user: docker's and containerd's units lift the limit, podman and CRI-O set a high one. */
function processes({ engine }: Draft): Limit | undefined {
  if (engine === undefined || engine.rootless === true) return undefined;
  if (engine.name === 'docker' || engine.name === 'containerd') return { soft: null, hard: null };
  return overlayEngines[engine.name] === undefined ? undefined : { soft: million, hard: million };
}

const overlayEngines: Readonly<Record<string, string>> = {
  podman: 'overlay',
  buildah: 'overlay',
  'cri-o': 'overlay',
  containerd: 'overlayfs',
};

/** docker chose the driver by the host until overlay2 won; from 29 on images lie in containerd's overlayfs. */
function storageDriver(draft: Draft): string | undefined {
  const { engine, distribution } = draft;
  if (engine === undefined || engine.rootless === true) return undefined;
  if (engine.name !== 'docker') return overlayEngines[engine.name];
  if (engine.version === undefined) return undefined;
  if (compareVersions(engine.version, '29.0') >= 0) return 'overlayfs';
  if (compareVersions(engine.version, '18.09') >= 0) return 'overlay2';
  const release = distribution?.version ?? '';
  if (distribution?.id !== 'rhel' && distribution?.id !== 'centos') return undefined;
  return compareVersions(release, '7.5') >= 0 ? 'overlay2' : 'devicemapper';
}

/**
 * Fills in what the engine gives a container by default, once the engine is settled: only what is not said yet.
 * Hosts that are not a distribution's stay as they are.
 */
export function applyContainerDefaults(draft: Draft): void {
  const { id, version } = draft.distribution ?? {};
  const row = id === undefined || version === undefined ? undefined : rowNamed(`${id}:${version}`);
  if (row === undefined || draft.engine === undefined) return;
  const { name, version: engineVersion } = draft.engine;
  const source = `default of ${[name, engineVersion].filter(Boolean).join(' ')} on ${id}:${version}`;
  const limits = {
    nofile: openFiles(draft, row.systemd),
    memlock: lockedMemory(draft, row.systemd),
    nproc: processes(draft),
  };
  for (const [limit, value] of Object.entries(limits)) {
    if (value === undefined || draft.limits?.[limit] !== undefined) continue;
    draft.limits = { ...draft.limits, [limit]: value };
    note(draft, `limits.${limit}`, source);
  }
  const driver = storageDriver(draft);
  if (driver === undefined || draft.engine.storageDriver !== undefined) return;
  draft.engine = { ...draft.engine, storageDriver: driver };
  note(draft, 'engine.storageDriver', source);
}
