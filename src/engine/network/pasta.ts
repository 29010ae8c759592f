// pasta (passt.top): the network of an ordinary user's container. It stands in the container's namespace with a copy of
// the host's address and speaks for it on the host's sockets; it needs no rights but that of /dev/net/tun.
import { spawn } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { findProgram } from '../../sys/find-program.ts';
import { identityOf, type ProcessIdentity, signalProcess } from '../../sys/process-identity.ts';
import { installHelp } from '../../sys/system-parts.ts';
import type { PublishedPort } from './network.ts';
import type { NetworkWorld } from './network-world.ts';

/** For whom it is started. */
export interface PastaRequest {
  readonly id: string;
  /** First process of the container. */
  readonly pid: number;
  readonly ports: readonly PublishedPort[];
}

const SIGTERM = 15;

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
      help: `${installHelp('pasta')}; --network host and none work without`,
    });
  const note = noteOf(world, id);
  mkdirSync(dirname(note), { recursive: true, mode: 0o700 });
  // Opened here: pasta has given up the right to look into a process of another by then.
  const namespace = openSync(`/proc/${pid}/ns/net`, constants.O_RDONLY);
  try {
    const args = [
      ...['--config-net', '--quiet', '--pid', note, ...portOptions(ports)],
      ...['--no-netns-quit', '--netns', '/proc/self/fd/3'],
    ];
    const failure = await whyFailed(program, args, namespace, signal);
    if (failure !== undefined)
      throw new PlimsollError('PL0857', `pasta: ${failure}`, {
        help: 'see that /dev/net/tun is there and open to this user; or use --network host or none',
      });
    const started = identityOf(Number(readFileSync(note, 'utf8')));
    writeFileSync(note, JSON.stringify(started ?? null));
  } catch (error) {
    rmSync(note, { force: true });
    throw error;
  } finally {
    closeSync(namespace);
  }
}

/** Runs pasta until it is in the background; what it said where it failed. */
function whyFailed(
  program: string,
  args: readonly string[],
  namespace: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'ignore', 'pipe', namespace],
      signal,
    });
    let complaint = '';
    child.stderr?.on('data', (bytes: Buffer) => {
      complaint += bytes.toString();
    });
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (status) =>
      setImmediate(() => {
        child.stderr?.destroy();
        const said = complaint.split('\n').filter((line) => !line.includes('to syslog'));
        resolve(status === 0 ? undefined : said.join(' ').trim() || `it ended with ${status}`);
      }),
    );
  });
}

/** Ends it: it holds the namespace and the ports of this machine. */
export function stopPasta(world: Pick<NetworkWorld, 'runFolder'>, id: string): void {
  const note = noteOf(world, id);
  try {
    const started = JSON.parse(readFileSync(note, 'utf8')) as ProcessIdentity | null;
    if (started !== null && typeof started === 'object') signalProcess(started, SIGTERM);
  } catch {
    // None was started, or it has ended.
  }
  rmSync(note, { force: true });
}
