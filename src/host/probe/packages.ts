// Versions of installed packages, by name, from the databases of the probed system.
import type { ProbeContext } from './part.ts';

/** A package's version and the database that tells it. */
export interface Installed {
  readonly version: string;
  readonly database: string;
}

/** Installed packages by name: dpkg's and apk's own files; rpm's through its own query program in a live system. */
export async function installedVersions({
  reader,
  run,
}: ProbeContext): Promise<ReadonlyMap<string, Installed>> {
  const found = new Map<string, Installed>();
  const dpkg = '/var/lib/dpkg/status';
  for (const stanza of (reader.text(dpkg, 64 << 20) ?? '').split('\n\n')) {
    const name = /^Package: (\S+)$/m.exec(stanza)?.[1];
    const version = /^Version: (\S+)$/m.exec(stanza)?.[1];
    const installed = /^Status: \S+ \S+ installed$/m.test(stanza);
    if (name && version && installed) found.set(name, { version, database: dpkg });
  }
  const apk = '/lib/apk/db/installed';
  for (const stanza of (reader.text(apk, 16 << 20) ?? '').split('\n\n')) {
    const name = /^P:(\S+)$/m.exec(stanza)?.[1];
    const version = /^V:(\S+)$/m.exec(stanza)?.[1];
    if (name && version) found.set(name, { version, database: apk });
  }
  if (found.size > 0) return found;
  const listed = await run('rpm', ['-qa', '--queryformat', '%{NAME} %{VERSION}\\n']);
  for (const line of (listed ?? '').split('\n')) {
    const [name, version] = line.split(' ');
    if (name && version) found.set(name, { version, database: 'the rpm database' });
  }
  return found;
}
