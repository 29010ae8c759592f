// Licenses of Debian's packages: their database has none, a file of documentation beside each does.
import { parseDebianCopyright } from '../formats/debian-copyright.ts';
import { decodeJson, encodeJson } from './facts-codec.ts';
import type { Needs } from './need.ts';
import type { UserSpace } from './user-space.ts';

/** Larger ones (firefox has 600 kB) are text after text. */
const mostBytes = 2 * 1024 * 1024;

const keptName = 'debian-licenses/1';

/**
 * Licenses by the name of the package, where its file of copyrights tells them; kept beside the needs, so that layers
 * are not read for them again.
 * @throws PlimsollError as reading the target does
 */
export async function debianLicenses({
  userSpace,
  derived,
}: Pick<Needs, 'userSpace' | 'derived'>): Promise<ReadonlyMap<string, string>> {
  const kept = decodeJson<readonly (readonly [string, string])[]>(derived?.get(keptName));
  if (kept !== undefined) return new Map(kept);
  const licenses = await readLicenses(userSpace);
  derived?.put(keptName, encodeJson([...licenses]));
  return licenses;
}

/** All files in one pass. */
async function readLicenses({
  packages,
  tree,
}: Pick<UserSpace, 'packages' | 'tree'>): Promise<ReadonlyMap<string, string>> {
  const namesAt = new Map<string, string[]>();
  for (const { manager, name } of packages) {
    if (manager !== 'dpkg') continue;
    const node = tree.stat(`/usr/share/doc/${name}/copyright`);
    if (node?.type !== 'file' || node.size > mostBytes) continue;
    // Packages of one source share a file through links.
    const names = namesAt.get(node.path) ?? [];
    if (names.length === 0) namesAt.set(node.path, names);
    names.push(name);
  }
  const licenses = new Map<string, string>();
  if (namesAt.size === 0) return licenses;
  const look = (path: string, bytes: Uint8Array | undefined): void => {
    const license = bytes === undefined ? undefined : parseDebianCopyright(bytes);
    if (license === undefined) return;
    for (const name of namesAt.get(path) ?? []) licenses.set(name, license);
  };
  const paths = [...namesAt.keys()];
  if (tree.readEach !== undefined) await tree.readEach(paths, mostBytes, look);
  else for (const path of paths) look(path, await tree.read(path, mostBytes));
  return licenses;
}
