// Hooks that an administrator puts into folders, for containers that they name (oci-hooks(5) of containers/common, version
// 1.0.0): programs that the OCI runtime starts at points of a container's life. NVIDIA's and systemd's packages bring some.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { systemReason } from '../lib/system-reason.ts';
import { type HookPoint, hookPoints, type Spec, type SpecHook } from './spec.ts';

const regularExpression = z.string().transform((text, context) => {
  try {
    return new RegExp(text);
  } catch {
    context.addIssue({ code: 'custom', message: `${text} is no regular expression` });
    return z.NEVER;
  }
});

const hookFile = z.object({
  version: z.literal('1.0.0'),
  hook: z.object({
    path: z.string().startsWith('/'),
    args: z.array(z.string()).optional(),
    env: z.array(z.string()).optional(),
    timeout: z.int().positive().optional(),
  }),
  when: z.object({
    always: z.boolean().optional(),
    annotations: z.record(z.string(), regularExpression).optional(),
    commands: z.array(regularExpression).optional(),
    hasBindMounts: z.boolean().optional(),
  }),
  stages: z.array(z.enum(['precreate', ...hookPoints])),
});

type HookFile = z.infer<typeof hookFile>;

/** @throws PlimsollError PL0837 */
export function parseHookFile(text: string, path: string): HookFile {
  const wrong = (problem: string): PlimsollError =>
    new PlimsollError('PL0837', `a file of hooks is not valid: ${problem}`, {
      at: { path },
      help: 'see oci-hooks(5), or take the file away',
    });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw wrong(cause instanceof Error ? cause.message : '');
  }
  const read = hookFile.safeParse(value);
  if (read.success) return read.data;
  const [first] = read.error.issues;
  throw wrong(`${first?.path.join('.') || 'the file'}: ${first?.message ?? ''}`);
}

/** Whether the conditions hold, of which there must be one. All that are there must hold. */
export function isMeant(
  { when }: HookFile,
  spec: Pick<Spec, 'process' | 'mounts' | 'annotations'>,
): boolean {
  const { always, annotations, commands, hasBindMounts } = when;
  const found: boolean[] = [];
  if (always !== undefined) found.push(always);
  if (hasBindMounts !== undefined)
    found.push(hasBindMounts === spec.mounts.some(({ options }) => isBind(options ?? [])));
  if (commands !== undefined)
    found.push(commands.some((pattern) => pattern.test(spec.process.args[0] ?? '')));
  if (annotations !== undefined)
    found.push(
      Object.entries(annotations).every(([name, value]) =>
        Object.entries(spec.annotations ?? {}).some(
          ([key, text]) => new RegExp(name).test(key) && value.test(text),
        ),
      ),
    );
  return found.length > 0 && found.every(Boolean);
}

const isBind = (options: readonly string[]): boolean =>
  options.some((option) => option === 'bind' || option === 'rbind');

/** The files of the folders, in the order of their names. @throws PlimsollError PL0837 */
function filesOf(folders: readonly string[]): readonly (readonly [name: string, path: string])[] {
  const paths = new Map<string, string>();
  for (const folder of folders) {
    let names: readonly string[] = [];
    try {
      names = readdirSync(folder);
    } catch {
      continue;
    }
    for (const name of names) if (name.endsWith('.json')) paths.set(name, join(folder, name));
  }
  return [...paths].toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** Adds the hooks of the folders that are meant for a container; in a later one a file takes the place of its namesake. @throws PlimsollError PL0837 */
export function withHooksOf(folders: readonly string[], spec: Spec): Spec {
  const hooks: Partial<Record<HookPoint, readonly SpecHook[]>> = { ...spec.hooks };
  for (const [, path] of filesOf(folders)) {
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (cause) {
      throw new PlimsollError(
        'PL0837',
        `a file of hooks could not be read: ${systemReason(cause)}`,
        {
          at: { path },
          help: 'make it readable, or take it away',
          cause,
        },
      );
    }
    const file = parseHookFile(text, path);
    if (!isMeant(file, spec)) continue;
    const { path: program, args, env, timeout } = file.hook;
    const hook: SpecHook = {
      path: program,
      ...(args === undefined ? {} : { args }),
      ...(env === undefined ? {} : { env }),
      ...(timeout === undefined ? {} : { timeout }),
    };
    // precreate is podman's own: a program that changes the configuration before any runtime sees it.
    for (const stage of file.stages)
      if (stage !== 'precreate') hooks[stage] = [...(hooks[stage] ?? []), hook];
  }
  return Object.keys(hooks).length === 0 ? spec : { ...spec, hooks };
}
