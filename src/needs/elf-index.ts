// ELF files of a user space by path, so that links and hard-coded loader paths lead to their facts.
import type { FileTree } from '../image/file-tree.ts';
import type { ElfFile } from './user-space.ts';

/** ELF files by the path that a tree resolves to. */
export interface ElfIndex {
  /** The ELF file at a path, symbolic links followed; undefined where there is none. */
  at(path: string): ElfFile | undefined;
}

/** Indexes the ELF files of a tree. */
export function elfIndex(tree: FileTree, elves: readonly ElfFile[]): ElfIndex {
  const byPath = new Map(elves.map((elf) => [elf.path, elf]));
  return {
    at(path) {
      const direct = byPath.get(path);
      if (direct !== undefined) return direct;
      const node = tree.stat(path);
      return node === undefined ? undefined : byPath.get(node.path);
    },
  };
}
