// JSON values from outside, before anything is known of their shape.

/** A JSON object of any content. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether the value is an object: neither null nor an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Characters of a value that a message quotes. */
const shownLength = 60;

/** A value as a message about it quotes it: '"x86"', '{"a":1,"b":…', 'nothing' where there is none. */
export function jsonExcerpt(value: unknown): string {
  const text = jsonText(value);
  return text.length > shownLength ? `${text.slice(0, shownLength - 1)}…` : text;
}

function jsonText(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'nothing';
  } catch {
    // Nested deeper than the stack reaches: JSON.parse has no such limit.
    return Array.isArray(value) ? '[…' : '{…';
  }
}
