// What one system call gets on another host, as rules of a filter that runs here. The order is that of a real host: its
// filter speaks first, then its kernel (absent calls, configuration, settings), then the flags that its kernel does not
// know. Rules of libseccomp are not ordered by their author: of conditions on one level, those on higher arguments come
// first, and on one argument masks before '==' before '>=' (libseccomp src/db.c, db_chain_lt). So what is refused is
// written as masks, and what is allowed otherwise as a condition on the first argument that always holds.
import { type Answer, answerBelowFilter } from '../host/answer.ts';
import type { Offer } from '../host/offer.ts';
import type { Abi } from '../kernel/abi.ts';
import { evaluateFilter, ruleApplies } from '../kernel/filter-evaluation.ts';
import type { ArgumentCondition, Filter, RuleAction } from '../kernel/filter-profile.ts';
import type { FlagArgument } from '../kernel/flag-arguments.ts';

/** The filter that stands before the host's kernel, and the container that it was made for. */
export interface FilterInForce {
  readonly filter: Filter;
  readonly capabilities: ReadonlySet<string>;
  /** The host has no filter, and this one stands before what the host lets pass: gVisor. */
  readonly afterKernel: boolean;
  /** Kernel release of the imitated host. */
  readonly kernel?: string;
  /** In Go's words. */
  readonly machine: string;
  readonly libseccomp?: string;
  readonly runtime?: { readonly name: string; readonly version?: string | undefined } | undefined;
}

/** What a call gets under some conditions on its arguments; none: always. */
export interface ImitatedRule {
  readonly action: RuleAction;
  readonly args: readonly ArgumentCondition[];
}

/** A call as the imitated host answers it. */
export interface ImitatedCall {
  readonly name: string;
  /** The ABI that it was looked up in: the machine's own where that has it. */
  readonly abi: Abi;
  readonly rules: readonly ImitatedRule[];
  /** The kernel's refusal, where it has one. */
  readonly refused?: Answer;
  /** It is not known what the host's kernel makes of the call: it passes. */
  readonly open?: Answer;
  /** The flags that are refused. */
  readonly flags: readonly string[];
}

const lower32 = 0xffffffffn;

function masked(index: number, mask: bigint, value: bigint): ArgumentCondition {
  return { index, operator: '&', mask, value };
}

function refusalOf({ index, kind, number, when, answer }: FlagArgument): ImitatedRule {
  const value = BigInt(number);
  const own = masked(index, kind === 'bits' ? value : lower32, value);
  const other = when === undefined ? [] : [masked(when.index, lower32, BigInt(when.value))];
  return { action: answer, args: [...other, own].toSorted((a, b) => a.index - b.index) };
}

/** Everything but what the refusals name: looked at last, and always true. */
const always: ArgumentCondition = { index: 0, operator: '>=', value: 0n };

interface Passage {
  /** What comes through the filter. */
  readonly passing: RuleAction;
  readonly flags: readonly FlagArgument[];
  /** What of it another process answers. */
  readonly handed: readonly ArgumentCondition[];
}

/** Which calls of one name another process answers: all, or those with one of some arguments. */
export type Supervision = 'all' | readonly ArgumentCondition[];

/** Flags are refused of a call that is there only. */
function flagRefusals({ passing, flags, handed }: Passage): readonly ImitatedRule[] {
  if (passing.startsWith('E')) return [];
  return [
    ...flags.map(refusalOf),
    ...handed.map((condition): ImitatedRule => ({ action: 'notify', args: [condition] })),
  ];
}

function openRules(passage: Passage): readonly ImitatedRule[] {
  const refusals = flagRefusals(passage);
  return [...refusals, { action: passage.passing, args: refusals.length === 0 ? [] : [always] }];
}

/** The filter's word on a call, with what lies behind it put in the place of every permission. */
function filteredRules(
  name: string,
  abi: Abi,
  force: FilterInForce,
  passage: Passage,
): readonly ImitatedRule[] {
  const { filter } = force;
  const { action } = evaluateFilter(filter, { abi, syscall: name, ...force });
  if (action === 'allow' || action === 'log') return openRules(passage);
  if (action !== 'depends') return [{ action, args: [] }];
  const rules = filter.rules.filter(
    (rule) =>
      rule.names.has(name) && rule.action !== filter.defaultAction && ruleApplies(rule, force),
  );
  // Masks are looked at before what filters compare with, so that the refused flags come first here as well.
  return [
    ...flagRefusals(passage),
    ...rules.map(({ action: one, args }) => ({
      action: one === 'allow' ? passage.passing : one,
      args,
    })),
  ];
}

/**
 * What a call gets on a host.
 * @param force the filter there; undefined: none
 * @param flags the flags of this call that the host's kernel does not know
 * @param supervised where the kernel has the call, another process answers it, or some of it
 */
export function imitateCall(
  offer: Offer,
  call: { readonly name: string; readonly abi: Abi },
  force: FilterInForce | undefined,
  flags: readonly FlagArgument[],
  supervised: Supervision = [],
): ImitatedCall {
  const { name, abi } = call;
  const answer = answerBelowFilter(offer, { name, abi });
  const errno = answer.outcome === 'errno' ? answer.errno : undefined;
  const passing: RuleAction =
    errno !== undefined ? `E${errno.slice(1)}` : supervised === 'all' ? 'notify' : 'allow';
  const known = errno === undefined ? flags : [];
  // A flag that is refused needs no answer from elsewhere.
  const refused = new Set(known.map(({ number }) => BigInt(number)));
  const handed = supervised === 'all' ? [] : supervised.filter(({ value }) => !refused.has(value));
  const passage = { passing, flags: known, handed };
  const unfiltered = force === undefined || (force.afterKernel && errno !== undefined);
  return {
    name,
    abi,
    rules: unfiltered ? openRules(passage) : filteredRules(name, abi, force, passage),
    ...(answer.outcome === 'errno' ? { refused: answer } : {}),
    ...(answer.outcome === 'unknown' ? { open: answer } : {}),
    flags: known.map(({ symbol }) => symbol),
  };
}
