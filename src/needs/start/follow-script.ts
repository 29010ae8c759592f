// What an entry script goes on to: the command that it execs, as far as its text tells without running it. The usual
// forms: exec "$@"; exec gosu user "$0" "$@"; set -- server "$@"; exec "$JAVA_HOME/bin/java" …; or a last plain line.
import { parseCommand, splitCommands } from './words.ts';

const keyword =
  /^(?:if|then|else|elif|fi|for|while|until|do|done|case|esac|function|\{|\}|\(|\)|!|\[|\[\[|test|true|false|:|set|shift|export|local|readonly|declare|unset|echo|printf|return|exit|source|\.|cd|trap|wait|read|eval|umask|ulimit|mkdir|chown|chmod|cp|mv|rm|ln|cat|sed|grep|awk|touch|sleep|find|id|test|let|shopt|alias|kill|tee|date|hostname|sysctl|mount)$/;

/** Where a script leads. */
export interface Follow {
  /** Commands that it ends in: the last `exec`s, or its last plain line. Empty: cannot be told. */
  readonly commands: readonly (readonly string[])[];
  /** A command of the image's user runs: "$@" with nothing known behind it, eval, an unknown word. */
  readonly open: boolean;
}

/**
 * Follows a shell script that is started with `args`. `env` are the variables of the image.
 */
export function followScript(
  text: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  self: string,
): Follow {
  const variables: Record<string, string> = { ...env };
  let passed = args;
  let passedKnown = args.length > 0 && !(args[0] ?? '').startsWith('-');
  const ends: (readonly string[])[] = [];
  let open = false;
  let lastPlain: readonly string[] | undefined;
  for (const line of splitCommands(text.replaceAll('\\\n', ' '))) {
    const plain = line
      .replace(/^(?:(?:then|else|do|\{|\(|!)\s+)+/, '')
      .replace(/;;\s*$/, '')
      .replace(/^[^\s()"']*\)\s+/, '');
    rememberAssignments(plain, variables);
    const { words, known } = parseCommand(plain, variables);
    const [first = ''] = words;
    if (first === 'set' && words[1] === '--' && words.includes('$@') && known && !passedKnown) {
      const before = words.slice(2, words.indexOf('$@'));
      if (before.length > 0 && !(before[0] ?? '').startsWith('-')) {
        passed = [...before, ...args];
        passedKnown = true;
      }
    } else if (first === 'exec' && words.length > 1) {
      const target = words.slice(1).flatMap((word) => (word === '$@' ? passed : [word]));
      if (isSelf(target, self)) {
        const prefix = target.slice(
          0,
          target.findIndex((word) => word === self || word === '$self'),
        );
        if (prefix.length > 0) ends.push([...prefix, ...passed]);
      } else if (words[1] === '$@') {
        if (passedKnown) ends.push(target);
        else open = true;
      } else if (known || !(words[1] ?? '').includes('$')) ends.push(target);
      else open = true;
    } else if (first !== '' && !keyword.test(first) && !/[$`(){}=]/.test(first)) lastPlain = words;
    else if (first === '$@') {
      if (passedKnown) lastPlain = passed;
      else open = true;
    }
  }
  if (ends.length > 0) return { commands: dedupe(ends), open: false };
  if (open || lastPlain === undefined) return { commands: [], open };
  return { commands: [lastPlain.flatMap((word) => (word === '$@' ? passed : [word]))], open };
}

function isSelf(words: readonly string[], self: string): boolean {
  return words.some(
    (word) => word === self || /^"?\$(?:0|\{0\}|BASH_SOURCE|\{BASH_SOURCE.*\})"?$/.test(word),
  );
}

/** NAME=VALUE at the start of a command, where the value can be told. */
function rememberAssignments(command: string, variables: Record<string, string>): void {
  const found =
    /^(?:export\s+|readonly\s+|local\s+)?([A-Za-z_][A-Za-z0-9_]*)=("[^"$`]*"|'[^']*'|[^\s"'$`;()]*)(?:\s|$)/.exec(
      command,
    );
  const name = found?.[1];
  if (name === undefined || Object.hasOwn(variables, name)) return;
  const value = (found?.[2] ?? '').replace(/^["']|["']$/g, '');
  if (value !== '') variables[name] = value;
}

function dedupe(commands: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return [...new Map(commands.map((words) => [words.join('\0'), words])).values()];
}
