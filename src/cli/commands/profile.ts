// plimsoll profile: the seccomp profile of what a workload needs, from a run of it, from its code, or both, and held
// against it; joins and compares profiles.
import { readFileSync } from 'node:fs';
import { machine, release } from 'node:os';
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import type { ContainerSettings } from '../../engine/container.ts';
import { createContainer } from '../../engine/create-container.ts';
import type { Engine } from '../../engine/engine.ts';
import { allCapabilities, dockerCapabilities } from '../../host/capabilities.ts';
import { abiOfMachine } from '../../kernel/abi.ts';
import { goMachines } from '../../kernel/filter-evaluation.ts';
import { parseOciProfile } from '../../kernel/filter-profile.ts';
import { systemReason } from '../../lib/system-reason.ts';
import type { SyscallsReport } from '../../needs/code/syscall-report.ts';
import { apparmorProfile } from '../../observe/profile/apparmor.ts';
import { coverageOf, neededCalls, type Profile, profileOf } from '../../observe/profile/profile.ts';
import {
  allowedCount,
  answersOf,
  compareProfiles,
  mergeProfiles,
  type ProfileTarget,
  parseProfile,
  profileOfFilter,
} from '../../observe/profile/profile-file.ts';
import { verifyProfile } from '../../observe/profile/verify-profile.ts';
import type { TraceMeans } from '../../observe/trace/start-trace.ts';
import type { Trace } from '../../observe/trace/trace.ts';
import { parseTrace } from '../../observe/trace/trace-file.ts';
import { capabilitiesOf } from '../../runtime/spec/capabilities.ts';
import { dockerFilter } from '../../runtime/spec/seccomp.ts';
import { analyseCalls } from '../analyse-calls.ts';
import type { Context } from '../context.ts';
import {
  addCreateOptions,
  type CreateOptions,
  settingsFromOptions,
} from '../create-from-options.ts';
import { addExamples } from '../examples.ts';
import { pageOf } from '../facts-text.ts';
import { hostCommandOf } from '../host-command.ts';
import { numberOption } from '../number-option.ts';
import { withEngine } from '../open-engine.ts';
import { type ProfileReport, profileDifferenceText, profileText } from '../profile-text.ts';
import { traceMachineCommand, traceNewContainer, traceRequest } from '../trace-session.ts';
import { typedLine } from '../typed-line.ts';
import { writeWhole } from '../write-whole.ts';

interface ProfileOptions extends CreateOptions {
  readonly output?: string;
  readonly from: 'trace' | 'static' | 'both';
  readonly trace?: string;
  readonly with: TraceMeans;
  readonly base?: string;
  readonly arguments?: boolean;
  readonly apparmor?: string;
  readonly verify: boolean;
  readonly duration?: string;
  readonly format: 'text' | 'json';
}

/** How long the run under the profile may take more than the first, in milliseconds. */
const patienceMs = 30_000;

/** Adds `plimsoll profile` to the program. */
export function register(program: Command, context: Context): void {
  program.enablePositionalOptions();
  const command = program
    .command('profile')
    .description(
      'Writes the seccomp profile of what a workload needs: from a run of it, from the code of its programs, or both, each ' +
        'call with its reason; then runs the workload under it. `profile merge A B …` joins profiles, `profile diff A B` ' +
        'compares two.',
    )
    .argument('[image]', 'name or id; merge, diff; for a command of this machine: -- COMMAND')
    .argument('[command...]', "the workload: what to start in place of the image's own")
    .addOption(new Option('-o, --output <file>', 'where the profile goes'))
    .addOption(
      new Option('--from <source>', 'what it is made from')
        .choices(['trace', 'static', 'both'])
        .default('trace'),
    )
    .addOption(new Option('--trace <file>', 'a saved trace in place of a run'))
    .addOption(
      new Option('--with <means>', 'how it is traced')
        .choices(['auto', 'ebpf', 'strace'])
        .default('auto'),
    )
    .addOption(new Option('--base <profile>', 'what is allowed anyway: docker, or a file'))
    .addOption(new Option('--arguments', 'hold arguments to the values that are known'))
    .addOption(new Option('--apparmor <file>', 'a profile for AppArmor, too'))
    .addOption(new Option('--no-verify', 'do not run the workload under it'))
    .addOption(new Option('--duration <seconds>', 'of a service: let it run so long'))
    .addOption(
      new Option('--format <form>', 'form of the report').choices(['text', 'json']).default('text'),
    );
  addCreateOptions(command);
  addExamples(command, [
    {
      line: 'plimsoll profile redis:8 -o redis.json -- redis-server --version',
      says: 'from one run',
    },
    {
      line: 'plimsoll profile --from both --duration 20 -o web.json nginx',
      says: 'of a service, and its code',
    },
    { line: 'plimsoll profile merge a.json b.json -o both.json', says: 'what either allows' },
    { line: 'plimsoll profile diff a.json b.json', says: 'what differs' },
  ]);
  command.action((first: string | undefined, rest: readonly string[], options: ProfileOptions) =>
    run(first, rest, options, typedLine(program), context),
  );
}

function readText(path: string, { cwd }: Context): string {
  try {
    return readFileSync(resolve(cwd, path), 'utf8');
  } catch (cause) {
    throw new PlimsollError('PL0841', `${path} cannot be read: ${systemReason(cause)}`, {
      at: { path },
      help: 'name a file that is there',
      cause,
    });
  }
}

function targetHere(): ProfileTarget {
  const abi = abiOfMachine(machine());
  if (abi === undefined)
    throw new PlimsollError('PL0840', `the calls of ${machine()} are not known`);
  return { abi, capabilities: new Set(dockerCapabilities), kernel: release() };
}

function dockerProfile({ abi, capabilities, kernel }: ProfileTarget): Profile {
  return profileOfFilter(dockerFilter(), { machine: goMachines[abi], capabilities, kernel });
}

async function run(
  first: string | undefined,
  rest: readonly string[],
  options: ProfileOptions,
  line: readonly string[],
  context: Context,
): Promise<void> {
  const ofMachine = hostCommandOf(line, 'profile');
  if (ofMachine === undefined && first === 'merge') return merge(rest, options, context);
  if (ofMachine === undefined && first === 'diff') return difference(rest, options, context);
  if (options.output === undefined && options.from !== 'static' && options.trace === undefined)
    throw new PlimsollError('PL0001', 'where the profile goes is missing', {
      help: 'plimsoll profile -o FILE …: the workload writes to standard output itself',
    });
  const request = traceRequest(options.with, context);
  if (ofMachine !== undefined) {
    const { trace } = await traceMachineCommand(ofMachine, request, context);
    return write({ target: ofMachine.join(' '), trace }, options, context);
  }
  if (first === undefined && options.trace === undefined)
    throw new PlimsollError('PL0001', 'an image or a command is missing', {
      help: 'plimsoll profile -o FILE IMAGE [-- COMMAND], or plimsoll profile -o FILE -- COMMAND',
    });
  const words = rest[0] === '--' ? rest.slice(1) : rest;
  const report =
    options.from === 'trace' ? undefined : await staticReport(first, words, options, context);
  const saved =
    options.trace === undefined
      ? undefined
      : parseTrace(readText(options.trace, context), options.trace);
  if (saved !== undefined || options.from === 'static' || first === undefined)
    return write(
      { target: first ?? saved?.target ?? '', ...known(saved, report) },
      options,
      context,
    );
  await withEngine(options, context, async (engine) => {
    const { id, settings } = await settingsFromOptions(engine, first, words, options, context);
    const container = await createContainer(engine, { ...settings, autoRemove: true }, { id });
    const durationMs =
      options.duration === undefined
        ? undefined
        : numberOption('--duration', options.duration) * 1000;
    const { trace, exitCode, cut } = await traceNewContainer(
      engine,
      container.id,
      first,
      { stdin: options.interactive === true, ...(durationMs === undefined ? {} : { durationMs }) },
      request,
      context,
    );
    await write(
      {
        target: first,
        ...known(trace, report),
        engine,
        settings,
        ...(cut ? { stillRan: true } : { exitCode }),
      },
      options,
      context,
    );
  });
}

function known(trace: Trace | undefined, report: SyscallsReport | undefined) {
  return { ...(trace === undefined ? {} : { trace }), ...(report === undefined ? {} : { report }) };
}

async function staticReport(
  image: string | undefined,
  words: readonly string[],
  options: ProfileOptions,
  context: Context,
): Promise<SyscallsReport> {
  if (image === undefined)
    throw new PlimsollError('PL0001', 'the image whose code is read is missing', {
      help: 'name it, or leave --from out',
    });
  const quoted = words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  const { root } = options;
  const report = await analyseCalls(
    image,
    {
      ...(root === undefined ? {} : { root }),
      ...(words.length === 0 ? {} : { entrypoint: quoted }),
      cache: true,
    },
    context,
  );
  context.progress.clear();
  return report;
}

/** What a profile is written from, and held against. */
interface Known {
  readonly target: string;
  readonly trace?: Trace;
  readonly report?: SyscallsReport;
  readonly engine?: Engine;
  readonly settings?: ContainerSettings;
  readonly exitCode?: number;
  /** It was a service, and ran until its time was over. */
  readonly stillRan?: boolean;
}

async function write(from: Known, options: ProfileOptions, context: Context): Promise<void> {
  const { target, trace, report } = from;
  const { base, output } = options;
  const here = targetHere();
  const sources = {
    abi: here.abi,
    ...known(trace, report),
    holdArguments: options.arguments === true,
  };
  const calls = neededCalls(sources);
  const given =
    base === undefined
      ? undefined
      : base === 'docker'
        ? dockerProfile(here)
        : parseProfile(readText(base, context), base);
  const profile = profileOf(calls, sources, given);
  const text = `${JSON.stringify(profile, undefined, 2)}\n`;
  if (output === undefined) context.stdout.writeData(text);
  else await writeWhole(resolve(context.cwd, output), text, output);
  if (options.apparmor !== undefined) await writeApparmor(options.apparmor, from, context);
  const verification = await verified(profile, from, options, context);
  const summary: ProfileReport = {
    target,
    calls,
    allowed: allowedCount(answersOf(parseOciProfile(profile), here)),
    allowedByDocker: allowedCount(answersOf(dockerFilter(), here)),
    ...(trace === undefined || report === undefined ? {} : { coverage: coverageOf(trace, report) }),
    ...(verification === undefined ? {} : { verification }),
    ...(from.exitCode === undefined ? {} : { expected: from.exitCode }),
  };
  const { stderr } = context;
  if (options.format === 'json')
    (output === undefined ? stderr : context.stdout).writeData(
      `${JSON.stringify({ schema: 'plimsoll.profile/1', ...summary }, undefined, 2)}\n`,
    );
  else stderr.write(profileText(summary, pageOf(stderr)));
  if (verification !== undefined && !verification.trial.works) context.setExitCode(1);
}

async function writeApparmor(
  output: string,
  { target, trace, settings }: Known,
  { cwd }: Context,
): Promise<void> {
  if (trace === undefined)
    throw new PlimsollError('PL0001', '--apparmor needs a run, or a saved trace', {
      help: 'leave --from static out',
    });
  const capabilities =
    settings === undefined
      ? dockerCapabilities
      : capabilitiesOf({ ...settings.config, available: new Set(allCapabilities) });
  const name = target.replaceAll(/[^\w.-]+/g, '-');
  await writeWhole(resolve(cwd, output), apparmorProfile(name, trace, capabilities), output);
}

async function verified(
  profile: Profile,
  { engine, settings, exitCode, stillRan = false }: Known,
  { verify, duration }: ProfileOptions,
  context: Context,
) {
  if (engine === undefined || settings === undefined || !verify) return undefined;
  const { abi, kernel } = targetHere();
  context.progress.update('running it under the profile');
  const timeoutMs =
    stillRan && duration !== undefined ? numberOption('--duration', duration) * 1000 : patienceMs;
  const limits = { expectedCode: exitCode ?? 0, timeoutMs, stays: stillRan };
  const found = await verifyProfile(engine, profile, { settings, limits, abi, kernel });
  context.progress.clear();
  return found;
}

/** Options after the files are words of a command to commander: -o is taken out of them here. */
function withOutput(
  words: readonly string[],
  before: string | undefined,
): { readonly files: readonly string[]; readonly output?: string } {
  const at = words.findIndex((word) => word === '-o' || word === '--output');
  const output = at < 0 ? before : words[at + 1];
  const files = at < 0 ? words : [...words.slice(0, at), ...words.slice(at + 2)];
  return { files, ...(output === undefined ? {} : { output }) };
}

async function merge(
  words: readonly string[],
  options: ProfileOptions,
  context: Context,
): Promise<void> {
  const { files, output } = withOutput(words, options.output);
  if (files.length < 2)
    throw new PlimsollError('PL0001', 'two or more profiles are joined', {
      help: 'plimsoll profile merge A.json B.json -o FILE',
    });
  const merged = mergeProfiles(files.map((path) => parseProfile(readText(path, context), path)));
  const text = `${JSON.stringify(merged, undefined, 2)}\n`;
  if (output === undefined) context.stdout.writeData(text);
  else await writeWhole(resolve(context.cwd, output), text, output);
}

function difference(files: readonly string[], { format }: ProfileOptions, context: Context): void {
  const [a, b, ...others] = files;
  if (a === undefined || b === undefined || others.length > 0)
    throw new PlimsollError('PL0001', 'two profiles are compared, no more and no fewer', {
      help: 'plimsoll profile diff A.json B.json (docker is its default)',
    });
  const here = targetHere();
  const read = (path: string): Profile =>
    path === 'docker' ? dockerProfile(here) : parseProfile(readText(path, context), path);
  const differences = compareProfiles(read(a), read(b), here);
  const { stdout } = context;
  if (format === 'json')
    stdout.writeData(
      `${JSON.stringify({ schema: 'plimsoll.profile-difference/1', calls: differences }, undefined, 2)}\n`,
    );
  else stdout.write(profileDifferenceText(differences, [a, b], pageOf(stdout)));
}
