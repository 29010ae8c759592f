// Which libseccomp the OCI runtimes of this machine load: it leaves rules out whose calls it has no number for.
import { globSync, realpathSync } from 'node:fs';

/** Where distributions keep it. */
const places = '/{usr/lib,lib}{64,,/*-linux-gnu*}/libseccomp.so.2';

/** Its version: "2.5.4"; undefined where none is found. */
export function libseccompVersion(): string | undefined {
  for (const path of globSync(places)) {
    const version = /libseccomp\.so\.(\d+\.\d+\.\d+)$/.exec(realpathSync(path))?.[1];
    if (version !== undefined) return version;
  }
  return undefined;
}
