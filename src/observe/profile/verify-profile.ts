// A profile is held against the workload that it was made from: the same command runs under it, and what it refuses is
// written down by name.
import { join } from 'node:path';
import type { ContainerSettings } from '../../engine/container.ts';
import type { Engine } from '../../engine/engine.ts';
import { allCapabilities } from '../../host/capabilities.ts';
import type { Abi } from '../../kernel/abi.ts';
import { parseOciProfile } from '../../kernel/filter-profile.ts';
import { capabilitiesOf } from '../../runtime/spec/capabilities.ts';
import { watchedHost, watchRefusals } from '../refused-calls.ts';
import { runTrial, type Trial, type TrialLimits } from '../trial.ts';
import type { Profile } from './profile.ts';

/** What came of the run under the profile. */
export interface Verification {
  readonly trial: Trial;
  /** Calls that it refused, which the workload may have borne. */
  readonly refused: readonly string[];
}

/**
 * Runs a workload under a profile.
 * @throws the signal's reason; PlimsollError where the engine itself fails
 */
export async function verifyProfile(
  engine: Engine,
  profile: Profile,
  {
    settings,
    limits,
    abi,
    kernel,
  }: {
    readonly settings: ContainerSettings;
    readonly limits: TrialLimits;
    readonly abi: Abi;
    readonly kernel: string;
  },
): Promise<Verification> {
  const { config } = settings;
  const under = {
    ...settings,
    config: { ...config, security: { ...config.security, seccomp: { profile } } },
  };
  // As it will be run: what is watched goes another way through the kernel.
  const trial = await runTrial(engine, under, limits);
  const capabilities = new Set(capabilitiesOf({ ...config, available: new Set(allCapabilities) }));
  const socket = join(engine.runFolder, `profile-${engine.now().toString(36)}`);
  const filter = parseOciProfile(profile, 'the profile');
  const watch = watchRefusals(filter, { abi, capabilities, kernel, missingToo: true }, socket);
  const imitatedHost = watchedHost(watch);
  try {
    await runTrial(engine, { ...settings, config: { ...config, imitatedHost } }, limits);
  } finally {
    await watch.stop();
  }
  return { trial, refused: watch.calls() };
}
