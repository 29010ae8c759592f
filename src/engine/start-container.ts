// Starting: bundle, network, conmon, which has the runtime make the container, and then the start itself. The record says
// that the container runs before it does, so that whoever finds one that was left half-started (the lock is free, the
// state is not) knows what to clean up.
import { copyFileSync } from 'node:fs';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import {
  exitCodeOfComplaint,
  readComplaint,
  runtimeFailure,
  startCreated,
  wayToCreate,
} from '../runtime/oci-runtime.ts';
import { identityOf } from '../sys/process-identity.ts';
import {
  type Container,
  type ContainerSettings,
  type ContainerState,
  isAlive,
} from './container.ts';
import { endContainer } from './end-container.ts';
import type { Engine } from './engine.ts';
import { addEvent } from './events.ts';
import { exitCommandOf } from './exit-command.ts';
import { joinNamespaces } from './joined-namespaces.ts';
import { logKind, logRotation, monitorLogArguments } from './logs/log-drivers.ts';
import { mountRoot, ownerOf, writeConfig } from './make-bundle.ts';
import { ownerOutside } from './mapped-users.ts';
import { findMonitor, NotStarted, runtimeArguments, startMonitor } from './monitor.ts';
import { holdPorts, letGo } from './network/hold-ports.ts';
import type { SharedContainer } from './network/network.ts';
import { joinNetwork, setUpNetwork } from './network/set-up-network.ts';
import { networkRequestOf } from './network-request.ts';
import { passedOn } from './passed-on.ts';
import { numberIn } from './state-folder.ts';
import { startSupervisor } from './supervisor.ts';
import { prepareVolumes } from './volumes/prepare-volumes.ts';

/** How a container is started. */
export interface StartOptions {
  /** Called when the container is made and nothing of it has run: the time to attach. */
  readonly beforeStart?: (container: Container) => Promise<void> | void;
  /** A start by the restart policy: the number of it. */
  readonly restartCount?: number;
}

/** PL0826: it cannot be done with a container that stands so. */
export function wrongStatus(container: Container, doing: string): PlimsollError {
  return new PlimsollError(
    'PL0826',
    `cannot ${doing} container ${container.name}: it is ${container.state.status}`,
    { help: 'plimsoll ps -a shows how containers stand' },
  );
}

/**
 * Starts a container that is not alive, whose lock is held; how it stands then.
 * @throws NotStarted where the runtime refuses; PlimsollError PL0823 to PL0826, those of the network and of volumes
 */
export async function startContainer(
  engine: Engine,
  container: Container,
  options: StartOptions = {},
): Promise<Container> {
  const { id, state } = container;
  if (state.status === 'removing' || state.status === 'dead' || isAlive(state))
    throw wrongStatus(container, 'start');
  const { records, bootId } = engine;
  let current = container;
  const set = (change: Partial<ContainerState>): Container => {
    current = { ...current, state: { ...current.state, ...change } };
    records.setState(id, current.state);
    return current;
  };
  const { error: _, process: __, monitor: ___, finishedMs: ____, ...before } = state;
  current = { ...current, state: before };
  try {
    set({
      bootId,
      stopped: false,
      oomKilled: false,
      restartCount: options.restartCount ?? 0,
    });
    await launch(engine, current, set, options);
    addEvent(engine, current, 'start');
    return current;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const exitCode = error instanceof NotStarted ? error.exitCode : 128;
    // As docker has it: one that never ran is still only created.
    const { status, startedMs } = state;
    const { startedMs: _____, ...rest } = current.state;
    const failed = { ...rest, status, ...(startedMs === undefined ? {} : { startedMs }) };
    await endContainer(
      engine,
      { ...current, state: failed },
      { exitCode, error: message, failedStart: true },
    );
    throw error;
  }
}

/** The container whose network this one shares. @throws PlimsollError PL0820, PL0826 */
function sharedOf(
  { records, places }: Engine,
  { network }: ContainerSettings,
): SharedContainer | undefined {
  if (network.mode !== 'container') return undefined;
  const other = records.find(network.target ?? '');
  const { process: first, status } = other.state;
  if (status !== 'running' || first === undefined) throw wrongStatus(other, 'join the network of');
  return { id: other.id, pid: first.pid, keptFolder: places(other.id).kept };
}

async function launch(
  engine: Engine,
  container: Container,
  set: (change: Partial<ContainerState>) => Container,
  { beforeStart }: StartOptions,
): Promise<void> {
  const { id, name, settings } = container;
  const places = engine.places(id);
  const runtime = engine.runtime(settings.runtime);
  const path = engine.environment['PATH'];
  const monitor = findMonitor(path);
  const rootfs = await mountRoot(engine, container);
  const joined = joinNamespaces(engine, container);
  const shared = sharedOf(engine, settings);
  const network = await setUpNetwork(engine, {
    ...networkRequestOf(engine, container),
    ...(shared === undefined ? {} : { shared }),
  });
  set({ network: network.state });
  // Settings of an interface need the interface.
  if (Object.keys(settings.config.sysctls).some((key) => key.startsWith('net')))
    await network.ready;
  const volumes = await prepareVolumes(engine, {
    id,
    choices: settings.volumes,
    rootfs,
    stateFolder: places.folder,
    owner: () => ownerOutside(settings.config, ownerOf(engine, container)),
    root: ownerOutside(settings.config, { uid: 0, gid: 0 }),
    signal: engine.signal,
  });
  set({ volumes: volumes.state });
  const { filter, hooked } = await writeConfig(engine, container, {
    runtime,
    namespaces: { ...joined.namespaces, network: network.namespace },
    mounts: [
      ...joined.mounts,
      ...network.files.map(({ destination, source }) => ({
        destination,
        source,
        type: 'bind',
        options: ['bind', 'rprivate'],
      })),
      ...volumes.mounts,
    ],
  });
  const { config, openStdin, stdinOnce, log, timeoutSeconds } = settings;
  const forwards = logKind(log.driver) === 'forwarded';
  const target =
    forwards || log.options['tag'] !== undefined
      ? (await import('./logs/log-target.ts')).logTargetOf(container)
      : undefined;
  if (forwards && target !== undefined)
    (await import('./logs/forwarder.ts')).announceTarget(places.kept, target);
  if (config.imitatedHost?.supervisedAs !== undefined) await startSupervisor(engine, id);
  const way = wayToCreate(runtime);
  // pasta listens on an ordinary user's ports itself.
  const held = engine.ordinaryUser ? [] : holdPorts(network.state.ports);
  const { pid } = await startMonitor({
    path: monitor,
    runtime,
    args: [
      ...['--cid', id, '--cuuid', id, '--name', name],
      ...runtimeArguments(runtime, way.through),
      ...['--bundle', places.folder, '--persist-dir', places.folder, '--full-attach'],
      ...['--container-pidfile', places.pid, '--conmon-pidfile', places.monitorPid],
      ...['--log-level', 'error', '--no-sync-log'],
      ...monitorLogArguments(log, { tag: target?.tag }, places),
      ...(timeoutSeconds === undefined ? [] : ['--timeout', String(timeoutSeconds)]),
      ...(config.tty ? ['--terminal'] : []),
      ...(openStdin ? ['--stdin', ...(stdinOnce ? [] : ['--leave-stdin-open'])] : []),
    ],
    exitCommand: exitCommandOf(engine, id),
    passStreams: logKind(log.driver) === 'passthrough',
    environment: passedOn(engine),
    keeps: held,
  }).finally(() => {
    way.close();
    letGo(held);
  });
  filter.keep(id);
  const first = identityOf(pid);
  const monitorPid = numberIn(places.monitorPid);
  const watcher = monitorPid === undefined ? undefined : identityOf(monitorPid);
  const made = set({
    status: 'running',
    startedMs: engine.now(),
    ...(first === undefined ? {} : { process: first }),
    ...(watcher === undefined ? {} : { monitor: watcher }),
  });
  if (forwards) (await import('./logs/start-forwarder.ts')).startForwarder(engine);
  await joinNetwork(engine, id, network, pid, engine.signal);
  await beforeStart?.(made);
  const { status, stderr } = await startCreated(runtime, id, hooked);
  if (status === 0) {
    if (settings.pidFile !== undefined) copyFileSync(places.pid, settings.pidFile);
    const rotation = logRotation(log);
    if (rotation !== undefined && rotation.files > 1)
      (await import('./logs/rotate-log.ts')).startRotation(engine, id, rotation);
    if (settings.health !== undefined) {
      const { startHealthCheck } = await import('./health-check.ts');
      startHealthCheck(engine, container, runtime);
    }
    return;
  }
  throw new NotStarted(
    runtimeFailure(runtime.name, 'the container could not be started', stderr, status),
    exitCodeOfComplaint(readComplaint(stderr)) ?? 125,
  );
}
