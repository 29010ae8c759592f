// What happened, for `events`: rows in engine.db, of which the last few thousand are kept.
import type { StoreDatabase } from '../store/database.ts';
import type { Container } from './container.ts';

/** Something that happened, in docker's words. */
export interface EngineEvent {
  /** Grows with each event; never used twice. */
  readonly number: number;
  /** Nanoseconds since 1970. */
  readonly timeNs: bigint;
  readonly type: 'container' | 'image' | 'network' | 'volume';
  /** 'start', 'die', 'health_status: healthy' … */
  readonly action: string;
  /** Id of what it happened to. */
  readonly actor: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** How many are kept, and how often the others are taken out. */
const kept = 5000;
const sweptEvery = 500;

/** What events are written with. */
export interface EventWriter {
  readonly database: StoreDatabase;
  readonly now: () => number;
}

/** Notes what happened to a container. */
export function addEvent(
  writer: EventWriter,
  { id, name, settings }: Pick<Container, 'id' | 'name' | 'settings'>,
  action: string,
  attributes: Readonly<Record<string, string>> = {},
): void {
  addEngineEvent(writer, 'container', action, id, {
    ...settings.labels,
    image: settings.image.name,
    name,
    ...attributes,
  });
}

/** Notes what happened to anything. */
export function addEngineEvent(
  { database, now }: EventWriter,
  type: EngineEvent['type'],
  action: string,
  actor: string,
  attributes: Readonly<Record<string, string>> = {},
): void {
  database.write(() => {
    database.run(
      'INSERT INTO event (time_ns, type, action, actor, attributes) VALUES (?, ?, ?, ?, ?)',
      BigInt(now()) * 1_000_000n,
      type,
      action,
      actor,
      JSON.stringify(attributes),
    );
    const last = Number(database.get('SELECT max(number) AS last FROM event')?.['last'] ?? 0);
    if (last % sweptEvery === 0) database.run('DELETE FROM event WHERE number <= ?', last - kept);
  });
}

/** Events after the one with this number, in order; 0: all that are kept. */
export function eventsAfter(database: StoreDatabase, number: number): readonly EngineEvent[] {
  return database
    .all(
      'SELECT number, CAST(time_ns AS TEXT) AS time, type, action, actor, attributes FROM event WHERE number > ? ORDER BY number',
      number,
    )
    .map((row) => ({
      number: Number(row['number']),
      timeNs: BigInt(String(row['time'])),
      type: String(row['type']) as EngineEvent['type'],
      action: String(row['action']),
      actor: String(row['actor']),
      attributes: JSON.parse(String(row['attributes'])) as EngineEvent['attributes'],
    }));
}
