// A store of its own with an image of busybox in it, and commands that are run with it: what tests of containers share.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** What a command came to. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A place for containers. */
export interface EngineLab {
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly runFolder: string;
  /** Runs plimsoll to its end. */
  run(args: readonly string[], input?: string): Ran;
  /** As run, and it must end with 0: what it wrote, trimmed. */
  ok(...args: readonly string[]): string;
  /** Starts plimsoll beside the test. */
  start(args: readonly string[]): Promise<Ran>;
  /** Removes all containers and the folder. */
  close(): void;
}

/** Programs that the image has, as links to busybox. */
const applets =
  'sh true false sleep echo cat cp mv ln chmod mkfifo ls id env kill ps test touch rm mkdir chown readlink stat head tail wc seq hostname stty trap printf grep dd mount yes tr wget nc ip ping';

/** A root file system with busybox and the libraries that it is linked with. */
export function makeBusyboxRoot(folder: string): void {
  execFileSync(join(root, 'scripts/test-tools.sh'), { stdio: 'inherit' });
  const busybox = execFileSync('sh', ['-c', 'command -v busybox'], { encoding: 'utf8' }).trim();
  for (const name of ['bin', 'dev', 'etc', 'proc', 'sys', 'tmp', 'root', 'var', 'lib', 'lib64'])
    mkdirSync(join(folder, name), { recursive: true });
  copyFileSync(busybox, join(folder, 'bin/busybox'));
  const linked = spawnSync('ldd', [busybox], { encoding: 'utf8' }).stdout;
  for (const [library] of linked.matchAll(/\/\S+/g)) {
    mkdirSync(join(folder, dirname(library)), { recursive: true });
    copyFileSync(library, join(folder, library));
  }
  for (const name of applets.split(' ')) symlinkSync('busybox', join(folder, 'bin', name));
  writeFileSync(
    join(folder, 'etc/passwd'),
    'root:x:0:0:root:/root:/bin/sh\nweb:x:1000:1000::/home/web:/bin/sh\n',
  );
  writeFileSync(join(folder, 'etc/group'), 'root:x:0:\nweb:x:1000:\nextra:x:2000:web\n');
}

/** The same as an archive that an ordinary user may read; its path. */
export function makeBusyboxArchive(folder: string): string {
  const box = join(folder, 'box');
  makeBusyboxRoot(box);
  const archive = join(folder, 'box.tar');
  execFileSync('tar', ['-C', box, '-cf', archive, '.']);
  chmodSync(archive, 0o644);
  return archive;
}

/** Opens a lab: a store with the image `box:1`; `more` is added to the environment. */
export function openEngineLab(more: Readonly<Record<string, string>> = {}): EngineLab {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-test-'));
  const runFolder = join(folder, 'run');
  const { PATH = '' } = process.env;
  const environment = {
    PATH,
    HOME: folder,
    PLIMSOLL_ROOT: join(folder, 'store'),
    PLIMSOLL_RUN_DIR: runFolder,
    PLIMSOLL_CACHE_DIR: join(folder, 'cache'),
    ...more,
  };
  const command = [join(root, 'dist/plimsoll.js')];
  const run = (args: readonly string[], input = ''): Ran => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [...command, ...args], {
      env: environment,
      encoding: 'utf8',
      input,
      timeout: 60_000,
      maxBuffer: 64 * 1024 * 1024,
    });
    return { code: status ?? 255, stdout, stderr };
  };
  const ok = (...args: readonly string[]): string => {
    const { code, stdout, stderr } = run(args);
    if (code !== 0) throw new Error(`plimsoll ${args.join(' ')}: ${code}\n${stderr}`);
    return stdout.trim();
  };
  const box = join(folder, 'box');
  makeBusyboxRoot(box);
  execFileSync('tar', ['-C', box, '-cf', `${box}.tar`, '.']);
  ok('import', '--change', 'CMD ["sh"]', `${box}.tar`, 'box:1');
  return {
    folder,
    environment,
    runFolder,
    run,
    ok,
    start: (args) =>
      new Promise((settle) => {
        const child = spawn(process.execPath, [...command, ...args], { env: environment });
        let stdout = '';
        let stderr = '';
        child.stdout.on('data', (bytes) => (stdout += String(bytes)));
        child.stderr.on('data', (bytes) => (stderr += String(bytes)));
        child.on('close', (code) => settle({ code: code ?? 255, stdout, stderr }));
      }),
    close() {
      run(['rm', '-af']);
      // A mount that is left would have its files removed with the folder.
      const left = readFileSync('/proc/self/mounts', 'utf8')
        .split('\n')
        .filter((line) => line.includes(` ${folder}`));
      if (left.length > 0) throw new Error(`mounts are left:\n${left.join('\n')}`);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
