// The JSON schema (draft 2020-12) of host files, as it is published in schemas/host.schema.json.
import * as z from 'zod';
import { offerSchema } from './offer-schema.ts';

/** The schema's text, with a line break at its end. */
export function hostJsonSchema(): string {
  const { $schema, ...rest } = z.toJSONSchema(offerSchema, {
    target: 'draft-2020-12',
    // What may stand in a file, not what it is read as.
    io: 'input',
  });
  const schema = {
    $schema,
    $id: 'https://plimsoll.dev/schemas/host.schema.json',
    title: 'Plimsoll host file',
    description: 'What one host offers. Every part is optional; an absent part is unknown.',
    ...rest,
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}
