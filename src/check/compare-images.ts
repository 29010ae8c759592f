// Everything that two images do not have in common: the content of `plimsoll diff --format json` (schemas/diff.schema.json).
import type { Offer } from '../host/offer.ts';
import { type ConfigChange, compareConfigs } from '../image/compare-configs.ts';
import { compareTrees, type FileChange } from '../image/compare-trees.ts';
import { containerConfigOf } from '../image/docker-inspect.ts';
import type { Target } from '../image/image.ts';
import { formatPlatform } from '../image/platform.ts';
import { compareNeeds, type NeedChange } from '../needs/compare/compare-needs.ts';
import { comparePackages, type PackageChange } from '../needs/compare/compare-packages.ts';
import type { Needs } from '../needs/need.ts';
import { check } from './check.ts';
import type { Finding, HostResult, Severity, Verdict } from './finding.ts';

/** One of the two. */
export interface ComparedSide {
  readonly kind: string;
  readonly reference: string;
  readonly digest?: string;
  readonly platform?: string;
  readonly os?: string;
  readonly libc?: string;
  readonly layers: number;
  /** Files of any type. */
  readonly files: number;
  /** Of files, as they lie in the tree. */
  readonly bytes: number;
  readonly packages: number;
}

/** A finding that only one of the two has on a host. */
export interface FindingChange {
  readonly change: 'came' | 'went';
  readonly code: string;
  readonly rule: string;
  readonly severity: Severity;
  readonly title: string;
  readonly help: string;
}

/** A host for which it matters which of the two runs. */
export interface HostChange {
  readonly host: string;
  readonly summary: string;
  readonly from: Verdict;
  readonly to: Verdict;
  readonly findings: readonly FindingChange[];
}

/** What two images do not have in common. */
export interface ImageDifference {
  readonly schema: 'plimsoll.diff/1';
  readonly from: ComparedSide;
  readonly to: ComparedSide;
  /** Layers, from the bottom, that both have. */
  readonly sharedLayers: number;
  readonly configuration: readonly ConfigChange[];
  readonly packages: readonly PackageChange[];
  readonly needs: readonly NeedChange[];
  /** Hosts that were looked at, and those of them for which something changes. */
  readonly hostsChecked: readonly string[];
  readonly hosts: readonly HostChange[];
  readonly files: readonly FileChange[];
}

/** The parts of a difference that may be asked for. */
export const differenceParts = ['config', 'packages', 'needs', 'hosts', 'files'] as const;

/** A part of a difference. */
export type DifferencePart = (typeof differenceParts)[number];

/** One of the two, opened and read. */
export interface ReadTarget {
  readonly target: Target;
  readonly needs: Needs;
}

/** How images are compared. */
export interface CompareOptions {
  readonly parts: ReadonlySet<DifferencePart>;
  readonly offers: readonly Offer[];
  /** The day for which life cycles are judged, as "2026-11-22". */
  readonly today: string;
  readonly signal: AbortSignal;
  readonly onReading?: (files: number) => void;
}

/** Files larger than this are compared by size and time alone. */
const fileBytes = 1024 * 1024 * 1024;

function sideOf({ target, needs }: ReadTarget): ComparedSide {
  const { userSpace } = needs;
  const { os, libc, tree, packages } = userSpace;
  const { kind, reference, digest, platform } = userSpace.target;
  let files = 0;
  let bytes = 0;
  for (const node of tree.walk()) {
    files += 1;
    bytes += node.size;
  }
  return {
    kind,
    reference,
    ...(digest === undefined ? {} : { digest }),
    ...(platform === undefined ? {} : { platform: formatPlatform(platform) }),
    ...(os === undefined ? {} : { os: os.prettyName ?? `${os.id} ${os.versionId ?? ''}`.trim() }),
    ...(libc === undefined ? {} : { libc: `${libc.name} ${libc.version ?? ''}`.trim() }),
    layers: 'layers' in target ? target.layers.length : 0,
    files,
    bytes,
    packages: packages.length,
  };
}

/** How many layers both have at their bottom: the same content by its digest. */
function sharedLayersOf(before: Target, after: Target): number {
  if (!('layers' in before) || !('layers' in after)) return 0;
  const others = after.layers;
  const at = before.layers.findIndex(
    ({ diffId }, index) => diffId === undefined || diffId !== others[index]?.diffId,
  );
  return at < 0 ? before.layers.length : at;
}

function configOf({ target }: ReadTarget): object {
  return 'config' in target ? containerConfigOf(target) : {};
}

/** The same finding may name what it is about in another order. */
const findingKey = ({ code, rule, title }: Finding): string =>
  [code, rule, ...title.split(/[\s,]+/).sort()].join(' ');

function findingChanges(before: HostResult, after: HostResult): readonly FindingChange[] {
  const only = (
    change: FindingChange['change'],
    here: HostResult,
    there: HostResult,
  ): readonly FindingChange[] => {
    const known = new Set(there.findings.map(findingKey));
    return here.findings
      .filter((finding) => finding.severity !== 'note' && !known.has(findingKey(finding)))
      .map(({ code, rule, severity, title, help }) => ({
        change,
        code,
        rule,
        severity,
        title,
        help,
      }));
  };
  return [...only('came', after, before), ...only('went', before, after)];
}

function hostChanges(
  before: Needs,
  after: Needs,
  { offers, today }: CompareOptions,
): readonly HostChange[] {
  const [old, now] = [check(before, offers, { today }), check(after, offers, { today })];
  return now.hosts.flatMap((result, at): HostChange[] => {
    const was = old.hosts[at];
    if (was === undefined) return [];
    const findings = findingChanges(was, result);
    if (findings.length === 0 && was.verdict === result.verdict) return [];
    const { host, summary, verdict } = result;
    return [{ host, summary, from: was.verdict, to: verdict, findings }];
  });
}

/** Compares two targets. @throws PlimsollError what reading their files throws */
export async function compareImages(
  before: ReadTarget,
  after: ReadTarget,
  options: CompareOptions,
): Promise<ImageDifference> {
  const { parts, offers, signal, onReading } = options;
  const [old, now] = [before.needs, after.needs];
  const sharedLayers = sharedLayersOf(before.target, after.target);
  return {
    schema: 'plimsoll.diff/1',
    from: sideOf(before),
    to: sideOf(after),
    sharedLayers,
    configuration: parts.has('config') ? compareConfigs(configOf(before), configOf(after)) : [],
    packages: parts.has('packages')
      ? comparePackages(old.userSpace.packages, now.userSpace.packages)
      : [],
    needs: parts.has('needs') ? compareNeeds(old.all, now.all) : [],
    hostsChecked: parts.has('hosts') ? offers.map(({ name }) => name) : [],
    hosts: parts.has('hosts') ? hostChanges(old, now, options) : [],
    files: parts.has('files')
      ? await compareTrees(old.userSpace.tree, now.userSpace.tree, {
          sharedLayers,
          fileBytes,
          signal,
          ...(onReading === undefined ? {} : { onReading }),
        })
      : [],
  };
}
