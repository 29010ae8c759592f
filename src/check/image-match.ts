// Holds the image condition of a rule against a user space. A match carries what gave it away, so that findings
// can show it, and what of the user space it touches.
import { compareVersions, satisfies } from '../lib/version.ts';
import { capEvidence } from '../needs/evidence.ts';
import type { ElfFile, Evidence, Software } from '../needs/user-space.ts';
import type { ImageCondition, ImageLeaf, imageConditions } from './data-rule.ts';
import type { Reach } from './finding.ts';
import { type ImageView, isOwnScript } from './image-view.ts';

/** What an image condition found. */
export interface ImageMatch {
  readonly evidence: readonly Evidence[];
  /** Absent: nothing of the condition says what it touches. */
  readonly reach?: Reach;
  readonly software?: string;
  readonly version?: string;
  readonly package?: string;
  readonly path?: string;
  readonly detail?: string;
  /** Nothing says what machine the image is for: this holds on hosts of these machines. */
  readonly onMachines?: readonly string[];
  /** Nothing says what starts: this holds if it is the software of the rule. */
  readonly ifStarted?: true;
}

type Kind = keyof typeof imageConditions;
type Matcher<K extends Kind> = (condition: ImageLeaf<K>, view: ImageView) => ImageMatch | undefined;

const listOf = <T>(value: T | readonly T[]): readonly T[] =>
  Array.isArray(value) ? (value as readonly T[]) : [value as T];

function fileReach(view: ImageView, path: string): Reach {
  return view.startPaths.has(path) ? 'start' : 'file';
}

/** A pattern that says no place: only texts that are likely to be the image's own count then. */
const isBroad = (glob: string): boolean => glob.startsWith('/**');

/** What scripts touch: where nothing says what starts, the image's own ones may well be it. */
function scriptReach(view: ImageView, match: ImageMatch | undefined): ImageMatch | undefined {
  if (match === undefined || match.reach === 'start') return match;
  return view.userSpace.start.length === 0 ? { ...match, reach: 'user-space' } : match;
}

/** One match out of the places where a condition on files was found. */
function filesMatch(
  view: ImageView,
  found: readonly (Evidence & { readonly path: string })[],
): ImageMatch | undefined {
  const [first] = found;
  if (first === undefined) return undefined;
  const evidence = capEvidence(found);
  const reach = found.some(({ path }) => fileReach(view, path) === 'start') ? 'start' : 'file';
  return { evidence, reach, path: first.path, detail: first.detail };
}

function inElves(
  view: ImageView,
  within: string | undefined,
  of: readonly ElfFile[],
  detail: (file: ElfFile) => string,
): ImageMatch | undefined {
  const inside = within === undefined ? undefined : view.pathMatcher(within);
  const files = inside === undefined ? of : of.filter((file) => inside(file.path));
  return filesMatch(
    view,
    files.map((file) => ({ path: file.path, detail: detail(file) })),
  );
}

/** A directory has no entrypoint; what starts is the init that lies in it, should anyone boot it. */
const ifBooted = ({ userSpace }: ImageView): { readonly ifStarted?: true } =>
  userSpace.config === undefined && userSpace.target.kind === 'directory'
    ? { ifStarted: true }
    : {};

function softwareReach(view: ImageView, item: Software): Reach {
  const onStart = view.onStart(item);
  if (onStart === undefined) return 'user-space';
  return onStart ? 'start' : 'file';
}

const matchers: { readonly [K in Kind]: Matcher<K> } = {
  software({ software, version, orUnknown }, view) {
    const found = listOf(software)
      .flatMap((name) => view.software.get(name) ?? [])
      .filter((item) => {
        if (version === undefined) return true;
        return item.version === undefined ? orUnknown === true : satisfies(item.version, version);
      });
    // The one that starts first, then the newest: the title names one.
    const rank = { start: 0, 'user-space': 1, file: 2 };
    const [first] = [...found].sort(
      (a, b) =>
        rank[softwareReach(view, a)] - rank[softwareReach(view, b)] ||
        compareVersions(b.version ?? '0', a.version ?? '0'),
    );
    if (first === undefined) return undefined;
    return {
      evidence: capEvidence(found.flatMap((item) => item.evidence)),
      reach: softwareReach(view, first),
      ...(softwareReach(view, first) === 'start' ? ifBooted(view) : {}),
      software: first.name,
      ...(first.version === undefined ? {} : { version: first.version }),
    };
  },

  package({ package: wanted, manager, version }, view) {
    const managers = manager === undefined ? undefined : new Set(listOf(manager));
    const found = listOf(wanted)
      .flatMap((name) => view.packagesNamed(name))
      .filter(
        (item) =>
          (managers === undefined || managers.has(item.manager)) &&
          (version === undefined || view.packageSatisfies(item, version)),
      );
    const [first] = found;
    if (first === undefined) return undefined;
    return {
      evidence: capEvidence(
        found.map((item) => ({
          path: item.database,
          package: `${item.name} ${item.version}`,
          detail: `${item.manager} package ${item.name} ${item.version}`,
        })),
      ),
      package: `${first.name} ${first.version}`,
      version: first.version,
    };
  },

  os({ os, version, like }, { userSpace }) {
    const found = userSpace.os;
    if (found === undefined) return undefined;
    const wanted = listOf(os);
    const ids = like === true ? [found.id, ...found.idLike] : [found.id];
    if (!ids.some((id) => wanted.includes(id))) return undefined;
    if (version !== undefined && !(found.versionId && satisfies(found.versionId, version)))
      return undefined;
    const detail = found.prettyName ?? `${found.id} ${found.versionId ?? ''}`.trim();
    return { evidence: [{ path: found.path, detail }], detail };
  },

  libc({ libc, version }, { libc: found }) {
    if (found === undefined || !listOf(libc).includes(found.name)) return undefined;
    if (version !== undefined && !(found.version && satisfies(found.version, version)))
      return undefined;
    const detail = `${found.name} ${found.version ?? ''}`.trim();
    return { evidence: [{ path: found.path, detail }], detail };
  },

  path({ path, type, target }, view) {
    const wanted = target === undefined ? undefined : new RegExp(target, 'm');
    const found = listOf(path)
      .flatMap((pattern) => view.paths(pattern))
      .filter((one) => {
        if (type === undefined && wanted === undefined) return true;
        const node = view.userSpace.tree.stat(one, { follow: false });
        if (type !== undefined && node?.type !== type) return false;
        return wanted === undefined || wanted.test(node?.linkTarget ?? '');
      });
    return filesMatch(
      view,
      found.map((one) => ({ path: one, detail: `${one} is there` })),
    );
  },

  text({ text, in: within, without }, view) {
    const pattern = new RegExp(text, 'm');
    const own = (path: string): boolean => view.startPaths.has(path) || isOwnScript(path);
    const excluded = without === undefined ? undefined : new RegExp(without, 'm');
    const found = listOf(within)
      .flatMap((glob) => (isBroad(glob) ? view.textsAt(glob).filter(own) : view.textsAt(glob)))
      .flatMap((path) => {
        const content = view.userSpace.text(path) ?? '';
        const hit = pattern.exec(content);
        if (hit === null || excluded?.test(content)) return [];
        const line = content.slice(0, hit.index).split('\n').length;
        const detail = (content.split('\n')[line - 1] ?? hit[0]).trim().slice(0, 160);
        return [{ path, line, detail }];
      });
    return scriptReach(view, filesMatch(view, found));
  },

  command({ command, arguments: wanted, in: within }, view) {
    const pattern = wanted === undefined ? undefined : new RegExp(wanted, 'm');
    const inside = within === undefined ? undefined : view.pathMatcher(within);
    const found = listOf(command)
      .flatMap((name) => view.commands.get(name) ?? [])
      .filter(
        ({ path, text }) =>
          (inside === undefined || inside(path)) && (pattern === undefined || pattern.test(text)),
      );
    const match = filesMatch(
      view,
      found.map(({ path, line, text }) => ({ path, line, detail: text.trim().slice(0, 160) })),
    );
    return scriptReach(view, match);
  },

  env({ env, matches, version }, { userSpace, nameMatcher }) {
    const named = nameMatcher(env);
    const pattern = matches === undefined ? undefined : new RegExp(matches, 'm');
    for (const [name, value] of Object.entries(userSpace.config?.env ?? {})) {
      if (!named(name)) continue;
      if (pattern !== undefined && !pattern.test(value)) continue;
      if (version !== undefined && !satisfies(value, version)) continue;
      const detail = `ENV ${name}=${value.slice(0, 120)}`;
      return { evidence: [{ detail }], detail, version: value };
    }
    return undefined;
  },

  label({ label, matches }, { userSpace }) {
    const value = userSpace.config?.labels[label];
    if (value === undefined || (matches !== undefined && !new RegExp(matches, 'm').test(value)))
      return undefined;
    const detail = `label ${label}=${value.slice(0, 120)}`;
    return { evidence: [{ detail }], detail };
  },

  library({ library, in: within }, view) {
    return inElves(
      view,
      within,
      listOf(library).flatMap((name) => view.needing(name)),
      () => `links ${listOf(library).join(' or ')}`,
    );
  },

  imports({ imports, in: within }, view) {
    return inElves(
      view,
      within,
      listOf(imports).flatMap((name) => view.importing(name)),
      () => `imports ${listOf(imports).join(' or ')}`,
    );
  },

  mark({ mark, matches, version, in: within }, view) {
    const pattern = matches === undefined ? undefined : new RegExp(matches, 'm');
    const found = (view.marked.get(mark) ?? []).filter(({ facts }) => {
      const value = facts.marks[mark] ?? '';
      // Object files are parts of programs yet to be built: Go's race detector, for every system that it knows.
      return (
        facts.type !== 'relocatable' &&
        (pattern === undefined || pattern.test(value)) &&
        (version === undefined || satisfies(value, version))
      );
    });
    return inElves(view, within, found, ({ facts }) => `${mark}: ${facts.marks[mark] ?? ''}`);
  },

  elf(condition, view) {
    const { elf, machine, bits, interpreter, go, type } = condition;
    const patterns = listOf(elf).map((pattern) => view.pathMatcher(pattern));
    const loader = interpreter === undefined ? undefined : view.pathMatcher(interpreter);
    const machines = machine === undefined ? undefined : listOf(machine);
    const candidates = go === undefined ? view.userSpace.elves : view.goPrograms;
    const found = candidates.filter(({ path, facts }) => {
      if (machines !== undefined && !machines.includes(facts.machine)) return false;
      if (bits !== undefined && facts.bits !== bits) return false;
      if (loader !== undefined && !loader(facts.interpreter ?? '')) return false;
      if (go !== undefined && !(facts.go?.version && satisfies(facts.go.version, go))) return false;
      if (condition.static !== undefined && (facts.interpreter === undefined) !== condition.static)
        return false;
      if (
        condition.executableStack !== undefined &&
        (facts.executableStack === true) !== condition.executableStack
      )
        return false;
      if (type !== undefined && (facts.type === 'shared-library') !== (type === 'shared-library'))
        return false;
      return patterns.some((matches) => matches(path));
    });
    const match = filesMatch(
      view,
      found.map(({ path, facts }) => ({
        path,
        detail: facts.go?.version ? `built with Go ${facts.go.version}` : `${facts.machine} ELF`,
      })),
    );
    const version = found[0]?.facts.go?.version;
    return match && version !== undefined ? { ...match, version } : match;
  },

  goModule({ goModule, version }, view) {
    const found = listOf(goModule)
      .flatMap((name) => view.goModules(name))
      .filter((item) => version === undefined || satisfies(item.version, version));
    const match = filesMatch(
      view,
      found.map((item) => ({ path: item.path, detail: `Go module ${item.name} ${item.version}` })),
    );
    return match && found[0]?.version ? { ...match, version: found[0].version } : match;
  },

  starts({ starts, arguments: wanted, orUnknown, configured }, view) {
    if (configured === true && view.userSpace.config === undefined) return undefined;
    if (orUnknown === true && view.userSpace.start.length === 0)
      return { evidence: [], reach: 'user-space', ifStarted: true };
    const pattern = wanted === undefined ? undefined : new RegExp(wanted, 'm');
    for (const name of listOf(starts)) {
      const deep = name.includes('/');
      const matches = deep ? view.pathMatcher(name) : view.nameMatcher(name);
      for (const { argv, path } of view.userSpace.start) {
        const candidates = [argv[0], path].filter((one) => one !== undefined);
        const hit = candidates.some((one) =>
          matches(deep ? one : one.slice(one.lastIndexOf('/') + 1)),
        );
        const line = argv.join(' ');
        if (!hit || (pattern !== undefined && !pattern.test(line))) continue;
        const detail = `starts ${line.slice(0, 120)}`;
        return {
          evidence: [{ ...(path === undefined ? {} : { path }), detail }],
          reach: 'start',
          ...ifBooted(view),
          detail,
          ...(path === undefined ? {} : { path }),
        };
      }
    }
    return undefined;
  },

  fileCapability({ fileCapability, in: within, effective }, view) {
    const inside = within === undefined ? undefined : view.pathMatcher(within);
    const found = view.fileCapabilities.filter(
      (need) =>
        (fileCapability === '*' || need.permitted.includes(fileCapability)) &&
        (effective === undefined || need.effective === effective) &&
        (inside === undefined || inside(need.path)),
    );
    return filesMatch(
      view,
      found.map(({ path, permitted }) => ({
        path,
        detail: `file capability ${permitted.join(',')}`,
      })),
    );
  },

  setuid({ setuid }, view) {
    const patterns = listOf(setuid).map((pattern) => view.pathMatcher(pattern));
    const found = view.setuid.filter((path) => patterns.some((matches) => matches(path)));
    return filesMatch(
      view,
      found.map((path) => ({ path, detail: 'setuid' })),
    );
  },

  port(_, { userSpace }) {
    const port = userSpace.config?.exposedPorts.find((one) => Number.parseInt(one, 10) < 1024);
    if (port === undefined) return undefined;
    return { evidence: [{ detail: `EXPOSE ${port}` }], detail: port };
  },

  usesPath({ usesPath }, view) {
    const matches = view.pathMatcher(usesPath);
    const inScripts = view.kernelPaths
      .filter((need) => matches(need.path))
      .flatMap((need) =>
        need.evidence.map(({ path = need.who, line, others }) => ({
          path,
          ...(line === undefined ? {} : { line }),
          ...(others === undefined ? {} : { others }),
          detail: `${path} uses ${need.path}`,
        })),
      );
    const inPrograms = view.userSpace.elves.flatMap(({ path, facts }) => {
      const used = facts.kernelPaths.find(matches);
      return used === undefined ? [] : [{ path, detail: `${path} names ${used}` }];
    });
    return filesMatch(view, [...inPrograms, ...inScripts]);
  },

  always() {
    return { evidence: [] };
  },

  user({ user }, { userSpace }) {
    const name = userSpace.config?.user.split(':')[0] ?? '';
    const isRoot = name === '' || name === 'root' || name === '0';
    if ((user === 'root') !== isRoot) return undefined;
    const detail = name === '' ? 'no USER: root' : `USER ${name}`;
    return { evidence: [], detail };
  },

  architecture({ architecture }, { machines }) {
    if (machines.size === 0) return { evidence: [], onMachines: listOf(architecture) };
    const found = listOf(architecture).find((machine) => machines.has(machine));
    return found === undefined ? undefined : { evidence: [], detail: found };
  },
};

const kinds = Object.keys(matchers) as readonly Kind[];

/** The kind of a condition: the one key whose matcher knows it. `path` and others are fields of other kinds too. */
function kindOf(condition: object): Kind | undefined {
  return (
    kinds.find((kind) => Object.keys(condition)[0] === kind) ??
    kinds.find((kind) => kind in condition)
  );
}

const reachOrder: readonly Reach[] = ['start', 'user-space', 'file'];

function join(matches: readonly ImageMatch[]): ImageMatch {
  const reach = reachOrder.find((one) => matches.some((match) => match.reach === one));
  return {
    ...Object.assign({}, ...[...matches].reverse()),
    evidence: matches.flatMap((match) => match.evidence),
    ...(reach === undefined ? {} : { reach }),
  };
}

/** What the condition finds in the user space; undefined when it does not hold. */
export function matchImage(condition: ImageCondition, view: ImageView): ImageMatch | undefined {
  if ('all' in condition) {
    const matches: ImageMatch[] = [];
    for (const part of condition.all) {
      const match = matchImage(part, view);
      if (match === undefined) return undefined;
      matches.push(match);
    }
    return join(matches);
  }
  if ('any' in condition) {
    for (const part of condition.any) {
      const match = matchImage(part, view);
      if (match !== undefined) return match;
    }
    return undefined;
  }
  if ('not' in condition)
    return matchImage(condition.not, view) === undefined ? { evidence: [] } : undefined;
  const kind = kindOf(condition);
  if (kind === undefined) return undefined;
  // The schema gave the object the shape of its kind; TypeScript cannot follow that through the table.
  return (matchers[kind] as Matcher<Kind>)(condition as ImageLeaf<Kind>, view);
}
