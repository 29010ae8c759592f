// plimsoll system df: what the store takes on disk, in docker's table.
import type { Command } from 'commander';
import { humanAge, humanSize } from '../../lib/human-units.ts';
import { type DiskUsage, diskUsage } from '../../store/disk-usage.ts';
import type { Context } from '../context.ts';
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
    .option('-v, --verbose', 'each image, and what it shares with others');
  addStoreOption(command).action((options: UsageOptions) => {
    const store = storeToRead(options, context);
    try {
      const usage = store === undefined ? nothing : diskUsage(store);
      if (options.verbose && options.format === undefined) writeImages(usage, context);
      else writeSummary(usage, options.format, context);
    } finally {
      store?.close();
    }
  });
  addExamples(command, [
    { line: 'plimsoll system df', says: 'by kind' },
    { line: 'plimsoll system df -v', says: 'by image' },
  ]);
}

function writeSummary(usage: DiskUsage, format: string | undefined, context: Context): void {
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
  writeRows(
    context.stdout,
    [
      // No container uses an image as long as there are none: all could go.
      row('Images', images.length, 0, imageBytes, imageBytes),
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

function writeImages({ images }: DiskUsage, context: Context): void {
  const now = context.now().getTime();
  const rows = images.flatMap(({ group, sharedBytes, uniqueBytes }) =>
    imageRows(group, { now, digests: false, noTrunc: false, shows: () => true }).map((row) => ({
      ...row,
      CreatedSince: humanAge(group.images[0].createdMs ?? group.images[0].addedMs, now),
      Size: humanSize(sharedBytes + uniqueBytes),
      SharedSize: humanSize(sharedBytes),
      UniqueSize: humanSize(uniqueBytes),
      Containers: '0',
    })),
  );
  context.stdout.write('Images space usage:\n\n');
  writeRows(context.stdout, rows, {
    table:
      '{{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}\t{{.SharedSize}}\t{{.UniqueSize}}\t{{.Containers}}',
    headings: imageHeadings,
  });
}
