// Real namespaces, bridges and rules of iptables, by netavark; what listens in them is a program started with nsenter.
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { openDatabase } from '../../store/database.ts';
import { removeNetworkNamespace } from '../../sys/network-namespace.ts';
import { createNetwork, plainOrder } from './create-network.ts';
import { insertEndpoint } from './endpoints.ts';
import {
  defaultNetwork,
  type NetworkChoices,
  type NetworkRequest,
  type NetworkSetUp,
} from './network.ts';
import { networkRows } from './network-rows.ts';
import { networkTables } from './network-schema.ts';
import type { NetworkWorld } from './network-world.ts';
import { takePorts } from './ports.ts';
import { namespacePathOf, setUpNetwork, tearDownNetwork } from './set-up-network.ts';

const root = join(import.meta.dirname, '../../..');
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-network-'));
const { signal } = new AbortController();

function worldOf(): NetworkWorld {
  return {
    database: openDatabase(join(folder, 'engine.db'), {
      applicationId: 1,
      migrations: [networkTables],
    }),
    runFolder: join(folder, 'run'),
    environment: process.env,
    ordinaryUser: false,
    bootId: 'this',
    now: () => 0,
  };
}

let world: NetworkWorld;
const ids: string[] = [];
const programs: ChildProcess[] = [];

before(() => {
  execFileSync(join(root, 'scripts/test-tools.sh'), { stdio: 'inherit' });
  world = worldOf();
});

after(async () => {
  for (const child of programs) child.kill('SIGKILL');
  for (const id of ids) await tearDownNetwork(world, id, signal);
  world.database.close();
  rmSync(folder, { recursive: true });
});

interface Box extends NetworkSetUp {
  readonly id: string;
  readonly kept: string;
  /** Runs a program in the container's network. */
  run(program: string, ...args: readonly string[]): string;
}

async function box(
  name: string,
  choices: Partial<NetworkChoices>,
  more: Partial<NetworkRequest> = {},
): Promise<Box> {
  const id = randomBytes(32).toString('hex');
  ids.push(id);
  const kept = join(folder, 'kept', id);
  const setUp = await setUpNetwork(world, {
    id,
    name,
    hostname: name,
    choices: { ...defaultNetwork, ...choices },
    imageExposes: [],
    ownUsers: false,
    root: { uid: 0, gid: 0 },
    keptFolder: kept,
    signal,
    ...more,
  });
  await setUp.ready;
  return {
    ...setUp,
    id,
    kept,
    run: (program, ...args) =>
      execFileSync('nsenter', [`--net=${namespacePathOf(world, id)}`, program, ...args], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
  };
}

/** Something in the container that answers with its name on a port. */
async function answers({ id }: Box, port: number, word: string): Promise<void> {
  const script =
    'const s=require("node:net").createServer(c=>c.end(process.argv[2]));s.listen({host:"::",port:Number(process.argv[1])},()=>console.log("ready"))';
  const child = spawn(
    'nsenter',
    [`--net=${namespacePathOf(world, id)}`, process.execPath, '-e', script, String(port), word],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  programs.push(child);
  await new Promise((resolve) => child.stdout?.once('data', resolve));
}

/** What is said at an address, asked by a program that runs with the words before it. */
function ask(host: string, port: number, from?: Box): string {
  const script =
    'const c=require("node:net").connect(Number(process.argv[2]),process.argv[1]);c.setTimeout(2000,()=>{c.destroy();console.log("silence")});c.on("error",e=>console.log(e.code));c.on("data",d=>console.log(String(d)))';
  const args = ['-e', script, host, String(port)];
  return (
    from === undefined
      ? execFileSync(process.execPath, args, { encoding: 'utf8' })
      : from.run(process.execPath, ...args)
  ).trim();
}

const addressOf = ({ state }: NetworkSetUp, at = 0): string =>
  state.attached[0]?.addresses[at]?.split('/')[0] ?? '';

const fileOf = (one: Box, name: string): string => readFileSync(join(one.kept, name), 'utf8');

async function fails(work: Promise<unknown>, code: string): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof PlimsollError, String(error));
    assert.equal(error.code, code, error.message);
    return true;
  });
}

/** Everything of the machine that networks change, of this store. */
function traces(): string {
  const rules = execFileSync('iptables-save', { encoding: 'utf8' });
  const interfaces = readdirSync('/sys/class/net').filter((name) => name.startsWith('pl-'));
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8');
  return [
    ...rules.split('\n').filter((line) => ids.some((id) => line.includes(id))),
    ...interfaces,
    ...mounts.split('\n').filter((line) => line.includes(folder)),
  ].join('\n');
}

test('the default network: a way out, ports of this machine, no names', async () => {
  const web = await box('web', {
    ports: [
      { hostIp: '127.0.0.1', hostPort: 0, containerPort: 80, protocol: 'tcp' },
      { hostIp: '', hostPort: 47110, hostPortLast: 47119, containerPort: 80, protocol: 'tcp' },
    ],
  });
  await answers(web, 80, 'web');
  assert.equal(ask(addressOf(web), 80), 'web');
  const random = web.state.ports.find(({ hostIp }) => hostIp !== '');
  const ranged = web.state.ports.find(({ hostIp }) => hostIp === '');
  assert.ok(random && ranged && random.hostPort >= 49153 && ranged.hostPort >= 47110);
  assert.equal(ask('127.0.0.1', random.hostPort), 'web');
  assert.equal(ask('127.0.0.1', ranged.hostPort), 'web');
  assert.match(web.run('ip', 'route'), /^default via /);
  assert.match(fileOf(web, 'hosts'), new RegExp(`^${addressOf(web)}\tweb$`, 'm'));
  assert.doesNotMatch(fileOf(web, 'resolv.conf'), /ndots/);
  assert.equal(fileOf(web, 'hostname'), 'web\n');
  // Another container reaches it by address; neither gets the other's port.
  const other = await box('other', {});
  assert.equal(ask(addressOf(web), 80, other), 'web');
  const port = { hostIp: '', containerPort: 80, protocol: 'tcp' } as const;
  await fails(box('third', { ports: [{ ...port, hostPort: ranged.hostPort }] }), 'PL0856');
  const listener = createServer().listen(0, '0.0.0.0');
  await new Promise((resolve) => listener.once('listening', resolve));
  const address = listener.address();
  const taken = typeof address === 'object' && address !== null ? address.port : 0;
  await fails(box('fourth', { ports: [{ ...port, hostPort: taken }] }), 'PL0856');
  listener.close();
  await fails(box('fifth', { attachments: [{ network: 'bridge', aliases: ['x'] }] }), 'PL0001');
  for (const { id } of [web, other]) assert.deepEqual(await tearDownNetwork(world, id, signal), []);
  assert.equal(traces(), '');
  assert.equal(ask('127.0.0.1', ranged.hostPort), 'ECONNREFUSED');
});

test('networks of one’s own: names, fixed addresses, IPv6, kept from each other', async () => {
  const back = createNetwork(world, { ...plainOrder('back'), ipv6: true });
  const front = createNetwork(world, {
    ...plainOrder('front'),
    subnets: ['10.99.77.0/24'],
    ranges: ['10.99.77.128/25'],
  });
  await fails(
    Promise.resolve().then(() => createNetwork(world, plainOrder('front'))),
    'PL0852',
  );
  await fails(
    Promise.resolve().then(() => createNetwork(world, plainOrder('host'))),
    'PL0852',
  );
  const overlapping = { ...plainOrder('x'), subnets: ['10.99.0.0/16'] };
  await fails(
    Promise.resolve().then(() => createNetwork(world, overlapping)),
    'PL0854',
  );
  const db = await box('db', { attachments: [{ network: 'back', aliases: ['store'] }] });
  const app = await box('app', {
    attachments: [
      { network: back.id.slice(0, 12), aliases: [] },
      { network: 'front', aliases: [], mac: '02:42:00:00:00:07' },
    ],
    dnsSearch: ['example.org'],
  });
  const out = await box('out', {
    attachments: [{ network: front.name, aliases: [], ip: '10.99.77.9' }],
  });
  await answers(db, 5432, 'db');
  assert.equal(app.state.attached[1]?.addresses[0], '10.99.77.128/24');
  assert.match(app.run('ip', 'link', 'show', 'eth1'), /02:42:00:00:00:07/);
  assert.equal(ask(addressOf(db), 5432, app), 'db');
  assert.equal(ask(addressOf(db, 1), 5432, app), 'db');
  const resolver = fileOf(app, 'resolv.conf');
  assert.match(resolver, /search example\.org\noptions .*ndots:0/);
  const server = /nameserver (\S+)/.exec(resolver)?.[1] ?? '';
  const lookUp = (name: string): string =>
    app
      .run(
        process.execPath,
        '-e',
        'const {Resolver}=require("node:dns").promises;const r=new Resolver({timeout:2000,tries:2});r.setServers([process.argv[1]]);r.resolve4(process.argv[2]).then(a=>console.log(a.join()),e=>console.log(e.code))',
        server,
        name,
      )
      .trim();
  for (const name of ['db', 'store', db.id.slice(0, 12)]) assert.equal(lookUp(name), addressOf(db));
  // Networks are kept from each other.
  const silent = (): void => {
    assert.equal(ask(addressOf(db), 5432, out), 'silence');
    assert.equal(ask(addressOf(db, 1), 5432, out), 'ENETUNREACH');
  };
  silent();
  // Also when a third one has been taken down meanwhile.
  const third = createNetwork(world, { ...plainOrder('third'), ipv6: true });
  const passer = await box('passer', { attachments: [{ network: third.name, aliases: [] }] });
  assert.deepEqual(await tearDownNetwork(world, passer.id, signal), []);
  silent();
  await fails(
    box('late', { attachments: [{ network: 'front', aliases: [], ip: '10.99.77.9' }] }),
    'PL0853',
  );
  await fails(
    box('late', { attachments: [{ network: 'front', aliases: [], ip: '10.98.0.1' }] }),
    'PL0854',
  );
  await fails(box('late', { attachments: [{ network: 'bakc', aliases: [] }] }), 'PL0850');
  for (const { id } of [db, app, out])
    assert.deepEqual(await tearDownNetwork(world, id, signal), []);
  assert.equal(traces(), '');
});

test('an internal network has no way out', async () => {
  createNetwork(world, { ...plainOrder('inner'), internal: true });
  const inner = await box('inner', { attachments: [{ network: 'inner', aliases: [] }] });
  assert.doesNotMatch(inner.run('ip', 'route'), /default/);
  assert.deepEqual(await tearDownNetwork(world, inner.id, signal), []);
});

test('host, none and a path: files alone', async () => {
  const host = await box('host', { mode: 'host', extraHosts: ['a:10.0.0.1'] });
  assert.deepEqual(host.namespace, { kind: 'host' });
  assert.match(fileOf(host, 'hosts'), /10\.0\.0\.1\ta\n$/);
  const none = await box('none', { mode: 'none' });
  assert.deepEqual([none.namespace, none.state.attached], [{ kind: 'private' }, []]);
  const path = await box('path', { mode: 'path', target: '/run/netns/x' });
  assert.deepEqual(path.namespace, { kind: 'path', path: '/run/netns/x' });
  assert.equal(existsSync(namespacePathOf(world, none.id)), false);
});

test('what a kill or a reboot left is healed', async () => {
  const port = { hostIp: '', hostPort: 47120, containerPort: 80, protocol: 'tcp' } as const;
  const lost = await box('lost', { ports: [port] });
  // The namespace is gone: rules of the host go all the same.
  removeNetworkNamespace(namespacePathOf(world, lost.id));
  await fails(box('next', { ports: [port] }), 'PL0856');
  assert.deepEqual(await tearDownNetwork(world, lost.id, signal), []);
  assert.deepEqual(await tearDownNetwork(world, lost.id, signal), []);
  // The bridge goes with the next container that leaves it.
  assert.match(traces(), /^pl-\w+$/);
  // Rows of another run of the machine: addresses and ports are free again.
  const network = networkRows(world.database).find('bridge');
  const gone = { container: 'f'.repeat(64), containerName: 'gone', network, dns: [] };
  world.database.write(() =>
    insertEndpoint(world.database, 'earlier', {
      ...gone,
      attachment: { network: 'bridge', aliases: [], ip: addressOf(lost) },
    }),
  );
  await takePorts(world.database, gone.container, 'earlier', [port]);
  const again = await box('again', {
    ports: [port],
    attachments: [{ network: 'bridge', aliases: [], ip: addressOf(lost) }],
  });
  assert.equal(again.state.ports[0]?.hostPort, port.hostPort);
  assert.deepEqual(await tearDownNetwork(world, again.id, signal), []);
  assert.equal(traces(), '');
});

test('twenty at once get twenty addresses', async () => {
  const boxes = await Promise.all(
    Array.from({ length: 20 }, (_, at) =>
      box(`many${at}`, { publishAll: true, exposed: ['80/tcp'] }),
    ),
  );
  assert.equal(new Set(boxes.map((one) => addressOf(one))).size, 20);
  assert.equal(new Set(boxes.map(({ state }) => state.ports[0]?.hostPort)).size, 20);
  await Promise.all(boxes.map(({ id }) => tearDownNetwork(world, id, signal)));
  assert.equal(traces(), '');
});
