// Builds dist/: the generated tables, the bundle that `plimsoll` starts from, and (with --types) the library's types.
// The bundle is split so that each command loads only what it needs: start-up is a measured feature (bench/start-up.ts).
import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import * as esbuild from 'esbuild';
import { generateAll } from './generate.ts';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');
const packing = process.argv.includes('--types');

/** Below this many characters it makes no difference. */
const smallTable = 4096;

/** A table as text that JSON.parse reads: engines read that faster than the same as an object literal. */
const parsedTables: esbuild.Plugin = {
  name: 'parsed tables',
  setup(build) {
    build.onLoad({ filter: /\/generated\/[^/]+\.json$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      if (text.length < smallTable) return undefined;
      return { contents: `export default JSON.parse(${JSON.stringify(text)});`, loader: 'js' };
    });
  },
};

generateAll();
const { outputFiles } = await esbuild.build({
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
  plugins: [parsedTables],
  logLevel: 'warning',
  write: false,
});
// Chunks first, what starts them last, each whole or not at all: an interrupted build leaves the old program running.
const chunks = join(dist, 'chunks');
mkdirSync(chunks, { recursive: true });
const isChunk = (path: string): boolean => dirname(path) === chunks;
for (const { path, contents } of outputFiles.toSorted(
  (a, b) => Number(isChunk(b.path)) - Number(isChunk(a.path)),
)) {
  writeFileSync(`${path}.tmp`, contents, { mode: isChunk(path) ? 0o644 : 0o755 });
  renameSync(`${path}.tmp`, path);
}
// Chunks of earlier builds go once nothing that started from them can still be about to load one.
const current = new Set(outputFiles.map(({ path }) => basename(path)));
const keepMs = 10 * 60_000;
for (const name of readdirSync(chunks)) {
  const file = join(chunks, name);
  if (!current.has(name) && (packing || Date.now() - statSync(file).mtimeMs > keepMs)) rmSync(file);
}
if (packing) {
  const { writeManPages } = await import('./man.ts');
  await writeManPages();
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
