#!/usr/bin/env node
// The entry point, kept tiny: `--version` is answered before anything else is loaded; all else goes to start.ts.
import { join } from 'node:path';
import { whyNotOwn } from '../image/own-folder.ts';
import { cacheDirectoryOf } from './cache-directory.ts';
import { commandWordsIn } from './command-name.ts';
import generated from './generated/version.json' with { type: 'json' };
import { loadProgram } from './load-program.ts';

/** Where compiled code is kept; undefined where nothing can be, and everything is compiled anew. */
function folderForCode(): string | undefined {
  const kept = cacheDirectoryOf(process.env);
  try {
    return whyNotOwn(kept, process.geteuid?.()) === undefined ? join(kept, 'compiled') : undefined;
  } catch {
    return undefined;
  }
}

// Node warns on standard error where both are set; NO_COLOR wins here.
if (process.env['NO_COLOR']) delete process.env['FORCE_COLOR'];
const first = process.argv[2];
/** As `engines` in package.json, which npm only warns about. */
const neededNode = 24;
if (Number.parseInt(process.versions.node, 10) < neededNode) {
  process.stderr.write(
    `error[PL0001]: Node ${neededNode} or newer is needed, this is ${process.versions.node}\n` +
      `  help: install a newer Node, or run it with the one from npm: npx -p node@${neededNode} plimsoll …\n`,
  );
  process.exitCode = 2;
} else if (process.argv.length === 3 && (first === '--version' || first === '-V')) {
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (code !== 'EPIPE') process.exitCode = 3;
  });
  process.stdout.write(`plimsoll ${generated.version}\n`);
} else {
  // This file becomes dist/plimsoll.js.
  const packageRoot = join(import.meta.dirname, '..');
  const words = commandWordsIn(process.argv.slice(2));
  void loadProgram(words, folderForCode()).then(({ start }) => start(packageRoot));
}
