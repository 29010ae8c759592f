// plimsoll pull: images of registries into the store, ready to be run.
import type { Command } from 'commander';
import { formatDiagnostic } from '../../diag/format-diagnostic.ts';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import type { Descriptor, Digest, Platform } from '../../image/image.ts';
import {
  defaultTag,
  familiarName,
  formatImageName,
  type ImageName,
  withDefaultTag,
} from '../../image/image-name.ts';
import { interrupted } from '../../image/interrupted.ts';
import { withLimits } from '../../lib/limits.ts';
import type { RegistryConfiguration } from '../../registry/configuration.ts';
import type { Registry } from '../../registry/registry.ts';
import type { Store } from '../../store/store.ts';
import type { PulledImage } from '../../transfer/pull-image.ts';
import type { LayerState } from '../../transfer/receive-image.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { exitCodes } from '../exit-code.ts';
import { type LayerLines, layerLines, noLines } from '../layer-lines.ts';
import { firstOf } from '../open-image.ts';
import { addRegistryOptions, openRegistryFor, type RegistryChoice } from '../open-registry.ts';
import { addStoreOption, type StoreOption, storeToWrite } from '../open-store.ts';
import { openUnpacker } from '../open-unpacker.ts';
import { platformOption } from '../platform-option.ts';

interface PullCommandOptions extends StoreOption, RegistryChoice {
  readonly allTags?: boolean;
  readonly platform?: Platform;
  readonly quiet?: boolean;
}

/** Adds `plimsoll pull` to the program. */
export function register(program: Command, context: Context): void {
  const command = program
    .command('pull')
    .description(
      'Pulls images from registries into the store and unpacks them.\n' +
        'What is there already is not fetched again, and a pull that was interrupted goes on where it was.',
    )
    .argument('<name...>', 'NAME[:TAG] or NAME@DIGEST')
    .option('-a, --all-tags', 'all tags of the repository')
    .addOption(platformOption('the image for this platform (default: the one of this machine)'))
    .option('-q, --quiet', 'print the id alone')
    .action(async (names: readonly string[], options: PullCommandOptions) => {
      await pull(names, options, context);
    });
  addRegistryOptions(command);
  addStoreOption(command);
  addExamples(command, [
    { line: 'plimsoll pull redis:8', says: 'from docker.io' },
    { line: 'plimsoll pull ghcr.io/o/app:1 quay.io/o/db:2', says: 'several' },
    { line: 'plimsoll pull --platform linux/arm64 debian:13', says: 'for another machine' },
  ]);
}

/** What all pulls of one run share. */
interface Pulling {
  readonly registry: Registry;
  readonly configuration: RegistryConfiguration;
  readonly store: Store;
  readonly options: PullCommandOptions;
  readonly context: Context;
}

async function pull(
  names: readonly string[],
  options: PullCommandOptions,
  context: Context,
): Promise<void> {
  const { registry, configuration } = await openRegistryFor(options, context);
  try {
    const store = await storeToWrite(options, context);
    try {
      const pulling: Pulling = { registry, configuration, store, options, context };
      for (const name of names) await pullOrTell(name, names.length > 1, pulling);
    } finally {
      store.close();
    }
  } finally {
    registry.close();
  }
}

/** With several names a failure of one does not keep the others. */
async function pullOrTell(text: string, several: boolean, pulling: Pulling): Promise<void> {
  const { context } = pulling;
  try {
    await pullNamed(text, pulling);
  } catch (error) {
    if (!several || context.signal.aborted || !(error instanceof PlimsollError)) throw error;
    context.stderr.write(formatDiagnostic(error.diagnostic, context.stderr.style));
    context.setExitCode(exitCodes.fails);
  }
}

async function pullNamed(text: string, pulling: Pulling): Promise<void> {
  const { configuration, registry, options, context } = pulling;
  const { namesMeant } = await import('../../registry/endpoints.ts');
  // As skopeo and podman name it; it could be nothing else here.
  const meant = namesMeant(text.replace(/^docker:\/\//, ''), configuration);
  if (!options.allTags) {
    await firstOf(meant, (name) => pullOne(name, pulling));
    return;
  }
  const tagged = meant.find(({ tag, digest }) => (tag ?? digest) !== undefined);
  if (tagged !== undefined) {
    throw new PlimsollError('PL0001', 'a tag cannot be named together with --all-tags', {
      help: `leave one of them away: plimsoll pull --all-tags ${familiarName({ domain: tagged.domain, path: tagged.path })}`,
    });
  }
  await firstOf(meant, async (name) => {
    for await (const tag of registry.tags(name, context.signal)) {
      if (context.signal.aborted) throw interrupted(context.signal);
      await pullOne({ ...name, tag }, pulling);
    }
  });
}

async function pullOne(name: ImageName, pulling: Pulling): Promise<void> {
  const { registry, store, options, context } = pulling;
  const { stdout, signal, environment } = context;
  const { pullImage } = await import('../../transfer/pull-image.ts');
  const full = withDefaultTag(name);
  const said = options.quiet ? () => {} : (line: string) => stdout.write(`${line}\n`);
  if (full !== name) said(`Using default tag: ${defaultTag}`);
  const live = stdout.isTerminal && environment['TERM'] !== 'dumb';
  const now = (): number => context.now().getTime();
  const lines = options.quiet ? noLines : layerLines(stdout, { live, now, verb: 'pulled' });
  const lease = await store.lease();
  let pulled: PulledImage;
  try {
    const { unpack } = await openUnpacker(store, context);
    pulled = await pullImage(full, {
      registry,
      store,
      lease,
      limits: withLimits(),
      signal,
      unpack,
      ...(options.platform === undefined ? {} : { platform: options.platform }),
      onPlan: () => said(`${full.digest ?? full.tag ?? defaultTag}: Pulling from ${full.path}`),
      onLayer: showLayers(lines),
      onProblem: (problem) => {
        if (context.verbosity === 'verbose')
          context.stderr.write(formatDiagnostic(problem, context.stderr.style));
      },
    });
  } finally {
    lines.end();
    lease.release();
  }
  if (options.quiet) {
    stdout.write(`${pulled.id}\n`);
    return;
  }
  const what = pulled.upToDate ? 'Image is up to date for' : 'Downloaded newer image for';
  said(`Digest: ${pulled.target.digest}`);
  said(`Status: ${what} ${familiarName(full)}`);
  said(formatImageName(full));
}

/** Layers in docker's words. */
function showLayers(
  lines: LayerLines,
): (layer: Descriptor, state: LayerState, bytes: number) => void {
  const there = new Set<Digest>();
  const done = new Set<Digest>();
  /** All bytes are there: while they come, unpacking keeps close behind and is not told of. */
  const whole = new Set<Digest>();
  return ({ digest, size: total }, state, bytes) => {
    if (done.has(digest)) return;
    switch (state) {
      case 'waiting':
        lines.set({ digest, says: 'Pulling fs layer', phase: 'waiting' });
        break;
      case 'exists':
        // It may still have to be unpacked.
        there.add(digest);
        whole.add(digest);
        lines.set({ digest, says: 'Already exists', phase: 'waiting' });
        break;
      case 'downloading':
        lines.set({ digest, says: 'Downloading', phase: 'active', bytes, total });
        break;
      case 'downloaded':
        whole.add(digest);
        lines.set({ digest, says: 'Download complete', phase: 'waiting' });
        break;
      case 'unpacking':
        if (whole.has(digest))
          lines.set({ digest, says: 'Extracting', phase: 'active', bytes, total });
        break;
      case 'done':
        done.add(digest);
        lines.set({
          digest,
          says: there.has(digest) ? 'Already exists' : 'Pull complete',
          phase: 'done',
        });
    }
  };
}
