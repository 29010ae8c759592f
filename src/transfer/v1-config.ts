// The configuration of an image from before Docker 1.10, made of what its layers say of themselves: the top layer's json
// without what concerns that layer alone, with the layers' digests and a history. As docker's own migration did it
// (moby image/v1, MakeConfigFromV1Config).
import type { SavedImage } from '../image/docker-archive.ts';
import type { Digest } from '../image/image.ts';
import { type ImageRequest, readJson } from '../image/oci-image.ts';
import { isJsonObject, type JsonObject } from '../lib/json.ts';

/** What a layer's json says of that layer. */
const ofOneLayer = new Set(['id', 'parent', 'Size', 'parent_id', 'layer_id', 'throwaway']);

/** The configuration in JSON. @throws PlimsollError PL0105 to PL0107, PL0205 */
export async function configFromV1(
  request: ImageRequest,
  image: SavedImage,
  diffIds: readonly Digest[],
): Promise<Buffer> {
  const jsons: JsonObject[] = [];
  for (const layer of image.layers) {
    const json = await readJson(request, layer.replace(/layer\.tar$/, 'json'));
    jsons.push(isJsonObject(json) ? json : {});
  }
  const top = Object.entries(jsons.at(-1) ?? {}).filter(([key]) => !ofOneLayer.has(key));
  return Buffer.from(
    JSON.stringify({
      os: 'linux',
      ...Object.fromEntries(top),
      rootfs: { type: 'layers', diff_ids: diffIds },
      history: jsons.map(historyOf),
    }),
  );
}

function historyOf(json: JsonObject): JsonObject {
  const made = isJsonObject(json['container_config']) ? json['container_config']['Cmd'] : undefined;
  const words = Array.isArray(made) ? made.filter((word) => typeof word === 'string') : [];
  return {
    created: json['created'],
    author: json['author'],
    created_by: words.length === 0 ? undefined : words.join(' '),
    comment: json['comment'],
  };
}
