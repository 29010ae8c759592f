// System calls of a user space of which only a package database or the release tells the C library: what the programs
// that nearly every one of them has make of it.
import type { Abi } from '../../kernel/abi.ts';
import { libcCalls } from '../../kernel/fallbacks.ts';
import { compareVersions } from '../../lib/version.ts';
import type { ElfFile } from '../user-space.ts';
import type { CallUse } from './call-use.ts';
import { type DeriveView, roleOf } from './view.ts';

/** Calls behind functions that the commonest programs of every user space use: shells, coreutils, package managers. */
const commonplace = new Set([
  'clone3',
  'faccessat2',
  'fchmodat2',
  'statx',
  'socket',
  'clock_gettime64',
  'clock_nanosleep_time64',
  'futex_time64',
  'ppoll_time64',
  'pselect6_time64',
  'utimensat_time64',
]);

/** Until coreutils 8.32, which came after that glibc, nothing common used statx on machines of 64 bits. */
const statxInUse = '2.31';

/** Whether a file imports anything; the C library and its loader count as users of nothing. */
const usesLibraries = (file: ElfFile): boolean =>
  !['loader', 'libc'].includes(roleOf(file)) && file.facts.imports.length > 0;

/** A C library of which only a package or the release tells, without programs: what its usual users call. */
export function* listedUses(
  view: DeriveView,
  files: readonly ElfFile[],
  abi: Abi,
): Generator<CallUse> {
  const { libc } = view.userSpace;
  if (libc?.version === undefined) return;
  if (libc.name !== 'glibc' && libc.name !== 'musl') return;
  if (libc.listed === true && files.some(({ facts }) => facts.interpreter !== undefined)) return;
  // A library without anything that is linked with it: its users come later, in a layer or a mount.
  if (libc.listed !== true && files.some(usesLibraries)) return;
  const { version, path } = libc;
  const who = `${libc.name} ${version}`;
  const item = libc.package;
  for (const call of libcCalls(libc.name, version, abi)) {
    if (!commonplace.has(call.syscall) || call.onMissing.ENOSYS !== 'falls-back') continue;
    if (call.syscall === 'statx' && compareVersions(version, statxInUse) < 0) continue;
    const symbol = call.symbols[0];
    yield {
      call,
      who,
      ...(symbol === undefined ? {} : { symbol }),
      path,
      imported: false,
      software: [{ detail: who }],
      evidence: {
        path,
        ...(item === undefined ? {} : { package: `${item.name} ${item.version}` }),
        detail: `${who} ${item === undefined ? 'is of that release' : 'is installed'}; programs that use ${symbol} are not in the target`,
      },
    };
  }
}
