// An image and what a container changed: its layers with one more on top, its configuration with one more step in the
// history, as `docker commit` makes it.
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { ConfigJson } from '../image/config-change.ts';
import type { Descriptor } from '../image/image.ts';
import { isFault, parseJson, parseManifest } from '../image/oci-json.ts';
import { isJsonObject, type JsonObject } from '../lib/json.ts';
import type { StoredImage } from '../store/image-records.ts';
import type { ImageSource } from './image-source.ts';
import { type ImageForm, type MadeLayer, type MakeImageOptions, storeImage } from './make-image.ts';

/** What the new image is. */
export interface CommittedImage {
  readonly base: StoredImage;
  /** What lies on top of the base. */
  readonly layer: MadeLayer;
  readonly config: ConfigJson;
  readonly author?: string;
  readonly comment: string;
  /** What the container ran. */
  readonly createdBy: string;
  readonly created: Date;
  readonly form: ImageForm;
}

/** What docker once kept of the container that an image was made in. */
const ofOldContainers = new Set([
  'container',
  'container_config',
  'docker_version',
  'id',
  'parent',
]);

/** @throws PlimsollError PL0002, PL0105, PL0106, PL0108, PL0701, PL0702 */
export async function commitImage(
  { base, layer, config, author, comment, createdBy, created, form }: CommittedImage,
  options: MakeImageOptions,
): Promise<{ readonly source: ImageSource; readonly top: Descriptor }> {
  const { content } = options.store;
  const parsed = parseJson(content.read(base.manifest.digest));
  const manifest = isFault(parsed) ? parsed : parseManifest(parsed.value);
  if (isFault(manifest))
    throw new PlimsollError('PL0108', manifest.fault, {
      at: { layer: base.manifest.digest },
      help: 'pull the image of the container again',
    });
  const described = parseJson(content.read(manifest.config.digest));
  const before: JsonObject =
    !isFault(described) && isJsonObject(described.value) ? described.value : {};
  const kept = Object.entries(before).filter(([key]) => !ofOldContainers.has(key));
  const rootfs = isJsonObject(before['rootfs']) ? before['rootfs'] : {};
  const date = created.toISOString();
  const by = author === undefined ? {} : { author };
  return storeImage(
    {
      ...Object.fromEntries(kept),
      created: date,
      ...by,
      config,
      rootfs: { type: 'layers', diff_ids: [...listOf(rootfs['diff_ids']), layer.diffId] },
      history: [
        ...listOf(before['history']),
        {
          created: date,
          created_by: createdBy,
          ...by,
          ...(comment === '' ? {} : { comment }),
        },
      ],
    },
    [...manifest.layers, layer.blob],
    options,
    form,
  );
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
