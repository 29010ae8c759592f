// Calls that a kernel has and still refuses: built without them, forbidden by a setting or at boot, or for want of a
// capability. The gates are facts (src/kernel/gates.ts); here they meet what an offer says. A gate whose setting the
// offer does not give refuses nothing: only what is known speaks.

import { type Gate, gateBlocks, gateExists, gatesOf } from '../kernel/gates.ts';
import { compareReleases } from '../kernel/release.ts';
import type { Abi } from '../kernel/syscalls.ts';
import { startingSet } from './capabilities.ts';
import type { Offer } from './offer.ts';
import { bootParameter } from './probe/proc-texts.ts';

/** Why a call is refused. */
export interface Refusal {
  readonly errno: string;
  readonly by: 'sysctl' | 'capability' | 'configuration';
  readonly why: string;
  readonly source: string;
}

type Arguments = readonly (bigint | undefined)[];

/** Bit of CLONE_NEWUSER in the flags of clone and unshare. */
const cloneNewUser = 0x10000000n;
/** UFFD_USER_MODE_ONLY: faults of the kernel are not asked for. */
const userModeOnly = 1n;

/**
 * Gates that hold for some arguments only, and whether these are such; those that never decide a call as programs
 * usually make it are false: measuring one's own program, tracing one's own child, pages of one's own.
 */
const conditional: Readonly<
  Record<string, (call: string, args: Arguments, gate: Gate) => boolean>
> = {
  'user.max_user_namespaces': (_, [flags]) => ((flags ?? 0n) & cloneNewUser) !== 0n,
  'kernel.unprivileged_userns_clone': (_, [flags]) => ((flags ?? 0n) & cloneNewUser) !== 0n,
  'kernel.apparmor_restrict_unprivileged_userns': () => false,
  'vm.unprivileged_userfaultfd': (_, [flags]) => ((flags ?? 0n) & userModeOnly) === 0n,
  'kernel.perf_event_paranoid': (_call, _args, gate) => gate.blocks !== '2',
  'kernel.yama.ptrace_scope': (_call, _args, gate) => gate.blocks !== '1',
  'vm.overcommit_memory': () => false,
  'vm.mmap_min_addr': () => false,
  'vm.memfd_noexec': () => false,
  CAP_SYS_NICE: () => false,
  CAP_SYS_ADMIN: (call) => call !== 'setns',
};

/** Does the container have one of those? Undefined where its capabilities are not known. */
function holds(offer: Offer, names: readonly string[]): boolean | undefined {
  // Without an engine the program runs as the user likes: nothing is taken away from root.
  if (offer.engine === undefined && offer.container === undefined) return true;
  const set = startingSet(offer);
  return set === undefined ? undefined : names.some((name) => set.has(name));
}

function byOption(offer: Offer, gate: Gate, abi: Abi): Refusal | undefined {
  const { kernel } = offer;
  // A list of the calls that are there has already spoken.
  if (offer.syscalls?.exact?.[abi] !== undefined || kernel?.config === undefined) return undefined;
  const base = kernel.base ?? kernel.release;
  if (base !== undefined && !gateExists(gate, base)) return undefined;
  const value = kernel.config[gate.name];
  if (value !== 'n' && !(value === undefined && kernel.configComplete === true)) return undefined;
  return {
    errno: gate.errno,
    by: 'configuration',
    why: `the kernel is built without ${gate.name}`,
    source: offer.sources?.['kernel.config'] ?? `configuration of ${offer.name}`,
  };
}

function bySetting(offer: Offer, gate: Gate): Refusal | undefined {
  const value = offer.sysctls?.[gate.name];
  if (value === undefined || gateBlocks(gate, value) !== true) return undefined;
  if (gate.unless.length > 0 && holds(offer, gate.unless) !== false) return undefined;
  const from = offer.sources?.[`sysctls.${gate.name}`] ?? offer.sources?.['sysctls'];
  const lacking =
    gate.unless.length > 0 ? `, and the container lacks ${gate.unless.join(' or ')}` : '';
  return {
    errno: gate.errno,
    by: 'sysctl',
    why: `${gate.name} is ${value}: ${gate.effect}${lacking}`,
    source: from === undefined ? `${gate.name}=${value}` : `${gate.name}=${value} (${from})`,
  };
}

function byBoot(offer: Offer, gate: Gate): Refusal | undefined {
  const { kernel } = offer;
  const base = kernel?.base ?? kernel?.release;
  // A command line that is not known is taken as one without the parameter, which is how nearly all are.
  const given = bootParameter(kernel?.commandLine ?? '', gate.name);
  // secretmem.enable: off before 6.5 unless given.
  const off =
    given === undefined
      ? base !== undefined && compareReleases(base, '6.5') < 0
      : /^(0|n|off)$/i.test(given);
  if (!off) return undefined;
  return {
    errno: gate.errno,
    by: 'configuration',
    why: `${gate.name} is off: ${gate.effect}`,
    source: offer.sources?.['kernel.commandLine'] ?? 'kernel command line',
  };
}

function byCapability(offer: Offer, gate: Gate, name: string): Refusal | undefined {
  if (holds(offer, [gate.name]) !== false) return undefined;
  return {
    errno: gate.errno,
    by: 'capability',
    why: `${name} needs ${gate.name}, which the container does not have`,
    source: 'capabilities(7)',
  };
}

/** Why the kernel refuses a call that it has; undefined when nothing that is known speaks against it. */
export function refusalOf(
  offer: Offer,
  abi: Abi,
  name: string,
  args: Arguments = [],
): Refusal | undefined {
  for (const gate of gatesOf(name, abi)) {
    if (conditional[gate.name]?.(name, args, gate) === false) continue;
    const refusal =
      gate.kind === 'option'
        ? byOption(offer, gate, abi)
        : gate.kind === 'sysctl'
          ? bySetting(offer, gate)
          : gate.kind === 'boot'
            ? byBoot(offer, gate)
            : byCapability(offer, gate, name);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}
