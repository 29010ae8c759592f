// plimsoll system df: what the store takes on disk, in docker's table.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { humanAge, humanSize } from '../../lib/human-units.ts';
import { type DiskUsage, diskUsage } from '../../store/disk-usage.ts';
import { containerHeadings } from '../container-listing.ts';
import type { Context } from '../context.ts';
import type { EngineUsage } from '../engine-usage.ts';
import { addExamples } from '../examples.ts';
import { writeRows } from '../format-rows.ts';
import { imageHeadings, imageRows } from '../image-listing.ts';
import { addStoreOption, type StoreOption, storeToRead } from '../open-store.ts';

interface UsageOptions extends StoreOption {
  readonly format?: string;
  readonly verbose?: boolean;
}

const nothing: DiskUsage = {
  images: [],
  imageBytes: 0,
  danglingBytes: 0,
  loose: 0,
  looseBytes: 0,
  partial: 0,
  partialBytes: 0,
};

/** Adds `plimsoll system df` to the group. */
export function register(group: Command, context: Context): void {
  const command = group
    .command('df')
    .description('Shows what the store takes on disk, and what of it could be free.')
    .option('--format <format>', "table, 'table TEMPLATE', json, or a Go template")
    .option('-v, --verbose', 'each image, container and volume');
  addStoreOption(command).action(async (options: UsageOptions) => {
    const store = storeToRead(options, context);
    let usage = nothing;
    let others: EngineUsage = { containers: [], volumes: [] };
    try {
      if (store !== undefined) {
        usage = diskUsage(store);
        if (existsSync(join(store.root, 'engine.db')))
          others = await (await import('../engine-usage.ts')).engineUsage(options, context);
      }
    } finally {
      store?.close();
    }
    if (options.verbose && options.format === undefined) {
      writeImages(usage, others, context);
      writeOthers(others, context);
    } else writeSummary(usage, others, options.format, context);
  });
  addExamples(command, [
    { line: 'plimsoll system df', says: 'by kind' },
    { line: 'plimsoll system df -v', says: 'by image' },
  ]);
}

const sumOf = (sizes: readonly { readonly bytes: number }[]): number =>
  sizes.reduce((sum, { bytes }) => sum + bytes, 0);

function writeSummary(
  usage: DiskUsage,
  { containers, volumes }: EngineUsage,
  format: string | undefined,
  context: Context,
): void {
  const row = (Type: string, count: number, active: number, bytes: number, free: number) => ({
    Active: String(active),
    Reclaimable:
      bytes === 0
        ? humanSize(free, 4)
        : `${humanSize(free, 4)} (${Math.round((100 * free) / bytes)}%)`,
    Size: humanSize(bytes, 4),
    TotalCount: String(count),
    Type,
  });
  const { images, imageBytes, looseBytes, loose, partial, partialBytes } = usage;
  const used = new Set(containers.map(({ imageId }) => imageId));
  const idle = images.filter(({ group }) => !used.has(group.images[0].id));
  const ended = containers.filter(({ alive }) => !alive);
  const unused = volumes.filter(({ links }) => links === 0);
  // What only images share that no container uses would go as well, but is not told apart.
  const idleBytes =
    idle.length === images.length
      ? imageBytes
      : idle.reduce((sum, { uniqueBytes }) => sum + uniqueBytes, 0);
  writeRows(
    context.stdout,
    [
      row('Images', images.length, images.length - idle.length, imageBytes, idleBytes),
      row(
        'Containers',
        containers.length,
        containers.length - ended.length,
        sumOf(containers),
        sumOf(ended),
      ),
      row(
        'Local Volumes',
        volumes.length,
        volumes.length - unused.length,
        sumOf(volumes),
        sumOf(unused),
      ),
      row('Loose Blobs', loose, 0, looseBytes, looseBytes),
      row('Unfinished Pulls', partial, 0, partialBytes, partialBytes),
    ],
    {
      format,
      table: '{{.Type}}\t{{.TotalCount}}\t{{.Active}}\t{{.Size}}\t{{.Reclaimable}}',
      headings: {
        Active: 'ACTIVE',
        Reclaimable: 'RECLAIMABLE',
        Size: 'SIZE',
        TotalCount: 'TOTAL',
        Type: 'TYPE',
      },
    },
  );
}

function writeImages({ images }: DiskUsage, { containers }: EngineUsage, context: Context): void {
  const now = context.now().getTime();
  const rows = images.flatMap(({ group, sharedBytes, uniqueBytes }) =>
    imageRows(group, { now, digests: false, noTrunc: false, shows: () => true }).map((row) => ({
      ...row,
      CreatedSince: humanAge(group.images[0].createdMs ?? group.images[0].addedMs, now),
      Size: humanSize(sharedBytes + uniqueBytes),
      SharedSize: humanSize(sharedBytes),
      UniqueSize: humanSize(uniqueBytes),
      Containers: String(containers.filter(({ imageId }) => imageId === group.images[0].id).length),
    })),
  );
  context.stdout.write('Images space usage:\n\n');
  writeRows(context.stdout, rows, {
    table:
      '{{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}\t{{.SharedSize}}\t{{.UniqueSize}}\t{{.Containers}}',
    headings: imageHeadings,
  });
}

function writeOthers({ containers, volumes }: EngineUsage, context: Context): void {
  context.stdout.write('\nContainers space usage:\n\n');
  writeRows(
    context.stdout,
    containers.map(({ row }) => row),
    {
      table:
        '{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.LocalVolumes}}\t{{.Size}}\t{{.RunningFor}}\t{{.Status}}\t{{.Names}}',
      headings: containerHeadings,
    },
  );
  context.stdout.write('\nLocal Volumes space usage:\n\n');
  writeRows(
    context.stdout,
    volumes.map(({ name, links, bytes }) => ({
      Name: name,
      Links: String(links),
      Size: humanSize(bytes),
    })),
    {
      table: '{{.Name}}\t{{.Links}}\t{{.Size}}',
      headings: { Name: 'VOLUME NAME', Links: 'LINKS', Size: 'SIZE' },
    },
  );
}
