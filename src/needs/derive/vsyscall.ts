// The vsyscall page of x86-64 (0xffffffffff600000): called by the static parts of glibc before 2.14 (2.15 for time and
// gettimeofday in static programs), and by old programs that hold its addresses. A kernel with vsyscall=none kills them.
import { compareVersions } from '../../lib/version.ts';
import { capEvidence } from '../evidence.ts';
import { listedMachine } from '../listed-base.ts';
import type { Need } from '../need.ts';
import { type DeriveView, onStart, startFirst } from './view.ts';

/** The first glibc whose own time functions do without the page. */
const firstWithout = '2.15';

export function* vsyscall(view: DeriveView): Generator<Need> {
  const { libc, elves } = view.userSpace;
  const oldLibc = elves.find(({ path }) => path === libc?.path);
  const machine =
    libc?.listed === true ? listedMachine(view.userSpace)?.machine : oldLibc?.facts.machine;
  if (
    libc?.name === 'glibc' &&
    libc.version !== undefined &&
    machine === 'x86_64' &&
    compareVersions(libc.version, firstWithout) < 0
  ) {
    const place = oldLibc ?? { path: libc.path };
    yield {
      kind: 'vsyscall',
      who: `glibc ${libc.version}`,
      certainty: 'declared',
      evidence: [view.at(place, `glibc ${libc.version} calls the vsyscall page`)],
      ...(oldLibc === undefined ? {} : onStart(view, [oldLibc])),
    };
  }
  const files = elves.filter(({ facts, path }) => facts.vsyscallReferences && path !== libc?.path);
  const [first] = startFirst(view, files);
  if (first === undefined) return;
  yield {
    kind: 'vsyscall',
    who: first.path,
    certainty: 'present',
    evidence: capEvidence(
      startFirst(view, files).map((file) => view.at(file, 'holds addresses of the vsyscall page')),
    ),
    ...onStart(view, files),
  };
}
