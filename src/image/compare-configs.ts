// The configurations of two images compared, in the words of docker's inspect: one value at a time, variables and labels
// by name.
import { isJsonObject } from '../lib/json.ts';

/** A value that is not the same; absent where it is not there. */
export interface ConfigChange {
  /** "Entrypoint", "Env PATH", "Labels maintainer". */
  readonly part: string;
  readonly from?: string;
  readonly to?: string;
}

const text = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value);

/** Values by the name under which they are compared; what is empty is as good as absent. */
function valuesOf(config: object): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const [name, value] of Object.entries(config)) {
    if (value === null || value === undefined || value === '' || value === false) continue;
    if (name === 'Env' && Array.isArray(value)) {
      for (const line of value.map(String)) {
        const equals = line.indexOf('=');
        const [key, item] =
          equals < 0 ? [line, ''] : [line.slice(0, equals), line.slice(equals + 1)];
        values.set(`Env ${key}`, item);
      }
    } else if (value instanceof Map) {
      for (const [key, item] of value) {
        const empty = isJsonObject(item) && Object.keys(item).length === 0;
        values.set(`${name} ${key}`, empty ? '' : text(item ?? ''));
      }
    } else if (!Array.isArray(value) || value.length > 0) values.set(name, text(value));
  }
  return values;
}

/** What is not the same, in the order of the newer one, then what went. `before` and `after` as dockerInspect has `Config`. */
export function compareConfigs(before: object, after: object): readonly ConfigChange[] {
  const [old, now] = [valuesOf(before), valuesOf(after)];
  return [...new Set([...now.keys(), ...old.keys()])].flatMap((part): ConfigChange[] => {
    const [from, to] = [old.get(part), now.get(part)];
    if (from === to) return [];
    return [{ part, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }];
  });
}
