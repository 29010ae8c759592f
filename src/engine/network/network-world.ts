import type { StoreDatabase } from '../../store/database.ts';

/** What networks need of the engine (an Engine is one) and the machine. */
export interface NetworkWorld {
  /** engine.db. */
  readonly database: StoreDatabase;
  /** The engine's folder in /run: namespaces and the name server's files are in it. */
  readonly runFolder: string;
  /** With PATH, by which programs are found. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether this is an ordinary user's: pasta in the place of bridges. */
  readonly ordinaryUser: boolean;
  /** Of this run of the machine. */
  readonly bootId: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}
