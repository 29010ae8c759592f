// Builds dist/: the generated tables, what `plimsoll` starts from, the library, and (with --types) its types.
// Start-up is a measured feature (bench/start-up.ts), so the program is a small file that starts one of several bundles,
// each of which holds all of the commands it is for and nothing else: one file to find, read and take from the compile
// cache. They are CommonJS, because Node's loader of ES modules and its views of built-in modules cost 15 ms more.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
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
import { commandTable } from '../src/cli/command-table.ts';
import { generateAll } from './generate.ts';
import { splitBundle } from './split-bundle.ts';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');

/** Commands that have a bundle of their own, by its name; one with everything is there for all others. */
const bundles = Object.groupBy(
  commandTable.filter(({ bundle }) => bundle !== undefined),
  ({ bundle = '' }) => bundle,
);

/** Below this many characters it makes no difference. */
const smallTable = 4096;

/** Has tables become something else than object literals, which engines read slowly. */
function tablesAs(contentsOf: (path: string, text: string) => string): esbuild.Plugin {
  return {
    name: 'tables',
    setup(build) {
      build.onLoad({ filter: /\/generated\/[^/]+\.json$/ }, ({ path }) => {
        const text = readFileSync(path, 'utf8');
        if (text.length < smallTable) return undefined;
        return { contents: contentsOf(path, text), loader: 'js' };
      });
    },
  };
}

/** A table as text that JSON.parse reads. */
const parsedTables = tablesAs((_, text) => `export default JSON.parse(${JSON.stringify(text)});`);

/** Tables that bundles read from files of their own, when they need them. */
const tableFiles = new Map<string, string>();

/** As parsedTables, from a file beside the bundles. */
const tablesBeside = tablesAs((path, text) => {
  const name = `${basename(dirname(dirname(path)))}-${basename(path)}`;
  tableFiles.set(name, text);
  return `
    import { readFileSync } from 'node:fs';
    export default JSON.parse(readFileSync(import.meta.dirname + '/tables/${name}', 'utf8'));`;
});

/**
 * Modules of Node that cost a start a millisecond and more each and that most commands never come to use. In bundles they
 * are loaded when the first thing of them is asked for.
 */
const slowModules =
  /^node:(child_process|crypto|dgram|dns\/promises|fs\/promises|http|https|net|os|readline.*|sqlite|stream.*|timers\/promises|tls|tty|worker_threads|zlib)$/;

const loadedLate: esbuild.Plugin = {
  name: 'slow modules of Node are loaded late',
  setup(build) {
    build.onResolve({ filter: slowModules }, ({ path, kind, namespace }) =>
      kind === 'import-statement' && namespace === 'file' ? { path, namespace: 'late' } : undefined,
    );
    // esbuild has an import look things up in an object with the same prototype as what the module exports.
    build.onLoad({ filter: /./, namespace: 'late' }, ({ path }) => ({
      contents: `
        let real;
        const get = (_, name) => (real ??= require(${JSON.stringify(path)}))[name];
        module.exports = Object.create(new Proxy({}, { get }));`,
    }));
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

/** The file of a command in src/cli/commands. */
const fileOf = (name: string): string => `${name.replaceAll(' ', '-')}.ts`;

/** What is imported late and comes with every start of a command that has it. */
const alwaysNeeded = ['src/cli/open-snapshots.ts'];

/** Leaves out every command but those named. */
function onlyCommands(names: readonly string[]): esbuild.Plugin {
  const wanted = new Set(names.map((name) => `../commands/${fileOf(name)}`));
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

/** Has main.ts start the bundle of the command, by the digests of all bundles, in place of the sources. */
const startsBundle = (digests: Readonly<Record<string, string>>): esbuild.Plugin => ({
  name: 'starts a bundle',
  setup(build) {
    const bundleOf = Object.fromEntries(
      commandTable.flatMap(({ name, also, bundle = 'all' }) =>
        [name, ...(also === undefined ? [] : [also])].map((line) => [line, bundle]),
      ),
    );
    build.onLoad({ filter: /\/src\/cli\/load-program\.ts$/ }, () => ({
      resolveDir: join(root, 'src/cli'),
      contents: `
        import { loadBundle } from './load-bundle.ts';
        const bundleOf = new Map(Object.entries(${JSON.stringify(bundleOf)}));
        const digests = ${JSON.stringify(digests)};
        export const loadProgram = async (words, kept) => {
          const asked = words[0] === 'help' ? 'help' : bundleOf.has(words[0]) ? words[0] : words.join(' ');
          const name = asked === 'help' ? 'all' : (bundleOf.get(asked) ?? 'help');
          const bundle = { path: __dirname + '/bundles/' + name + '.js', digest: digests[name] };
          return loadBundle(bundle, kept, bundleOf.has(asked) ? asked : '', require, (write) =>
            process.on('exit', write));
        };`,
    }));
  },
});

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
  // import() of a built-in module starts Node's loader of ES modules; require does not.
  supported: { 'dynamic-import': false },
  plugins: [tablesBeside, withoutProcesses, loadedLate],
};
/** A bundle is one function that takes what a CommonJS module sees (src/cli/load-bundle.ts). */
const bundled: typeof program = {
  ...program,
  banner: { js: '(function(exports,require,module,__filename,__dirname){' },
  footer: { js: '})' },
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

/** How long parts of an earlier build stay. */
const partsKeptMs = 3_600_000;

/** Bundles whose start is measured; the others would load most of their parts anyway. */
const splitBundles = new Set(['run', 'exec', 'ps', 'stop', 'containers']);

async function bundleOf(
  bundle: string,
  commands: readonly string[],
): Promise<readonly esbuild.OutputFile[]> {
  const entry = 'src/cli/start.ts';
  const options = { ...bundled, plugins: [...program.plugins, onlyCommands(commands)] };
  if (!splitBundles.has(bundle))
    return contentsOf({ ...options, entryPoints: { [`bundles/${bundle}`]: entry } });
  const files = commands.map((name) => `src/cli/commands/${fileOf(name)}`);
  return splitBundle({ options, name: bundle, entry, needed: [...alwaysNeeded, ...files] });
}

generateAll();
const commandBundles = await Promise.all([
  ...Object.entries(bundles).map(([bundle, commands = []]) =>
    bundleOf(
      bundle,
      commands.map(({ name }) => name),
    ),
  ),
  contentsOf({ ...bundled, entryPoints: { 'bundles/all': 'src/cli/start.ts' } }),
  // Help and words that name no command need the table of commands alone.
  contentsOf({
    ...bundled,
    entryPoints: { 'bundles/help': 'src/cli/start.ts' },
    plugins: [...program.plugins, onlyCommands([])],
  }),
]);
const digests = Object.fromEntries(
  commandBundles
    .flat()
    .map(({ path, contents }) => [
      basename(path, '.js'),
      createHash('sha256').update(contents).digest('hex').slice(0, 16),
    ]),
);
const others = await Promise.all([
  contentsOf({
    ...program,
    entryPoints: {
      'bundles/summary-worker': 'src/needs/code/summary-worker.ts',
      'bundles/unpack-worker': 'src/store/unpack/unpack-worker.ts',
      'bundles/hash-worker': 'src/store/hash-worker.ts',
      'bundles/box-helper': 'src/box/box-helper.ts',
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
    plugins: [...program.plugins, startsBundle(digests)],
  }),
]);
for (const [name, text] of tableFiles) write(join(dist, 'bundles/tables', name), text);
// The package is one of ES modules; the program is not.
write(join(dist, 'package.json'), '{ "type": "commonjs" }\n');
for (const { path, contents } of [...commandBundles, ...others].flat())
  write(path, contents, basename(path) === 'plimsoll.js' ? 0o755 : 0o644);
// Parts of builds before; somebody may still be running the last one.
const built = new Set([...commandBundles, ...others].flat().map(({ path }) => path));
for (const name of splitBundles) {
  for (const file of readdirSync(join(dist, 'bundles', name))) {
    const path = join(dist, 'bundles', name, file);
    if (!built.has(path) && Date.now() - statSync(path).mtimeMs > partsKeptMs) rmSync(path);
  }
}
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
