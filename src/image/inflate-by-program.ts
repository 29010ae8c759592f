// Compressed streams that Node has no code for, through the programs that every distribution ships for them: xz(1) and
// bzip2(1), which inflate in a process of their own (docs/adr/0018-xz-and-bzip2-by-their-programs.md).
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { Location } from '../diag/diagnostic.ts';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { interrupted } from './interrupted.ts';

/** Compressions that a program inflates. */
export type ByProgram = 'xz' | 'bzip2';

/** Packages of Debian and Fedora that ship the programs. */
const packages: Readonly<Record<ByProgram, string>> = {
  xz: 'Debian: apt-get install xz-utils; Fedora: dnf install xz',
  bzip2: 'Debian: apt-get install bzip2; Fedora: dnf install bzip2',
};

/** Where programs are kept. */
const usualFolders =
  '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/run/current-system/sw/bin';

const environment = {
  LC_ALL: 'C',
  // A stream says itself how much memory inflating it takes, up to 4 GB; what `xz -9` writes takes 65 MB. By the
  // environment, because the xz of BusyBox has no such option.
  XZ_DEFAULTS: '--memlimit-decompress=512MiB',
};

type Program = ChildProcessByStdio<Writable, Readable, Readable>;

/** What the program says is kept up to here. */
const saidBytes = 2000;

/**
 * The bytes inside. Reads `chunks` to their end, also behind what the program took. `folders`: where the program may be,
 * with colons between.
 * @throws PlimsollError PL0002, PL0203 where the program gives up, PL0207 where it is not installed
 */
export async function* inflateByProgram(
  compression: ByProgram,
  chunks: AsyncGenerator<Buffer>,
  at: Location,
  signal: AbortSignal,
  folders = usualFolders,
): AsyncGenerator<Buffer> {
  if (signal.aborted) {
    await chunks.return(undefined);
    throw interrupted(signal);
  }
  const child = spawn(compression, ['-dc'], {
    env: { ...environment, PATH: folders },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const ended = endOf(child);
  const stop = (): unknown => child.kill('SIGKILL');
  signal.addEventListener('abort', stop, { once: true });
  const source: { failure?: unknown } = {};
  const feeding = feed(child, chunks).catch((error: unknown) => {
    // The program would only say that its input ends too early.
    source.failure = error;
    stop();
  });
  let complete = false;
  try {
    for await (const chunk of child.stdout) yield chunk as Buffer;
    const end = await ended;
    if (source.failure !== undefined) throw source.failure;
    if (signal.aborted) throw interrupted(signal);
    if (end.missing) throw notInstalled(compression, at);
    if (end.failed) throw givenUp(compression, end.said, at);
    await feeding;
    if (source.failure !== undefined) throw source.failure;
    complete = true;
  } finally {
    signal.removeEventListener('abort', stop);
    if (!complete) {
      child.kill('SIGKILL');
      child.stdin.destroy();
      await chunks.return(undefined).catch(() => undefined);
      await feeding;
      await ended;
    }
  }
}

/** Gives the program what it takes, and reads on when it takes no more. */
async function feed({ stdin }: Program, chunks: AsyncGenerator<Buffer>): Promise<void> {
  let taking = true;
  // EPIPE, when it ends before its input does; how it ended is told apart.
  stdin.on('error', () => {
    taking = false;
  });
  for await (const chunk of chunks) {
    // The answer comes with an error, too.
    if (taking) await new Promise<void>((taken) => stdin.write(chunk, () => taken()));
  }
  stdin.end();
}

interface End {
  readonly missing: boolean;
  readonly failed: boolean;
  readonly said: string;
}

/** How it ended; never rejects. */
function endOf(child: Program): Promise<End> {
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    if (said.length < saidBytes) said += chunk.toString('latin1');
  });
  return new Promise((done) => {
    child.once('error', () => done({ missing: true, failed: true, said }));
    child.once('close', (code) => done({ missing: false, failed: code !== 0, said }));
  });
}

function notInstalled(compression: ByProgram, at: Location): PlimsollError {
  return new PlimsollError(
    'PL0207',
    `found ${compression}, and the program ${compression} that inflates it is not installed`,
    {
      at,
      help: `install it (${packages[compression]}), or give it compressed with gzip or zstd`,
    },
  );
}

function givenUp(compression: ByProgram, said: string, at: Location): PlimsollError {
  const [line = ''] = said.trim().split('\n');
  const why = line.replace(/^\S*(?:xz|bzip2): (?:\(stdin\): )?/, '');
  return new PlimsollError(
    'PL0203',
    `damaged ${compression} stream: ${why === '' ? `${compression} gave up` : why}`,
    {
      at,
      help: 'the file is cut off or was changed on its way: save or copy it again from where it came',
    },
  );
}
