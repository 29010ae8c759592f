import type { Rule } from '../rule.ts';
import { architectureRule } from './architecture.ts';
import { commandModuleRule } from './command-modules.ts';
import { deviceRule } from './devices.ts';
import { engineSkewRule } from './engine-skew.ts';
import { executableStackRule } from './executable-stack.ts';
import { fileOwnersRule } from './file-owners.ts';
import { flagRule } from './flags.ts';
import { gpuCardRule } from './gpu-card.ts';
import { gpuDriverRule } from './gpu-driver.ts';
import { guardRule } from './guards.ts';
import { iptablesExtensionRule } from './iptables-extensions.ts';
import { kernelReleaseRule } from './kernel-release.ts';
import { largeFilesRule } from './large-files.ts';
import { linkingRule } from './linking.ts';
import { pageSizeRule } from './page-size.ts';
import { privilegeRule } from './privileges.ts';
import { processorRule } from './processor.ts';
import { reachRule } from './reach.ts';
import { selinuxMountRule } from './selinux-mounts.ts';
import { syscallRule } from './syscalls.ts';
import { foreignUserRule, unreadableStartRule } from './unreadable-start.ts';
import { vsyscallRule } from './vsyscall.ts';

/** Every rule family written in code, in no particular order. */
export const codeRules: readonly Rule[] = [
  architectureRule,
  kernelReleaseRule,
  vsyscallRule,
  pageSizeRule,
  processorRule,
  executableStackRule,
  linkingRule,
  syscallRule,
  flagRule,
  engineSkewRule,
  privilegeRule,
  commandModuleRule,
  deviceRule,
  guardRule,
  gpuDriverRule,
  gpuCardRule,
  selinuxMountRule,
  iptablesExtensionRule,
  fileOwnersRule,
  largeFilesRule,
  unreadableStartRule,
  foreignUserRule,
  reachRule,
];
