// Incidents in one line each, for tables of many: the image and the host that failed, the code and the fix that the
// check must give, and what silences it: another host, another image, or several of them.

import type { Severity } from '../../../src/check/finding.ts';
import type { FindingCode } from '../../../src/check/finding-codes.ts';
import { type FileSpec, type Fixture, glibcFiles } from './fixture.ts';
import type { Counterpart, HostSpec, Incident } from './incident.ts';

/** What must be silent: a host, or an image in place of the one that failed. */
export type Silent = HostSpec | { readonly image: Fixture };

/** id, title, source, image, host, code (with its severity, where it is no alarm), fix, what is silent. */
export type Row = readonly [
  id: string,
  title: string,
  source: string,
  image: Fixture,
  host: HostSpec,
  code: FindingCode | readonly [FindingCode, Severity],
  help: RegExp,
  ...silent: Silent[],
];

const isImage = (silent: Silent): silent is { readonly image: Fixture } =>
  typeof silent === 'object' && 'image' in silent;

/** The incidents of a table. A source without scheme is an issue or pull request on GitHub: "moby/moby#1". */
export function incidentsOf(rows: readonly Row[]): readonly Incident[] {
  return rows.map(([id, title, source, image, host, code, help, ...silent]) => ({
    id,
    title,
    source: source.startsWith('https:')
      ? source
      : `https://github.com/${source.replace('#', '/issues/')}`,
    image,
    host,
    expect: typeof code === 'string' ? { code, help } : { code: code[0], severity: code[1], help },
    counterpart: silent.map(
      (one): Counterpart =>
        isImage(one)
          ? { because: 'another image', image: one.image }
          : { because: typeof one === 'string' ? one : 'another host', host: one },
    ),
  }));
}

/** Any executable. */
export const program: FileSpec = { elf: { type: 'executable' } };

/** An image that starts one program. */
export const starts = (argv: readonly string[], more: Fixture = {}): Fixture => ({
  os: 'debian 12',
  entrypoint: argv,
  ...more,
  files: { [argv[0] ?? '']: program, ...more.files },
});

/** An image whose entry script has these lines. */
export const script = (lines: string, more: Fixture = {}): Fixture => ({
  os: 'debian 12',
  entrypoint: ['/entrypoint.sh'],
  ...more,
  files: {
    '/bin/sh': program,
    '/entrypoint.sh': { content: `#!/bin/sh\n${lines}\n`, mode: 0o755 },
    ...more.files,
  },
});

/** A dynamic user space with glibc of that version, and its program as what starts. */
export const glibc = (
  version: string,
  options: Parameters<typeof glibcFiles>[1] = {},
  more: Fixture = {},
): Fixture => ({
  os: 'debian 12',
  entrypoint: ['/usr/bin/app'],
  ...more,
  files: { ...glibcFiles(version, { app: {}, ...options }), ...more.files },
});

/** For 64-bit ARM. */
export const arm: Fixture = { platform: 'linux/arm64' };

/** A Python program with one package of PyPI. */
export const pip = (name: string, version: string, more: Fixture = {}): Fixture => ({
  os: 'debian 12',
  entrypoint: ['/usr/bin/python3', '/app/main.py'],
  ...more,
  files: {
    '/usr/bin/python3': program,
    '/app/main.py': 'import x\n',
    [`/usr/local/lib/python3.11/site-packages/${name.replaceAll('-', '_')}-${version}.dist-info/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`,
    ...more.files,
  },
});

/** A Java program on a JDK of that version. */
export const java = (version: string): Fixture => ({
  os: 'debian 11',
  entrypoint: ['/opt/java/openjdk/bin/java', '-jar', '/app.jar'],
  env: { JAVA_VERSION: `jdk-${version}`, JAVA_HOME: '/opt/java/openjdk' },
  files: {
    '/opt/java/openjdk/release': `JAVA_VERSION="${version.split('+')[0]}"\n`,
    '/opt/java/openjdk/bin/java': program,
    '/app.jar': 'PK',
  },
});

/** A Java program with that jar beside it. */
export const withJar = (jar: string): Fixture => ({
  ...java('17.0.9+9'),
  files: { ...java('17.0.9+9').files, [`/app/lib/${jar}`]: 'PK' },
});

/** A Go program with these modules in it. */
export const goApp = (path: string, modules: readonly string[], go = '1.22'): Fixture => ({
  entrypoint: [path],
  files: { [path]: { elf: { type: 'executable', go, goModules: modules } } },
});
