// Before a container starts, `check` is asked whether its image fits this machine. It is another process with a bundle of
// its own, and asked once for an image, a kernel and a version of this program: what it said is kept in the store. It
// never keeps anybody from starting: what is predicted to fail is said, with the fix, and the container starts.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { printable } from '../lib/printable.ts';
import type { Context } from './context.ts';
import generated from './generated/version.json' with { type: 'json' };

/** What is said of an image. */
interface Said {
  readonly title: string;
  readonly code: string;
  readonly help?: string;
}

/** What is kept. */
interface Kept {
  readonly key: string;
  readonly said: readonly Said[];
}

/** Says what is predicted to fail on this machine. Nothing here fails itself: without an answer nothing is said. */
export async function checkBeforeRun(
  storeRoot: string,
  imageId: string,
  context: Context,
): Promise<void> {
  const folder = join(storeRoot, 'checked');
  const file = join(folder, imageId.replace(/^sha256:/, ''));
  const key = `${generated.version} ${release()} ${context.user}`;
  const kept = readKept(file);
  const said = kept?.key === key ? kept.said : await ask(storeRoot, imageId, context);
  if (said === undefined) return;
  if (kept?.key !== key) keep(folder, file, { key, said });
  const { stderr } = context;
  for (const { code, title, help } of said) {
    stderr.write(`${stderr.style.bold(`warning[${code}]`)}: ${printable(title)}\n`);
    if (help !== undefined) stderr.write(`  help: ${printable(help)}\n`);
  }
}

function readKept(file: string): Kept | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Kept;
  } catch {
    return undefined;
  }
}

function keep(folder: string, file: string, kept: Kept): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(`${file}.new`, JSON.stringify(kept), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  } catch {
    // It will be asked again.
  }
}

interface Finding extends Said {
  readonly severity: string;
  readonly component?: string;
}

/** Asks; undefined when there was no answer. */
async function ask(
  storeRoot: string,
  imageId: string,
  { own, environment, signal, progress }: Context,
): Promise<readonly Said[] | undefined> {
  if (own === undefined) return undefined;
  progress.update('checking whether the image fits this machine (--no-check leaves this out)');
  const args = ['check', '--host', 'this', '--format', 'json', '--root', storeRoot, imageId];
  const child = spawn(own.command, [...own.args, ...args], {
    env: { ...environment },
    stdio: ['ignore', 'pipe', 'ignore'],
    signal,
  });
  let text = '';
  child.stdout.on('data', (bytes: Buffer) => {
    text += bytes.toString();
  });
  const ended = await new Promise<boolean>((settle) => {
    child.on('error', () => settle(false));
    child.on('close', () => settle(true));
  });
  progress.clear();
  if (!ended) return undefined;
  try {
    const { hosts } = JSON.parse(text) as {
      readonly hosts: readonly { readonly findings: readonly Finding[] }[];
    };
    return hosts
      .flatMap(({ findings }) => findings)
      .filter(({ severity, component }) => severity === 'fatal' && component !== 'runtime')
      .map(({ code, title, help }) => ({ code, title, ...(help === undefined ? {} : { help }) }));
  } catch {
    return undefined;
  }
}
