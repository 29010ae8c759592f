// Builds dist/: the generated tables, the bundle that `plimsoll` starts from, and (with --types) the library's types.
// The bundle is split so that each command loads only what it needs: start-up is a measured feature (bench/start-up.ts).
import { spawnSync } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as esbuild from 'esbuild';
import { generateAll } from './generate.ts';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');

generateAll();
rmSync(join(dist, 'chunks'), { recursive: true, force: true });
await esbuild.build({
  absWorkingDir: root,
  entryPoints: { plimsoll: 'src/cli/main.ts', library: 'src/library.ts' },
  outdir: dist,
  bundle: true,
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  format: 'esm',
  platform: 'node',
  target: 'node24',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  // commander is CommonJS inside; its require of Node's own modules needs one to be there.
  banner: {
    js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);",
  },
  logLevel: 'warning',
});
chmodSync(join(dist, 'plimsoll.js'), 0o755);
if (process.argv.includes('--types')) {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const made = spawnSync(
    process.execPath,
    [
      tsc,
      '--noEmit',
      'false',
      '--declaration',
      '--emitDeclarationOnly',
      '--rootDir',
      'src',
      '--outDir',
      'dist/types',
      '--noCheck',
      '-p',
      'tsconfig.types.json',
    ],
    { cwd: root, stdio: 'inherit' },
  );
  if (made.status !== 0) process.exit(1);
}
