// Kills commands, conmon, runtimes and containers at random moments, as often as asked, and looks after each kill for what
// `ps -a` does not show:
//
//   toolchain/node_modules/node-linux-*/bin/node scripts/engine-kills.ts [kills=200] [seed=1] [runtime=crun] [networks=none,bridge]
//
// As root, or as an ordinary user (networks: none,pasta). Needs a built program (./plimsoll --version builds it) and busybox.

import { engineKillRun } from '../test/crash/engine-kill-run.ts';
import { openEngineLab } from '../test/engine/engine-lab.ts';

const [kills = '200', seed = '1', runtime = 'crun', networks = 'none,bridge'] =
  process.argv.slice(2);
const lab = openEngineLab();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    lab.close();
    process.exit(1);
  });
}
const started = performance.now();
try {
  const summary = await engineKillRun({
    kills: Number(kills),
    seed: Number(seed),
    environment: lab.environment,
    runtime,
    networks: networks.split(','),
    onKill: (line) => console.log(line),
  });
  console.log(
    JSON.stringify({ ...summary, seconds: Math.round((performance.now() - started) / 1000) }),
  );
} finally {
  lab.close();
}
