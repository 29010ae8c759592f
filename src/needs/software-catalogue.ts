// The shipped catalogue, joined and checked at build time by scripts/generate/software.ts.
import catalogue from './generated/software.json' with { type: 'json' };
import type { SoftwareEntry } from './software-entry.ts';

/** Every entry of src/needs/software/*.json. */
export const softwareCatalogue: readonly SoftwareEntry[] = catalogue as readonly SoftwareEntry[];
