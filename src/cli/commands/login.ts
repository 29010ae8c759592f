// plimsoll login [REGISTRY]: tries credentials and keeps them where docker and podman find them too.
import type { Command } from 'commander';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { defaultDomain } from '../../image/image-name.ts';
import { askLine, askSecret, readSecret } from '../ask.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { lockCredentials } from '../lock-credentials.ts';
import {
  authfileOption,
  certDirOption,
  type RegistryChoice,
  registryOptionsOf,
  tlsVerifyOption,
} from '../open-registry.ts';

interface LoginOptions extends Omit<RegistryChoice, 'creds'> {
  readonly username?: string;
  readonly password?: string;
  readonly passwordStdin?: boolean;
  readonly getLogin?: boolean;
}

const askHelp = 'give both: -u USER --password-stdin < FILE';

/** The registry as it is kept, and its domain. @throws PlimsollError PL0608 */
async function registryOf(
  given: string | undefined,
): Promise<{ readonly key: string; readonly domain: string }> {
  const { credentialKey } = await import('../../registry/credential-file.ts');
  const { nameOrThrow } = await import('../../registry/endpoints.ts');
  const key = credentialKey(given ?? defaultDomain);
  // As if it were in front of an image: then it is checked as all names are.
  const [host = ''] = key.split('/');
  const named = nameOrThrow(`${key.includes('/') ? key : `${host}/x`}`);
  if (named.domain === host) return { key, domain: host };
  throw new PlimsollError('PL0608', `'${key}' is no name of a registry`, {
    help: 'write its host: docker.io, ghcr.io, localhost:5000',
  });
}

async function run(
  given: string | undefined,
  options: LoginOptions,
  context: Context,
): Promise<void> {
  const { findCredentials } = await import('../../registry/credentials.ts');
  const { key, domain } = await registryOf(given);
  const registryOptions = registryOptionsOf(options, context);
  const path = key.slice(domain.length + 1);
  const { credentials: kept } =
    options.username === undefined || options.getLogin === true
      ? await findCredentials(domain, path, registryOptions, context.signal)
      : {};
  if (options.getLogin === true) {
    if (kept?.username === undefined)
      throw new PlimsollError('PL0602', `not logged into ${key}`, {
        help: `plimsoll login ${key}`,
      });
    context.stdout.write(`${kept.username}\n`);
    return;
  }
  const say = (text: string): void => {
    if (context.verbosity !== 'quiet') context.stdout.write(`${text}\n`);
  };
  const alone = options.password === undefined && options.passwordStdin !== true;
  if (kept !== undefined && alone && (await isAccepted(domain, options, context))) {
    say(`Already logged in to ${key}${kept.username === undefined ? '' : ` as ${kept.username}`}`);
    return;
  }
  const credentials = await credentialsFrom(options, kept?.username, context);
  const { openRegistry } = await import('../../registry/open-registry.ts');
  const registry = openRegistry({ ...registryOptions, credentials });
  try {
    context.progress.update(`logging in to ${domain}`);
    await registry.check(domain, context.signal);
  } finally {
    registry.close();
  }
  const { keepCredentials } = await import('../../registry/keep-credentials.ts');
  const where = await keepCredentials(key, credentials, {
    ...registryOptions,
    signal: context.signal,
    lock: lockCredentials,
  });
  context.progress.clear();
  if (context.verbosity === 'verbose') say(`Used: ${where}`);
  say('Login Succeeded!');
}

/** Whether the credentials that are kept are good. */
async function isAccepted(
  domain: string,
  options: LoginOptions,
  context: Context,
): Promise<boolean> {
  const { openRegistry } = await import('../../registry/open-registry.ts');
  const registry = openRegistry(registryOptionsOf(options, context));
  try {
    return (await registry.check(domain, context.signal)).user !== undefined;
  } catch (error) {
    if (error instanceof PlimsollError && error.code === 'PL0602') return false;
    throw error;
  } finally {
    registry.close();
  }
}

async function credentialsFrom(
  { username, password, passwordStdin = false }: LoginOptions,
  known: string | undefined,
  context: Context,
): Promise<{ readonly username: string; readonly password: string }> {
  if (passwordStdin && password !== undefined)
    throw new PlimsollError('PL0001', '--password and --password-stdin exclude each other');
  if (passwordStdin && username === undefined)
    throw new PlimsollError('PL0001', '--password-stdin needs --username', { help: askHelp });
  if (password !== undefined && context.verbosity !== 'quiet') {
    context.stderr.write(
      'warning: a password on the command line can be read by others on this machine; use --password-stdin\n',
    );
  }
  const shown = known === undefined ? 'Username: ' : `Username (${known}): `;
  const user = username ?? ((await askLine(shown, askHelp, context)) || known || '');
  if (user === '') throw new PlimsollError('PL0001', 'a user is needed', { help: askHelp });
  const secret = passwordStdin
    ? await readSecret(context)
    : (password ?? (await askSecret('Password: ', askHelp, context)));
  if (secret === '') throw new PlimsollError('PL0001', 'the password is empty', { help: askHelp });
  return { username: user, password: secret };
}

/** Adds `plimsoll login` to the program. */
export function register(program: Command, context: Context): void {
  const command = program
    .command('login')
    .description(
      'Logs in to a registry: tries the credentials and keeps them where docker and podman find them too.',
    )
    .argument('[registry]', 'its host, as in names of images (default: docker.io)')
    .option('-u, --username <user>', 'the user')
    .option('-p, --password <password>', 'the password, or better --password-stdin')
    .option('--password-stdin', 'read the password from standard input')
    .option('--get-login', 'print the user who is logged in')
    .addOption(authfileOption())
    .addOption(tlsVerifyOption())
    .addOption(certDirOption())
    .action((registry: string | undefined, options: LoginOptions) =>
      run(registry, options, context),
    );
  addExamples(command, [
    { line: 'plimsoll login ghcr.io', says: 'asks for user and password' },
    {
      line: 'plimsoll login -u ci --password-stdin registry.example:5000 < token',
      says: 'in a script',
    },
    { line: 'plimsoll login --get-login quay.io', says: 'who is logged in there' },
  ]);
}
