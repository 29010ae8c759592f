// Whether one ELF file, taken by itself, is a program or library that is whole: what execve and the dynamic loader read
// of it is there (fs/binfmt_elf.c, load_elf_binary; System V gABI, chapter 5). In an image such a file is one of
// thousands, and gets a warning; given as the target it leaves nothing to say.
import type { Diagnostic } from '../diag/diagnostic.ts';
import { isElf, readLayout, segmentType } from './elf-layout.ts';

/** What a file is that nobody starts, by e_type. */
const otherTypes: Readonly<Record<number, string>> = {
  1: 'an object file or kernel module that is not linked yet',
  4: 'the memory dump of a program that crashed',
};

/** Systems whose programs say so in EI_OSABI and ask other calls of a kernel (gABI, chapter 4). */
const otherSystems: Readonly<Record<number, string>> = {
  2: 'NetBSD',
  6: 'Solaris',
  9: 'FreeBSD',
  12: 'OpenBSD',
};

const cutOff = 'the file is cut off or was changed: copy or build it again';

/** Why nothing can be said of this ELF file, with the offset at which it shows; undefined for one that is whole. */
export function whyNotAnalysable(bytes: Uint8Array): Diagnostic | undefined {
  const error = (code: 'PL0102' | 'PL0201', message: string, help: string, offset?: number) => ({
    code,
    severity: 'error' as const,
    message,
    help,
    ...(offset === undefined ? {} : { at: { offset } }),
  });
  if (!isElf(bytes)) return undefined;
  const problems: Diagnostic[] = [];
  const layout = readLayout(bytes, problems);
  if (layout === undefined) {
    const [{ message, at } = { message: 'the header cannot be read', at: undefined }] = problems;
    return error('PL0201', message, cutOff, at?.offset);
  }
  const other = otherTypes[layout.type];
  if (other !== undefined) {
    return error(
      'PL0102',
      `expected a program or library, found ${other}`,
      'give the linked program, or the directory or image that it runs in',
      16,
    );
  }
  const system = otherSystems[layout.osAbi];
  if (system !== undefined) {
    return error(
      'PL0102',
      `expected a program for Linux, found one for ${system}`,
      'take the build for Linux',
      7,
    );
  }
  // The program headers are read last, and weigh most.
  const worst = problems.at(-1);
  if (worst !== undefined) return error('PL0201', worst.message, cutOff, worst.at?.offset);
  const loaded = layout.segments.filter(({ type }) => type === segmentType.load);
  if (loaded.length === 0) {
    return error(
      'PL0201',
      'no part of the file is mapped when it is started: expected a PT_LOAD program header, found none',
      cutOff,
    );
  }
  const beyond = loaded.find(({ offset, fileSize }) => offset + fileSize > bytes.length);
  if (beyond === undefined) return undefined;
  const end = beyond.offset + beyond.fileSize;
  return error(
    'PL0201',
    `a loaded segment ends at ${end}, beyond the file's ${bytes.length} bytes`,
    cutOff,
    bytes.length,
  );
}
