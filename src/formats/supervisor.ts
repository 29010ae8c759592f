// supervisord's configuration: sections [program:NAME] with a command line. Source: supervisord.org, configuration.

import { type ScriptStart, startOf } from './script.ts';
import { shellCommands } from './shell-lexer.ts';
import { decodeText } from './text.ts';

/** One program that supervisord starts. */
export interface SupervisedProgram extends ScriptStart {
  readonly name: string;
  readonly user?: string;
}

/** The programs of a supervisord.conf or one of its included files. */
export function parseSupervisord(bytes: Uint8Array): readonly SupervisedProgram[] {
  const programs: SupervisedProgram[] = [];
  let section: { name: string; command?: string; user?: string; line: number } | undefined;
  const finish = (): void => {
    const words = shellCommands(section?.command ?? '')[0]?.words;
    if (section && words) {
      const { name, user, line } = section;
      programs.push({
        name,
        ...(user === undefined ? {} : { user }),
        ...startOf(words, line, true),
      });
    }
    section = undefined;
  };
  for (const [index, raw] of decodeText(bytes.subarray(0, 1 << 20))
    .split('\n')
    .entries()) {
    const line = raw.replace(/(?:^|\s);.*$/, '').trim();
    const header = /^\[([^\]]*)\]$/.exec(line)?.[1];
    if (header !== undefined) {
      finish();
      const name = /^(?:program|fcgi-program|eventlistener):\s*(.+)$/.exec(header)?.[1];
      if (name !== undefined) section = { name, line: index + 1 };
    } else if (section && !raw.startsWith('#')) {
      const match = /^(command|user)\s*[=:]\s*(.*)$/.exec(line);
      if (match?.[1] === 'command')
        section = { ...section, command: match[2] ?? '', line: index + 1 };
      else if (match?.[1] === 'user') section = { ...section, user: match[2] ?? '' };
    }
  }
  finish();
  return programs;
}
