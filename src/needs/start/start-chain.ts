// What a container of the image starts: the image's entrypoint and command, looked up in the tree, through wrappers
// (tini, gosu …), shebangs and entry scripts to the programs behind. Nothing is run: where only running could tell,
// the chain ends in 'shell' or 'interpreter'.
import { startOf } from '../../formats/script.ts';
import { shellCommands } from '../../formats/shell-lexer.ts';
import type { FileTree } from '../../image/file-tree.ts';
import type { ImageConfig } from '../../image/image.ts';
import { baseName } from '../../lib/path.ts';
import type { ElfIndex } from '../elf-index.ts';
import type { ScriptFile, StartStep } from '../user-space.ts';
import { followScript } from './follow-script.ts';
import { resolveCommand } from './resolve-command.ts';
import { servicesOf } from './services.ts';
import { expandWords, variablesOf } from './words.ts';

/** What the chain is followed in. */
export interface StartView {
  readonly tree: FileTree;
  readonly elves: ElfIndex;
  readonly config?: Pick<ImageConfig, 'entrypoint' | 'cmd' | 'env' | 'workingDirectory'>;
  readonly texts: readonly string[];
  text(path: string): string | undefined;
  script(path: string): ScriptFile | undefined;
}

const maximumSteps = 96;
const maximumDepth = 16;
const shellName = /^(?:ba|da|a|k|mk|z|tc|c|fi)?sh$/;
const interpreterName =
  /^(?:python[0-9.]*|pypy[0-9.]*|perl[0-9.]*|ruby[0-9.]*|node|nodejs|bun|deno|php[0-9.]*|java|Rscript|R|lua[0-9.]*|luajit|tclsh[0-9.]*|guile|erl|beam\.smp|elixir|dotnet|mono|pwsh|groovy|julia|sbcl|racket)$/;

/** Whether a program of that name is a shell. */
export const isShellName = (name: string): boolean => shellName.test(name);

/** Whether a program of that name runs code that is no machine code. */
export const isInterpreterName = (name: string): boolean => interpreterName.test(name);

/** Steps from the entrypoint on; empty when nothing says what starts. */
export function startChain(view: StartView): readonly StartStep[] {
  const { config, tree } = view;
  const argv = config === undefined ? initOf(tree) : [...config.entrypoint, ...config.cmd];
  if (argv.length === 0) return [];
  const steps: StartStep[] = [];
  follow(argv, view, steps, 0, new Set());
  return steps;
}

/** A directory has no entrypoint; where it holds an init, that is what starts. */
function initOf(tree: FileTree): readonly string[] {
  const found = ['/sbin/init', '/usr/lib/systemd/systemd', '/lib/systemd/systemd', '/init'].find(
    (path) => tree.stat(path)?.type === 'file',
  );
  return found === undefined ? [] : [found];
}

function follow(
  argv: readonly string[],
  view: StartView,
  steps: StartStep[],
  depth: number,
  seen: Set<string>,
): void {
  const key = argv.join('\0');
  const [word = ''] = argv;
  if (word === '' || seen.has(key) || steps.length >= maximumSteps || depth > maximumDepth) return;
  seen.add(key);
  const go = (next: readonly string[]) => follow(next, view, steps, depth + 1, seen);
  if (word === 'exec' || word === 'command') {
    go(argv.slice(1));
    return;
  }
  const env = view.config?.env ?? {};
  const workingDirectory = view.config?.workingDirectory ?? '/';
  const resolve = (name: string) =>
    resolveCommand(name, { tree: view.tree, env, workingDirectory });
  const found = resolve(word);
  if (found === undefined) {
    steps.push({ argv, kind: 'missing' });
    return;
  }
  const { path, node } = found;
  const name = baseName(path);
  const script = view.script(node.path);
  if (view.elves.at(node.path) === undefined && script !== undefined) {
    steps.push({ argv, path: node.path, kind: 'script' });
    followFile(script, argv.slice(1), view, steps, go);
    return;
  }
  const applet = baseName(node.path) === 'busybox' && name !== 'busybox';
  const launch = isShellName(name) ? undefined : launched(argv);
  if (launch !== undefined) {
    steps.push({ argv, path: node.path, kind: 'elf' });
    for (const launcher of launch.through.slice(1)) {
      const other = resolve(launcher);
      if (other !== undefined) steps.push({ argv: [launcher], path: other.node.path, kind: 'elf' });
    }
    go(launch.argv);
    return;
  }
  if (isShellName(name)) {
    followShell(argv, node.path, view, steps, go);
    return;
  }
  if (isInterpreterName(name) && !applet) {
    steps.push({ argv, path: node.path, kind: 'interpreter' });
    return;
  }
  steps.push({ argv, path: node.path, kind: 'elf' });
  for (const service of servicesOf(baseName(path) === 'init' ? serviceName(node.path) : name, {
    ...view,
    env,
  }))
    go(service);
}

/** The command that launchers (tini, gosu, env …) start, and their names; undefined when the first word is none. */
function launched(
  argv: readonly string[],
): { readonly argv: readonly string[]; readonly through: readonly string[] } | undefined {
  const found = startOf(argv, 0, true);
  return found.through.length > 0 && found.argv.length < argv.length ? found : undefined;
}

/** /sbin/init is a link to the init that it is. */
const serviceName = (path: string) => (baseName(path) === 'systemd' ? 'systemd' : 'init');

/** sh [options] [-c COMMAND | FILE [args]]. */
function followShell(
  argv: readonly string[],
  path: string,
  view: StartView,
  steps: StartStep[],
  go: (argv: readonly string[]) => void,
): void {
  let at = 1;
  let command = false;
  while (at < argv.length && /^[-+]./.test(argv[at] ?? '')) {
    const option = argv[at] ?? '';
    at++;
    if (option === '--') break;
    if (/^[-+][a-z]*o$/.test(option)) at++;
    if (/^-[a-zA-Z]*c$/.test(option)) {
      command = true;
      break;
    }
  }
  const operand = argv[at];
  if (operand === undefined) {
    steps.push({ argv, path, kind: 'shell' });
    return;
  }
  if (!command) {
    steps.push({ argv, path, kind: 'elf' });
    go([operand.includes('/') ? operand : `./${operand}`, ...argv.slice(at + 1)]);
    return;
  }
  const last = shellCommands(operand).findLast(({ depth }) => depth === 0);
  const { words } = expandWords(last?.words ?? [], variablesOf(operand, view.config?.env ?? {}));
  const next = words.flatMap((word) => (word === '$@' ? argv.slice(at + 2) : [word]));
  // Its arguments may hold what only the shell knows; the program's name must not.
  if (/^$|[$`]/.test(next[0] ?? '')) {
    steps.push({ argv, path, kind: 'shell' });
    return;
  }
  steps.push({ argv, path, kind: 'elf' });
  const before = steps.length;
  go(next);
  if (steps[before]?.kind === 'missing')
    steps.splice(before - 1, steps.length, { argv, path, kind: 'shell' });
}

/** What a script's interpreter does with it. */
function followFile(
  script: ScriptFile,
  args: readonly string[],
  view: StartView,
  steps: StartStep[],
  go: (argv: readonly string[]) => void,
): void {
  const line = [
    script.interpreter ?? '/bin/sh',
    ...(script.argument === undefined ? [] : script.argument.split(/\s+/)),
  ];
  const command = baseName(line[0] ?? '') === 'env' ? (launched(line)?.argv ?? line) : line;
  const name = baseName(command[0] ?? '');
  const found = resolveCommand(command[0] ?? '', {
    tree: view.tree,
    env: view.config?.env ?? {},
    workingDirectory: '/',
  });
  if (found === undefined) {
    steps.push({ argv: command, kind: 'missing' });
    return;
  }
  const self = { argv: [...command, script.path, ...args], path: found.node.path };
  const services = servicesOf(baseName(script.path), { ...view, env: view.config?.env ?? {} });
  if (!isShellName(name) && name !== 'execlineb' && name !== 'with-contenv') {
    steps.push({ ...self, kind: services.length > 0 ? 'elf' : 'interpreter' });
    for (const service of services) go(service);
    return;
  }
  const { commands, exec } = followScript(
    view.text(script.path) ?? '',
    args,
    view.config?.env ?? {},
  );
  const next = [...commands, ...services];
  steps.push({ ...self, kind: next.length > 0 ? 'elf' : 'shell' });
  const before = steps.length;
  for (const each of next) go(each);
  // A last line that leads nowhere is no missing program: the script was not understood.
  if (
    steps.length > before &&
    steps.slice(before).every((step) => step.kind === 'missing') &&
    !exec
  ) {
    steps.splice(before - 1, steps.length, { ...self, kind: 'shell' });
  }
}
