// An ordinary user's network by pasta, and volumes. The user gets at /dev/net/tun as on a usual system, whatever its mode is here: in
// mount namespaces of the test's own.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeTestUser } from '../builders/test-user.ts';
import { makeBusyboxArchive } from './engine-lab.ts';

const withDevice =
  'mount -t tmpfs tmpfs "$1" && mknod "$1/tun" c 10 200 && chmod 666 "$1/tun" && mount --bind "$1/tun" /dev/net/tun && shift && exec "$@"';

/** What is said at a port of this machine. */
function ask(port: number): string {
  const script =
    'const c=require("node:net").connect(Number(process.argv[1]),"127.0.0.1");c.setTimeout(3000,()=>{c.destroy();console.log("silence")});c.on("error",e=>console.log(e.code));c.on("data",d=>console.log(String(d)))';
  return execFileSync(process.execPath, ['-e', script, String(port)], { encoding: 'utf8' }).trim();
}

test('pasta gives an ordinary user’s container a network, and its ports to this machine', () => {
  using user = makeTestUser();
  const archive = makeBusyboxArchive(user.home);
  const device = join(user.checkout, '../device');
  mkdirSync(device);
  const node = process.execPath.replace(join(import.meta.dirname, '../..'), user.checkout);
  const runFolder = join(user.home, 'run');
  const plimsoll = (...args: readonly string[]) =>
    spawnSync(
      'unshare',
      [
        ...['-m', 'sh', '-c', withDevice, 'sh', device],
        ...['setpriv', '--reuid', user.name, '--regid', user.name, '--init-groups'],
        ...[node, join(user.checkout, 'dist/plimsoll.js'), ...args],
      ],
      {
        cwd: user.checkout,
        encoding: 'utf8',
        env: {
          PATH: process.env['PATH'],
          HOME: user.home,
          TMPDIR: user.home,
          USER: user.name,
          PLIMSOLL_RUN_DIR: runFolder,
        },
      },
    );
  const ok = (...args: readonly string[]): string => {
    const { status, stdout, stderr } = plimsoll(...args);
    assert.equal(status, 0, `${args.join(' ')}: ${stderr}`);
    return stdout.trim();
  };
  try {
    ok('import', '--change', 'CMD ["sh"]', archive, 'box:1');
    const shown = ok(
      'run',
      '--rm',
      'box:1',
      'sh',
      '-c',
      'ip route; grep -c "$(hostname)" /etc/hosts',
    );
    assert.match(shown, /^default via /);
    assert.match(shown, /[1-9]$/);
    const serve = 'while :; do echo hello | nc -l -p 80; done';
    ok('run', '-d', '--name', 'web', '-p', '47131:80', 'box:1', 'sh', '-c', serve);
    assert.equal(ask(47131), 'hello');
    assert.equal(ok('port', 'web'), '80/tcp -> 0.0.0.0:47131');
    const second = plimsoll('run', '--rm', '-p', '47131:80', 'box:1', 'true');
    assert.match(second.stderr, /PL0856.*port is already allocated/);
    assert.match(plimsoll('network', 'create', 'x').stderr, /PL0864/);
    // Volumes are the user's own, filled by whoever the container's users are.
    const volume = ['run', '--rm', '--network', 'none', '-v', 'data:/var'];
    ok(...volume, '-u', '0', 'box:1', 'sh', '-c', 'echo kept > /var/file && chmod 777 /var');
    ok(...volume, '-u', 'web', 'box:1', 'touch', '/var/mine');
    assert.equal(
      ok(...volume, 'box:1', 'sh', '-c', 'cat /var/file; stat -c %u /var/mine'),
      'kept\n1000',
    );
    assert.equal(ok('volume', 'ls', '-q'), 'data');
    ok('volume', 'rm', 'data');
    ok('rm', '-f', 'web');
    assert.equal(ask(47131), 'ECONNREFUSED');
    assert.deepEqual(readdirSync(join(runFolder, 'pasta')), []);
  } finally {
    plimsoll('rm', '-af');
    const { stdout } = user.run('cat', [join(runFolder, 'namespace.pid')]);
    if (/^\d+$/.test(stdout.trim())) user.run('sh', ['-c', 'kill -9 -"$0"', stdout.trim()]);
    const until = Date.now() + 5000;
    while (user.run('pgrep', ['-u', user.name]).stdout.trim().includes('\n'))
      assert.ok(Date.now() < until, user.run('ps', ['-fu', user.name]).stdout);
  }
});
