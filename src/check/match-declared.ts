// Image conditions on what an image says of itself: software, packages, its distribution and configuration, what starts.
import { compareVersions, satisfies } from '../lib/version.ts';
import { capEvidence } from '../needs/evidence.ts';
import type { Software } from '../needs/user-space.ts';
import type { Reach } from './finding.ts';
import type { ImageMatchers } from './image-matcher.ts';
import type { ImageView } from './image-view.ts';
import { listOf } from './list-of.ts';

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

/** Conditions on what is declared. */
export const declaredMatchers: ImageMatchers<
  | 'software'
  | 'package'
  | 'os'
  | 'libc'
  | 'env'
  | 'label'
  | 'starts'
  | 'port'
  | 'volume'
  | 'always'
  | 'user'
  | 'architecture'
> = {
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
      ...(first.evidence[0] === undefined ? {} : { detail: first.evidence[0].detail }),
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

  port(_, { userSpace }) {
    const port = userSpace.config?.exposedPorts.find((one) => Number.parseInt(one, 10) < 1024);
    if (port === undefined) return undefined;
    return { evidence: [{ detail: `EXPOSE ${port}` }], detail: port };
  },

  volume({ volume }, { userSpace }) {
    const found = userSpace.config?.volumes.find((one) => `${volume}/`.startsWith(`${one}/`));
    return found === undefined ? undefined : { evidence: [{ detail: `VOLUME ${found}` }] };
  },

  always() {
    return { evidence: [] };
  },

  user({ user }, { userSpace }) {
    const name = userSpace.config?.user.split(':')[0] ?? '';
    const isRoot = name === '' || name === 'root' || name === '0';
    if ((user === 'root') !== isRoot) return undefined;
    // No `detail`: what a rule finds beside the user is what its title is about.
    return { evidence: [{ detail: name === '' ? 'no USER: root' : `USER ${name}` }] };
  },

  architecture({ architecture }, { machines }) {
    if (machines.size === 0) return { evidence: [], onMachines: listOf(architecture) };
    const found = listOf(architecture).find((machine) => machines.has(machine));
    return found === undefined ? undefined : { evidence: [], detail: found };
  },
};
