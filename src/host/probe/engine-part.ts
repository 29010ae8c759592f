// The container engine, its runtime, and the libseccomp that compiles its filter: from the daemon's own answer, the
// programs' --version, and the package databases. A docker client without a daemon is no engine.
import type { Offer } from '../offer.ts';
import {
  parseDockerInfo,
  parseDockerVersion,
  parseProgramVersion,
  parseRuncLibseccomp,
  upstreamVersion,
} from './engine-texts.ts';
import { installedVersions } from './packages.ts';
import { known, type ProbeContext, type ProbePart } from './part.ts';
import { runningPrograms } from './resource-part.ts';

type Engine = NonNullable<Offer['engine']>;
type Runtime = NonNullable<Engine['runtime']>;

/** Package names by what they bring, across distributions. */
const packageNames = {
  docker: ['docker-ce', 'docker.io', 'docker', 'moby-engine', 'docker-engine'],
  podman: ['podman'],
  'cri-o': ['cri-o'],
  containerd: ['containerd.io', 'containerd'],
  runc: ['runc'],
  crun: ['crun'],
  libseccomp: ['libseccomp2', 'libseccomp'],
  common: ['containers-common', 'golang-github-containers-common'],
} as const;

type Piece = keyof typeof packageNames;

interface Found {
  readonly version: string;
  readonly source: string;
}

/** Programs that tell the version of a piece. docker's client does not count: it may speak to another machine. */
const programs: Partial<Record<Piece, string>> = {
  docker: 'dockerd',
  podman: 'podman',
  'cri-o': 'crio',
  containerd: 'containerd',
  runc: 'runc',
  crun: 'crun',
};

async function findPiece(
  context: ProbeContext,
  packages: ReadonlyMap<string, { readonly version: string; readonly database: string }>,
  piece: Piece,
): Promise<Found | undefined> {
  const program = programs[piece];
  if (program !== undefined) {
    const printed = await context.run(program, ['--version']);
    const version = printed === undefined ? undefined : parseProgramVersion(printed);
    if (version !== undefined) return { version, source: `${program} --version` };
  }
  for (const name of packageNames[piece]) {
    const found = packages.get(name);
    const version = found && upstreamVersion(found.version);
    if (found && version) return { version, source: `package ${name} in ${found.database}` };
  }
  return undefined;
}

/** Asks a docker daemon on this machine's own socket. */
async function askDocker(context: ProbeContext): Promise<Partial<Engine> | undefined> {
  const { reader, run, from } = context;
  if (
    reader.kind('/run/docker.sock') === undefined &&
    reader.kind('/var/run/docker.sock') === undefined
  ) {
    return undefined;
  }
  const answer = parseDockerVersion(
    (await run('docker', ['version', '--format', '{{json .}}'])) ?? '',
  );
  if (answer?.version === undefined) return undefined;
  const info = parseDockerInfo((await run('docker', ['info', '--format', '{{json .}}'])) ?? '');
  from('engine', "the docker daemon's own answer");
  const desktop = /Docker Desktop (\d+(?:\.\d+)+)/.exec(answer.platform ?? '')?.[1];
  return known({
    version: upstreamVersion(answer.version) ?? answer.version,
    api: answer.api,
    runtime: answer.runtime,
    storageDriver: info?.storageDriver,
    rootless: info?.rootless ? true : undefined,
    seccomp: info?.seccomp === undefined ? undefined : { mode: info.seccomp },
    dockerDesktop: desktop,
  });
}

/** What runs decides before what is installed; a kubelet's containerd counts only when nothing else is there. */
function chooseEngine(
  running: ReadonlyMap<string, string>,
  has: (piece: Piece) => boolean,
): Engine['name'] | undefined {
  if (running.has('dockerd')) return 'docker';
  if (running.has('crio')) return 'cri-o';
  if (running.has('kubelet') && has('containerd')) return 'containerd';
  return (['docker', 'cri-o', 'podman', 'containerd'] as const).find(has);
}

/** Engine, runtime and libseccomp. */
export const probeEngine: ProbePart = async (context) => {
  const { reader, from, missing } = context;
  const packages = await installedVersions(context);
  const found = new Map<Piece, Found>();
  for (const piece of Object.keys(packageNames) as readonly Piece[]) {
    const one = await findPiece(context, packages, piece);
    if (one !== undefined) found.set(piece, one);
  }
  const asked = await askDocker(context);
  const libseccomp = found.get('libseccomp');
  if (libseccomp) from('libseccomp', libseccomp.source);
  const name = asked
    ? 'docker'
    : chooseEngine(runningPrograms(reader), (piece) => found.has(piece));
  if (name === undefined) {
    missing(
      'engine',
      reader.live
        ? 'no engine is installed here; name one with a qualifier: this+docker:28.2'
        : 'no package of an engine is installed in it',
    );
    return known({ libseccomp: libseccomp?.version });
  }
  const own = found.get(name as Piece);
  if (own && !asked) from('engine', own.source);
  const others = (['docker', 'podman', 'cri-o'] as const).filter(
    (other) => other !== name && found.has(other),
  );
  if (others.length > 0) from('engine.others', `also installed: ${others.join(', ')}`);
  const preferred: readonly ('crun' | 'runc')[] =
    name === 'podman' ? ['crun', 'runc'] : ['runc', 'crun'];
  const runtimeName = preferred.find((piece) => found.has(piece));
  const runtime: Runtime | undefined =
    asked?.runtime ??
    (runtimeName && known({ name: runtimeName, version: found.get(runtimeName)?.version }));
  if (runtimeName && !asked?.runtime) from('engine.runtime', found.get(runtimeName)?.source ?? '');
  // runc may be linked with a libseccomp of its own (containerd.io's is); its word counts before the package's.
  const runcPrinted =
    runtime?.name === 'runc' ? await context.run('runc', ['--version']) : undefined;
  const linked = parseRuncLibseccomp(runcPrinted ?? '');
  const compiledBy = linked ?? libseccomp?.version;
  if (compiledBy) from('engine.libseccomp', linked ? 'runc --version' : (libseccomp?.source ?? ''));
  const common = found.get('common');
  if (common && (name === 'podman' || name === 'cri-o'))
    from('engine.commonVersion', common.source);
  const engine: Engine = {
    name,
    ...known({
      version: own?.version,
      runtime,
      libseccomp: compiledBy,
      commonVersion: name === 'podman' || name === 'cri-o' ? common?.version : undefined,
    }),
    ...asked,
  };
  return known({ engine, libseccomp: libseccomp?.version });
};
