// Docker's own daemon as a peer on a machine that does not have it: Debian's docker.io in a root file system of its own
// (mmdebstrap --variant=minbase --include=docker.io,iptables bookworm DIR), started in namespaces of its own behind a
// pivot_root, without a bridge and without rules of iptables. As root. Nothing of it is left when it is closed.
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A daemon that runs. */
export interface DockerDaemon {
  /** Behind it come docker's words: `pull`, `load`. */
  readonly command: readonly string[];
  close(): Promise<void>;
}

const startMs = 30_000;

/** Makes the root file system where it is not there yet. */
export function dockerRoot(folder: string): string {
  if (existsSync(join(folder, 'usr/sbin/dockerd'))) return folder;
  console.log('making a Debian system with docker.io …');
  const args = ['--quiet', '--variant=minbase', '--include=docker.io,iptables', 'bookworm', folder];
  execFileSync('mmdebstrap', args, { stdio: 'inherit' });
  return folder;
}

/** What runs in the namespaces: mounts, the other root, and the daemon as first process. */
const inside = `set -e
root=$1
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
mkdir -p "$root/work"
mount --bind "$2" "$root/work"
cd "$root"
mkdir -p old
pivot_root . old
umount -l /old
exec dockerd --iptables=false --ip6tables=false --bridge=none --storage-driver=overlay2 --data-root /work/data \\
  --exec-root /work/exec --pidfile /work/pid -H unix:///work/docker.sock --insecure-registry 127.0.0.0/8
`;

/** Starts it; what it stores lies in `work`, `prefix` goes before its command. @throws Error with what it said */
export async function startDocker(
  root: string,
  work: string,
  prefix: readonly string[] = [],
): Promise<DockerDaemon> {
  mkdirSync(work, { recursive: true });
  const [first = 'unshare', ...words] = [
    ...prefix,
    ...['unshare', '-m', '-p', '-f', '--kill-child', '--propagation', 'private'],
    ...['sh', '-c', inside, 'sh', root, work],
  ];
  const child: ChildProcess = spawn(first, words, { stdio: ['ignore', 'ignore', 'pipe'] });
  process.once('exit', () => child.kill('SIGKILL'));
  let said = '';
  child.stderr?.on('data', (bytes) => {
    said = `${said}${String(bytes)}`.slice(-4000);
  });
  const command = [join(root, 'usr/bin/docker'), '-H', `unix://${join(work, 'docker.sock')}`];
  const [program = '', ...args] = command;
  for (const until = Date.now() + startMs; ; await sleep(200)) {
    if (spawnSync(program, [...args, 'info'], { stdio: 'ignore' }).status === 0) break;
    if (child.exitCode === null && Date.now() < until) continue;
    child.kill('SIGKILL');
    throw new Error(`dockerd does not start:\n${said}`);
  }
  return {
    command,
    async close() {
      const ended = new Promise((done) => child.once('close', done));
      // The daemon ends its containerd; the namespace goes with its first process.
      const children = `/proc/${child.pid}/task/${child.pid}/children`;
      for (const pid of readFileSync(children, 'utf8').trim().split(' ')) process.kill(Number(pid));
      await ended;
    },
  };
}
