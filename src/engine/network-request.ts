import type { Container } from './container.ts';
import type { Engine } from './engine.ts';
import { hasOwnUsers, ownerOutside } from './mapped-users.ts';
import type { NetworkRequest } from './network/network.ts';

/** What a container's network is set up for, but for another container that it shares. */
export function networkRequestOf(
  engine: Engine,
  { id, name, settings }: Container,
): NetworkRequest {
  const { config, network, image } = settings;
  return {
    id,
    name,
    hostname: config.hostname ?? id.slice(0, 12),
    ...(config.domainname === undefined ? {} : { domainname: config.domainname }),
    choices: network,
    imageExposes: image.config.exposedPorts,
    keptFolder: engine.places(id).kept,
    ownUsers: hasOwnUsers(config),
    root: ownerOutside(config, { uid: 0, gid: 0 }),
    signal: engine.signal,
  };
}
