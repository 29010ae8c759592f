// plimsoll images: what the store has, in docker's table.
import { type Command, Option } from 'commander';
import { shortDigest } from '../../lib/digest.ts';
import { groupImages, type ImageGroup, imageBytes } from '../../store/image-groups.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { writeRows } from '../format-rows.ts';
import { collectFilter, parseImageFilters } from '../image-filters.ts';
import { type ImageRow, imageHeadings, imageRows } from '../image-listing.ts';
import { addStoreOption, type StoreOption, storeToRead } from '../open-store.ts';

interface ImagesOptions extends StoreOption {
  readonly all?: boolean;
  readonly digests?: boolean;
  readonly filter?: readonly string[];
  readonly format?: string;
  readonly heading: boolean;
  readonly noheading?: boolean;
  readonly sort: SortKey;
  readonly trunc: boolean;
  readonly quiet?: boolean;
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** As podman sorts: the newest and the largest first, names and ids in order. */
const orders = {
  created: () => 0,
  id: (a, b) => byText(a.group.id, b.group.id),
  repository: (a, b) => byText(a.row.Repository, b.row.Repository),
  size: (a, b) => imageBytes(b.group) - imageBytes(a.group),
  tag: (a, b) => byText(a.row.Tag, b.row.Tag),
} satisfies Readonly<Record<string, (a: Listed, b: Listed) => number>>;

type SortKey = keyof typeof orders;

interface Listed {
  readonly group: ImageGroup;
  readonly row: ImageRow;
}

/** Adds `plimsoll images` to the program. */
export function register(program: Command, context: Context): void {
  const command = program
    .command('images')
    .description('Lists the images of the store.')
    .argument('[repository[:tag]]', 'only images whose name matches: redis, redis:8, ghcr.io/*/*')
    .option('-a, --all', 'the same: there are no intermediate images here')
    .option('--digests', 'show digests')
    .addOption(
      new Option(
        '-f, --filter <key=value>',
        'dangling=true|false, label=KEY[=VALUE], before=IMAGE, since=IMAGE, until=TIME, reference=PATTERN; may be repeated',
      ).argParser(collectFilter),
    )
    .option('--format <format>', "table, 'table TEMPLATE', json, or a Go template")
    .option('-n, --no-heading', 'leave the headings out')
    .addOption(new Option('--noheading', 'the same').hideHelp())
    .option('--no-trunc', 'show ids in full')
    .option('-q, --quiet', 'show ids alone')
    .addOption(
      new Option('--sort <key>', 'what comes first')
        .choices(Object.keys(orders))
        .default('created'),
    );
  addStoreOption(command).action((pattern: string | undefined, options: ImagesOptions) => {
    const store = storeToRead(options, context);
    try {
      const now = context.now().getTime();
      const reference = pattern === undefined ? [] : [`reference=${pattern}`];
      const filter = parseImageFilters([...(options.filter ?? []), ...reference], {
        now,
        images: store?.images,
        keys: ['dangling', 'label', 'before', 'since', 'until', 'reference'],
      });
      const groups = groupImages(store?.images.list() ?? []).filter(filter.keeps);
      if (options.quiet && options.format === undefined) {
        for (const { id } of groups) {
          context.stdout.write(`${options.trunc ? shortDigest(id) : id}\n`);
        }
        return;
      }
      const digests = options.digests === true || /\.Digest\b/.test(options.format ?? '');
      const rows = groups
        .flatMap((group) =>
          imageRows(group, { now, digests, noTrunc: !options.trunc, shows: filter.shows }).map(
            (row) => ({ group, row }),
          ),
        )
        .sort(orders[options.sort])
        .map(({ row }) => row);
      writeRows(context.stdout, rows, {
        format: options.format,
        heading: options.heading && options.noheading !== true,
        table: `{{.Repository}}\t{{.Tag}}\t${options.digests ? '{{.Digest}}\t' : ''}{{.ID}}\t{{.CreatedSince}}\t{{.Size}}`,
        headings: imageHeadings,
      });
    } finally {
      store?.close();
    }
  });
  addExamples(command, [
    { line: 'plimsoll images', says: 'what there is' },
    { line: 'plimsoll images --digests redis', says: 'all of a repository, with digests' },
    { line: 'plimsoll images -q --filter dangling=true', says: 'ids of images without a name' },
    {
      line: "plimsoll images --format 'table {{.Repository}}:{{.Tag}}\\t{{.Size}}'",
      says: 'columns of your own',
    },
  ]);
}
