// What `check` and `matrix` have in common: their options, and what they mean.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type FindingCode, findingCodes } from '../check/finding-codes.ts';
import { defaultLimits, type Limits, parseLimit } from '../lib/limits.ts';
import { addRegistryOptions, type RegistryChoice } from './open-registry.ts';
import { reportFormats } from './report-formats.ts';
import { addStoreOption, type StoreOption } from './store-option.ts';

/** What makes the exit code 1. */
export const failConditions = ['fails', 'degraded', 'unknown', 'unsupported', 'none'] as const;
/** What --fail-on may name. */
export type FailCondition = (typeof failConditions)[number];

/** Options that check and matrix share, as commander gives them. */
export interface CheckOptions extends RegistryChoice, StoreOption {
  readonly host?: readonly string[];
  readonly platform?: string;
  readonly format?: string;
  readonly output?: string;
  readonly failOn: readonly FailCondition[];
  readonly rules: readonly string[];
  readonly policy: readonly string[];
  readonly cache: boolean;
  readonly code: readonly FindingCode[];
  readonly ignore: readonly FindingCode[];
  readonly limit: Partial<Limits>;
  readonly deep?: boolean;
  readonly shallow?: boolean;
  readonly all?: boolean;
}

function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

function isFindingCode(text: string): text is FindingCode {
  return Object.hasOwn(findingCodes, text);
}

/** "PL1004" or "PL1004,PL1006" or "PL10": a code, several, or all that begin so. */
function collectCodes(value: string, before: readonly FindingCode[]): readonly FindingCode[] {
  const found = value.split(',').flatMap((word) => {
    const wanted = word.trim().toUpperCase();
    const matching = Object.keys(findingCodes)
      .filter(isFindingCode)
      .filter((code) => wanted.length > 2 && code.startsWith(wanted));
    if (matching.length === 0)
      throw new InvalidArgumentError(`'${word}' is no finding code, nor the beginning of one.`);
    return matching;
  });
  return [...before, ...found];
}

function isFailCondition(text: string): text is FailCondition {
  return failConditions.some((condition) => condition === text);
}

function parseFailOn(value: string): readonly FailCondition[] {
  return value.split(',').map((word) => {
    if (!isFailCondition(word))
      throw new InvalidArgumentError(`'${word}' is none of ${failConditions.join(', ')}.`);
    return word;
  });
}

function collectLimit(value: string, before: Partial<Limits>): Partial<Limits> {
  const limit = parseLimit(value);
  if (limit === undefined)
    throw new InvalidArgumentError(
      `'${value}' is no limit: write NAME=VALUE, as entries=5000000 or fileBytes=8g; there are ${Object.keys(defaultLimits).join(', ')}.`,
    );
  return { ...before, ...limit };
}

/** Adds the options that check and matrix share. */
export function addCheckOptions(command: Command): Command {
  command
    .addOption(
      new Option(
        '-H, --host <host>',
        "host to check against: a name (rhel:7.9, rhel:7.9+docker:1.13), a host file, or 'this'; may be repeated (default: this)",
      ).argParser(collect),
    )
    .option('--platform <os/arch>', 'what to take from an image for several platforms: linux/arm64')
    .addOption(new Option('-f, --format <format>', 'form of the report').choices(reportFormats))
    .option('-o, --output <file>', 'write the report to a file; its ending tells the format')
    .addOption(
      new Option(
        '--fail-on <what>',
        `what makes the exit code 1: ${failConditions.join(', ')}; several with commas`,
      )
        .argParser(parseFailOn)
        .default(['fails'], 'fails'),
    )
    .addOption(
      new Option(
        '--rules <path>',
        'further rules: a JSON file or a folder of them; may be repeated',
      )
        .argParser(collect)
        .default([], 'only those shipped'),
    )
    .addOption(
      new Option('--policy <file>', 'further support policy; may be repeated')
        .argParser(collect)
        .default([], 'only those shipped'),
    )
    .addOption(
      new Option(
        '--code <codes>',
        'look at these finding codes only (PL1004, or PL10 for all of its kind)',
      )
        .argParser(collectCodes)
        .default([], 'all'),
    )
    .addOption(
      new Option('--ignore <codes>', 'leave these finding codes out')
        .argParser(collectCodes)
        .default([], 'none'),
    )
    .addOption(
      new Option('--limit <name=value>', 'raise or lower a limit against hostile input')
        .argParser(collectLimit)
        .default({}, 'wide ones'),
    )
    .option(
      '--shallow',
      'do not read the code of what starts: quicker, and calls are told from imports',
    )
    .option(
      '--deep',
      'read the code of all that starts, however much it is (can take minutes the first time)',
    )
    .option('--no-cache', 'read everything again, and keep nothing')
    .option('-a, --all', 'show notes, open questions, all evidence and references');
  return addRegistryOptions(addStoreOption(command));
}
