// Kills plimsoll at random moments of pull, load, import, push, copy, rmi and prune, as often as asked, and looks at
// the store after each, and at what was pushed in the end:
//
//   toolchain/node_modules/node-linux-*/bin/node scripts/kill-test.ts [kills=500] [seed=1]
//
// Needs a built program (./plimsoll --version builds it). Prints a line for each kill, and a summary.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killRun } from '../test/crash/kill-run.ts';
import { startRegistry } from '../test/support/real-registry.ts';

const [kills = 500, seed = 1] = process.argv.slice(2).map(Number);
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-kill-'));
const started = performance.now();
const registry = await startRegistry();
try {
  const pushTo = registry.host;
  const summary = await killRun({
    kills,
    seed,
    folder,
    pushTo,
    onKill: (line) => console.log(line),
  });
  console.log(
    JSON.stringify({ ...summary, seconds: Math.round((performance.now() - started) / 1000) }),
  );
} finally {
  await registry.close();
  rmSync(folder, { recursive: true, force: true });
}
