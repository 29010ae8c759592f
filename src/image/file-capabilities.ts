// File capabilities of a directory on disk. Node has no getxattr(2), so libcap's getcap tells them; where it is not
// installed that is said, since a missing answer must not look like "none".
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Diagnostic } from '../diag/diagnostic.ts';
import { capabilityNames, formatFileCapabilities } from '../formats/capability.ts';
import type { FileNode } from './file-tree.ts';

/** Files named in one call: well below the kernel's limit on arguments. */
const batch = 2000;

const programs = ['getcap', '/usr/sbin/getcap', '/sbin/getcap'] as const;

/** Whether getcap stands where distributions put it. */
export function getcapIsThere(): boolean {
  return ['/usr/sbin', '/sbin', '/usr/bin', '/bin'].some((folder) =>
    existsSync(`${folder}/getcap`),
  );
}

/** Nodes with their security.capability attribute, for those that have one. */
export async function readFileCapabilities(
  root: string,
  nodes: readonly FileNode[],
  signal: AbortSignal,
): Promise<{ readonly nodes: readonly FileNode[]; readonly problems: readonly Diagnostic[] }> {
  // Node gives arguments to programs as UTF-8 only.
  const nameable = nodes.filter(({ path }) => path.isWellFormed());
  const byPath = new Map(nameable.map((node) => [join(root, node.path), node]));
  const paths = [...byPath.keys()];
  const found: FileNode[] = [];
  for (let at = 0; at < paths.length; at += batch) {
    const output = await getcap(paths.slice(at, at + batch), signal);
    if (output === undefined) {
      const message = 'file capabilities could not be read: the program getcap is missing';
      const help = 'install it (Debian: apt-get install libcap2-bin; Fedora: dnf install libcap)';
      return { nodes: [], problems: [{ code: 'PL0103', severity: 'note', message, help }] };
    }
    for (const line of output.split('\n')) {
      const parsed = parseLine(line);
      const node = parsed === undefined ? undefined : byPath.get(parsed.path);
      if (node === undefined || parsed === undefined) continue;
      found.push({ ...node, xattrs: { 'security.capability': parsed.value } });
    }
  }
  const problems = nodes
    .filter(({ path }) => !path.isWellFormed())
    .map(({ path }): Diagnostic => {
      const message = 'file capabilities could not be read: the name is not UTF-8';
      return { code: 'PL0103', severity: 'note', message, at: { path } };
    });
  return { nodes: found, problems };
}

async function getcap(paths: readonly string[], signal: AbortSignal): Promise<string | undefined> {
  for (const program of programs) {
    const output = await new Promise<string | undefined>((done, failed) => {
      execFile(program, [...paths], { signal, maxBuffer: 1 << 24 }, (error, stdout) => {
        if (error?.name === 'AbortError') failed(error);
        else if (error !== null && 'code' in error && error.code === 'ENOENT') done(undefined);
        // getcap's exit code speaks of single files; what it printed counts.
        else done(stdout);
      });
    });
    if (output !== undefined) return output;
  }
  return undefined;
}

/** "PATH cap_net_raw,cap_net_admin=ep", or "PATH = cap_net_raw+ep" of libcap before 2.41. */
function parseLine(line: string): { path: string; value: Uint8Array } | undefined {
  const [, path, names = '', flags = ''] =
    /^(.*?) (?:= )?((?:cap_\w+,?)+)[=+]([eip]+)$/.exec(line) ?? [];
  if (path === undefined) return undefined;
  const known: readonly string[] = capabilityNames;
  const capabilities = names
    .split(',')
    .map((name) => name.toUpperCase())
    .filter((name) => known.includes(name));
  return {
    path,
    value: formatFileCapabilities({
      permitted: flags.includes('p') ? capabilities : [],
      inheritable: flags.includes('i') ? capabilities : [],
      effective: flags.includes('e'),
    }),
  };
}
