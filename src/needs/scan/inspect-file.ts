// Looks at one file as it streams by: decides by path and first bytes whether it is worth reading, and turns it into
// facts. Pure but for asking for the bytes: the same path and bytes always give the same facts, which is what lets
// layers be cached by digest. Most files are skipped without being read.
import type { Diagnostic } from '../../diag/diagnostic.ts';
import { parseElf } from '../../formats/elf.ts';
import { readElfPrefix } from '../../formats/elf-extent.ts';
import { parseScript } from '../../formats/script.ts';
import {
  languageOfInterpreter,
  parseSource,
  type SourceLanguage,
  sourceLanguage,
} from '../../formats/source-code.ts';
import type { FileEntry } from '../../image/image.ts';
import { baseName } from '../../lib/path.ts';
import { softwareCatalogue } from '../software-catalogue.ts';
import { builtFor } from './built-for.ts';
import { databaseAt } from './databases.ts';
import type { FileFacts } from './file-facts.ts';
import { packOwned } from './owned-files.ts';
import { retainedBytes, retainedTotal, retains } from './retained.ts';
import { textOf } from './text.ts';

/** The largest ELF file that is read whole; of longer ones the beginning counts. */
const elfLimit = 512 * 1024 * 1024;

/** The shortest file that can hold an ELF header (32 bits: 52 bytes); scripts may be shorter. */
const shortestElf = 52;

/** Names of data that is neither program nor script; a wrong name costs only a look at four bytes. */
const data =
  /\.(?:gz|xz|zst|bz2|zip|png|jpe?g|gif|svg|ico|ttf|otf|woff2?|eot|mo|po|pyc|pyi|py|h|hpp|hh|c|cc|cpp|html?|css|js|mjs|cjs|ts|map|md|rst|txt|list|md5sums|tmpl|a|la|pc|cmake|class|jar|json|xml|ya?ml|pem|crt|dat|db|csv|tsv|sql|control|pm|pod|rb|rbi|el|elc|vim|tcl|lua|go|rs|java|hs|ml|fish|desktop|rng|xsd|dtd|xsl|tex|bib|ps|pdf|mp[34]|ogg|wav|flac)$/;

/** Where distributions and package managers put other people's sources. */
const otherSources =
  /^\/(?:usr\/(?:lib|lib32|lib64|share|libexec|include|s?bin|games|src\/(?:linux|kernels)|local\/(?:lib|share|include))|lib|lib64|s?bin|boot|etc|run|nix|gnu|var\/(?:lib|cache|log|spool))\/|\/(?:node_modules|site-packages|dist-packages|vendor|bower_components|__pycache__|\.git)\/|\.(?:min\.js|d\.ts|test\.\w+|spec\.\w+)$/;
const isOwnSource = (path: string): boolean => !otherSources.test(path);

const elfMagic = 0x7f454c46;
const shebang = 0x2321;
/**
 * Makes an inspection for one target. The total of retained text counts for each layer by itself, so that the facts of a
 * layer do not hang on its neighbours.
 */
export function inspection(): (entry: FileEntry) => Promise<FileFacts | undefined> {
  const wanted = retains(softwareCatalogue);
  const retained = new Map<number, number>();
  const findings = new Map<number, number>();
  const inspect = async (entry: FileEntry): Promise<FileFacts | undefined> => {
    const layer = entry.node.layer ?? -1;
    const keep = (text: string): { text?: string } => {
      const sum = (retained.get(layer) ?? 0) + text.length;
      if (sum > retainedTotal) return {};
      retained.set(layer, sum);
      return { text };
    };
    const { path, size } = entry.node;
    if (size === 0) return undefined;
    const database = databaseAt(path);
    if (database !== undefined) return readDatabase(entry, database);
    const kept = size <= retainedBytes && wanted(path);
    const language = size <= retainedBytes && isOwnSource(path) ? sourceLanguage(path) : undefined;
    if (language !== undefined) return readSource(entry, language, kept ? keep : undefined);
    if (!kept && (size < 4 || data.test(path))) return undefined;
    const head = await entry.read(4);
    if (head.length < 4) return undefined;
    const magic =
      ((head[0] ?? 0) * 0x1000000 +
        ((head[1] ?? 0) << 16) +
        ((head[2] ?? 0) << 8) +
        (head[3] ?? 0)) >>>
      0;
    if (magic === elfMagic && size >= shortestElf) return readElf(entry);
    if (magic >>> 16 === shebang) {
      const bytes = await entry.read(retainedBytes);
      const { value, problems } = parseScript(bytes);
      const own = isOwnSource(path) ? shebangLanguage(value) : undefined;
      if (own !== undefined) {
        const text = kept ? textOf(bytes) : undefined;
        return facts(
          { ...sourceOf(bytes, own, value), ...(text === undefined ? {} : keep(text)) },
          at(path, problems),
        );
      }
      const text = kept || value?.shell ? textOf(bytes) : undefined;
      return facts(
        { ...scriptOf(value), ...(text === undefined ? {} : keep(text)) },
        at(path, problems),
      );
    }
    if (!kept) return undefined;
    const text = textOf(await entry.read(retainedBytes));
    return text === undefined ? undefined : keep(text);
  };
  return async (entry) => {
    const found = await inspect(entry);
    if (found?.script === undefined) return found;
    const layer = entry.node.layer ?? -1;
    const before = findings.get(layer) ?? 0;
    const { commands, paths = [], uses = [] } = found.script;
    const sum = before + 1 + commands.length + paths.length + uses.length;
    if (sum <= mostFindings) {
      findings.set(layer, sum);
      return found;
    }
    // Said once: the count stays above the bound.
    findings.set(layer, mostFindings + 1);
    const { script, text: _, ...rest } = found;
    const bare = { ...rest, ...withoutFindings(script) };
    return before > mostFindings
      ? facts(bare, [])
      : facts(bare, [...(found.problems ?? []), tooMany(entry.node.path)]);
  };
}

/** Scripts, commands, kernel files and facilities that are kept of a layer; an image of an ordinary system has some thousand. */
const mostFindings = 20_000;

/** What the start chain needs of a script: who runs it. */
const withoutFindings = ({
  interpreter,
  argument,
}: NonNullable<FileFacts['script']>): Pick<FileFacts, 'script'> =>
  interpreter === undefined
    ? {}
    : {
        script: {
          interpreter,
          ...(argument === undefined ? {} : { argument }),
          commands: [],
          paths: [],
        },
      };

const tooMany = (path: string): Diagnostic => ({
  code: 'PL0107',
  severity: 'warning',
  message: `more than ${mostFindings} scripts and findings in them: from here on, scripts of this layer are not looked into`,
  at: { path },
});

type Script = ReturnType<typeof parseScript>['value'];

/** The language of a script by its first line: "#!/usr/bin/env python3". */
function shebangLanguage(script: Script): SourceLanguage | undefined {
  if (script === undefined || script.shell) return undefined;
  const words = [script.interpreter ?? '', ...(script.argument ?? '').split(' ')];
  return words
    .map((word) => languageOfInterpreter(baseName(word)))
    .find((language) => language !== undefined);
}

/** A source by its name; one without anything to tell is not kept, unless its first line makes it a program. */
async function readSource(
  entry: FileEntry,
  language: SourceLanguage,
  keep: ((text: string) => { text?: string }) | undefined,
): Promise<FileFacts | undefined> {
  const bytes = await entry.read(retainedBytes);
  const script = bytes[0] === 0x23 && bytes[1] === 0x21 ? parseScript(bytes).value : undefined;
  const text = keep === undefined ? undefined : textOf(bytes);
  return facts(
    {
      ...sourceOf(bytes, language, script),
      ...(text === undefined || keep === undefined ? {} : keep(text)),
    },
    [],
  );
}

function sourceOf(
  bytes: Uint8Array,
  language: SourceLanguage,
  script: Script,
): Pick<FileFacts, 'script'> {
  const { commands, paths, uses } = parseSource(bytes, language);
  if (script === undefined && commands.length + paths.length + uses.length === 0) return {};
  const { interpreter, argument } = script ?? {};
  return {
    script: {
      commands,
      paths,
      ...(uses.length === 0 ? {} : { uses }),
      ...(interpreter === undefined ? {} : { interpreter }),
      ...(argument === undefined ? {} : { argument }),
    },
  };
}

/** What is kept of a script beside its text. */
function scriptOf(value: ReturnType<typeof parseScript>['value']): Pick<FileFacts, 'script'> {
  if (value === undefined) return {};
  const { interpreter, argument, commands, paths } = value;
  return {
    script: {
      ...(interpreter === undefined ? {} : { interpreter }),
      ...(argument === undefined ? {} : { argument }),
      commands,
      paths,
    },
  };
}

function facts(found: FileFacts, problems: readonly Diagnostic[]): FileFacts | undefined {
  if (problems.length > 0) return { ...found, problems };
  return Object.keys(found).length > 0 ? found : undefined;
}

async function readElf(entry: FileEntry): Promise<FileFacts | undefined> {
  const { path, size } = entry.node;
  const { bytes, extent } = await readElfPrefix((length) => entry.read(length), size, elfLimit);
  const { value, problems } = parseElf(bytes);
  const features = value === undefined ? [] : builtFor(bytes, value);
  const all = at(path, problems);
  if (extent > elfLimit) {
    all.push({
      code: 'PL0107',
      severity: 'warning',
      message: `ELF file of ${extent} bytes: only its first ${elfLimit} bytes were read`,
      at: { path },
    });
  }
  return facts(
    {
      ...(value === undefined ? {} : { elf: value }),
      ...(features.length > 0 ? { builtFor: features } : {}),
    },
    all,
  );
}

async function readDatabase(
  entry: FileEntry,
  { limit, parse, files }: NonNullable<ReturnType<typeof databaseAt>>,
): Promise<FileFacts | undefined> {
  const { path, size } = entry.node;
  if (size > limit) {
    return {
      problems: [
        {
          code: 'PL0107',
          severity: 'warning',
          message: `package database of ${size} bytes, more than the ${limit} that are read`,
          at: { path },
        },
      ],
    };
  }
  const bytes = await entry.read(limit);
  const { value, problems } = parse(bytes, path);
  const owned = files === undefined ? [] : packOwned(files(bytes, path));
  return facts(
    {
      ...(value.length > 0 ? { packages: value } : {}),
      ...(owned.length > 0 ? { owned } : {}),
    },
    at(path, problems),
  );
}

/** Parsers know no path: it is put in here. */
function at(path: string, problems: readonly Diagnostic[]): Diagnostic[] {
  return problems.map((problem) => ({ ...problem, at: { path, ...problem.at } }));
}
