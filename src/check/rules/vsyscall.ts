// glibc before 2.15 (and static programs of that age) call time, gettimeofday and getcpu at fixed addresses in the
// vsyscall page. With vsyscall=none the page is not there and the program dies (arch/x86/entry/vsyscall).
import type { Offer } from '../../host/offer.ts';
import { findingOf, offered, reachOf } from '../finding-of.ts';
import type { Rule } from '../rule.ts';
import { machineName } from './execution.ts';

/** Programs that call through the vsyscall page. */
export const vsyscallRule: Rule = {
  id: 'vsyscall',
  *run(needs, offer) {
    if (offer.machine !== undefined && machineName(offer.machine) !== 'x86_64') return;
    const mode = vsyscallMode(offer);
    if (mode !== undefined && mode.value !== 'none') return;
    for (const need of needs.of('vsyscall')) {
      // Addresses in the code of some library are a way round for kernels without a vDSO (JDK 11's libjvm).
      const fallback = need.certainty === 'present';
      if (fallback && mode === undefined) continue;
      yield findingOf({
        code: 'PL1008',
        rule: 'vsyscall-none',
        severity: fallback ? 'note' : mode === undefined ? 'unknown' : 'fatal',
        ...(mode === undefined ? { worst: 'fatal' as const } : {}),
        certainty: need.certainty,
        reach: reachOf(need, 'user-space'),
        title:
          mode === undefined
            ? `${need.who} calls the vsyscall page, and the host does not say whether it has one`
            : fallback
              ? `${need.who} holds addresses of the vsyscall page, which this kernel does not map`
              : `${need.who} calls the vsyscall page, which this kernel does not map`,
        need: 'the vsyscall page at 0xffffffffff600000',
        offer:
          mode === undefined
            ? offered(offer, 'vsyscall', 'the vsyscall mode')
            : offered(offer, mode.part, mode.words),
        evidence: need.evidence,
        symptom: 'vsyscall attempted with vsyscall=none; Segmentation fault, exit status 139',
        help: 'an image with glibc 2.15 or newer; else boot the host with vsyscall=emulate (on WSL 2: kernelCommandLine = vsyscall=emulate in .wslconfig; under Kata the guest kernel counts)',
        references: [
          'https://docs.kernel.org/admin-guide/kernel-parameters.html',
          'https://github.com/microsoft/WSL/issues/4694',
        ],
        component: 'kernel',
      });
    }
  },
};

/** The mode by what was probed, the boot options, or the built-in default. */
function vsyscallMode(
  offer: Offer,
): { readonly value: string; readonly part: string; readonly words: string } | undefined {
  if (offer.vsyscall !== undefined)
    return { value: offer.vsyscall, part: 'vsyscall', words: `vsyscall=${offer.vsyscall}` };
  const booted = /(?:^|\s)vsyscall=(\w+)/.exec(offer.kernel?.commandLine ?? '')?.[1];
  if (booted !== undefined)
    return { value: booted, part: 'kernel.commandLine', words: `booted with vsyscall=${booted}` };
  const config = offer.kernel?.config ?? {};
  for (const value of ['none', 'xonly', 'emulate', 'native']) {
    const option = `CONFIG_LEGACY_VSYSCALL_${value.toUpperCase()}`;
    if (config[option] === 'y') return { value, part: 'kernel.config', words: `${option}=y` };
  }
  return undefined;
}
