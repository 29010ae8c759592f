// Containers in engine.db. Who changes one holds its lock (container-lock.ts); names are unique by the database.
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { Row, StoreDatabase } from '../store/database.ts';
import type { Container, ContainerSettings, ContainerState } from './container.ts';

/** The records. Every method throws PlimsollError as StoreDatabase does. */
export interface ContainerRecords {
  get(id: string): Container | undefined;
  /** All of them, the newest first. */
  list(): readonly Container[];
  /**
   * What people mean: a name, an id, or the beginning of one.
   * @throws PlimsollError PL0820 none, PL0821 several
   */
  find(text: string): Container;
  /** @throws PlimsollError PL0822 where the name is taken */
  insert(container: Container): void;
  setState(id: string, state: ContainerState): void;
  setSettings(id: string, settings: ContainerSettings): void;
  /** @throws PlimsollError PL0822 */
  rename(id: string, name: string): void;
  remove(id: string): void;
}

/** podman's rule for names; docker's asks for two letters at least. */
const validName = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;

/** @throws PlimsollError PL0001 */
export function checkName(name: string): void {
  if (validName.test(name)) return;
  throw new PlimsollError(
    'PL0001',
    `invalid container name (${name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`,
    { help: 'take a name such as web-1' },
  );
}

/** PL0820 for a name or id that nobody has. */
export function noSuchContainer(text: string): PlimsollError {
  return new PlimsollError('PL0820', `no such container: ${text}`, {
    help: 'plimsoll ps -a lists the containers',
  });
}

/** The records in a database. */
export function containerRecords(database: StoreDatabase): ContainerRecords {
  const select = 'SELECT * FROM container';
  const one = (condition: string, value: string): Container | undefined => {
    const row = database.get(`${select} WHERE ${condition}`, value);
    return row === undefined ? undefined : containerOf(row);
  };
  const refuseTaken = (name: string): void => {
    const other = one('name = ?', name);
    if (other === undefined) return;
    throw new PlimsollError(
      'PL0822',
      `the container name "/${name}" is already in use by container "${other.id}"`,
      { help: `remove or rename that container: plimsoll rm ${name}` },
    );
  };
  return {
    get: (id) => one('id = ?', id),
    list: () => database.all(`${select} ORDER BY created_ms DESC, id`).map(containerOf),
    find(text) {
      const name = text.replace(/^\//, '');
      const named = one('name = ?', name) ?? one('id = ?', text);
      if (named !== undefined) return named;
      if (!/^[0-9a-f]+$/.test(text)) throw noSuchContainer(text);
      const [first, ...more] = database.all(
        `${select} WHERE id >= ? AND id < ? LIMIT 2`,
        text,
        `${text}g`,
      );
      if (first === undefined) throw noSuchContainer(text);
      if (more.length === 0) return containerOf(first);
      throw new PlimsollError('PL0821', `multiple IDs found with provided prefix: ${text}`, {
        help: 'give more digits of the id, or the name',
      });
    },
    insert: ({ id, name, createdMs, settings, state }) =>
      database.writeNew(() => {
        refuseTaken(name);
        database.run(
          'INSERT INTO container (id, name, created_ms, status, image_id, settings, state) VALUES (?, ?, ?, ?, ?, ?, ?)',
          id,
          name,
          createdMs,
          state.status,
          settings.image.id,
          JSON.stringify(settings),
          JSON.stringify(state),
        );
      }),
    setState(id, state) {
      database.write(() =>
        database.run(
          'UPDATE container SET status = ?, state = ? WHERE id = ?',
          state.status,
          JSON.stringify(state),
          id,
        ),
      );
    },
    setSettings(id, settings) {
      database.write(() =>
        database.run(
          'UPDATE container SET settings = ? WHERE id = ?',
          JSON.stringify(settings),
          id,
        ),
      );
    },
    rename: (id, name) =>
      database.write(() => {
        refuseTaken(name);
        database.run('UPDATE container SET name = ? WHERE id = ?', name, id);
      }),
    remove(id) {
      database.write(() => database.run('DELETE FROM container WHERE id = ?', id));
    },
  };
}

function containerOf(row: Row): Container {
  return {
    id: String(row['id']),
    name: String(row['name']),
    createdMs: Number(row['created_ms']),
    settings: JSON.parse(String(row['settings'])) as ContainerSettings,
    state: JSON.parse(String(row['state'])) as ContainerState,
  };
}
