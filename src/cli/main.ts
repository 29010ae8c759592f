#!/usr/bin/env node
// The entry point. `--version` is answered before anything else is loaded; all else goes to program.ts.
import { enableCompileCache } from 'node:module';
import generated from './generated/version.json' with { type: 'json' };

const [first] = process.argv.slice(2);
if (first === '--version' || first === '-v') {
  process.stdout.write(`plimsoll ${generated.version}\n`);
} else {
  enableCompileCache();
  const { main } = await import('./program.ts');
  process.exitCode = await main(process.argv.slice(2));
}
