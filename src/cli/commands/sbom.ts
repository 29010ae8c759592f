// plimsoll sbom IMAGE: the packages of a user space as a bill of materials, for the scanners that people have.
import { basename, resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import type { Target } from '../../image/image.ts';
import type { SoftwareBill } from '../../needs/software-bill.ts';
import type { BillDocument, BillSubject } from '../../report/sbom/bill-document.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import generated from '../generated/version.json' with { type: 'json' };
import {
  addViewOptions,
  imageArgument,
  type ViewOptions,
  withCache,
  withTarget,
} from '../view-target.ts';
import { writeWhole } from '../write-whole.ts';

const formats = ['table', 'spdx-json', 'cyclonedx-json'] as const;

interface SbomOptions extends ViewOptions {
  readonly format: (typeof formats)[number];
  readonly output?: string;
  readonly timestamp?: Date;
}

function parseTime(value: string): Date {
  const time = new Date(/^\d+$/.test(value) ? Number(value) * 1000 : value);
  if (!Number.isNaN(time.getTime())) return time;
  throw new InvalidArgumentError(
    `'${value}' is no time: write 2026-01-31T12:00:00Z, or seconds since 1970.`,
  );
}

/** The time that the bill bears: asked for, that of reproducible builds (SOURCE_DATE_EPOCH), else now. */
function timestampOf({ timestamp }: SbomOptions, { environment, now }: Context): string {
  const epoch = environment['SOURCE_DATE_EPOCH'];
  const time = timestamp ?? (epoch && /^\d+$/.test(epoch) ? new Date(Number(epoch) * 1000) : now());
  return time.toISOString().replace(/\.\d+Z$/, 'Z');
}

async function subjectOf(target: Target): Promise<BillSubject> {
  const { kind, reference } = target;
  const file = { name: basename(reference), image: false };
  if (!('config' in target)) return file;
  const { formatPlatform } = await import('../../image/platform.ts');
  const platform = formatPlatform(target.config.platform);
  const digest = target.digest === undefined ? {} : { digest: target.digest };
  const { parseImageName } = await import('../../image/image-name.ts');
  // A layout may name its images by a tag alone, which is no name.
  const text =
    kind === 'registry'
      ? reference.replace(/^docker:\/\//, '')
      : target.names.find((one) => kind === 'stored' || /[/:]/.test(one));
  const name = text === undefined ? undefined : parseImageName(text);
  if (name === undefined || 'fault' in name) return { ...file, image: true, platform, ...digest };
  const repository = `${name.domain}/${name.path}`;
  const tag = name.tag === undefined ? {} : { tag: name.tag };
  if (target.digest === undefined) return { name: repository, image: true, platform, ...tag };
  const { formatPurl } = await import('../../formats/purl.ts');
  const purl = formatPurl({
    type: 'oci',
    name: basename(name.path).toLowerCase(),
    version: target.digest,
    qualifiers: {
      repository_url: repository,
      tag: name.tag,
      arch: target.config.platform.architecture,
    },
  });
  return { name: repository, image: true, platform, purl, ...digest, ...tag };
}

async function tableOf(bill: SoftwareBill, { stdout }: Context): Promise<string> {
  const { printable } = await import('../../lib/printable.ts');
  const { inColumns } = await import('../../report/columns.ts');
  const rows = bill.parts.map(({ manager, group, name, version = '', license = '' }) =>
    [group === undefined ? name : `${group}/${name}`, version, manager, license].map(printable),
  );
  const [head = '', ...lines] = inColumns([['NAME', 'VERSION', 'TYPE', 'LICENSE'], ...rows]);
  return `${[stdout.style.bold(head), ...lines].join('\n')}\n`;
}

async function textOf(
  document: BillDocument,
  { format }: SbomOptions,
  context: Context,
): Promise<string> {
  if (format === 'table') return tableOf(document.bill, context);
  const value =
    format === 'spdx-json'
      ? (await import('../../report/sbom/spdx.ts')).spdxBill(document)
      : (await import('../../report/sbom/cyclonedx.ts')).cyclonedxBill(document);
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

async function run(reference: string, options: SbomOptions, context: Context): Promise<void> {
  const { withNeeds } = await import('../read-target.ts');
  const { softwareBill } = await import('../../needs/software-bill.ts');
  const { debianLicenses } = await import('../../needs/debian-licenses.ts');
  const document = await withTarget(reference, options, context, (target) => {
    if (target.kind === 'elf') {
      throw new PlimsollError(
        'PL0102',
        `${reference} is one program: its libraries are not in it`,
        {
          at: { target: reference },
          help: 'give an image or a root file system',
        },
      );
    }
    return withCache(options, context, (cache) =>
      withNeeds(target, cache, context, async ({ userSpace, derived }) => ({
        subject: await subjectOf(target),
        bill: softwareBill(
          userSpace,
          await debianLicenses({ userSpace, ...(derived === undefined ? {} : { derived }) }),
        ),
        timestamp: timestampOf(options, context),
        version: generated.version,
      })),
    );
  });
  context.progress.clear();
  const { output } = options;
  const text = await textOf(document, options, context);
  if (output !== undefined && output !== '-') {
    await writeWhole(resolve(context.cwd, output), text, output);
  } else if (options.format === 'table') context.stdout.write(text);
  else context.stdout.writeData(text);
}

/** Adds `plimsoll sbom` to the program. */
export function register(program: Command, context: Context): void {
  const command = program
    .command('sbom')
    .description(
      'Lists what an image or root file system is made of: packages of the system and of languages,\n' +
        'modules of Go programs; as SPDX 2.3 or CycloneDX 1.6 for scanners.',
    )
    .argument('<image>', `${imageArgument}; or a root file system`)
    .addOption(
      new Option('-f, --format <format>', 'form of the bill').choices(formats).default('table'),
    )
    .option('-o, --output <file>', 'write to a file')
    .addOption(
      new Option(
        '--timestamp <time>',
        'time that the bill bears (default: SOURCE_DATE_EPOCH, else now)',
      ).argParser(parseTime),
    );
  addViewOptions(command).action((reference: string, options: SbomOptions) =>
    run(reference, options, context),
  );
  addExamples(command, [
    { line: 'plimsoll sbom redis:8', says: 'packages, versions, licences' },
    { line: 'plimsoll sbom -f spdx-json -o redis.spdx.json redis:8', says: 'for a scanner' },
    {
      line: 'plimsoll sbom -f cyclonedx-json --timestamp 2026-01-31T00:00:00Z ./rootfs',
      says: 'the same bytes each time',
    },
  ]);
}
