// The end of import and commit: an image that was made in the store is unpacked and gets its names.
import { formatDiagnostic } from '../diag/format-diagnostic.ts';
import type { Descriptor } from '../image/image.ts';
import type { ImageName } from '../image/image-name.ts';
import { humanSize } from '../lib/human-units.ts';
import { withLimits } from '../lib/limits.ts';
import type { Lease, Store } from '../store/store.ts';
import type { ImageSource } from '../transfer/image-source.ts';
import { planCopy } from '../transfer/plan-copy.ts';
import { receiveImage } from '../transfer/receive-image.ts';
import type { Context } from './context.ts';
import { openUnpacker } from './open-unpacker.ts';

/** Unpacks the image, sets its names and gives its id. @throws PlimsollError as planCopy and receiveImage */
export async function receiveMade(
  { source, top }: { readonly source: ImageSource; readonly top: Descriptor },
  names: readonly ImageName[],
  {
    store,
    lease,
    context,
  }: {
    readonly store: Store;
    readonly lease: Lease;
    readonly context: Context;
  },
): Promise<string> {
  const { signal, progress, stderr } = context;
  const limits = withLimits();
  const plan = await planCopy(source, top, {
    platforms: 'present',
    keepIndex: true,
    limits,
    signal,
  });
  const { unpack } = await openUnpacker(store, context);
  await receiveImage(source, plan, names, {
    store,
    lease,
    unpack,
    limits,
    signal,
    onLayer: (_layer, _state, bytes) => progress.update(`unpacking: ${humanSize(bytes)}`),
    onProblem(problem) {
      progress.clear();
      stderr.write(formatDiagnostic(problem, stderr.style));
    },
  });
  return plan.images[0]?.config?.digest ?? top.digest;
}
