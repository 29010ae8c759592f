// Writes schemas/check.schema.json, the published schema of the JSON report, from src/check/result-schema.ts.
// Run it after a change there; a test fails while the committed file is not current.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkJsonSchema } from '../src/check/result-schema.ts';

writeFileSync(join(import.meta.dirname, '../schemas/check.schema.json'), checkJsonSchema());
