// What an entry script goes on to: the commands that it execs, as far as its text tells without running it. The usual
// forms: exec "$@"; exec gosu user "$0" "$@"; set -- server "$@"; exec "$JAVA_HOME/bin/java" …; or a last plain command.
import { startOf } from '../../formats/script.ts';
import { shellCommands } from '../../formats/shell-lexer.ts';
import { allArguments, expandWords, variablesOf } from './words.ts';

/** Words of shells and their tools that a script ends in without starting anything that stays. */
const passing = new Set(
  (
    'if then else fi for while until do done case esac [ [[ test true false : set shift export local readonly declare unset ' +
    'echo printf return exit source . cd trap wait read eval umask ulimit mkdir chown chmod cp mv rm ln cat sed grep awk ' +
    'touch sleep find id let shopt alias kill tee date hostname sysctl mount'
  ).split(' '),
);

/** Where a script leads. */
export interface Follow {
  /** None: its text does not tell. */
  readonly commands: readonly (readonly string[])[];
  /** It says exec; else the command is its last one, which may be a function of its own. */
  readonly exec: boolean;
}

/** Commands that a script ends in. */
export function followScript(
  text: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Follow {
  const variables = variablesOf(text, env);
  const commands = shellCommands(text).map(({ words, depth }) => ({
    ...expandWords(words, variables),
    depth,
  }));
  const passed = argumentsOf(commands, args);
  const ends = new Map<string, readonly string[]>();
  for (const { words } of commands) {
    if (words[0] !== 'exec' || words.length < 2) continue;
    const { argv } = startOf(words, 0, true);
    if (isSelf(argv[0])) continue;
    const target = passOn(words.slice(1), argv[0], passed);
    if (target !== undefined) ends.set(target.join('\0'), target);
  }
  if (ends.size > 0) return { commands: [...ends.values()], exec: true };
  const last = commands.findLast(({ words, depth }) => depth === 0 && words.length > 0);
  const first = last?.words[0] ?? '';
  if (last === undefined || passing.has(first)) return { commands: [], exec: false };
  const target = passOn(last.words, startOf(last.words, 0, false).argv[0], passed);
  return { commands: target === undefined ? [] : [target], exec: false };
}

/** The script's own name: the second half of "exec gosu user "$0" "$@"", which comes back with another user. */
const isSelf = (word: string | undefined) =>
  /^\$(?:0|\{0\}|BASH_SOURCE|\{BASH_SOURCE.*\})$/.test(word ?? '');

/** A command with "$@" replaced, or undefined when its program stays unknown. */
function passOn(
  words: readonly string[],
  program: string | undefined,
  passed: readonly string[] | undefined,
): readonly string[] | undefined {
  if (program === allArguments) {
    return passed === undefined
      ? undefined
      : words.flatMap((word) => (word === allArguments ? passed : [word]));
  }
  if (program === undefined || /[$`]/.test(program)) return undefined;
  return words.flatMap((word) => (word === allArguments ? (passed ?? []) : [word]));
}

/**
 * What "$@" stands for at the end: the arguments, with what "set -- server "$@"" puts in front of them when they are
 * missing or only options. Undefined: nothing is known of it.
 */
function argumentsOf(
  commands: readonly { readonly words: readonly string[]; readonly known: boolean }[],
  args: readonly string[],
): readonly string[] | undefined {
  const [first] = args;
  if (first !== undefined && !first.startsWith('-')) return args;
  for (const { words, known } of commands) {
    if (!known || words[0] !== 'set' || words[1] !== '--' || words.at(-1) !== allArguments)
      continue;
    const before = words.slice(2, -1);
    if (before[0] !== undefined && !before[0].startsWith('-')) return [...before, ...args];
  }
  return undefined;
}
