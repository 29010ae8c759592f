// plimsoll spec IMAGE: the bundle that an OCI runtime takes (config.json and a root file system), for people who want to
// look at it, change it, or run it by hand.
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { arch, release } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { formatDiagnostic } from '../../diag/format-diagnostic.ts';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { problemList } from '../../diag/problem-list.ts';
import { plainSpecMount } from '../../engine/volumes/spec-mounts.ts';
import type { ImageTarget } from '../../image/image.ts';
import { formatBytes } from '../../lib/byte-count.ts';
import { systemReason } from '../../lib/system-reason.ts';
import type { ContainerConfig, NamespaceChoice } from '../../runtime/container-config.ts';
import { type GeneratedSpec, generateSpec } from '../../runtime/generate-spec.ts';
import { putBefore } from '../../runtime/imitated-host.ts';
import { withDevices, withHooks } from '../../runtime/injected.ts';
import { readSpecHost } from '../../runtime/read-spec-host.ts';
import { formatSpec } from '../../runtime/spec.ts';
import { asOption } from '../as-option.ts';
import { containerConfigOf } from '../container-config-of.ts';
import { addContainerOptions, type ContainerOptions } from '../container-options.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { volumeChoicesOf } from '../mounts-of.ts';
import { networkChoicesOf } from '../network-choices-of.ts';
import { optionSources } from '../option-sources.ts';
import { addViewOptions, imageArgument, type ViewOptions, withImage } from '../view-target.ts';
import { wrongOption } from '../wrong-option.ts';

interface SpecOptions extends ContainerOptions, ViewOptions {
  readonly bundle: string;
  readonly as?: string;
}

/** Bytes of /etc/passwd and /etc/group that are read: large organisations have a few megabytes. */
const accountBytes = 16 * 1024 * 1024;
/** Problems of unpacking that are shown. */
const shownProblems = 20;

/** The folders and files of a bundle. */
interface Bundle {
  readonly folder: string;
  readonly root: string;
  readonly config: string;
  /** Removes what was made. */
  undo(): void;
}

function makeBundle(folder: string): Bundle {
  const root = join(folder, 'rootfs');
  const config = join(folder, 'config.json');
  for (const path of [root, config]) {
    if (statSync(path, { throwIfNoEntry: false }) === undefined) continue;
    throw new PlimsollError('PL0806', `${path} exists`, {
      at: { path },
      help: 'remove it first, or name another folder: --bundle DIR',
    });
  }
  const made = statSync(folder, { throwIfNoEntry: false }) === undefined;
  try {
    // Not for others: a root file system has setuid programs in it.
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    mkdirSync(root, { mode: 0o755 });
  } catch (cause) {
    throw new PlimsollError('PL0806', `the bundle cannot be written: ${systemReason(cause)}`, {
      at: { path: folder },
      help: 'name a folder that you may write to: --bundle DIR',
      cause,
    });
  }
  const undo = (): void => {
    for (const path of made ? [folder] : [root, config])
      rmSync(path, { recursive: true, force: true });
  };
  return { folder, root, config, undo };
}

/** Networks and mounts as far as they need no engine. @throws PlimsollError PL0001 */
function plainConfig(options: SpecOptions, config: ContainerConfig, cwd: string): ContainerConfig {
  const { choices } = networkChoicesOf(options);
  const { mode, target = '' } = choices;
  const ownNamespace = mode === 'none' || (mode === 'networks' && choices.attachments.length === 0);
  if (!ownNamespace && mode !== 'host' && mode !== 'path')
    throw wrongOption('--network', options.network?.join(' ') ?? '', 'none, host, or ns:PATH');
  const { mounts, volumesFrom } = volumeChoicesOf(options, {
    resolve: (path) => resolve(cwd, path),
  });
  const [from] = volumesFrom;
  if (from !== undefined) throw wrongOption('--volumes-from', from, 'directories named by -v');
  for (const name of ['pid', 'ipc', 'uts'] as const)
    if (config.namespaces[name].kind === 'container')
      throw wrongOption(`--${name}`, options[name] ?? '', 'private, host, or ns:PATH');
  const network: NamespaceChoice =
    mode === 'host'
      ? { kind: 'host' }
      : mode === 'path'
        ? { kind: 'path', path: target }
        : { kind: 'private' };
  return {
    ...config,
    namespaces: { ...config.namespaces, network },
    mounts: [
      ...config.mounts,
      ...mounts.map((mount) => {
        if (mount.kind !== 'volume') return plainSpecMount(mount);
        throw wrongOption(
          '--volume',
          mount.name ?? mount.destination,
          'a directory of this machine and an absolute path in the container: ./data:/srv[:ro]',
        );
      }),
    ],
  };
}

/** Unpacks the image's layers into the bundle. */
async function unpack(image: ImageTarget, root: string, context: Context): Promise<void> {
  const { unpackToDirectory } = await import('../../store/unpack/unpack-to-directory.ts');
  const problems = problemList(shownProblems);
  const { length } = image.layers;
  await unpackToDirectory(image, root, {
    signal: context.signal,
    owners: context.user === 0,
    onProblem: problems.add,
    onProgress: (layer, bytes) =>
      context.progress.update(`unpacking layer ${layer + 1} of ${length}: ${formatBytes(bytes)}`),
  });
  context.progress.clear();
  if (context.verbosity === 'quiet') return;
  for (const problem of problems.all())
    context.stderr.write(formatDiagnostic(problem, context.stderr.style));
}

/** With --as: the host is put before the container, and what that comes to joins the notes. */
async function asHost(
  { spec, notes }: GeneratedSpec,
  config: ContainerConfig,
  {
    options,
    folder,
    root,
  }: { readonly options: SpecOptions; readonly folder: string; readonly root: string },
  context: Context,
): Promise<GeneratedSpec> {
  if (options.as === undefined) return { spec, notes };
  const { imitationOf, imitationLines } = await import('../imitation.ts');
  const { bounding } = spec.process.capabilities;
  const imitation = await imitationOf(options.as, config, bounding, context);
  const places = { folder: join(folder, 'host'), root };
  return {
    spec: putBefore(imitation.host, spec, places, context.environment['PATH']),
    notes: [...notes, ...imitationLines(imitation)],
  };
}

async function writeBundle(
  image: ImageTarget,
  command: readonly string[],
  options: SpecOptions,
  context: Context,
): Promise<void> {
  const folder = resolve(context.cwd, options.bundle);
  const id = basename(folder).replace(/[^\w+.-]/g, '-') || 'container';
  // What is wrong with the options shows before anything is unpacked.
  const config = plainConfig(
    options,
    containerConfigOf(options, command, id, optionSources(context)),
    context.cwd,
  );
  const { own } = context;
  const host = {
    ...readSpecHost({ arch: arch(), release: release() }),
    ...(own === undefined || own.uid === 0 ? {} : { ordinaryUser: own }),
  };
  const bundle = makeBundle(folder);
  try {
    await unpack(image, bundle.root, context);
    const { readBelow } = await import('../../store/unpack/read-below.ts');
    const text = (path: string): string =>
      readBelow(bundle.root, path, accountBytes)?.toString('utf8') ?? '';
    const given = await withDevices(config);
    const made = generateSpec({
      id,
      config: given.config,
      image: image.config,
      accounts: { passwd: text('/etc/passwd'), group: text('/etc/group') },
      host,
      root: 'rootfs',
    });
    const hooked = await withHooks(made.spec, given.hooks, config.hookFolders);
    const { spec, notes } = await asHost(
      { spec: hooked, notes: [...given.notes, ...made.notes] },
      given.config,
      { options, folder, root: bundle.root },
      context,
    );
    writeFileSync(bundle.config, formatSpec(spec), { mode: 0o600 });
    if (context.verbosity === 'quiet') return;
    for (const note of notes) context.stderr.write(`note: ${note}\n`);
    const shown = options.bundle === '.' ? '' : ` --bundle ${options.bundle}`;
    context.stdout.write(`${bundle.folder}\nrun it: runc run${shown} ${id}\n`);
  } catch (error) {
    bundle.undo();
    throw error;
  }
}

/** Adds `plimsoll spec` to the program. */
export function register(program: Command, context: Context): void {
  // Options after the image belong to what is started in it.
  program.enablePositionalOptions();
  const command = program
    .command('spec')
    .description(
      'Writes the bundle of a container for an OCI runtime: config.json and the root file system of an image, ' +
        "with docker's defaults and options. Nothing is started.",
    )
    .argument('<image>', imageArgument)
    .argument('[command...]', "what to start instead of the image's own")
    .passThroughOptions()
    .addOption(new Option('-b, --bundle <dir>', 'where it is written').default('.'));
  // As docker has it: -h is the host name here.
  command.helpOption('--help', 'show help');
  addContainerOptions(command);
  command.addOption(asOption());
  addViewOptions(command);
  addExamples(command, [
    { line: 'plimsoll spec -b ./box debian:12 bash', says: 'then: cd box && runc run x' },
    {
      line: 'plimsoll spec -b ./box --read-only --cap-drop ALL --memory 256m web:1',
      says: 'with limits',
    },
    {
      line: 'plimsoll spec -b ./box --security-opt seccomp=./profile.json oci:./layout',
      says: 'with a filter of your own',
    },
    {
      line: 'plimsoll spec -b ./box --as rhel:8.6 web:1',
      says: 'with that kernel surface in front',
    },
  ]);
  command.action((image: string, rest: readonly string[], options: SpecOptions) =>
    withImage(image, options, context, (opened) => writeBundle(opened, rest, options, context)),
  );
}
