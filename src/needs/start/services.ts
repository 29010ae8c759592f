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
      : serviceLines(name, view).map((line) =>
          name === 'systemd' ? unitWords(line) : (shellCommands(line)[0]?.words ?? []),
        );
  return commands
    .filter((words) => words.length > 0)
    .slice(0, maximumServices)
    .map((words) => expandWords(words, variables).words);
}

/** Words of a command of a unit: quotes hold them together, and nothing in them is run as in a shell: systemd.service(5). */
function unitWords(line: string): readonly string[] {
  const words = line.match(/(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s"'])+/g) ?? [];
  return words.map((word) =>
    word.replace(
      /"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'/g,
      (_, double = '', single = '') => double || single,
    ),
  );
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
  return name === 'systemd' ? systemdLines(tree, text) : [];
}

/** Targets that a start does not reach. */
const notStarted =
  /^(?:shutdown|reboot|poweroff|halt|kexec|exit|final|umount|rescue|emergency|sleep|suspend|hibernate|hybrid-sleep)\.target\./;

/** Commands of enabled units that stay: what systemd itself runs once, at boot, is over when the container is up. */
function systemdLines(tree: FileTree, text: ServiceView['text']): readonly string[] {
  const units = '/etc/systemd/system';
  const usual = ['/etc', '/usr/lib', '/lib']
    .map((folder) => tree.stat(`${folder}/systemd/system/default.target`))
    .find((node) => node !== undefined);
  const graphical = usual === undefined || usual.path.endsWith('/graphical.target');
  return (
    tree
      .list(units)
      .filter((directory) => /\.(?:wants|requires)$/.test(directory))
      .filter((directory) => !notStarted.test(directory))
      .filter((directory) => graphical || !directory.startsWith('graphical.target.'))
      .flatMap((directory) =>
        tree.list(`${units}/${directory}`).map((unit) => `${units}/${directory}/${unit}`),
      )
      .filter((path) => path.endsWith('.service'))
      // A backslash at the end of a line joins the next one: systemd.syntax(7).
      .map((path) => (text(path) ?? '').replace(/\\\n/g, ' '))
      .filter((unit) => !/^Type=\s*oneshot\b/m.test(unit))
      .flatMap((unit) => [...unit.matchAll(/^ExecStart=[-@:+!]*(\S.*)$/gm)])
      .map(([, command = '']) => command)
  );
}
