// What dynamic programs need inside the tree: their interpreter, their libraries, the symbol versions that they were
// linked against. Only programs count: a plugin that lacks its library is somebody's choice.
import { capEvidence, groupBy } from '../evidence.ts';
import type { Need } from '../need.ts';
import { resolveCommand } from '../start/resolve-command.ts';
import type { ElfFile, ScriptFile, UserSpace } from '../user-space.ts';
import { runnable } from './machine.ts';
import { type DeriveView, onStart, roleOf, startFirst } from './view.ts';

const programsOf = (view: DeriveView): readonly ElfFile[] =>
  view.userSpace.target.kind === 'elf'
    ? []
    : runnable(view.userSpace.elves).filter(
        (file) => roleOf(file) === 'program' && file.facts.interpreter !== undefined,
      );

/** Whether the interpreters of programs and scripts are in the tree. */
export function* interpreters(view: DeriveView): Generator<Need> {
  const { userSpace } = view;
  if (userSpace.target.kind === 'elf') return;
  const uses = [
    ...programsOf(view).map((file) => ({
      path: file.path,
      file,
      interpreter: file.facts.interpreter ?? '',
    })),
    ...userSpace.scripts.flatMap((file) => scriptUses(file, view)),
  ];
  for (const [interpreter, group] of groupBy(uses, (use) => use.interpreter)) {
    if (!interpreter.startsWith('/') && !group.every(({ file }) => 'commands' in file)) continue;
    const shown = startFirst(view, group);
    const present = interpreter.startsWith('/') && userSpace.tree.stat(interpreter) !== undefined;
    if (!present && !interpreter.endsWith('\r') && isListed(userSpace, interpreter)) continue;
    yield {
      kind: 'interpreter',
      path: interpreter,
      present,
      for: shown[0]?.path ?? '',
      certainty: 'declared',
      evidence: capEvidence(shown.map(({ file }) => view.at(file, `asks for ${interpreter}`))),
      ...onStart(view, group),
    };
  }
}

/**
 * What the first line of a script asks for: the interpreter, and what env is to look for in PATH where that is not there
 * and the script is started. A carriage return at the line's end becomes part of the last word.
 */
function scriptUses(file: ScriptFile, { userSpace, startPaths }: DeriveView) {
  const { path, interpreter, argument } = file;
  if (interpreter === undefined) return [];
  const use = { path, file, interpreter };
  if (argument?.endsWith('\r')) return [use, { ...use, interpreter: argument }];
  const word =
    interpreter.endsWith('/env') && startPaths?.has(path) === true
      ? argument?.split(/[ \t]+/).find((each) => !each.startsWith('-') && !each.includes('='))
      : undefined;
  if (word === undefined) return [use];
  const { tree, config } = userSpace;
  const found = resolveCommand(word, { tree, env: config?.env ?? {}, workingDirectory: '/' });
  return found === undefined ? [use, { ...use, interpreter: word }] : [use];
}

/**
 * Whether a file that is not in the tree belongs to an installed package: where the C library is installed but not among
 * the files, only a part of the image was given, and that says nothing about what the rest holds.
 */
function isListed({ libc, packages, elves }: UserSpace, path: string): boolean {
  if (libc?.listed !== true && elves.length > 0) return false;
  if (libc === undefined || packages.length === 0) return true;
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (/^ld[-.0-9]/.test(name)) return name.includes('musl') === (libc.name === 'musl');
  return (
    name === 'sh' ||
    name === 'env' ||
    packages.some((item) => item.name === name || item.name === name.replace(/[\d.]+$/, ''))
  );
}

interface Lack {
  readonly path: string;
  readonly program: ElfFile;
  readonly by: ElfFile;
  readonly name: string;
  readonly version?: string;
}

/** Libraries and symbol versions that the loader will not find. */
export function* libraries(view: DeriveView): Generator<Need> {
  if (view.userSpace.libc?.listed === true) return;
  const lacks: Lack[] = [];
  for (const program of programsOf(view)) {
    const { objects, missing, byName } = view.closure(program);
    for (const { name, by } of missing) lacks.push({ path: program.path, program, by, name });
    for (const by of objects) {
      for (const [name, versions] of Object.entries(by.facts.versionsNeeded)) {
        const defined = byName.get(name)?.facts.versionsDefined;
        if (defined === undefined || defined.length === 0) continue;
        for (const version of versions) {
          if (!defined.includes(version))
            lacks.push({ path: program.path, program, by, name, version });
        }
      }
    }
  }
  for (const group of groupBy(lacks, ({ name, version }) => `${name} ${version ?? ''}`).values()) {
    const shown = startFirst(view, group);
    const [first] = shown;
    if (first === undefined) continue;
    yield {
      kind: 'library',
      name: first.name,
      ...(first.version === undefined ? {} : { version: first.version }),
      for: first.program.path,
      certainty: 'declared',
      evidence: capEvidence(
        shown.map(({ by, name, version }) =>
          view.at(by, version === undefined ? `needs ${name}` : `needs ${version} of ${name}`),
        ),
      ),
      ...onStart(view, group),
    };
  }
}
