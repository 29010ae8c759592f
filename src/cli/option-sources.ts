// What the options of containers need of the machine: files, devices, absolute paths.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { type ContainerRecords, noSuchContainer } from '../engine/container-records.ts';
import { freeUsers } from '../engine/mapped-users.ts';
import { systemReason } from '../lib/system-reason.ts';
import { deviceNamed, hostDevices } from '../runtime/host-devices.ts';
import { cdiFolders } from '../runtime/injected.ts';
import type { OptionSources } from './container-config-of.ts';
import type { Context } from './context.ts';
import { gpuKindIn } from './device-names.ts';

/** Where no engine is open. */
const none: Pick<ContainerRecords, 'list' | 'find'> = {
  list: () => [],
  find: (name) => {
    throw noSuchContainer(name);
  },
};

/** The sources of the process that runs. */
export function optionSources(
  { environment, cwd }: Context,
  others: Pick<ContainerRecords, 'list' | 'find'> = none,
): OptionSources {
  return {
    environment,
    device: deviceNamed,
    hostDevices: () => hostDevices(),
    gpuKind: (folders = cdiFolders) => gpuKindIn(folders),
    freeUsers: (size) =>
      freeUsers(
        others.list().map(({ settings }) => settings.config),
        size,
      ),
    configOf: (name) => others.find(name).settings.config,
    readFile: (path) => {
      try {
        return readFileSync(resolve(cwd, path), 'utf8');
      } catch (cause) {
        throw new PlimsollError('PL0001', `the file could not be read: ${systemReason(cause)}`, {
          at: { path },
          help: 'name a file that is there and that you may read',
          cause,
        });
      }
    },
  };
}
