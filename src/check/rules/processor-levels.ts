// Processor levels and the features they stand for: x86-64 psABI 1.0 (micro-architecture levels), the names of
// /proc/cpuinfo, the steps of Arm, POWER and z. A level that a host states is what it offers: a virtual machine with
// QEMU's model of x86-64-v2 has that and nothing more.
import type { Offer } from '../../host/offer.ts';
import { compareVersions } from '../../lib/version.ts';

const families: readonly (readonly string[])[] = [
  ['x86-64-v1', 'x86-64-v2', 'x86-64-v3', 'x86-64-v4'],
  ['power7', 'power8', 'power9', 'power10', 'power11'],
  ['z10', 'z196', 'zec12', 'z13', 'z14', 'z15', 'z16', 'z17'],
  ['armv8-a', 'armv8.1-a', 'armv8.2-a', 'armv8.3-a', 'armv8.4-a', 'armv8.5-a', 'armv9-a'],
];

const added: Readonly<Record<string, readonly string[]>> = {
  'x86-64-v2': ['cx16', 'lahf_lm', 'popcnt', 'pni', 'sse4_1', 'sse4_2', 'ssse3'],
  'x86-64-v3': ['avx', 'avx2', 'bmi1', 'bmi2', 'f16c', 'fma', 'abm', 'movbe', 'xsave'],
  'x86-64-v4': ['avx512f', 'avx512bw', 'avx512cd', 'avx512dq', 'avx512vl'],
  'armv8.1-a': ['atomics', 'crc32', 'asimdrdm'],
  'armv8.2-a': ['dcpop'],
  z13: ['vx'],
  z14: ['vxe'],
  z15: ['vxe2'],
};

const aliases: Readonly<Record<string, string>> = {
  sse3: 'pni',
  lzcnt: 'abm',
  lse: 'atomics',
  'sse4.1': 'sse4_1',
  'sse4.2': 'sse4_2',
  cmpxchg16b: 'cx16',
  osxsave: 'xsave',
};

/** What a host's processor has: a level, features, or both. */
export interface Processor {
  readonly level?: string;
  readonly features?: ReadonlySet<string>;
  /** Which part of the offer says so. */
  readonly part: string;
}

/** The processor that programs of this machine see: the host's, or its emulator's. */
export function processorOf(offer: Offer, emulated: boolean): Processor {
  if (!emulated) {
    const { level, features } = offer.cpu ?? {};
    return {
      part: features === undefined ? 'cpu.level' : 'cpu.features',
      ...(level === undefined ? {} : { level }),
      ...(features === undefined ? {} : { features: new Set(features.map(featureWord)) }),
    };
  }
  const { by, version } = offer.emulation ?? {};
  const stated = offer.cpu?.level;
  if (stated?.startsWith('x86-64') && !offer.machine?.startsWith('x86'))
    return { part: 'cpu.level', level: stated };
  // QEMU's user mode emulates qemu64 up to 7.1 and everything that TCG can from 7.2 (commit d135f78140), AVX2 included.
  if (by === 'qemu-user')
    return version === undefined
      ? { part: 'emulation.version' }
      : {
          part: 'emulation',
          level: compareVersions(version, '7.2') >= 0 ? 'x86-64-v3' : 'x86-64-v1',
        };
  if (by === 'rosetta') return { part: 'emulation', level: 'x86-64-v2' };
  return { part: 'emulation' };
}

/** Whether the processor reaches a level; undefined when it cannot be told. */
export function reachesLevel(processor: Processor, level: string): boolean | undefined {
  const wanted = level.toLowerCase();
  const family = families.find((names) => names.includes(wanted));
  if (family === undefined) return undefined;
  const stated = processor.level?.toLowerCase();
  if (stated !== undefined && family.includes(stated))
    return family.indexOf(stated) >= family.indexOf(wanted);
  if (processor.features === undefined) return undefined;
  const asked = featuresUpTo(family, wanted);
  return asked.length === 0
    ? family.indexOf(wanted) === 0 || undefined
    : asked.every((word) => processor.features?.has(word));
}

/** Whether the processor has a feature; undefined when it cannot be told. */
export function hasFeature(processor: Processor, feature: string): boolean | undefined {
  const word = featureWord(feature);
  if (processor.features !== undefined) return processor.features.has(word);
  const stated = processor.level?.toLowerCase();
  const family = families.find((names) => stated !== undefined && names.includes(stated));
  if (stated === undefined || family === undefined) return undefined;
  const step = family.find((name) => added[name]?.includes(word));
  if (step !== undefined) return family.indexOf(step) <= family.indexOf(stated);
  return undefined;
}

/** Features that the level asks for and the processor lacks. */
export function missingFor(processor: Processor, level: string): readonly string[] {
  const family = families.find((names) => names.includes(level.toLowerCase())) ?? [];
  if (processor.features === undefined) return [];
  return featuresUpTo(family, level.toLowerCase()).filter((word) => !processor.features?.has(word));
}

/** The lowest level of every family: every processor of the machine has it. */
export function isBaseline(level: string): boolean {
  return ['x86-64-v1', 'power7', 'z10', 'armv8-a'].includes(level.toLowerCase());
}

function featuresUpTo(family: readonly string[], level: string): readonly string[] {
  return family.slice(0, family.indexOf(level) + 1).flatMap((name) => added[name] ?? []);
}

function featureWord(word: string): string {
  const lower = word.toLowerCase();
  return aliases[lower] ?? lower;
}
