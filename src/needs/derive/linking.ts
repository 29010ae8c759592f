// What dynamic programs need inside the tree: their interpreter, their libraries, the symbol versions that they were
// linked against. Only programs count: a plugin that lacks its library is somebody's choice.
import { capEvidence, groupBy } from '../evidence.ts';
import type { Need } from '../need.ts';
import type { ElfFile } from '../user-space.ts';
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
    ...userSpace.scripts.flatMap((file) =>
      file.interpreter === undefined
        ? []
        : [{ path: file.path, file, interpreter: file.interpreter }],
    ),
  ];
  for (const [interpreter, group] of groupBy(uses, (use) => use.interpreter)) {
    if (!interpreter.startsWith('/')) continue;
    const shown = startFirst(view, group);
    yield {
      kind: 'interpreter',
      path: interpreter,
      present: userSpace.tree.stat(interpreter) !== undefined,
      for: shown[0]?.path ?? '',
      certainty: 'declared',
      evidence: capEvidence(shown.map(({ file }) => view.at(file, `asks for ${interpreter}`))),
      ...onStart(view, group),
    };
  }
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
