// Shell completions from the command definitions themselves. A script holds all commands, options and choices, so that
// a TAB starts no process; host names and codes are in it too, as they were when it was made.
import type { Argument, Command, Option } from 'commander';

/** One command as completion needs it. `path` is "check" or "host show". */
export interface CommandWords {
  readonly path: string;
  readonly summary: string;
  readonly subcommands: readonly { readonly name: string; readonly summary: string }[];
  readonly options: readonly OptionWords[];
  /** Fixed words that the arguments take. */
  readonly words: readonly string[];
  /** Arguments may be files. */
  readonly files: boolean;
  /** Arguments are hosts, which take qualifiers after '+'. */
  readonly hosts: boolean;
}

interface OptionWords {
  readonly flags: readonly string[];
  readonly summary: string;
  readonly takesValue: boolean;
  readonly words: readonly string[];
  readonly files: boolean;
  readonly hosts: boolean;
}

/** Words for values whose name in the definition is a key of this: "host" → all host names. */
export type ValueWords = Readonly<Record<string, readonly string[]>>;

const fileValues = /file|path|dir|target|host|^(from|to)$/;
const hostValues = /^(host|from|to)$/;

function firstSentence(text: string): string {
  return text.split('\n')[0]?.replace(/\.$/, '') ?? '';
}

function wordsOfOption(option: Option, values: ValueWords): OptionWords {
  const name = /[<[]([^\]>]+)/.exec(option.flags)?.[1] ?? '';
  return {
    flags: [option.short, option.long].filter((flag) => flag !== undefined && flag !== null),
    summary: firstSentence(option.description),
    takesValue: option.required || option.optional,
    words: option.argChoices ?? values[name] ?? [],
    files: fileValues.test(name),
    hosts: hostValues.test(name),
  };
}

function wordsOfArgument(argument: Argument, values: ValueWords): readonly string[] {
  return argument.argChoices ?? values[argument.name()] ?? [];
}

/** The command and all below it. */
export function describeCommands(program: Command, values: ValueWords): readonly CommandWords[] {
  const help: OptionWords = {
    flags: ['-h', '--help'],
    summary: 'show help',
    takesValue: false,
    words: [],
    files: false,
    hosts: false,
  };
  const visit = (command: Command, path: string): readonly CommandWords[] => {
    return [
      {
        path,
        summary: firstSentence(command.description()),
        subcommands: command.commands.map((one) => ({
          name: one.name(),
          summary: firstSentence(one.description()),
        })),
        options: [...command.options.map((option) => wordsOfOption(option, values)), help],
        words: command.registeredArguments.flatMap((argument) => wordsOfArgument(argument, values)),
        files: command.registeredArguments.some((argument) => fileValues.test(argument.name())),
        hosts: command.registeredArguments.some((argument) => hostValues.test(argument.name())),
      },
      ...command.commands.flatMap((one) => visit(one, `${path} ${one.name()}`.trim())),
    ];
  };
  return visit(program, '');
}

/** A word in single quotes for a POSIX shell. */
function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** What may follow '+' in the name of a host, from the forms of qualifiers: "ia32:on|off" gives "ia32:on" and "ia32:off". */
export function qualifierWords(forms: readonly string[]): readonly string[] {
  return forms.flatMap((form) => {
    const [first = ''] = form.split(' ', 1);
    const [, name = first, optional, values] = /^([\w-]+)(\[)?:?(.*)$/.exec(first) ?? [];
    if (optional !== undefined || values === undefined || values === '') return [name];
    const fixed = values.split('|').filter((value) => /^[a-z0-9-]+$/.test(value));
    return fixed.length > 0 ? fixed.map((value) => `${name}:${value}`) : [`${name}:`];
  });
}

/** Lines of a bash function body: the commands' tree as case branches. */
export function bashCompletion(
  commands: readonly CommandWords[],
  qualifiers: readonly string[],
): string {
  const flag = (name: string, on: boolean): string => (on ? `; ${name}=1` : '');
  const branches = commands.map(({ path, subcommands, options, words, files, hosts }) => {
    const valued = options
      .filter((option) => option.takesValue)
      .map(
        (option) =>
          `        ${option.flags.join('|')}) words=${quote(option.words.join(' '))}${flag('files', option.files)}${flag('hosts', option.hosts)} ;;`,
      );
    const flags = options.flatMap((option) => option.flags).join(' ');
    const plain = [...subcommands.map(({ name }) => name), ...words].join(' ');
    return `    ${quote(path)})
      case $previous in
${valued.join('\n')}
        *)
          if [[ $current == -* ]]; then words=${quote(flags)}
          else words=${quote(plain)}${flag('files', files)}${flag('hosts', hosts)}; fi ;;
      esac ;;`;
  });
  const paths = commands.filter(({ path }) => path !== '').map(({ path }) => quote(path));
  return `# bash completion for plimsoll; made by: plimsoll completion bash
_plimsoll() {
  local current previous line position word path='' words='' files=0 hosts=0
  # Host names hold colons, which bash takes for word breaks: read the line itself.
  line=\${COMP_LINE:0:COMP_POINT}
  read -ra position <<<"$line"
  if [[ $line == *' ' ]]; then position+=(''); fi
  current=\${position[-1]}
  previous=\${position[-2]:-}
  for word in "\${position[@]:1:\${#position[@]}-2}"; do
    case "\${path:+$path }$word" in
      ${paths.join('|')}) path="\${path:+$path }$word" ;;
    esac
  done
  case $path in
${branches.join('\n')}
  esac
  if (( hosts )) && [[ $current == *+* ]]; then
    files=0 words=''
    for word in ${qualifiers.join(' ')}; do words+=" \${current%+*}+$word"; done
    compopt -o nospace 2>/dev/null
  fi
  COMPREPLY=()
  while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -W "$words" -- "$current")
  if (( files )); then
    while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$current")
    compopt -o filenames 2>/dev/null
  fi
  # What stands before the last colon is already on the line.
  if [[ $current == *:* && $COMP_WORDBREAKS == *:* ]]; then
    local before=\${current%"\${current##*:}"}
    COMPREPLY=("\${COMPREPLY[@]#"$before"}")
  fi
}
complete -F _plimsoll plimsoll ./plimsoll
`;
}

function zshText(text: string): string {
  return text.replace(/[\\:[\]]/g, '\\$&');
}

/** A zsh function for compinit. */
export function zshCompletion(
  commands: readonly CommandWords[],
  qualifiers: readonly string[],
): string {
  const hostWords = commands
    .flatMap((command) => [command, ...command.options])
    .find(({ hosts }) => hosts)?.words;
  const branches = commands.map(({ path, subcommands, options, words, files, hosts }) => {
    const specs = options.map((option) => {
      const group = option.flags.length > 1 ? `(${option.flags.join(' ')})` : '';
      const value = option.takesValue ? `:value:${zshValues(option)}` : '';
      const flags =
        option.flags.length > 1 ? `{${option.flags.join(',')}}` : (option.flags[0] ?? '');
      return `        ${quote(`${group}*`)}${flags}${quote(`[${zshText(option.summary)}]${value}`)}`;
    });
    const names = subcommands.map(({ name, summary }) => quote(`${zshText(name)}:${summary}`));
    const rest =
      subcommands.length > 0
        ? `      local -a names=(${names.join(' ')})
      if (( at == CURRENT )) && [[ $words[CURRENT] != -* ]]; then _describe command names; return; fi\n`
        : '';
    return `    ${quote(path)})
${rest}      _arguments -S \\
${specs.join(' \\\n')} \\
        ${quote(`*:argument:${zshValues({ words, files, hosts })}`)} ;;`;
  });
  const paths = commands.filter(({ path }) => path !== '').map(({ path }) => quote(path));
  return `#compdef plimsoll
# zsh completion for plimsoll; made by: plimsoll completion zsh
_plimsoll_hosts() {
  if compset -P '*+'; then
    compadd -S '' -- ${qualifiers.join(' ')}
  else
    _files
    compadd -- ${(hostWords ?? []).join(' ')}
  fi
}
_plimsoll() {
  local path_='' word
  local -i at=2 i
  for (( i = 2; i < CURRENT; i++ )); do
    word=$words[i]
    case "\${path_:+$path_ }$word" in
      ${paths.join('|')}) path_="\${path_:+$path_ }$word"; at=i+1 ;;
    esac
  done
  case $path_ in
${branches.join('\n')}
  esac
}
if [[ $funcstack[1] == _plimsoll ]]; then _plimsoll "$@"; else compdef _plimsoll plimsoll; fi
`;
}

type Values = Pick<OptionWords, 'words' | 'files' | 'hosts'>;

/** An action of _arguments; a colon in it would end it. */
function zshValues({ words, files, hosts }: Values): string {
  if (hosts) return '_plimsoll_hosts';
  const quoted = words.map((word) => word.replaceAll(':', '\\:')).join(' ');
  if (words.length === 0) return files ? '_files' : ' ';
  return files ? `{_files; compadd -- ${quoted}}` : `(${quoted})`;
}

function fishText(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}

/** Lines of \`complete\` for fish. */
export function fishCompletion(
  commands: readonly CommandWords[],
  qualifiers: readonly string[],
): string {
  const wordsOf = (words: readonly string[], hosts: boolean): string =>
    hosts ? '"(__plimsoll_hosts)"' : fishText(words.join(' '));
  const names = commands.flatMap(({ options }) => options).find(({ hosts }) => hosts)?.words ?? [];
  const lines = commands.flatMap(({ path, subcommands, options, words, files, hosts }) => {
    const on = `-n ${fishText(`__plimsoll_at ${path}`.trim())}`;
    return [
      ...subcommands.map(
        ({ name, summary }) => `complete -c plimsoll ${on} -f -a ${name} -d ${fishText(summary)}`,
      ),
      ...(words.length > 0 ? [`complete -c plimsoll ${on} -f -a ${wordsOf(words, hosts)}`] : []),
      ...(files ? [`complete -c plimsoll ${on} -F`] : []),
      ...options.map((option) => {
        const flags = option.flags
          .map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`))
          .join(' ');
        const value = option.takesValue
          ? ` -r ${option.files ? '-F' : '-f'}${option.words.length > 0 ? ` -a ${wordsOf(option.words, option.hosts)}` : ''}`
          : '';
        return `complete -c plimsoll ${on} ${flags}${value} -d ${fishText(option.summary)}`;
      }),
    ];
  });
  const paths = commands.filter(({ path }) => path !== '').map(({ path }) => fishText(path));
  return `# fish completion for plimsoll; made by: plimsoll completion fish
function __plimsoll_at
  set -l here
  for word in (commandline -opc)[2..-1]
    set -l next (string join -- ' ' $here $word)
    if contains -- "$next" ${paths.join(' ')}
      set here $next
    end
  end
  test "$here" = "$argv"
end
function __plimsoll_hosts
  set -l current (commandline -ct)
  if string match -q '*+*' -- $current
    printf '%s\\n' (string replace -r '[^+]*$' '' -- $current){${qualifiers.join(',')}}
  else
    printf '%s\\n' ${names.join(' ')}
  end
end
complete -c plimsoll -f
${lines.join('\n')}
`;
}
