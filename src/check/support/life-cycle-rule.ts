// PL8001 and PL8002: user spaces and hosts past their end of support. Notes: they say nothing of technical fitness.
import type { Offer } from '../../host/offer.ts';
import type { Needs } from '../../needs/need.ts';
import type { Finding } from '../finding.ts';
import { findingOf, sourceOf } from '../finding-of.ts';
import type { Rule } from '../rule.ts';
import { type LifeCycle, lifeCycleOf, supportState } from './life-cycle.ts';

/** The rule for one day ("2026-11-22"). */
export function lifeCycleRule(today: string): Rule {
  return {
    id: 'life-cycle',
    *run(needs, offer) {
      const image = ofUserSpace(needs, today);
      if (image !== undefined) yield image;
      const host = ofHost(offer, today);
      if (host !== undefined) yield host;
    },
  };
}

function ofUserSpace({ userSpace }: Needs, today: string): Finding | undefined {
  const { os } = userSpace;
  if (os?.versionId === undefined) return undefined;
  const cycle = lifeCycleOf(os.id, os.versionId, today, os.prettyName);
  const said = cycle === undefined ? undefined : endOf(cycle, today);
  if (cycle === undefined || said === undefined) return undefined;
  return findingOf({
    code: 'PL8001',
    rule: 'user-space-life-cycle',
    severity: 'note',
    certainty: 'declared',
    title: `the user space is ${cycle.name} ${cycle.release}: ${said}`,
    need: 'security updates for the packages of the user space',
    offer: { value: said, source: cycle.source },
    evidence: [{ path: os.path, detail: os.prettyName ?? `${os.id} ${os.versionId}` }],
    help: helpFor(cycle, today, 'build the image'),
    references: [cycle.source],
    component: 'support',
  });
}

function ofHost(offer: Offer, today: string): Finding | undefined {
  const { distribution } = offer;
  if (distribution?.version === undefined) return undefined;
  const cycle = lifeCycleOf(distribution.id, distribution.version, today, distribution.name);
  const said = cycle === undefined ? undefined : endOf(cycle, today);
  if (cycle === undefined || said === undefined) return undefined;
  return findingOf({
    code: 'PL8002',
    rule: 'host-life-cycle',
    severity: 'note',
    certainty: 'declared',
    title: `the host is ${cycle.name} ${cycle.release}: ${said}`,
    need: 'security updates for the kernel, engine and runtime of the host',
    offer: {
      value: `${cycle.name} ${distribution.version}`,
      source: sourceOf(offer, 'distribution'),
    },
    evidence: [],
    help: helpFor(cycle, today, 'run it'),
    references: [cycle.source],
    component: 'support',
  });
}

/** What there is to say; undefined while standard support lasts. */
function endOf(cycle: LifeCycle, today: string): string | undefined {
  const state = supportState(cycle, today);
  if (state === undefined || state === 'standard') return undefined;
  if (state === 'extended')
    return `standard support ended on ${cycle.standard}, ${cycle.extendedBy ?? 'extended support'} lasts until ${cycle.extended}`;
  const last =
    cycle.extended === undefined
      ? ''
      : `, ${cycle.extendedBy ?? 'extended support'} on ${cycle.extended}`;
  return `standard support ended on ${cycle.standard}${last}`;
}

function helpFor(cycle: LifeCycle, today: string, verb: string): string {
  const next = cycle.successor === undefined ? 'a successor' : `${cycle.name} ${cycle.successor}`;
  const extended =
    supportState(cycle, today) === 'extended'
      ? ` or subscribe to ${cycle.extendedBy ?? 'extended support'},`
      : '';
  return `${verb} on a release in support${cycle.successor === undefined ? '' : `, such as ${next}`};${extended} until then watch its security notices`.replace(
    ';,',
    ',',
  );
}
