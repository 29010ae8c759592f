// Which ELF files the analysis of code (src/needs/code/) reads, told from what every check knows of a file.
import type { ElfFacts } from '../formats/elf-facts.ts';

const types: ReadonlySet<ElfFacts['type']> = new Set([
  'executable',
  'pie',
  'static-pie',
  'shared-library',
]);

/** Whether it is a program or library of a processor whose code is read. */
export const hasReadableCode = ({ machine, bits, x32, type }: ElfFacts): boolean =>
  bits === 64 && !x32 && (machine === 'x86_64' || machine === 'aarch64') && types.has(type);
