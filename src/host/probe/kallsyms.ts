// Which system calls a kernel implements, from its symbol table (/proc/kallsyms). Every call that is compiled in has
// an entry function; one that is configured out has only the weak stand-in of kernel/sys_ni.c, shown as type W, which
// answers ENOSYS. So backports and missing options show as they are. Names differ by architecture and age:
// x86-64 has __x64_sys_X since 4.17, AArch64 __arm64_sys_X since 4.19, s390x __s390x_sys_X since 4.20, RISC-V
// __riscv_sys_X since 6.6; before, and elsewhere, it is sys_X. 32-bit programs enter through __ia32_sys_X,
// __ia32_compat_sys_X, __arm64_compat_sys_X, or compat_sys_X, sys32_X and stub32_X in old kernels.
// Sources: arch/*/include/asm/syscall_wrapper.h, include/linux/syscalls.h, arch/*/entry/syscalls/*.tbl.
import type { Abi } from '../../kernel/abi.ts';

/** Entry functions by prefix: name without prefix → strong (implemented) or weak only (not). */
export type EntryPoints = ReadonlyMap<string, ReadonlyMap<string, 'strong' | 'weak'>>;

const entry =
  /^[0-9a-f]+ ([TtWwVv]) (__x64_sys_|__x32_compat_sys_|__ia32_sys_|__ia32_compat_sys_|__arm64_sys_|__arm64_compat_sys_|__riscv_sys_|__riscv_compat_sys_|__s390x_sys_|__s390_compat_sys_|__s390_sys_|compat_sys_|sys32_|stub32_|stub_|sys_|ppc_|ppc64_)(\w+)\r?$/;

/** What every such line has in it. A table has a hundred thousand lines, of which some thousand are of interest. */
const marks = ['sys_', ' sys32_', ' stub32_', ' stub_', ' ppc'];

function* linesWith(text: string, mark: string): Iterable<string> {
  let at = text.indexOf(mark);
  while (at >= 0) {
    const start = text.lastIndexOf('\n', at) + 1;
    const end = text.indexOf('\n', at);
    yield text.slice(start, end < 0 ? undefined : end);
    if (end < 0) return;
    at = text.indexOf(mark, end);
  }
}

/** Reads the entry functions out of a kallsyms text. Symbols of modules are passed over: no call lives in one. */
export function parseKallsyms(text: string): EntryPoints {
  const found = new Map<string, Map<string, 'strong' | 'weak'>>();
  for (const mark of marks) {
    for (const line of linesWith(text, mark)) {
      const [, type, prefix, name] = entry.exec(line) ?? [];
      if (type === undefined || prefix === undefined || name === undefined) continue;
      const names = found.get(prefix) ?? new Map<string, 'strong' | 'weak'>();
      found.set(prefix, names);
      const weak = type.toLowerCase() !== 't';
      if (!weak || !names.has(name)) names.set(name, weak ? 'weak' : 'strong');
    }
  }
  return found;
}

/** Prefixes to look under for an ABI, the modern ones first. */
const prefixes: Readonly<Record<Abi, readonly string[]>> = {
  x86_64: ['__x64_sys_', 'sys_', 'stub_'],
  x32: ['__x32_compat_sys_', '__x64_sys_', 'sys_', 'stub_'],
  i386: ['__ia32_compat_sys_', '__ia32_sys_', 'compat_sys_', 'sys32_', 'stub32_', 'sys_'],
  aarch64: ['__arm64_sys_', 'sys_'],
  arm: ['__arm64_compat_sys_', '__arm64_sys_', 'compat_sys_', 'sys_'],
  riscv64: ['__riscv_sys_', 'sys_'],
  ppc64le: ['sys_', 'ppc64_', 'ppc_', 'compat_sys_'],
  s390x: ['__s390x_sys_', 'sys_'],
  mips64: ['sys_'],
  loongarch64: ['sys_'],
};

/** Calls whose function has another name than the call, in every ABI with 64-bit registers. */
const renamed: Readonly<Record<string, readonly string[]>> = {
  stat: ['newstat'],
  fstat: ['newfstat'],
  lstat: ['newlstat'],
  uname: ['newuname'],
  sendfile: ['sendfile64'],
  umount2: ['umount'],
  _sysctl: ['sysctl'],
  fadvise64: ['fadvise64', 'fadvise64_64'],
  mmap: ['mmap', 'old_mmap'],
  _llseek: ['llseek'],
  _newselect: ['select'],
  ipc: ['ipc', 's390_ipc'],
  personality: ['personality', 's390_personality', 'ppc64_personality'],
  runtime_instr: ['s390_runtime_instr'],
  sync_file_range2: ['sync_file_range2', 'sync_file_range'],
  s390_sthyi: ['s390_sthyi'],
  riscv_flush_icache: ['riscv_flush_icache'],
};

/** The same for 32-bit programs, by how the name changes: the first that has a function counts. */
function narrowNames(name: string): readonly string[] {
  const stem = name.replace(/_time64$|64$|32$/, '');
  return [
    `ia32_${name}`,
    `x86_${name}`,
    `aarch32_${name}`,
    `${name}_time32`,
    `${name}32`,
    `${name}16`,
    `old_${name}`,
    ...(renamed[name] ?? []),
    name,
    stem,
    `${stem}_wrapper`,
  ];
}

/** Functions that exist for 32-bit programs only, whose number in the 64-bit table has no entry. */
const unwired: Partial<Readonly<Record<Abi, readonly string[]>>> = {
  x86_64: ['get_thread_area', 'set_thread_area', 'uselib'],
};

const narrow: ReadonlySet<Abi> = new Set<Abi>(['i386', 'arm', 'x32']);

/**
 * Whether a kernel with those entry functions implements a call: undefined when no function could be matched with it,
 * which for a native ABI means that it is not there, and for a 32-bit one only that the name is unusual.
 */
export function implementsCall(points: EntryPoints, abi: Abi, name: string): boolean | undefined {
  if (unwired[abi]?.includes(name)) return false;
  const candidates = narrow.has(abi) ? narrowNames(name) : (renamed[name] ?? [name]);
  let weak = false;
  for (const candidate of candidates) {
    for (const prefix of prefixes[abi]) {
      const state = points.get(prefix)?.get(candidate);
      if (state === 'strong') return true;
      if (state === 'weak') weak = true;
    }
  }
  return weak ? false : undefined;
}

/** Prefixes that only an ABI of its own has: without them a 64-bit kernel does not serve it. */
const own: Partial<Readonly<Record<Abi, readonly string[]>>> = {
  x32: ['__x32_compat_sys_'],
  i386: ['__ia32_compat_sys_', '__ia32_sys_', 'compat_sys_'],
  arm: ['__arm64_compat_sys_', 'compat_sys_'],
};

/** True when the table has the entry functions of an ABI at all; `machine` is the kernel's own. */
export function hasEntryPoints(points: EntryPoints, abi: Abi, machine: string): boolean {
  const wide = machine === 'x86_64' || machine === 'aarch64';
  const looked = (wide ? own[abi] : undefined) ?? prefixes[abi];
  const least = wide && own[abi] ? 1 : 50;
  return looked.some((prefix) => (points.get(prefix)?.size ?? 0) >= least);
}
