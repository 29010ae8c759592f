import type { Rule } from '../rule.ts';

/** Every rule family written in code, in no particular order. */
export const codeRules: readonly Rule[] = [];
