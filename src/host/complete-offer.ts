// What follows from the little that a hand-written host file says. A release text names its machine and often its page
// size; a distribution without a kernel has its own. Nothing is filled in that is only likely: the rest stays unknown.
import { kernelConfigOf } from '../kernel/kernel-configs.ts';
import { parseRelease } from '../kernel/release.ts';
import { distributionOfKernel } from './kernel-calls.ts';
import { type Draft, note } from './named/draft.ts';
import { namedHost } from './named/named-host.ts';

/** How release texts end, or what stands in them, by machine. */
const machineWords: readonly (readonly [RegExp, string])[] = [
  [/(?:^|[.+_-])x86[_-]64\b|-amd64$/, 'x86_64'],
  [/(?:^|[.+_-])aarch64\b|-arm64(?:-16k)?$|-rpi-(?:2712|v8)$|-arm64-16k$/, 'aarch64'],
  [/(?:^|[.+_-])ppc64le\b|-powerpc64le$/, 'ppc64le'],
  [/(?:^|[.+_-])s390x\b/, 's390x'],
  [/(?:^|[.+_-])riscv64\b/, 'riscv64'],
  [/-rpi-v7l?$|-armmp(?:-lpae)?$|\.armv7hl\b/, 'armv7l'],
  [/-686(?:-pae)?$|\.i686\b/, 'i686'],
];

const always4 = new Set(['x86_64', 'i686', 's390x', 'riscv64']);

/** The page size in bytes by what a release text says; undefined where it says nothing. */
export function pageSizeOf(machine: string, release: string): number | undefined {
  if (always4.has(machine)) return 4096;
  if (/[+-](?:generic-)?64k(?:-debug)?$/.test(release)) return 65536;
  if (/[+.-]16k\b/.test(release)) return 16384;
  const enterprise = Number(/\.el(\d+)/.exec(release)?.[1] ?? Number.NaN);
  if (machine === 'ppc64le') return Number.isNaN(enterprise) ? undefined : 65536;
  if (machine !== 'aarch64') return undefined;
  // Raspberry Pi OS's kernel for the Pi 5; the one for older boards has usual pages.
  if (/-rpi-2712$/.test(release)) return 16384;
  // RHEL's AArch64 kernel had 64 KiB until 8, and has them in a package of its own since.
  if (!Number.isNaN(enterprise)) return enterprise < 9 ? 65536 : 4096;
  return /-rpi-v8$|-arm64$|-generic$|\.fc\d+\.aarch64$/.test(release) ? 4096 : undefined;
}

/** WSL 1 says "4.4.0-19041-Microsoft", WSL 2 "5.15.153.1-microsoft-standard-WSL2". */
const wsl1 = /^4\.4\.0-\d+-Microsoft$/;

/**
 * The options of a kernel that a distribution built, as its release text says (`.el9_4`): the packager's, and likely so on this
 * host too. Not for what a probe wrote: what it could not read is unknown.
 */
function completeConfiguration(draft: Draft, release: string): void {
  const { kernel, unread, machine } = draft;
  if (kernel === undefined || kernel.config !== undefined) return;
  if (unread !== undefined || machine === undefined || !enterprise.test(release)) return;
  const row = distributionOfKernel(draft);
  const known = row && kernelConfigOf(row, machine);
  if (known === undefined) return;
  draft.kernel = { ...kernel, config: known.options };
  note(draft, 'kernel.config', `likely: what "${release}" says, a kernel as ${known.read} has it`);
}

/** Red Hat's builds and its rebuilders'. */
const enterprise = /\.el\d+(?:_\d+)?(?:\.[a-z\d_]+)?(?:\+\w+)?$/;

/** Completes an offer that came from a file, in place. */
export function completeOffer(draft: Draft): void {
  const { distribution } = draft;
  if (draft.kernel === undefined && draft.unread === undefined && distribution?.version) {
    const asInstalled = namedHost(
      `${distribution.id}:${distribution.version}`,
      draft.machine ?? 'x86_64',
    );
    const kernel = asInstalled?.kernel;
    if (kernel?.kind === 'linux') {
      draft.kernel = kernel;
      note(draft, 'kernel', `not stated: the kernel that ${asInstalled?.name} comes with`);
      if (draft.flagsAdded === undefined && asInstalled?.flagsAdded !== undefined)
        draft.flagsAdded = asInstalled.flagsAdded;
    }
  }
  const release = draft.kernel?.release;
  if (release === undefined || draft.kernel === undefined) return;
  if (draft.kernel.kind === undefined && wsl1.test(release)) {
    draft.kernel = { ...draft.kernel, kind: 'wsl1' };
    note(draft, 'kernel.kind', `what "${release}" says`);
  }
  const machine =
    parseRelease(release) === undefined
      ? undefined
      : machineWords.find(([word]) => word.test(release))?.[1];
  if (draft.machine === undefined && machine !== undefined) {
    draft.machine = machine;
    note(draft, 'machine', `what "${release}" says`);
  }
  completeConfiguration(draft, release);
  if (draft.pageSize !== undefined || draft.machine === undefined) return;
  const size = pageSizeOf(draft.machine, release);
  if (size === undefined) return;
  draft.pageSize = size;
  note(draft, 'pageSize', `what "${release}" on ${draft.machine} says`);
}
