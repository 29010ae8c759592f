// What an idle container in the background costs beside its own processes: private memory (Private_* of smaps_rollup) of
// every process that was not there before and is not in the container, as root and as an ordinary user. As root.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeTestUser } from '../test/builders/test-user.ts';
import { makeBusyboxArchive, openEngineLab } from '../test/engine/engine-lab.ts';

/** Time for what is still being set up to come to rest. */
const restMs = 2000;

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function namespaceOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return '';
  }
}

const processes = (): readonly string[] =>
  readdirSync('/proc').filter((name) => /^\d+$/.test(name));

/** Kilobytes that no other process has a part in. */
const privateMemory = (pid: string): number =>
  [...textOf(`/proc/${pid}/smaps_rollup`).matchAll(/^Private_\w+:\s+(\d+)/gm)].reduce(
    (sum, [, amount]) => sum + Number(amount),
    0,
  );

/**
 * Starts a container and tells what is there because of it.
 * @param start starts it: its id
 * @param isOurs whether a process that came meanwhile is one of this engine's
 */
async function measure(
  name: string,
  runFolder: string,
  start: () => string,
  isOurs: (pid: string) => boolean,
): Promise<void> {
  const before = new Set(processes());
  const id = start();
  await sleep(restMs);
  const inside = namespaceOf(textOf(join(runFolder, id, 'pid')).trim());
  const came = processes().filter(
    (pid) => !before.has(pid) && namespaceOf(pid) !== inside && isOurs(pid),
  );
  const parts = came.map((pid) => ({
    name: textOf(`/proc/${pid}/comm`).trim(),
    kilobytes: privateMemory(pid),
  }));
  const sum = parts.reduce((all, { kilobytes }) => all + kilobytes, 0);
  const shown = parts.map((part) => `${part.name} ${part.kilobytes}`).join(', ');
  console.log(`${name.padEnd(34)}${String(sum).padStart(6)} kB   ${shown}`);
}

const lab = openEngineLab();
const mentions = (folder: string) => (pid: string) =>
  `${textOf(`/proc/${pid}/cmdline`)}${textOf(`/proc/${pid}/environ`)}`.includes(folder);
const service = ['box:1', 'sleep', '1000'];
lab.ok('network', 'create', 'own');
for (const network of ['none', 'bridge', 'own']) {
  for (const which of ['first', 'second'])
    await measure(
      `root, --network ${network}, ${which}`,
      lab.runFolder,
      () => lab.ok('run', '-d', '--network', network, ...service),
      mentions(lab.folder),
    );
}
lab.ok('rm', '-af');
lab.ok('network', 'rm', 'own');
lab.close();

{
  using user = makeTestUser();
  const archive = makeBusyboxArchive(user.home);
  const device = join(user.checkout, '../device');
  mkdirSync(device);
  const node = process.execPath.replace(join(import.meta.dirname, '..'), user.checkout);
  const runFolder = join(user.home, 'run');
  // The user gets at /dev/net/tun as on a usual system, whatever its mode is here.
  const withDevice =
    'mount -t tmpfs tmpfs "$1" && mknod "$1/tun" c 10 200 && chmod 666 "$1/tun" && ' +
    'mount --bind "$1/tun" /dev/net/tun && shift && exec "$@"';
  const plimsoll = (...args: readonly string[]): string => {
    const { status, stdout, stderr } = spawnSync(
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
    if (status !== 0) throw new Error(`${args.join(' ')}: ${stderr}`);
    return stdout.trim();
  };
  try {
    plimsoll('import', '--change', 'CMD ["sh"]', archive, 'box:1');
    const { uid } = statSync(user.home);
    for (const network of ['none', 'pasta']) {
      for (const which of ['first', 'second'])
        await measure(
          `ordinary user, --network ${network}, ${which}`,
          runFolder,
          () => plimsoll('run', '-d', '--network', network, ...service),
          (pid) => statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid === uid,
        );
    }
  } finally {
    plimsoll('rm', '-af');
    const holder = textOf(join(runFolder, 'namespace.pid')).trim();
    if (/^\d+$/.test(holder)) spawnSync('kill', ['-9', '--', `-${holder}`]);
    await sleep(restMs);
  }
}
