// `--as HOST`: a container with another host in front of it.
import { mkdirSync, writeFileSync } from 'node:fs';
import { machine, release } from 'node:os';
import { join } from 'node:path';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { Imitation } from '../emulate/imitate-host.ts';
import type { ContainerConfig } from '../runtime/container-config.ts';
import type { Spec } from '../runtime/spec.ts';
import { findProgram } from '../sys/find-program.ts';
import type { Context } from './context.ts';
import { hostSources } from './host-sources.ts';

/** A spec with the host in front, and what is said of it. */
export interface ImitatedSpec {
  readonly spec: Spec;
  readonly imitation: Imitation;
}

/**
 * Puts a host before a container.
 * @param places the folder for the imitation's own files, and the container's root file system; both absolute
 * @throws PlimsollError PL0301, PL0302 for a host that is none
 */
export async function imitatedSpec(
  name: string,
  { spec, config }: { readonly spec: Spec; readonly config: ContainerConfig },
  places: { readonly folder: string; readonly root: string },
  context: Context,
): Promise<ImitatedSpec> {
  const { findHost } = await import('../host/find-host.ts');
  const { imitateHost, putBefore } = await import('../emulate/imitate-host.ts');
  const offer = await findHost(name, hostSources(context, true));
  const imitation = imitateHost({
    offer,
    config,
    capabilities: spec.process.capabilities.bounding,
    here: { machine: machine(), release: release() },
  });
  mkdirSync(places.folder, { recursive: true, mode: 0o755 });
  for (const { name: file, text } of imitation.files)
    writeFileSync(join(places.folder, file), text, { mode: 0o444 });
  const mount = findProgram('mount', context.environment['PATH']);
  if (mount === undefined)
    throw new PlimsollError('PL0806', 'mount(8) is not found, which shows the imitated release', {
      help: 'install the package util-linux',
    });
  return { spec: putBefore(imitation, spec, { ...places, mount }), imitation };
}

/** What is imitated and what is not, as lines. */
export function imitationLines(imitation: Imitation): readonly string[] {
  const { name, refusedCalls, refusedFlags, filterSource, limits } = imitation;
  const filter = filterSource === 'none' ? 'no filter' : filterSource;
  return [
    `as ${name}: ${refusedCalls} calls and ${refusedFlags} flags of newer kernels are refused; ${filter}`,
    ...limits.map((limit) => `not imitated: ${limit}`),
  ];
}
