// Long one-line texts in few words: for tables and for findings that are told in short. What is left out stands in the
// whole text beside it.

/** A clause before a colon that is shorter than this is a heading, not the message: "logins fail: …". */
const headingLength = 20;

/** The text without remarks in brackets, and without what follows a colon where enough stands before it. */
export function briefTitle(text: string): string {
  const plain = withoutRemarks(text);
  const [clause = plain] = plain.split(/: /, 1);
  return clause.length >= headingLength ? clause : plain;
}

/** "a (b) c" → "a c". A bracket that is never closed, or that the text begins with, stays. */
function withoutRemarks(text: string): string {
  return text.replace(/ \([^()]*(?:\([^()]*\)[^()]*)*\)/g, '');
}

/** The first of several ways that a help text names: "upgrade Docker; else …" → "upgrade Docker". */
export function firstWay(help: string): string {
  const plain = withoutRemarks(help);
  return plain.split(/; (?:else|or)\b/, 1)[0] ?? plain;
}
