// Compiling a seccomp filter is most of what crun does at a create (12 of 27 ms, for three architectures). crun leaves the
// program in its folder, and takes one from an annotation (crun(1), run.oci.seccomp_bpf_data): the second container with
// the same filter gets the program of the first. The filter stays in config.json: a crun that no longer knows the
// annotation compiles it as before.
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { shortHash } from '../lib/short-hash.ts';
import type { OciRuntime } from '../runtime/oci-runtime.ts';
import type { SpecSeccomp } from '../runtime/spec.ts';
import type { Engine } from './engine.ts';

const annotation = 'run.oci.seccomp_bpf_data';

/** A filter that may have been compiled before. */
export interface CompiledFilter {
  /** What config.json says besides. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Called when the container was made: keeps the program for the next one. */
  keep(id: string): void;
}

const none: CompiledFilter = { annotations: {}, keep: () => undefined };

/** The program of a filter, where this runtime made it before on this kernel. */
export function compiledFilter(
  { runFolder, machine }: Pick<Engine, 'runFolder' | 'machine'>,
  runtime: OciRuntime,
  seccomp: SpecSeccomp | undefined,
): CompiledFilter {
  // A listener is handed over in another way.
  if (runtime.name !== 'crun' || seccomp === undefined || /NOTIFY/.test(JSON.stringify(seccomp)))
    return none;
  const { size, mtimeMs } = statSync(runtime.path);
  const of = [JSON.stringify(seccomp), runtime.path, size, mtimeMs, machine.release].join('\n');
  const folder = join(runFolder, 'filters');
  const file = join(folder, shortHash(of));
  try {
    const kept = readFileSync(file, 'utf8');
    const end = kept.indexOf('\n');
    if (end > 0 && kept.slice(end + 1) === of)
      return { annotations: { [annotation]: kept.slice(0, end) }, keep: none.keep };
  } catch {
    // Not made yet.
  }
  return {
    annotations: {},
    keep(id) {
      try {
        const program = readFileSync(join(runtime.stateFolder, id, 'seccomp.bpf'));
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        if (program.length === 0 || program.length % 8 !== 0) return;
        const kept = `${program.toString('base64')}\n${of}`;
        writeFileSync(`${file}.${id}`, kept, { mode: 0o600 });
        renameSync(`${file}.${id}`, file);
      } catch {
        // It is compiled again next time.
      }
    },
  };
}
