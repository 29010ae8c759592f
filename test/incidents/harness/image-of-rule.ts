// An image for which a rule's condition holds, made from the condition itself: files of a fixture, and what is told by
// name and version put beside them.
import type { ImageCondition } from '../../../src/check/data-rule.ts';
import { marks } from '../../../src/formats/marks.ts';
import { satisfies } from '../../../src/lib/version.ts';
import { makeNeeds } from '../../../src/needs/make-needs.ts';
import type { Needs } from '../../../src/needs/need.ts';
import { emptyUserSpace, type UserSpace } from '../../../src/needs/user-space.ts';
import { imageConfig } from '../../builders/image-config.ts';
import { sourceLines } from '../../builders/source-lines.ts';
import type { ElfSpec, FileSpec, Fixture } from './fixture.ts';
import { needsOf } from './incident.ts';
import { sampleText } from './sample-text.ts';

const machines: Readonly<Record<string, 'aarch64' | 'arm' | 'i386'>> = {
  'linux/arm64': 'aarch64',
  'linux/arm/v7': 'arm',
  'linux/386': 'i386',
};

/** What an image is made of so far. */
interface Made {
  readonly fixture: Fixture;
  readonly lines: readonly string[];
  readonly change: (space: UserSpace) => UserSpace;
}

const first = <T>(value: T | readonly T[]): T => (Array.isArray(value) ? value[0] : value) as T;
const unwild = (text: string): string => text.replaceAll('**/', '').replace(/[*?]+/g, '1');

/** Some version inside of a range, or undefined. */
export function versionIn(range: string | undefined): string | undefined {
  if (range === undefined) return '1.0';
  const bounds = range.match(/\d[0-9a-z.:~+-]*/g) ?? [];
  const around = bounds.flatMap((bound) => {
    const major = Number.parseInt(bound, 10);
    return [bound, `${bound}.1`, `${major}`, `${major - 1}.0`, `${major - 1}.99`, `${major + 1}.0`];
  });
  return [...around, '0.0.1', '0.1', '1.0'].find((version) => satisfies(version, range));
}

/** Needs of an image for which the condition holds; undefined where it takes more than these parts. */
export async function needsFor(condition: ImageCondition): Promise<Needs | undefined> {
  const made = imageFor(condition, { fixture: {}, lines: [], change: (space) => space });
  if (made === undefined) return undefined;
  const plain = Object.keys(made.fixture).length === 0 && made.lines.length === 0;
  if (plain) return makeNeeds(made.change(emptyUserSpace('made')), []);
  const { fixture, lines } = made;
  const machine = machines[fixture.platform ?? ''] ?? 'x86_64';
  const files: Record<string, FileSpec> = { '/bin/sh': { elf: { machine } }, ...fixture.files };
  if (lines.length > 0) files['/entrypoint.sh'] = `#!/bin/sh\n${lines.join('\n')}\n`;
  const needs = await needsOf({ entrypoint: ['/entrypoint.sh'], ...fixture, files });
  const changed = made.change(needs.userSpace);
  return makeNeeds(changed, needs.all, needs.derived);
}

const withFile = (made: Made, path: string, file: FileSpec): Made => ({
  ...made,
  fixture: { ...made.fixture, files: { ...made.fixture.files, [path]: file } },
});
const withElf = (made: Made, path: string | undefined, elf: ElfSpec): Made =>
  withFile(made, path === undefined ? '/usr/local/bin/made' : unwild(path), { elf });
const withLine = (made: Made, line: string | undefined): Made | undefined =>
  line === undefined ? undefined : { ...made, lines: [...made.lines, line] };
const withChange = (made: Made, change: Made['change']): Made => ({
  ...made,
  change: (space) => change(made.change(space)),
});

function imageFor(condition: ImageCondition, made: Made): Made | undefined {
  if ('all' in condition)
    return condition.all.reduce<Made | undefined>(
      (below, part) => below && imageFor(part, below),
      made,
    );
  if ('any' in condition)
    for (const part of condition.any) {
      const found = imageFor(part, made);
      if (found !== undefined) return found;
    }
  if ('any' in condition) return undefined;
  if ('not' in condition || 'always' in condition) return made;
  if ('software' in condition || 'package' in condition || 'libc' in condition)
    return named(condition, made);
  if ('goModule' in condition) {
    const version = versionIn(condition.version);
    const goModules = [`${unwild(first(condition.goModule))} v${version}`];
    return version === undefined
      ? undefined
      : withElf(made, undefined, { go: '1.22', type: 'executable', goModules });
  }
  return ofFiles(condition, made) ?? ofConfig(condition, made);
}

function named(condition: ImageCondition, made: Made): Made | undefined {
  if ('software' in condition) {
    const version = versionIn(condition.version);
    const item = { name: first(condition.software), evidence: [], ...(version ? { version } : {}) };
    if (version === undefined) return undefined;
    return withChange(made, (space) => ({ ...space, software: [...space.software, item] }));
  }
  if ('package' in condition) {
    const version = versionIn(condition.version);
    if (version === undefined) return undefined;
    const item = {
      manager: first(condition.manager ?? 'dpkg') as 'dpkg',
      name: unwild(first(condition.package)),
      version,
      database: '/var/lib/dpkg/status',
    };
    return withChange(made, (space) => ({ ...space, packages: [...space.packages, item] }));
  }
  if (!('libc' in condition)) return undefined;
  const name = first(condition.libc) as 'glibc';
  const version = versionIn(condition.version);
  if (version === undefined) return undefined;
  const libc = { name, version, path: '/lib/libc.so.6' };
  return withChange(made, (space) => ({ ...space, libc }));
}

function ofFiles(condition: ImageCondition, made: Made): Made | undefined {
  if ('text' in condition) {
    const text = sampleText(condition.text);
    const [place = ''] = [condition.in].flat();
    if (text === undefined) return undefined;
    return place.startsWith('/**') || place === '/entrypoint.sh'
      ? withLine(made, text)
      : withFile(made, unwild(place), `${text}\n`);
  }
  if ('command' in condition) {
    const name = unwild(first(condition.command));
    const wanted = condition.arguments;
    if (wanted === undefined) return withLine(made, `${name} x`);
    const sample = sampleText(wanted) ?? '';
    const lines = [`${name} ${sample.trim()}`, `${name} x ${sample.trim()}`, sample.trim()];
    return withLine(
      made,
      lines.find((line) => line.startsWith(name) && new RegExp(wanted, 'm').test(line)),
    );
  }
  if ('elf' in condition)
    return withElf(made, first(condition.elf), {
      ...(condition.machine === undefined ? {} : { machine: first(condition.machine) as 'arm' }),
      ...(condition.go === undefined ? {} : { go: versionIn(condition.go) ?? '', goModules: [] }),
      ...(condition.interpreter === undefined
        ? {}
        : { interpreter: unwild(condition.interpreter) }),
      ...(condition.executableStack === undefined
        ? {}
        : { executableStack: condition.executableStack }),
      type: condition.type === 'shared-library' ? 'shared-library' : 'executable',
    });
  if ('library' in condition)
    return withElf(made, condition.in, { needed: [unwild(first(condition.library))] });
  if ('imports' in condition)
    return withElf(made, condition.in, { imports: [unwild(first(condition.imports))] });
  if ('mark' in condition) {
    const mark = marks.find(({ id }) => id === condition.mark);
    return mark && withElf(made, condition.in, { strings: [mark.text], type: 'executable' });
  }
  if ('path' in condition) {
    const path = unwild(first(condition.path));
    if (condition.type === 'directory') return withFile(made, path, { directory: true });
    const link = sampleText(condition.target ?? 'x') ?? 'x';
    return withFile(made, path, condition.type === 'symlink' ? { link } : 'x');
  }
  if ('usesPath' in condition) {
    const path = unwild(condition.usesPath);
    return withLine(made, condition.access === 'write' ? `echo 1 > ${path}` : `cat ${path}`);
  }
  if ('source' in condition)
    return withFile(made, '/app/made.py', `${sourceLines[first(condition.source)]}\n`);
  if ('fileCapability' in condition) {
    const name = condition.fileCapability === '*' ? 'cap_net_raw' : condition.fileCapability;
    const capabilities = [name.toLowerCase()];
    return withFile(made, unwild(condition.in ?? '/usr/bin/made'), { elf: {}, capabilities });
  }
  if ('setuid' in condition)
    return withFile(made, unwild(first(condition.setuid)), { elf: {}, mode: 0o4755 });
  return undefined;
}

const platforms: Readonly<Record<string, string>> = {
  x86_64: 'linux/amd64',
  aarch64: 'linux/arm64',
  arm: 'linux/arm/v7',
  i386: 'linux/386',
};

function ofConfig(condition: ImageCondition, made: Made): Made | undefined {
  const { fixture } = made;
  if ('starts' in condition) {
    const name = unwild(first(condition.starts));
    const path = name.startsWith('/') ? name : `/usr/bin/${name}`;
    const words = condition.arguments === undefined ? '' : sampleText(condition.arguments);
    if (words === undefined) return undefined;
    const argv = [path, ...words.trim().split(/\s+/).filter(Boolean)];
    const step = { argv, path, kind: 'elf' as const };
    return withChange(made, (space) => ({
      ...space,
      config: space.config ?? imageConfig({ platform: { os: 'linux', architecture: '' } }),
      start: [...space.start, step],
    }));
  }
  if ('env' in condition) {
    const value =
      condition.matches === undefined
        ? versionIn(condition.version)
        : sampleText(condition.matches)?.trim();
    const env = { ...fixture.env, [unwild(condition.env)]: value ?? '' };
    return value === undefined ? undefined : { ...made, fixture: { ...fixture, env } };
  }
  if ('label' in condition) {
    const labels = {
      ...fixture.labels,
      [condition.label]: sampleText(condition.matches ?? 'x') ?? '',
    };
    return { ...made, fixture: { ...fixture, labels } };
  }
  if ('os' in condition) {
    const version = versionIn(condition.version);
    const os = `${first(condition.os)} ${version}`;
    return version === undefined ? undefined : { ...made, fixture: { ...fixture, os } };
  }
  if ('user' in condition)
    return { ...made, fixture: { ...fixture, user: condition.user === 'root' ? 'root' : 'app' } };
  if ('architecture' in condition) {
    const platform = platforms[first(condition.architecture)] ?? 'linux/amd64';
    return { ...made, fixture: { ...fixture, platform } };
  }
  if ('port' in condition)
    return withChange(made, (space) => ({
      ...space,
      config: {
        ...(space.config ?? imageConfig({ platform: { os: 'linux', architecture: '' } })),
        exposedPorts: ['80/tcp'],
      },
    }));
  return undefined;
}
