// An offer is what one host gives: the other side of a check. It is the content of a host file
// (schemas/host.schema.json), which people can write, diff and commit; every part is optional, and an absent
// part is unknown, never fine.
import type * as z from 'zod';
import type { offerSchema } from './offer-schema.ts';

/** What one host offers. Every absent part is unknown. */
export type Offer = Readonly<z.infer<typeof offerSchema>>;
