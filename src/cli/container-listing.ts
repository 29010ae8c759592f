// A container as a row of docker's table.
import type { Container, ContainerSettings } from '../engine/container.ts';
import { snapshotKey } from '../engine/create-container.ts';
import type { Engine } from '../engine/engine.ts';
import type { Health } from '../engine/health-check.ts';
import type { PublishedPort } from '../engine/network/network.ts';
import { goTime, humanAge, humanDuration, humanSize } from '../lib/human-units.ts';

/** The fields of docker's `ps --format`. */
export interface ContainerRow {
  readonly ID: string;
  readonly Names: string;
  readonly Image: string;
  readonly Command: string;
  readonly CreatedAt: string;
  readonly RunningFor: string;
  readonly Ports: string;
  readonly State: string;
  readonly Status: string;
  readonly Size: string;
  readonly Labels: string;
  readonly Mounts: string;
  readonly Networks: string;
  readonly LocalVolumes: string;
}

/** docker's headings. */
export const containerHeadings: Readonly<Record<keyof ContainerRow, string>> = {
  ID: 'CONTAINER ID',
  Names: 'NAMES',
  Image: 'IMAGE',
  Command: 'COMMAND',
  CreatedAt: 'CREATED AT',
  RunningFor: 'CREATED',
  Ports: 'PORTS',
  State: 'STATE',
  Status: 'STATUS',
  Size: 'SIZE',
  Labels: 'LABELS',
  Mounts: 'MOUNTS',
  Networks: 'NETWORKS',
  LocalVolumes: 'LOCAL VOLUMES',
};

/** What a container takes on disk. */
export interface ContainerSize {
  /** Bytes of what it changed. */
  readonly own: number;
  /** With its image. */
  readonly all: number;
}

/** How a row is shown. */
export interface RowOptions {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly trunc: boolean;
  readonly size?: ContainerSize | undefined;
  readonly health?: Health | undefined;
}

/** docker shows as much of a command. */
const commandWidth = 20;

/** "Up 2 minutes (healthy)", "Exited (0) 3 seconds ago": moby's State.String. */
export function statusText({ state }: Container, now: number, health?: string): string {
  const { status, startedMs = now, finishedMs = now, exitCode } = state;
  const up = `Up ${humanDuration(Math.max(0, now - startedMs))}`;
  switch (status) {
    case 'running':
      return health === undefined ? up : `${up} (${health})`;
    case 'paused':
      return `${up} (Paused)`;
    case 'restarting':
      return `Restarting (${exitCode}) ${humanAge(finishedMs, now)}`;
    case 'removing':
      return 'Removal In Progress';
    case 'dead':
      return 'Dead';
    case 'created':
      return 'Created';
    case 'exited':
      return `Exited (${exitCode}) ${humanAge(finishedMs, now)}`;
  }
}

/** What is started: entrypoint and command. */
export function startedWords({
  config,
  image,
}: Pick<ContainerSettings, 'config' | 'image'>): readonly string[] {
  const entrypoint = config.entrypoint ?? image.config.entrypoint;
  const given = config.command.length > 0;
  const command = given ? config.command : config.entrypoint === undefined ? image.config.cmd : [];
  return [...entrypoint, ...command];
}

/** The same as one line, quoted as docker does (moby daemon/list.go). */
export function commandLine({ settings }: Container): string {
  const [program = '', ...args] = startedWords(settings);
  return [program, ...args.map((one) => (one.includes(' ') ? `'${one}'` : one))].join(' ');
}

function portText({ hostIp, hostPort, containerPort, protocol }: PublishedPort): string {
  const inside = `${containerPort}/${protocol}`;
  const address = hostIp.includes(':') ? `[${hostIp}]` : hostIp || '0.0.0.0';
  return hostPort === 0 ? inside : `${address}:${hostPort}->${inside}`;
}

/** The row of a container. */
export function containerRow(
  container: Container,
  { now, trunc, size, health }: RowOptions,
): ContainerRow {
  const { id, name, createdMs, settings, state } = container;
  const command = commandLine(container);
  const shown =
    trunc && command.length > commandWidth ? `${command.slice(0, commandWidth - 1)}…` : command;
  const { image } = settings;
  const ports = state.network?.ports ?? [];
  return {
    ID: trunc ? id.slice(0, 12) : id,
    Names: name,
    Image: image.name,
    Command: `"${shown.replaceAll('"', '\\"')}"`,
    CreatedAt: goTime(createdMs),
    RunningFor: humanAge(createdMs, now),
    Ports: ports.map(portText).join(', '),
    State: state.status,
    Status: statusText(container, now, healthText(health)),
    Size: size === undefined ? '0B' : `${humanSize(size.own)} (virtual ${humanSize(size.all)})`,
    Labels: Object.entries(settings.labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(','),
    Mounts: mountSources(container).join(','),
    Networks: networkNames(container).join(','),
    LocalVolumes: String(settings.volumes.mounts.filter(({ kind }) => kind === 'volume').length),
  };
}

/** What is mounted in it: names of volumes, paths of this machine. */
export function mountSources({ settings }: Container): readonly string[] {
  return settings.volumes.mounts.flatMap((mount) => {
    if (mount.kind === 'bind') return [mount.source];
    return mount.kind === 'volume' && mount.name !== undefined ? [mount.name] : [];
  });
}

/** As docker shows how a health check stands. */
function healthText(health: Health | undefined): string | undefined {
  return health?.status === 'starting' ? 'health: starting' : health?.status;
}

/** Names of the networks that it is in, as docker has them. */
export function networkNames({ settings: { network } }: Container): readonly string[] {
  if (network.mode === 'networks')
    return network.attachments.length === 0
      ? ['bridge']
      : network.attachments.map((one) => one.network);
  return [network.mode === 'container' ? `container:${network.target}` : network.mode];
}

/** What containers take on disk, by id. */
export async function byteSizes(
  engine: Engine,
  containers: readonly Container[],
): Promise<ReadonlyMap<string, ContainerSize>> {
  const snapshotter = await engine.snapshotter();
  const sizes = new Map<string, ContainerSize>();
  for (const { id, settings } of containers) {
    const key = snapshotKey(id);
    if (snapshotter.stat(key) === undefined) continue;
    const own = (await snapshotter.usage(key)).bytes;
    const image = engine.store.images
      .list()
      .find((one) => one.id === settings.image.id)?.unpackedBytes;
    sizes.set(id, { own, all: own + (image ?? 0) });
  }
  return sizes;
}
