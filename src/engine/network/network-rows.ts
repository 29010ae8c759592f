// Networks in engine.db.
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import type { Row, StoreDatabase } from '../../store/database.ts';
import type { NetworkRecord } from './network-record.ts';

/** The records. Every method throws PlimsollError as StoreDatabase does. */
export interface NetworkRows {
  /** By name. */
  list(): readonly NetworkRecord[];
  named(name: string): NetworkRecord | undefined;
  /**
   * What people mean: a name, an id, or the beginning of one.
   * @throws PlimsollError PL0850 none, PL0851 several
   */
  find(text: string): NetworkRecord;
  /** Inside of `write`. @throws PlimsollError PL0852 where the name is taken */
  insert(record: NetworkRecord): void;
  remove(id: string): void;
}

function noSuchNetwork(text: string): PlimsollError {
  return new PlimsollError('PL0850', `network ${text} not found`, {
    help: `plimsoll network ls lists the networks; plimsoll network create ${text} makes one`,
  });
}

/** The records in a database. */
export function networkRows(database: StoreDatabase): NetworkRows {
  const select = 'SELECT id, name, definition FROM network';
  const one = (condition: string, value: string): NetworkRecord | undefined => {
    const row = database.get(`${select} WHERE ${condition}`, value);
    return row === undefined ? undefined : recordOf(row);
  };
  return {
    list: () => database.all(`${select} ORDER BY name`).map(recordOf),
    named: (name) => one('name = ?', name),
    find(text) {
      const exact = one('name = ?', text) ?? one('id = ?', text);
      if (exact !== undefined) return exact;
      if (!/^[0-9a-f]+$/.test(text)) throw noSuchNetwork(text);
      const rows = database.all(`${select} WHERE id >= ? AND id < ? LIMIT 2`, text, `${text}g`);
      const [first, second] = rows.map(recordOf);
      if (first === undefined) throw noSuchNetwork(text);
      if (second === undefined) return first;
      throw new PlimsollError('PL0851', `network ${text} is ambiguous: several ids begin so`, {
        help: 'give more digits of the id, or the name',
      });
    },
    insert({ id, name, ...rest }) {
      if (one('name = ?', name) !== undefined)
        throw new PlimsollError('PL0852', `network with name ${name} already exists`, {
          help: `take another name, or use that network: plimsoll network inspect ${name}`,
        });
      const definition = JSON.stringify(rest);
      database.run(
        'INSERT INTO network (id, name, definition) VALUES (?, ?, ?)',
        id,
        name,
        definition,
      );
    },
    remove(id) {
      database.run('DELETE FROM network WHERE id = ?', id);
    },
  };
}

function recordOf(row: Row): NetworkRecord {
  const definition = JSON.parse(String(row['definition'])) as Omit<NetworkRecord, 'id' | 'name'>;
  return { id: String(row['id']), name: String(row['name']), ...definition };
}
