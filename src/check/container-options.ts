// How the container is started, as far as an offer says: its own words first, then what every engine does by default.
import type { Offer } from '../host/offer.ts';
import { ownEntry } from '../lib/own-entry.ts';

/** Engines that start OCI containers, and so share docker's defaults. */
const ociEngines = new Set([
  'docker',
  'podman',
  'containerd',
  'cri-o',
  'buildah',
  'kata',
  'gvisor',
  'garden',
]);

/** What these engines do when they are not told otherwise (docker run, podman run, CRI). */
const defaults: Readonly<Record<string, unknown>> = {
  privileged: false,
  noNewPrivileges: false,
  readOnlyRoot: false,
  shmSize: 64 * 1024 * 1024,
  devices: [],
  tmpfs: {},
  userNamespace: false,
  pidNamespaceHost: false,
  networkHost: false,
  cgroupMounted: true,
  user: '',
  injectedTools: [],
  nested: '',
};

/** The value of an option of offer.container, or the engine's default; undefined where neither is known. */
export function containerOption(offer: Offer, name: string): unknown {
  const said = (offer.container as Readonly<Record<string, unknown>> | undefined)?.[name];
  if (said !== undefined) return said;
  const oci = offer.engine !== undefined && ociEngines.has(offer.engine.name);
  return oci || (offer.engine === undefined && offer.container !== undefined)
    ? ownEntry(defaults, name)
    : undefined;
}

/** The mount that a path inside the container lies on. */
export interface MountAt {
  readonly target: string;
  readonly options: readonly string[];
  readonly filesystem?: string;
}

const holds = (target: string, path: string): boolean =>
  target === '/' || path === target || path.startsWith(`${target}/`);

/**
 * The mount at a path: the deepest of the container's tmpfs and mounts, else the root file system with its read-only
 * option. Undefined where nothing is known of the container.
 */
export function mountOptions(offer: Offer, path: string): MountAt | undefined {
  const readOnly = containerOption(offer, 'readOnlyRoot');
  if (readOnly === undefined && offer.container === undefined) return undefined;
  const mounts: readonly MountAt[] = [
    { target: '/', options: readOnly === true ? ['ro'] : [], filesystem: 'overlay' },
    ...(offer.container?.mounts ?? []).map(({ target, options, filesystem }) => ({
      target,
      options: options?.split(',') ?? [],
      ...(filesystem === undefined ? {} : { filesystem }),
    })),
    ...Object.entries(offer.container?.tmpfs ?? {}).map(([target, options]) => ({
      target,
      options: options.split(','),
      filesystem: 'tmpfs',
    })),
  ];
  return mounts
    .filter(({ target }) => holds(target, path))
    .sort((a, b) => b.target.length - a.target.length)[0];
}

/** The path inside the container of a device as it was given: "/dev/ttyUSB0:/dev/ttyACM0:rwm". */
const insideOf = (given: string): string => given.split(':')[1] ?? given;

/**
 * Devices that the container has: those given, what of the host's /dev is mounted, and with privileged all of the host's.
 * Undefined where that is not said.
 */
export function givenDevices(offer: Offer): readonly string[] | undefined {
  const given = containerOption(offer, 'devices');
  const privileged = containerOption(offer, 'privileged');
  const mounted = (offer.container?.mounts ?? []).flatMap(({ target }) =>
    target === '/dev' || target.startsWith('/dev/') ? [target] : [],
  );
  const named = [...(Array.isArray(given) ? given.map(insideOf) : []), ...mounted];
  if (mounted.includes('/dev') || privileged === true)
    return offer.devices === undefined ? undefined : [...named, ...offer.devices];
  return given === undefined || privileged === undefined ? undefined : named;
}

/** Whether one of the devices given is that one, or a folder that holds it. */
export const covers = (given: readonly string[], device: string): boolean =>
  given.some((one) => one === device || device.startsWith(`${one}/`));
