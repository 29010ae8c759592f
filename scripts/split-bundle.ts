// A bundle in parts: what every start of its commands needs is one file, and what they may come to need (pulling an image,
// imitating a host) lies in others, which are loaded when they are first asked for. esbuild splits modules for ES
// modules only, into as many files as there are ways to share them; here those that a start needs are joined again, and
// all become functions as loadBundle (src/cli/load-bundle.ts) takes them.
import { basename, dirname } from 'node:path';
import * as esbuild from 'esbuild';

/** What is bundled. */
export interface SplitRequest {
  /** As for the other bundles, with `banner` and `footer` of their function. */
  readonly options: esbuild.BuildOptions;
  readonly name: string;
  /** The module that starts, as the other paths below the root. */
  readonly entry: string;
  /** Modules that are imported late in the sources, and needed by every start. */
  readonly needed: readonly string[];
}

/** Builds the bundle NAME.js, and its parts in the folder NAME beside it. */
export async function splitBundle({
  options,
  name,
  entry,
  needed,
}: SplitRequest): Promise<readonly esbuild.OutputFile[]> {
  const { banner = {}, footer = {}, supported = {}, ...plain } = options;
  const split = await esbuild.build({
    ...plain,
    format: 'esm',
    splitting: true,
    entryPoints: { [`bundles/${name}`]: entry },
    chunkNames: `bundles/${name}/[name]-[hash]`,
    metafile: true,
    write: false,
  });
  const outputs = Object.entries(split.metafile.outputs).map(([path, output]) => ({
    ...output,
    file: basename(path),
  }));
  const texts = new Map(split.outputFiles.map(({ path, text }) => [basename(path), text]));
  const first = new Set<string>();
  const visit = (file: string): void => {
    if (first.has(file)) return;
    first.add(file);
    for (const { path, kind } of outputs.find((one) => one.file === file)?.imports ?? [])
      if (kind === 'import-statement' && texts.has(basename(path))) visit(basename(path));
  };
  for (const { file, entryPoint } of outputs)
    if (entryPoint === entry || needed.includes(entryPoint ?? '')) visit(file);

  const parts = (inside: ReadonlySet<string>): esbuild.Plugin => ({
    name: 'parts',
    setup(build) {
      build.onResolve({ filter: /^\.\// }, ({ path }) =>
        inside.has(basename(path))
          ? { path: basename(path), namespace: 'part' }
          : { path: `./${basename(path)}`, external: true },
      );
      build.onLoad({ filter: /./, namespace: 'part' }, ({ path }) => ({
        contents: texts.get(path) ?? '',
      }));
    },
  });
  const folder = dirname(
    split.outputFiles.find(({ path }) => basename(path) === `${name}.js`)?.path ?? '',
  );
  const joined = async (path: string, contents: string, inside: ReadonlySet<string>) => {
    const { outputFiles } = await esbuild.build({
      ...plain,
      ...{ banner, footer, supported, format: 'cjs', write: false },
      plugins: [parts(inside)],
      stdin: { contents, resolveDir: folder, sourcefile: path },
      outdir: folder,
      entryNames: path,
    });
    return outputFiles;
  };
  const firstFiles = [...first];
  const shared = firstFiles.map((file, at) => `${JSON.stringify(`./${file}`)}: part${at}`);
  const contents = [
    ...firstFiles.map((file, at) => `import * as part${at} from './${file}';`),
    `export { start } from './${name}.js';`,
    `export const parts = { ${shared.join(', ')} };`,
  ].join('\n');
  // Of commands that are left out there is nothing.
  const empty = new Set(outputs.filter(({ bytes }) => bytes === 0).map(({ file }) => file));
  const later = [...texts].filter(([file]) => !first.has(file) && !empty.has(file));
  const built = await Promise.all([
    joined(name, contents, first),
    ...later.map(([file, text]) => joined(`${name}/${basename(file, '.js')}`, text, new Set())),
  ]);
  return built.flat();
}
