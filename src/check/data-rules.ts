// Runs rules that are data (src/check/data-rules/*.json, compiled into one file at build; people's own by --rules).
import type { Offer } from '../host/offer.ts';
import type { Needs } from '../needs/need.ts';
import type { DataRule } from './data-rule.ts';
import type { Finding } from './finding.ts';

/** Findings of rules that are data for one host. */
export function runDataRules(
  _needs: Needs,
  _offer: Offer,
  _rules: readonly DataRule[],
): readonly Finding[] {
  return [];
}
