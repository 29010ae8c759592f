// plimsoll try: one system call, made for real and harmlessly, on this machine or in a container of an image, with another
// host in front of it where one is named.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { machine, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { abiOfMachine } from '../../kernel/abi.ts';
import { syscallNamed } from '../../kernel/syscalls.ts';
import { harmlessArguments } from '../../observe/try/harmless-arguments.ts';
import type { ImageKnowledge } from '../../observe/try/image-knowledge.ts';
import { probeProgram } from '../../observe/try/probe-program.ts';
import { type Answer, tryHere, tryInContainer } from '../../observe/try/try-call.ts';
import type { Context } from '../context.ts';
import {
  addCreateOptions,
  type CreateOptions,
  settingsFromOptions,
} from '../create-from-options.ts';
import { addExamples } from '../examples.ts';
import { withEngine } from '../open-engine.ts';
import { formatTry, type TryReport } from '../try-text.ts';

interface TryOptions extends CreateOptions {
  readonly image?: string;
  readonly host?: string;
  readonly format: 'text' | 'json';
}

/** Where the program lies in a container. */
const place = '/.plimsoll-try';

/** Adds `plimsoll try` to the program. */
export function register(program: Command, context: Context): void {
  program.enablePositionalOptions();
  const command = program
    .command('try')
    .description(
      'Makes one system call for real, with arguments that do nothing (-1), and shows what answers: the kernel, a filter, or ' +
        'the host that is put in front. Without --image on this machine, else in a container that is removed.',
    )
    .argument('<call>', 'name of the call')
    .argument('[args...]', 'numbers to give it instead')
    .addOption(new Option('--image <image>', 'in a container of this image'))
    .addOption(new Option('--host <host>', 'with this host in front, as run --as has it'))
    .addOption(
      new Option('--format <form>', 'form of the report').choices(['text', 'json']).default('text'),
    );
  addCreateOptions(command);
  addExamples(command, [
    { line: 'plimsoll try pidfd_open', says: 'does this kernel have it?' },
    {
      line: 'plimsoll try --image debian:12 clone3',
      says: "what does the engine's filter say to it?",
    },
    { line: 'plimsoll try --image debian:12 --host rhel:7.9 getrandom', says: 'and that host?' },
    { line: 'plimsoll try socket 40 1 0', says: 'with arguments: AF_VSOCK, SOCK_STREAM' },
  ]);
  command.action((call: string, args: readonly string[], options: TryOptions) =>
    run(call, args, options, context),
  );
}

function numbersOf(words: readonly string[]): readonly bigint[] {
  if (words.length > 6)
    throw new PlimsollError('PL0001', 'a system call has six arguments at most', {
      help: 'leave some out',
    });
  return words.map((word) => {
    if (!/^-?(0x[0-9a-f]+|\d+)$/i.test(word))
      throw new PlimsollError('PL0001', `${JSON.stringify(word)} is no number`, {
        help: 'write numbers: 0, -1, 0x80000',
      });
    return word.startsWith('-') ? -BigInt(word.slice(1)) : BigInt(word);
  });
}

async function run(
  call: string,
  words: readonly string[],
  options: TryOptions,
  context: Context,
): Promise<void> {
  const abi = abiOfMachine(machine());
  const facts = syscallNamed(call);
  if (facts === undefined)
    throw new PlimsollError('PL0401', `there is no system call ${call}`, {
      help: 'plimsoll syscall NAME suggests near ones',
    });
  const number = abi === undefined ? undefined : facts.numbers[abi];
  const given = words.length > 0 ? numbersOf(words) : harmlessArguments(call);
  if (typeof given === 'string')
    throw new PlimsollError('PL0001', `${call} is not tried: ${given}`, {
      help: 'give arguments, to have it called with those',
    });
  const file =
    abi === undefined || number === undefined ? undefined : probeProgram(abi, number, given);
  if (abi === undefined || number === undefined || file === undefined)
    throw new PlimsollError('PL0401', `${call} has no number on ${machine()}`, {
      help: `plimsoll syscall ${call} shows on which machines it has one`,
    });
  if (options.image === undefined && options.host !== undefined)
    throw new PlimsollError('PL0001', '--host needs an image to put it in front of', {
      help: 'add --image IMAGE',
    });
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-try-'));
  try {
    chmodSync(folder, 0o755);
    const path = join(folder, 'try');
    writeFileSync(path, file, { mode: 0o755 });
    const found = await answersOf(call, path, options, context);
    const since = facts.since[abi];
    const report: TryReport = {
      call,
      number,
      abi,
      args: given.map(String),
      kernel: release(),
      ...(options.image === undefined ? {} : { image: options.image }),
      ...(options.host === undefined ? {} : { host: options.host }),
      ...(since === undefined ? {} : { since }),
      ...found,
    };
    const { stdout } = context;
    if (options.format === 'json')
      stdout.writeData(
        `${JSON.stringify({ schema: 'plimsoll.try/1', ...report }, undefined, 2)}\n`,
      );
    else stdout.write(formatTry(report, stdout.style));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Answers {
  readonly answer: Answer;
  /** The same without filter and imitated host, in a container; else absent. */
  readonly without?: Answer;
  readonly knowledge?: ImageKnowledge;
}

async function answersOf(
  call: string,
  path: string,
  options: TryOptions,
  context: Context,
): Promise<Answers> {
  const { image, host } = options;
  if (image === undefined) return { answer: await tryHere(path) };
  return withEngine(options, context, async (engine) => {
    const asked = {
      ...options,
      entrypoint: place,
      volume: [...(options.volume ?? []), `${path}:${place}:ro`],
      ...(host === undefined ? {} : { as: host }),
    };
    const { settings } = await settingsFromOptions(engine, image, [], asked, context);
    const { answer, image: knowledge } = await tryInContainer(engine, settings, call);
    const { imitatedHost: _, ...config } = settings.config;
    const open = { ...config, security: { ...config.security, seccomp: 'unconfined' as const } };
    const { answer: without } = await tryInContainer(engine, { ...settings, config: open }, call);
    return { answer, without, knowledge };
  });
}
