// Host conditions on engines and on the container that they make.
import { boundingSet } from '../host/capabilities.ts';
import type { Offer } from '../host/offer.ts';
import { satisfies } from '../lib/version.ts';
import { containerOption, covers, givenDevices, mountOptions } from './container-options.ts';
import { compares, type HostMatchers, shown } from './host-matcher.ts';
import { listOf } from './list-of.ts';

function containerDevice(
  offer: Offer,
  device: string,
  onHost: boolean | undefined,
): boolean | undefined {
  const given = givenDevices(offer);
  if (given !== undefined && covers(given, device)) return true;
  const privileged = containerOption(offer, 'privileged');
  if (privileged === true) return onHost;
  return given === undefined || privileged === undefined ? undefined : false;
}

/** Conditions on containers and their engines. */
export const containerMatchers: HostMatchers<
  | 'capability'
  | 'device'
  | 'mounted'
  | 'engine'
  | 'runtime'
  | 'libseccomp'
  | 'cgroup'
  | 'container'
  | 'mountOption'
> = {
  capability({ capability, is }, offer) {
    const part = 'container.capabilities';
    const wanted = listOf(capability);
    const set = boundingSet(offer);
    if (set === undefined)
      return { truth: undefined, value: `capability ${wanted.join(' ')}`, part };
    const missing = wanted.filter((name) => !set.has(name));
    const has = missing.length === 0;
    return {
      truth: has === (is === 'present'),
      value: has
        ? `the container has ${wanted.join(' ')}`
        : `the container lacks ${missing.join(' ')}`,
      part,
    };
  },

  device({ device, is, on }, offer) {
    const part = on === 'host' ? 'devices' : 'container.devices';
    const onHost = offer.devices?.includes(device);
    const given = onHost === false ? false : containerDevice(offer, device, onHost);
    const there = on === 'host' ? onHost : given;
    if (there === undefined) return { truth: undefined, value: device, part };
    const words =
      onHost === false
        ? `the host has no ${device}`
        : there
          ? `${device} is there`
          : `${device} is not given to the container`;
    return { truth: there === (is === 'present'), value: words, part };
  },

  mounted({ mounted, at }, offer) {
    const part = 'container.mounts';
    const tmpfs = containerOption(offer, 'tmpfs');
    // What lies below a bind mount is not known unless it is said; these come only where they are asked for.
    const asked = listOf(mounted).every((name) => /^(?:tmpfs|cgroup2?)$/.test(name));
    const mounts = offer.container?.mounts ?? (asked && tmpfs !== undefined ? [] : undefined);
    if (mounts === undefined)
      return { truth: undefined, value: 'file systems mounted in the container', part };
    const inMemory = Object.keys(tmpfs ?? {}).map((target) => ({
      target,
      filesystem: 'tmpfs',
    }));
    const found = [...mounts, ...inMemory].find(
      ({ target, filesystem }) =>
        listOf(mounted).includes(filesystem ?? '') &&
        (at === undefined || at === target || at.startsWith(`${target}/`)),
    );
    const value = found ? `${found.target} is ${found.filesystem}` : 'no such mount';
    return { truth: found !== undefined, value, part };
  },

  engine({ engine, version }, offer) {
    const part = 'engine';
    const found = offer.engine;
    if (found === undefined) return { truth: undefined, value: 'engine', part };
    const value = `the engine is ${[found.name, found.version].filter(Boolean).join(' ')}`;
    if (!listOf(engine).includes(found.name)) return { truth: false, value, part };
    if (version === undefined) return { truth: true, value, part };
    if (found.version === undefined)
      return { truth: undefined, value: `version of ${found.name}`, part: 'engine.version' };
    return { truth: satisfies(found.version, version), value, part: 'engine.version' };
  },

  runtime({ runtime, version }, offer) {
    const part = 'engine.runtime';
    const found = offer.engine?.runtime;
    if (found === undefined) return { truth: undefined, value: 'OCI runtime', part };
    const value = `the runtime is ${[found.name, found.version].filter(Boolean).join(' ')}`;
    if (!listOf(runtime).includes(found.name)) return { truth: false, value, part };
    if (version === undefined) return { truth: true, value, part };
    if (found.version === undefined)
      return { truth: undefined, value: `version of ${found.name}`, part };
    return { truth: satisfies(found.version, version), value, part };
  },

  libseccomp({ libseccomp }, offer) {
    const part = offer.engine?.libseccomp === undefined ? 'libseccomp' : 'engine.libseccomp';
    const found = offer.engine?.libseccomp ?? offer.libseccomp;
    if (found === undefined) return { truth: undefined, value: 'version of libseccomp', part };
    return { truth: satisfies(found, libseccomp), value: `libseccomp is ${found}`, part };
  },

  cgroup({ cgroup }, offer) {
    const part = 'cgroup.version';
    const found = offer.cgroup?.version;
    if (found === undefined) return { truth: undefined, value: 'cgroup version', part };
    return { truth: listOf(cgroup).includes(found), value: `cgroups are ${found}`, part };
  },

  container({ container, ...wanted }, offer) {
    const part = `container.${container}`;
    const value = containerOption(offer, container);
    if (value === undefined)
      return { truth: undefined, value: `container option ${container}`, part };
    return { truth: compares(value, wanted), value: `${container} is ${shown(value)}`, part };
  },

  mountOption({ mountOption, at, onFilesystem }, offer) {
    const part = 'container.mounts';
    const mount = mountOptions(offer, at);
    if (mount === undefined) return { truth: undefined, value: `how ${at} is mounted`, part };
    const fits =
      onFilesystem === undefined || listOf(onFilesystem).includes(mount.filesystem ?? '');
    const value = `${mount.target} is mounted ${mount.options.join(',') || 'with usual options'}`;
    return { truth: fits && mount.options.includes(mountOption), value, part };
  },
};
