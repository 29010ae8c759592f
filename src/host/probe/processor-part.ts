// The processor: features and level, page size, the vsyscall page, 32-bit ARM.
import { type CpuInfo, parseCpuInfo } from './cpuinfo.ts';
import { known, knownOrNone, type ProbeContext, type ProbePart, whyUnread } from './part.ts';
import { bootParameter, parseAuxv, parseVsyscallMapping } from './proc-texts.ts';

/** AT_PAGESZ of getauxval(3). */
const auxPageSize = 6;

function readPageSize({ reader, from, missing, soFar }: ProbeContext): number | undefined {
  const auxv = reader.bytes('/proc/self/auxv');
  // s390x is the one big-endian machine among those that are known here.
  const size = auxv && parseAuxv(auxv, soFar.machine !== 's390x').get(auxPageSize);
  if (size !== undefined && size > 0n) {
    from('pageSize', '/proc/self/auxv');
    return Number(size);
  }
  const shift = Number(soFar.kernel?.config?.['CONFIG_PAGE_SHIFT']);
  if (Number.isInteger(shift) && shift >= 12 && shift <= 18) {
    from('pageSize', 'CONFIG_PAGE_SHIFT');
    return 1 << shift;
  }
  if (soFar.machine === 'x86_64' || soFar.machine === 's390x') {
    from('pageSize', `the only one of ${soFar.machine}`);
    return 4096;
  }
  const config = soFar.kernel?.config ?? {};
  for (const [option, bytes] of [
    ['CONFIG_ARM64_4K_PAGES', 4096],
    ['CONFIG_ARM64_16K_PAGES', 16384],
    ['CONFIG_ARM64_64K_PAGES', 65536],
    ['CONFIG_PPC_4K_PAGES', 4096],
    ['CONFIG_PPC_64K_PAGES', 65536],
  ] as const) {
    if (config[option] === 'y') {
      from('pageSize', option);
      return bytes;
    }
  }
  missing('pageSize', 'neither /proc/self/auxv nor the configuration tells it');
  return undefined;
}

function readVsyscall({ reader, from, missing, soFar }: ProbeContext) {
  if (soFar.machine !== 'x86_64') return undefined;
  const maps = reader.text('/proc/self/maps');
  if (maps) {
    from('vsyscall', '/proc/self/maps');
    return parseVsyscallMapping(maps);
  }
  const boot = bootParameter(soFar.kernel?.commandLine ?? '', 'vsyscall');
  if (boot === 'none' || boot === 'xonly' || boot === 'emulate' || boot === 'native') {
    from('vsyscall', `boot parameter vsyscall=${boot}`);
    return boot;
  }
  for (const mode of ['none', 'xonly', 'emulate', 'native'] as const) {
    if (soFar.kernel?.config?.[`CONFIG_LEGACY_VSYSCALL_${mode.toUpperCase()}`] === 'y') {
      from('vsyscall', `CONFIG_LEGACY_VSYSCALL_${mode.toUpperCase()}`);
      return mode;
    }
  }
  missing('vsyscall', 'neither /proc/self/maps, the command line nor the configuration tells it');
  return undefined;
}

/**
 * Whether 32-bit ARM programs run: the kernel needs CONFIG_COMPAT, and the cores need AArch32 at EL0. /proc/cpuinfo
 * lists the 32-bit words (half, thumb …) only to 32-bit readers; since 5.15 the sysfs mask tells which cores can.
 */
function readAarch32({ reader, from, soFar }: ProbeContext): boolean | undefined {
  if (soFar.machine !== 'aarch64') return undefined;
  if (soFar.kernel?.config?.['CONFIG_COMPAT'] === 'n') {
    from('cpu.aarch32', 'CONFIG_COMPAT');
    return false;
  }
  const implementer = /^CPU implementer\s*:\s*(\S+)/m.exec(reader.text('/proc/cpuinfo') ?? '')?.[1];
  if (implementer === '0x61') {
    from('cpu.aarch32', 'Apple cores have no AArch32');
    return false;
  }
  const mask = reader.text('/sys/devices/system/cpu/aarch32_el0')?.trim();
  if (mask) {
    from('cpu.aarch32', '/sys/devices/system/cpu/aarch32_el0');
    return true;
  }
  return undefined;
}

/** Processor, page size and vsyscall page. */
export const probeProcessor: ProbePart = (context) => {
  const { reader, from, missing, soFar } = context;
  const text = reader.text('/proc/cpuinfo', 8 << 20);
  if (text === undefined) missing('cpu', whyUnread(reader, '/proc/cpuinfo'));
  const info: CpuInfo = text === undefined ? {} : parseCpuInfo(text, soFar.machine ?? '');
  if (text !== undefined) from('cpu', '/proc/cpuinfo');
  const { features, ...rest } = info;
  const cpu = knownOrNone({
    ...rest,
    features: features && [...features],
    aarch32: readAarch32(context),
  });
  return known({ cpu, pageSize: readPageSize(context), vsyscall: readVsyscall(context) });
};
