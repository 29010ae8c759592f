// Published ports are kept while the container runs, as docker's proxy keeps them: rules of the packet filter take what comes
// in, and would let another program listen on the same port without ever hearing of anything. The sockets are conmon's,
// which does nothing with them.
import { closeSync } from 'node:fs';
import { bindPort } from '../../sys/bound-socket.ts';
import type { PublishedPort } from './network.ts';

/**
 * conmon gets no more descriptors than this, which have lower numbers in it than any of ours that it is still to be given
 * (spawnProgram); more ports are published all the same.
 */
const most = 8;

/** Descriptors that hold the ports, as many as can be held; the caller closes them. */
export function holdPorts(ports: readonly PublishedPort[]): readonly number[] {
  return ports.slice(0, most).flatMap(({ protocol, hostIp, hostPort: port }) => {
    // Of both kinds where the machine has both.
    for (const address of hostIp === '' ? ['::', '0.0.0.0'] : [hostIp]) {
      try {
        return [bindPort({ protocol, address, port })];
      } catch {
        // Somebody else's in one of the two, or not there.
      }
    }
    return [];
  });
}

/** Closes them: whoever got them keeps them. */
export function letGo(descriptors: readonly number[]): void {
  for (const fd of descriptors) closeSync(fd);
}
