// Needs that every ELF file declares of the machine: its architecture and class, an executable stack, the largest
// page that its segments and its allocator allow, processor levels.

import { capEvidence, groupBy } from '../evidence.ts';
import { listedMachine } from '../listed-base.ts';
import type { Need } from '../need.ts';
import type { ElfFile } from '../user-space.ts';
import { type DeriveView, onStart, roleOf, startFirst } from './view.ts';

/** Machines on which the host chooses the page size; 32-bit ARM through the kernels of some storage boxes. */
const variablePages = new Set([
  'arm',
  'aarch64',
  'arm',
  'ppc64le',
  'ppc64',
  'mips64',
  'mips64el',
  'mips',
  'mipsel',
  'loongarch64',
]);

/** Files that are loaded and run on Linux: not object files, cores, BPF, kernel modules, other systems' programs, test data. */
export function runnable(elves: readonly ElfFile[]): readonly ElfFile[] {
  return elves.filter(
    ({ path, facts }) =>
      !path.includes('/testdata/') &&
      facts.type !== 'relocatable' &&
      facts.type !== 'core' &&
      facts.type !== 'other' &&
      !facts.machine.startsWith('em-') &&
      foreignSystems.has(facts.osAbi) === false,
  );
}

/** EI_OSABI of other systems: NetBSD, Solaris, FreeBSD, OpenBSD … (gABI chapter 4); 0 and 3 are Linux's, 97 bare ARM. */
const foreignSystems = new Set([1, 2, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 17, 18, 255]);

/** What starts counts for any machine; of the rest, what Linux runs on some machine that is known. */
function* machineFiles({ userSpace, startPaths }: DeriveView): Generator<ElfFile> {
  yield* runnable(userSpace.elves);
  for (const file of userSpace.elves) {
    if (file.facts.machine.startsWith('em-') && startPaths?.has(file.path) === true) yield file;
  }
}

/** One need for each machine and class that occurs. */
export function* architecture(view: DeriveView): Generator<Need> {
  const groups = groupBy(
    machineFiles(view),
    ({ facts }) => `${facts.machine} ${facts.bits} ${facts.x32}`,
  );
  for (const files of groups.values()) {
    const [first] = files;
    if (first === undefined) continue;
    const { machine, bits, x32 } = first.facts;
    const shown = startFirst(view, files);
    yield {
      kind: 'architecture',
      machine,
      bits,
      x32,
      certainty: 'declared',
      evidence: capEvidence(
        shown.map((file) => view.at(file, `${machine}, ${bits} bits${x32 ? ', x32' : ''}`)),
      ),
      ...onStart(view, files),
    };
  }
  if (groups.size === 0) yield* listedArchitecture(view);
}

/** A user space without any program, of which packages or the platform say what it is for. */
function* listedArchitecture({ userSpace }: DeriveView): Generator<Need> {
  const listed = userSpace.libc?.listed === true ? listedMachine(userSpace) : undefined;
  if (listed === undefined) return;
  const { machine, bits, evidence } = listed;
  yield {
    kind: 'architecture',
    machine,
    bits,
    x32: false,
    certainty: 'declared',
    evidence: [evidence],
  };
}

/** The newest processor feature that files were built for throughout: one need for each that occurs. */
export function* cpuFeature(view: DeriveView): Generator<Need> {
  const built = runnable(view.userSpace.elves).filter(({ builtFor = [] }) => builtFor.length > 0);
  const groups = groupBy(built, ({ builtFor = [] }) => builtFor.at(-1) ?? '');
  for (const [feature, files] of groups) {
    const shown = startFirst(view, files);
    const [first] = shown;
    if (first === undefined) continue;
    yield {
      kind: 'cpu-feature',
      feature,
      who: first.path,
      certainty: 'present',
      evidence: capEvidence(
        shown.map((file) =>
          view.at(
            file,
            `code built for ${file.builtFor?.join(', ')}, without a choice at run time`,
          ),
        ),
      ),
      ...onStart(view, files),
    };
  }
}

/** Machines on which glibc takes a library without PT_GNU_STACK for one that needs an executable stack (stackinfo.h). */
const executableByDefault = new Set(['x86_64', 'i386', 'arm']);

/** Where distributions put what they built: they never leave the header out. */
const distributed = /^\/(?:usr\/)?lib(?:32|64|x32)?\//;

/** PT_GNU_STACK with execute permission, or libraries of others that lack the header where that means the same. */
export function* executableStack(view: DeriveView): Generator<Need> {
  for (const file of runnable(view.userSpace.elves)) {
    const { executableStack: stated, machine } = file.facts;
    const library = roleOf(file) === 'library';
    const untold =
      stated === undefined &&
      library &&
      executableByDefault.has(machine) &&
      !distributed.test(file.path);
    if (stated !== true && !untold) continue;
    yield {
      kind: 'executable-stack',
      path: file.path,
      library,
      certainty: untold ? 'present' : 'declared',
      evidence: [
        view.at(
          file,
          untold
            ? 'no PT_GNU_STACK: the loader takes it to need an executable stack'
            : 'PT_GNU_STACK asks for an executable stack',
        ),
      ],
      ...onStart(view, [file]),
    };
  }
}

/** The largest host page, where it is smaller than what some kernel of the machine uses. */
export function* pageSize(view: DeriveView): Generator<Need> {
  const files = runnable(view.userSpace.elves).filter(({ facts }) => facts.loadAlignment > 0);
  const bySegments = groupBy(
    files.filter(({ facts }) => variablePages.has(facts.machine) && facts.maxPageSize < 65536),
    ({ facts }) => String(facts.maxPageSize),
  );
  for (const group of bySegments.values()) {
    const shown = startFirst(view, group);
    const [first] = shown;
    if (first === undefined) continue;
    yield {
      kind: 'page-size',
      maximum: first.facts.maxPageSize,
      by: 'segments',
      who: first.path,
      certainty: 'declared',
      evidence: capEvidence(
        shown.map((file) =>
          view.at(
            file,
            `segments can be mapped with pages of at most ${file.facts.maxPageSize} bytes`,
          ),
        ),
      ),
      ...onStart(view, group),
    };
  }
  for (const file of files) {
    const maximum = allocatorPage(file);
    if (maximum === undefined || !variablePages.has(file.facts.machine) || maximum >= 65536)
      continue;
    yield {
      kind: 'page-size',
      maximum,
      by: 'allocator',
      who: file.path,
      certainty: 'present',
      evidence: [view.at(file, `jemalloc built for pages of ${maximum} bytes`)],
      ...onStart(view, [file]),
    };
  }
}

/**
 * The page size that a jemalloc inside was built for. Where the code does not tell it, the usual one: configure takes
 * the page of the machine that builds, which is 4 KiB nearly everywhere.
 */
function allocatorPage({ facts: { marks } }: ElfFile): number | undefined {
  if (marks['jemalloc'] === undefined) return undefined;
  const size = Number(marks['jemalloc-page'] ?? 4096);
  return Number.isInteger(size) && size >= 4096 ? size : undefined;
}
