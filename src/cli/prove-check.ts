// check --prove: a command of the image is run here, and with each host in front of it; then what was predicted is held
// against what was seen. Loaded for --prove alone: it brings the engine with it.
import { machine, release } from 'node:os';
import { Command } from 'commander';
import type { CheckResult, HostProof, HostResult } from '../check/finding.ts';
import { withProof } from '../check/proof.ts';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { imitateHost } from '../emulate/imitate-host.ts';
import type { ContainerSettings } from '../engine/container.ts';
import type { Engine } from '../engine/engine.ts';
import { allCapabilities } from '../host/capabilities.ts';
import type { Offer } from '../host/offer.ts';
import { type HostTrial, identityKey, proveOnHost } from '../observe/prove.ts';
import { runTrial, type Trial, type TrialLimits } from '../observe/trial.ts';
import { capabilitiesOf } from '../runtime/spec/capabilities.ts';
import { libseccompVersion } from '../sys/libseccomp-version.ts';
import type { Context } from './context.ts';
import {
  addCreateOptions,
  type CreateOptions,
  settingsFromOptions,
} from './create-from-options.ts';
import { withEngine } from './open-engine.ts';
import type { RegistryChoice } from './open-registry.ts';
import { type CheckSetup, runCheck } from './run-check.ts';

/** What is to be proved. */
export interface ProvedCheck {
  readonly image: string;
  /** Empty: what the image starts. */
  readonly command: readonly string[];
  readonly setup: CheckSetup;
  /** Seconds. */
  readonly timeout: string;
}

/** Lines of output that a report keeps. */
const keptLines = 5;

/** How a run ended, in two words. */
function ended({ exitCode, timedOut, startError, oomKilled }: Trial): string {
  if (startError !== undefined) return 'no start';
  if (timedOut) return 'still running';
  return oomKilled ? `out of memory, exit ${exitCode}` : `exit ${exitCode}`;
}

/** The container of the runs: what `run` makes by itself, without a network. */
async function settingsOf(
  engine: Engine,
  { image, command, setup }: ProvedCheck,
  context: Context,
): Promise<ContainerSettings> {
  const asked = addCreateOptions(new Command('run'));
  asked.parse(['--network', 'none', '--no-check'], { from: 'user' });
  const options: CreateOptions = { ...asked.opts<CreateOptions>(), ...registryOf(setup) };
  const { settings } = await settingsFromOptions(engine, image, command, options, context);
  return { ...settings, config: { ...settings.config, hostname: 'plimsoll' } };
}

/** How the registry is asked, as the check was told. */
function registryOf({ options }: CheckSetup): RegistryChoice {
  const { tlsVerify, authfile, certDir, creds } = options;
  return Object.fromEntries(
    Object.entries({ tlsVerify, authfile, certDir, creds }).filter(([, one]) => one !== undefined),
  );
}

function limitsOf(timeout: string): TrialLimits {
  const seconds = Number(timeout);
  if (!(seconds > 0))
    throw new PlimsollError('PL0001', `invalid argument ${JSON.stringify(timeout)} for --timeout`, {
      help: 'write a number of seconds',
    });
  return { expectedCode: 0, timeoutMs: seconds * 1000, stays: true };
}

/** The check of an image with runs behind its hosts. @throws PlimsollError as runCheck, and those of the engine */
export async function provedCheck(
  asked: ProvedCheck,
  context: Context,
): Promise<Awaited<ReturnType<typeof runCheck>>> {
  const { setup, image } = asked;
  const limits = limitsOf(asked.timeout);
  return withEngine(setup.options, context, async (engine) => {
    const settings = await settingsOf(engine, asked, context);
    const checked = await runCheck(image, setup, context);
    const { progress } = context;
    progress.update('run: as it is here');
    const here = await runTrial(engine, settings, limits);
    const hosts: HostResult[] = [];
    for (const [index, result] of checked.result.hosts.entries()) {
      const offer = setup.offers[index];
      if (offer === undefined) continue;
      hosts.push(await proved(engine, result, { offer, settings, limits, here, checked }, context));
    }
    progress.clear();
    return { ...checked, result: { ...checked.result, hosts } };
  });
}

interface Proving {
  readonly offer: Offer;
  readonly settings: ContainerSettings;
  readonly limits: TrialLimits;
  readonly here: Trial;
  readonly checked: { readonly result: CheckResult };
}

async function proved(
  engine: Engine,
  result: HostResult,
  { offer, settings, limits, here, checked }: Proving,
  { progress }: Context,
): Promise<HostResult> {
  const machineHere = { machine: machine(), release: release(), libseccomp: libseccompVersion() };
  const real = offer.name === 'this';
  const trial: HostTrial = real
    ? { here, there: here, alike: true, needed: [], tolerated: [], untried: [], runs: [] }
    : await proveOnHost(engine, {
        settings,
        offer,
        limits,
        here: machineHere,
        before: here,
        progress: (says) => progress.update(`run: ${says}`),
      });
  const { config } = settings;
  const available = new Set(allCapabilities);
  const { limits: notImitated } = imitateHost({
    offer,
    config,
    capabilities: capabilitiesOf({ ...config, available }),
    here: machineHere,
    supervisedAs: 'plimsoll',
  });
  const failsHere = here.startError !== undefined || (here.exitCode ?? 0) !== 0;
  const { needed, tolerated, untried } = trial;
  const startKnown = checked.result.target.start.length > 0;
  return withProof(
    result,
    {
      proof: proofOf(trial, settings, real ? [] : notImitated.map(({ says }) => says)),
      needed,
      tolerated,
      untried,
      failsHere,
      real,
    },
    startKnown,
  );
}

function proofOf(
  { here, there, alike, needed, tolerated, untried, runs }: HostTrial,
  { config, image }: ContainerSettings,
  limits: readonly string[],
): HostProof {
  const key = ({ key: one }: { readonly key: string }): string => one;
  const own = config.command.length > 0 ? config.command : image.config.cmd;
  return {
    command: [...(config.entrypoint ?? image.config.entrypoint), ...own],
    here: ended(here),
    there: ended(there),
    alike,
    needed: needed.map((set) => set.map(key)),
    // That uname tells another release is no refusal.
    tolerated: tolerated.map(key).filter((one) => one !== identityKey),
    untried: untried.map(key),
    runs: runs.map(({ refused, trial }) => ({
      refused: typeof refused === 'string' ? refused : refused.join(' '),
      ended: ended(trial),
    })),
    limits,
    output: alike
      ? []
      : [...(there.startError === undefined ? [] : [there.startError]), ...there.output].slice(
          -keptLines,
        ),
  };
}
