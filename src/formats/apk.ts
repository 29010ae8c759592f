// apk's database of installed packages, /lib/apk/db/installed (since apk-tools 3 also /usr/lib/apk/db/installed):
// stanzas of one-letter fields. Source: the Alpine wiki's "Apk spec"; apk-tools' database.c.
import type { Diagnostic, Parsed } from '../diag/diagnostic.ts';
import type { Package } from './package.ts';
import { decodeText } from './text.ts';

/** Installed packages. */
export function parseApk(bytes: Uint8Array, database: string): Parsed<readonly Package[]> {
  const packages: Package[] = [];
  const problems: Diagnostic[] = [];
  let offset = 0;
  for (const stanza of decodeText(bytes).split('\n\n')) {
    // Field letters are case-sensitive: "P" name, "p" provides.
    const field = (letter: string): string | undefined => {
      const start = stanza.startsWith(`${letter}:`) ? 0 : stanza.indexOf(`\n${letter}:`) + 1;
      if (start === 0 && !stanza.startsWith(`${letter}:`)) return undefined;
      const end = stanza.indexOf('\n', start);
      return stanza.slice(start + 2, end === -1 ? undefined : end).trim();
    };
    const name = field('P');
    const version = field('V');
    if (name !== undefined && version !== undefined) {
      const architecture = field('A');
      const source = field('o');
      const license = field('L');
      packages.push({
        manager: 'apk',
        name,
        version,
        ...(architecture === undefined ? {} : { architecture }),
        ...(source === undefined ? {} : { source }),
        ...(license === undefined ? {} : { license }),
        database,
      });
    } else if (stanza.trim() !== '') {
      problems.push({
        code: 'PL0204',
        severity: 'warning',
        message: `apk stanza without ${name === undefined ? 'P' : 'V'} field`,
        at: { path: database, offset },
      });
    }
    offset += stanza.length + 2;
  }
  return { value: packages, problems };
}
