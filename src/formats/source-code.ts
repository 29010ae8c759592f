// Sources of interpreted programs: which kernel files they name, which commands they start, and which facilities of the
// host they ask for. Read by line and literal, not parsed: what a comment says is dropped, what a condition guards is
// not known, so that a need told from here is "present", not proven.
import { commandsIn, type ScriptCommand, type ScriptPath } from './script.ts';
import { type SourceUse, usesIn } from './source-uses.ts';
import { decodeText } from './text.ts';

/** Languages whose sources are read. */
export type SourceLanguage = 'python' | 'javascript' | 'ruby' | 'perl' | 'php' | 'lua' | 'r';

/** What is kept of a source file. */
export interface SourceFacts {
  readonly commands: readonly ScriptCommand[];
  readonly paths: readonly ScriptPath[];
  readonly uses: readonly SourceUse[];
}

const extensions: Readonly<Record<string, SourceLanguage>> = {
  py: 'python',
  js: 'javascript',
  mjs: 'javascript',
  cjs: 'javascript',
  ts: 'javascript',
  rb: 'ruby',
  pl: 'perl',
  pm: 'perl',
  php: 'php',
  lua: 'lua',
  r: 'r',
  R: 'r',
};

const interpreters: readonly (readonly [RegExp, SourceLanguage])[] = [
  [/^(?:python|pypy)[0-9.]*$/, 'python'],
  [/^(?:node|nodejs|bun|deno|tsx|ts-node)$/, 'javascript'],
  [/^ruby[0-9.]*$/, 'ruby'],
  [/^perl[0-9.]*$/, 'perl'],
  [/^php[0-9.]*$/, 'php'],
  [/^lua(?:jit|[0-9.]*)$/, 'lua'],
  [/^(?:R|Rscript)$/, 'r'],
];

/** The language of a source file by its name; undefined for others. */
export function sourceLanguage(path: string): SourceLanguage | undefined {
  const extension = /\.(\w{1,3})$/.exec(path)?.[1];
  return extension === undefined || !Object.hasOwn(extensions, extension)
    ? undefined
    : extensions[extension];
}

/** The language that a program of that name runs; undefined for what is no interpreter of these. */
export function languageOfInterpreter(name: string): SourceLanguage | undefined {
  return interpreters.find(([pattern]) => pattern.test(name))?.[1];
}

const maxFindings = 500;
const kernelPath = /(?<![\w.~])\/(?:dev|proc|sys)\/[A-Za-z0-9_.${}/*:@+%-]{0,120}[A-Za-z0-9_}*]/g;

/** Paths that every container has. */
const quiet =
  /^\/dev\/(?:null|zero|full|u?random|stdin|stdout|stderr|tty|fd(?:\/.*)?|shm(?:\/.*)?|pts(?:\/.*)?|log)$|^\/proc\/(?:self|\d+|\{)/;

const comments: Readonly<Record<SourceLanguage, RegExp>> = {
  python: /^\s*#/,
  ruby: /^\s*#/,
  perl: /^\s*#/,
  r: /^\s*#/,
  php: /^\s*(?:#|\/\/|\*)/,
  javascript: /^\s*(?:\/\/|\*|\/\*)/,
  lua: /^\s*--/,
};

/** Calls that start another program, with its first argument as a text. */
const starting =
  /(?:\b(?:os\.system|os\.popen|getoutput|getstatusoutput|run|call|check_call|check_output|Popen|create_subprocess_exec|create_subprocess_shell|exec|execSync|execFile|execFileSync|spawn|spawnSync|system|shell_exec|passthru|proc_open|popen3?|capture[23]e?|os\.execute|io\.popen)\b\s*\(?\s*|`|%x[({])\s*(?:\[\s*)?[fr]?(["'`]?)([^"'`\n]{1,300})\1((?:\s*,\s*(?:\[\s*)?[fr]?["'][^"'\n]{0,200}["']){0,24})/g;

/** Lines that a scan need not look at closer. */
const telling =
  /\/(?:dev|proc|sys)\/|system|popen|Popen|subprocess|exec|spawn|check_|passthru|capture|`|%x/;

/** Facts of one source file. Pure; never throws. */
export function parseSource(bytes: Uint8Array, language: SourceLanguage): SourceFacts {
  const text = decodeText(bytes);
  const commands: ScriptCommand[] = [];
  const paths: ScriptPath[] = [];
  const lines = text.split('\n').map((line) => (comments[language].test(line) ? '' : line));
  for (const [at, line] of lines.entries()) {
    if (line.length > 4096 || !telling.test(line)) continue;
    if (paths.length < maxFindings) paths.push(...pathsIn(line, at + 1));
    if (commands.length < maxFindings) commands.push(...startedIn(line, at + 1));
  }
  return { commands, paths, uses: usesIn(lines, language) };
}

const writing =
  /\bopen\([^)]*,\s*(?:mode\s*=\s*)?["'][rbt]*[wa+]|write_text|write_bytes|writeFile|appendFile|createWriteStream|file_put_contents|fopen\([^)]*["'][wa]|File\.(?:write|open\([^)]*["'][wa])/;

function pathsIn(line: string, number: number): ScriptPath[] {
  const access = writing.test(line) ? 'write' : 'named';
  return [...line.matchAll(kernelPath)].flatMap(([path]) =>
    quiet.test(path) ? [] : [{ path, line: number, access } as const],
  );
}

function startedIn(line: string, number: number): ScriptCommand[] {
  return [...line.matchAll(starting)].flatMap(([, , first = '', rest = '']) => {
    const words = [...rest.matchAll(/["']([^"'\n]*)["']/g)].map(([, word = '']) => word);
    const command = [first, ...words].join(' ');
    return commandsIn(command).map((found) => ({ ...found, line: number }));
  });
}
