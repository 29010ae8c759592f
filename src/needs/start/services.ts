// Programs that a supervisor of the image starts by its configuration: supervisord, s6-overlay, runit, and systemd's
// enabled units.
import { shellCommands } from '../../formats/shell-lexer.ts';
import { parseSupervisord } from '../../formats/supervisor.ts';
import type { FileTree } from '../../image/file-tree.ts';
import { expandWords } from './words.ts';

interface ServiceView {
  readonly tree: FileTree;
  readonly texts: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  text(path: string): string | undefined;
}

const maximumServices = 64;

/** Commands that the supervisor of this name starts; empty for what is no supervisor. */
export function servicesOf(name: string, view: ServiceView): readonly (readonly string[])[] {
  const variables = new Map(Object.entries(view.env));
  const commands =
    name === 'supervisord'
      ? supervised(view)
      : serviceLines(name, view).map((line) => shellCommands(line)[0]?.words ?? []);
  return commands
    .filter((words) => words.length > 0)
    .slice(0, maximumServices)
    .map((words) => expandWords(words, variables).words);
}

function supervised({ texts, text }: ServiceView): readonly (readonly string[])[] {
  return texts
    .filter((path) => /\/supervisor[^/]*(?:\.conf|\.ini|\/.+\.(?:conf|ini))$/.test(path))
    .flatMap((path) => parseSupervisord(Buffer.from(text(path) ?? '')))
    .map(({ argv }) => argv);
}

function serviceLines(name: string, { tree, texts, text }: ServiceView): readonly string[] {
  if (name === 's6-svscan' || name === 'runsvdir' || name === 'runit' || name === 'init') {
    const runs = texts.filter((path) =>
      /^\/etc\/(?:services\.d|s6(?:-overlay)?|s6-rc\.d|service|sv|runit)\/.*\/run$/.test(path),
    );
    if (runs.length > 0 && name !== 'init') return runs;
    if (runs.length > 0 && tree.stat('/etc/s6-overlay') !== undefined) return runs;
    if (runs.length > 0 && tree.stat('/etc/services.d') !== undefined) return runs;
  }
  if (name !== 'systemd' && name !== 'init') return [];
  const units = '/etc/systemd/system';
  return tree
    .list(units)
    .filter((directory) => /\.(?:wants|requires)$/.test(directory))
    .flatMap((directory) =>
      tree.list(`${units}/${directory}`).map((unit) => `${units}/${directory}/${unit}`),
    )
    .filter((path) => path.endsWith('.service'))
    .flatMap((path) => [...(text(path) ?? '').matchAll(/^ExecStart=[-@:+!]*(\S.*)$/gm)])
    .map(([, command = '']) => command);
}
