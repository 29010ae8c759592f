// How commands reach registries: the options that docker's and podman's users know, and the client that they lead to.
import { resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { formatDiagnostic } from '../diag/format-diagnostic.ts';
import type { Limits } from '../lib/limits.ts';
import type { RegistryConfiguration } from '../registry/configuration.ts';
import type { Registry } from '../registry/registry.ts';
import type { RegistryOptions } from '../registry/registry-options.ts';
import type { Context } from './context.ts';
import generated from './generated/version.json' with { type: 'json' };

/** What the options of commands that reach registries come to. */
export interface RegistryChoice {
  readonly tlsVerify?: boolean;
  readonly authfile?: string;
  readonly creds?: { readonly username: string; readonly password: string };
  readonly certDir?: string;
}

function parseSwitch(value: string): boolean {
  if (/^(true|1|t)$/i.test(value)) return true;
  if (/^(false|0|f)$/i.test(value)) return false;
  throw new InvalidArgumentError('expected true or false, after an equals sign.');
}

function parseCreds(value: string): RegistryChoice['creds'] {
  const colon = value.indexOf(':');
  if (colon <= 0) throw new InvalidArgumentError('expected USER:PASSWORD.');
  return { username: value.slice(0, colon), password: value.slice(colon + 1) };
}

/** Before the name of an option that concerns one of two registries, as skopeo has it. */
export type RegistrySide = '' | 'src-' | 'dest-';

const ofSide: Readonly<Record<RegistrySide, string>> = {
  '': '',
  'src-': ' (where the image comes from)',
  'dest-': ' (where it goes)',
};

/** --creds. */
export function credsOption(side: RegistrySide = ''): Option {
  return new Option(
    `--${side}creds <user:password>`,
    `log in as this user for this one command${ofSide[side]}`,
  ).argParser(parseCreds);
}

/** --tls-verify alone. */
export function tlsVerifyOption(side: RegistrySide = ''): Option {
  if (side !== '') {
    return new Option(
      `--${side}tls-verify [boolean]`,
      `--tls-verify of one side${ofSide[side]}`,
    ).argParser(parseSwitch);
  }
  return new Option(
    '--tls-verify [boolean]',
    'whether certificates of registries must be good; =false also allows none at all (default: as configured)',
  ).argParser(parseSwitch);
}

/** --authfile, as podman has it. */
export function authfileOption(): Option {
  return new Option(
    '--authfile <file>',
    "file of credentials (default: REGISTRY_AUTH_FILE, else podman's and docker's own)",
  );
}

/** --cert-dir, as podman has it. */
export function certDirOption(): Option {
  return new Option(
    '--cert-dir <folder>',
    'certificates in place of certs.d: *.crt of authorities, *.cert and *.key of this client',
  );
}

/** Adds --tls-verify, --authfile, --creds and --cert-dir. */
export function addRegistryOptions(command: Command): Command {
  return command
    .addOption(tlsVerifyOption())
    .addOption(authfileOption())
    .addOption(credsOption())
    .addOption(certDirOption());
}

/** What a registry client is given of the command's world. */
export function registryOptionsOf(
  { tlsVerify, authfile, creds, certDir }: RegistryChoice,
  context: Context,
  limits?: Partial<Limits>,
): RegistryOptions {
  const { environment, user, cwd } = context;
  const home = environment['HOME'];
  return {
    environment,
    ...(home ? { home } : {}),
    ...(user === undefined ? {} : { user }),
    now: () => context.now().getTime(),
    userAgent: `plimsoll/${generated.version}`,
    ...(tlsVerify === undefined ? {} : { tlsVerify }),
    ...(authfile === undefined ? {} : { authFile: resolve(cwd, authfile) }),
    ...(creds === undefined ? {} : { credentials: creds }),
    ...(certDir === undefined ? {} : { certDirectory: resolve(cwd, certDir) }),
    ...(limits === undefined ? {} : { limits }),
    onProblem(problem) {
      if (context.verbosity === 'quiet') return;
      if (problem.severity === 'note' && context.verbosity !== 'verbose') return;
      context.progress.clear();
      context.stderr.write(formatDiagnostic(problem, context.stderr.style));
    },
  };
}

/** A client, and the configuration that it goes by. */
export interface OpenedRegistry {
  readonly registry: Registry;
  readonly configuration: RegistryConfiguration;
}

/** Opens the client for registries; its module is loaded here and not before. @throws PlimsollError PL0607 */
export async function openRegistryFor(
  choice: RegistryChoice,
  context: Context,
  limits?: Partial<Limits>,
): Promise<OpenedRegistry> {
  const { openRegistry } = await import('../registry/open-registry.ts');
  const { readConfiguration } = await import('../registry/configuration.ts');
  const options = registryOptionsOf(choice, context, limits);
  const configuration = readConfiguration(options);
  for (const problem of configuration.problems) options.onProblem?.(problem);
  return { registry: openRegistry(options, configuration), configuration };
}
