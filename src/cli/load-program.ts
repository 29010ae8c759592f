/**
 * Loads what runs a command. The build puts another function in the place of this one, which loads the bundle that
 * holds the command (scripts/build.ts); sources need no more than the one entry.
 * @param _words the command's, none where none was given
 * @param _kept folder for compiled code; undefined: nothing is kept
 */
export function loadProgram(
  _words: readonly string[],
  _kept: string | undefined,
): Promise<typeof import('./start.ts')> {
  return import('./start.ts');
}
