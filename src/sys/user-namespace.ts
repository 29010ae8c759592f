// Runs a program as root of a user namespace. Node has threads, so it cannot unshare(2) itself: util-linux's `unshare`
// (or busybox's) makes the namespace and a shell in it waits; the maps are written from outside, by the setuid programs
// newuidmap and newgidmap where the user has subordinate ids; then the shell becomes the program, which has all
// capabilities in the namespace because it is started by its root. Nothing newer than `unshare --user --mount` is
// needed, which RHEL 7 has.
import { execFile, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { promisify } from 'node:util';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { systemReason } from '../lib/system-reason.ts';
import { findProgram } from './find-program.ts';
import {
  type IdMapping,
  mappedIds,
  mappingsOf,
  type NamespaceUser,
  parseSubordinateIds,
} from './subordinate-ids.ts';
import { installHelp } from './system-parts.ts';

/** What is run, and by whom. */
export interface NamespaceRun {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly user: NamespaceUser;
  /** Ends the program when it is aborted. */
  readonly signal: AbortSignal;
  /** Told when only one id can be mapped, and why. */
  readonly onOneId: (reason: string) => void;
}

/** Whether this process is in a user namespace other than the machine's own (user_namespaces(7)). */
export function inUserNamespace(): boolean {
  try {
    return !/^\s*0\s+0\s+4294967295\s*$/.test(readFileSync('/proc/self/uid_map', 'utf8'));
  } catch {
    return false;
  }
}

/** Whether there is only one id here that files can belong to. */
export function hasOneId(): boolean {
  try {
    return mappedIds(readFileSync('/proc/self/uid_map', 'utf8')) === 1;
  } catch {
    return false;
  }
}

/** Reads of a file; '' where there is none. */
function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Says that it is ready, waits for the maps, and becomes the program, with standard error as it was. */
const waiter = 'exec 2>&5 5>&-; echo >&4; read -r go <&3 || exit 125; exec 3<&- 4>&-; exec "$@"';

/**
 * Runs the program and gives its exit code, 128 and the signal's number when a signal ended it.
 * @throws PlimsollError PL0727
 */
export async function runInUserNamespace(run: NamespaceRun): Promise<number> {
  const path = run.environment['PATH'];
  const unshare = findProgram('unshare', path);
  if (unshare === undefined) {
    throw new PlimsollError('PL0727', 'the program unshare is not installed', {
      help: installHelp('unshare'),
    });
  }
  const child = spawn(unshare, ['-U', '-m', 'sh', '-c', waiter, 'sh', run.command, ...run.args], {
    env: run.environment,
    stdio: ['inherit', 'inherit', 'pipe', 'pipe', 'pipe', 2],
  });
  const [, , said, go, ready] = child.stdio;
  let complaint = '';
  said?.on('data', (bytes: Buffer) => {
    complaint += bytes.toString();
  });
  const ended = new Promise<number>((resolve) => {
    child.on('error', () => resolve(127));
    child.on('exit', (code, signal) =>
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
    );
  });
  const started = await Promise.race([
    new Promise<true>((resolve) => ready?.once('data', () => resolve(true))),
    ended,
  ]);
  if (started !== true || child.pid === undefined) throw notMade(complaint);
  const stop = (): unknown => child.kill('SIGTERM');
  run.signal.addEventListener('abort', stop, { once: true });
  try {
    await mapIds(child.pid, run, path);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  if (go !== null && go !== undefined && 'end' in go) go.end('\n');
  const code = await ended;
  run.signal.removeEventListener('abort', stop);
  return code;
}

/**
 * Runs the program in the user and mount namespaces of a process, as runInUserNamespace does in new ones. What ends the
 * run is not the run's signal but the program alone.
 * @param onStart gets what sends it signals; its answer is called when the program has ended
 * @throws PlimsollError PL0727
 */
export function enterUserNamespace(
  run: Omit<NamespaceRun, 'signal'>,
  member: number,
  onStart: (send: (signal: NodeJS.Signals) => void) => () => void,
): Promise<number> {
  const nsenter = findProgram('nsenter', run.environment['PATH']);
  if (nsenter === undefined) {
    throw new PlimsollError('PL0727', 'the program nsenter is not installed', {
      help: installHelp('nsenter'),
    });
  }
  const args = ['--user', '--mount', '--preserve-credentials', `--target=${member}`, '--wd=.'];
  const child = spawn(nsenter, [...args, run.command, ...run.args], {
    env: run.environment,
    stdio: 'inherit',
  });
  const end = onStart((signal) => void child.kill(signal));
  return new Promise((settle, reject) => {
    child.on('error', (cause) =>
      reject(
        new PlimsollError('PL0727', `nsenter could not be started: ${systemReason(cause)}`, {
          cause,
        }),
      ),
    );
    child.on('exit', (code, signal) => {
      end();
      settle(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

/** The settings that keep users from making namespaces, with the value that does, and how to change them. */
export const namespaceSettings = [
  ['user.max_user_namespaces', '0', 'sysctl -w user.max_user_namespaces=15000'],
  ['kernel.unprivileged_userns_clone', '0', 'sysctl -w kernel.unprivileged_userns_clone=1'],
  [
    'kernel.apparmor_restrict_unprivileged_userns',
    '1',
    'sysctl -w kernel.apparmor_restrict_unprivileged_userns=0',
  ],
] as const;

function notMade(complaint: string): PlimsollError {
  const set = namespaceSettings.find(
    ([name, value]) => contentOf(`/proc/sys/${name.replaceAll('.', '/')}`).trim() === value,
  );
  return new PlimsollError('PL0727', 'the user namespace could not be made', {
    notes: [
      ...(complaint === '' ? [] : [complaint.trim()]),
      ...(set === undefined ? [] : [`${set[0]} is ${set[1]} on this machine`]),
    ],
    help:
      set === undefined
        ? 'see whether this process may make user namespaces: containers and seccomp filters often forbid it'
        : `ask the administrator for: ${set[2]}`,
  });
}

/** Gives a new user namespace its ids, by a process in it. @throws PlimsollError PL0727 */
export async function mapIds(
  pid: number,
  { user, onOneId }: Pick<NamespaceRun, 'user' | 'onOneId'>,
  path: string | undefined,
): Promise<void> {
  const uids = parseSubordinateIds(contentOf('/etc/subuid'), user);
  const gids = parseSubordinateIds(contentOf('/etc/subgid'), user);
  const newuidmap = findProgram('newuidmap', path);
  const newgidmap = findProgram('newgidmap', path);
  if (newuidmap === undefined || newgidmap === undefined) {
    onOneId(`newuidmap and newgidmap are not there: ${installHelp('newuidmap')}`);
  } else if (uids.length === 0 || gids.length === 0) {
    const name = user.name ?? user.uid;
    onOneId(
      `no ids for ${name} in /etc/subuid and /etc/subgid: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ${name}`,
    );
  } else {
    await map(newuidmap, pid, mappingsOf(user.uid, uids));
    await map(newgidmap, pid, mappingsOf(user.gid, gids));
    return;
  }
  try {
    writeFileSync(`/proc/${pid}/setgroups`, 'deny');
    writeFileSync(`/proc/${pid}/uid_map`, `0 ${user.uid} 1`);
    writeFileSync(`/proc/${pid}/gid_map`, `0 ${user.gid} 1`);
  } catch (cause) {
    throw new PlimsollError('PL0727', `the user namespace got no ids: ${systemReason(cause)}`, {
      cause,
    });
  }
}

async function map(program: string, pid: number, mappings: readonly IdMapping[]): Promise<void> {
  const ids = mappings.flatMap(({ inside, outside, count }) => [inside, outside, count]);
  try {
    await promisify(execFile)(program, [String(pid), ...ids.map(String)]);
  } catch (cause) {
    const said = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : '';
    throw new PlimsollError('PL0727', `${program} failed`, {
      notes: said === '' ? [] : [said],
      help: 'see that it is setuid root or has the capability (chmod u+s), and that /etc/subuid and /etc/subgid are right',
      cause,
    });
  }
}
