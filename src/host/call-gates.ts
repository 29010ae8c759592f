// Calls that a kernel has and still refuses: built without them, forbidden by a setting or at boot, or for want of a
// capability. The gates are facts (src/kernel/gates.ts); here they meet what an offer says. What an offer does not say
// leaves the answer open, with two exceptions that the answer names: options that nearly every configuration in the
// tables has on, and settings that no distribution is known to use.

import { type Gate, gateBlocks, gateExists, gatesOf } from '../kernel/gates.ts';
import { nearlyAlwaysBuilt } from '../kernel/kernel-configs.ts';
import { compareReleases } from '../kernel/release.ts';
import { type Abi, syscallNamed } from '../kernel/syscalls.ts';
import { startingSet } from './capabilities.ts';
import { distributionOfKernel } from './kernel-calls.ts';
import type { Offer } from './offer.ts';
import { bootParameter } from './probe/proc-texts.ts';

/** Why a call is refused, or may be. */
export interface Refusal {
  /** unknown: the offer does not say what decides. */
  readonly outcome: 'errno' | 'unknown';
  /** With outcome 'errno'. */
  readonly errno?: string;
  readonly by: 'sysctl' | 'capability' | 'configuration';
  readonly why: string;
  readonly source: string;
}

/** What the gates of a call make of it. */
export interface Passage {
  readonly refusal?: Refusal;
  /** What is taken for granted though the offer does not say it: a clause. */
  readonly assumed?: string;
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

/** One gate's word: a refusal, a doubt, something taken for granted, or nothing. */
type Word = Refusal | { readonly outcome: 'assumed'; readonly why: string } | undefined;

function byOption(offer: Offer, gate: Gate, abi: Abi, call: string): Word {
  const { kernel } = offer;
  // A list of the calls that are there has already spoken.
  if (offer.syscalls?.exact?.[abi] !== undefined) return undefined;
  const base = kernel?.base ?? kernel?.release;
  if (base !== undefined && !gateExists(gate, base)) return undefined;
  const value = kernel?.config?.[gate.name];
  if (value === 'y' || value === 'm') return undefined;
  if (value === 'n' || kernel?.configComplete === true) {
    return {
      outcome: 'errno',
      errno: gate.errno,
      by: 'configuration',
      why: `the kernel is built without ${gate.name}`,
      source: offer.sources?.['kernel.config'] ?? `configuration of ${offer.name}`,
    };
  }
  const since = gate.since ?? syscallNamed(call)?.since[abi];
  const share = nearlyAlwaysBuilt(gate.name, since);
  if (share !== undefined) {
    const have = `${share.on} of the ${share.of} configurations that were read have it`;
    return {
      outcome: 'assumed',
      why: `${gate.name} is not given, and taken as on, for ${have}`,
    };
  }
  return {
    outcome: 'unknown',
    by: 'configuration',
    why: `${call} needs ${gate.name}, and the configuration of the kernel does not say whether it is on`,
    source: `configuration of ${offer.name}`,
  };
}

/** Settings whose blocking values no distribution is known to set: the default holds where nothing is said. */
const seldomSet = new Set([
  'kernel.modules_disabled',
  'kernel.kexec_load_disabled',
  'kernel.yama.ptrace_scope',
  'user.max_user_namespaces',
  'vm.memfd_noexec',
]);

/** Distributions that patch a setting into their kernels: it may be there though mainline has none. */
const patchedInto: Readonly<Record<string, readonly string[]>> = {
  'kernel.unprivileged_userns_clone': ['debian', 'ubuntu', 'arch'],
  'kernel.apparmor_restrict_unprivileged_userns': ['ubuntu'],
};

/** Whether the offer's kernel has a setting that the offer does not list; undefined where that cannot be told. */
function mayHaveSetting(offer: Offer, gate: Gate): boolean {
  // A probe reads all that there are, but for those that it names.
  if (offer.sources?.['sysctls'] === '/proc/sys')
    return (
      offer.unread?.some(({ part, reason }) => part === 'sysctls' && reason.includes(gate.name)) ===
      true
    );
  if (distributionOfKernel(offer)?.sysctls[gate.name] !== undefined) return true;
  if (gate.since === undefined)
    return patchedInto[gate.name]?.includes(offer.distribution?.id ?? '') === true;
  const base = offer.kernel?.base ?? offer.kernel?.release;
  return base === undefined || gateExists(gate, base);
}

function bySetting(offer: Offer, gate: Gate): Word {
  const value = offer.sysctls?.[gate.name];
  if (gate.blocks === undefined) return undefined;
  const passes = gate.unless.length > 0 ? holds(offer, gate.unless) : false;
  if (passes === true) return undefined;
  if (value === undefined) {
    if (!mayHaveSetting(offer, gate)) return undefined;
    if (seldomSet.has(gate.name) && distributionOfKernel(offer)?.sysctls[gate.name] === undefined) {
      const why = `${gate.name} is not given, and taken as its default: no distribution is known to set it`;
      return { outcome: 'assumed', why };
    }
    return {
      outcome: 'unknown',
      by: 'sysctl',
      why: `${gate.name} is not given, and decides: ${gate.effect}`,
      source: `settings of ${offer.name}`,
    };
  }
  if (gateBlocks(gate, value) !== true) return undefined;
  const from = offer.sources?.[`sysctls.${gate.name}`] ?? offer.sources?.['sysctls'];
  const source = from === undefined ? `${gate.name}=${value}` : `${gate.name}=${value} (${from})`;
  const names = gate.unless.join(' or ');
  const why = `${gate.name} is ${value}: ${gate.effect}`;
  if (passes === undefined) {
    const open = `${why}, and it is not known whether the container has ${names}`;
    return { outcome: 'unknown', by: 'sysctl', why: open, source };
  }
  const lacking = names === '' ? '' : `, and the container lacks ${names}`;
  return { outcome: 'errno', errno: gate.errno, by: 'sysctl', why: `${why}${lacking}`, source };
}

function byBoot(offer: Offer, gate: Gate): Word {
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
    outcome: 'errno',
    errno: gate.errno,
    by: 'configuration',
    why: `${gate.name} is off: ${gate.effect}`,
    source: offer.sources?.['kernel.commandLine'] ?? 'kernel command line',
  };
}

function byCapability(offer: Offer, gate: Gate, name: string): Word {
  const has = holds(offer, [gate.name]);
  if (has === true) return undefined;
  const source = 'capabilities(7)';
  if (has === undefined) {
    const why = `${name} needs ${gate.name}, and it is not known whether the container has it`;
    return { outcome: 'unknown', by: 'capability', why, source };
  }
  return {
    outcome: 'errno',
    errno: gate.errno,
    by: 'capability',
    why: `${name} needs ${gate.name}, which the container does not have`,
    source,
  };
}

function wordOf(offer: Offer, gate: Gate, abi: Abi, name: string): Word {
  switch (gate.kind) {
    case 'option':
      return byOption(offer, gate, abi, name);
    case 'sysctl':
      return bySetting(offer, gate);
    case 'boot':
      return byBoot(offer, gate);
    default:
      return byCapability(offer, gate, name);
  }
}

/** What the gates make of a call that the kernel has: the first that refuses, else the first that cannot be told. */
export function passageOf(offer: Offer, abi: Abi, name: string, args: Arguments = []): Passage {
  let open: Refusal | undefined;
  let assumed: string | undefined;
  for (const gate of gatesOf(name, abi)) {
    if (conditional[gate.name]?.(name, args, gate) === false) continue;
    const word = wordOf(offer, gate, abi, name);
    if (word?.outcome === 'errno') return { refusal: word };
    if (word?.outcome === 'unknown') open ??= word;
    if (word?.outcome === 'assumed') assumed ??= word.why;
  }
  if (open !== undefined) return { refusal: open };
  return assumed === undefined ? {} : { assumed };
}
