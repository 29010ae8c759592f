// Writes schemas/host.schema.json, the published schema of host files, from zod's schema in src/host/offer-schema.ts.
// Run it after a change there; a test fails while the committed file is not current.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hostJsonSchema } from '../src/host/json-schema.ts';

const folder = join(import.meta.dirname, '../schemas');
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'host.schema.json'), hostJsonSchema());
