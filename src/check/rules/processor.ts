// Processors below what the user space is built for: glibc refuses by its own baseline or by the ISA property of a
// file (sysdeps/x86/dl-isa-level.h and its siblings of POWER and z); other programs die of an illegal instruction.
import { hasCpuFeature, meetsCpuLevel, missingForLevel } from '../../host/cpu.ts';
import type { Offer } from '../../host/offer.ts';
import type { NeedOf, Needs } from '../../needs/need.ts';
import type { Finding } from '../finding.ts';
import { findingOf, offered, reachOf } from '../finding-of.ts';
import type { Rule } from '../rule.ts';
import { mainArchitecture } from './architecture.ts';
import { emulatedOffer, emulatorName, executionOf, machineName } from './execution.ts';

/** Processor levels and features. */
export const processorRule: Rule = {
  id: 'processor',
  *run(needs, offer) {
    const main = mainArchitecture(needs);
    const execution = main === undefined ? 'native' : executionOf(main.machine, offer);
    if (execution === 'foreign') return;
    const emulated = execution === 'emulated';
    // QEMU's user mode gives programs of other machines everything that it can emulate, and always has.
    if (emulated && main !== undefined && machineName(main.machine) !== 'x86_64') return;
    const seen = emulated ? emulatedOffer(offer) : offer;
    for (const need of needs.of('cpu-level')) {
      const finding = belowLevel(need, needs, seen, emulated);
      if (finding !== undefined) yield finding;
    }
    for (const need of needs.of('cpu-feature')) {
      const finding = withoutFeature(need, seen, emulated);
      if (finding !== undefined) yield finding;
    }
  },
};

/** The lowest level of every family: every processor of the machine has it. */
const baselines = new Set(['x86-64-v1', 'power8', 'z10', 'armv8-a']);

function partOf(offer: Offer, emulated: boolean): string {
  if (emulated) return 'emulation';
  return offer.cpu?.level === undefined ? 'cpu.features' : 'cpu.level';
}

function belowLevel(
  need: NeedOf<'cpu-level'>,
  needs: Needs,
  offer: Offer,
  emulated: boolean,
): Finding | undefined {
  if (baselines.has(need.level)) return undefined;
  const reaches = meetsCpuLevel(offer, need.level);
  if (reaches === true) return undefined;
  // Boards below ARMv7 say so in their machine's name; a host that does not name its machine is hardly one.
  if (reaches === undefined && need.level.startsWith('armv')) return undefined;
  const missing = missingForLevel(offer, need.level) ?? [];
  const has = wordsOf(offer, emulated, missing);
  return findingOf({
    code: 'PL2005',
    rule: 'processor-level',
    severity: reaches === false ? 'fatal' : 'unknown',
    ...(reaches === false ? {} : { worst: 'fatal' as const }),
    certainty: need.certainty,
    reach: reachOf(need, need.by === 'loader' ? 'user-space' : 'file'),
    title:
      reaches === false
        ? `${need.who} is built for ${need.level}, which this processor does not reach`
        : `${need.who} is built for ${need.level}, and the host does not say what its processor is`,
    need: `a processor of ${need.level}`,
    offer: offered(
      offer,
      partOf(offer, emulated),
      reaches === false ? has : "the processor's level",
    ),
    evidence: need.evidence,
    symptom: symptomOf(need, needs),
    help: emulated ? helpEmulated(need.level) : helpOf(need),
    references: [
      'https://gitlab.com/x86-psABIs/x86-64-ABI',
      'https://developers.redhat.com/articles/2024/01/02/exploring-x86-64-v3-red-hat-enterprise-linux-10',
    ],
    component: 'hardware',
  });
}

function symptomOf({ level, by }: NeedOf<'cpu-level'>, needs: Needs): string {
  if (by === 'program')
    return level.startsWith('x86') && needs.userSpace.libc?.name === 'glibc'
      ? 'CPU ISA level is lower than required; or Illegal instruction (core dumped), exit status 132'
      : 'Illegal instruction (core dumped), exit status 132';
  if (level === 'power9')
    return 'Fatal glibc error: CPU lacks ISA 3.00 support (POWER9 or later required)';
  if (level === 'power10')
    return 'Fatal glibc error: CPU lacks ISA 3.10 support (POWER10 or later required)';
  if (level === 'z14') return 'Fatal glibc error: CPU lacks VXE support (z14 or later required)';
  if (level === 'z13') return 'Fatal glibc error: CPU lacks VX support (z13 or later required)';
  return `Fatal glibc error: CPU does not support ${level}`;
}

function helpOf({ level, by }: NeedOf<'cpu-level'>): string {
  if (by === 'program' && level !== 'armv7')
    return `a build of it for an older baseline (GOAMD64=v1 or v2, GOARM64=v8.0; native-image -march=compatibility; gcc -march=x86-64); in a virtual machine, pass the full processor through (libvirt: host-passthrough; Proxmox: CPU type host; QEMU: -cpu host); else a processor of ${level}`;
  if (level === 'armv7')
    return 'the image for ARMv6, where there is one: docker pull --platform linux/arm/v6 (Alpine, Raspbian); Debian and Ubuntu build for ARMv7; else a board with ARMv7 (Raspberry Pi 2 or newer, Zero 2)';
  const machine = level.startsWith('x86')
    ? '; in a virtual machine, pass the full processor through (libvirt: host-passthrough; Proxmox: CPU type host; QEMU: -cpu host)'
    : '; in a virtual machine, a processor model that has it (QEMU: -cpu host)';
  const image =
    level === 'x86-64-v3'
      ? 'an image built for x86-64-v2 (EL 9 instead of EL 10, AlmaLinux 10 x86_64_v2, Debian or Ubuntu)'
      : level === 'x86-64-v2'
        ? 'an image built for the x86-64 baseline (EL 8 instead of EL 9, Debian or Ubuntu)'
        : level === 'power9' || level === 'z14'
          ? 'an image with an older baseline (EL 8 instead of EL 9, Debian or Ubuntu)'
          : `an image or build for an older baseline than ${level}`;
  return `${image}${machine}; else a newer processor`;
}

function helpEmulated(level: string): string {
  return `an image for the host's own architecture, or one built below ${level}; else register qemu-user 7.2 or newer, whose default processor is "max" (docker run --privileged --rm tonistiigi/binfmt --install amd64), instead of Rosetta or an older QEMU`;
}

function withoutFeature(
  need: NeedOf<'cpu-feature'>,
  offer: Offer,
  emulated: boolean,
): Finding | undefined {
  if (!belongsTo(need.feature, offer, emulated)) return undefined;
  const has = hasCpuFeature(offer, need.feature.toLowerCase());
  if (has === true) return undefined;
  const word = need.feature.toUpperCase();
  return findingOf({
    code: 'PL2006',
    rule: 'processor-feature',
    severity: has === false ? 'fatal' : 'unknown',
    ...(has === false ? {} : { worst: 'fatal' as const }),
    certainty: need.certainty,
    reach: reachOf(need),
    title:
      has === false
        ? `${need.who} uses ${word}, which this processor lacks`
        : `${need.who} uses ${word}, and the host does not say whether its processor has it`,
    need: `a processor with ${word}`,
    offer: offered(
      offer,
      partOf(offer, emulated),
      has === false
        ? wordsOf(offer, emulated, [need.feature])
        : `whether the processor has ${word}`,
    ),
    evidence: need.evidence,
    symptom: 'Illegal instruction (core dumped), exit status 132',
    help: `a version of ${need.who} that does not need ${word}, or a build for older processors; in a virtual machine, pass the full processor through (Proxmox: CPU type host; QEMU: -cpu host); else a processor that has it`,
    references: ['https://github.com/docker-library/mongo/issues/485'],
    component: 'hardware',
  });
}

const armWords = new Set([
  'atomics',
  'asimd',
  'asimdrdm',
  'asimddp',
  'crc32',
  'aes',
  'sha2',
  'sve',
  'sve2',
  'dcpop',
  'fphp',
  'asimdhp',
  'lse',
  'neon',
  'vfpv4',
]);

/** An AVX need of an x86 image says nothing about an arm64 host that cannot run the image at all, and the reverse. */
function belongsTo(feature: string, offer: Offer, emulated: boolean): boolean {
  if (emulated || offer.machine === undefined) return true;
  const arm = ['aarch64', 'arm'].includes(machineName(offer.machine));
  return (
    arm === armWords.has(feature.toLowerCase()) || ['aes', 'sha2'].includes(feature.toLowerCase())
  );
}

function wordsOf(offer: Offer, emulated: boolean, missing: readonly string[]): string {
  const name = emulated ? emulatorName(offer) : (offer.cpu?.model ?? 'processor');
  const level = offer.cpu?.level === undefined ? '' : `, ${offer.cpu?.level}`;
  return `${name}${level}${missing.length === 0 ? '' : `, without ${missing.join(', ')}`}`;
}
