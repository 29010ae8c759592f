// Writes schemas/rules.schema.json, the published schema of rule files, from src/check/data-rule.ts.
// Run it after a change there; a test fails while the committed file is not current.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { ruleFileSchema } from '../src/check/data-rule.ts';

const text = JSON.stringify(z.toJSONSchema(ruleFileSchema), undefined, 2);
writeFileSync(join(import.meta.dirname, '../schemas/rules.schema.json'), `${text}\n`);
