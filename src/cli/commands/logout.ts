// plimsoll logout [REGISTRY]: forgets credentials, wherever they are kept.
import type { Command } from 'commander';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { defaultDomain } from '../../image/image-name.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { lockCredentials } from '../lock-credentials.ts';
import { authfileOption, registryOptionsOf } from '../open-registry.ts';

interface LogoutOptions {
  readonly all?: boolean;
  readonly authfile?: string;
}

async function run(
  given: string | undefined,
  options: LogoutOptions,
  context: Context,
): Promise<void> {
  const { all = false } = options;
  if (all && given !== undefined)
    throw new PlimsollError('PL0001', '--all takes no registry', { help: 'plimsoll logout --all' });
  const { credentialKey } = await import('../../registry/credential-file.ts');
  const { forgetCredentials } = await import('../../registry/keep-credentials.ts');
  const key = all ? undefined : credentialKey(given ?? defaultDomain);
  const { signal } = context;
  const forgotten = await forgetCredentials(key, {
    ...registryOptionsOf(options, context),
    signal,
    lock: lockCredentials,
  });
  if (context.verbosity === 'verbose')
    for (const where of forgotten) context.stdout.write(`Removed from ${where}\n`);
  if (context.verbosity === 'quiet') return;
  if (all) context.stdout.write('Removed login credentials for all registries\n');
  else if (forgotten.length > 0) context.stdout.write(`Removed login credentials for ${key}\n`);
  else context.stdout.write(`Not logged into ${key}\n`);
}

/** Adds `plimsoll logout` to the program. */
export function register(program: Command, context: Context): void {
  const command = program
    .command('logout')
    .description('Forgets the credentials for a registry, in the files of docker and podman too.')
    .argument('[registry]', 'its host (default: docker.io)')
    .option('-a, --all', 'forget those of all registries')
    .addOption(authfileOption())
    .action((registry: string | undefined, options: LogoutOptions) =>
      run(registry, options, context),
    );
  addExamples(command, [
    { line: 'plimsoll logout ghcr.io', says: 'one registry' },
    { line: 'plimsoll logout --all', says: 'everything' },
  ]);
}
