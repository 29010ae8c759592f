import type { Rule } from '../rule.ts';
import { architectureRule } from './architecture.ts';
import { kernelReleaseRule } from './kernel-release.ts';
import { pageSizeRule } from './page-size.ts';
import { vsyscallRule } from './vsyscall.ts';

/** Every rule family written in code, in no particular order. */
export const codeRules: readonly Rule[] = [
  architectureRule,
  kernelReleaseRule,
  vsyscallRule,
  pageSizeRule,
];
