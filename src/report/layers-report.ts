// What the layers of an image did, on the terminal and as JSON (`plimsoll.layers/1`).
import type { LayerAnalysis, LayerChange, WastedPath } from '../image/analyse-layers.ts';
import { counted } from '../lib/counted.ts';
import { humanSize } from '../lib/human-units.ts';
import { printable } from '../lib/printable.ts';
import type { Style } from '../lib/style.ts';
import { cutFrontToWidth } from '../lib/text-width.ts';
import { inColumns } from './columns.ts';

/** A layer as people know it. */
export interface LayerLabel {
  /** Digest of the uncompressed tar, else of the blob, else its place. */
  readonly id: string;
  /** The step that made it; empty where the image does not say. */
  readonly createdBy: string;
}

/** An image's layers with what they did. */
export interface LayersReport {
  readonly reference: string;
  readonly labels: readonly LayerLabel[];
  readonly analysis: LayerAnalysis;
}

const mostRows = 15;

/** "97.3 %" */
export function percent(part: number): string {
  return `${(Math.floor(part * 1000) / 10).toFixed(1)} %`;
}

/** The step as a person wrote it: without docker's and BuildKit's wrapping. */
export function stepText(createdBy: string): string {
  return createdBy
    .replace(/\s+/g, ' ')
    .replace(/^\/bin\/sh -c #\(nop\)\s*/, '')
    .replace(/^(?:RUN )?\/bin\/sh -c /, 'RUN ')
    .replace(/ # buildkit *$/, '')
    .trim();
}

/** Why bytes are wasted, in a few words. */
export function wasteText({ why, versions, layer }: WastedPath): string {
  switch (why) {
    case 'removed':
      return `removed by layer ${layer + 1}`;
    case 'content':
      return `stored ${versions} times`;
    case 'metadata':
      return `stored ${versions} times, last for mode, owner or times alone`;
  }
}

/** How many of the changes are of a kind. */
export function changesOf(changes: readonly LayerChange[], kind: LayerChange['change']): number {
  return changes.filter(({ change, node }) => change === kind && node.type !== 'directory').length;
}

/** The report as text, with a newline at the end. */
export function formatLayers(
  { reference, labels, analysis }: LayersReport,
  { width, style, all }: { readonly width: number; readonly style: Style; readonly all: boolean },
): string {
  const { layers, bytes, wasted, wastedBytes, efficiency, duplicates } = analysis;
  const rows = layers.map((layer, at) => [
    String(at + 1),
    humanSize(layer.bytes),
    ...(['added', 'changed', 'removed'] as const).map((kind) => {
      const count = changesOf(layer.changes, kind);
      return count === 0 ? '' : String(count);
    }),
    layer.wasted === 0 ? '' : humanSize(layer.wasted),
    printable(stepText(labels[at]?.createdBy ?? '')),
  ]);
  const table = inColumns(
    [['LAYER', 'SIZE', 'ADDED', 'CHANGED', 'REMOVED', 'WASTED', 'CREATED BY'], ...rows],
    { numbers: new Set([0, 1, 2, 3, 4, 5]), width },
  );
  const list = (title: string, lines: readonly (readonly string[])[]): readonly string[] => {
    if (lines.length === 0) return [];
    const shown = all ? lines : lines.slice(0, mostRows);
    const rest = lines.length - shown.length;
    return [
      '',
      style.bold(title),
      ...inColumns(shown, { numbers: new Set([0]), width: width - 2 }).map((line) => `  ${line}`),
      ...(rest > 0 ? [style.dim(`  … ${rest} more: --all`)] : []),
    ];
  };
  const spare = duplicates.map(({ paths, size }) => size * (paths.length - 1));
  const room = Math.max(Math.floor(width / 2), 24);
  return `${[
    `${style.bold(printable(reference))}: ${counted(layers.length, 'layer')}, ${humanSize(bytes)} in files, efficiency ${percent(efficiency)}, ${humanSize(wastedBytes)} wasted`,
    '',
    style.bold(table[0] ?? ''),
    ...table.slice(1),
    ...list(
      'stored for nothing',
      wasted.map((path) => [
        humanSize(path.bytes),
        cutFrontToWidth(printable(path.path), room),
        wasteText(path),
      ]),
    ),
    ...list(
      'the same content under several names',
      duplicates.map(({ paths }, at) => [humanSize(spare[at] ?? 0), printable(paths.join('  '))]),
    ),
  ].join('\n')}\n`;
}

/** The report as a value for JSON. */
export function layersJson({ reference, labels, analysis }: LayersReport): object {
  const { layers, bytes, wasted, wastedBytes, efficiency, duplicates } = analysis;
  return {
    schema: 'plimsoll.layers/1',
    target: reference,
    bytes,
    wastedBytes,
    efficiency,
    layers: layers.map((layer, at) => ({
      id: labels[at]?.id ?? '',
      createdBy: labels[at]?.createdBy ?? '',
      bytes: layer.bytes,
      wasted: layer.wasted,
      changes: layer.changes.map(({ path, change, node, stored }) => ({
        path,
        change,
        type: node.type,
        bytes: stored,
      })),
    })),
    wasted: wasted.map(({ layer, ...path }) => ({ ...path, layer: layer + 1 })),
    duplicates,
  };
}
