// Loads a bundle of the build with the code that V8 made of it in earlier runs. Node's own compile cache
// (module.enableCompileCache) keeps what the compiler has seen when a file is loaded, which is no function that is called
// later; this one is written when the process ends, and a start costs a third less with it. It is kept for each command,
// and grows over the first few runs: what one run needs, the next finds.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Script } from 'node:vm';

/** A bundle, as the build made it: one function that takes what a CommonJS module sees. */
export interface BundleFile {
  readonly path: string;
  /** Digest of its content: V8 itself compares no more than the length. */
  readonly digest: string;
}

/** Runs of a command after which its code counts as known. */
const growingRuns = 4;

type Require = (name: string) => unknown;

interface Module {
  exports: { readonly parts?: Readonly<Record<string, unknown>> };
}

type Wrapper = (
  exports: unknown,
  require: Require,
  module: Module,
  filename: string,
  dirname: string,
) => void;

/**
 * What the bundle exports. Its other parts (scripts/split-bundle.ts) are loaded when they are asked for.
 * @param kept folder for compiled code that nobody else can write to; undefined: nothing is kept
 * @param command names the code that is kept
 * @param onExit has a function called when the process ends
 */
export function loadBundle(
  { path, digest }: BundleFile,
  kept: string | undefined,
  command: string,
  require: Require,
  onExit: (write: () => void) => void,
): unknown {
  // The build writes ASCII.
  const source = readFileSync(path, 'latin1');
  const prefix = `${basename(path, '.js')}-${command.replace(/[^a-z-]/g, '_')}.`;
  const file = kept === undefined ? undefined : join(kept, `${prefix}${digest}`);
  const found = file === undefined ? undefined : bytesOf(file);
  const script = new Script(source, {
    filename: path,
    ...(found === undefined ? {} : { cachedData: found.subarray(0, -1) }),
  });
  const runs = found === undefined || script.cachedDataRejected ? 0 : (found.at(-1) ?? 0);
  if (file !== undefined && runs < growingRuns) {
    onExit(() =>
      keep(file, prefix, Buffer.concat([script.createCachedData(), Buffer.of(runs + 1)])),
    );
  }
  const first: Module = { exports: {} };
  const later = new Map<string, Module>();
  const requirePart: Require = (name) => {
    if (!name.startsWith('./')) return require(name);
    const known = first.exports.parts?.[name] ?? later.get(name)?.exports;
    if (known !== undefined) return known;
    const module: Module = { exports: {} };
    later.set(name, module);
    const part = join(dirname(path), basename(path, '.js'), name);
    // Files beside the bundle are beside it for its parts too.
    evaluate(
      new Script(readFileSync(part, 'latin1'), { filename: part }),
      module,
      path,
      requirePart,
    );
    return module.exports;
  };
  evaluate(script, first, path, requirePart);
  return first.exports;
}

function evaluate(script: Script, module: Module, path: string, require: Require): void {
  const wrapper = script.runInThisContext() as Wrapper;
  wrapper(module.exports, require, module, path, dirname(path));
}

function bytesOf(file: string): Buffer | undefined {
  try {
    const bytes = readFileSync(file);
    return bytes.length > 1 ? bytes : undefined;
  } catch {
    return undefined;
  }
}

/** Writes the code whole or not at all, and removes that of builds before. */
function keep(file: string, prefix: string, bytes: Buffer): void {
  const folder = dirname(file);
  try {
    if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
    for (const name of readdirSync(folder))
      if (name.startsWith(prefix) && name !== basename(file)) rmSync(join(folder, name));
    const temporary = `${file}.${process.pid}`;
    writeFileSync(temporary, bytes, { mode: 0o600 });
    renameSync(temporary, file);
  } catch {
    // Nowhere to keep it: the next run compiles anew.
  }
}
