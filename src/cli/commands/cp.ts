// plimsoll cp: files into containers and out of them, as docker copies them.
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import type { Engine } from '../../engine/engine.ts';
import { openContainerRoot } from '../../engine/files/container-root.ts';
import { type CopyEnd, copyBetween } from '../../engine/files/copy-between.ts';
import { openPlace } from '../../engine/files/copy-files.ts';
import { isDirectory, openTree } from '../../engine/files/place.ts';
import { sameUsers } from '../../engine/mapped-users.ts';
import { humanSize } from '../../lib/human-units.ts';
import { withLimits } from '../../lib/limits.ts';
import type { Owner } from '../../lib/owner.ts';
import { systemReason } from '../../lib/system-reason.ts';
import { closeDescriptor } from '../../sys/file-calls.ts';
import { archiveWriter } from '../../transfer/archive-writer.ts';
import { packPlace } from '../../transfer/pack-layers.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { withEngine } from '../open-engine.ts';
import { stdinChunks } from '../stdin-chunks.ts';
import { addStoreOption, type StoreOption } from '../store-option.ts';

interface CpOptions extends StoreOption {
  readonly archive?: boolean;
  readonly followLink?: boolean;
  readonly quiet?: boolean;
}

/** One side of a copy as it was typed. */
interface Side {
  readonly container?: string;
  readonly path: string;
}

/** docker's rule: what begins with / or . is a path here, what comes before a colon is a container. */
function sideOf(text: string): Side {
  const colon = text.indexOf(':');
  if (/^[/.]/.test(text) || colon < 1) return { path: text };
  return { container: text.slice(0, colon), path: text.slice(colon + 1) };
}

/** Adds `plimsoll cp` to the program. */
export function register(program: Command, context: Context): void {
  const command = program
    .command('cp')
    .description(
      'Copies files and directories between a container and this machine, or between containers; they need not run.\n' +
        'With - a tar archive is read from standard input or written to standard output. Links are never followed out of a container.',
    )
    .argument('<from>', 'CONTAINER:PATH, a path here, or -')
    .argument('<to>', 'CONTAINER:PATH, a path here, or -')
    .option('-a, --archive', 'keep owners, and of containers all else that files have')
    .option('-L, --follow-link', 'copy what a link leads to')
    .option('-q, --quiet', 'do not say how much was copied');
  addStoreOption(command);
  addExamples(command, [
    { line: 'plimsoll cp web:/etc/nginx ./nginx', says: 'out of a container' },
    { line: 'plimsoll cp site/. web:/srv/www', says: 'what is in site, into one' },
    { line: 'plimsoll cp web:/var/log - | tar tv', says: 'as an archive' },
  ]);
  command.action((from: string, to: string, options: CpOptions) =>
    withEngine(options, context, (engine) =>
      copy(engine, sideOf(from), sideOf(to), options, context),
    ),
  );
}

async function copy(
  engine: Engine,
  from: Side,
  to: Side,
  options: CpOptions,
  context: Context,
): Promise<void> {
  if (from.container === undefined && to.container === undefined)
    throw new PlimsollError('PL0001', 'must specify at least one container source', {
      help: 'write one side as CONTAINER:PATH; a path here that has a colon as ./PATH',
    });
  const opened: { close(): void }[] = [];
  const open = async (side: Side): Promise<CopyEnd> => {
    if (side.container === undefined) {
      const tree = openTree('/');
      opened.push(tree);
      const path = absolute(side.path, context.cwd);
      return { tree, path, inContainer: false, users: sameUsers };
    }
    const { id } = engine.records.find(side.container);
    const root = await openContainerRoot(engine, id);
    opened.push(root);
    const tree = openTree(`/proc/self/fd/${root.fd}`);
    opened.push(tree);
    const { users } = root;
    return { tree, path: side.path, inContainer: true, name: side.container, users };
  };
  let bytes = 0;
  try {
    if (to.path === '-' && to.container === undefined) {
      await writeArchive(await open(from), options, context);
      return;
    }
    if (from.path === '-' && from.container === undefined) {
      await readArchive(await open(to), options, context);
      return;
    }
    const source = await open(from);
    const target = await open(to);
    copyBetween(source, target, {
      follow: options.followLink === true,
      dataOnly: source.inContainer && !target.inContainer && options.archive !== true,
      owner: (of) => {
        if (options.archive === true) return target.users.toOutside(source.users.toInside(of));
        return target.inContainer ? target.users.toOutside(root) : ownerHere(context);
      },
      signal: context.signal,
      onLeftOut: (path, why) => {
        context.progress.clear();
        context.stderr.write(`note: ${path} was left out: ${why}\n`);
      },
      onCopied: (more) => {
        bytes += more;
        context.progress.update(`copying: ${humanSize(bytes)}`);
      },
    });
  } catch (cause) {
    if (cause instanceof PlimsollError) throw cause;
    throw new PlimsollError('PL0871', `files could not be copied: ${systemReason(cause)}`, {
      help: 'see that there is room, and that nothing is mounted read-only there',
      cause,
    });
  } finally {
    for (const one of opened.reverse()) one.close();
  }
  context.progress.clear();
  const { isTerminal } = context.stderr;
  if (isTerminal && options.quiet !== true)
    context.stderr.write(`Successfully copied ${humanSize(bytes)} to ${shown(to)}\n`);
}

const shown = ({ container, path }: Side): string =>
  container === undefined ? path : `${container}:${path}`;

/** Keeps what a slash or /. at the end says. */
function absolute(path: string, cwd: string): string {
  const [end = ''] = /\/\.?$/.exec(path) ?? [];
  return `${resolve(cwd, path)}${end}`;
}

const root: Owner = { uid: 0, gid: 0 };

/** The user who copies: within a user namespace, its root, who is the user outside. */
function ownerHere({ user }: Context): Owner {
  return { uid: user ?? 0, gid: user ?? 0 };
}

async function writeArchive(
  { tree, path, name = '', users }: CopyEnd,
  options: CpOptions,
  context: Context,
): Promise<void> {
  if (context.stdout.isTerminal)
    throw new PlimsollError('PL0001', 'an archive is not written to a terminal', {
      help: 'send it to a program: plimsoll cp … - | tar -t',
    });
  const place = tree.find(path, options.followLink === true || /\/\.?$/.test(path));
  if (place?.status === undefined) throw noSuchFile(path, name);
  const archive = archiveWriter({ write: (chunk) => context.writeBytes(chunk) });
  await packPlace(place, archive, {
    opaqueAttributes: [],
    signal: context.signal,
    live: true,
    owner: users.toInside,
  });
  await archive.end();
}

/** PL0871 in docker's words. */
function noSuchFile(path: string, container: string): PlimsollError {
  return new PlimsollError('PL0871', `Could not find the file ${path} in container ${container}`, {
    help: `look: plimsoll exec ${container} ls -l ${path}`,
  });
}

async function readArchive(
  { tree, path, users }: CopyEnd,
  options: CpOptions,
  context: Context,
): Promise<void> {
  const place = tree.find(path, true);
  if (!isDirectory(place?.status) || place === undefined)
    throw new PlimsollError('PL0871', `destination "${path}" must be a directory`, {
      help: 'an archive is unpacked into a directory that is there',
    });
  const { unpackArchive } = await import('../../store/unpack/unpack-archive.ts');
  const directory = openPlace(place);
  try {
    await unpackArchive(
      stdinChunks(context, 'send one: tar -c . | plimsoll cp - web:/srv'),
      `/proc/self/fd/${directory}`,
      {
        limits: withLimits(),
        signal: context.signal,
        owner: (of) => users.toOutside(options.archive === true ? of : root),
        onLeftOut: (kind, at, why) =>
          context.stderr.write(`note: ${kind} of ${at} was left out: ${why}\n`),
      },
    );
  } finally {
    closeDescriptor(directory);
  }
}
