// The level of a processor from the words of /proc/cpuinfo: the x86-64 psABI's levels
// (gitlab.com/x86-psABIs/x86-64-ABI, table "Micro-Architecture Levels"), Armv8 extensions by the HWCAP words that
// they made mandatory (Arm ARM, A2), the POWER generation, and the z machine type.
import { ownEntry } from '../lib/own-entry.ts';

const x86Levels: readonly (readonly [string, readonly (string | readonly string[])[]])[] = [
  ['x86-64-v1', ['cmov', 'cx8', 'fpu', 'fxsr', 'mmx', 'syscall', 'sse', 'sse2']],
  ['x86-64-v2', ['cx16', 'lahf_lm', 'popcnt', ['pni', 'sse3'], 'sse4_1', 'sse4_2', 'ssse3']],
  ['x86-64-v3', ['avx', 'avx2', 'bmi1', 'bmi2', 'f16c', 'fma', ['abm', 'lzcnt'], 'movbe', 'xsave']],
  ['x86-64-v4', ['avx512f', 'avx512bw', 'avx512cd', 'avx512dq', 'avx512vl']],
];

const armLevels: readonly (readonly [string, readonly (string | readonly string[])[]])[] = [
  ['armv8-a', ['fp', 'asimd']],
  ['armv8.1-a', ['atomics', 'crc32', 'asimdrdm']],
  ['armv8.2-a', ['dcpop']],
  ['armv8.3-a', ['fcma', 'jscvt', 'lrcpc']],
  ['armv8.4-a', ['asimddp', 'dit', 'uscat', 'ilrcpc', 'flagm']],
  ['armv8.5-a', ['sb', 'flagm2', 'frint', 'bti']],
];

function highest(
  levels: readonly (readonly [string, readonly (string | readonly string[])[]])[],
  features: ReadonlySet<string>,
): string | undefined {
  let level: string | undefined;
  for (const [name, needed] of levels) {
    const has = (word: string | readonly string[]) =>
      typeof word === 'string' ? features.has(word) : word.some((one) => features.has(one));
    if (!needed.every(has)) break;
    level = name;
  }
  return level;
}

/** The highest level whose features, and those of all levels below, are there. Undefined where words do not tell. */
export function cpuLevel(machine: string, features: Iterable<string>): string | undefined {
  const set = new Set(features);
  if (set.size === 0) return undefined;
  if (machine === 'x86_64' || /^i[3-6]86$/.test(machine)) return highest(x86Levels, set);
  if (machine === 'aarch64' || machine === 'arm64') return highest(armLevels, set);
  return undefined;
}

/** Words that a level adds to those below it: x86-64-v3 → avx, avx2 … ; the kernel's own word where there are two. */
export function featuresOfLevel(level: string): readonly string[] | undefined {
  const family = [x86Levels, armLevels].find((levels) => levels.some(([name]) => name === level));
  if (family === undefined) return undefined;
  const upTo = family.findIndex(([name]) => name === level);
  return family
    .slice(0, upTo + 1)
    .flatMap(([, words]) =>
      words.map((word) => (typeof word === 'string' ? word : (word[0] ?? ''))),
    );
}

/** Features that processors from a level on may have, and none below: Arm ARM, A2.2 to A2.7 (FEAT_FP16, FEAT_SVE, FEAT_SVE2). */
export const leastLevelOf: Readonly<Record<string, string>> = {
  fphp: 'armv8.2-a',
  asimdhp: 'armv8.2-a',
  sve: 'armv8.2-a',
  sve2: 'armv8.5-a',
};

/** Level names in order, by family, the lowest first. */
export const cpuLevels: readonly (readonly string[])[] = [
  x86Levels.map(([name]) => name),
  armLevels.map(([name]) => name),
  ['power8', 'power9', 'power10', 'power11'],
  ['z10', 'z196', 'zEC12', 'z13', 'z14', 'z15', 'z16', 'z17'],
  ['armv5', 'armv6', 'armv7'],
];

/** The 32-bit ARM architecture by the machine that uname names: "armv6l" is armv6; every AArch64 one runs armv7 code. */
export function armLevel(machine: string): string | undefined {
  if (machine === 'aarch64' || machine === 'arm64') return 'armv7';
  const version = Number(/^armv(\d+)/.exec(machine)?.[1] ?? Number.NaN);
  return Number.isNaN(version) ? undefined : `armv${Math.min(version, 7)}`;
}

/** IBM Z by machine type: the number of "machine = 3906" in /proc/cpuinfo. */
const zMachines: Readonly<Record<string, string>> = {
  '2097': 'z10',
  '2098': 'z10',
  '2817': 'z196',
  '2818': 'z196',
  '2827': 'zEC12',
  '2828': 'zEC12',
  '2964': 'z13',
  '2965': 'z13',
  '3906': 'z14',
  '3907': 'z14',
  '8561': 'z15',
  '8562': 'z15',
  '3931': 'z16',
  '3932': 'z16',
  '9175': 'z17',
  '9176': 'z17',
};

/** The level of an IBM Z machine type. */
export function zLevel(machineType: string): string | undefined {
  return ownEntry(zMachines, machineType);
}
