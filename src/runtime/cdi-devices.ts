// Devices by their CDI names, VENDOR/CLASS=NAME: found in the folders where vendors put their files, and turned into what
// a container is asked for otherwise: device nodes, mounts, environment, groups, and hooks.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { systemReason } from '../lib/system-reason.ts';
import { type CdiEdits, type CdiFile, parseCdiFile } from './cdi-file.ts';
import { parseCdiName } from './cdi-name.ts';
import type { ContainerConfig, DeviceGrant } from './container-config.ts';
import { grantOf } from './host-devices.ts';
import type { HookPoint, SpecHook } from './spec.ts';

/** Hooks by the point where they are started. */
export type Hooks = Readonly<Partial<Record<HookPoint, readonly SpecHook[]>>>;

/** A container with devices, and the hooks that they need. */
export interface WithDevices {
  readonly config: ContainerConfig;
  readonly hooks: Hooks;
  readonly notes: readonly string[];
}

interface Found {
  readonly file: CdiFile;
  readonly path: string;
  /** Of its folder: a higher one wins. */
  readonly rank: number;
}

function filesIn(folder: string, rank: number): readonly Found[] {
  let names: readonly string[];
  try {
    names = readdirSync(folder).toSorted();
  } catch {
    return [];
  }
  return names
    .filter((name) => /\.(json|yaml|yml)$/.test(name))
    .map((name) => {
      const path = join(folder, name);
      try {
        return { file: parseCdiFile(readFileSync(path, 'utf8'), path), path, rank };
      } catch (cause) {
        if (cause instanceof PlimsollError) throw cause;
        throw new PlimsollError(
          'PL0836',
          `the specification of devices could not be read: ${systemReason(cause)}`,
          { at: { path }, help: 'make it readable, or remove it', cause },
        );
      }
    });
}

/** All names that the machine has, sorted: nvidia.com/gpu=0. @throws PlimsollError PL0836 */
export function cdiNames(folders: readonly string[]): readonly string[] {
  const names = folders
    .flatMap(filesIn)
    .flatMap(({ file: { kind, devices } }) => devices.map(({ name }) => `${kind}=${name}`));
  return [...new Set(names)].toSorted();
}

function noSuchDevice(name: string, known: readonly string[], folders: readonly string[]) {
  return new PlimsollError('PL0805', `there is no device ${name} on this machine`, {
    help:
      known.length === 0
        ? `no file in ${folders.join(' or ')} describes one: vendors have programs that write them (nvidia-ctk cdi generate)`
        : `there are: ${known.join(', ')}`,
  });
}

/** The device's own changes after those that all devices of its file have. @throws PlimsollError PL0805, PL0836 */
function editsOf(
  names: readonly string[],
  files: readonly Found[],
  folders: readonly string[],
): readonly CdiEdits[] {
  const used = new Set<Found>();
  return names.flatMap((name) => {
    const asked = parseCdiName(name);
    const having = files.flatMap((found) => {
      const own =
        found.file.kind === asked?.kind
          ? found.file.devices.find((one) => one.name === asked?.name)
          : undefined;
      return own === undefined ? [] : [{ found, own }];
    });
    const best = Math.max(...having.map(({ found }) => found.rank));
    const [first, second] = having.filter(({ found }) => found.rank === best);
    if (first === undefined) throw noSuchDevice(name, cdiNames(folders), folders);
    if (second !== undefined)
      throw new PlimsollError('PL0836', `two files describe the device ${name}`, {
        at: { path: first.found.path },
        notes: [`the other: ${second.found.path}`],
        help: 'remove one of them',
      });
    const shared = used.has(first.found) ? undefined : first.found.file.containerEdits;
    used.add(first.found);
    return [...(shared ? [shared] : []), first.own.containerEdits];
  });
}

/** @throws PlimsollError PL0805 where the machine does not have the node */
function grantsOf({ deviceNodes }: CdiEdits): readonly DeviceGrant[] {
  return (deviceNodes ?? []).map((node): DeviceGrant => {
    const { path, hostPath, fileMode, uid, gid } = node;
    const access = node.permissions || 'rwm';
    const source = hostPath || path;
    try {
      const { device } = grantOf(path, statSync(source), access);
      return {
        device: {
          ...device,
          ...(node.type === 'b' || node.type === 'c' ? { type: node.type } : {}),
          ...(node.major ? { major: node.major } : {}),
          ...(node.minor ? { minor: node.minor } : {}),
          ...(fileMode === undefined ? {} : { fileMode }),
          ...(uid === undefined ? {} : { uid }),
          ...(gid === undefined ? {} : { gid }),
        },
        access,
      };
    } catch (cause) {
      throw new PlimsollError('PL0805', `${source} is no device here: ${systemReason(cause)}`, {
        at: { path: source },
        help: 'load its driver, then have the vendor’s program describe the devices again',
        cause,
      });
    }
  });
}

/**
 * Gives a container its CDI devices.
 * @throws PlimsollError PL0805 for one that the machine does not have, PL0836 for a file that is not valid
 */
export function withCdiDevices(
  config: ContainerConfig,
  names: readonly string[],
  folders: readonly string[],
): WithDevices {
  const edits = editsOf(names, folders.flatMap(filesIn), folders);
  const hooks: Partial<Record<HookPoint, SpecHook[]>> = {};
  for (const { hookName, path, args, env, timeout } of edits.flatMap((one) => one.hooks ?? [])) {
    hooks[hookName] ??= [];
    hooks[hookName].push({
      path,
      ...(args ? { args } : {}),
      ...(env ? { env } : {}),
      ...(timeout ? { timeout } : {}),
    });
  }
  const left = edits.some((one) => (one.intelRdt ?? one.netDevices) !== undefined);
  return {
    config: {
      ...config,
      env: [...config.env, ...edits.flatMap(({ env }) => env ?? [])],
      devices: [...config.devices, ...edits.flatMap(grantsOf)],
      groupAdd: [
        ...config.groupAdd,
        ...new Set(edits.flatMap(({ additionalGids }) => (additionalGids ?? []).map(String))),
      ],
      mounts: [
        ...config.mounts,
        ...edits
          .flatMap(({ mounts }) => mounts ?? [])
          .map(({ hostPath, containerPath, options, type }) => ({
            destination: containerPath,
            source: hostPath,
            type: type || 'bind',
            options: options ?? ['ro', 'nosuid', 'nodev', 'rbind', 'rprivate'],
          })),
      ],
    },
    hooks,
    notes: left ? ['what CDI files say of Resource Director and network devices is left out'] : [],
  };
}
