// A program with boxes, run as a process by box.test.ts: as root, and as an ordinary user.
import { constants, readdirSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BoxOptions } from '../../src/box/box-options.ts';
import type { BoxProcess } from '../../src/box/box-processes.ts';
import { type Box, Container } from '../../src/box/container.ts';

const [what = '', rootfs = ''] = process.argv.slice(2);
const env = { PATH: '/bin' };
const namespaces = { user: 'new', net: 'new', mount: 'new', uts: 'new', ipc: 'new' } as const;

function tell(key: string, value: unknown): void {
  process.stdout.write(`${key} ${JSON.stringify(value)}\n`);
}

async function textOf(stream: BoxProcess['stdout']): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
}

async function run(box: Box, argv: readonly string[], more = {}): Promise<string> {
  const one = await box.spawn(argv, { env, ...more });
  one.stdin.end();
  const [out, err, code] = [await textOf(one.stdout), await textOf(one.stderr), await one.exited];
  return `${out}${err}${code}`;
}

const make = (more: BoxOptions = {}): Promise<Box> =>
  Container.create({
    namespaces,
    mounts: [
      { type: 'bind', source: rootfs, target: '/' },
      { type: 'proc', target: '/proc' },
    ],
    ...more,
  });

const programs: Readonly<Record<string, () => Promise<void>>> = {
  async empty() {
    await using box = await Container.create({ namespaces });
    using root = await box.open('/', constants.O_RDONLY | constants.O_DIRECTORY);
    tell('root', readdirSync(`/proc/self/fd/${root.fd}`));
    const source = `${rootfs}/etc/passwd`;
    await box.mount(
      { type: 'tmpfs', target: '/a/b', options: ['size=1m', 'nosuid'] },
      { type: 'bind', source, target: '/etc/accounts', options: ['ro'] },
    );
    using made = await box.open('/a/b/new', constants.O_CREAT | constants.O_WRONLY, 0o640);
    writeSync(made.fd, 'content');
    tell('read', await box.readText('/../../a/b/new'));
    tell('bound', (await box.readText('/etc/accounts')).split(':')[0]);
    const refused = await box
      .open('/etc/accounts', constants.O_WRONLY)
      .catch((error) => error.code);
    tell('read-only', refused);
    tell('no mounts', await box.mount({ type: 'nosuchfs', target: '/x' }).catch((e) => e.message));
  },
  async life() {
    const box = await make();
    const script = 'echo "$$ $A"; read -r line; echo "<$line>"; exit 7';
    const first = await box.spawn(['sh', '-c', script], { env: { ...env, A: `it's\n"two"` } });
    tell('further', await run(box, ['sh', '-c', 'ps; pwd; kill -9 $$'], { cwd: '/etc' }));
    tell('names', await run(box, ['sh', '-c', 'hostname boxed; hostname; ls -d /proc/1']));
    using socket = await box.socket('inet', 'dgram', { bind: { address: '0.0.0.0', port: 8080 } });
    tell('socket', socket.fd > 2);
    tell('its port', await run(box, ['grep', '-c', ':1F90', '/proc/net/udp']));
    const other = await box.spawn(['sleep', '1000'], { env });
    tell('killed', [other.kill('SIGTERM'), await other.exited]);
    tell(
      'once',
      await run(box, ['sh', '-c', 'echo $$ >&2']).then((text) => !text.startsWith('1\n')),
    );
    first.stdin.end('typed\n');
    tell('first', [await textOf(first.stdout), await first.exited]);
    tell('ended', await box.spawn(['true']).catch((error) => error.code));
    await box.close();
  },
  async links() {
    await using box = await make();
    await box.spawn(['sleep', '1000'], { env });
    await run(box, ['sh', '-c', 'ln -s /proc/1/root/../../../../etc /out; ln -s / /self']);
    const outside = await box.open('/out/shadow').catch((error) => error.code);
    tell('outside', outside);
    tell('inside', (await box.readText('/self/self/etc/passwd')).split(':')[0]);
  },
  async freeze() {
    await using box = await make({
      mounts: [
        { type: 'bind', source: rootfs, target: '/' },
        { type: 'proc', target: '/proc' },
        { type: 'tmpfs', target: '/tmp' },
      ],
    });
    await box.spawn(['sleep', '1000'], { env });
    await box.spawn(['sh', '-c', 'while :; do echo x >>/tmp/count; sleep 0.02; done'], { env });
    const count = async (): Promise<number> => {
      await sleep(150);
      return (await box.readText('/tmp/count').catch(() => '')).length;
    };
    while ((await count()) === 0);
    await box.freeze();
    const [one, two] = [await count(), await count()];
    await box.thaw();
    tell('stood still', [one === two, (await count()) > two]);
  },
  async terminal() {
    await using box = await make({ terminal: true });
    const first = await box.spawn(
      ['sh', '-c', '[ -t 0 ] && stty size; read -r x; stty size; echo $x'],
      {
        env,
      },
    );
    first.resize(33, 99);
    first.stdin.write('typed\n');
    tell('terminal', (await textOf(first.stdout)).includes('33 99'));
    tell('code', await first.exited);
  },
  async further() {
    await using box = await make();
    await box.spawn(['sleep', '1000'], { env });
    const one = await box.spawn(['sh', '-c', 'test -t 1 && echo yes; stty -a | head -n 1'], {
      env,
      terminal: true,
    });
    tell('terminal', (await textOf(one.stdout)).startsWith('yes'));
  },
  async hold() {
    const box = await make({ keep: what === 'keep' });
    await box.spawn(['sh', '-c', 'sleep 1000 & sleep 1001'], { env });
    await box.spawn(['sh', '-c', 'sleep 1002 & sleep 1003'], { env });
    tell('handle', box.handle);
    await sleep(600_000);
  },
  async again() {
    const box = await Container.open(JSON.parse(rootfs));
    tell('processes', (await run(box, ['ps'])).split('\n').length > 3);
    await box.destroy();
  },
};

await programs[what === 'keep' ? 'hold' : what]?.();
