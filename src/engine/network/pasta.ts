// pasta (passt.top): the network of an ordinary user's container. It stands in the container's namespace with a copy of
// the host's address and speaks for it on the host's sockets; it needs no rights but that of /dev/net/tun.
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { findProgram } from '../../sys/find-program.ts';
import type { PublishedPort } from './network.ts';
import type { NetworkWorld } from './network-world.ts';

/** What is known of it without asking. */
export const pastaState = {
  /** Where the container finds the host: pasta maps the gateway's address to it, which is not known beforehand. */
  hostAddress: undefined,
} as const;

/** For whom it is started. */
export interface PastaRequest {
  readonly id: string;
  /** First process of the container. */
  readonly pid: number;
  readonly ports: readonly PublishedPort[];
}

function noteOf(world: Pick<NetworkWorld, 'runFolder'>, id: string): string {
  return join(world.runFolder, 'pasta', id);
}

/** pasta's options for published ports: [ADDRESS/]HOST:CONTAINER, or none. */
function portOptions(ports: readonly PublishedPort[]): readonly string[] {
  const of = (protocol: 'tcp' | 'udp', option: string): readonly string[] => {
    const found = ports.filter((port) => port.protocol === protocol);
    if (found.length === 0) return [option, 'none'];
    return found.flatMap(({ hostIp, hostPort, containerPort }) => [
      option,
      `${hostIp === '' ? '' : `${hostIp}/`}${hostPort}:${containerPort}`,
    ]);
  };
  // -T and -U: the container's loopback does not reach the host's.
  return [...of('tcp', '-t'), ...of('udp', '-u'), '-T', 'none', '-U', 'none'];
}

/** Starts pasta, which goes into the background once the network is there. @throws PlimsollError PL0857, PL0859 */
export async function startPasta(
  world: NetworkWorld,
  { id, pid, ports }: PastaRequest,
  signal: AbortSignal,
): Promise<void> {
  const program = findProgram('pasta', world.environment['PATH']);
  if (program === undefined)
    throw new PlimsollError('PL0859', 'the program pasta is not installed', {
      help: 'install passt, or use --network host or --network none',
    });
  const note = noteOf(world, id);
  mkdirSync(join(world.runFolder, 'pasta'), { recursive: true, mode: 0o700 });
  const args = ['--config-net', '--pid', note, '--quiet', ...portOptions(ports), String(pid)];
  const failure = await new Promise<string | undefined>((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], signal });
    let complaint = '';
    child.stderr.on('data', (bytes: Buffer) => {
      complaint += bytes.toString();
    });
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (status) =>
      setImmediate(() => {
        child.stderr.destroy();
        resolve(status === 0 ? undefined : complaint.trim() || `it ended with status ${status}`);
      }),
    );
  });
  if (failure === undefined) return;
  rmSync(note, { force: true });
  throw new PlimsollError('PL0857', `pasta: ${failure}`, {
    help: 'see that /dev/net/tun is there and open to this user; or use --network host or none',
  });
}

/** Forgets it: it ends by itself when the namespace that it stands in is gone. */
export function stopPasta(world: Pick<NetworkWorld, 'runFolder'>, id: string): void {
  rmSync(noteOf(world, id), { force: true });
}
