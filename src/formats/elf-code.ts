// What a linear look at machine code tells without decoding all of it: system calls whose number is a constant right
// before the instruction that enters the kernel (or before a call of syscall(2)), and calls through the vsyscall page.
// A byte pattern can stand in data between functions, so all of it is "present in the file", no more; windows are short
// and need the whole idiom.
import { armCalls, armStubs, armSyscalls } from './elf-code-arm.ts';
import { codeRegions } from './elf-code-regions.ts';
import { callsVsyscall, x86Calls, x86Stubs, x86Syscalls } from './elf-code-x86.ts';
import type { DynamicTable } from './elf-dynamic.ts';
import type { ElfLayout } from './elf-layout.ts';
import { slotOfFunction } from './elf-symbols.ts';

/** What machine code alone tells, as ElfFacts describes it. */
export interface CodeFacts {
  readonly directSyscalls: readonly number[];
  readonly vsyscallReferences: boolean;
}

const em = { x86_64: 62, aarch64: 183 } as const;

/**
 * Reads x86-64 and AArch64 code; nothing for other machines.
 * @param callsSyscall the file imports syscall(2), so that calls of it are looked for too
 */
export function readCode(
  layout: ElfLayout,
  dynamic: DynamicTable | undefined,
  callsSyscall: boolean,
): CodeFacts {
  const none = { directSyscalls: [], vsyscallReferences: false };
  const x86 = layout.machine === em.x86_64;
  if ((!x86 && layout.machine !== em.aarch64) || !layout.little) return none;
  const numbers = new Set<number>();
  const slot = dynamic && callsSyscall ? slotOfFunction(layout, dynamic, 'syscall') : undefined;
  const regions = codeRegions(layout);
  let vsyscall = false;
  for (const region of regions) {
    if (x86) {
      x86Syscalls(region.bytes, numbers);
      vsyscall ||= callsVsyscall(region.bytes);
    } else {
      armSyscalls(region.bytes, numbers);
    }
  }
  if (slot !== undefined) {
    const stubs = new Set(
      regions.flatMap((region) => (x86 ? x86Stubs(region, slot) : armStubs(region, slot))),
    );
    for (const region of regions) {
      if (x86) x86Calls(region, stubs, slot, numbers);
      else armCalls(region, stubs, numbers);
    }
  }
  return { directSyscalls: [...numbers].sort((a, b) => a - b), vsyscallReferences: vsyscall };
}
