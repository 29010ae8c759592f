// Builds dist/: the generated tables, what `plimsoll` starts from, the library, and (with --types) its types.
// Start-up is a measured feature (bench/start-up.ts), so the program is a small file that starts one of several bundles,
// each of which holds all of the commands it is for and nothing else: one file to find, read and take from the compile
// cache. They are CommonJS, because Node's loader of ES modules and its views of built-in modules cost 15 ms more.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import * as esbuild from 'esbuild';
import { commandTable } from '../src/cli/command-table.ts';
import { generateAll } from './generate.ts';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');

/** Commands that have a bundle of their own, by its name; one with everything is there for all others. */
const bundles = Object.groupBy(
  commandTable.filter(({ bundle }) => bundle !== undefined),
  ({ bundle = '' }) => bundle,
);

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

/** commander starts processes for subcommands that are programs; there are none here, and the module is slow to load. */
const withoutProcesses: esbuild.Plugin = {
  name: 'commander without child processes',
  setup(build) {
    build.onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      importer.includes('/node_modules/commander/')
        ? { path: 'none', namespace: 'without processes' }
        : undefined,
    );
    build.onLoad({ filter: /./, namespace: 'without processes' }, () => ({
      contents: 'export default undefined;',
    }));
  },
};

/** Leaves out every command but those named. */
function onlyCommands(names: readonly string[]): esbuild.Plugin {
  const wanted = new Set(names.map((name) => `../commands/${name.replaceAll(' ', '-')}.ts`));
  return {
    name: 'only some commands',
    setup(build) {
      build.onResolve({ filter: /^\.\.\/commands\/[^/]+\.ts$/ }, ({ path }) =>
        wanted.has(path) ? undefined : { path, namespace: 'left out' },
      );
      build.onLoad({ filter: /./, namespace: 'left out' }, () => ({ contents: 'export {};' }));
    },
  };
}

/** Has main.ts start the bundle of the command in place of the sources. */
const startsBundle: esbuild.Plugin = {
  name: 'starts a bundle',
  setup(build) {
    const bundleOf = Object.fromEntries(
      commandTable.flatMap(({ name, also, bundle = 'all' }) =>
        [name, ...(also === undefined ? [] : [also])].map((line) => [line, bundle]),
      ),
    );
    build.onLoad({ filter: /\/src\/cli\/load-program\.ts$/ }, () => ({
      contents: `
        const bundleOf = new Map(Object.entries(${JSON.stringify(bundleOf)}));
        export const loadProgram = async (words) => {
          const asked = words[0] === 'help' ? 'all' : bundleOf.get(words[0]);
          const name = asked ?? bundleOf.get(words.join(' ')) ?? 'help';
          const file = './bundles/' + name + '.js';
          return require(file);
        };`,
    }));
  },
};

const shared: esbuild.BuildOptions = {
  absWorkingDir: root,
  outdir: dist,
  bundle: true,
  platform: 'node',
  target: 'node24',
  // Native code stays a package of its own.
  external: ['koffi'],
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'warning',
};
const program: esbuild.BuildOptions & { readonly plugins: esbuild.Plugin[] } = {
  ...shared,
  format: 'cjs',
  define: { 'import.meta.dirname': '__dirname' },
  plugins: [parsedTables, withoutProcesses],
};

async function contentsOf(options: esbuild.BuildOptions): Promise<readonly esbuild.OutputFile[]> {
  return (await esbuild.build({ ...options, write: false })).outputFiles ?? [];
}

/** Writes a file whole or not at all: an interrupted build leaves the old program running. */
function write(path: string, contents: string | Uint8Array, mode = 0o644): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.tmp`, contents, { mode });
  renameSync(`${path}.tmp`, path);
}

generateAll();
const built = await Promise.all([
  ...Object.entries(bundles).map(([bundle, commands = []]) =>
    contentsOf({
      ...program,
      entryPoints: { [`bundles/${bundle}`]: 'src/cli/start.ts' },
      plugins: [...program.plugins, onlyCommands(commands.map(({ name }) => name))],
    }),
  ),
  contentsOf({ ...program, entryPoints: { 'bundles/all': 'src/cli/start.ts' } }),
  // Help and words that name no command need the table of commands alone.
  contentsOf({
    ...program,
    entryPoints: { 'bundles/help': 'src/cli/start.ts' },
    plugins: [...program.plugins, onlyCommands([])],
  }),
  contentsOf({
    ...program,
    entryPoints: {
      'bundles/summary-worker': 'src/needs/code/summary-worker.ts',
      'bundles/unpack-worker': 'src/store/unpack/unpack-worker.ts',
      'bundles/hash-worker': 'src/store/hash-worker.ts',
    },
  }),
  contentsOf({
    ...shared,
    format: 'esm',
    entryPoints: { library: 'src/library.ts' },
    outExtension: { '.js': '.mjs' },
    plugins: [parsedTables],
  }),
  // What starts the others comes last.
  contentsOf({
    ...program,
    entryPoints: { plimsoll: 'src/cli/main.ts' },
    plugins: [...program.plugins, startsBundle],
  }),
]);
// The package is one of ES modules; the program is not.
write(join(dist, 'package.json'), '{ "type": "commonjs" }\n');
for (const { path, contents } of built.flat())
  write(path, contents, basename(path) === 'plimsoll.js' ? 0o755 : 0o644);
// Of builds before there were bundles.
rmSync(join(dist, 'chunks'), { recursive: true, force: true });
rmSync(join(dist, 'library.js'), { force: true });

if (process.argv.includes('--types')) {
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
  write(join(dist, 'types/package.json'), '{ "type": "module" }\n');
}
