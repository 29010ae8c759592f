// Writes schemas/{check,matrix,syscalls}.schema.json, the published schemas of the JSON reports, from
// src/check/result-schema.ts, src/cli/syscalls-schema.ts and src/cli/diff-schema.ts.
// Run it after a change there; a test fails while the committed files are not current.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkJsonSchema, matrixJsonSchema } from '../src/check/result-schema.ts';
import { diffJsonSchema } from '../src/cli/diff-schema.ts';
import { syscallsJsonSchema } from '../src/cli/syscalls-schema.ts';

const schemas = join(import.meta.dirname, '../schemas');
writeFileSync(join(schemas, 'check.schema.json'), checkJsonSchema());
writeFileSync(join(schemas, 'matrix.schema.json'), matrixJsonSchema());
writeFileSync(join(schemas, 'syscalls.schema.json'), syscallsJsonSchema());
writeFileSync(join(schemas, 'diff.schema.json'), diffJsonSchema());
