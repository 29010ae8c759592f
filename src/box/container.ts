// Containers as objects: a box is namespaces and an empty root file system, into which file systems are mounted, files and
// sockets opened, and processes started from outside. docs/library.md shows how; docs/adr/0019-boxes.md says why it is made
// of shells, unshare(1) and nsenter(1).
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, constants, createReadStream, readlinkSync } from 'node:fs';
import { userInfo } from 'node:os';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { systemReason } from '../lib/system-reason.ts';
import { closeDescriptor, openDirectory } from '../sys/file-calls.ts';
import { findProgram } from '../sys/find-program.ts';
import { openInside } from '../sys/mount-objects.ts';
import { isRunning, signalProcess } from '../sys/process-identity.ts';
import type { SocketRequest } from '../sys/sockets.ts';
import { installHelp } from '../sys/system-parts.ts';
import { openTerminal, setTerminalSize } from '../sys/terminal-pair.ts';
import { makeBoxCgroups, removeBoxCgroups, setFrozen } from './box-cgroup.ts';
import type { BoxMount } from './box-jobs.ts';
import type { BoxHandle, BoxNamespace, BoxOptions } from './box-options.ts';
import {
  type BoxProcess,
  firstProcessLine,
  killer,
  pipesOf,
  type SpawnOptions,
  startFurther,
  terminalStreams,
} from './box-processes.ts';
import { startKeeper } from './keeper.ts';
import { runJob } from './run-job.ts';

/** What was opened in a box: closed by `close`, or with `using`. */
export interface BoxDescriptor extends Disposable {
  readonly fd: number;
  close(): void;
}

/** A box. */
export interface Box extends AsyncDisposable {
  readonly name: string;
  /** As plain data, for another program; see `Container.open`. */
  readonly handle: BoxHandle;
  /** Mounts in the box, in this order, with the mount objects of Linux 5.2. @throws PlimsollError PL0846, PL0847 */
  mount(...mounts: readonly BoxMount[]): Promise<void>;
  /** Opens a socket in the box's network namespace. @throws PlimsollError PL0846 */
  socket(
    family: SocketRequest['family'],
    type: SocketRequest['type'],
    more?: Pick<SocketRequest, 'protocol' | 'bind'>,
  ): Promise<BoxDescriptor>;
  /**
   * Opens a file of the box, as its root: no link leads out of it (openat2(2), RESOLVE_IN_ROOT).
   * @param flags as open(2) has them in node:fs' constants; default O_RDONLY
   * @throws PlimsollError PL0846
   */
  open(path: string, flags?: number, mode?: number): Promise<BoxDescriptor>;
  /** The whole of a file as text. @throws PlimsollError PL0846 */
  readText(path: string): Promise<string>;
  /**
   * Starts a process in it. The first one becomes process 1 of the box, which ends with it; it is started once.
   * @throws PlimsollError PL0847, PL0848
   */
  spawn(argv: readonly string[], options?: SpawnOptions): Promise<BoxProcess>;
  /** Stops all of its processes where they are. @throws PlimsollError PL0848 */
  freeze(): Promise<void>;
  /** Lets them go on. @throws PlimsollError PL0848 */
  thaw(): Promise<void>;
  /** Ends all that is in it, and waits for that. */
  destroy(): Promise<void>;
  /** Destroys it, unless it is to be kept. */
  close(): Promise<void>;
}

/** What makes and opens boxes. */
export const Container: {
  /** @throws PlimsollError PL0845 to PL0847, PL0823, PL0727 */
  create(options?: BoxOptions): Promise<Box>;
  /** Opens one that another program kept. @throws PlimsollError PL0848 */
  open(handle: BoxHandle, options?: Pick<BoxOptions, 'environment'>): Promise<Box>;
} = { create, open };

const namespaceFlags: Readonly<Record<Exclude<BoxNamespace, 'mount' | 'user'>, string>> = {
  net: '--net',
  ipc: '--ipc',
  uts: '--uts',
  cgroup: '--cgroup',
};

/** Programs that boxes are made with. */
interface Tools {
  readonly unshare: string;
  readonly nsenter: string;
  readonly setsid: string;
  readonly node: string;
}

function toolsIn(environment: BoxOptions['environment'] = {}): Tools {
  const find = (name: 'unshare' | 'nsenter' | 'setsid'): string => {
    const found = findProgram(name, environment['PATH']);
    if (found !== undefined) return found;
    throw new PlimsollError('PL0823', `there is no ${name} on this machine`, {
      help: installHelp(name === 'setsid' ? 'unshare' : name),
    });
  };
  return {
    unshare: find('unshare'),
    nsenter: find('nsenter'),
    setsid: find('setsid'),
    node: readlinkSync('/proc/self/exe'),
  };
}

async function create(options: BoxOptions = {}): Promise<Box> {
  const { uid, gid, username } = userInfo();
  const { name = randomBytes(6).toString('hex'), environment, keep = false } = options;
  if (!/^[A-Za-z0-9][\w.-]*$/.test(name))
    throw new PlimsollError('PL0847', `no name for a box: '${name}'`, {
      help: 'letters, digits, _ . and -, a letter or digit first',
    });
  const given = options.namespaces ?? {};
  const namespaces = uid === 0 ? given : { user: 'new' as const, ...given };
  const tools = toolsIn(environment);
  const cgroups = uid === 0 ? makeBoxCgroups(name) : [];
  const pair = options.terminal === true ? openTerminal() : undefined;
  const started = await startKeeper({
    unshare: tools.unshare,
    namespaces,
    cgroups,
    keep,
    terminal: pair?.inner,
    path: environment?.['PATH'],
    user: { uid, gid, name: username },
    onNote: options.onNote ?? (() => undefined),
  });
  if (pair !== undefined) closeSync(pair.inner);
  const handle: BoxHandle = {
    name,
    keeper: started.keeper,
    member: started.member,
    entrance: [
      ...(namespaces.user === undefined || namespaces.user === 'host'
        ? []
        : ['--user', '--preserve-credentials']),
      ...(['net', 'ipc', 'uts', 'cgroup'] as const)
        .filter((kind) => namespaces[kind] !== undefined && namespaces[kind] !== 'host')
        .map((kind) => namespaceFlags[kind]),
    ],
    ownMounts: namespaces.mount === 'new',
    cgroups,
  };
  const { child } = started;
  const exited = endOf(started.line);
  let isStarted = false;
  const box = boxOf(handle, tools, {
    keep,
    ended: exited,
    first(argv, spawning) {
      if (isStarted) return undefined;
      const line = firstProcessLine(argv, spawning);
      isStarted = true;
      started.become(line);
      return {
        pid: handle.member.pid,
        ...(pair === undefined ? pipesOf(child) : terminalStreams(pair.outer)),
        kill: killer(handle.member),
        resize: (rows, columns) => {
          if (pair !== undefined) setTerminalSize(pair.outer, rows, columns);
        },
        exited,
      };
    },
  });
  try {
    if (handle.ownMounts) await mountIn(handle, tools, options.mounts ?? [], true);
    else if ((options.mounts ?? []).length > 0) throw noMounts();
  } catch (error) {
    await box.destroy();
    throw error;
  }
  return box;
}

/** The exit code of the first process; 137 where it was ended with the box. */
async function endOf(line: () => Promise<string | undefined>): Promise<number> {
  for (;;) {
    const text = await line();
    if (text === undefined) return 137;
    const [word, code] = text.split(' ');
    if (word === 'end') return Number(code);
  }
}

async function open(
  handle: BoxHandle,
  { environment }: Pick<BoxOptions, 'environment'> = {},
): Promise<Box> {
  if (!isRunning(handle.member)) throw hasEnded(handle);
  return boxOf(handle, toolsIn(environment), { keep: true });
}

function hasEnded({ name }: BoxHandle): PlimsollError {
  return new PlimsollError('PL0848', `box ${name} has ended`, {
    help: 'a box ends with its first process; make another one',
  });
}

function noMounts(): PlimsollError {
  return new PlimsollError('PL0847', 'nothing is mounted in a box without mounts of its own', {
    help: "make it with namespaces: { mount: 'new' }",
  });
}

async function mountIn(
  handle: BoxHandle,
  tools: Tools,
  mounts: readonly BoxMount[],
  emptyRoot = false,
): Promise<void> {
  const relative = mounts.find(({ target }) => !target.startsWith('/'));
  if (relative !== undefined)
    throw new PlimsollError('PL0847', `no absolute path: '${relative.target}'`, {
      help: 'name a place in the box: /proc',
    });
  const { keeper, member } = handle;
  const job = { kind: 'mount', keeper: keeper.pid, member: member.pid, emptyRoot, mounts } as const;
  await runJob(entranceOf(handle, tools), job);
}

function entranceOf(
  { member, entrance }: BoxHandle,
  { nsenter, node }: Tools,
): Parameters<typeof runJob>[0] {
  return { nsenter, node, options: [`--target=${member.pid}`, ...entrance, '--pid'] };
}

/** What differs between the program that made a box and others. */
interface BoxParts {
  readonly keep: boolean;
  /** The first process, where it was not started yet; absent where another program made the box. */
  readonly first?: (argv: readonly string[], options: SpawnOptions) => BoxProcess | undefined;
  readonly ended?: Promise<unknown>;
}

function boxOf(handle: BoxHandle, tools: Tools, { keep, first, ended }: BoxParts): Box {
  const { name, member, keeper, cgroups, ownMounts } = handle;
  const entered = new Set<ChildProcess>();
  const goOn = (): void => {
    for (const child of entered) child.kill('SIGCONT');
  };
  const alive = (): void => {
    if (!isRunning(member)) throw hasEnded(handle);
  };
  const opened = (fd: number | undefined): BoxDescriptor => {
    if (fd === undefined) throw new TypeError('a descriptor was asked for');
    const close = (): void => closeDescriptor(fd);
    return { fd, close, [Symbol.dispose]: close };
  };
  const openFile = async (path: string, flags: number, mode: number): Promise<BoxDescriptor> => {
    alive();
    const job = { kind: 'open', member: member.pid, path, flags, mode } as const;
    // Who is root here may open what root of the box may.
    if (userInfo().uid !== 0) return opened(await runJob(entranceOf(handle, tools), job));
    const root = openRoot(handle);
    try {
      return opened(openInside(root, path, flags, mode));
    } catch (cause) {
      throw new PlimsollError('PL0846', `${path} could not be opened: ${systemReason(cause)}`, {
        help: 'see that it is there in the box',
        cause,
      });
    } finally {
      closeDescriptor(root);
    }
  };
  const freeze = async (frozen: boolean): Promise<void> => {
    alive();
    const stands = await setFrozen(cgroups, member.pid, frozen);
    if (!frozen) goOn();
    if (stands) return;
    throw new PlimsollError('PL0848', `box ${name} did not stand still in time`, {
      help: 'a process in it waits for a device: look with ps',
    });
  };
  const destroy = async (): Promise<void> => {
    signalProcess(keeper, 9);
    goOn();
    await ended;
    while (isRunning(keeper) || isRunning(member)) await new Promise((next) => setTimeout(next, 2));
    await removeBoxCgroups(cgroups);
  };
  const close = async (): Promise<void> => {
    if (!keep) await destroy();
  };
  return {
    name,
    handle,
    async mount(...mounts) {
      if (!ownMounts) throw noMounts();
      alive();
      await mountIn(handle, tools, mounts);
    },
    async socket(family, type, more = {}) {
      alive();
      const request = { family, type, ...more };
      return opened(await runJob(entranceOf(handle, tools), { kind: 'socket', request }));
    },
    open: (path, flags = constants.O_RDONLY, mode = 0o644) => openFile(path, flags, mode),
    async readText(path) {
      using file = await openFile(path, constants.O_RDONLY, 0);
      const chunks: Buffer[] = [];
      for await (const chunk of createReadStream('', { fd: file.fd, autoClose: false }))
        chunks.push(chunk as Buffer);
      return Buffer.concat(chunks).toString('utf8');
    },
    async spawn(argv, options = {}) {
      alive();
      if (argv.length === 0)
        throw new PlimsollError('PL0847', 'no program was named', { help: "box.spawn(['sh'])" });
      const one = first?.(argv, options);
      if (one !== undefined) return one;
      const { cwd } = options;
      using directory =
        cwd === undefined
          ? undefined
          : await openFile(cwd, constants.O_RDONLY | constants.O_DIRECTORY, 0);
      return await startFurther(
        {
          nsenter: tools.nsenter,
          setsid: tools.setsid,
          options: [
            ...entranceOf(handle, tools).options.filter(
              (one) => options.user === undefined || one !== '--preserve-credentials',
            ),
            ...(ownMounts ? ['--mount'] : []),
          ],
          cgroups,
          directory: directory?.fd,
          onStarted(child) {
            entered.add(child);
            child.on('exit', () => entered.delete(child));
          },
        },
        argv,
        options,
      );
    },
    freeze: () => freeze(true),
    thaw: () => freeze(false),
    destroy,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** The root directory of a box, which is still that box's. */
function openRoot(handle: BoxHandle): number {
  const root = openDirectory(`/proc/${handle.member.pid}/root`);
  if (isRunning(handle.member)) return root;
  closeDescriptor(root);
  throw hasEnded(handle);
}
