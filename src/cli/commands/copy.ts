// plimsoll copy: an image from any place to any other: registries, archives, layouts, the store. skopeo's copy.
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import type { Platform } from '../../image/image.ts';
import type { ImageName } from '../../image/image-name.ts';
import { formatImageName } from '../../image/image-name.ts';
import { isFault } from '../../image/oci-json.ts';
import { type Limits, withLimits } from '../../lib/limits.ts';
import { compressLayers, type LayerCompression } from '../../transfer/compress-layers.ts';
import { type BlobState, copyImage } from '../../transfer/copy-image.ts';
import { type Destination, parseDestination } from '../../transfer/destination.ts';
import { openDockerDirectorySink } from '../../transfer/docker-directory-sink.ts';
import type { ImageSink } from '../../transfer/image-sink.ts';
import type { SourceImage } from '../../transfer/image-source.ts';
import { openLayoutSink } from '../../transfer/layout-sink.ts';
import { type CopyPlan, planCopy } from '../../transfer/plan-copy.ts';
import { receiveImage } from '../../transfer/receive-image.ts';
import { openRegistrySink } from '../../transfer/registry-sink.ts';
import { openArchiveOutput } from '../archive-output.ts';
import type { Context } from '../context.ts';
import { type CopySource, openCopySource } from '../copy-source.ts';
import { addExamples } from '../examples.ts';
import { layerLines, noLines } from '../layer-lines.ts';
import {
  authfileOption,
  credsOption,
  openRegistryFor,
  type RegistryChoice,
  tlsVerifyOption,
} from '../open-registry.ts';
import { addStoreOption, type StoreOption, storeToWrite } from '../open-store.ts';
import { openUnpacker } from '../open-unpacker.ts';
import { platformOption } from '../platform-option.ts';

interface CopyCommandOptions extends StoreOption {
  readonly all?: boolean;
  readonly platform?: Platform;
  readonly destCompressFormat?: LayerCompression;
  readonly authfile?: string;
  readonly tlsVerify?: boolean;
  readonly srcTlsVerify?: boolean;
  readonly destTlsVerify?: boolean;
  readonly srcCreds?: NonNullable<RegistryChoice['creds']>;
  readonly destCreds?: NonNullable<RegistryChoice['creds']>;
}

/** Adds `plimsoll copy` to the program. */
export function register(program: Command, context: Context): void {
  const command = program
    .command('copy')
    .description(
      'Copies an image from any place to any other, byte for byte.\n' +
        'A source is whatever can be checked: NAME in the store or a registry, docker://NAME, a file, oci:DIR[:TAG]. A destination is docker://NAME, oci:DIR[:TAG], oci-archive:FILE[:TAG], docker-archive:FILE[:NAME], dir:DIR, or NAME in the store.',
    )
    .argument('<source>', 'what is copied')
    .argument('<destination>', 'where to; an archive may be - for standard output')
    .option('-a, --all', 'all platforms of an index, with the index')
    .addOption(platformOption('the image for this platform (default: the one of this machine)'))
    .addOption(
      new Option(
        '--dest-compress-format <format>',
        'compress layers that are plain; the image gets another digest',
      ).choices(['gzip', 'zstd']),
    )
    .addOption(authfileOption())
    .addOption(tlsVerifyOption())
    .addOption(tlsVerifyOption('src-'))
    .addOption(tlsVerifyOption('dest-'))
    .addOption(credsOption('src-'))
    .addOption(credsOption('dest-'))
    .action(async (from: string, to: string, options: CopyCommandOptions) => {
      await copy(from, to, options, context);
    });
  addStoreOption(command);
  addExamples(command, [
    {
      line: 'plimsoll copy --all docker://redis:8 docker://registry.example/mirror/redis:8',
      says: 'from registry to registry, all platforms',
    },
    { line: 'plimsoll copy image.tar oci:layout:8', says: 'into an OCI layout' },
    {
      line: 'plimsoll copy redis:8 oci-archive:- | ssh host plimsoll load',
      says: 'to another machine',
    },
  ]);
}

const words: Readonly<Record<BlobState, string>> = {
  waiting: 'Waiting',
  copying: 'Copying',
  copied: 'Copied',
  exists: 'Already exists',
  mounted: 'Mounted',
};

function registryChoice(options: CopyCommandOptions, side: 'src' | 'dest'): RegistryChoice {
  const { authfile, tlsVerify } = options;
  const verify = (side === 'src' ? options.srcTlsVerify : options.destTlsVerify) ?? tlsVerify;
  const creds = side === 'src' ? options.srcCreds : options.destCreds;
  return {
    ...(authfile === undefined ? {} : { authfile }),
    ...(verify === undefined ? {} : { tlsVerify: verify }),
    ...(creds === undefined ? {} : { creds }),
  };
}

async function copy(
  from: string,
  to: string,
  options: CopyCommandOptions,
  context: Context,
): Promise<void> {
  const destination = parseDestination(to);
  if (isFault(destination)) {
    throw new PlimsollError('PL0001', destination.fault, {
      at: { target: to },
      ...(destination.help === undefined ? {} : { help: destination.help }),
    });
  }
  const { signal } = context;
  const limits = withLimits();
  const opened = await openCopySource(from, {
    store: options,
    registry: registryChoice(options, 'src'),
    ...(options.platform === undefined ? {} : { platform: options.platform }),
    context,
  });
  try {
    const image = onlyImage(opened, from);
    const plan = await planCopy(opened.source, image.top, {
      platforms: options.all ? 'all' : options.platform,
      keepIndex: destination.kind === 'store',
      limits,
      signal,
    });
    const common = { image, destination, options, limits, context };
    if (options.destCompressFormat === undefined) {
      await put({ ...common, opened, plan });
      return;
    }
    const compressed = await compressLayers(opened.source, plan, {
      compression: options.destCompressFormat,
      temporaryFolder: tmpdir(),
      limits,
      signal,
    });
    try {
      const { source, plan: smaller } = compressed;
      await put({ ...common, opened: { ...opened, source }, plan: smaller });
    } finally {
      await compressed.close();
    }
  } finally {
    await opened.close();
  }
}

function onlyImage({ source }: CopySource, from: string): SourceImage {
  const [first, ...more] = source.images;
  if (first !== undefined && more.length === 0) return first;
  const names = source.images.flatMap((image) => image.names.map(formatImageName));
  throw new PlimsollError('PL0101', 'there are several images', {
    at: { target: from },
    notes: [names.length === 0 ? 'they have no names' : `there are: ${names.join(', ')}`],
    help: 'name one after the file: oci:DIR:TAG, docker-archive:FILE:NAME:TAG; or take all with plimsoll load',
  });
}

/** All that putting needs. */
interface Putting {
  readonly opened: CopySource;
  readonly image: SourceImage;
  readonly plan: CopyPlan;
  readonly destination: Destination;
  readonly options: CopyCommandOptions;
  readonly limits: Limits;
  readonly context: Context;
}

async function put(putting: Putting): Promise<void> {
  const { opened, image, plan, destination, options, limits, context } = putting;
  const { signal, verbosity, environment } = context;
  const toStdout = 'path' in destination && destination.path === '-';
  const output = toStdout ? context.stderr : context.stdout;
  const live = output.isTerminal && environment['TERM'] !== 'dumb';
  const now = (): number => context.now().getTime();
  const lines = verbosity === 'quiet' ? noLines : layerLines(output, { live, now, verb: 'copied' });
  const show = (digest: string, state: BlobState, bytes: number, total: number): void => {
    const phase = state === 'waiting' ? state : state === 'copying' ? 'active' : 'done';
    lines.set({ digest, says: words[state], phase, bytes, total });
  };
  try {
    if (destination.kind === 'store') {
      await putInStore(putting, destination.name, show);
    } else {
      const sink = await openSink(destination, opened, { options, limits, context });
      const names = 'name' in destination && destination.name ? [destination.name] : tagged(image);
      try {
        await copyImage(opened.source, plan, sink.sink, names, {
          signal,
          onBlob: ({ digest, size }, state, bytes) => show(digest, state, bytes, size),
        });
        await sink.sink.finish();
      } catch (error) {
        await sink.sink.abort();
        throw error;
      } finally {
        sink.close();
      }
    }
  } finally {
    lines.end();
  }
  output.write(`Digest: ${plan.top.descriptor.digest}\n`);
}

const tagged = ({ names }: SourceImage): readonly ImageName[] =>
  names.filter(({ tag, digest }) => tag !== undefined && digest === undefined);

async function putInStore(
  { opened, plan, options, limits, context }: Putting,
  name: ImageName,
  show: (digest: string, state: BlobState, bytes: number, total: number) => void,
): Promise<void> {
  const store = await storeToWrite(options, context);
  try {
    const lease = await store.lease();
    const { unpack } = await openUnpacker(store, context);
    const there = new Set<string>();
    await receiveImage(opened.source, plan, [name], {
      store,
      lease,
      unpack,
      limits,
      signal: context.signal,
      onLayer({ digest, size }, state, bytes) {
        if (state === 'exists') there.add(digest);
        if (state === 'done') show(digest, there.has(digest) ? 'exists' : 'copied', bytes, size);
        else if (state !== 'exists')
          show(digest, state === 'waiting' ? state : 'copying', bytes, size);
      },
    });
    lease.release();
  } finally {
    store.close();
  }
}

async function openSink(
  destination: Exclude<Destination, { readonly kind: 'store' }>,
  { repository }: CopySource,
  { options, limits, context }: Pick<Putting, 'options' | 'limits' | 'context'>,
): Promise<{ readonly sink: ImageSink; close(): void }> {
  const close = (): void => undefined;
  switch (destination.kind) {
    case 'registry': {
      const { name } = destination;
      const { registry } = await openRegistryFor(registryChoice(options, 'dest'), context, limits);
      // Both in one registry: its layers need not be sent.
      const near = repository?.domain === name.domain && repository.path !== name.path;
      const mountFrom = near ? { mountFrom: () => repository.path } : {};
      const sink = openRegistrySink(registry, name, mountFrom);
      return { sink, close: () => registry.close() };
    }
    case 'oci-dir': {
      const sink = await openLayoutSink(resolve(context.cwd, destination.path), destination.tag);
      return { sink, close };
    }
    case 'docker-dir':
      return { sink: await openDockerDirectorySink(resolve(context.cwd, destination.path)), close };
    default: {
      const { path, kind, tag } = destination;
      return { sink: await openArchiveOutput(path, kind, context, tag), close };
    }
  }
}
