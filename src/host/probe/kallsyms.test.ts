import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasEntryPoints, implementsCall, parseKallsyms } from './kallsyms.ts';

// Excerpts as kernels show them: Debian's 6.1 and 4.9 on x86-64, 5.10 on AArch64. The 4.9 excerpt is read by an ordinary user,
// for whom kptr_restrict hides the addresses.
const modern = parseKallsyms(`ffffffff81380000 T __x64_sys_read
ffffffff8138edf0 W __x64_sys_kexec_load
ffffffff8138ee00 W __ia32_sys_kexec_load
ffffffff81390010 T __x64_sys_newstat
ffffffff81390020 T __x64_sys_newuname
ffffffff81390030 T __x64_sys_set_thread_area
ffffffff81390040 T __ia32_sys_set_thread_area
ffffffff81390050 T __ia32_compat_sys_ia32_fstat64
ffffffff81390060 T __ia32_sys_clock_gettime32
ffffffff81390070 t __pfx___do_sys_mseal
ffffffff81390080 T __x64_sys_umount
ffffffffc0a2b000 t __x64_sys_fake\t[rootkit]
`);
const old = parseKallsyms(`0000000000000000 T sys_read
0000000000000000 T SyS_read
0000000000000000 W sys_kexec_file_load
0000000000000000 T stub_clone
0000000000000000 T compat_sys_ioctl
`);
const arm = parseKallsyms(`ffff800010030000 T __arm64_sys_newuname
ffff800010030010 W __arm64_sys_kexec_file_load
ffff800010030020 T __arm64_sys_pidfd_open
ffff800010030030 T __arm64_compat_sys_ioctl
`);

test('a strong function is a call, a weak one is not', () => {
  for (const [points, abi, name, expected] of [
    [modern, 'x86_64', 'read', true],
    [modern, 'x86_64', 'kexec_load', false],
    [modern, 'x86_64', 'stat', true],
    [modern, 'x86_64', 'uname', true],
    [modern, 'x86_64', 'umount2', true],
    [modern, 'x86_64', 'mseal', undefined],
    [modern, 'x86_64', 'set_thread_area', false],
    [modern, 'x86_64', 'uselib', false],
    [modern, 'i386', 'set_thread_area', true],
    [modern, 'i386', 'fstat64', true],
    [modern, 'i386', 'clock_gettime', true],
    [modern, 'i386', 'kexec_load', false],
    [old, 'x86_64', 'read', true],
    [old, 'x86_64', 'clone', true],
    [old, 'x86_64', 'kexec_file_load', false],
    [old, 'i386', 'ioctl', true],
    [arm, 'aarch64', 'uname', true],
    [arm, 'aarch64', 'pidfd_open', true],
    [arm, 'aarch64', 'kexec_file_load', false],
    [arm, 'arm', 'ioctl', true],
  ] as const) {
    assert.equal(implementsCall(points, abi, name), expected, `${abi} ${name}`);
  }
});

test('an ABI is there when the kernel has entry functions of its own for it', () => {
  assert.equal(hasEntryPoints(modern, 'i386', 'x86_64'), true);
  assert.equal(hasEntryPoints(modern, 'x32', 'x86_64'), false);
  assert.equal(hasEntryPoints(arm, 'arm', 'aarch64'), true);
  assert.equal(hasEntryPoints(parseKallsyms(''), 'x86_64', 'x86_64'), false);
});
