// Programs for a machine that is not the host's: the kernel's execve answers ENOEXEC unless binfmt_misc knows an
// emulator (fs/binfmt_elf.c, elf_check_arch). And images whose files are not what their platform says.
import type { Offer } from '../../host/offer.ts';
import { ownEntry } from '../../lib/own-entry.ts';
import { countEvidence } from '../../needs/evidence.ts';
import type { NeedOf, Needs } from '../../needs/need.ts';
import type { Finding } from '../finding.ts';
import { findingOf, offered, reachOf, someOf } from '../finding-of.ts';
import type { Rule } from '../rule.ts';
import { emulatorName, executionOf, machineName } from './execution.ts';

type ArchitectureNeed = NeedOf<'architecture'>;

/** Programs for another machine, and images whose platform is not that of their files. */
export const architectureRule: Rule = {
  id: 'architecture',
  *run(needs, offer) {
    const all = needs.of('architecture');
    const claimed = needs.userSpace.target.platform?.architecture;
    const main = mainArchitecture(needs);
    const contradiction =
      claimed === undefined || main === undefined
        ? undefined
        : contradictionOf(claimed, main, offer);
    if (contradiction !== undefined) yield contradiction;
    const beside: ArchitectureNeed[] = [];
    for (const need of all) {
      if (contradiction !== undefined && need === main) continue;
      const decides = need === main || need.onStartPath === true;
      if (!decides && executionOf(need.machine, offer) === 'foreign') beside.push(need);
      else {
        const finding = foreign(need, offer, decides) ?? narrowMode(need, offer, decides);
        if (finding !== undefined) yield finding;
      }
    }
    if (beside.length > 0) yield foreignFiles(beside, offer);
  },
};

/** The architecture of what starts; without a start, the one with the most files. */
export function mainArchitecture(needs: Needs): ArchitectureNeed | undefined {
  const all = needs.of('architecture');
  const started = all.find((need) => need.onStartPath === true);
  if (started !== undefined) return started;
  const counts = Map.groupBy(
    needs.userSpace.elves,
    ({ facts }) => `${facts.machine} ${facts.bits}`,
  );
  const count = (need: ArchitectureNeed): number =>
    counts.get(`${need.machine} ${need.bits}`)?.length ?? countEvidence(need.evidence);
  return [...all].sort((a, b) => count(b) - count(a))[0];
}

function contradictionOf(
  claimed: string,
  main: ArchitectureNeed,
  offer: Offer,
): Finding | undefined {
  const wanted = machineName(claimed);
  const found = machineName(main.machine);
  // 32-bit user spaces in images of a 64-bit platform are common and run in the 32-bit mode.
  if (
    wanted === found ||
    (wanted === 'x86_64' && found === 'i386') ||
    (wanted === 'aarch64' && found === 'arm')
  )
    return undefined;
  const execution = executionOf(main.machine, offer);
  const runs = execution === 'native' || execution === 'emulated';
  return findingOf({
    code: 'PL2002',
    rule: 'platform-contradicted',
    severity: runs ? 'degraded' : 'fatal',
    certainty: main.certainty,
    reach: reachOf(main, 'user-space'),
    title: `the image says ${claimed}, but its programs are ${main.machine}`,
    need: `a processor that runs ${main.machine} programs`,
    offer: offered(offer, 'machine', offer.machine ?? 'machine not stated'),
    evidence: main.evidence,
    symptom: 'exec format error',
    help: `build the image again for ${claimed} (docker buildx build --platform linux/${claimed}, with every FROM and every downloaded binary of that architecture), or correct the platform in its manifest`,
    references: ['https://github.com/opencontainers/image-spec/blob/main/config.md'],
    component: 'image',
  });
}

function foreign(need: ArchitectureNeed, offer: Offer, main: boolean): Finding | undefined {
  const execution = executionOf(need.machine, offer);
  if (execution === 'native' || execution === 'compat') return undefined;
  const parts = {
    code: 'PL2001' as const,
    certainty: need.certainty,
    reach: reachOf(need, main ? 'user-space' : 'file'),
    need: `a processor that runs ${need.machine} programs`,
    evidence: need.evidence,
    references: [
      'https://docs.docker.com/build/building/multi-platform/',
      'https://docs.kernel.org/admin-guide/binfmt-misc.html',
    ],
  };
  const help = `take the image for ${offer.machine ?? "the host's machine"} (--platform), or register an emulator: apt install qemu-user-static binfmt-support, or docker run --privileged --rm tonistiigi/binfmt --install all`;
  if (execution === 'unknown') {
    if (!main) return undefined;
    return findingOf({
      ...parts,
      rule: 'machine-unknown',
      severity: 'unknown',
      // Almost every host is an x86-64 one; for those images the question is worth a note only.
      worst: need.machine === 'x86_64' || need.machine === 'i386' ? 'degraded' : 'fatal',
      title: `programs for ${need.machine}, and the host's machine is not known`,
      offer: offered(offer, 'machine', "the host's machine"),
      help,
      component: 'hardware',
    });
  }
  if (execution === 'emulated')
    return findingOf({
      ...parts,
      rule: 'emulated-architecture',
      severity: 'note',
      title: `${need.machine} programs run through ${emulatorName(offer)}, several times slower`,
      offer: offered(offer, 'emulation', `${offer.machine} with ${emulatorName(offer)}`),
      help: `take the image for ${offer.machine} if there is one`,
      component: 'hardware',
    });
  return findingOf({
    ...parts,
    rule: 'foreign-architecture',
    severity: 'fatal',
    title: `programs for ${need.machine} cannot run on ${offer.machine}`,
    offer: offered(offer, 'machine', `${offer.machine}, no emulator for ${need.machine}`),
    symptom: 'exec /bin/sh: exec format error',
    help,
    component: 'image',
  });
}

/** Files for other machines beside what starts are data (firmware, test inputs, helpers of other platforms). */
function foreignFiles(needs: readonly ArchitectureNeed[], offer: Offer): Finding {
  const names = someOf(
    needs.map(({ machine }) => machine),
    6,
  );
  return findingOf({
    code: 'PL2001',
    rule: 'foreign-files',
    severity: 'note',
    certainty: 'declared',
    reach: 'file',
    title: `holds files for ${names}, which ${offer.machine ?? 'the host'} does not run`,
    need: `a processor that runs programs for ${names}`,
    offer: offered(offer, 'machine', `${offer.machine}, no emulator for them`),
    evidence: needs.flatMap(({ evidence }) => evidence),
    help: 'nothing, if they are data; else take their builds for the host, or register qemu-user',
    references: ['https://docs.kernel.org/admin-guide/binfmt-misc.html'],
    component: 'image',
  });
}

/** 32-bit programs on a 64-bit kernel: IA32 emulation (CONFIG_IA32_EMULATION, ia32_emulation=), AArch32 at EL0. */
function narrowMode(need: ArchitectureNeed, offer: Offer, main: boolean): Finding | undefined {
  if (executionOf(need.machine, offer) !== 'compat' && !need.x32) return undefined;
  const machine = need.x32 ? 'x32' : machineName(need.machine);
  const mode = ownEntry(modes, machine);
  if (mode === undefined) return undefined;
  const works = mode.works(offer);
  if (works === true) return undefined;
  const config = offer.kernel?.config?.[mode.option];
  const decided = main || need.onStartPath === true;
  if (works === undefined && !decided) return undefined;
  return findingOf({
    code: machine === 'arm' ? 'PL2004' : 'PL2003',
    rule: mode.rule,
    severity: works === false ? 'fatal' : 'unknown',
    ...(works === false ? {} : { worst: mode.usual ? ('degraded' as const) : ('fatal' as const) }),
    certainty: need.certainty,
    reach: reachOf(need, main ? 'user-space' : 'file'),
    title:
      works === false
        ? `32-bit programs (${machine}) cannot run: ${mode.off}`
        : `32-bit programs (${machine}), and the host does not say whether it runs them`,
    need: `a kernel${machine === 'arm' ? ' and processor' : ''} that runs 32-bit ${machine} programs`,
    offer: offered(
      offer,
      mode.part,
      works === false
        ? config === undefined
          ? mode.off
          : `${mode.option}=${config}`
        : `whether it runs 32-bit ${machine} programs`,
    ),
    evidence: need.evidence,
    symptom: 'cannot execute binary file: Exec format error',
    help: mode.help,
    references: mode.references,
    component: machine === 'arm' ? 'hardware' : 'kernel',
  });
}

interface Mode {
  readonly rule: string;
  readonly option: string;
  readonly part: string;
  readonly off: string;
  /** Most hosts have it. */
  readonly usual: boolean;
  readonly help: string;
  readonly references: readonly string[];
  works(offer: Offer): boolean | undefined;
}

const modes: Readonly<Record<string, Mode>> = {
  i386: {
    rule: 'ia32-off',
    option: 'CONFIG_IA32_EMULATION',
    part: 'ia32',
    off: 'the kernel has no IA32 emulation',
    usual: true,
    help: 'use 64-bit programs in the image; else a kernel with CONFIG_IA32_EMULATION=y, not booted with ia32_emulation=0 (in a virtual machine runtime such as Kata it is the guest kernel that counts)',
    references: ['https://docs.kernel.org/admin-guide/kernel-parameters.html'],
    works: (offer) => offer.ia32 ?? configured(offer, 'CONFIG_IA32_EMULATION'),
  },
  x32: {
    rule: 'x32-off',
    option: 'CONFIG_X86_X32_ABI',
    part: 'kernel.config',
    off: 'the kernel does not run x32 programs',
    usual: false,
    help: 'use amd64 programs in the image; else a kernel with CONFIG_X86_X32_ABI=y (booted with syscall.x32=y on Debian)',
    references: ['https://wiki.debian.org/X32Port'],
    works: (offer) =>
      configured(offer, 'CONFIG_X86_X32_ABI') ?? configured(offer, 'CONFIG_X86_X32'),
  },
  arm: {
    rule: 'aarch32-absent',
    option: 'CONFIG_COMPAT',
    part: 'cpu.aarch32',
    off: 'no AArch32 at EL0',
    usual: false,
    help: 'take the arm64 build of the image or of that file; else run it through qemu-user (register qemu-arm with binfmt_misc, which stock scripts leave out on aarch64 hosts)',
    references: ['https://github.com/dbhi/qus/issues/4'],
    works: (offer) => {
      const compat = configured(offer, 'CONFIG_COMPAT');
      return compat === false ? false : offer.cpu?.aarch32;
    },
  },
};

function configured(offer: Offer, option: string): boolean | undefined {
  const value = offer.kernel?.config?.[option];
  if (value === undefined) return offer.kernel?.configComplete === true ? false : undefined;
  return value !== 'n';
}
