// plimsoll store path|check: where the store is, and whether it is what it says.
import { availableParallelism } from 'node:os';
import { type Command, Option } from 'commander';
import type { Diagnostic } from '../../diag/diagnostic.ts';
import { formatDiagnostic } from '../../diag/format-diagnostic.ts';
import { counted } from '../../lib/counted.ts';
import { humanSize } from '../../lib/human-units.ts';
import { healSnapshots } from '../../store/snapshots/open-snapshots.ts';
import { checkStore, type StoreReport } from '../../store/store-check.ts';
import { type RepairReport, repairStore } from '../../store/store-repair.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { exitCodes } from '../exit-code.ts';
import {
  addStoreOption,
  type StoreOption,
  storeRootOf,
  storeToRead,
  storeToWrite,
} from '../open-store.ts';
import { type FormatOptions, formatOption, writeJson } from '../output-format.ts';

interface CheckOptions extends StoreOption, FormatOptions {
  readonly quick?: boolean;
  readonly layers?: boolean;
  readonly repair?: boolean;
}

/** Adds `plimsoll store` to the program. */
export function register(program: Command, context: Context): void {
  const command = program
    .command('store')
    .description('Shows where the local store of images is, and whether it is whole.');
  addStoreOption(
    command.command('path').description('Prints the folder of the store, which may not exist yet.'),
  ).action((options: StoreOption) => {
    context.stdout.write(`${storeRootOf(options, context)}\n`);
  });
  addStoreOption(
    command
      .command('check')
      .description(
        'Hashes every blob, follows every reference, looks for every snapshot. Ends with 1 when something is wrong.',
      )
      .option('--quick', 'sizes and references alone, nothing is hashed')
      .option('--layers', 'compare unpacked layers with their blobs too, file by file')
      .addOption(
        new Option(
          '--repair',
          'put right what is wrong: damaged parts go, a lost database is built again',
        ).conflicts('quick'),
      )
      .addOption(formatOption()),
  ).action((options: CheckOptions) =>
    options.repair ? repair(options, context) : check(options, context),
  );
  addExamples(command, [
    { line: 'plimsoll store path', says: 'where it is' },
    { line: 'plimsoll store check', says: 'whether every byte is what it was' },
    { line: 'plimsoll store check --quick', says: 'the same without hashing' },
    {
      line: 'plimsoll store check --layers',
      says: 'unpacked files too, after a crash of the machine',
    },
    { line: 'plimsoll store check --repair', says: 'drop what is damaged, keep the rest' },
  ]);
}

const schema = 'plimsoll.store-check/1';

/** What a check and a repair are told alike. */
function commonOptions({ layers = false }: CheckOptions, { progress }: Context) {
  return {
    layers,
    threads: availableParallelism(),
    onProgress: (done: number, total: number) =>
      progress.update(`hashing: ${humanSize(done)} of ${humanSize(total)}`),
    onLayer: (done: number, total: number) =>
      progress.update(`comparing unpacked layers: ${done} of ${total}`),
  };
}

async function check(options: CheckOptions, context: Context): Promise<void> {
  const looked = storeToRead(options, context);
  if (looked === undefined) {
    const root = storeRootOf(options, context);
    if (options.format === 'json') writeJson(context, { schema, root, problems: [] });
    else context.stdout.write(`there is no store in ${root}\n`);
    return;
  }
  looked.close();
  // A lease keeps what is looked at; where nothing may be written, nobody collects either.
  const store = await storeToWrite(options, context).catch(() => storeToRead(options, context));
  if (store === undefined) return;
  try {
    const report = await checkStore(store, {
      signal: context.signal,
      quick: options.quick === true,
      ...commonOptions(options, context),
    });
    context.progress.clear();
    if (options.format === 'json') writeJson(context, { schema, root: store.root, ...report });
    else tell(report, store.root, options.quick === true, context);
    if (isWrong(report)) context.setExitCode(exitCodes.fails);
  } finally {
    store.close();
  }
}

const isWrong = ({ problems }: StoreReport): boolean =>
  problems.some(({ severity }) => severity !== 'note');

/** Problems in full, notes counted unless asked for. */
function tellProblems(problems: readonly Diagnostic[], { stderr, verbosity }: Context): void {
  const notes = problems.filter(({ severity }) => severity === 'note');
  const shown = verbosity === 'verbose' ? problems : problems.filter((one) => !notes.includes(one));
  for (const problem of shown) stderr.write(formatDiagnostic(problem, stderr.style));
}

function tell(report: StoreReport, root: string, quick: boolean, context: Context): void {
  const { problems, blobs, bytes, images, snapshots, files } = report;
  tellProblems(problems, context);
  if (context.verbosity === 'quiet') return;
  const wrong = problems.filter(({ severity }) => severity !== 'note').length;
  const notes = problems.length - wrong;
  const { stdout } = context;
  stdout.write(`store      ${root}\n`);
  stdout.write(`images     ${images}\n`);
  stdout.write(
    `blobs      ${blobs}${quick ? ', not hashed' : `, ${humanSize(bytes)}, all hashed`}\n`,
  );
  stdout.write(`snapshots  ${snapshots}${files > 0 ? `, ${files} files compared` : ''}\n`);
  stdout.write(`problems   ${wrong === 0 ? 'none' : wrong}\n`);
  if (notes > 0 && context.verbosity !== 'verbose') {
    stdout.write(
      `${counted(notes, 'thing')} that nothing needs: --verbose shows them, plimsoll image prune --all removes them\n`,
    );
  }
}

async function repair(options: CheckOptions, context: Context): Promise<void> {
  const root = storeRootOf(options, context);
  const { signal, user } = context;
  const report = await repairStore(root, {
    signal,
    now: () => context.now().getTime(),
    ...commonOptions(options, context),
    healSnapshots: (store) => healSnapshots(store, () => context.now().getTime()),
    ...(user === undefined ? {} : { user }),
  });
  context.progress.clear();
  if (options.format === 'json') writeJson(context, { schema, root, ...report });
  else tellRepair(report, context);
  if (isWrong(report.after)) context.setExitCode(exitCodes.fails);
}

function tellRepair(report: RepairReport, context: Context): void {
  const { stdout } = context;
  const { before, after, keptDatabase, rebuilt, lostNames } = report;
  tellProblems(before.problems, context);
  if (keptDatabase !== undefined) stdout.write(`the old database is kept as ${keptDatabase}\n`);
  if (rebuilt) stdout.write('the database was built again\n');
  for (const name of lostNames) stdout.write(`not whole, pull it again: ${name}\n`);
  const put = before.problems.filter(({ severity }) => severity !== 'note').length;
  stdout.write(
    `${counted(put, 'problem')} put right, ${counted(after.images, 'image is', 'images are')} whole\n`,
  );
  if (isWrong(after)) tellProblems(after.problems, context);
}
