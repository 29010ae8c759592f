// Hosts with pages of 16 or 64 KiB (arm64, ppc64le): segments aligned for smaller pages cannot be mapped, and
// allocators that were configured for smaller pages refuse to start.
import type { Offer } from '../../host/offer.ts';
import { findingOf, offered, reachOf } from '../finding-of.ts';
import type { Rule } from '../rule.ts';
import { executionOf, machineName } from './execution.ts';

/** Machines whose kernels come with more than one page size. */
const variable = new Set(['aarch64', 'ppc64le', 'arm', 'loongarch64', 'mips64']);

/** Files that were built for smaller pages than the host has. */
export const pageSizeRule: Rule = {
  id: 'page-size',
  *run(needs, offer) {
    if (offer.machine !== undefined && !variable.has(machineName(offer.machine))) return;
    const size = offer.pageSize ?? pageSizeOfConfig(offer);
    // An emulator maps guest pages as it likes; x86-64 programs have 4 KiB pages everywhere.
    const machines = new Set(needs.of('architecture').map((need) => need.machine));
    if (
      ![...machines].some(
        (machine) =>
          variable.has(machineName(machine)) && executionOf(machine, offer) !== 'emulated',
      )
    )
      return;
    for (const need of needs.of('page-size')) {
      if (size !== undefined && size <= need.maximum) continue;
      if (
        size === undefined &&
        (need.maximum >= 65536 || machineName(offer.machine ?? '') === 'arm')
      )
        continue;
      const allocator = need.by === 'allocator';
      yield findingOf({
        code: allocator ? 'PL2008' : 'PL2007',
        rule: allocator ? 'allocator-page-size' : 'segment-alignment',
        severity: size === undefined ? 'unknown' : 'fatal',
        ...(size === undefined ? { worst: 'fatal' as const } : {}),
        certainty: need.certainty,
        reach: reachOf(need),
        title:
          size === undefined
            ? `${need.who} works with pages up to ${kib(need.maximum)}, and the host does not say its page size`
            : allocator
              ? `the allocator in ${need.who} is built for pages up to ${kib(need.maximum)}, the host has ${kib(size)}`
              : `${need.who} is linked for pages up to ${kib(need.maximum)}, the host has ${kib(size)}`,
        need: `pages of at most ${kib(need.maximum)}`,
        offer: offered(
          offer,
          'pageSize',
          size === undefined ? 'the page size' : `pages of ${kib(size)}`,
        ),
        evidence: need.evidence,
        symptom: allocator
          ? '<jemalloc>: Unsupported system page size'
          : 'error while loading shared libraries: ELF load command alignment not page-aligned; or Segmentation fault at the start',
        help: allocator
          ? allocatorHelp
          : 'an image linked with -z max-page-size=65536; else a kernel with 4 KiB pages (Raspberry Pi 5: kernel=kernel8.img; RHEL: the default kernel instead of kernel-64k)',
        references: allocator
          ? [
              'https://github.com/redis/docker-library-redis/issues/208',
              'https://github.com/jemalloc/jemalloc/issues/467',
            ]
          : [
              'https://github.com/pi-hole/docker-pi-hole/issues/422',
              'https://github.com/docker-library/busybox/pull/150',
            ],
        component: 'image',
      });
    }
  },
};

const allocatorHelp =
  'an image whose jemalloc is built for larger pages (configure --with-lg-page=16; JEMALLOC_SYS_WITH_LG_PAGE=16 for Rust); else a kernel with 4 KiB pages (Raspberry Pi 5: kernel=kernel8.img; RHEL: the default kernel instead of kernel-64k)';

function pageSizeOfConfig(offer: Offer): number | undefined {
  const config = offer.kernel?.config ?? {};
  if (config['CONFIG_ARM64_64K_PAGES'] === 'y' || config['CONFIG_PPC_64K_PAGES'] === 'y')
    return 65536;
  if (config['CONFIG_ARM64_16K_PAGES'] === 'y') return 16384;
  return config['CONFIG_ARM64_4K_PAGES'] === 'y' ? 4096 : undefined;
}

const kib = (bytes: number): string => `${bytes / 1024} KiB`;
