// What the image's own start scripts ask of the host before they go on: a setting or limit of at least some number, words
// of the processor, modules, devices (src/formats/script-guards.ts).
import { hasCpuFeature } from '../../host/cpu.ts';
import type { Offer } from '../../host/offer.ts';
import type { NeedOf } from '../../needs/need.ts';
import { covers, givenDevices } from '../container-options.ts';
import type { Finding } from '../finding.ts';
import type { FindingCode } from '../finding-codes.ts';
import { findingOf, offered } from '../finding-of.ts';
import { moduleState } from '../kernel-modules.ts';
import type { Rule } from '../rule.ts';

type GuardNeed = NeedOf<'guard'>;

/** Checks of start scripts that this host does not pass. */
export const guardRule: Rule = {
  id: 'guards',
  *run(needs, offer) {
    for (const need of needs.of('guard')) {
      const failed = failure(need, offer);
      if (failed !== undefined) yield finding(need, failed, offer);
    }
  },
};

interface Failure {
  readonly code: FindingCode;
  readonly part: string;
  readonly value: string;
  readonly need: string;
  readonly help: string;
}

/** What of the host does not pass; undefined where it passes, or nothing is known. */
function failure({ guard }: GuardNeed, offer: Offer): Failure | undefined {
  switch (guard.kind) {
    case 'sysctl':
      return sysctlFailure(guard, offer);
    case 'limit':
      return limitFailure(guard, offer);
    case 'cpu':
      if (hasCpuFeature(offer, guard.name) !== false) return undefined;
      return {
        code: 'PL2006',
        part: 'cpu.features',
        value: `the processor lacks ${guard.name.toUpperCase()}`,
        need: `a processor with ${guard.name.toUpperCase()}`,
        help: 'an image or release that is built without it; in a virtual machine, pass the full processor through (Proxmox: CPU type host; QEMU: -cpu host); else a processor that has it',
      };
    case 'module': {
      const state = moduleState(offer, guard.name.replaceAll('-', '_'));
      if (state === undefined || state === 'loaded') return undefined;
      return {
        code: 'PL6006',
        part: 'modules',
        value: `${guard.name} is not loaded`,
        need: `the module ${guard.name}`,
        help: `modprobe ${guard.name} on the host`,
      };
    }
    default: {
      const given = givenDevices(offer);
      if (given === undefined || covers(given, guard.name)) return undefined;
      return {
        code: 'PL6005',
        part: 'container.devices',
        value: `${guard.name} is not given to the container`,
        need: guard.name,
        help: `--device ${guard.name}`,
      };
    }
  }
}

type Numbered = Extract<GuardNeed['guard'], { readonly kind: 'sysctl' | 'limit' }>;

const wanted = (guard: Numbered): string =>
  'atLeast' in guard ? `at least ${guard.atLeast}` : `${guard.equals}`;
const number = (guard: Numbered): number => ('atLeast' in guard ? guard.atLeast : guard.equals);
const passes = (guard: Numbered, has: number): boolean =>
  'atLeast' in guard ? has >= guard.atLeast : has === guard.equals;

function sysctlFailure(guard: Numbered, offer: Offer): Failure | undefined {
  const setting = offer.sysctls?.[guard.name];
  const has = Number(setting?.trim().split(/\s+/)[0]);
  if (setting === undefined || Number.isNaN(has) || passes(guard, has)) return undefined;
  const own = /^(?:net\.|kernel\.(?:shm|msg|sem)|fs\.mqueue)/.test(guard.name);
  return {
    code: 'PL6001',
    part: `sysctls.${guard.name}`,
    value: `${guard.name} is ${setting}`,
    need: `${guard.name} of ${wanted(guard)}`,
    help: own
      ? `--sysctl ${guard.name}=${number(guard)}, or on the host: sysctl -w ${guard.name}=${number(guard)}`
      : `on the host: sysctl -w ${guard.name}=${number(guard)}, and the same in /etc/sysctl.d`,
  };
}

function limitFailure(guard: Numbered, offer: Offer): Failure | undefined {
  const limit = offer.limits?.[guard.name];
  // null: unlimited, for which shells print a word and not a number.
  if (limit?.soft === undefined || limit.soft === null) return undefined;
  const kilobytes = guard.name === 'memlock' || guard.name === 'stack';
  const has = kilobytes ? Math.floor(limit.soft / 1024) : limit.soft;
  if (passes(guard, has)) return undefined;
  return {
    code: 'PL6002',
    part: `limits.${guard.name}`,
    value: `${guard.name} is ${has}${kilobytes ? ' KiB' : ''}`,
    need: `${guard.name} of ${wanted(guard)}${kilobytes ? ' KiB' : ''}`,
    help: `--ulimit ${guard.name}=${kilobytes ? number(guard) * 1024 : number(guard)}`,
  };
}

function finding({ guard, who, evidence }: GuardNeed, failed: Failure, offer: Offer): Finding {
  return findingOf({
    code: failed.code,
    rule: `script-checks-${guard.kind}`,
    severity: guard.ends ? 'fatal' : 'degraded',
    certainty: 'declared',
    reach: 'start',
    title: `${who} ${guard.ends ? 'stops' : 'complains'} without ${failed.need}`,
    need: failed.need,
    offer: offered(offer, failed.part, failed.value),
    evidence,
    help: failed.help,
    component: failed.code === 'PL2006' ? 'hardware' : 'configuration',
  });
}
