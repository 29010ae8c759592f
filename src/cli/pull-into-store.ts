// Pulling as commands do it: the store, the unpacking, and what is shown meanwhile.
import { formatDiagnostic } from '../diag/format-diagnostic.ts';
import type { Descriptor, Digest, Platform } from '../image/image.ts';
import {
  defaultTag,
  familiarName,
  formatImageName,
  type ImageName,
  withDefaultTag,
} from '../image/image-name.ts';
import { withLimits } from '../lib/limits.ts';
import type { Registry } from '../registry/registry.ts';
import type { Store } from '../store/store.ts';
import type { PulledImage } from '../transfer/pull-image.ts';
import type { LayerState } from '../transfer/receive-image.ts';
import type { Context, Output } from './context.ts';
import { type LayerLines, layerLines, noLines } from './layer-lines.ts';
import { openUnpacker } from './open-unpacker.ts';

/** What an image is pulled with. */
export interface PullingParts {
  readonly registry: Registry;
  readonly store: Store;
  readonly options: { readonly quiet?: boolean; readonly platform?: Platform };
  readonly context: Context;
  /** Where it is told what goes on. */
  readonly output: Output;
}

/**
 * Pulls one image and says so in docker's words.
 * @throws PlimsollError as pullImage
 */
export async function pullIntoStore(name: ImageName, pulling: PullingParts): Promise<void> {
  const { registry, store, options, context, output } = pulling;
  const { signal, environment } = context;
  const { pullImage } = await import('../transfer/pull-image.ts');
  const full = withDefaultTag(name);
  const said = options.quiet ? () => {} : (line: string) => output.write(`${line}\n`);
  if (full !== name) said(`Using default tag: ${defaultTag}`);
  const live = output.isTerminal && environment['TERM'] !== 'dumb';
  const now = (): number => context.now().getTime();
  const lines = options.quiet ? noLines : layerLines(output, { live, now, verb: 'pulled' });
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
    output.write(`${pulled.id}\n`);
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
