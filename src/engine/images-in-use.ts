// Which images containers lie on: those are not removed under them.
import { join } from 'node:path';
import { openDatabaseToRead } from '../store/database.ts';
import { engineSchema } from './engine-schema.ts';

/** A container that uses an image. */
export interface ImageUser {
  readonly id: string;
  readonly running: boolean;
}

/** Containers by the ids of their images, running ones first; empty where there never was a container. */
export function imagesInUse(storeRoot: string): ReadonlyMap<string, ImageUser> {
  const users = new Map<string, ImageUser>();
  const database = openDatabaseToRead(join(storeRoot, 'engine.db'), engineSchema);
  if (database === undefined) return users;
  try {
    for (const row of database.all('SELECT id, image_id, status FROM container')) {
      const running = ['running', 'paused', 'restarting'].includes(String(row['status']));
      const image = String(row['image_id']);
      if (users.get(image)?.running !== true) users.set(image, { id: String(row['id']), running });
    }
    return users;
  } finally {
    database.close();
  }
}
