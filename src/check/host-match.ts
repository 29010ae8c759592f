// Holds the host condition of a rule against an offer. Three-valued: what the offer does not say is unknown, and
// "all", "any" and "not" follow Kleene's logic, so that one false part settles an "all" whatever the rest would be.
// Every answer is a clause that people can read ("vm.max_map_count is 65530") and names the part of the offer
// that decided.
import type { Offer } from '../host/offer.ts';
import type { HostCondition } from './data-rule.ts';
import { conjunction, type HostAnswer, type HostKind, type HostMatchers } from './host-matcher.ts';
import { containerMatchers } from './match-container.ts';
import { systemMatchers } from './match-system.ts';

type Matcher = (condition: object, offer: Offer) => HostAnswer;

const matchers: HostMatchers = { ...systemMatchers, ...containerMatchers };

const kinds = Object.keys(matchers) as readonly HostKind[];

/** One answer out of several: those whose truth decided, in words. */
function summed(truth: boolean | undefined, deciding: readonly HostAnswer[]): HostAnswer {
  const [first] = deciding;
  const values = [...new Set(deciding.map(({ value }) => value).filter((value) => value !== ''))];
  return {
    truth,
    value: values.slice(0, 3).join(', '),
    part: first?.part ?? '',
    ...(first?.source === undefined ? {} : { source: first.source }),
  };
}

/** What the offer says to the condition. */
export function matchHost(condition: HostCondition, offer: Offer): HostAnswer {
  if ('all' in condition) {
    const answers = condition.all.map((part) => matchHost(part, offer));
    const truth = conjunction(answers.map((answer) => answer.truth));
    return summed(
      truth,
      answers.filter((answer) => answer.truth === truth),
    );
  }
  if ('any' in condition) {
    const answers = condition.any.map((part) => matchHost(part, offer));
    const none = conjunction(
      answers.map(({ truth }) => (truth === undefined ? undefined : !truth)),
    );
    const truth = none === undefined ? undefined : !none;
    return summed(
      truth,
      answers.filter((answer) => answer.truth === truth),
    );
  }
  if ('not' in condition) {
    const answer = matchHost(condition.not, offer);
    return { ...answer, truth: answer.truth === undefined ? undefined : !answer.truth };
  }
  const kind = kinds.find((one) => one in condition);
  if (kind === undefined)
    return { truth: undefined, value: 'a condition of an unknown kind', part: '' };
  // The schema gave the object the shape of its kind; TypeScript cannot follow that through the table.
  return (matchers[kind] as Matcher)(condition, offer);
}
