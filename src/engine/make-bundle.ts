// The bundle of one start: the mounted root file system and config.json, in the container's folder in /run.
import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { Owner } from '../lib/owner.ts';
import { systemReason } from '../lib/system-reason.ts';
import type { NamespaceChoices } from '../runtime/container-config.ts';
import { generateSpec } from '../runtime/generate-spec.ts';
import { putBefore } from '../runtime/imitated-host.ts';
import { withDevices, withHooks } from '../runtime/injected.ts';
import type { OciRuntime } from '../runtime/oci-runtime.ts';
import { readSpecHost } from '../runtime/read-spec-host.ts';
import { openToAll } from '../runtime/spec/sysctls.ts';
import { type AccountFiles, resolveUser } from '../runtime/spec/user.ts';
import { formatSpec, type SpecMount } from '../runtime/spec.ts';
import { readBelow } from '../store/unpack/read-below.ts';
import { type HeldNamespace, mountMapped } from '../sys/id-mapped-mounts.ts';
import { type MountCall, mountAt, unmount } from '../sys/mounts.ts';
import { mappedIds } from '../sys/subordinate-ids.ts';
import { defaultAppArmor } from './apparmor.ts';
import { type CompiledFilter, compiledFilter } from './compiled-filter.ts';
import type { Container } from './container.ts';
import { prepareSnapshot, snapshotKey } from './create-container.ts';
import type { Engine } from './engine.ts';
import { withInit } from './init-program.ts';
import { checkOpenToUsers, userNamespaceFor, withUsersMapped } from './mapped-users.ts';
import { textIn } from './state-folder.ts';

/** Bytes of /etc/passwd and /etc/group that are read: large organisations have a few megabytes. */
const accountBytes = 16 * 1024 * 1024;

/**
 * Makes the folder and mounts the root file system in it.
 * @throws PlimsollError PL0825, PL0835, PL0722 to PL0724
 */
export async function mountRoot(engine: Engine, container: Container): Promise<string> {
  const { folder, rootfs } = engine.places(container.id);
  await prepareSnapshot(engine, container);
  const snapshotter = await engine.snapshotter();
  const mounts = await snapshotter.mounts(snapshotKey(container.id), {
    disposable: container.settings.autoRemove,
  });
  try {
    // Whoever maps users has to get to the root file system as one who is nobody here.
    mkdirSync(rootfs, { recursive: true, mode: 0o711 });
    const users = await userNamespaceFor(engine, container.settings.config);
    if (users === undefined) for (const mount of mounts) mountAt(mount, rootfs);
    else mountForUsers(mounts, users, { folder, rootfs });
  } catch (cause) {
    if (cause instanceof PlimsollError) throw cause;
    throw new PlimsollError(
      'PL0825',
      `the root file system could not be mounted: ${systemReason(cause)}`,
      {
        at: { path: folder },
        help: 'plimsoll info tells which snapshot driver is used, and why',
        cause,
      },
    );
  }
  return rootfs;
}

/** With ids mapped. @throws PlimsollError PL0835 */
function mountForUsers(
  mounts: readonly MountCall[],
  users: HeldNamespace,
  { folder, rootfs }: { readonly folder: string; readonly rootfs: string },
): void {
  const scratch = join(folder, 'layers');
  // The container's root is nobody here, and has to get to its root file system. What is beside it stays closed.
  chmodSync(dirname(folder), 0o711);
  checkOpenToUsers(folder);
  mkdirSync(scratch, { recursive: true, mode: 0o700 });
  try {
    withUsersMapped(() => {
      for (const mount of mounts) mountMapped(mount, rootfs, users.fd, scratch);
    });
  } finally {
    users.close();
  }
}

/** Unmounts it; nothing where it is not mounted. */
export function unmountRoot(engine: Engine, id: string): void {
  const { rootfs } = engine.places(id);
  if (statSync(rootfs, { throwIfNoEntry: false }) !== undefined) unmount(rootfs);
}

/** What a start adds to what was asked for. */
export interface BundleParts {
  /** With paths in place of names. */
  readonly namespaces: NamespaceChoices;
  readonly mounts: readonly SpecMount[];
  readonly runtime: OciRuntime;
}

/** How many groups there are in this user namespace. */
function mappedGroups(): number {
  return mappedIds(textIn('/proc/self/gid_map') ?? '');
}

/** Who the container's first process is, by numbers. @throws PlimsollError PL0801 */
export function ownerOf(engine: Engine, { id, settings: { config, image } }: Container): Owner {
  return resolveUser(config.user ?? image.config.user, accountsOf(engine.places(id).rootfs));
}

function accountsOf(rootfs: string): AccountFiles {
  const text = (name: string): string =>
    readBelow(rootfs, name, accountBytes)?.toString('utf8') ?? '';
  return { passwd: text('/etc/passwd'), group: text('/etc/group') };
}

/** What was written. */
export interface WrittenConfig {
  readonly filter: CompiledFilter;
  /** Whether hooks are to be run after the start. */
  readonly hooked: boolean;
}

/**
 * Writes config.json, with the filter as it was compiled before.
 * @throws PlimsollError PL0801 to PL0805, PL0836, PL0837
 */
export async function writeConfig(
  engine: Engine,
  {
    id,
    settings: {
      config: asked,
      image,
      network: { mode },
      init,
      initPath,
    },
  }: Container,
  { namespaces, mounts, runtime }: BundleParts,
): Promise<WrittenConfig> {
  const { folder, rootfs, calls, config: path } = engine.places(id);
  const groups = engine.ordinaryUser ? mappedGroups() : undefined;
  const { config, hooks, notes: ofDevices } = await withDevices(asked);
  const own = mode === 'networks' && namespaces.network.kind === 'path';
  const appArmor = engine.ordinaryUser
    ? undefined
    : defaultAppArmor(engine.environment['PATH'], engine.note);
  const { spec, notes } = generateSpec({
    id,
    config: {
      ...config,
      namespaces,
      // A namespace of the engine's own is as private as one that the runtime makes.
      sysctls: {
        ...(own ? openToAll(groups) : {}),
        ...config.sysctls,
      },
      // What was given to this container in particular wins over what comes with its network.
      mounts: [...mounts, ...config.mounts],
    },
    image: image.config,
    accounts: accountsOf(rootfs),
    host: {
      ...readSpecHost(engine.machine),
      cgroupManager: engine.cgroupManager,
      ...(appArmor === undefined ? {} : { appArmorProfile: appArmor }),
      ...(groups === undefined ? {} : { userNamespace: { groups } }),
    },
    root: rootfs,
  });
  for (const note of [...ofDevices, ...notes]) engine.note(note);
  const hooked = await withHooks(spec, hooks, config.hookFolders);
  const { imitatedHost } = config;
  const whole =
    imitatedHost === undefined
      ? hooked
      : putBefore(
          imitatedHost,
          hooked,
          {
            folder: join(folder, 'host'),
            root: rootfs,
            ...(imitatedHost.supervisedAs === undefined ? {} : { listener: calls }),
          },
          engine.environment['PATH'],
        );
  const started = init ? withInit(whole, engine.environment['PATH'], initPath) : whole;
  const filter = compiledFilter(engine, runtime, whole.linux.seccomp);
  const annotations = { ...filter.annotations, ...whole.annotations };
  writeFileSync(path, formatSpec({ ...started, annotations }), { mode: 0o600 });
  return { filter, hooked: (whole.hooks?.poststart ?? []).length > 0 };
}
