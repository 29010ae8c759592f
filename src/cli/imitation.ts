// `--as HOST`: works out what stands before a container, and says what it comes to.
import { machine, release } from 'node:os';
import type { Imitation } from '../emulate/imitate-host.ts';
import { allCapabilities } from '../host/capabilities.ts';
import type { ContainerConfig } from '../runtime/container-config.ts';
import type { ImitatedHost } from '../runtime/imitated-host.ts';
import { capabilitiesOf } from '../runtime/spec/capabilities.ts';
import { libseccompVersion } from '../sys/libseccomp-version.ts';
import type { Context } from './context.ts';
import { hostSources } from './host-sources.ts';

/**
 * The imitation of a host for a container.
 * @param available capabilities that this process may hand on; absent: all
 * @param supervisedAs name of the container, where calls that a filter cannot answer get a supervisor
 * @throws PlimsollError PL0301, PL0302 for a host that is none; PL0802
 */
export async function imitationOf(
  name: string,
  config: ContainerConfig,
  available: readonly string[] | undefined,
  context: Context,
  supervisedAs?: string,
): Promise<Imitation> {
  const { findHost } = await import('../host/find-host.ts');
  const { imitateHost } = await import('../emulate/imitate-host.ts');
  const offer = await findHost(name, hostSources(context, true));
  return imitateHost({
    offer,
    config,
    capabilities: capabilitiesOf({
      ...config,
      available: new Set(available ?? allCapabilities),
    }),
    here: { machine: machine(), release: release(), libseccomp: libseccompVersion() },
    ...(supervisedAs === undefined ? {} : { supervisedAs }),
  });
}

/** What is imitated and what is not, as lines. */
export function imitationLines(imitation: Imitation): readonly string[] {
  const { host, refusedCalls, refusedFlags, filterSource, limits } = imitation;
  const filter = filterSource === 'none' ? 'no filter' : filterSource;
  return [
    `as ${host.offer.name}: ${refusedCalls} calls and ${refusedFlags} flags of newer kernels are refused; ${filter}`,
    ...limits.map(({ says }) => `not imitated: ${says}`),
  ];
}

/** What is said when a container has ended: nobody shall take it for more than it was. */
export function endingLine({ offer, limits }: ImitatedHost): string {
  const but = limits.length === 0 ? '' : `; not imitated: ${limits.join(', ')}`;
  return `that was ${offer.name} as far as it is imitated${but}`;
}
