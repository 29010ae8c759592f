// Log drivers with receivers: rsyslog as a real one for syslog, sockets of the test's own for the others. A receiver that is
// dead holds nobody up, and gets everything once it is there.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { openEngineLab } from './engine-lab.ts';

const lab = openEngineLab();
const children: ChildProcess[] = [];
after(async () => {
  for (const child of children) child.kill();
  lab.run(['rm', '-af']);
  // The forwarder ends by itself once there is nothing to send.
  await until('the forwarder has ended', () => forwarders().length === 0);
  lab.close();
});

async function until(what: string, holds: () => boolean): Promise<void> {
  const end = Date.now() + 20_000;
  while (!holds()) {
    assert.ok(Date.now() < end, what);
    await sleep(50);
  }
}

function forwarders(): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return line.includes('forward-logs') && line.includes(lab.folder);
      } catch {
        return false;
      }
    });
}

function write(
  driver: string,
  options: readonly string[],
  script: string,
  more: readonly string[] = [],
): void {
  const log = ['--log-driver', driver, ...options.flatMap((option) => ['--log-opt', option])];
  lab.ok(
    'run',
    '--rm',
    '--network',
    'none',
    '--no-check',
    ...log,
    ...more,
    'box:1',
    'sh',
    '-c',
    script,
  );
}

const portOf = (server: { address(): AddressInfo | string | null }): number =>
  (server.address() as AddressInfo).port;

/** A stream server that keeps what it gets; the answer to each piece, if any. */
async function listen(
  path: string | undefined,
  answer: (seen: Buffer) => string | Buffer | undefined = () => undefined,
): Promise<{ server: Server; bytes: () => Buffer }> {
  let all: Buffer = Buffer.alloc(0);
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      all = Buffer.concat([all, chunk]);
      const said = answer(chunk);
      if (said !== undefined) socket.write(said);
    });
  });
  server.listen(path ?? { port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  server.unref();
  return { server, bytes: () => all };
}

test('syslog by rsyslog, over UDP and TCP and a local socket', async () => {
  const file = join(lab.folder, 'syslog');
  const socket = join(lab.folder, 'log.sock');
  const probe = await listen(undefined);
  const port = portOf(probe.server);
  probe.server.close();
  writeFileSync(
    join(lab.folder, 'rsyslog.conf'),
    `global(workDirectory="${lab.folder}")
module(load="imudp") input(type="imudp" port="${port}" address="127.0.0.1")
module(load="imtcp") input(type="imtcp" port="${port}" address="127.0.0.1")
module(load="imuxsock" SysSock.Use="off") input(type="imuxsock" Socket="${socket}")
template(name="t" type="string" string="%syslogseverity% %syslogfacility-text% %programname% %msg%\\n")
action(type="omfile" file="${file}" template="t")\n`,
  );
  const args = [
    '-n',
    '-i',
    join(lab.folder, 'rsyslog.pid'),
    '-f',
    join(lab.folder, 'rsyslog.conf'),
  ];
  children.push(spawn('rsyslogd', args, { stdio: 'ignore' }));
  await until('rsyslog listens', () => existsSync(socket));
  await sleep(200);
  const script = 'echo out; echo err >&2; printf unended';
  write('syslog', [`syslog-address=udp://127.0.0.1:${port}`, 'tag=udp'], script);
  write(
    'syslog',
    [
      `syslog-address=tcp://127.0.0.1:${port}`,
      'tag=tcp',
      'syslog-format=rfc5424',
      'syslog-facility=local3',
    ],
    script,
  );
  write('syslog', [`syslog-address=unixgram://${socket}`, 'tag={{.Name}}'], script, [
    '--name',
    'local',
  ]);
  const lines = (): readonly string[] =>
    existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').toSorted() : [];
  await until('all lines are there', () => lines().length >= 9);
  assert.deepEqual(
    lines().map((line) => line.replace(/ +/g, ' ').trim()),
    ['udp', 'tcp', 'local']
      .flatMap((tag) => {
        const facility = tag === 'tcp' ? 'local3' : 'daemon';
        return [
          `3 ${facility} ${tag} err`,
          `6 ${facility} ${tag} out`,
          `6 ${facility} ${tag} unended`,
        ];
      })
      .toSorted(),
  );
});

test('GELF over UDP, in chunks where it is long', async () => {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  socket.unref();
  const packets: Buffer[] = [];
  socket.on('message', (bytes) => packets.push(bytes));
  write(
    'gelf',
    [`gelf-address=udp://127.0.0.1:${portOf(socket)}`, 'labels=team', 'env-regex=^APP_'],
    'n=0; while [ $n -lt 150 ]; do printf %s $(cat /proc/sys/kernel/random/uuid); n=$((n+1)); done; echo; echo short',
    ['--label', 'team=red', '-e', 'APP_X=1', '--name', 'gelf'],
  );
  const parts = (): readonly Buffer[] => packets.filter((bytes) => bytes[0] === 0x1e);
  await until('both messages are there', () => {
    const [first] = parts();
    return first !== undefined && parts().length === first[11] && packets.length > parts().length;
  });
  const long = gunzipSync(
    Buffer.concat(
      parts()
        .toSorted((a, b) => (a[10] ?? 0) - (b[10] ?? 0))
        .map((part) => part.subarray(12)),
    ),
  );
  const [short] = packets.filter((bytes) => bytes[0] !== 0x1e).map((bytes) => gunzipSync(bytes));
  assert.match(JSON.parse(long.toString()).short_message, /^[0-9a-f-]{5400}$/);
  const { _container_name, _team, _APP_X, level } = JSON.parse(String(short));
  assert.deepEqual([_container_name, _team, _APP_X, level], ['gelf', 'red', '1', 6]);
  socket.close();
});

test('Fluentd with acknowledgement; a dead receiver holds nobody up and gets all when it is there', async () => {
  const path = join(lab.folder, 'fluent.sock');
  const options = [`fluentd-address=unix://${path}`, 'fluentd-request-ack=true', 'tag=t.{{.Name}}'];
  const began = Date.now();
  write('fluentd', options, 'for n in 1 2 3; do echo line $n; done', ['--name', 'flu']);
  assert.ok(Date.now() - began < 10_000, 'the container was not held up');
  assert.equal(lab.ok('ps', '-aq'), '');
  // Killed, and started again by the next container.
  await until('a forwarder runs', () => forwarders().length > 0);
  for (const pid of forwarders()) process.kill(pid, 'SIGKILL');
  await until('it is gone', () => forwarders().length === 0);
  const receiver = await listen(path, (seen) => {
    const [, chunk] = /chunk\xb8(.{24})/s.exec(seen.toString('latin1')) ?? [];
    return chunk === undefined ? undefined : Buffer.from(`\x81\xa3ack\xb8${chunk}`, 'latin1');
  });
  write('fluentd', options, 'echo line 4', ['--name', 'flu']);
  const lines = (): readonly string[] =>
    receiver
      .bytes()
      .toString('latin1')
      .match(/line \d/g) ?? [];
  await until('all lines are there', () => lines().length >= 4);
  assert.deepEqual(lines().toSorted(), ['line 1', 'line 2', 'line 3', 'line 4']);
  assert.match(receiver.bytes().toString('latin1'), /^\x94\xa5t\.flu/);
  receiver.server.close();
});

test('a driver may be a program', async () => {
  const folder = join(lab.folder, 'bin');
  mkdirSync(folder);
  const program = join(folder, 'plimsoll-log-own');
  writeFileSync(
    program,
    `#!/bin/sh\necho "$PLIMSOLL_LOG_TARGET" >${folder}/target\nexec cat >>${folder}/lines\n`,
  );
  chmodSync(program, 0o755);
  const env = { ...lab.environment, PATH: `${folder}:${lab.environment['PATH']}` };
  const line = [
    'run',
    '--rm',
    '--network',
    'none',
    '--no-check',
    '--log-driver',
    'own',
    '--log-opt',
    'x=y',
  ];
  await until('no other forwarder runs', () => forwarders().length === 0);
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, '../../dist/plimsoll.js'), ...line, 'box:1', 'echo', 'hi'],
    { env, stdio: 'ignore' },
  );
  assert.deepEqual(await once(child, 'exit'), [0, null]);
  await until(
    'it got the line',
    () => existsSync(join(folder, 'lines')) && readFileSync(join(folder, 'lines'), 'utf8') !== '',
  );
  const { log, stream } = JSON.parse(readFileSync(join(folder, 'lines'), 'utf8'));
  assert.deepEqual([log, stream], ['hi', 'stdout']);
  assert.equal(JSON.parse(readFileSync(join(folder, 'target'), 'utf8')).options.x, 'y');
});

test('files are rotated, and logs shows them all in order', async () => {
  const options = ['max-size=20k', 'max-file=3', 'compress=true', 'tag={{.Name}}', 'env=A'];
  lab.ok(
    ...['run', '-d', '--network', 'none', '--no-check', '--name', 'rot', '-e', 'A=1'],
    ...options.flatMap((option) => ['--log-opt', option]),
    ...[
      'box:1',
      'sh',
      '-c',
      'n=0; while :; do n=$((n+1)); echo "line $n $(seq 1 40 | tr "\\n" " ")"; [ $((n%50)) != 0 ] || sleep 0.3; done',
    ],
  );
  const folder = join(lab.folder, 'store/containers', lab.ok('inspect', '-f', '{{.Id}}', 'rot'));
  await until('two were rotated', () => existsSync(join(folder, 'container.log.2.gz')));
  lab.ok('kill', 'rot');
  lab.ok('wait', 'rot');
  const numbers = (...args: readonly string[]): readonly number[] =>
    lab
      .ok('logs', ...args, 'rot')
      .split('\n')
      .map((line) => Number(/line (\d+)/.exec(line)?.[1]));
  const all = numbers();
  const first = all[0] ?? 0;
  assert.deepEqual(
    all,
    all.map((_, at) => first + at),
    'none is missing, none out of order',
  );
  const many = all.length - 10;
  assert.deepEqual(numbers('--tail', String(many)), all.slice(-many));
  assert.match(lab.ok('logs', '--details', '--tail', '1', 'rot'), /^A=1,tag=rot line /);
  lab.ok('rm', 'rot');
});

test('passthrough gives the container the streams of the command', () => {
  const { stdout, code } = lab.run(
    [
      'run',
      '--rm',
      '-i',
      '--network',
      'none',
      '--no-check',
      '--log-driver',
      'passthrough',
      'box:1',
      'cat',
    ],
    'through\n',
  );
  assert.deepEqual([code, stdout], [0, 'through\n']);
});
