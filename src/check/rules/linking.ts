// What the loader must find in the image: the interpreter named in PT_INTERP, libraries, their symbol versions.
// And host programs that are mounted into the container and meet the image's C library.
import type { Offer } from '../../host/offer.ts';
import { compareVersions } from '../../lib/version.ts';
import type { NeedOf, Needs } from '../../needs/need.ts';
import type { Finding } from '../finding.ts';
import { findingOf, offered, reachOf, someOf } from '../finding-of.ts';
import type { Rule } from '../rule.ts';

/** Interpreters, libraries and symbol versions that are not in the image. */
export const linkingRule: Rule = {
  id: 'linking',
  *run(needs, offer) {
    // A single file says nothing about the libraries that will lie beside it.
    if (needs.userSpace.target.kind === 'elf') return;
    const missing = needs.of('interpreter').filter((need) => !need.present);
    const libraries = needs.of('library');
    const entrypoint = entrypointMissing(needs, offer);
    if (entrypoint !== undefined) yield entrypoint;
    for (const need of missing)
      if (need.onStartPath === true) yield interpreterMissing(need, offer);
    for (const need of libraries) if (need.onStartPath === true) yield libraryMissing(need, offer);
    yield* besideStart([...missing, ...libraries], offer);
    for (const tool of offer.container?.injectedTools ?? []) {
      const finding = injectedTool(tool, needs, offer);
      if (finding !== undefined) yield finding;
    }
  },
};

/** Directories of the usual PATH: programs in them are there to be called. */
const onPath = /^\/(usr\/(local\/)?)?s?bin\/[^/]+$/;

/** Examples and documentation are there to be read. */
const documentation = /\/(doc|docs|examples?|testdata|tests?)\//;

/** Programs that cannot start, but are not what starts: one finding for those on the PATH, one note for the rest. */
function* besideStart(
  needs: readonly (NeedOf<'interpreter'> | NeedOf<'library'>)[],
  offer: Offer,
): Iterable<Finding> {
  const beside = needs.filter((need) => need.onStartPath !== true && !documentation.test(need.for));
  const callable = beside.filter((need) =>
    need.evidence.some(({ path }) => onPath.test(path ?? need.for)),
  );
  for (const [group, severity] of [
    [callable, 'degraded'],
    [beside.filter((need) => !callable.includes(need)), 'note'],
  ] as const) {
    const [first] = group;
    if (first === undefined) continue;
    const wanted = someOf(
      group.map((need) => (need.kind === 'interpreter' ? need.path : (need.version ?? need.name))),
      4,
    );
    yield findingOf({
      code: group.every(({ kind }) => kind === 'interpreter') ? 'PL2011' : 'PL2012',
      rule: severity === 'note' ? 'files-not-startable' : 'programs-not-startable',
      severity,
      certainty: 'declared',
      reach: 'file',
      title: `${someOf(group.map((need) => need.for.slice(need.for.lastIndexOf('/') + 1)))} cannot start: the image lacks ${wanted}`,
      need: wanted,
      offer: inImage(offer),
      evidence: group.flatMap(({ evidence }) => evidence),
      symptom:
        'error while loading shared libraries: cannot open shared object file: No such file or directory; or: no such file or directory',
      help: 'nothing, if these are not used; else install the packages that bring what is missing',
      references: ['https://man7.org/linux/man-pages/man8/ld.so.8.html'],
      component: 'image',
    });
  }
}

const inImage = (offer: Offer): Finding['offer'] =>
  offered(offer, 'image', 'not in the image; the same on every host');

/** The entrypoint is not in the image: a volume brings it, or only a part of the image was given, or it is a mistake. */
function entrypointMissing({ userSpace }: Needs, offer: Offer): Finding | undefined {
  const [step] = userSpace.start;
  if (step?.kind !== 'missing' || userSpace.libc?.listed === true || userSpace.elves.length === 0)
    return undefined;
  const [name = ''] = step.argv;
  return findingOf({
    code: 'PL2011',
    rule: 'entrypoint-missing',
    severity: 'unknown',
    worst: 'degraded',
    certainty: 'declared',
    reach: 'start',
    title: `${name}, which the image starts, is not in it`,
    need: `the program ${name}`,
    offer: inImage(offer),
    evidence: [{ detail: `entrypoint and command: ${step.argv.join(' ').slice(0, 200)}` }],
    symptom: name.includes('/')
      ? `exec: "${name}": stat ${name}: no such file or directory`
      : `exec: "${name}": executable file not found in $PATH`,
    help: 'nothing, if a volume brings it; else correct the entrypoint, PATH or what is copied into the image',
    references: ['https://docs.docker.com/reference/dockerfile/#entrypoint'],
    component: 'image',
  });
}

function interpreterMissing(need: NeedOf<'interpreter'>, offer: Offer): Finding {
  if (need.path.endsWith('\r')) return carriageReturn(need, offer);
  const script =
    !need.path.includes('ld-') && !need.path.includes('ld.so') && !need.path.includes('ld64');
  return findingOf({
    code: 'PL2011',
    rule: 'interpreter-missing',
    severity: 'fatal',
    certainty: need.certainty,
    reach: reachOf(need),
    title: `${need.for} needs ${need.path}, which is not in the image`,
    need: `the interpreter ${need.path}`,
    offer: inImage(offer),
    evidence: need.evidence,
    symptom: `exec ${need.for}: no such file or directory`,
    help: script
      ? `install what brings ${need.path}, or correct the first line of the script (a carriage return at its end also has this effect)`
      : need.path.includes('musl')
        ? 'run it on an Alpine image, or build it for glibc'
        : need.path.includes('linux')
          ? 'install the C library that it is linked for (on Alpine: gcompat), take a build for this image, or link it statically'
          : `install what brings ${need.path}`,
    references: ['https://man7.org/linux/man-pages/man2/execve.2.html'],
    component: 'image',
  });
}

/** A script saved with the line ends of Windows. */
function carriageReturn(need: NeedOf<'interpreter'>, offer: Offer): Finding {
  const word = need.path.slice(0, -1);
  return findingOf({
    code: 'PL2011',
    rule: 'interpreter-carriage-return',
    severity: 'fatal',
    certainty: need.certainty,
    reach: reachOf(need),
    title: `the first line of ${need.for} ends in a carriage return, so that "${word}\\r" is looked for`,
    need: 'lines that end in a line feed alone',
    offer: inImage(offer),
    evidence: need.evidence,
    symptom: word.startsWith('/')
      ? `exec ${need.for}: no such file or directory`
      : `env: '${word}\\r': No such file or directory; or: invalid option`,
    help: `save ${need.for} with Unix line ends: sed -i 's/\\r$//' or dos2unix in the build, and "*.sh text eol=lf" in .gitattributes`,
    references: [
      'https://man7.org/linux/man-pages/man2/execve.2.html',
      'https://docs.github.com/get-started/git-basics/configuring-git-to-handle-line-endings',
    ],
    component: 'image',
  });
}

function libraryMissing(need: NeedOf<'library'>, offer: Offer): Finding {
  const version = need.version;
  const name = need.for.slice(need.for.lastIndexOf('/') + 1);
  return findingOf({
    code: 'PL2012',
    rule: version === undefined ? 'library-missing' : 'symbol-version-missing',
    severity: 'fatal',
    certainty: need.certainty,
    reach: reachOf(need),
    title:
      version === undefined
        ? `${name} needs ${need.name}, which is not in the image`
        : `${name} needs ${version}, which the image's ${need.name} does not have`,
    need: version === undefined ? need.name : `${version} of ${need.name}`,
    offer: inImage(offer),
    evidence: need.evidence,
    symptom:
      version === undefined
        ? `error while loading shared libraries: ${need.name}: cannot open shared object file: No such file or directory`
        : `${need.for}: version \`${version}' not found (required by ${need.for})`,
    help:
      version === undefined
        ? `install the package that brings ${need.name}`
        : version.startsWith('GLIBC_')
          ? `build ${name} on a distribution as old as the image, link it statically, or move the image to a release whose glibc has ${version}`
          : `a newer ${need.name} in the image, or a build of ${name} for the one that it has`,
    references: ['https://man7.org/linux/man-pages/man8/ld.so.8.html'],
    component: 'image',
  });
}

type InjectedTool = NonNullable<NonNullable<Offer['container']>['injectedTools']>[number];

function injectedTool(tool: InjectedTool, needs: Needs, offer: Offer): Finding | undefined {
  const { libc } = needs.userSpace;
  const wanted = tool.needsGlibc?.replace(/^GLIBC_/, '');
  if (wanted === undefined) return undefined;
  const fits =
    libc?.name === 'glibc' && libc.version !== undefined
      ? compareVersions(libc.version, wanted) >= 0
      : libc === undefined
        ? undefined
        : libc.name === 'glibc'
          ? undefined
          : false;
  if (fits === true) return undefined;
  const has =
    libc === undefined ? 'no C library found in it' : `${libc.name} ${libc.version ?? ''}`.trim();
  return findingOf({
    code: 'PL3012',
    rule: 'injected-tool-libc',
    severity: fits === false || libc === undefined ? 'fatal' : 'unknown',
    ...(fits === false || libc === undefined ? {} : { worst: 'fatal' as const }),
    certainty: 'declared',
    title: `${tool.path}, mounted from the host, needs glibc ${wanted}; the image has ${has}`,
    need: `glibc ${wanted} or newer, for ${tool.path}`,
    offer: offered(
      offer,
      'container.injectedTools',
      `${tool.path} from the host, against ${has} in the image`,
    ),
    evidence: libc === undefined ? [] : [{ path: libc.path, detail: has }],
    symptom:
      libc?.name === 'glibc'
        ? `${tool.path}: /lib64/libc.so.6: version \`GLIBC_${wanted}' not found (required by ${tool.path})`
        : `${tool.path}: no such file or directory`,
    help: `an image with glibc ${wanted} or newer; else a build of ${tool.path} for older systems (for GitHub's runner: a node20 built for glibc 2.17, or an action that runs outside the container)`,
    references: ['https://github.com/actions/runner/issues/2906'],
    component: 'image',
  });
}
