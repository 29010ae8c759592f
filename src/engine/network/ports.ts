// Ports of the host that containers publish. Two containers are kept apart by the database, other programs by trying:
// the kernel tells whether somebody listens there, as docker's own proxy would find out.
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import type { StoreDatabase } from '../../store/database.ts';
import { hasCode } from '../../sys/errno.ts';
import type { PublishedPort } from './network.ts';

/** Where docker takes ports from when any will do: above what programs ask for by number. */
const firstRandom = 49153;
const lastRandom = 65535;

const patienceMs = 300;
const stepMs = 50;

const isInUse = (failure: Error | undefined): boolean =>
  failure !== undefined && hasCode(failure, 'EADDRINUSE');

/** Why nobody can listen there; undefined when it can be done. */
async function whyNotFree({
  protocol,
  hostIp,
  hostPort,
}: PublishedPort): Promise<string | undefined> {
  const address = hostIp === '' ? '0.0.0.0' : hostIp;
  const attempt = (): Promise<Error | undefined> =>
    protocol === 'udp'
      ? tryDatagram(address, hostPort)
      : protocol === 'tcp'
        ? tryStream(address, hostPort)
        : Promise.resolve(undefined);
  let failure = await attempt();
  // A container that has just ended may hold it for another moment.
  for (let waitedMs = 0; waitedMs < patienceMs && isInUse(failure); waitedMs += stepMs) {
    await sleep(stepMs);
    failure = await attempt();
  }
  if (failure === undefined) return undefined;
  if (hasCode(failure, 'EADDRINUSE')) return 'port is already allocated';
  if (hasCode(failure, 'EADDRNOTAVAIL')) return 'cannot assign requested address';
  // Ports below 1024 of an ordinary user: others will say so.
  return hasCode(failure, 'EACCES', 'EPERM') ? 'permission denied' : failure.message;
}

function tryStream(host: string, port: number): Promise<Error | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', resolve);
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

function tryDatagram(address: string, port: number): Promise<Error | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
    socket.once('error', (error) => {
      socket.close();
      resolve(error);
    });
    socket.bind({ address, port, exclusive: true }, () => socket.close(() => resolve(undefined)));
  });
}

function notFree(port: PublishedPort, reason: string): PlimsollError {
  const host = port.hostIp === '' ? '0.0.0.0' : port.hostIp;
  const shown = host.includes(':') ? `[${host}]` : host;
  return new PlimsollError(
    'PL0856',
    `Bind for ${shown}:${port.hostPort}/${port.protocol} failed: ${reason}`,
    { help: 'publish another port of this machine, or see who has it: ss -lntup; plimsoll ps' },
  );
}

/** The ports of a container. */
export function portsOf(database: StoreDatabase, container: string): readonly PublishedPort[] {
  return database
    .all(
      'SELECT * FROM port WHERE container = ? ORDER BY container_port, protocol, host_port',
      container,
    )
    .map((row) => ({
      hostIp: String(row['host_ip']),
      hostPort: Number(row['host_port']),
      containerPort: Number(row['container_port']),
      protocol: protocolOf(String(row['protocol'])),
    }));
}

const protocolOf = (text: string): PublishedPort['protocol'] =>
  text === 'udp' || text === 'sctp' ? text : 'tcp';

/** Gives up the ports of a container. */
export function removePorts(database: StoreDatabase, container: string): void {
  database.run('DELETE FROM port WHERE container = ?', container);
}

/** Writes the port down unless a container has it. */
function takePort(
  database: StoreDatabase,
  container: string,
  bootId: string,
  { protocol, hostIp, hostPort, containerPort }: PublishedPort,
): boolean {
  return database.write(() => {
    // '' takes the port on every address.
    const other = database.get(
      `SELECT 1 FROM port WHERE protocol = ? AND host_port = ? AND boot_id = ? AND (host_ip IN ('', '0.0.0.0', '::', ?) OR ? IN ('', '0.0.0.0', '::'))`,
      protocol,
      hostPort,
      bootId,
      hostIp,
      hostIp,
    );
    if (other !== undefined) return false;
    database.run(
      'INSERT INTO port (container, protocol, host_ip, host_port, container_port, boot_id) VALUES (?, ?, ?, ?, ?, ?)',
      container,
      protocol,
      hostIp,
      hostPort,
      containerPort,
      bootId,
    );
    return true;
  });
}

function freePort(database: StoreDatabase, container: string, port: PublishedPort): void {
  database.write(() =>
    database.run(
      'DELETE FROM port WHERE container = ? AND protocol = ? AND host_ip = ? AND host_port = ?',
      container,
      port.protocol,
      port.hostIp,
      port.hostPort,
    ),
  );
}

/** Takes one of the ports from first to last. @throws PlimsollError PL0856 */
async function takeOne(
  database: StoreDatabase,
  container: string,
  bootId: string,
  port: PublishedPort,
): Promise<PublishedPort> {
  const { hostPortLast, ...plain } = port;
  const random = port.hostPort === 0;
  const first = random ? firstRandom : port.hostPort;
  const last = random ? lastRandom : (hostPortLast ?? port.hostPort);
  const count = last - first + 1;
  // Random ones are tried from a place that differs between containers, so that they seldom meet.
  const start = random ? Number.parseInt(container.slice(0, 6), 16) % count : 0;
  let failure: PlimsollError | undefined;
  for (let step = 0; step < count; step++) {
    const chosen = { ...plain, hostPort: first + ((start + step) % count) };
    if (!takePort(database, container, bootId, chosen)) {
      failure ??= notFree(chosen, 'port is already allocated');
      continue;
    }
    const reason = await whyNotFree(chosen);
    if (reason === undefined) return chosen;
    freePort(database, container, chosen);
    failure = notFree(chosen, reason);
  }
  throw failure ?? notFree(port, 'no port is free');
}

/**
 * Takes the ports for a container and writes them down, with those chosen that were left open.
 * @throws PlimsollError PL0856; none is taken then
 */
export async function takePorts(
  database: StoreDatabase,
  container: string,
  bootId: string,
  ports: readonly PublishedPort[],
): Promise<readonly PublishedPort[]> {
  const taken: PublishedPort[] = [];
  try {
    for (const port of ports) taken.push(await takeOne(database, container, bootId, port));
    return taken;
  } catch (error) {
    for (const port of taken) freePort(database, container, port);
    throw error;
  }
}
