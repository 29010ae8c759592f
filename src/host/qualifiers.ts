// What is written after a host's name with '+': an engine, a way to start the container, another processor, a setting.
// They apply from left to right and go with every kind of host.
import { containerQualifiers } from './qualifiers/container-qualifiers.ts';
import { engineQualifiers } from './qualifiers/engine-qualifiers.ts';
import { kubernetesQualifiers } from './qualifiers/kubernetes-qualifiers.ts';
import { machineQualifiers } from './qualifiers/machine-qualifiers.ts';
import type { Qualifier } from './qualifiers/qualifier.ts';
import { systemQualifiers } from './qualifiers/system-qualifiers.ts';

/** Every qualifier, in the order in which help shows them. */
export const qualifiers: readonly Qualifier[] = [
  ...engineQualifiers,
  ...kubernetesQualifiers,
  ...containerQualifiers,
  ...machineQualifiers,
  ...systemQualifiers,
];
