// Versions of installed packages, by name, from the databases of the probed system.
import { parseApk } from '../../formats/apk.ts';
import { parseDpkg } from '../../formats/dpkg.ts';
import type { Package } from '../../formats/package.ts';
import { parseRpm, rpmDatabasePaths } from '../../formats/rpm.ts';
import type { ProbeContext } from './part.ts';

/** A package's version and the database that tells it. */
export interface Installed {
  readonly version: string;
  readonly database: string;
}

/** 256 MiB: rpm's database of a full installation is some 100 MiB. */
const sizeLimit = 256 << 20;

const databases = [
  ['/var/lib/dpkg/status', parseDpkg],
  ['/lib/apk/db/installed', parseApk],
  ['/usr/lib/apk/db/installed', parseApk],
  ...rpmDatabasePaths.map((path) => [path, parseRpm] as const),
] as const;

/** rpm's own answer in a live system, whose database may be half written to its journal. */
async function askRpm({ run }: ProbeContext): Promise<readonly (readonly [string, Installed])[]> {
  const listed = await run('rpm', ['-qa', '--queryformat', '%{NAME} %{VERSION}-%{RELEASE}\\n']);
  return (listed ?? '').split('\n').flatMap((line) => {
    const [name, version] = line.split(' ');
    return name && version ? [[name, { version, database: 'the rpm database' }] as const] : [];
  });
}

/** Installed packages by name: from the first database that has any. */
export async function installedVersions(
  context: ProbeContext,
): Promise<ReadonlyMap<string, Installed>> {
  const { reader } = context;
  for (const [path, parse] of databases) {
    if (reader.kind(path) === undefined) continue;
    if (parse === parseRpm && reader.live) {
      const asked = await askRpm(context);
      if (asked.length > 0) return new Map(asked);
    }
    const identity = context.kept === undefined ? undefined : reader.identity(path);
    const key = identity === undefined ? undefined : `packages ${path} ${identity}`;
    const known = key === undefined ? undefined : context.kept?.get(key);
    if (known !== undefined) return new Map(JSON.parse(known) as [string, Installed][]);
    const bytes = reader.bytes(path, sizeLimit);
    if (bytes === undefined) continue;
    const { value } = parse(bytes, path);
    const entries = value.map(entryOf);
    if (entries.length > 0) {
      if (key !== undefined) context.kept?.put(key, JSON.stringify(entries));
      return new Map(entries);
    }
  }
  return new Map();
}

function entryOf({ name, version, database }: Package): readonly [string, Installed] {
  return [name, { version, database }];
}
