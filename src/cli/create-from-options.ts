// create, and the first half of run: image, settings, record.
import { existsSync, writeFileSync } from 'node:fs';
import { arch, hostname as osHostname, release } from 'node:os';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { Container, ContainerSettings } from '../engine/container.ts';
import { createContainer, newContainerId } from '../engine/create-container.ts';
import type { Engine } from '../engine/engine.ts';
import { removeContainer } from '../engine/remove-container.ts';
import { systemReason } from '../lib/system-reason.ts';
import { withDevices } from '../runtime/injected.ts';
import { readSpecHost } from '../runtime/read-spec-host.ts';
import { checkBeforeRun } from './check-before-run.ts';
import { addContainerOptions, type ContainerOptions } from './container-options.ts';
import { containerSettingsOf } from './container-settings-of.ts';
import type { Context } from './context.ts';
import { type ImageToRunOptions, imageToRun } from './image-to-run.ts';
import { addRegistryOptions } from './open-registry.ts';
import { optionSources } from './option-sources.ts';
import { addRunOptions, type RunOptions } from './run-options.ts';
import { addStoreOption, type StoreOption } from './store-option.ts';

/** All options that say what a container is made with. */
export interface CreateOptions
  extends ContainerOptions,
    RunOptions,
    StoreOption,
    ImageToRunOptions {}

/** Adds all options that say what a container is made with, and lets what follows the image be its command. */
export function addCreateOptions(command: Command): Command {
  // As docker has it: -h is the host name here.
  command.helpOption('--help', 'show help').passThroughOptions();
  addContainerOptions(addRunOptions(command));
  return addRegistryOptions(addStoreOption(command));
}

/** Makes the container that the options ask for. @throws PlimsollError PL0001, PL0707, PL0822, those of the snapshotter */
export async function createFromOptions(
  engine: Engine,
  image: string,
  command: readonly string[],
  options: CreateOptions,
  context: Context,
): Promise<Container> {
  const { cidfile, name } = options;
  if (cidfile !== undefined && existsSync(resolve(context.cwd, cidfile)))
    throw new PlimsollError(
      'PL0001',
      'container ID file found, make sure the other container isn’t running or delete it',
      {
        at: { path: cidfile },
        help: 'remove the file, or name another one',
      },
    );
  const { id, settings } = await settingsFromOptions(engine, image, command, options, context);
  if (options.replace && name !== undefined) await replace(engine, name);
  const container = await createContainer(engine, settings, {
    id,
    ...(name === undefined ? {} : { name }),
  });
  if (cidfile !== undefined) {
    try {
      writeFileSync(resolve(context.cwd, cidfile), id, { flag: 'wx' });
    } catch (cause) {
      await removeContainer(engine, container);
      throw new PlimsollError('PL0003', `the id could not be written: ${systemReason(cause)}`, {
        at: { path: cidfile },
        help: 'name a file in a folder that you may write to',
        cause,
      });
    }
  }
  return container;
}

/** What a container is made with, and its id, before there is one. @throws PlimsollError PL0001, PL0707, PL0823 */
export async function settingsFromOptions(
  engine: Engine,
  image: string,
  command: readonly string[],
  options: CreateOptions,
  context: Context,
): Promise<{ readonly id: string; readonly settings: ContainerSettings }> {
  // What is missing shows before anything is made.
  engine.runtime(options.runtime);
  const id = newContainerId();
  const found = await imageToRun(engine, image, options, context);
  if (options.check) await checkBeforeRun(engine.store.root, found.id, context);
  const asked = containerSettingsOf(options, found, command, id, {
    ...optionSources(context, engine.records),
    resolve: (path) => resolve(context.cwd, path),
    path: context.environment['PATH'],
    note: engine.note,
  });
  // A device that is not there shows before anything is made.
  await withDevices(asked.config);
  return { id, settings: await behindHost(asked, options.as, id, context) };
}

/** With --as: another host is put before the container. What that comes to is told on standard error. */
async function behindHost(
  settings: ContainerSettings,
  host: string | undefined,
  id: string,
  context: Context,
): Promise<ContainerSettings> {
  if (host === undefined) return settings;
  const { imitationOf, imitationLines } = await import('./imitation.ts');
  const { config } = settings;
  const { capabilities } = readSpecHost({ arch: arch(), release: release() });
  const hostname = config.namespaces.uts.kind === 'private' ? id.slice(0, 12) : osHostname();
  const supervisedAs = config.hostname ?? hostname;
  const imitation = await imitationOf(host, config, capabilities, context, supervisedAs);
  if (context.verbosity !== 'quiet')
    for (const line of imitationLines(imitation)) context.stderr.write(`note: ${line}\n`);
  return { ...settings, config: { ...config, imitatedHost: imitation.host } };
}

async function replace(engine: Engine, name: string): Promise<void> {
  const other = engine.records.list().find((one) => one.name === name);
  if (other === undefined) return;
  const lock = await engine.lock(other.id);
  try {
    await removeContainer(engine, other, { force: true, volumes: true });
  } finally {
    lock.release();
  }
}
