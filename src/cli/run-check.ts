// What stands behind `check` and `matrix`: find the hosts, open a target, read its needs, check them.
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { check } from '../check/check.ts';
import { shippedRules } from '../check/data-rules.ts';
import type { CheckResult, HostResult } from '../check/finding.ts';
import type { FindingCode } from '../check/finding-codes.ts';
import type { RuleFile } from '../check/load-rules.ts';
import type { Rule } from '../check/rule.ts';
import { rememberMatches } from '../check/rule-matches.ts';
import type { SupportPolicy } from '../check/support/policy.ts';
import { verdictOf } from '../check/verdict.ts';
import type { Diagnostic } from '../diag/diagnostic.ts';
import { formatDiagnostic } from '../diag/format-diagnostic.ts';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { findHost } from '../host/find-host.ts';
import type { Offer } from '../host/offer.ts';
import type { Target } from '../image/image.ts';
import { parsePlatform } from '../image/platform.ts';
import { formatBytes } from '../lib/byte-count.ts';
import { systemReason } from '../lib/system-reason.ts';
import { type AnalysisCache, openCache } from '../needs/cache.ts';
import { withCode } from '../needs/code/code-needs.ts';
import type { Needs } from '../needs/need.ts';
import { readNeeds } from '../needs/read-needs.ts';
import { KeptFactsLost } from '../needs/snapshot.ts';
import type { Analysis } from '../report/terminal.ts';
import type { CheckOptions, FailCondition } from './check-options.ts';
import { boundedCodeBytes, type CodeReading, codeReading } from './code-reading.ts';
import type { Context } from './context.ts';
import { exitCodes } from './exit-code.ts';
import { hostSources } from './host-sources.ts';
import { openImage } from './open-image.ts';
import { holdYoungGeneration } from './young-generation.ts';

/** Finds every host that was named, each once, before any target is read: a wrong name shows at once. */
async function findHosts(
  names: readonly string[] | undefined,
  keep: boolean,
  context: Context,
): Promise<readonly Offer[]> {
  const sources = hostSources(context, keep);
  const offers: Offer[] = [];
  for (const name of new Set(names ?? ['this'])) {
    context.progress.update(`reading host ${name}`);
    offers.push(await findHost(name, sources));
  }
  return offers;
}

function tell(problems: readonly Diagnostic[], { stderr }: Context): void {
  for (const problem of problems) stderr.write(formatDiagnostic(problem, stderr.style));
}

/** The rules of the files and folders named with --rules, or a failure that shows every mistake. */
async function readRules(paths: readonly string[], context: Context): Promise<readonly Rule[]> {
  if (paths.length === 0) return [];
  const files: RuleFile[] = [];
  for (const path of paths) files.push(...(await readRuleFiles(path, context)));
  const { parseRuleFiles } = await import('../check/load-rules.ts');
  const { runDataRules } = await import('../check/data-rules.ts');
  const { value: rules, problems } = parseRuleFiles(files);
  // In the order in which they stand; the last is the failure itself.
  const last = problems.at(-1);
  if (last !== undefined) {
    tell(problems.slice(0, -1), context);
    const { at, help } = last;
    throw new PlimsollError('PL0501', last.message, {
      ...(at === undefined ? {} : { at }),
      ...(help === undefined ? {} : { help }),
    });
  }
  return [{ id: 'given-rules', run: (needs, offer) => runDataRules(needs, offer, rules) }];
}

/** The support policies of the files named with --policy. */
async function readPolicies(
  paths: readonly string[],
  context: Context,
): Promise<readonly SupportPolicy[]> {
  const policies: SupportPolicy[] = [];
  for (const given of paths) {
    const { parsePolicy } = await import('../check/support/policy.ts');
    const text = await readFile(resolve(context.cwd, given), 'utf8').catch((error: unknown) => {
      const why = systemReason(error);
      throw new PlimsollError('PL0502', `policy could not be read: ${why}`, {
        at: { path: given },
        help: 'name a JSON file in the form of schemas/policy.schema.json',
        cause: error,
      });
    });
    const { value, problems } = parsePolicy(text, given);
    tell(value === undefined ? problems.slice(0, -1) : problems, context);
    if (value === undefined)
      throw new PlimsollError('PL0502', problems.at(-1)?.message ?? 'not a policy', {
        at: { path: given },
        help: 'write it in the form of schemas/policy.schema.json',
      });
    policies.push(value);
  }
  return policies;
}

async function readRuleFiles(given: string, context: Context): Promise<readonly RuleFile[]> {
  const path = resolve(context.cwd, given);
  try {
    const names = (await stat(path)).isDirectory()
      ? (await readdir(path)).filter((name) => name.endsWith('.json')).sort()
      : undefined;
    if (names?.length === 0) throw new Error('no .json file in this folder');
    const wanted = names === undefined ? [path] : names.map((name) => join(path, name));
    return await Promise.all(
      wanted.map(async (file) => ({ path: file, text: await readFile(file, 'utf8') })),
    );
  } catch (error) {
    const why = systemReason(error);
    throw new PlimsollError('PL0501', `rules could not be read: ${why}`, {
      at: { path: given },
      help: 'name a JSON file with rules, or a folder that holds some',
      cause: error,
    });
  }
}

/** Everything about a run but its target. */
export interface CheckSetup {
  readonly offers: readonly Offer[];
  readonly rules: readonly Rule[];
  readonly policies: readonly SupportPolicy[];
  readonly options: CheckOptions;
}

/** Reads hosts and rules: what can be wrong in the command line shows before anything slow starts. */
export async function prepareCheck(options: CheckOptions, context: Context): Promise<CheckSetup> {
  if (options.platform !== undefined && parsePlatform(options.platform) === undefined) {
    throw new PlimsollError('PL0001', `'${options.platform}' is no platform`, {
      help: "write it as the image's index does: linux/amd64, linux/arm64, linux/arm/v7",
    });
  }
  const rules = await readRules(options.rules, context);
  const policies = await readPolicies(options.policy, context);
  return {
    offers: await findHosts(options.host, options.cache, context),
    rules,
    policies,
    options,
  };
}

/** The result of one target, and how long it took. */
export async function runCheck(
  reference: string,
  { offers, rules, policies, options }: CheckSetup,
  context: Context,
): Promise<{ readonly result: CheckResult; readonly analysis: Analysis }> {
  const { signal, progress } = context;
  const started = context.now().getTime();
  const platform = options.platform === undefined ? undefined : parsePlatform(options.platform);
  progress.update(`opening ${reference}`);
  const cache = options.cache
    ? openCache(context.cacheDirectory, {
        now: () => context.now().getTime(),
        ...(context.user === undefined ? {} : { user: context.user }),
      })
    : undefined;
  const target = await openImage(
    reference,
    {
      ...(platform === undefined ? {} : { platform }),
      ...(reference === '-' ? { stdin: bytesOf(context.stdin()) } : {}),
      limits: options.limit,
      onProgress: ({ bytes }) => progress.update(`receiving: ${formatBytes(bytes)}`),
      registry: options,
      store: options,
      cache,
    },
    context,
  ).catch((error: unknown) => {
    cache?.close();
    throw error;
  });
  const codeBytes = options.deep === true ? undefined : boundedCodeBytes;
  const release = holdYoungGeneration();
  const reading =
    options.shallow === true ? undefined : codeReading(target, cache, signal, codeBytes);
  let cached = false;
  const attempt = async (asIfNew: boolean) => {
    cached = false;
    const plain = await readNeeds(target, {
      signal,
      limits: options.limit,
      asIfNew,
      ...reading?.options,
      ...(cache === undefined ? {} : { cache }),
      onKept: () => {
        cached = true;
      },
      progress: ({ done, total, what }) => {
        const shown = what === 'bytes' ? formatBytes : String;
        progress.update(
          `reading ${what}: ${shown(done)}${total === undefined ? '' : ` of ${shown(total)}`}`,
        );
      },
    });
    const needs =
      reading === undefined
        ? plain
        : await readCode(plain, target, { reading, codeBytes, cache }, context);
    signal.throwIfAborted();
    progress.update('checking');
    rememberMatches(needs, shippedRules);
    const today = context.now().toISOString().slice(0, 10);
    const whole = check(needs, offers, { rules, policies, today });
    return { whole, layers: needs.userSpace.target.layers.length };
  };
  try {
    const { whole, layers } = await attempt(false).catch((error: unknown) => {
      if (error instanceof KeptFactsLost) return attempt(true);
      throw error;
    });
    return {
      result: narrow(whole, options.code, options.ignore),
      analysis: {
        layers,
        cached,
        elapsedMs: context.now().getTime() - started,
      },
    };
  } finally {
    release();
    // A home that cannot be written to is common in containers, and costs only time.
    if (context.verbosity === 'verbose') tell(cache?.problems ?? [], context);
    cache?.close();
    await reading?.close();
    if ('close' in target) await target.close();
  }
}

interface CodeOfCheck {
  readonly reading: CodeReading;
  readonly codeBytes: number | undefined;
  readonly cache: AnalysisCache | undefined;
}

/** The needs with those of the code of what starts. */
async function readCode(
  needs: Needs,
  { kind }: Target,
  { reading, codeBytes, cache }: CodeOfCheck,
  { signal, progress }: Context,
): Promise<Needs> {
  // A file by itself has no libraries here; `plimsoll syscalls` takes those of this machine.
  if (kind === 'elf') return needs;
  const { codeReport } = await import('../needs/code/code-report.ts');
  const report = await codeReport(needs, {
    signal,
    workers: reading.workers,
    ...(codeBytes === undefined ? {} : { codeBytes }),
    progress: (what) => progress.update(what),
    ...(cache === undefined ? {} : { cache }),
  });
  return withCode(needs, report);
}

async function* bytesOf(stream: NodeJS.ReadableStream): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
}

/** The result with some codes only; verdicts follow from what is left. */
function narrow(
  result: CheckResult,
  only: readonly FindingCode[],
  ignored: readonly FindingCode[],
): CheckResult {
  if (only.length === 0 && ignored.length === 0) return result;
  const hosts = result.hosts.map((host): HostResult => {
    const findings = host.findings.filter(
      ({ code }) => (only.length === 0 || only.includes(code)) && !ignored.includes(code),
    );
    return { ...host, ...verdictOf(findings, result.target.start.length > 0), findings };
  });
  return { ...result, hosts };
}

/** The exit code of a finished check: a failure, a target with nothing in it to check, or neither. */
export function checkExitCode(
  results: readonly CheckResult[],
  conditions: readonly FailCondition[],
): number {
  if (results.some((result) => isFailure(result, conditions))) return exitCodes.fails;
  const empty = results.some(({ hosts }) =>
    hosts.some(({ findings }) => findings.some(({ rule }) => rule === 'nothing-to-run')),
  );
  return empty ? exitCodes.notAnalysed : exitCodes.works;
}

/** Whether something is there that the user wants to hear of by exit code. A failure always is, but for 'none'. */
function isFailure(result: CheckResult, conditions: readonly FailCondition[]): boolean {
  if (conditions.includes('none')) return false;
  return result.hosts.some(
    ({ verdict, findings }) =>
      verdict === 'fails' ||
      (verdict === 'degraded' && conditions.includes('degraded')) ||
      (verdict === 'unknown' && conditions.includes('unknown')) ||
      (conditions.includes('unsupported') &&
        findings.some(({ code, severity }) => code.startsWith('PL8') && severity !== 'unknown')),
  );
}
