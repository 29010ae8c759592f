// Calls netavark, podman's program for bridges: it makes the bridge and the pair of interfaces, sets addresses and routes,
// writes the rules of iptables for masquerading and published ports, and keeps aardvark-dns told of names. What it is told
// is JSON on standard input (src/network/types.rs of netavark; the fields here are those of 1.0 to 2.1). It has no lock of
// its own: calls at the same time are kept apart by a lock in the engine's folder in /run.
//
// Quirks. Chains of iptables are named after the network's name, so networks are called by something that no other engine
// or store has. 1.4 knows iptables only, and fails with nothing but "No such file" where that is missing: looked for
// before. It sends SIGHUP to the number in aardvark.pid whoever has it by now: a file that names no aardvark-dns of ours
// is removed before. Its teardown opens networks to each other (see isolateOthers). aardvark-dns keeps standard output open: the answer is not waited for longer than netavark runs.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { lockFile } from '../../sys/file-lock.ts';
import { findProgram } from '../../sys/find-program.ts';
import { findPart, installHelp, type PartName } from '../../sys/system-parts.ts';
import type { Endpoint } from './endpoints.ts';
import type { PublishedPort } from './network.ts';
import type { NetworkRecord } from './network-record.ts';
import type { NetworkWorld } from './network-world.ts';

/** What is set up or taken down: a container in networks, with its ports. */
export interface NetavarkRequest {
  readonly container: string;
  readonly containerName: string;
  /** Path of the container's network namespace. */
  readonly namespacePath: string;
  readonly endpoints: readonly { readonly endpoint: Endpoint; readonly network: NetworkRecord }[];
  readonly ports: readonly PublishedPort[];
  /** MTU of bridges that do not say one. */
  readonly mtu?: number;
}

function missing(name: PartName, what: string): PlimsollError {
  return new PlimsollError('PL0859', `the program ${name} is not installed: ${what}`, {
    help: `${installHelp(name)}; --network host and none work without`,
  });
}

interface Programs {
  readonly netavark: string;
  readonly aardvark: string | undefined;
}

/** @throws PlimsollError PL0859 */
function programs(path: string | undefined, needsNames: boolean): Programs {
  const netavark = findPart('netavark', path);
  if (netavark === undefined) throw missing('netavark', 'it makes bridges between containers');
  if (findProgram('iptables', path) === undefined && findProgram('nft', path) === undefined)
    throw missing('iptables', 'netavark publishes ports and lets containers out with it');
  const aardvark = findPart('aardvark-dns', path);
  if (aardvark === undefined && needsNames)
    throw missing('aardvark-dns', 'it answers names in networks');
  return { netavark, aardvark };
}

/** A name of the network that is one on the whole machine. */
export function netavarkName({ id }: NetworkRecord): string {
  return `plimsoll-${id.slice(0, 12)}`;
}

function networkInfo(network: NetworkRecord, mtu: number | undefined): unknown {
  const { id, driver, internal, dns, subnets, options } = network;
  const given = options['com.docker.network.driver.mtu'] ?? options['mtu'];
  const used = given ?? (mtu === undefined ? undefined : String(mtu));
  return {
    id,
    name: netavarkName(network),
    driver,
    network_interface: network.interface,
    internal,
    dns_enabled: dns,
    ipv6_enabled: subnets.some(({ subnet }) => subnet.includes(':')),
    subnets: subnets.map(({ subnet, gateway }) => ({
      subnet,
      ...(gateway === undefined ? {} : { gateway }),
    })),
    ipam_options: { driver: 'host-local' },
    options: {
      ...(used === undefined ? {} : { mtu: used }),
      ...(driver === 'bridge'
        ? { isolate: 'true' }
        : { mode: options['macvlan_mode'] ?? options['mode'] ?? 'bridge' }),
    },
  };
}

function mappingOf({ hostIp, hostPort, containerPort, protocol }: PublishedPort): unknown {
  return {
    host_ip: hostIp === '0.0.0.0' || hostIp === '::' ? '' : hostIp,
    host_port: hostPort,
    container_port: containerPort,
    protocol,
    range: 1,
  };
}

function configOf(request: NetavarkRequest): string {
  const { container, containerName, endpoints, ports, mtu } = request;
  const dns = endpoints.flatMap(({ endpoint }) => endpoint.dns);
  return JSON.stringify({
    container_id: container,
    container_name: containerName,
    networks: Object.fromEntries(
      endpoints.map(({ endpoint, network }) => [
        netavarkName(network),
        {
          static_ips: [endpoint.ip4, endpoint.ip6].filter((address) => address !== undefined),
          static_mac: endpoint.mac,
          interface_name: endpoint.interface,
          aliases: [...new Set([...endpoint.aliases, container.slice(0, 12)])],
        },
      ]),
    ),
    network_info: Object.fromEntries(
      endpoints.map(({ network }) => [netavarkName(network), networkInfo(network, mtu)]),
    ),
    // An empty list would have it make chains for ports all the same.
    ...(ports.length === 0 ? {} : { port_mappings: ports.map(mappingOf) }),
    ...(dns.length === 0 ? {} : { dns_servers: [...new Set(dns)] }),
  });
}

/** Removes a note of a name server that is no longer one. */
function forgetDeadServer(folder: string): void {
  const note = join(folder, 'aardvark-dns', 'aardvark.pid');
  let pid: string;
  try {
    pid = readFileSync(note, 'utf8').trim();
  } catch {
    return;
  }
  try {
    const words = readFileSync(`/proc/${Number(pid)}/cmdline`, 'utf8').split('\0');
    if (words.includes(join(folder, 'aardvark-dns'))) return;
  } catch {
    // No process of that number.
  }
  rmSync(note, { force: true });
}

interface Answer {
  readonly status: number | null;
  readonly output: string;
  readonly complaint: string;
}

function runProgram(
  program: string,
  args: readonly string[],
  input: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: environment, stdio: ['pipe', 'pipe', 'pipe'] });
    let output = '';
    let complaint = '';
    child.stdout.on('data', (bytes: Buffer) => {
      output += bytes.toString();
    });
    child.stderr.on('data', (bytes: Buffer) => {
      complaint += bytes.toString();
    });
    child.once('error', reject);
    child.once('exit', (status) => {
      // What was written before the end is read in the turn after it.
      setImmediate(() => {
        child.stdout.destroy();
        child.stderr.destroy();
        resolve({ status, output, complaint });
      });
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

function messageOf({ output, complaint, status }: Answer): string {
  try {
    const answer = JSON.parse(output) as { readonly error?: unknown };
    if (typeof answer.error === 'string') return answer.error.trim();
  } catch {
    // No JSON: an older or broken program.
  }
  const lines = complaint.split('\n').filter((line) => !line.includes('connect to syslog'));
  return lines.join(' ').trim() || output.trim() || `it ended with status ${status}`;
}

/**
 * With the last container of any network 1.4 takes out the one rule that leads to the isolation of all others: put back
 * while there are others.
 */
async function isolateOthers(
  { database, bootId }: NetworkWorld,
  { container }: NetavarkRequest,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const others = database.all(
    `SELECT max(ip6 IS NOT NULL) AS six FROM endpoint WHERE boot_id = ? AND container <> ? GROUP BY boot_id`,
    bootId,
    container,
  );
  const [found] = others;
  if (found === undefined) return;
  const rule = ['FORWARD', '-j', 'NETAVARK_ISOLATION_1'];
  for (const name of ['iptables', ...(found['six'] === 1 ? ['ip6tables'] : [])]) {
    const program = findProgram(name, environment['PATH']);
    if (program === undefined) continue;
    const is = await runProgram(program, ['-w', '-C', ...rule], '', environment);
    if (is.status !== 0) await runProgram(program, ['-w', '-I', ...rule], '', environment);
  }
}

async function call(
  verb: 'setup' | 'teardown',
  world: NetworkWorld,
  request: NetavarkRequest,
  signal: AbortSignal,
): Promise<void> {
  if (request.endpoints.length === 0) return;
  const path = world.environment['PATH'];
  const { netavark, aardvark } = programs(
    path,
    verb === 'setup' && request.endpoints.some(({ network }) => network.dns),
  );
  const folder = join(world.runFolder, 'networks');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const lock = await lockFile(join(folder, 'lock'), signal);
  try {
    forgetDeadServer(folder);
    const server = aardvark === undefined ? [] : ['--aardvark-binary', aardvark];
    const args = ['--config', folder, ...server, verb, request.namespacePath];
    // iptables is in /usr/sbin, which the PATH of a service may lack.
    const environment = { PATH: `${path ?? ''}:/usr/sbin:/sbin:/usr/bin:/bin` };
    const answer = await runProgram(netavark, args, configOf(request), environment);
    if (verb === 'teardown') await isolateOthers(world, request, environment);
    if (answer.status === 0) return;
    throw new PlimsollError('PL0857', `netavark: ${messageOf(answer)}`, {
      help: 'see what the kernel and iptables say: plimsoll explain PL0857',
    });
  } finally {
    lock.release();
  }
}

/**
 * Puts a container in networks.
 * @throws PlimsollError PL0857, PL0859
 */
export function setUpWithNetavark(
  world: NetworkWorld,
  request: NetavarkRequest,
  signal: AbortSignal,
): Promise<void> {
  return call('setup', world, request, signal);
}

/**
 * Takes it out of them.
 * @throws PlimsollError PL0857, PL0859
 */
export function tearDownWithNetavark(
  world: NetworkWorld,
  request: NetavarkRequest,
  signal: AbortSignal,
): Promise<void> {
  return call('teardown', world, request, signal);
}
