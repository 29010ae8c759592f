// Namespaces of other containers: --pid, --ipc and --uts container:NAME. Who shares System V memory shares /dev/shm too, as
// docker has it: that of a container with --ipc shareable is a mount beside its root file system, which others are given.
import { mkdirSync, statSync } from 'node:fs';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { NamespaceChoice, NamespaceChoices } from '../runtime/container-config.ts';
import type { SpecMount } from '../runtime/spec.ts';
import { mountAt, unmount } from '../sys/mounts.ts';
import { isRunning } from '../sys/process-identity.ts';
import type { Container } from './container.ts';
import type { Engine } from './engine.ts';

/** The choices with paths for names, and what is mounted with them. */
export interface JoinedNamespaces {
  readonly namespaces: NamespaceChoices;
  readonly mounts: readonly SpecMount[];
}

const options = ['nosuid', 'noexec', 'nodev'];

/** @throws PlimsollError PL0820, PL0826 where the other container does not run or does not share */
export function joinNamespaces(engine: Engine, container: Container): JoinedNamespaces {
  const { namespaces, shmBytes } = container.settings.config;
  const { pid, ipc, uts, user } = namespaces;
  const path = (choice: NamespaceChoice, name: string): NamespaceChoice =>
    choice.kind === 'container'
      ? { kind: 'path', path: `/proc/${firstOf(engine, choice.container).pid}/ns/${name}` }
      : choice;
  return {
    namespaces: {
      ...namespaces,
      pid: path(pid, 'pid'),
      ipc: path(ipc, 'ipc'),
      uts: path(uts, 'uts'),
      user: path(user, 'user'),
    },
    mounts: sharedMemory(engine, container.id, ipc, shmBytes).map((source) => ({
      destination: '/dev/shm',
      type: 'bind',
      source,
      options: ['bind', ...options],
    })),
  };
}

function firstOf({ records }: Engine, name: string): { readonly pid: number } {
  const { state, name: known } = records.find(name);
  const { process: first, status } = state;
  if (status === 'running' && first !== undefined && isRunning(first)) return first;
  throw new PlimsollError('PL0826', `cannot join container ${known}: it is ${status}`, {
    help: `start it first: plimsoll start ${known}`,
  });
}

/** Where the shared /dev/shm is, made where it is this container's own. */
function sharedMemory(
  engine: Engine,
  id: string,
  ipc: NamespaceChoice,
  bytes: number,
): readonly string[] {
  if (ipc.kind === 'shareable') {
    const { sharedMemory: place } = engine.places(id);
    mkdirSync(place, { recursive: true, mode: 0o711 });
    mountAt(
      { type: 'tmpfs', source: 'shm', options: [...options, `size=${bytes}`, 'mode=1777'] },
      place,
    );
    return [place];
  }
  if (ipc.kind !== 'container') return [];
  const other = engine.records.find(ipc.container);
  if (other.settings.config.namespaces.ipc.kind === 'shareable')
    return [engine.places(other.id).sharedMemory];
  throw new PlimsollError(
    'PL0826',
    `can't join IPC of container ${other.name}: non-shareable IPC`,
    { help: 'make that container with --ipc shareable' },
  );
}

/** Unmounts what was made for others; they keep what they have. */
export function unmountSharedMemory(engine: Engine, id: string): void {
  const { sharedMemory: place } = engine.places(id);
  if (statSync(place, { throwIfNoEntry: false }) !== undefined) unmount(place);
}
