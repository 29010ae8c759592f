// What programs import as 'plimsoll': types and the functions that stand behind the commands.
//
//     const target = await openTarget('./rootfs', { signal });
//     const needs = await readNeeds(target, { signal });
//     const host = await findHost('rhel:7.9', { readFile, probe });
//     const result = check(needs, [host], { today: '2026-11-22' });
export type { BoxMount } from './box/box-jobs.ts';
export type { BoxHandle, BoxNamespace, BoxNamespaceChoice, BoxOptions } from './box/box-options.ts';
export type { BoxProcess, SpawnOptions } from './box/box-processes.ts';
export { type Box, type BoxDescriptor, Container } from './box/container.ts';
export { type CheckOptions, check } from './check/check.ts';
export type {
  CheckResult,
  Component,
  Finding,
  HostResult,
  Reach,
  Severity,
  Tier,
  Verdict,
} from './check/finding.ts';
export { type FindingCode, findingCodes } from './check/finding-codes.ts';
export type { Rule } from './check/rule.ts';
export type { Diagnostic, Location, Parsed } from './diag/diagnostic.ts';
export { formatDiagnostic } from './diag/format-diagnostic.ts';
export { type OperationCode, operationCodes } from './diag/operation-codes.ts';
export { PlimsollError } from './diag/plimsoll-error.ts';
export { findHost, type HostSources } from './host/find-host.ts';
export type { Offer } from './host/offer.ts';
export { offerSchema } from './host/offer-schema.ts';
export { probeHost } from './host/probe/probe.ts';
export type { Target } from './image/image.ts';
export { type ImageName, type NameFault, parseImageName } from './image/image-name.ts';
export type { OpenTargetOptions } from './image/open-files.ts';
export { openTarget } from './image/open-target.ts';
export { colourStyle, plainStyle, type Style } from './lib/style.ts';
export type { Need, NeedKind, NeedOf, Needs } from './needs/need.ts';
export { type ReadNeedsOptions, readNeeds } from './needs/read-needs.ts';
export type { Certainty, Evidence, UserSpace } from './needs/user-space.ts';
export { openRegistry } from './registry/open-registry.ts';
export { type OpenRemoteOptions, openRemoteImage } from './registry/open-remote-image.ts';
export type { Registry } from './registry/registry.ts';
export type { RegistryOptions } from './registry/registry-options.ts';
export { formatHtml } from './report/html.ts';
export { formatJson, type MatrixResult } from './report/json.ts';
export { formatMatrix } from './report/matrix.ts';
export { formatSarif } from './report/sarif.ts';
export { formatTerminalReport, type TerminalOptions } from './report/terminal.ts';
