// The oldest kernel that the user space accepts: ABI notes (the loader of glibc before 2.36 refuses older kernels for
// itself, for programs and for every library), minimum kernels of run-times that are linked in, and kernel headers.
import { abiOfMachine } from '../../kernel/abi.ts';
import { minimumKernel } from '../../kernel/fallbacks.ts';
import { compareVersions } from '../../lib/version.ts';
import { capEvidence, groupBy } from '../evidence.ts';
import { listedMachine } from '../listed-base.ts';
import type { Need, NeedOf } from '../need.ts';
import type { ElfFile, Evidence } from '../user-space.ts';
import { runnable } from './machine.ts';
import { type DeriveView, onStart, roleOf, softwareOnStart, startFirst } from './view.ts';

/** Distributions that asked glibc's configure for a newer kernel than its own minimum (--enable-kernel). */
const ownMinimums: readonly {
  readonly id: string;
  readonly from: string;
  readonly minimum: string;
}[] = [{ id: 'arch', from: '2.33', minimum: '4.4' }];

/** The minimum of a glibc that tells none itself: by its version, and who built it. */
function* untoldMinimum(view: DeriveView): Generator<Need> {
  const { libc, os, elves } = view.userSpace;
  if (libc?.name !== 'glibc' || libc.version === undefined) return;
  const { version } = libc;
  const file = elves.find(({ path }) => path === libc.path);
  const machine = file?.facts ?? listedMachine(view.userSpace);
  const abi = machine === undefined ? 'x86_64' : abiOfMachine(machine.machine, machine.bits);
  const own = ownMinimums.find(
    ({ id, from }) =>
      (os?.id === id || os?.idLike.includes(id)) && compareVersions(version, from) >= 0,
  );
  const minimum = own?.minimum ?? minimumKernel('glibc', version, abi)?.minimum;
  if (minimum === undefined) return;
  const who = `glibc ${version}`;
  const item = libc.package;
  yield {
    kind: 'kernel',
    minimum,
    by: 'loader',
    who,
    certainty: 'present',
    evidence: [
      {
        ...view.at({ path: libc.path }, `${who} is made for Linux ${minimum} or newer`),
        ...(item === undefined ? {} : { package: `${item.name} ${item.version}` }),
      },
    ],
    ...(libc.listed ? {} : onStart(view, [libc])),
  };
}

/** One need for each minimum that ABI notes name. */
export function* abiNotes(view: DeriveView): Generator<Need> {
  const files = runnable(view.userSpace.elves).filter(({ facts }) => facts.abiNote !== undefined);
  if (!files.some((file) => whoChecks(file) === 'loader')) yield* untoldMinimum(view);
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

/** Run-times of the table of minimum kernels by their names in the software catalogue. */
const recognised: Readonly<Record<string, string>> = { systemd: 'systemd', nodejs: 'node' };

/** Minimum kernels of Go and Rust programs, and of run-times that were recognised. */
export function* runtimeKernels(view: DeriveView): Generator<Need> {
  for (const group of groupBy(
    linkedRuntimes(view),
    ({ minimum, who }) => `${minimum} ${who}`,
  ).values()) {
    const shown = startFirst(view, group);
    const [first] = shown;
    if (first === undefined) continue;
    yield {
      ...runtimeNeed(first.minimum, first.who, capEvidence(shown.map(({ evidence }) => evidence))),
      ...onStart(view, group),
    };
  }
  for (const { name, version, evidence } of view.userSpace.software) {
    const runtime = recognised[name];
    if (runtime === undefined || version === undefined) continue;
    const found = minimumKernel(runtime, version);
    if (found === undefined) continue;
    yield {
      ...runtimeNeed(found.minimum, `${name} ${version}`, evidence),
      enforced: found.enforced,
      ...softwareOnStart(view, evidence),
    };
  }
}

const runtimeNeed = (
  minimum: string,
  who: string,
  evidence: readonly Evidence[],
): NeedOf<'kernel'> => ({
  kind: 'kernel',
  minimum,
  by: 'runtime',
  who,
  certainty: 'declared',
  evidence,
});

interface RuntimeUse {
  readonly path: string;
  readonly minimum: string;
  readonly who: string;
  readonly evidence: Evidence;
}

function* linkedRuntimes(view: DeriveView): Generator<RuntimeUse> {
  for (const file of runnable(view.userSpace.elves)) {
    const abi = abiOfMachine(file.facts.machine, file.facts.bits);
    for (const [runtime, shown, version] of [
      ['go', 'Go', file.facts.go?.version],
      ['rust', 'Rust', file.facts.rust],
    ] as const) {
      const minimum =
        version === undefined ? undefined : minimumKernel(runtime, version, abi)?.minimum;
      if (minimum === undefined) continue;
      const who = `${shown} ${version}`;
      yield { path: file.path, minimum, who, evidence: view.at(file, `built with ${who}`) };
    }
  }
}
