// exec: one more process in a container that runs, watched by a conmon of its own, so that it has streams, a terminal and
// an exit code as the container's first process has.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { allCapabilities } from '../host/capabilities.ts';
import { capabilitySets } from '../runtime/spec/capabilities.ts';
import { resolveUser, supplementaryGroups } from '../runtime/spec/user.ts';
import type { Spec, SpecProcess } from '../runtime/spec.ts';
import { readBelow } from '../store/unpack/read-below.ts';
import { randomHex } from '../sys/random-bytes.ts';
import { type Attachment, attachTo } from './attach.ts';
import type { Container } from './container.ts';
import type { Engine } from './engine.ts';
import { findMonitor, runtimeArguments, startMonitor } from './monitor.ts';
import { passedOn } from './passed-on.ts';
import { removeFolder } from './state-folder.ts';

/** What is to be executed. */
export interface ExecRequest {
  readonly command: readonly string[];
  readonly tty: boolean;
  readonly stdin: boolean;
  readonly env: readonly string[];
  readonly user?: string;
  readonly workingDirectory?: string;
  readonly privileged: boolean;
}

/** A process that was executed. */
export interface Execution {
  readonly pid: number;
  /** Its folder in /run, for attach and resize. */
  readonly folder: string;
  readonly control: string;
  /** The streams; absent where it was to run by itself. */
  readonly attachment?: Attachment;
  /** Its exit code once it has ended; undefined when conmon was killed. */
  readonly ended: Promise<number | undefined>;
  /** Removes what is left of it in /run. */
  release(): void;
}

const accountBytes = 16 * 1024 * 1024;

/** The process of config.json, with what is different for this one. @throws PlimsollError PL0801 */
export function execProcess(
  spec: Spec,
  rootfs: string,
  container: Container,
  request: ExecRequest,
): SpecProcess {
  const text = (name: string): string =>
    readBelow(rootfs, name, accountBytes)?.toString('utf8') ?? '';
  const { config } = container.settings;
  const accounts = { passwd: text('/etc/passwd'), group: text('/etc/group') };
  const own = request.user === undefined;
  const user = own ? undefined : resolveUser(request.user ?? '', accounts, []);
  const values = new Map(
    spec.process.env.map((line) => {
      const equals = line.indexOf('=');
      return [line.slice(0, equals), line.slice(equals + 1)] as const;
    }),
  );
  if (request.tty) values.set('TERM', 'xterm');
  else values.delete('TERM');
  if (user !== undefined && !config.env.some((line) => line.startsWith('HOME=')))
    values.set('HOME', user.home);
  for (const line of request.env) {
    const equals = line.indexOf('=');
    if (equals > 0) values.set(line.slice(0, equals), line.slice(equals + 1));
  }
  const uid = user?.uid ?? spec.process.user.uid;
  // Where the first process has groups they can be set.
  const settable = (spec.process.user.additionalGids ?? []).length > 0;
  const groups = user === undefined ? [] : supplementaryGroups(user, settable);
  return {
    ...spec.process,
    terminal: request.tty,
    args: request.command,
    env: [...values].map(([name, value]) => `${name}=${value}`),
    cwd: request.workingDirectory ?? spec.process.cwd,
    user:
      user === undefined
        ? spec.process.user
        : {
            uid: user.uid,
            gid: user.gid,
            ...(groups.length === 0 ? {} : { additionalGids: groups }),
          },
    capabilities: capabilitySets({
      capAdd: config.capAdd,
      capDrop: config.capDrop,
      privileged: config.privileged || request.privileged,
      available: new Set(request.privileged ? allCapabilities : spec.process.capabilities.bounding),
      uid,
    }),
  };
}

/**
 * Executes in a container that runs.
 * @param attached whether the caller holds the streams; else it runs by itself
 * @throws NotStarted, PlimsollError PL0801, PL0823, PL0824, PL0826, PL0829
 */
export async function executeIn(
  engine: Engine,
  container: Container,
  request: ExecRequest,
  attached: boolean,
): Promise<Execution> {
  const { id, name, state, settings } = container;
  if (state.status !== 'running') {
    throw new PlimsollError(
      'PL0826',
      state.status === 'paused'
        ? `container ${name} is paused, unpause the container before exec`
        : `container ${name} is not running`,
      { help: 'plimsoll ps -a shows how containers stand' },
    );
  }
  const places = engine.places(id);
  const path = engine.environment['PATH'];
  const runtime = engine.runtime(settings.runtime);
  const folder = join(places.folder, 'exec', randomHex(16));
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const release = (): void => removeFolder(folder);
  try {
    const spec = JSON.parse(readFileSync(places.config, 'utf8')) as Spec;
    const processFile = join(folder, 'process-spec');
    const root = `/proc/${state.process?.pid ?? 0}/root`;
    writeFileSync(processFile, JSON.stringify(execProcess(spec, root, container, request)), {
      mode: 0o600,
    });
    const parts = { folder, attach: join(folder, 'attach'), control: join(folder, 'ctl') };
    let attachment: Attachment | undefined;
    const { pid, ended } = await startMonitor({
      path: findMonitor(path),
      runtime,
      args: [
        ...['--cid', id, '--cuuid', id, '--name', name, '--exec'],
        ...runtimeArguments(runtime),
        ...['--bundle', folder, '--full-attach', '--exec-process-spec', processFile],
        ...['--container-pidfile', join(folder, 'pid'), '--log-level', 'error'],
        ...['--log-path', 'none', '--no-sync-log'],
        ...(attached ? ['--exec-attach'] : []),
        ...(request.tty ? ['--terminal'] : []),
        ...(request.stdin ? ['--stdin'] : []),
      ],
      // What runs by itself leaves its folder to this.
      ...(attached ? {} : { exitCommand: ['/bin/rm', '-rf', folder] }),
      environment: passedOn(engine),
      ...(attached
        ? {
            onAttach: () => {
              attachment = attachTo(parts);
            },
          }
        : {}),
    });
    return {
      pid,
      ...parts,
      ended,
      release,
      ...(attachment === undefined ? {} : { attachment }),
    };
  } catch (error) {
    release();
    throw error;
  }
}
