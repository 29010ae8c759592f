// What programs import as 'plimsoll': types and the functions that stand behind the commands.
export type { CheckResult, Finding, HostResult, Verdict } from './check/finding.ts';
export type { Offer } from './host/offer.ts';
export { offerSchema } from './host/offer-schema.ts';
