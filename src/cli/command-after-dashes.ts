/**
 * The command of a container as it was written, without the `--` that may set it off from the image: what is not docker's
 * own command (why, trace, check --prove) takes `IMAGE -- COMMAND` as well as docker's `IMAGE COMMAND`.
 */
export function commandAfterDashes(words: readonly string[]): readonly string[] {
  return words[0] === '--' ? words.slice(1) : words;
}
