// Which processor features a file's own code was built for, without a word of the file saying so. Two signs count:
// code that uses an extension and never asks the processor for it, and code in which the old encoding of the same
// operations is all but missing, which only a compiler leaves behind that was told to use the new one throughout.
// A program that chooses at run time shows neither. Evidence that it is present in the file, not that it is reached.

import { codeOf } from '../../formats/elf-code-regions.ts';
import type { ElfFacts } from '../../formats/elf-facts.ts';
import type { InstructionMix } from '../../isa/instruction-mix.ts';
import { countAarch64, countX86, emptyMix } from '../../isa/instruction-mix.ts';

/** Code of one file that is decoded at the most, in windows spread over all of it. */
const decoded = 512 * 1024;
/** What is decoded first, where that may be enough. */
const firstLook = 64 * 1024;
const windowBytes = 4096;

/** Code of one stretch that the glance takes in. */
const glance = 4 * 1024 * 1024;

/** Share of the old encoding up to which code counts as built without it. */
const oldShare = 0.08;
/** Instructions of the new kind below which a share says nothing. */
const enough = 64;

/** Functions that a program asks instead of the processor. */
const askingImports =
  /^(getauxval|__getauxval|elf_aux_info|__cpu_model|__cpu_indicator_init|__get_cpuid.*|__init_cpu_features.*|__aarch64_have_lse_atomics)$/;

const partOfGlibc = /^(_rtld_global_ro|__x86_get_cpu)/;

/** Third bytes of the commonest VEX instructions: moves, vzeroupper, and what loops over floats are made of. */
const commonVex = new Set([
  0x10, 0x11, 0x28, 0x29, 0x2a, 0x2e, 0x2f, 0x54, 0x57, 0x58, 0x59, 0x5a, 0x5c, 0x5e, 0x6e, 0x6f,
  0x77, 0x7e, 0x7f, 0xd6, 0xef,
]);

/**
 * A glance before anything is decoded: whether bytes look like a two-byte VEX prefix with a common opcode. By chance
 * that is so once in some three thousand bytes, which is why larger files must show it more often.
 */
function mayHaveVex(regions: readonly Buffer[]): boolean {
  let seen = 0;
  for (const region of regions) {
    const code = region.subarray(0, glance);
    const byChance = code.length / 2048;
    for (let at = code.indexOf(0xc5); at >= 0; at = code.indexOf(0xc5, at + 1)) {
      if (commonVex.has(code[at + 2] ?? 0) && ++seen > byChance) return true;
    }
  }
  return false;
}

/** Feature words as /proc/cpuinfo has them ('atomics' is LSE, 'fphp' half precision); empty when nothing is certain enough. */
export function builtFor(bytes: Uint8Array, facts: ElfFacts): readonly string[] {
  const count =
    facts.machine === 'x86_64' ? countX86 : facts.machine === 'aarch64' ? countAarch64 : undefined;
  if (count === undefined) return [];
  const regions = codeOf(bytes);
  if (facts.machine === 'x86_64' && !mayHaveVex(regions)) return [];
  // glibc's own parts choose by what the loader found out, and are all variants.
  if (facts.imports.some(({ name }) => partOfGlibc.test(name))) return [];
  const asked = facts.imports.some(({ name }) => askingImports.test(name));
  const total = regions.reduce((sum, { length }) => sum + length, 0);
  // Where only shares can tell, a small part of the code tells of most files that the old encoding is in use.
  if (facts.machine === 'x86_64' && (asked || total > decoded)) {
    if (isMixed(look(regions, firstLook, count))) return [];
  }
  const mix = look(regions, decoded, count);
  if (newer(mix) + mix.sve + mix.half === 0) return [];
  const unasked = mix.bytes >= total && !asked && mix.asks === 0;
  return facts.machine === 'x86_64' ? vectors(mix, unasked) : armExtensions(mix, unasked);
}

/** Far more of the old encoding than code has that was built for the new one throughout. */
const isMixed = (mix: InstructionMix): boolean =>
  mix.sse >= enough && mix.sse > 4 * oldShare * (newer(mix) + mix.sse);

const newer = ({ avx, avx2, avx512f, lse }: InstructionMix): number => avx + avx2 + avx512f + lse;

function vectors(mix: InstructionMix, unasked: boolean): readonly string[] {
  const used = newer(mix);
  const throughout = used >= enough && mix.sse <= oldShare * (used + mix.sse);
  if (!throughout && !unasked) return [];
  // A single odd instruction may be data between functions; a share of the code is not.
  const some = (count: number): boolean => count > 0 && (unasked ? count > 1 : count >= used / 50);
  const features: string[] = [];
  if (some(mix.avx + mix.avx2)) features.push('avx');
  if (some(mix.avx2)) features.push('avx2');
  if (some(mix.avx512f)) features.push('avx512f');
  return features;
}

/** The one that fewest processors have comes last: reports name it. */
function armExtensions(mix: InstructionMix, unasked: boolean): readonly string[] {
  const { lse, exclusive } = mix;
  const throughout = lse >= enough && exclusive <= oldShare * (lse + exclusive);
  const features: string[] = [];
  if (throughout || (unasked && lse > 1 && exclusive === 0)) features.push('atomics');
  if (unasked && mix.half > 1) features.push('fphp');
  if (unasked && mix.predicates > 0 && mix.sve > 3) features.push('sve');
  return features;
}

type Count = (code: Uint8Array, from: number, to: number, mix: InstructionMix) => void;

/** Counts all of the code up to `budget` bytes, else windows of it at even distances. */
function look(regions: readonly Buffer[], budget: number, count: Count): InstructionMix {
  const mix = emptyMix();
  const total = regions.reduce((sum, { length }) => sum + length, 0);
  const step = total <= budget ? 0 : Math.ceil(total / budget) * windowBytes;
  for (const code of regions) {
    if (step === 0) count(code, 0, code.length, mix);
    for (let at = 0; step > 0 && at < code.length; at += step) {
      count(code, at, Math.min(code.length, at + windowBytes), mix);
    }
  }
  return mix;
}
