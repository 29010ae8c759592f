// All families of needs of one user space.
import { elfIndex } from '../elf-index.ts';
import { type Closure, librarySearch } from '../library-search.ts';
import type { Need } from '../need.ts';
import { startedScripts } from '../start/started-scripts.ts';
import type { ElfFile, UserSpace } from '../user-space.ts';
import { cpuLevel } from './cpu-level.ts';
import {
  commands,
  environment,
  guards,
  kernelPaths,
  privilegedFiles,
  sourceUses,
  unbounded,
} from './files.ts';
import { flags } from './flags.ts';
import { abiNotes, runtimeKernels } from './kernel.ts';
import { interpreters, libraries } from './linking.ts';
import { architecture, cpuFeature, executableStack, pageSize } from './machine.ts';
import { syscalls } from './syscalls.ts';
import { privilegedTools } from './tools.ts';
import { type Derive, type DeriveView, softwareOnStart } from './view.ts';
import { vsyscall } from './vsyscall.ts';

const families: readonly Derive[] = [
  architecture,
  abiNotes,
  runtimeKernels,
  cpuLevel,
  cpuFeature,
  pageSize,
  interpreters,
  libraries,
  executableStack,
  syscalls,
  flags,
  vsyscall,
  privilegedFiles,
  kernelPaths,
  sourceUses,
  guards,
  commands,
  environment,
  privilegedTools,
  unbounded,
  recognised,
];

/** Every need that the user space's files and configuration tell of. */
export function deriveNeeds(userSpace: UserSpace): readonly Need[] {
  const view = viewOf(userSpace);
  return families.flatMap((family) => [...family(view)]);
}

/** One need for each piece of software that was recognised. */
function* recognised(view: DeriveView): Generator<Need> {
  for (const software of view.userSpace.software) {
    yield {
      kind: 'software',
      software,
      certainty: 'present',
      evidence: software.evidence,
      ...softwareOnStart(view, software.evidence, software.name),
    };
  }
}

function viewOf(userSpace: UserSpace): DeriveView {
  const elves = elfIndex(userSpace.tree, userSpace.elves);
  const search = librarySearch({
    tree: userSpace.tree,
    elves,
    env: userSpace.config?.env ?? {},
    text: (path) => userSpace.text(path),
  });
  const closures = new Map<string, Closure>();
  const closure = (program: ElfFile): Closure => {
    const known = closures.get(program.path) ?? search.closure(program);
    closures.set(program.path, known);
    return known;
  };
  const startPaths = userSpace.start.length === 0 ? undefined : new Set<string>();
  for (const { path } of userSpace.start) {
    if (path === undefined || startPaths === undefined) continue;
    startPaths.add(path);
    const program = elves.at(path);
    if (program !== undefined)
      for (const object of closure(program).objects) startPaths.add(object.path);
  }
  const runs =
    startPaths === undefined ? undefined : new Set([...startPaths, ...startedScripts(userSpace)]);
  const { layers } = userSpace.target;
  return {
    userSpace,
    elves,
    closure,
    ...(startPaths === undefined ? {} : { startPaths }),
    ...(runs === undefined ? {} : { runs }),
    at({ path, layer }, detail) {
      const label = layer === undefined ? undefined : layers[layer];
      return { path, ...(label === undefined ? {} : { layer: label }), detail };
    },
  };
}
