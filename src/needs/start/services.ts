// Programs that a supervisor of the image starts by its configuration: supervisord, s6-overlay, runit, and systemd's
// enabled units.
import type { FileTree } from '../../image/file-tree.ts';
import { parseCommand } from './words.ts';

interface ServiceView {
  readonly tree: FileTree;
  readonly texts: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  text(path: string): string | undefined;
}

const maximumServices = 64;

/** Commands that the supervisor of this name starts; empty for what is no supervisor. */
export function servicesOf(name: string, view: ServiceView): readonly (readonly string[])[] {
  return serviceLines(name, view)
    .slice(0, maximumServices)
    .map((line) => parseCommand(line, view.env).words)
    .filter((words) => words.length > 0);
}

function serviceLines(name: string, { tree, texts, text }: ServiceView): readonly string[] {
  const inTexts = (place: RegExp, line: RegExp) =>
    texts
      .filter((path) => place.test(path))
      .flatMap((path) =>
        [...(text(path) ?? '').matchAll(line)].map((match) => match[1]?.trim() ?? ''),
      );
  if (name === 'supervisord') {
    return inTexts(
      /\/supervisor[^/]*(?:\.conf|\.ini|\.d\/[^/]+|\/.+)$/,
      /^command\s*=\s*(.+?)(?:\s;.*)?$/gm,
    );
  }
  if (name === 's6-svscan' || name === 'runsvdir' || name === 'runit' || name === 'init') {
    const runs = texts.filter((path) =>
      /^\/etc\/(?:services\.d|s6(?:-overlay)?|s6-rc\.d|service|sv|runit)\/.*\/run$/.test(path),
    );
    if (runs.length > 0 && name !== 'init') return runs;
    if (runs.length > 0 && tree.stat('/etc/s6-overlay') !== undefined) return runs;
    if (runs.length > 0 && tree.stat('/etc/services.d') !== undefined) return runs;
  }
  if (name === 'systemd' || name === 'init') {
    const wanted = texts.filter((path) =>
      /^\/etc\/systemd\/system\/[^/]+\.(?:wants|requires)\/[^/]+\.service$/.test(path),
    );
    return [...new Set(wanted)].flatMap((path) =>
      [...(text(path) ?? '').matchAll(/^ExecStart=[-@:+!]*(\S.*)$/gm)].map(
        (match) => match[1] ?? '',
      ),
    );
  }
  return [];
}
