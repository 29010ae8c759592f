// A file of the Container Device Interface (cncf-tags/container-device-interface, SPEC.md): what vendors write, as JSON or
// YAML, of the devices of a machine, and what a container needs to have one of them. This module loads zod and yaml.
import { parse as parseYaml } from 'yaml';
import * as z from 'zod';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { hookPoints } from './spec.ts';

const deviceNode = z.object({
  path: z.string().startsWith('/'),
  hostPath: z.string().optional(),
  type: z.enum(['b', 'c', 'u', 'p', '']).optional(),
  major: z.int().optional(),
  minor: z.int().optional(),
  fileMode: z.int().optional(),
  permissions: z
    .string()
    .regex(/^[rwm]*$/)
    .optional(),
  uid: z.int().nonnegative().optional(),
  gid: z.int().nonnegative().optional(),
});

const mount = z.object({
  hostPath: z.string(),
  containerPath: z.string().startsWith('/'),
  options: z.array(z.string()).nullish(),
  type: z.string().optional(),
});

const hook = z.object({
  hookName: z.enum(hookPoints),
  path: z.string().startsWith('/'),
  args: z.array(z.string()).nullish(),
  env: z.array(z.string()).nullish(),
  timeout: z.int().nonnegative().nullish(),
});

const containerEdits = z.object({
  env: z.array(z.string().regex(/^[^=]+=/, 'expected NAME=VALUE')).nullish(),
  deviceNodes: z.array(deviceNode).nullish(),
  mounts: z.array(mount).nullish(),
  hooks: z.array(hook).nullish(),
  additionalGids: z.array(z.int().nonnegative()).nullish(),
  intelRdt: z.unknown().optional(),
  netDevices: z.unknown().optional(),
});

const cdiFile = z.object({
  cdiVersion: z.string().regex(/^v?\d+\.\d+\.\d+$/),
  kind: z.string().regex(/^[A-Za-z][\w.-]*\/[A-Za-z][\w.-]*$/, 'expected vendor.example/class'),
  devices: z.array(z.object({ name: z.string().regex(/^[\w][\w.:-]*$/), containerEdits })).min(1),
  containerEdits: containerEdits.nullish(),
});

/** What is changed of a container that gets a device. */
export type CdiEdits = z.infer<typeof containerEdits>;

/** A file, as it was read. */
export type CdiFile = z.infer<typeof cdiFile>;

/** @throws PlimsollError PL0836 with the place of the first mistake */
export function parseCdiFile(text: string, path: string): CdiFile {
  const wrong = (problem: string, cause?: unknown): PlimsollError =>
    new PlimsollError('PL0836', `the specification of devices is not valid: ${problem}`, {
      at: { path },
      help: 'have the vendor’s program write it again (nvidia-ctk cdi generate), or remove it',
      cause,
    });
  let value: unknown;
  try {
    // JSON is YAML too, but JSON.parse knows no anchors that grow without bound.
    value = path.endsWith('.json') ? JSON.parse(text) : parseYaml(text, { maxAliasCount: 1000 });
  } catch (cause) {
    throw wrong(cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : '', cause);
  }
  const read = cdiFile.safeParse(value);
  if (read.success) return read.data;
  const [first] = read.error.issues;
  throw wrong(`${first?.path.join('.') || 'the file'}: ${first?.message ?? ''}`, read.error);
}
