// A container in the words of `docker inspect` (Docker Engine API 1.48, ContainerInspect). A Map is what Go calls a map,
// a plain object a struct: templates tell them apart (src/formats/go-template/).
import { type Container, type ContainerSettings, isAlive } from '../engine/container.ts';
import { snapshotKey } from '../engine/create-container.ts';
import type { Engine } from '../engine/engine.ts';
import { healthOf as healthNow, healthTests } from '../engine/health-check.ts';
import { volumeData } from '../engine/volumes/volume-record.ts';
import type { Mount } from '../store/snapshots/snapshotter.ts';
import { containerHostConfig } from './container-host-config.ts';
import { byteSizes, startedWords } from './container-listing.ts';
import { containerNetworks } from './container-networks.ts';

/** Go's zero time. */
const never = '0001-01-01T00:00:00Z';

const timeOf = (ms: number | undefined): string =>
  ms === undefined ? never : new Date(ms).toISOString();

/** A Go map of these pairs. */
function goMap(record: Readonly<Record<string, unknown>>): ReadonlyMap<string, unknown> {
  return new Map(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

const pairLines = (pairs: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(pairs).map(([name, value]) => `${name}=${value}`);

/** Of lines NAME=VALUE, the last of each name. */
function lastOfEach(lines: readonly string[]): readonly string[] {
  const byName = new Map(lines.map((line) => [line.split('=')[0] ?? '', line] as const));
  return [...byName.values()];
}

function stateOf(container: Container, engine: Engine): object {
  const { state } = container;
  const { status, process, exitCode, oomKilled, error = '', startedMs, finishedMs } = state;
  return {
    Status: status,
    // As docker: a paused container runs.
    Running: isAlive(state),
    Paused: status === 'paused',
    Restarting: status === 'restarting',
    OOMKilled: oomKilled,
    Dead: status === 'dead',
    Pid: isAlive(state) ? (process?.pid ?? 0) : 0,
    ExitCode: exitCode,
    Error: error,
    StartedAt: timeOf(startedMs),
    FinishedAt: timeOf(finishedMs),
    ...healthStateOf(container, engine),
  };
}

/** What docker has as State.Health, of a container with a health check. */
function healthStateOf(container: Container, engine: Engine): object {
  if (container.settings.health === undefined) return {};
  const { status = 'starting', failingStreak = 0 } = healthNow(engine, container) ?? {};
  const tests = healthTests(engine, container).map(({ startMs, endMs, exitCode, output }) => ({
    Start: timeOf(startMs),
    End: timeOf(endMs),
    // docker's for a test that took too long; timeout(1) has its own.
    ExitCode: exitCode === 124 || exitCode === 137 ? -1 : exitCode,
    Output: output,
  }));
  return {
    Health: {
      Status: isAlive(container.state) ? status : 'unhealthy',
      FailingStreak: failingStreak,
      Log: tests,
    },
  };
}

function mountsOf({ volumes }: ContainerSettings, { store }: Engine): readonly object[] {
  return volumes.mounts.map((mount) => {
    const { kind, destination, readOnly } = mount;
    const propagation =
      kind === 'bind'
        ? (mount.options.find((word) => /^r?(private|shared|slave)$/.test(word)) ?? 'rprivate')
        : '';
    const common = { Destination: destination, Mode: '', RW: !readOnly, Propagation: propagation };
    if (kind === 'bind') return { Type: 'bind', Source: mount.source, ...common };
    if (kind === 'tmpfs') return { Type: 'tmpfs', Source: '', ...common };
    return {
      Type: 'volume',
      Name: mount.name ?? '',
      Source: volumeData({ store }, mount.name ?? ''),
      ...common,
      Driver: mount.driver ?? 'local',
    };
  });
}

function healthOf({ health }: ContainerSettings): object | undefined {
  if (health === undefined) return undefined;
  const nanoseconds = (ms: number): number => ms * 1_000_000;
  return {
    Test: health.test,
    Interval: nanoseconds(health.intervalMs),
    Timeout: nanoseconds(health.timeoutMs),
    StartPeriod: nanoseconds(health.startPeriodMs),
    StartInterval: nanoseconds(health.startIntervalMs),
    Retries: health.retries,
  };
}

/** docker's Config: what the container runs, as an image would say it. */
export function inspectedConfig({ id, settings }: Container): Readonly<Record<string, unknown>> {
  const { config, image, labels, openStdin, stdinOnce, stopSignal, stopTimeoutMs } = settings;
  const entrypoint = config.entrypoint ?? image.config.entrypoint;
  const words = startedWords(settings);
  const command = words.slice(entrypoint.length);
  const exposed = [...image.config.exposedPorts, ...settings.network.exposed];
  return {
    Hostname: config.hostname ?? id.slice(0, 12),
    Domainname: config.domainname ?? '',
    User: config.user ?? image.config.user ?? '',
    AttachStdin: stdinOnce,
    AttachStdout: stdinOnce,
    AttachStderr: stdinOnce,
    ExposedPorts:
      exposed.length === 0
        ? undefined
        : goMap(Object.fromEntries(exposed.map((port) => [port, {}]))),
    Tty: config.tty,
    OpenStdin: openStdin,
    StdinOnce: stdinOnce,
    Env: lastOfEach([...pairLines(image.config.env), ...config.env]),
    Cmd: command.length === 0 ? null : command,
    Healthcheck: healthOf(settings),
    Image: image.name,
    Volumes:
      image.config.volumes.length === 0
        ? null
        : goMap(Object.fromEntries(image.config.volumes.map((path) => [path, {}]))),
    WorkingDir: config.workingDirectory ?? image.config.workingDirectory ?? '',
    Entrypoint: entrypoint.length === 0 ? null : entrypoint,
    OnBuild: null,
    Labels: goMap(labels),
    StopSignal: stopSignal,
    StopTimeout: stopTimeoutMs < 0 ? -1 : stopTimeoutMs / 1000,
  };
}

/** Folders of the layers, as docker's overlay2 shows them. */
function graphData(mounts: readonly Mount[]): ReadonlyMap<string, string> | null {
  const options = mounts.find(({ type }) => type.includes('overlay'))?.options;
  if (options === undefined) return null;
  const value = (name: string): string =>
    options.find((option) => option.startsWith(`${name}=`))?.slice(name.length + 1) ?? '';
  return new Map([
    ['LowerDir', value('lowerdir')],
    ['UpperDir', value('upperdir')],
    ['WorkDir', value('workdir')],
  ]);
}

/** The layers that a container lies on. @throws PlimsollError as Snapshotter.mounts */
async function graphOf(engine: Engine, { id }: Container): Promise<object> {
  const snapshotter = await engine.snapshotter();
  const key = snapshotKey(id);
  const mounts = snapshotter.stat(key) === undefined ? [] : await snapshotter.mounts(key);
  const data = graphData(mounts);
  // Where it is mounted, while it is.
  if (data !== null)
    return {
      Data: new Map([...data, ['MergedDir', engine.places(id).rootfs]]),
      Name: snapshotter.driver,
    };
  return { Data: null, Name: snapshotter.driver };
}

/** What of a container is shown. */
export interface ContainerInspectOptions {
  /** Whether the bytes on disk are counted. */
  readonly size: boolean;
}

/** The container as docker inspects it. @throws PlimsollError as the snapshotter */
export async function inspectedContainer(
  engine: Engine,
  container: Container,
  { size }: ContainerInspectOptions,
): Promise<object> {
  const { id, name, createdMs, settings, state } = container;
  const [path = '', ...args] = startedWords(settings);
  const { kept, log } = engine.places(id);
  const ownFiles = settings.network.mode !== 'path';
  const place = (file: string): string => (ownFiles ? `${kept}/${file}` : '');
  const sizes = size ? (await byteSizes(engine, [container])).get(id) : undefined;
  return {
    Id: id,
    Created: timeOf(createdMs),
    Path: path,
    Args: args,
    State: stateOf(container, engine),
    Image: settings.image.id,
    ResolvConfPath: place('resolv.conf'),
    HostnamePath: place('hostname'),
    HostsPath: place('hosts'),
    LogPath: ['json-file', 'local', 'k8s-file'].includes(settings.log.driver) ? log : '',
    Name: `/${name}`,
    RestartCount: state.restartCount,
    Driver: (await engine.snapshotter()).driver,
    Platform: 'linux',
    MountLabel: '',
    ProcessLabel: settings.config.security.selinuxLabel ?? '',
    AppArmorProfile: settings.config.security.apparmor ?? '',
    ExecIDs: null,
    HostConfig: containerHostConfig(settings),
    GraphDriver: await graphOf(engine, container),
    ...(sizes === undefined ? {} : { SizeRw: sizes.own, SizeRootFs: sizes.all }),
    Mounts: mountsOf(settings, engine),
    Config: inspectedConfig(container),
    NetworkSettings: containerNetworks(container),
    // A field that docker has not.
    OCIRuntime: settings.runtime ?? '',
  };
}
