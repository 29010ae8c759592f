/**
 * The command's words that a line begins with, at most two ("image", "ls"): its first arguments that are no options. An
 * option's value after the first word is none of them only where the option is one of the program's own.
 */
export function commandWordsIn(args: readonly string[]): readonly string[] {
  const words: string[] = [];
  for (let index = 0; index < args.length && words.length < 2; index += 1) {
    const word = args[index] ?? '';
    if (word === '--color') index += 1;
    else if (word === '--') return [...words, ...args.slice(index + 1, index + 3 - words.length)];
    else if (!word.startsWith('-')) words.push(word);
  }
  return words;
}
