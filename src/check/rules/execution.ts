// How a host executes programs of a machine: by itself, in its 32-bit mode, through an emulator that binfmt_misc
// calls, or not at all. Several rules need it, because an emulated program has the emulator's processor.
import type { Machine } from '../../formats/elf-facts.ts';
import type { Offer } from '../../host/offer.ts';
import { abiOfMachine } from '../../kernel/abi.ts';
import { ownEntry } from '../../lib/own-entry.ts';
import { compareVersions } from '../../lib/version.ts';

/** 'unknown': the host does not name its machine. */
export type Execution = 'native' | 'compat' | 'emulated' | 'foreign' | 'unknown';

/** What each emulator runs where the host file lists no machines. */
const usualGuests: Readonly<Record<string, readonly string[]>> = {
  rosetta: ['x86_64'],
  box64: ['x86_64'],
  fex: ['x86_64', 'i386'],
};

/** Machines whose 32-bit mode another machine's kernel may serve. */
const narrow: Readonly<Record<string, string>> = {
  i386: 'x86_64',
  arm: 'aarch64',
  s390: 's390x',
  ppc: 'ppc64',
  mipsel: 'mips64el',
  mips: 'mips64',
};

/** One word for the many names of a machine. */
export function machineName(name: string): string {
  return abiOfMachine(name) ?? name.toLowerCase();
}

/** How programs of this machine run on the host. A 32-bit mode is 'compat' whether it is switched on or not. */
export function executionOf(machine: Machine, offer: Offer): Execution {
  if (offer.machine === undefined) return 'unknown';
  const host = machineName(offer.machine);
  const wanted = machineName(machine);
  if (host === wanted) return 'native';
  if (
    ownEntry(narrow, wanted) === host &&
    !(wanted === 'i386' && offer.ia32 === false && emulates(offer, wanted)) &&
    !(wanted === 'arm' && offer.cpu?.aarch32 === false && emulates(offer, wanted))
  )
    return 'compat';
  return emulates(offer, wanted) ? 'emulated' : 'foreign';
}

function emulates(offer: Offer, machine: string): boolean {
  const { emulation } = offer;
  if (emulation === undefined || emulation.by === 'qemu-tcg') return false;
  const guests = emulation.machines ?? usualGuests[emulation.by] ?? [];
  return guests.map(machineName).includes(machine);
}

/** "qemu-user 7.2", "rosetta". */
export function emulatorName(offer: Offer): string {
  const { emulation } = offer;
  return emulation === undefined
    ? 'no emulator'
    : `${emulation.by} ${emulation.version ?? ''}`.trim();
}

/** The host as an emulated program sees it: with the emulator's processor. */
export function emulatedOffer(offer: Offer): Offer {
  const { by, version } = offer.emulation ?? {};
  const stated = offer.cpu?.level;
  // A level of another family than the host's own machine is a statement about the emulator.
  if (stated?.startsWith('x86-64') === true && offer.machine?.startsWith('x86') !== true)
    return offer;
  // QEMU's user mode emulates qemu64 up to 7.1, and all that TCG can from 7.2 (commit d135f78140), AVX2 included.
  if (by === 'qemu-user' && version !== undefined)
    return {
      ...offer,
      cpu: { level: compareVersions(version, '7.2') >= 0 ? 'x86-64-v3' : 'x86-64-v1' },
    };
  if (by === 'rosetta') return { ...offer, cpu: { level: 'x86-64-v2' } };
  return { ...offer, cpu: {} };
}
