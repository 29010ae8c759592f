// The facts about kernels and engines: readable tables in src/kernel/tables/ → src/kernel/generated/*.json.
import type { Generator } from '../generate.ts';
import { generateBackports, generateDistributions } from './kernel/distributions.ts';
import { generateFilters, generateLibseccomp } from './kernel/filters.ts';
import { generateKernelConfigs } from './kernel/kernel-configs.ts';
import {
  generateArgumentNames,
  generateFallbacks,
  generateFileSystems,
  generateFlagArguments,
  generateFlags,
  generateGates,
  generateGvisor,
  generateProcFiles,
} from './kernel/small-tables.ts';
import { generateSyscalls } from './kernel/syscalls.ts';

export const generate: Generator = (src) =>
  [
    generateSyscalls,
    generateDistributions,
    generateBackports,
    generateKernelConfigs,
    generateFilters,
    generateLibseccomp,
    generateFallbacks,
    generateGates,
    generateFlags,
    generateFlagArguments,
    generateGvisor,
    generateArgumentNames,
    generateProcFiles,
    generateFileSystems,
  ].map((part) => part(src));
