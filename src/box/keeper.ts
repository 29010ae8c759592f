// The processes that hold a box, all of them shells and unshare(1); no Node waits for it.
//
//   sh        removes the cgroups when all has ended (only where there are any)
//   sh        waits for the maps of a new user namespace, and becomes the next
//   unshare   makes a PID namespace around all:
//     sh      the keeper, first process in it: ends when the box has ended or its maker is gone; the kernel then ends
//             all others
//       sh    reads until the maker is gone, and tells the keeper
//       sh    tells how the box ended
//         unshare   makes the box's namespaces:
//           sh      the holder, first process in the box: waits for a line, and becomes the first process that it names
//
// Descriptors: 0 to 2 are those of the first process, 3 is open while the maker lives, lines come on 4 and go out on 5.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, constants, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { linesOf } from '../lib/lines-of.ts';
import { makePipeFile } from '../sys/pipe-file.ts';
import { identityOf, type ProcessIdentity } from '../sys/process-identity.ts';
import { mapIds } from '../sys/user-namespace.ts';
import type { BoxNamespace, BoxOptions } from './box-options.ts';

const numberOfOwn = 'read -r pid _ </proc/self/stat';

const cleaner =
  'trap : INT HUP TERM; "$@"; n=0; for d in $BOX_CGROUPS; do ' +
  'until rmdir "$d" 2>/dev/null || [ $n -gt 100 ]; do n=$((n+1)); sleep 0.05; done; done';

const mapped = `${numberOfOwn}; echo "user $pid" >&5; read -r _ <&4 || exit 125; exec "$@"`;

// Of a shell only `wait` is broken off by a signal, so that another one has to read.
const keeper = [
  'trap "exit 0" TERM; exec 6<&0',
  '(for d in $BOX_CGROUPS; do echo 0 >"$d/cgroup.procs" || exit 125; done; exec 3<&-; "$@" <&6 6<&-; echo "end $?" >&5) <&6 &',
  'box=$!',
  `${numberOfOwn}; echo "keeper $pid" >&5`,
  'exec </dev/null >/dev/null 2>&1 4<&- 5>&- 6<&-',
  '(read -r _ <&3; kill -TERM 1) &',
  'exec 3<&-; wait $box',
].join('\n');

const holder = [
  `${numberOfOwn}; echo "holder $pid" >&5`,
  'IFS= read -r line <&4 || exit 0',
  'nl="\n"; eval "$line"',
].join('\n');

const flags: Readonly<Record<BoxNamespace, string>> = {
  user: '--user',
  mount: '--mount',
  net: '--net',
  ipc: '--ipc',
  uts: '--uts',
  cgroup: '--cgroup',
};

/** What holds a box. */
export interface StartedKeeper {
  readonly child: ChildProcess;
  readonly keeper: ProcessIdentity;
  readonly member: ProcessIdentity;
  /** The next line that comes from inside; undefined at the end. */
  line(): Promise<string | undefined>;
  /** Has the holder become what the line says. */
  become(line: string): void;
}

/** What a keeper is started with. */
export interface KeeperRequest {
  readonly unshare: string;
  readonly namespaces: NonNullable<BoxOptions['namespaces']>;
  readonly cgroups: readonly string[];
  readonly keep: boolean;
  /** The first process's three streams: its end of a terminal, or three pipes. */
  readonly terminal: number | undefined;
  readonly path: string | undefined;
  readonly user: { readonly uid: number; readonly gid: number; readonly name?: string };
  readonly onNote: (note: string) => void;
}

/** The command, from the outermost process on. */
function commandOf({ unshare, namespaces, cgroups, terminal }: KeeperRequest): readonly string[] {
  const isNew = (kind: BoxNamespace): boolean => namespaces[kind] === 'new';
  const entered = Object.entries(namespaces).flatMap(([kind, choice]) =>
    typeof choice === 'object' ? [`${flags[kind as BoxNamespace]}=${choice.path}`] : [],
  );
  const made = (['mount', 'net', 'ipc', 'uts', 'cgroup'] as const).filter(isNew);
  const shell = (script: string): readonly string[] => ['sh', '-c', script, 'sh'];
  const slave = isNew('mount') ? ['--mount', '--propagation', 'slave'] : [];
  return [
    ...(cgroups.length === 0 ? [] : shell(cleaner)),
    ...(isNew('user') ? [unshare, '--user', ...shell(mapped)] : []),
    ...[unshare, ...slave, '--pid', '--fork', '--kill-child', ...shell(keeper)],
    ...(entered.length === 0 ? [] : ['nsenter', ...entered, '--']),
    unshare,
    ...made.map((kind) => flags[kind]),
    ...(isNew('mount') ? ['--propagation', 'private'] : []),
    ...['--pid', '--fork', '--kill-child'],
    ...(terminal === undefined ? [] : ['setsid', '--ctty']),
    ...shell(holder),
  ];
}

/** Starts it and waits until the box is there. @throws PlimsollError PL0845, PL0727 */
export async function startKeeper(request: KeeperRequest): Promise<StartedKeeper> {
  const { cgroups, keep, terminal, user, path, onNote } = request;
  const [program = '', ...args] = commandOf(request);
  const life = keep ? endlessPipe() : 'pipe';
  const own = terminal ?? ('pipe' as const);
  const child = spawn(program, args, {
    cwd: '/',
    detached: true,
    stdio: [own, own, own, life, 'pipe', 'pipe'],
    env: {
      PATH: path ?? '/usr/sbin:/usr/bin:/sbin:/bin',
      ...(cgroups.length === 0 ? {} : { BOX_CGROUPS: cgroups.join(' ') }),
    },
  });
  if (typeof life === 'number') closeSync(life);
  const [, , errors] = child.stdio;
  let complaint = '';
  const listen = (bytes: Buffer): void => {
    complaint += bytes.toString();
  };
  errors?.on('data', listen);
  const commands = child.stdio[4] as Writable;
  commands.on('error', () => undefined);
  const lines = linesOf(child.stdio.at(5) as Readable);
  const started = new Promise<undefined>((settle) => child.on('error', () => settle(undefined)));
  const line = async (): Promise<string | undefined> => {
    const next = await Promise.race([lines.next(), started]);
    return next === undefined || next.done === true ? undefined : next.value;
  };
  const found = new Map<string, ProcessIdentity>();
  while (!(found.has('keeper') && found.has('holder'))) {
    const [word = '', number = ''] = (await line())?.split(' ') ?? [];
    const identity = identityOf(Number(number));
    if (word === '' || word === 'end' || identity === undefined) {
      child.kill('SIGKILL');
      throw notMade(complaint);
    }
    found.set(word, identity);
    if (word !== 'user') continue;
    if (!mapSame(identity.pid, user.uid))
      await mapIds(identity.pid, { user, onOneId: onNote }, path);
    commands.write('\n');
  }
  const [first, last] = [found.get('keeper'), found.get('holder')];
  if (first === undefined || last === undefined) throw notMade(complaint);
  errors?.off('data', listen);
  errors?.pause();
  return {
    child,
    keeper: first,
    member: last,
    line,
    become: (text) => void commands.end(`${text}\n`),
  };
}

/** Ids of images, as they are here: root alone may give them. */
function mapSame(pid: number, uid: number): boolean {
  if (uid !== 0) return false;
  try {
    for (const kind of ['uid', 'gid']) writeFileSync(`/proc/${pid}/${kind}_map`, '0 0 65536');
    return true;
  } catch {
    // Root of another user namespace with fewer ids.
    return false;
  }
}

/** A pipe that has no end: who holds it reads for ever. */
function endlessPipe(): number {
  const path = join(tmpdir(), `plimsoll-box-${randomBytes(16).toString('hex')}`);
  makePipeFile(path);
  try {
    return openSync(path, constants.O_RDWR);
  } finally {
    rmSync(path);
  }
}

function notMade(complaint: string): PlimsollError {
  const said = complaint.trim();
  return new PlimsollError('PL0845', 'the box could not be made', {
    notes: said === '' ? [] : [said],
    help: /not permitted/i.test(said)
      ? "an ordinary user needs { user: 'new' } among the namespaces"
      : 'plimsoll setup tells what is missing',
  });
}
