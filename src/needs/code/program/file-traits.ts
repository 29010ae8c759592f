// What decides on glibc's conditions (glibc-conditions.ts) apart from code: how a program is marked, where it and its
// libraries search, and what else stands in the target.
import type { FileTree } from '../../../image/file-tree.ts';
import type { ElfFile } from '../../user-space.ts';
import type { CodeSummary } from '../file/summary.ts';
import type { FileTrait } from './glibc-conditions.ts';
import type { LinkedFile } from './link.ts';

/** What answers on the socket of glibc's name service cache daemon. */
const nameCaches = ['nscd', 'unscd', 'nsncd'].flatMap((name) => [
  `/usr/sbin/${name}`,
  `/usr/bin/${name}`,
]);

/** Where glibc keeps the list of its conversions, by distribution and processor. */
const conversionCaches = [
  ...['/usr/lib', '/usr/lib64', '/lib64', '/lib'],
  ...['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu'],
].map((folder) => `${folder}/gconv/gconv-modules.cache`);

/** Where the library stands that glibc unwinds by. */
const unwinders = [
  ...['/lib', '/usr/lib', '/lib64', '/usr/lib64', '/usr/local/lib', '/usr/local/lib64'],
  ...['/lib/x86_64-linux-gnu', '/usr/lib/x86_64-linux-gnu'],
  ...['/lib/aarch64-linux-gnu', '/usr/lib/aarch64-linux-gnu'],
].map((folder) => `${folder}/libgcc_s.so.1`);

/** What a file asks of the loader besides its libraries, and what the target holds that a program is started in. */
export function fileTraits(
  { path, facts }: ElfFile,
  { texts }: Pick<CodeSummary, 'texts'>,
  role: LinkedFile['role'],
  tree: FileTree,
): readonly FileTrait[] {
  const traits: FileTrait[] = [];
  const paths = [...facts.rpath, ...facts.runpath].flatMap((list) => list.split(':'));
  const named = [...paths, ...facts.needed.filter((name) => name.includes('/'))];
  if ([...named, ...Object.values(texts)].some((each) => /\$(?:ORIGIN|\{ORIGIN\})/.test(each)))
    traits.push('origin');
  if (named.some((each) => !/^[/$]/.test(each))) traits.push('relative');
  if (role !== 'program') return traits;
  if (nameCaches.some((each) => tree.stat(each) !== undefined)) traits.push('name-cache');
  if (!unwinders.some((each) => tree.stat(each) !== undefined)) traits.push('no-unwinder');
  if (!conversionCaches.some((each) => tree.stat(each) !== undefined))
    traits.push('no-conversion-cache');
  const { mode = 0, xattrs } = tree.stat(path) ?? {};
  if ((mode & 0o6000) !== 0 || xattrs?.['security.capability'] !== undefined)
    traits.push('privileged');
  return traits;
}
