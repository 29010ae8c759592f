// The kernel: release, version, configuration, command line, and which calls are really there.
import { abiOfMachine } from '../../kernel/abi.ts';
import { hasSyscall } from '../../kernel/kernel-syscalls.ts';
import { parseRelease } from '../../kernel/release.ts';
import { type Abi, allSyscalls } from '../../kernel/syscalls.ts';
import type { Offer } from '../offer.ts';
import { hasEntryPoints, implementsCall, parseKallsyms } from './kallsyms.ts';
import { known, type ProbeContext, type ProbePart, whyUnread } from './part.ts';
import { bootParameter, parseKernelConfig } from './proc-texts.ts';

type Kernel = NonNullable<Offer['kernel']>;

/** 64 MiB: a symbol table with every debug symbol of a distribution kernel is some 20 MiB. */
const kallsymsLimit = 64 << 20;

/** ELF machine of e_machine (gABI and each psABI) → uname -m. */
const elfMachines: Readonly<Record<number, string>> = {
  3: 'i686',
  8: 'mips64',
  21: 'ppc64le',
  22: 's390x',
  40: 'armv7l',
  62: 'x86_64',
  183: 'aarch64',
  243: 'riscv64',
  258: 'loongarch64',
};

/** The machine of a tree that holds no /proc: from the header of one of its programs. */
function machineOfTree({ reader }: ProbeContext): { machine: string; source: string } | undefined {
  for (const path of ['/bin/sh', '/bin/busybox', '/usr/bin/env', '/sbin/init']) {
    const head = reader.bytes(path, 64);
    if (head === undefined || head.length < 20 || head[0] !== 0x7f || head[1] !== 0x45) continue;
    const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
    const number = view.getUint16(18, head[5] !== 2);
    const machine = elfMachines[number];
    if (machine !== undefined) return { machine, source: `ELF header of ${path}` };
  }
  return undefined;
}

/** uname -m does not stand in /proc before 6.? in a file of its own; the build's own words and the programs tell. */
function readMachine(context: ProbeContext, version: string): string | undefined {
  const { reader, from } = context;
  const arch = reader.text('/proc/sys/kernel/arch')?.trim();
  if (arch) {
    from('machine', '/proc/sys/kernel/arch');
    return arch;
  }
  const named = /\b(x86_64|aarch64|ppc64le|s390x|riscv64|loongarch64|i686|armv7l)\b/.exec(version);
  const tree = machineOfTree(context);
  if (tree) {
    from('machine', tree.source);
    return tree.machine;
  }
  if (named?.[1]) {
    from('machine', '/proc/version');
    return named[1];
  }
  context.missing('machine', 'nothing in /proc and no program tells it');
  return undefined;
}

/** A tree without /proc: the release is that of the one kernel which is installed in it. */
function installedRelease({ reader, from, missing }: ProbeContext): string | undefined {
  const installed = reader
    .list('/lib/modules')
    .filter((name) => parseRelease(name) !== undefined && /\d/.test(name));
  const [only, ...others] = installed;
  if (only === undefined) {
    missing('kernel.release', 'neither /proc/sys/kernel/osrelease nor a kernel in /lib/modules');
    return undefined;
  }
  if (others.length > 0) {
    missing('kernel.release', `several kernels in /lib/modules: ${installed.join(', ')}`);
    return undefined;
  }
  from('kernel.release', `the only kernel in /lib/modules`);
  return only;
}

function readConfig(
  { reader, from, missing }: ProbeContext,
  release: string | undefined,
): Pick<Kernel, 'config' | 'configComplete'> {
  const candidates = [
    '/proc/config.gz',
    ...(release === undefined
      ? []
      : [
          `/boot/config-${release}`,
          `/lib/modules/${release}/config`,
          `/lib/modules/${release}/build/.config`,
          `/usr/lib/ostree-boot/config-${release}`,
          `/usr/lib/kernel/config-${release}`,
        ]),
  ];
  for (const path of candidates) {
    const text = path.endsWith('.gz') ? reader.gunzipped(path) : reader.text(path, 4 << 20);
    if (text === undefined) continue;
    const config = parseKernelConfig(text);
    if (Object.keys(config).length < 100) continue;
    from('kernel.config', path);
    return { config, configComplete: true };
  }
  missing(
    'kernel.config',
    candidates
      .map((path) => whyUnread(reader, path))
      .slice(0, 3)
      .join('; '),
  );
  return {};
}

/** The kernel's kind, from release and version: gVisor and WSL 1 give themselves away there. */
function kindOf(release: string | undefined, version: string): Kernel['kind'] {
  if (
    /gvisor/i.test(release ?? '') ||
    /^Linux version 4\.4\.0 #1 SMP Sun Jan 10 15:06:54 PST 2016/.test(version)
  ) {
    return 'gvisor';
  }
  // WSL 1's releases end in -Microsoft, WSL 2's in -microsoft-standard[-WSL2].
  if (/-Microsoft$/.test(release ?? '')) return 'wsl1';
  return 'linux';
}

/** Release, version, configuration and command line. */
export const probeKernel: ProbePart = (context) => {
  const { reader, from, missing } = context;
  const procVersion = reader.text('/proc/version')?.trim() ?? '';
  let release = reader.text('/proc/sys/kernel/osrelease')?.trim();
  if (release) from('kernel.release', '/proc/sys/kernel/osrelease');
  else {
    release = /^Linux version (\S+)/.exec(procVersion)?.[1];
    if (release) from('kernel.release', '/proc/version');
  }
  release ??= installedRelease(context);
  const version = reader.text('/proc/sys/kernel/version')?.trim();
  if (version) from('kernel.version', '/proc/sys/kernel/version');
  const commandLine = reader.text('/proc/cmdline')?.trim();
  if (commandLine) from('kernel.commandLine', '/proc/cmdline');
  else missing('kernel.commandLine', whyUnread(reader, '/proc/cmdline'));
  const base = release === undefined ? undefined : parseRelease(release)?.base;
  if (base !== undefined) from('kernel.base', `the release ${release}`);
  // Every kernel's own /sys/kernel has mm; a container may see an empty one in its place.
  const masked = reader.kind('/sys/kernel/mm') === undefined;
  const seen = reader.kind('/sys/kernel/btf/vmlinux') !== undefined;
  const btf = reader.live && (seen || !masked) ? seen : undefined;
  if (btf !== undefined) from('kernel.btf', '/sys/kernel/btf/vmlinux');
  else if (reader.live) missing('kernel.btf', '/sys/kernel is masked');
  const kernel: Kernel = known({
    kind: kindOf(release, procVersion),
    release: release || undefined,
    base,
    version: version || undefined,
    ...readConfig(context, release),
    commandLine,
    btf,
  });
  const machine = readMachine(context, procVersion);
  return known({ kernel, machine });
};

/** ABIs that a machine's kernel may serve, its own first. */
function abisOf(machine: string): readonly Abi[] {
  const own = abiOfMachine(machine);
  if (own === undefined) return [];
  if (own === 'x86_64') return ['x86_64', 'i386', 'x32'];
  return own === 'aarch64' ? ['aarch64', 'arm'] : [own];
}

type Calls = Record<string, string[]>;

/** The calls that a symbol table shows to be implemented; empty where it shows no entry functions. */
function callsIn(text: string, machine: string, { kernel, ia32, cpu }: Partial<Offer>): Calls {
  const points = parseKallsyms(text);
  const exact: Record<string, string[]> = {};
  for (const abi of abisOf(machine)) {
    if (!hasEntryPoints(points, abi, machine)) continue;
    if (abi === 'i386' && ia32 === false) continue;
    if (abi === 'arm' && cpu?.aarch32 === false) continue;
    const native = abi === abisOf(machine)[0];
    exact[abi] = allSyscalls()
      .filter((call) => call.numbers[abi] !== undefined)
      .filter(
        ({ name }) =>
          implementsCall(points, abi, name) ??
          // A name that matches no function: in the native ABI it is not there; in a 32-bit one it is an odd name.
          (!native && hasSyscall({ base: kernel?.base }, abi, name) === true),
      )
      .map(({ name }) => name)
      .sort();
  }
  return exact;
}

/** What `callsIn` answers hangs on, as a key: the kernel that runs since it was started, and what else it looks at. */
function callsKey({ reader, soFar }: ProbeContext, machine: string): string | undefined {
  const boot = reader.text('/proc/sys/kernel/random/boot_id')?.trim();
  const { kernel, ia32, cpu } = soFar;
  return boot === undefined || boot === ''
    ? undefined
    : `calls ${JSON.stringify([boot, machine, kernel?.release, kernel?.version, kernel?.base, ia32, cpu?.aarch32])}`;
}

/** Every call that is implemented, by ABI, from kallsyms; else the base release has to stand in. */
export const probeCalls: ProbePart = (context) => {
  const { reader, from, missing, soFar, kept } = context;
  const { machine, kernel } = soFar;
  if (machine === undefined || kernel?.kind !== 'linux') return {};
  // The kernel takes 30 ms to write the table, and reading it takes as long again.
  const key = kept === undefined ? undefined : callsKey(context, machine);
  const known = key === undefined ? undefined : kept?.get(key);
  const text = known === undefined ? reader.text('/proc/kallsyms', kallsymsLimit) : '';
  const exact =
    known === undefined ? callsIn(text ?? '', machine, soFar) : (JSON.parse(known) as Calls);
  if (Object.keys(exact).length === 0) {
    missing(
      'syscalls',
      text === undefined
        ? `${whyUnread(reader, '/proc/kallsyms')}; the release stands in for it`
        : '/proc/kallsyms shows no entry functions; the release stands in for it',
    );
    return {};
  }
  if (key !== undefined && known === undefined) kept?.put(key, JSON.stringify(exact));
  from('syscalls.exact', '/proc/kallsyms');
  return { syscalls: { exact } };
};

/** IA32 emulation: built in, and not switched off at boot (ia32_emulation=, since 6.7). */
export const probeIa32: ProbePart = ({ from, soFar }) => {
  const { machine, kernel } = soFar;
  if (machine !== 'x86_64') return {};
  const config = kernel?.config;
  if (config === undefined) return {};
  const built = config['CONFIG_IA32_EMULATION'] === 'y';
  const boot = bootParameter(kernel?.commandLine ?? '', 'ia32_emulation');
  const heeded = boot !== undefined && 'CONFIG_IA32_EMULATION_DEFAULT_DISABLED' in config;
  const off = ['0', 'off', 'n', 'no', 'false'].includes((boot ?? '').toLowerCase());
  if (built && heeded) {
    from('ia32', `boot parameter ia32_emulation=${boot}`);
    return { ia32: !off };
  }
  from('ia32', 'CONFIG_IA32_EMULATION');
  return { ia32: built && config['CONFIG_IA32_EMULATION_DEFAULT_DISABLED'] !== 'y' };
};
