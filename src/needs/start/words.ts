// Words of shell commands with what is known put in: variables of the image and of the script itself. The shell is
// never run, so that a word with anything else in it stays unknown.

/** Stands for "$@" and $* in a list of words. */
export const allArguments = '$@';

/** A word (quotes removed) with known variables replaced; undefined where something stays unknown. */
function expandWord(word: string, variables: ReadonlyMap<string, string>): string | undefined {
  if (/^\$(?:@|\{@\}|\*)$/.test(word)) return allArguments;
  let known = true;
  const replaced = word.replace(
    /\$\{([A-Za-z_][A-Za-z0-9_]*)(?::?-([^}$`]*))?\}|\$([A-Za-z_][A-Za-z0-9_]*)|\$[({0-9@*#?!$-]|`/g,
    (_all, braced?: string, fallback?: string, plain?: string) => {
      const value = variables.get(braced ?? plain ?? '');
      if (value !== undefined && value !== '') return value;
      if (fallback !== undefined) return fallback;
      known = false;
      return '';
    },
  );
  return known ? replaced : undefined;
}

/** All words expanded, those that stay unknown as written; whether all are known. */
export function expandWords(
  words: readonly string[],
  variables: ReadonlyMap<string, string>,
): { readonly words: readonly string[]; readonly known: boolean } {
  const expanded = words.map((word) => expandWord(word, variables));
  return {
    words: expanded.map((word, at) => word ?? words[at] ?? ''),
    known: !expanded.includes(undefined),
  };
}

const assignment =
  /^[ \t]*(?:export[ \t]+|readonly[ \t]+|local[ \t]+|: +"?\$\{)?([A-Za-z_][A-Za-z0-9_]*):?=("[^"$`\n]*"|'[^'\n]*'|[^\s"'$`;()}]*)/gm;

/** Variables of the image and those that a script sets to a plain text; the first value of a name counts. */
export function variablesOf(
  script: string,
  env: Readonly<Record<string, string>>,
): ReadonlyMap<string, string> {
  const variables = new Map(Object.entries(env));
  for (const [, name = '', value = ''] of script.matchAll(assignment)) {
    const plain = value.replace(/^(["'])(.*)\1$/, '$2');
    if (plain !== '' && !variables.has(name)) variables.set(name, plain);
  }
  return variables;
}
