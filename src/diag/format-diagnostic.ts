// How one problem is shown to a person: as good compilers do it.
//
//     error[PL0101]: no such file or directory
//       at: ./rootfs
//       help: …

import { printable } from '../lib/printable.ts';
import { plainStyle, type Style } from '../lib/style.ts';
import type { Diagnostic, Location } from './diagnostic.ts';

/** "image.tar, layer 3, /usr/bin/x:12, offset 0x40"; the empty text when nothing is known. */
export function formatLocation(at: Location): string {
  const path = at.path === undefined ? undefined : printable(at.path);
  return [
    at.target === undefined ? undefined : printable(at.target),
    at.layer === undefined ? undefined : printable(at.layer),
    path !== undefined && at.line !== undefined ? `${path}:${at.line}` : path,
    at.offset === undefined ? undefined : `offset ${at.offset} (0x${at.offset.toString(16)})`,
  ]
    .filter((part) => part !== undefined)
    .join(', ');
}

/** The diagnostic in lines, with a newline at the end. Texts from outside cannot steer the terminal. */
export function formatDiagnostic(diagnostic: Diagnostic, style: Style = plainStyle): string {
  const { severity, code, message, at, notes = [], help } = diagnostic;
  const colour =
    severity === 'error' ? style.red : severity === 'warning' ? style.yellow : style.cyan;
  const where = at === undefined ? '' : formatLocation(at);
  const lines = [
    `${style.bold(colour(`${severity}[${code}]`))}${style.bold(`: ${printable(message)}`)}`,
    ...(where === '' ? [] : [`  ${style.blue('at:')} ${where}`]),
    ...notes.map((note) => `  ${style.blue('note:')} ${printable(note)}`),
    ...(help === undefined ? [] : [`  ${style.green('help:')} ${printable(help)}`]),
  ];
  return `${lines.join('\n')}\n`;
}
