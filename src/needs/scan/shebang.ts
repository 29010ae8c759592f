import type { Parsed } from '../../diag/diagnostic.ts';
import type { FileFacts } from './file-facts.ts';

/** The interpreter line of a script (execve(2)): the path, and all that follows as one argument. */
export function parseScript(bytes: Uint8Array): Parsed<FileFacts['script']> {
  const line = Buffer.from(bytes.subarray(0, 256)).toString('latin1').split('\n', 1)[0] ?? '';
  const found = /^#![ \t]*(\S+)(?:[ \t]+(.*\S))?[ \t]*$/.exec(line);
  const interpreter = found?.[1];
  if (interpreter === undefined) return { value: undefined, problems: [] };
  const argument = found?.[2];
  const value = { interpreter, ...(argument === undefined ? {} : { argument }), commands: [] };
  return { value, problems: [] };
}
