// What files of this machine add to a container: devices by their CDI names, and hooks. What reads them is loaded where
// there is something to read.
import { existsSync, readdirSync } from 'node:fs';
import type { WithDevices } from './cdi-devices.ts';
import type { ContainerConfig } from './container-config.ts';
import type { Spec } from './spec.ts';

/** Where vendors put what they say of their devices (CDI, SPEC.md); a later folder wins. */
export const cdiFolders: readonly string[] = ['/etc/cdi', '/var/run/cdi'];

/** The configuration with its CDI devices. @throws PlimsollError PL0805, PL0836 */
export async function withDevices(config: ContainerConfig): Promise<WithDevices> {
  const { cdiDevices = [], cdiFolders: folders = cdiFolders } = config;
  if (cdiDevices.length === 0) return { config, hooks: {}, notes: [] };
  const { withCdiDevices } = await import('./cdi-devices.ts');
  return withCdiDevices(config, cdiDevices, folders);
}

/** Where hooks are looked for, unless others are named (oci-hooks(5)); a later folder wins. */
const hookFolders: readonly string[] = [
  '/usr/share/containers/oci/hooks.d',
  '/etc/containers/oci/hooks.d',
];

const hasFiles = (folder: string): boolean =>
  existsSync(folder) && readdirSync(folder).some((name) => name.endsWith('.json'));

/** The spec with hooks of its devices and those that the machine has for it. @throws PlimsollError PL0837 */
export async function withHooks(
  spec: Spec,
  ofDevices: WithDevices['hooks'],
  folders: readonly string[] = hookFolders,
): Promise<Spec> {
  const hooked =
    Object.keys(ofDevices).length === 0
      ? spec
      : { ...spec, hooks: { ...spec.hooks, ...ofDevices } };
  if (!folders.some(hasFiles)) return hooked;
  const { withHooksOf } = await import('./hook-files.ts');
  return withHooksOf(folders, hooked);
}
