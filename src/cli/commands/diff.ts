// plimsoll diff IMAGE IMAGE: what two images do not have in common. diff CONTAINER: what it changed, as docker tells it.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { printable } from '../../lib/printable.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { type FormatOptions, formatOption, writeJson } from '../output-format.ts';
import {
  addViewOptions,
  imageArgument,
  type ViewOptions,
  withCache,
  withTarget,
} from '../view-target.ts';

const parts = ['config', 'packages', 'needs', 'hosts', 'files'] as const;

interface DiffOptions extends ViewOptions, FormatOptions {
  readonly only: readonly (typeof parts)[number][];
  readonly host: readonly string[];
  readonly all?: boolean;
  readonly exitCode?: boolean;
}

/** Hosts that are looked at when none is named: those that most people run, old and new, and one sandbox. */
const usualHosts = [
  'rhel:7.9',
  'rhel:8.10',
  'rhel:9.4',
  'debian:11',
  'debian:12',
  'debian:13',
  'ubuntu:22.04',
  'ubuntu:24.04',
  'gvisor',
];

function parseParts(
  value: string,
  before: readonly (typeof parts)[number][],
): readonly (typeof parts)[number][] {
  return [
    ...before,
    ...value.split(',').map((word) => {
      const part = parts.find((one) => one === word.trim());
      if (part === undefined)
        throw new InvalidArgumentError(`'${word}' is none of ${parts.join(', ')}.`);
      return part;
    }),
  ];
}

/** What the container of this name changed. @throws PlimsollError PL0820, PL0821 */
async function writeChanges(name: string, options: DiffOptions, context: Context): Promise<void> {
  const { rerunWithContainers } = await import('../user-namespace.ts');
  if (await rerunWithContainers(context)) return;
  const { withEngine } = await import('../open-engine.ts');
  const { containerChanges, mountPointsOf } = await import('../../engine/files/changes.ts');
  const { containerLayers } = await import('../../engine/files/container-layers.ts');
  await withEngine(options, context, async (engine) => {
    const container = engine.records.find(name);
    const layers = await containerLayers(engine, container);
    const changes = containerChanges(layers, mountPointsOf(container.settings));
    if (options.exitCode === true && changes.length > 0) context.setExitCode(1);
    if (options.format === 'json') writeJson(context, changes);
    else for (const { kind, path } of changes) context.stdout.write(`${kind} ${printable(path)}\n`);
  });
}

async function run(
  from: string,
  to: string | undefined,
  options: DiffOptions,
  context: Context,
): Promise<void> {
  if (to === undefined) {
    // No container is called like a file, or like an image with a tag.
    if (/[/:]/.test(from))
      throw new PlimsollError('PL0001', 'diff compares two images, got one', {
        help: `plimsoll diff ${from} OTHER; what a container changed: plimsoll diff CONTAINER`,
      });
    await writeChanges(from, options, context);
    return;
  }
  const { compareImages } = await import('../../check/compare-images.ts');
  const { findHost } = await import('../../host/find-host.ts');
  const { hostSources } = await import('../host-sources.ts');
  const { withNeeds } = await import('../read-target.ts');
  const wanted = new Set(options.only.length > 0 ? options.only : parts);
  const names = options.host.length > 0 ? options.host : usualHosts;
  const sources = hostSources(context, options.cache);
  const offers = wanted.has('hosts')
    ? await Promise.all(names.map((name) => findHost(name, sources)))
    : [];
  const { progress, signal } = context;
  const difference = await withTarget(from, options, context, (before) =>
    withTarget(to, options, context, (after) =>
      withCache(options, context, (cache) =>
        withNeeds(before, cache, context, (old) =>
          withNeeds(after, cache, context, (now) =>
            compareImages(
              { target: before, needs: old },
              { target: after, needs: now },
              {
                parts: wanted,
                offers,
                today: context.now().toISOString().slice(0, 10),
                signal,
                onReading: (files) => progress.update(`comparing the bytes of ${files} files`),
              },
            ),
          ),
        ),
      ),
    ),
  );
  progress.clear();
  const { configuration, packages, needs, hosts, files } = difference;
  const differs = [configuration, packages, needs, hosts, files].some((list) => list.length > 0);
  if (options.exitCode === true && differs) context.setExitCode(1);
  if (options.format === 'json') {
    writeJson(context, difference);
    return;
  }
  const { formatImageDifference } = await import('../../report/image-difference.ts');
  const { width, style } = context.stdout;
  const all = options.all === true || context.verbosity === 'verbose';
  context.stdout.write(formatImageDifference(difference, { width, style, all }));
}

/** Adds `plimsoll diff` to the program. */
export function register(program: Command, context: Context): void {
  const command = program
    .command('diff')
    .description(
      'Shows what a container changed in the files of its image (A added, C changed, D deleted).\n' +
        'Of two images, what they do not have in common: configuration, packages, what they need of a\n' +
        'host and for which hosts that matters, files.',
    )
    .argument(
      '<from>',
      `name or id of a container; or the older image: ${imageArgument}; or a root file system`,
    )
    .argument('[to]', 'the newer image')
    .addOption(formatOption())
    .addOption(
      new Option('--only <parts>', `look at these only: ${parts.join(', ')}; several with commas`)
        .argParser(parseParts)
        .default([], 'all'),
    )
    .addOption(
      new Option('-H, --host <host>', 'a host to look at; may be repeated')
        .argParser((value: string, before: readonly string[]) => [...before, value])
        .default([], usualHosts.join(', ')),
    )
    .option('-a, --all', 'show every file, package and finding')
    .option('--exit-code', 'end with 1 when there is a difference');
  addViewOptions(command).action((from: string, to: string | undefined, options: DiffOptions) =>
    run(from, to, options, context),
  );
  addExamples(command, [
    { line: 'plimsoll diff web', says: 'what a container changed' },
    {
      line: 'plimsoll diff redis:7 redis:8',
      says: 'what an update brings, and where it would break',
    },
    {
      line: 'plimsoll diff --only packages old.tar new.tar',
      says: 'packages alone, of two archives',
    },
    {
      line: 'plimsoll diff --only files --all --format json app:1 app:2',
      says: 'every file that changed, for a program to read',
    },
  ]);
}
