// What an image wants to be run, installed or removed with, as its label says (RUN, INSTALL, UNINSTALL of Project Atomic;
// podman-container-runlabel(1)): a command line of docker's or podman's, with words that stand for the image and the name.
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { shellCommands } from '../formats/shell-lexer.ts';

/** What words of the label stand for. */
export interface LabelWords {
  readonly label: string;
  readonly image: string;
  readonly name: string;
  /** $OPT1 to $OPT3, $PWD and the like. */
  readonly variables: Readonly<Record<string, string>>;
}

/** Programs whose commands these are. */
const engines =
  /^(?:(?:\/usr)?(?:\/local)?\/bin\/|)(?:docker|podman|plimsoll)$|^\/proc\/self\/exe$/;

/**
 * The words after the engine's own name.
 * @throws PlimsollError PL0001 where the label asks for another program, or for more than one command
 */
export function labelCommand(
  text: string,
  { label, image, name, variables }: LabelWords,
): readonly string[] {
  const known: Readonly<Record<string, string>> = { ...variables, IMAGE: image, NAME: name };
  const replaced = (word: string): readonly string[] => {
    if (word === 'IMAGE' || word === 'NAME') return [known[word] ?? ''];
    // A variable that stands alone and is empty is no word, as in a shell.
    const whole = word.replace(
      /\$(?:\{(\w+)\}|(\w+))/g,
      (_, braced: string | undefined, plain: string | undefined) =>
        known[braced ?? plain ?? ''] ?? '',
    );
    return whole === '' && word !== ''
      ? []
      : [
          whole.replace(
            /^(--?[\w-]+=)(IMAGE|NAME)$/,
            (_, option: string, which: string) => `${option}${known[which]}`,
          ),
        ];
  };
  const commands = shellCommands(text);
  const [first] = commands;
  const [program = '', ...words] = first?.words ?? [];
  if (engines.test(program) && commands.length === 1) return words.flatMap(replaced);
  throw new PlimsollError(
    'PL0001',
    commands.length > 1
      ? `the label ${label} has more than one command: ${text}`
      : `the label ${label} does not start docker or podman: ${text}`,
    { help: 'nothing of it was run: read it, and run by hand what you trust' },
  );
}
