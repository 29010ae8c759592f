// The user namespace in which all containers of an ordinary user are. Who comes later must be in the one of those who came
// before, to reach their processes and mounts: a small shell holds it for as long as there are containers, as podman's
// pause process does, and ends within three minutes after the last of them has gone and the last command has come.
import { mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lockFile } from '../sys/file-lock.ts';

/** $1 is the folder of running containers. Each has a folder of 64 characters in it. */
const holder =
  'cd "$1" || exit; echo $$ >namespace.new && mv namespace.new namespace.pid; trap "" HUP INT; ' +
  'while sleep 60; do set -- ????????????????????????????????????????????????????????????????; ' +
  '[ -e "$1" ] || [ -n "$(find namespace.used -mmin -2 2>/dev/null)" ] || exit; done';

/** Leaves the holder behind and ends once it is there. */
const starter =
  'setsid sh -c "$2" sh "$1" </dev/null >/dev/null 2>&1 & ' +
  'n=0; while [ ! -e "$1/namespace.pid" ] && [ $n -lt 500 ]; do n=$((n+1)); sleep 0.01; done';

/** Says that a command is about to enter: the holder stays for it. */
export function announceEntry(runFolder: string): void {
  try {
    writeFileSync(join(runFolder, 'namespace.used'), '');
  } catch {
    // No folder yet, no holder.
  }
}

/** The command that starts the holder, in a namespace that is new. */
export function holderCommand(runFolder: string): readonly [string, ...string[]] {
  return ['sh', '-c', starter, 'sh', runFolder, holder];
}

/** Number of a process in the namespace that this user's containers are in; undefined where there is none yet. */
export function namespaceMember(runFolder: string): number | undefined {
  const own = namespaceOf('self');
  const candidates = [join(runFolder, 'namespace.pid'), ...monitorFiles(runFolder)];
  for (const file of candidates) {
    const pid = numberIn(file);
    if (pid === undefined) continue;
    const theirs = namespaceOf(String(pid));
    // A number that somebody else has now is in no namespace of ours.
    if (theirs !== undefined && theirs !== own && isOurs(pid)) return pid;
  }
  return undefined;
}

function monitorFiles(runFolder: string): readonly string[] {
  try {
    return readdirSync(runFolder)
      .filter((name) => /^[0-9a-f]{64}$/.test(name))
      .map((name) => join(runFolder, name, 'monitor.pid'));
  } catch {
    return [];
  }
}

function numberIn(file: string): number | undefined {
  try {
    const number = Number(readFileSync(file, 'utf8').trim());
    return Number.isInteger(number) && number > 1 ? number : undefined;
  } catch {
    return undefined;
  }
}

/** The inode of a process's user namespace; undefined where it may not be seen. */
function namespaceOf(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/user`);
  } catch {
    return undefined;
  }
}

/** Whether it is a holder or a monitor: a shell or conmon. */
function isOurs(pid: number): boolean {
  try {
    return /^(sh|conmon|busybox|dash|bash)$/.test(readFileSync(`/proc/${pid}/comm`, 'utf8').trim());
  } catch {
    return false;
  }
}

/** Keeps others from making the namespace at the same time. @throws the signal's reason */
export function lockNamespace(
  runFolder: string,
  signal: AbortSignal,
): Promise<{ release(): void }> {
  mkdirSync(runFolder, { recursive: true, mode: 0o700 });
  return lockFile(join(runFolder, 'namespace.lock'), signal);
}
