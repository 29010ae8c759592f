// Flags that are newer than the calls that take them, and programs that do not cope without: recognised software and
// packages by version, where it matters with the line of configuration that asks for it, and commands of scripts.
// The table names its sources row by row (src/needs/tables/flag-users.json).
import { satisfies } from '../../lib/version.ts';
import { capEvidence } from '../evidence.ts';
import { compilePath } from '../name-pattern.ts';
import type { Need } from '../need.ts';
import { upstreamVersion } from '../software-version.ts';
import table from '../tables/flag-users.json' with { type: 'json' };
import type { Evidence } from '../user-space.ts';
import { type DeriveView, onStart, softwareOnStart, startFirst } from './view.ts';

interface TextCondition {
  readonly path: string;
  /** Of a line. */
  readonly matches: string;
}

interface FlagUser {
  /** Who: by the catalogue's name, by package, or a command of a script. */
  readonly software?: string;
  readonly package?: string;
  readonly command?: string;
  readonly version?: string;
  /** Of the command's text. */
  readonly matches?: string;
  readonly onlyText?: TextCondition;
  readonly unlessText?: TextCondition;
  readonly symbol: string;
  readonly call: string;
  readonly byRelease?: boolean;
  readonly reaction: string;
  readonly effect: string;
  readonly symptom: string;
  readonly instead: string;
  readonly references: readonly string[];
}

const users: readonly FlagUser[] = table;

/** One need for each flag and who uses it. */
export function* flags(view: DeriveView): Generator<Need> {
  for (const user of users) {
    for (const { by, evidence, start } of usesOf(user, view)) {
      const asked = user.onlyText === undefined ? [] : linesOf(user.onlyText, view);
      if (user.onlyText !== undefined && asked.length === 0) continue;
      if (user.unlessText !== undefined && linesOf(user.unlessText, view).length > 0) continue;
      yield {
        kind: 'flag',
        symbol: user.symbol,
        call: user.call,
        by,
        reaction: user.reaction === 'fails' ? 'fails' : 'degrades',
        ...(user.byRelease === true ? { byRelease: true } : {}),
        effect: user.effect,
        symptom: user.symptom,
        instead: user.instead,
        references: user.references,
        certainty: 'declared',
        evidence: capEvidence([...asked, ...evidence]),
        ...start,
      };
    }
  }
}

interface FlagUse {
  readonly by: string;
  readonly evidence: readonly Evidence[];
  readonly start: { readonly onStartPath?: boolean };
}

function* usesOf(user: FlagUser, view: DeriveView): Generator<FlagUse> {
  const { software, packages, scripts } = view.userSpace;
  const fits = (version: string | undefined): boolean =>
    user.version === undefined || (version !== undefined && satisfies(version, user.version));
  if (user.software !== undefined) {
    for (const { name, version, evidence } of software) {
      if (name !== user.software || !fits(version)) continue;
      const by = [name, version].filter(Boolean).join(' ');
      yield { by, evidence, start: softwareOnStart(view, evidence) };
    }
  }
  if (user.package !== undefined) {
    const item = packages.find(({ name }) => name === user.package);
    if (item === undefined || !fits(upstreamVersion(item.version))) return;
    const named = `${item.name} ${item.version}`;
    const evidence = [{ path: item.database, package: named, detail: `${named} is installed` }];
    yield { by: named, evidence, start: {} };
  }
  if (user.command !== undefined) {
    const pattern = new RegExp(user.matches ?? '', 'u');
    const uses = scripts.flatMap((file) =>
      file.commands
        .filter(({ name, text }) => name === user.command && pattern.test(text))
        .map((command) => ({ path: file.path, file, ...command })),
    );
    const [first] = startFirst(view, uses);
    if (first === undefined) return;
    yield {
      by: `${user.command} in ${first.path}`,
      evidence: uses.map(({ file, line, text }) => ({ ...view.at(file, text), line })),
      start: onStart(view, uses),
    };
  }
}

/** Lines of kept texts that fit a condition. */
function linesOf({ path, matches }: TextCondition, { userSpace }: DeriveView): readonly Evidence[] {
  const where = compilePath(path);
  const pattern = new RegExp(matches, 'u');
  return userSpace.texts
    .filter((name) => where.test(name))
    .flatMap((name) =>
      (userSpace.text(name) ?? '')
        .split('\n')
        .flatMap((line, at) =>
          pattern.test(line)
            ? [{ path: name, line: at + 1, detail: line.trim().slice(0, 200) }]
            : [],
        ),
    );
}
