// Text files of a user space as lines, whatever their encoding and line ends.

/** Bytes as text: UTF-8, with a byte order mark and carriage returns dropped. Bytes that are no UTF-8 become U+FFFD. */
export function decodeText(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  const start = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  return text.includes('\r') ? text.slice(start).replaceAll('\r\n', '\n') : text.slice(start);
}

const maxName = 64;

/** Fields of one stanza of a "Name: value" file, by lower-case name; the first of a name counts. */
export type Stanza = ReadonlyMap<string, string>;

/**
 * Stanzas of a deb822 or mail-header style file: fields "Name: value", continued by lines that begin with a blank
 * (which are dropped: no reader here needs long fields), stanzas parted by empty lines.
 * @param wanted lower-case names of the fields to keep
 * @param limit stop after so many stanzas
 */
export function* stanzas(
  text: string,
  wanted: ReadonlySet<string>,
  limit = Number.POSITIVE_INFINITY,
): Generator<{ readonly fields: Stanza; readonly offset: number }> {
  let fields = new Map<string, string>();
  let offset = 0;
  let seen = 0;
  for (let at = 0; at < text.length && seen < limit; ) {
    const newline = text.indexOf('\n', at);
    const end = newline === -1 ? text.length : newline;
    const first = text.charCodeAt(at);
    if (end === at) {
      if (fields.size > 0) {
        seen++;
        yield { fields, offset };
        fields = new Map();
      }
      offset = end + 1;
    } else if (first !== 0x20 && first !== 0x09) {
      // Only near: without a bound each line of a file without colons would be searched to the file's end.
      const length = text.slice(at, Math.min(end, at + maxName)).indexOf(':');
      if (length > 0) {
        const colon = at + length;
        const name = text.slice(at, colon).toLowerCase();
        if (wanted.has(name) && !fields.has(name))
          fields.set(name, text.slice(colon + 1, end).trim());
      }
    }
    at = end + 1;
  }
  if (fields.size > 0 && seen < limit) yield { fields, offset };
}
