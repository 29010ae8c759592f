// A tar archive of small and large files, streamed: what is written first is out before the last is known.
import { formatTarHeader, type TarMember, tarEnd, tarPadding } from '../formats/tar-writer.ts';
import type { ByteOutput } from './output-file.ts';

/** Writes members one after the other; calls that overlap wait for each other. */
export interface ArchiveWriter {
  /** A file whose bytes are known. */
  file(name: string, body: Uint8Array | string): Promise<void>;
  /** A file of `size` bytes that streams in; the stream must give exactly so many. */
  stream(member: string | TarMember, size: number, body: AsyncIterable<Uint8Array>): Promise<void>;
  /** Anything without a body. */
  member(member: TarMember): Promise<void>;
  end(): Promise<void>;
}

/** A writer of one archive. After a failure in the middle nothing more can be written. */
export function archiveWriter(output: ByteOutput): ArchiveWriter {
  let last: Promise<void> = Promise.resolve();
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const turn = last.then(work);
    last = turn;
    // Whoever called hears of the failure; the others hear of it when their turn comes.
    turn.catch(() => undefined);
    return turn;
  };
  return {
    file: (name, body) =>
      inTurn(async () => {
        const bytes = Buffer.from(body);
        const header = formatTarHeader({ name, size: bytes.length });
        await output.write(Buffer.concat([header, bytes, tarPadding(bytes.length)]));
      }),
    stream: (member, size, body) =>
      inTurn(async () => {
        const described = typeof member === 'string' ? { name: member } : member;
        await output.write(formatTarHeader({ ...described, size }));
        for await (const chunk of body) await output.write(chunk);
        await output.write(tarPadding(size));
      }),
    member: (member) => inTurn(() => output.write(formatTarHeader(member))),
    end: () => inTurn(() => output.write(tarEnd)),
  };
}
