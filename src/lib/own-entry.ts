// Tables asked with words from outside. A plain object answers "constructor" with what every object inherits.

/** The table's own entry under a name; undefined for any other name, whatever it is. */
export function ownEntry<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
