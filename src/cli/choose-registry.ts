// Which registry is meant by a short name: where several are searched, the person at the terminal chooses, as podman
// has it (short-name-mode of containers-registries.conf(5)), so that nobody is given what somebody else pushed
// under the same name to a registry that stands before.
import type { Diagnostic } from '../diag/diagnostic.ts';
import { formatDiagnostic } from '../diag/format-diagnostic.ts';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { formatImageName, type ImageName, withDefaultTag } from '../image/image-name.ts';
import type { RegistryConfiguration } from '../registry/configuration.ts';
import { askLine, hasTerminal } from './ask.ts';
import type { Context } from './context.ts';
import { lockCredentials } from './lock-credentials.ts';
import { type RegistryChoice, registryOptionsOf } from './open-registry.ts';

/** The names to try, in order; or the one that somebody chose. */
export interface RegistryMeant {
  readonly names: readonly ImageName[];
  readonly isChosen: boolean;
}

/**
 * The names to try: the chosen one alone where somebody could be asked.
 * @throws PlimsollError PL0001 where somebody should be asked and is not there (short-name-mode "enforcing"); PL0002
 */
export async function chooseRegistry(
  names: readonly ImageName[],
  { shortNameMode = 'permissive' }: RegistryConfiguration,
  context: Context,
): Promise<RegistryMeant> {
  const all = { names, isChosen: false };
  if (names.length < 2 || shortNameMode === 'disabled') return all;
  const texts = names.map((name) => formatImageName(withDefaultTag(name)));
  const help = `write the name in full: ${texts.join(', ')}`;
  if (!hasTerminal(context)) {
    if (shortNameMode === 'permissive') return all;
    throw new PlimsollError('PL0001', 'the name has no registry, and several are searched', {
      notes: ['short-name-mode is "enforcing": nothing is chosen without asking'],
      help,
    });
  }
  context.progress.clear();
  const lines = texts.map((text, at) => `  ${at + 1}) ${text}\n`).join('');
  context.stderr.write(`Which image is meant?\n${lines}`);
  const answer = await askLine(`1 to ${texts.length} [1]: `, help, context);
  const chosen = names[(answer === '' ? 1 : Number(answer)) - 1];
  if (chosen !== undefined) return { names: [chosen], isChosen: true };
  throw new PlimsollError('PL0001', `expected a number from 1 to ${texts.length}`, { help });
}

/**
 * Keeps what was chosen, once something was had from there. That it cannot be kept is told and fails nothing: some systems
 * can be read only.
 */
export async function rememberChoice(
  text: string,
  { names: [name], isChosen }: RegistryMeant,
  choice: RegistryChoice,
  context: Context,
): Promise<void> {
  if (!isChosen || name === undefined) return;
  const { keepAlias, shortNameIn } = await import('../registry/keep-alias.ts');
  try {
    await keepAlias(shortNameIn(text), name, {
      ...registryOptionsOf(choice, context),
      signal: context.signal,
      lock: lockCredentials,
    });
  } catch (error) {
    if (!(error instanceof PlimsollError) || error.code !== 'PL0607') throw error;
    context.progress.clear();
    const problem: Diagnostic = { ...error.diagnostic, severity: 'warning' };
    context.stderr.write(formatDiagnostic(problem, context.stderr.style));
  }
}
