// pacman's local database: one file /var/lib/pacman/local/NAME-VERSION/desc a package, with sections
// "%NAME%" followed by value lines. Source: libalpm, be_local.c.
import type { Parsed } from '../diag/diagnostic.ts';
import type { Package } from './package.ts';
import { decodeText } from './text.ts';

/** The package that one desc file describes, as a list of one or none. */
export function parsePacman(bytes: Uint8Array, database: string): Parsed<readonly Package[]> {
  const lines = decodeText(bytes).split('\n');
  const value = (section: string): string | undefined => {
    const at = lines.indexOf(`%${section}%`);
    const text = at === -1 ? undefined : lines[at + 1]?.trim();
    return text === '' ? undefined : text;
  };
  const name = value('NAME');
  const version = value('VERSION');
  if (name === undefined || version === undefined) {
    const message = `pacman entry without %${name === undefined ? 'NAME' : 'VERSION'}%`;
    return {
      value: [],
      problems: [{ code: 'PL0204', severity: 'warning', message, at: { path: database } }],
    };
  }
  const architecture = value('ARCH');
  const source = value('BASE');
  const license = value('LICENSE');
  const entry: Package = {
    manager: 'pacman',
    name,
    version,
    ...(architecture === undefined ? {} : { architecture }),
    ...(source === undefined ? {} : { source }),
    ...(license === undefined ? {} : { license }),
    database,
  };
  return { value: [entry], problems: [] };
}
