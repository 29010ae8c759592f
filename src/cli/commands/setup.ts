// plimsoll setup: what containers need of this machine, what is missing, and how to come by it.
import { spawn } from 'node:child_process';
import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { machineSettings, machineText, type SettingState } from '../../engine/machine-settings.ts';
import { osReleasePaths, parseOsRelease } from '../../formats/os-release.ts';
import { systemReason } from '../../lib/system-reason.ts';
import { findProgram } from '../../sys/find-program.ts';
import type { NamespaceUser } from '../../sys/subordinate-ids.ts';
import {
  familyOf,
  findPart,
  type PackageFamily,
  packageFamilies,
  type SystemPart,
  systemParts,
} from '../../sys/system-parts.ts';
import { confirm } from '../confirm.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { pageOf, section, table } from '../facts-text.ts';
import { type FormatOptions, formatOption, writeJson } from '../output-format.ts';

interface SetupOptions extends FormatOptions {
  readonly install?: boolean;
  readonly yes?: boolean;
  readonly user?: string;
}

/** Adds `plimsoll setup` to the program. */
export function register(program: Command, context: Context): void {
  const command = program
    .command('setup')
    .description(
      'Tells what containers need of this machine: programs, settings, devices; what each is for, and what brings what is missing. ' +
        'Ends with 1 when something is missing that containers need.',
    )
    .option('--user <name>', 'for this ordinary user too (default: who calls it, when not root)')
    .option('--install', 'install what is missing and change settings, as root')
    .option('-y, --yes', 'with --install: do not ask')
    .addOption(formatOption());
  addExamples(command, [
    { line: 'plimsoll setup', says: 'what is there and what is not' },
    { line: 'sudo plimsoll setup --install --user jane', says: 'everything that jane needs' },
  ]);
  command.action((options: SetupOptions) => setup(options, context));
}

interface PartState {
  readonly part: SystemPart;
  /** Where it is. */
  readonly path?: string;
}

interface MachineState {
  readonly parts: readonly PartState[];
  readonly settings: readonly SettingState[];
  readonly family: PackageFamily | undefined;
  /** Who shall have containers, beside root. */
  readonly user: NamespaceUser | undefined;
}

async function setup(options: SetupOptions, context: Context): Promise<void> {
  const state = look(options, context);
  const { missing, commands } = planOf(state);
  if (options.format === 'json') writeJson(context, jsonOf(state, commands));
  else if (options.install !== true || commands.length === 0) write(state, commands, context);
  if (options.install === true && commands.length > 0) {
    await install(commands, options, context);
    const after = look(options, context);
    write(after, planOf(after).commands, context);
    if (planOf(after).missing) context.setExitCode(1);
    return;
  }
  if (missing) context.setExitCode(1);
}

function look({ user: named }: SetupOptions, { environment, user }: Context): MachineState {
  const path = environment['PATH'];
  const parts = systemParts.map((part: SystemPart): PartState => {
    const found = part.programs
      .map((name) => findPart(name, path))
      .find((file) => file !== undefined);
    return { part, ...(found === undefined ? {} : { path: found }) };
  });
  const who = named === undefined ? (user === 0 ? undefined : ownUser()) : userNamed(named);
  return { parts, settings: machineSettings(who), family: familyHere(), user: who };
}

function ownUser(): NamespaceUser {
  const { uid, gid, username } = userInfo();
  return { uid, gid, name: username };
}

/** @throws PlimsollError PL0001 */
function userNamed(name: string): NamespaceUser {
  const line = (machineText('/etc/passwd') ?? '')
    .split('\n')
    .map((one) => one.split(':'))
    .find(([first]) => first === name);
  if (line === undefined)
    throw new PlimsollError('PL0001', `no user ${name} in /etc/passwd`, {
      help: 'name one who is there; one of a directory service needs ids in /etc/subuid by number',
    });
  return { uid: Number(line[2]), gid: Number(line[3]), name };
}

function familyHere(): PackageFamily | undefined {
  for (const path of osReleasePaths) {
    const text = machineText(path);
    const facts = text === undefined ? undefined : parseOsRelease(Buffer.from(text), path).value;
    if (facts !== undefined) return familyOf([facts.id, ...facts.idLike]);
  }
  return undefined;
}

/** Whether something is missing that is needed, and what mends all that can be mended. */
function planOf({ parts, settings, family, user }: MachineState): {
  readonly missing: boolean;
  readonly commands: readonly (readonly string[])[];
} {
  const wanted = parts.filter(
    ({ part, path }) => path === undefined && (part.need !== 'user' || user !== undefined),
  );
  const bad = settings.filter(({ ok }) => !ok);
  const packages =
    family === undefined ? [] : [...new Set(wanted.map(({ part }) => part.packages[family]))];
  return {
    missing:
      wanted.some(({ part }) => part.need !== 'feature') || bad.some(({ optional }) => !optional),
    commands: [
      ...(family === undefined || packages.length === 0
        ? []
        : [[...packageFamilies[family].install, ...packages]]),
      ...bad.flatMap(({ command }) => (command === undefined ? [] : [command])),
    ],
  };
}

function write(
  { parts, settings, family, user }: MachineState,
  commands: readonly (readonly string[])[],
  { stdout, environment }: Context,
): void {
  const page = pageOf(stdout);
  const { green, red, yellow } = page.style;
  const mark = (ok: boolean, needed: boolean) =>
    ok
      ? { text: 'ok', paint: green }
      : needed
        ? { text: 'missing', paint: red }
        : { text: 'not there', paint: yellow };
  const programs = parts.map(({ part, path }) => {
    const needed = part.need === 'always' || (part.need === 'user' && user !== undefined);
    const packages = family === undefined ? part.packages.debian : part.packages[family];
    return [
      mark(path !== undefined, needed),
      { text: part.name },
      { text: path === undefined ? `${part.purpose}: package ${packages}` : part.purpose },
    ];
  });
  const machine = settings.map(({ ok, optional, name, found, purpose, fix = '' }) => [
    mark(ok, !optional),
    { text: name },
    { text: ok ? found : `${found} (${purpose}): ${fix}` },
  ]);
  const lines = [
    ...section(page, 'Programs', table(page, programs)),
    ...section(page, 'This machine', table(page, machine)),
  ].slice(1);
  stdout.write(`${lines.join('\n')}\n`);
  if (commands.length === 0) {
    const rest = parts.filter(({ part, path }) => path === undefined && part.need === 'always');
    if (rest.length > 0 && family === undefined)
      stdout.write('\nThis distribution is not known here: look for packages of these names.\n');
    return;
  }
  const sudo = findProgram('sudo', environment['PATH']) === undefined ? '' : 'sudo ';
  stdout.write(`\n${sudo}plimsoll setup --install runs, as root:\n`);
  for (const command of commands) stdout.write(`  ${command.join(' ')}\n`);
}

function jsonOf(
  { parts, settings, family, user }: MachineState,
  commands: readonly (readonly string[])[],
): object {
  return {
    family: family ?? null,
    user: user?.name ?? null,
    programs: parts.map(({ part, path }) => ({
      name: part.name,
      need: part.need,
      purpose: part.purpose,
      path: path ?? null,
      packages: part.packages,
    })),
    machine: settings.map(({ command: _, ...one }) => one),
    commands,
  };
}

/** Runs them one after the other; what they write is shown. @throws PlimsollError PL0001, PL0830 */
async function install(
  commands: readonly (readonly string[])[],
  { yes = false }: SetupOptions,
  context: Context,
): Promise<void> {
  if (context.user !== 0)
    throw new PlimsollError('PL0001', 'only root can install packages and change settings', {
      help: `sudo plimsoll setup --install, or: ${commands.map((one) => one.join(' ')).join('; ')}`,
    });
  for (const command of commands) context.stdout.write(`  ${command.join(' ')}\n`);
  if (!yes && !(await confirm('This will run the commands above.', context))) return;
  for (const command of commands) await runCommand(command, context);
}

function runCommand(
  [name = '', ...args]: readonly string[],
  { environment }: Context,
): Promise<void> {
  const failed = (why: string, cause?: unknown): PlimsollError =>
    new PlimsollError('PL0830', `${[name, ...args].join(' ')}: ${why}`, {
      help: 'what it wrote says more; what came before it was done',
      cause,
    });
  return new Promise((settle, reject) => {
    const child = spawn(name, args, {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...environment, DEBIAN_FRONTEND: 'noninteractive' },
    });
    child.on('error', (cause) => reject(failed(systemReason(cause), cause)));
    child.on('exit', (code, signal) =>
      code === 0 ? settle() : reject(failed(`it ended with ${code ?? signal}`)),
    );
  });
}
