// The oldest kernel that the user space accepts: ABI notes (the loader of glibc before 2.36 refuses older kernels for
// itself, for programs and for every library), minimum kernels of run-times that are linked in, and kernel headers.
import { compareVersions } from '../../lib/version.ts';
import { capEvidence, groupBy } from '../evidence.ts';
import type { Need } from '../need.ts';
import type { ElfFile } from '../user-space.ts';
import { runnable } from './machine.ts';
import { type DeriveView, onStart, roleOf, startFirst } from './view.ts';

/** One need for each minimum that ABI notes name. */
export function* abiNotes(view: DeriveView): Generator<Need> {
  const files = runnable(view.userSpace.elves).filter(({ facts }) => facts.abiNote !== undefined);
  const groups = groupBy(files, (file) => `${file.facts.abiNote} ${whoChecks(file)}`);
  for (const group of groups.values()) {
    const shown = startFirst(view, group);
    const [first] = shown;
    if (first?.facts.abiNote === undefined) continue;
    const by = whoChecks(first);
    yield {
      kind: 'kernel',
      minimum: first.facts.abiNote,
      by,
      who: first.path,
      certainty: 'declared',
      evidence: capEvidence(
        shown.map((file) => view.at(file, `ABI note: for GNU/Linux ${file.facts.abiNote}`)),
      ),
      ...onStart(view, group),
    };
  }
}

const whoChecks = (file: ElfFile): 'program' | 'loader' | 'library' => {
  const role = roleOf(file);
  if (role === 'loader' || role === 'libc') return 'loader';
  return role === 'program' ? 'program' : 'library';
};

/** Minimum kernels of Go's run-time by release: the release notes of Go 1.1, 1.18 and 1.24; go.dev/wiki/MinimumRequirements. */
const goMinimum: readonly (readonly [string, string])[] = [
  ['1.24', '3.2'],
  ['1.18', '2.6.32'],
  ['1.0', '2.6.23'],
];

/** Rust's standard library: blog.rust-lang.org 2022-08-01, "Increasing the glibc and Linux kernel requirements" with 1.64. */
const rustMinimum: readonly (readonly [string, string])[] = [
  ['1.64', '3.2'],
  ['1.0', '2.6.32'],
];

/** Minimum kernels of Go and Rust programs. */
export function* runtimeKernels(view: DeriveView): Generator<Need> {
  const programs = runnable(view.userSpace.elves).flatMap((file) => {
    const go = minimumOf(file.facts.go?.version, goMinimum);
    const rust = minimumOf(file.facts.rust, rustMinimum);
    return [
      ...(go === undefined
        ? []
        : [{ file, path: file.path, minimum: go, who: `Go ${file.facts.go?.version}` }]),
      ...(rust === undefined
        ? []
        : [{ file, path: file.path, minimum: rust, who: `Rust ${file.facts.rust}` }]),
    ];
  });
  for (const group of groupBy(programs, ({ minimum, who }) => `${minimum} ${who}`).values()) {
    const [first] = group;
    if (first === undefined) continue;
    yield {
      kind: 'kernel',
      minimum: first.minimum,
      by: 'runtime',
      who: first.who,
      certainty: 'declared',
      evidence: capEvidence(
        startFirst(view, group).map(({ file, who }) => view.at(file, `built with ${who}`)),
      ),
      ...onStart(view, group),
    };
  }
}

function minimumOf(
  version: string | undefined,
  table: readonly (readonly [string, string])[],
): string | undefined {
  if (version === undefined) return undefined;
  return table.find(([from]) => compareVersions(version, from) >= 0)?.[1];
}
