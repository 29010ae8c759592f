// Programs that a program starts: by names that reach exec, posix_spawn, system or popen as constants, and by paths of
// executable files that reached code of a file refers to which can start programs at all.
import { shellCommands } from '../../../formats/shell-lexer.ts';
import { syscallNumbered } from '../../../kernel/syscalls.ts';
import { baseName } from '../../../lib/path.ts';
import { resolveCommand } from '../../start/resolve-command.ts';
import { isInterpreterName, isShellName } from '../../start/start-chain.ts';
import type { ElfFile } from '../../user-space.ts';
import { programStarters } from '../file/call-arguments.ts';
import { abiOfSite } from '../file/summary.ts';
import type { LinkedFile } from './link.ts';
import type { LinkedProgram, ProgramView } from './program-files.ts';

/** A program that another one starts. */
export interface StartedProgram {
  readonly elf: ElfFile;
  /** "system("ls -l") in /usr/bin/x". */
  readonly why: string;
}

/** What a program starts, and what cannot be told of it. */
export interface Started {
  readonly programs: readonly StartedProgram[];
  /** Sentences. */
  readonly open: readonly string[];
}

const throughShell: ReadonlySet<string> = new Set(['system', 'popen', 'wordexp']);
const shell = '/bin/sh';
const maxScriptDepth = 4;
/** /proc/self/exe is whoever looks. */
const ofKernel = /^\/(?:proc|sys|dev)\//;

/** Programs that what was reached of a program can start. */
export function startedPrograms(linked: LinkedProgram, view: ProgramView): Started {
  const { reached, collected } = linked;
  const found = new Map<string, StartedProgram>();
  const open: string[] = [];
  const command = { tree: view.tree, env: view.env, workingDirectory: '/' };
  const add = (name: string, why: string): void => {
    const path = resolveCommand(name, command)?.node.path;
    const elf = path === undefined ? undefined : executableAt(path, view);
    if (elf === undefined || elf === linked.program || found.has(elf.path)) return;
    found.set(elf.path, { elf, why });
    const kind = isShellName(baseName(name)) || isShellName(baseName(elf.path));
    if (kind || isInterpreterName(baseName(elf.path)))
      open.push(`what ${elf.path} goes on to start is not known (${why})`);
  };
  for (const { name, by, through } of collected.starts) {
    const file = reached.files[by.file]?.path ?? '';
    if (!throughShell.has(through)) add(name, `${through}("${name}") in ${file}`);
    else
      for (const { words } of shellCommands(name))
        if (words[0] !== undefined && !/[$`]/.test(words[0]))
          add(words[0], `${through}("${name}") in ${file}`);
  }
  const asked = reached.reachedExport(throughShell);
  if (asked !== undefined) add(shell, `${asked} starts the shell`);
  const starting = new Map<number, boolean>();
  for (const { file, index } of reached.functions) {
    const linkedFile = reached.files[file];
    const paths = linkedFile?.summary.paths[index];
    if (linkedFile === undefined || paths === undefined) continue;
    const starts = starting.get(file) ?? startsPrograms(linkedFile);
    starting.set(file, starts);
    if (!starts) continue;
    for (const path of paths)
      if (!path.endsWith('/') && !ofKernel.test(path))
        add(path, `${linkedFile.path} names it and starts programs`);
  }
  return { programs: [...found.values()], open };
}

const libcOrLoader = /\/(?:libc[.-][^/]*|ld-[^/]*)$/;

/** Whether a file imports what starts programs, or enters the kernel for it; the C library only does so for others. */
function startsPrograms({ path, summary }: LinkedFile): boolean {
  if (libcOrLoader.test(path)) return false;
  if (summary.symbols.some(({ name, isDefined }) => !isDefined && programStarters.has(name)))
    return true;
  return Object.values(summary.sites).some((sites) =>
    sites.some(
      ({ via, values }) =>
        via !== 'import' &&
        values[0]?.numbers?.some((number) =>
          /^execve(?:at)?$/.test(
            syscallNumbered(abiOfSite(via, summary.machine), number)?.name ?? '',
          ),
        ),
    ),
  );
}

/** The ELF program that runs when a file is started: itself, or what the first line of a script leads to. */
export function executableAt(path: string, view: ProgramView, depth = 0): ElfFile | undefined {
  const elf = view.elves.at(path);
  if (elf !== undefined)
    return elf.facts.interpreter !== undefined || elf.facts.type !== 'shared-library'
      ? elf
      : undefined;
  const line = depth < maxScriptDepth ? view.text(path)?.split('\n', 1)[0] : undefined;
  const [interpreter, argument] = /^#!\s*(\S+)(?:\s+(\S+))?/.exec(line ?? '')?.slice(1) ?? [];
  if (interpreter === undefined) return undefined;
  const name =
    baseName(interpreter) === 'env' && argument !== undefined && !argument.startsWith('-')
      ? argument
      : interpreter;
  const next = resolveCommand(name, { tree: view.tree, env: view.env, workingDirectory: '/' });
  return next === undefined ? undefined : executableAt(next.node.path, view, depth + 1);
}
