// plimsoll cache info|clear: the facts of layers, files and images that are kept between runs.
import type { Command } from 'commander';
import { formatBytes } from '../../lib/byte-count.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { type FormatOptions, formatOption, writeJson } from '../output-format.ts';

/** Adds `plimsoll cache` to the program. */
export function register(program: Command, context: Context): void {
  const command = program
    .command('cache')
    .description(
      'Shows or clears what is kept of images and directories that were read before.\n' +
        'It is only ever a copy: clearing it costs time, nothing else.',
    );
  command
    .command('info')
    .description('Shows where the cache is and how large.')
    .addOption(formatOption())
    .action(async ({ format }: FormatOptions) => {
      const { cacheInfo } = await import('../../needs/cache.ts');
      const { path, bytes, entries, limit } = cacheInfo(context.cacheDirectory);
      if (format === 'json') {
        writeJson(context, { schema: 'plimsoll.cache/1', path, bytes, entries, limit });
        return;
      }
      context.stdout.write(
        `file     ${path}\nsize     ${formatBytes(bytes)} of at most ${formatBytes(limit)}\nentries  ${entries}\n`,
      );
    });
  command
    .command('clear')
    .description('Removes the cache.')
    .action(async () => {
      const { clearCache } = await import('../../needs/cache.ts');
      const freed = clearCache(context.cacheDirectory);
      if (context.verbosity !== 'quiet') context.stdout.write(`freed ${formatBytes(freed)}\n`);
    });
  addExamples(command, [
    { line: 'plimsoll cache info', says: 'where it is and how large' },
    { line: 'plimsoll cache clear', says: 'start afresh' },
  ]);
}
