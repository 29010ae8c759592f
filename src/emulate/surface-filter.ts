// The kernel surface of another host as one seccomp profile: what its filter refuses, what its kernel lacks, and which
// flags it does not know. A pure function of the offer: the profile can be looked at, kept and given to any engine.
import { filterOfHost, runtimeOf } from '../host/engine-filter.ts';
import { baseRelease, kernelKnowsFlag } from '../host/kernel-flags.ts';
import type { Offer } from '../host/offer.ts';
import { type Abi, abiOfMachine } from '../kernel/abi.ts';
import type { Filter, RuleAction } from '../kernel/filter-profile.ts';
import { type FlagArgument, flagArguments, optionOfFlag } from '../kernel/flag-arguments.ts';
import { libseccompKnows } from '../kernel/libseccomp.ts';
import { allSyscalls } from '../kernel/syscalls.ts';
import {
  type FilterInForce,
  type ImitatedCall,
  type ImitatedRule,
  imitateCall,
  type Supervision,
} from './imitated-call.ts';

/** What the surface is made for. */
export interface SurfaceRequest {
  readonly offer: Offer;
  /** This machine in Go's words: amd64, arm64 … */
  readonly machine: string;
  /** The container's bounding set. */
  readonly capabilities: ReadonlySet<string>;
  /** The container's own filter, for hosts whose engine is not named; undefined: it is unconfined. */
  readonly own?: Filter | undefined;
  /** Calls that another process answers where the host has them. */
  readonly supervised?: ReadonlyMap<string, Supervision>;
  /** Version of the libseccomp that makes the filter: rules for calls that it does not know are left out. */
  readonly libseccomp?: string | undefined;
}

/** A host's surface, and what it consists of. */
export interface Surface {
  readonly filter: Filter;
  /** Every call that this machine's programs can make. */
  readonly calls: readonly ImitatedCall[];
  /** Whose filter it is built on. */
  readonly filterSource: string;
  /** Calls that the host lacks and that are let through all the same, since libseccomp here does not know them. */
  readonly letThrough: readonly string[];
  /** Calls that the host lacks and that are let through since the runtime makes them behind the filter. */
  readonly keptForRuntime: readonly string[];
}

/** What crun calls between the filter and the program: it waits for the word to start. Without that nothing starts. */
const callsOfRuntime: ReadonlySet<string> = new Set(['pselect6']);

/** ABIs of the programs that a machine runs, its own first. */
const abisOf: Readonly<Record<string, readonly Abi[]>> = {
  amd64: ['x86_64', 'i386', 'x32'],
  arm64: ['aarch64', 'arm'],
};

/** Every call with the first of the machine's ABIs that has it. */
function callsOf(machine: string): readonly { readonly name: string; readonly abi: Abi }[] {
  const own = abiOfMachine(machine) ?? 'x86_64';
  const abis = abisOf[machine] ?? [own];
  return allSyscalls().flatMap(({ name, numbers }) => {
    const abi = abis.find((one) => numbers[one] !== undefined);
    return abi === undefined ? [] : [{ name, abi }];
  });
}

/** The flags that a kernel lacks, by call. A number that an older flag has as well is left alone. */
function lackingFlags(offer: Offer): ReadonlyMap<string, readonly FlagArgument[]> {
  // gVisor's flags follow its own code, and not the release that it shows.
  if (offer.kernel?.kind !== undefined && offer.kernel.kind !== 'linux') return new Map();
  const all = flagArguments();
  const known = ({ symbol }: FlagArgument): boolean =>
    kernelKnowsFlag(offer, symbol) !== false &&
    offer.kernel?.config?.[optionOfFlag(symbol) ?? ''] !== 'n';
  const place = ({ call, index, number, when }: FlagArgument): string =>
    `${call} ${index} ${number} ${when?.index} ${when?.value}`;
  const taken = new Set(all.filter(known).map(place));
  return Map.groupBy(
    all.filter((one) => !known(one) && !taken.has(place(one))),
    ({ call }) => call,
  );
}

/**
 * Rules of one call of which none has the default action: libseccomp takes no such rule, and the rest would allow what it refuses. What
 * is allowed is said instead: one rule for each bit in which a value differs from all that are refused. Values that no bits have in
 * common to the exclusion of others are left alone.
 */
function withoutDefault(
  rules: readonly ImitatedRule[],
  action: RuleAction,
): readonly ImitatedRule[] {
  const refused = rules.filter((rule) => rule.action === action);
  const [first] = refused;
  const index = first?.args[0]?.index;
  const alone = refused.every(({ args }) => args.length === 1 && args[0]?.index === index);
  if (index === undefined || !alone || refused.length + 1 !== rules.length) return rules;
  const values = refused.map(({ args }) => args[0]?.value ?? 0n);
  const widest = 8n;
  const all = (1n << widest) - 1n;
  const varying = values.reduce((bits, value) => bits | (value ^ (values[0] ?? 0n)), 0n);
  const patterns = 2 ** varying.toString(2).replaceAll('0', '').length;
  if (patterns !== values.length || values.some((value) => value > all)) return rules;
  return Array.from({ length: Number(widest) }, (_, at) => 1n << BigInt(at))
    .filter((bit) => (varying & bit) === 0n)
    .map((bit) => ({
      action: 'allow',
      args: [{ index, operator: '&', mask: bit, value: ~(values[0] ?? 0n) & bit }],
    }));
}

function forceOf(request: SurfaceRequest): FilterInForce | undefined {
  const { offer, machine, capabilities, own } = request;
  const { engine } = offer;
  const found = filterOfHost(offer);
  const named = engine !== undefined && engine.name !== 'gvisor';
  const ofHost = named && found.kind === 'filters' ? found.filters.at(-1) : undefined;
  const filter = named && found.kind === 'none' ? undefined : (ofHost ?? own);
  if (filter === undefined) return undefined;
  const kernel = offer.kernel?.release ?? baseRelease(offer);
  const libseccomp = offer.engine?.libseccomp ?? offer.libseccomp;
  return {
    filter,
    machine,
    capabilities,
    afterKernel: engine?.name === 'gvisor',
    ...(kernel === undefined ? {} : { kernel }),
    ...(ofHost === undefined || libseccomp === undefined ? {} : { libseccomp }),
    ...(ofHost === undefined ? {} : { runtime: runtimeOf(offer) }),
  };
}

/** Makes the surface of a host. */
export function surfaceOf(request: SurfaceRequest): Surface {
  const { offer, machine } = request;
  const force = forceOf(request);
  const lacking = lackingFlags(offer);
  const all = callsOf(machine).map((call) =>
    imitateCall(
      offer,
      call,
      force,
      lacking.get(call.name) ?? [],
      request.supervised?.get(call.name),
    ),
  );
  const kept = all.filter(({ name, refused }) => refused !== undefined && callsOfRuntime.has(name));
  const calls = all.map(
    (call): ImitatedCall =>
      kept.includes(call)
        ? { name: call.name, abi: call.abi, rules: [{ action: 'allow', args: [] }], flags: [] }
        : call,
  );
  const wanted = force?.filter.defaultAction ?? 'allow';
  // What libseccomp does not know gets the default action. Where the host has none of those calls, that is what it lacks.
  const unknown = calls.filter(
    ({ name, abi }) =>
      request.libseccomp !== undefined && !libseccompKnows(request.libseccomp, name, abi),
  );
  const lacked = unknown.filter(({ refused }) => refused?.errno === 'ENOSYS');
  const closed = wanted === 'allow' && lacked.length > 0 && lacked.length === unknown.length;
  const defaultAction = closed ? 'ENOSYS' : wanted;
  const plain = Map.groupBy(
    calls.filter(({ rules }) => rules.length === 1 && rules[0]?.args.length === 0),
    ({ rules }) => rules[0]?.action ?? 'allow',
  );
  const always = { withCapabilities: [], withoutCapabilities: [], arches: [], notArches: [] };
  const conditional = calls.filter(({ rules }) => rules.length > 1 || rules[0]?.args.length !== 0);
  return {
    filter: {
      source: `the surface of ${offer.name}`,
      defaultAction,
      defaultErrnoGiven: force?.filter.defaultErrnoGiven ?? false,
      rules: [
        ...[...plain]
          .filter(([action]) => !closed || action !== defaultAction)
          .map(([action, group]) => ({
            ...always,
            names: new Set(group.map(({ name }) => name)),
            action,
            args: [],
          })),
        ...conditional.flatMap(({ name, rules }) =>
          (closed ? withoutDefault(rules, defaultAction) : rules).map((rule) => ({
            ...always,
            ...rule,
            names: new Set([name]),
          })),
        ),
      ],
    },
    calls,
    filterSource: force?.filter.source ?? 'none',
    keptForRuntime: kept.map(({ name }) => name),
    letThrough: wanted === 'allow' && !closed ? lacked.map(({ name }) => name) : [],
  };
}
