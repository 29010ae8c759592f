// `plimsoll trace -- COMMAND`: a command of this machine in the place of an image. What stands before the two dashes are
// options alone; with an image before them they only end its options.

/** Options of trace and profile, before a command of this machine, that take a value. */
const valued: ReadonlySet<string> = new Set([
  '-o',
  '--output',
  '--format',
  '--with',
  '--sort',
  '--top',
  '--duration',
  '--from',
  '--base',
  '--trace',
  '--apparmor',
  '--color',
]);

/** The command that follows `--` on a line that names no image; undefined where it names one, or has no `--`. */
export function hostCommandOf(
  line: readonly string[],
  word: string,
): readonly [string, ...string[]] | undefined {
  for (let at = line.indexOf(word) + 1; at > 0 && at < line.length; at += 1) {
    const given = line[at] ?? '';
    if (given === '--') {
      const [first, ...rest] = line.slice(at + 1);
      return first === undefined ? undefined : [first, ...rest];
    }
    if (!given.startsWith('-')) return undefined;
    if (valued.has(given)) at += 1;
  }
  return undefined;
}
