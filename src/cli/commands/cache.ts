// plimsoll cache info|clear: the facts of layers, files and images that are kept between runs.
import type { Command } from 'commander';
import { cacheInfo, clearCache } from '../../needs/cache.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { formatBytes } from '../run-check.ts';

export function register(program: Command, context: Context): void {
  const command = program
    .command('cache')
    .description(
      'Shows or clears what is kept of images and directories that were read before.\n' +
        'It is only ever a copy: clearing it costs time, nothing else.',
    );
  command
    .command('info')
    .description('show where the cache is and how large')
    .option('--format <form>', 'text or json', 'text')
    .action(({ format }: { readonly format: string }) => {
      const { path, bytes, entries, limit } = cacheInfo(context.cacheDirectory);
      if (format === 'json') {
        context.stdout.write(`${JSON.stringify({ path, bytes, entries, limit })}\n`);
        return;
      }
      context.stdout.write(
        `file     ${path}\nsize     ${formatBytes(bytes)} of at most ${formatBytes(limit)}\nentries  ${entries}\n`,
      );
    });
  command
    .command('clear')
    .description('remove the cache')
    .action(() => {
      const freed = clearCache(context.cacheDirectory);
      if (context.verbosity !== 'quiet') context.stdout.write(`freed ${formatBytes(freed)}\n`);
    });
  addExamples(command, [
    { line: 'plimsoll cache info', says: 'where it is and how large' },
    { line: 'plimsoll cache clear', says: 'start afresh' },
  ]);
}
