// An engine on a named host: its version, and the runtime, libseccomp and containers-common that go with it there.
import type { Distribution } from '../../kernel/distributions.ts';
import type { Draft } from './draft.ts';
import { dockerApi, runcOf } from './engine-versions.ts';
import { rowNamed } from './names.ts';

type Engine = NonNullable<Draft['engine']>;
type EngineName = Engine['name'];

/** The engine that a distribution's own archive brings, docker before podman before containerd before CRI-O before LXC. */
export function packagedEngine(row: Distribution): EngineName | undefined {
  return (['docker', 'podman', 'containerd', 'cri-o', 'lxc'] as const).find(
    (name) => row.packages[name] !== undefined,
  );
}

/** Engines that the runtime crun serves where the distribution has it. */
const preferCrun = new Set<EngineName>(['podman', 'buildah', 'cri-o']);

function runtimeOf(
  name: EngineName,
  version: string | undefined,
  packages: Readonly<Record<string, string>>,
): Engine['runtime'] {
  // What the distribution packages goes together; an engine of another version brings its own runc.
  const packaged = version === undefined || packages[name] === version;
  if (preferCrun.has(name) && packages['crun'] !== undefined) {
    return { name: 'crun', version: packages['crun'] };
  }
  if (packaged && packages['runc'] !== undefined)
    return { name: 'runc', version: packages['runc'] };
  const runc = version === undefined ? undefined : runcOf(name, version);
  return runc === undefined ? undefined : { name: 'runc', version: runc };
}

/** An engine on the host that the draft describes so far. */
export function engineOf(name: EngineName, version: string | undefined, draft: Draft): Engine {
  const { id, version: release } = draft.distribution ?? {};
  const row =
    id === undefined ? undefined : rowNamed(release === undefined ? id : `${id}:${release}`);
  // systemd-nspawn has the version of its systemd.
  const nspawn = row?.systemd === undefined ? {} : { nspawn: row.systemd };
  const packages: Readonly<Record<string, string>> = { ...row?.packages, ...nspawn };
  const packaged = packages[name];
  // docker:1.13 on a host whose archive has 1.13.1 means that one.
  const chosen = version === undefined || packaged?.startsWith(`${version}.`) ? packaged : version;
  const runtime = runtimeOf(name, chosen, packages);
  const libseccomp = draft.libseccomp ?? packages['libseccomp'];
  const common = preferCrun.has(name) && packages[name] === chosen ? packages['common'] : undefined;
  const api = name === 'docker' && chosen !== undefined ? dockerApi(chosen) : undefined;
  return {
    name,
    ...(chosen === undefined ? {} : { version: chosen }),
    ...(runtime === undefined ? {} : { runtime }),
    ...(libseccomp === undefined ? {} : { libseccomp }),
    ...(common === undefined ? {} : { commonVersion: common }),
    ...(api === undefined ? {} : { api }),
    seccomp: { mode: 'default' },
  };
}
