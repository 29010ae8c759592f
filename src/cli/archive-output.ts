// Where `save` and `copy` write archives: a file that is seen whole or not at all, or standard output.
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { withLimits } from '../lib/limits.ts';
import { openArchiveSink } from '../transfer/archive-sink.ts';
import type { ArchiveForm } from '../transfer/destination.ts';
import { openDockerLegacySink } from '../transfer/docker-legacy-sink.ts';
import type { ImageSink } from '../transfer/image-sink.ts';
import { openOutputFile } from '../transfer/output-file.ts';
import type { Context } from './context.ts';

/**
 * A sink that writes an archive to the file, or to standard output where it is '-'.
 * @throws PlimsollError PL0001 when that is a terminal, PL0003
 */
export async function openArchiveOutput(
  path: string,
  form: ArchiveForm,
  context: Context,
  tag?: string,
): Promise<ImageSink> {
  const { stdout, cwd } = context;
  if (path === '-' && stdout.isTerminal) {
    throw new PlimsollError('PL0001', 'an archive is not written to a terminal', {
      help: 'name a file with -o, or send it to a file or program: plimsoll save … > image.tar',
    });
  }
  const file =
    path === '-'
      ? {
          write: (chunk: Uint8Array) => context.writeBytes(chunk),
          commit: () => Promise.resolve(),
          discard: () => Promise.resolve(),
        }
      : await openOutputFile(resolve(cwd, path));
  const options = { temporaryFolder: tmpdir(), limits: withLimits() };
  const sink =
    form === 'docker-legacy'
      ? openDockerLegacySink(file, options)
      : openArchiveSink(file, form === 'oci-archive' ? 'oci' : 'docker', tag);
  return {
    ...sink,
    async finish() {
      await sink.finish();
      await file.commit();
    },
    async abort() {
      await sink.abort();
      await file.discard();
    },
  };
}
