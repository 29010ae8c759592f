/** The first argument that is not an option of the program itself: the command's name. */
export function commandNameIn(args: readonly string[]): string | undefined {
  for (let index = 0; index < args.length; index += 1) {
    const word = args[index] ?? '';
    if (word === '--color') index += 1;
    else if (word === '--') return args[index + 1];
    else if (!word.startsWith('-')) return word;
  }
  return undefined;
}
