// The form of `plimsoll syscalls --format json` as a schema: what schemas/syscalls.schema.json publishes. The types of
// src/needs/code/syscall-report.ts stay the source for the program; a test holds real output against the schema.
import * as z from 'zod';
import { published } from '../check/result-schema.ts';

const reaction = z.enum(['falls-back', 'fails', 'ignores', 'unknown']);

const evidence = z.object({
  program: z.string().describe('the program that was started'),
  path: z.string().describe('the file that holds the function'),
  function: z.string().describe('its symbol, or its address'),
  address: z.string().describe('of the instruction that enters the kernel'),
  chain: z
    .array(z.looseObject({ path: z.string(), function: z.string() }))
    .describe('from where the program starts to that function'),
  root: z.string().describe('why the first of the chain runs'),
  onRequest: z
    .boolean()
    .optional()
    .describe(
      'the chain goes through a table of functions, or begins in a module: whether it is gone depends on what the program is asked to do',
    ),
});

const call = z.object({
  name: z.string(),
  number: z.number().int(),
  abi: z.string().describe('whose table of numbers counts'),
  certainty: z.literal('reachable'),
  onMissing: z
    .looseObject({ ENOSYS: reaction, EPERM: reaction, EINVAL: reaction })
    .describe('what the program does when the kernel answers that'),
  fallback: z.string().optional().describe('what is done instead, on ENOSYS'),
  onMissingFrom: z
    .enum(['code', 'table', 'none'])
    .describe('read in the code, or known of the C library'),
  reactions: z
    .array(
      z.object({
        reaction,
        errnos: z.array(z.string()),
        fallback: z.string().optional().describe('what is called instead there'),
        path: z.string(),
        function: z.string(),
        address: z.string().describe('of the call or instruction whose error is dealt with'),
        what: z.string().describe('in words'),
      }),
    )
    .describe('the places of the code that decide what happens on an error'),
  arguments: z
    .record(
      z.string(),
      z.object({
        values: z.array(z.number()),
        names: z.array(z.string()).describe('what the values mean, in their order'),
        complete: z.boolean().describe('whether these are all'),
      }),
    )
    .describe('arguments that were solved, by name'),
  evidence: z.array(z.looseObject(evidence.shape)),
});

const path = z.object({
  path: z.string().describe('as it stands in the code: "%d" may be in it'),
  files: z.array(z.string()).describe('whose reached code names it'),
});

/** A report as JSON. */
export const syscallsReportSchema = z.object({
  schema: z.literal('plimsoll.syscalls/1'),
  target: z.string(),
  abi: z.string(),
  programs: z.array(
    z.object({
      path: z.string(),
      startedBy: z
        .object({ program: z.string(), why: z.string() })
        .optional()
        .describe('absent for what the target itself starts'),
      files: z.array(z.string()).describe('what is loaded with it'),
      syscalls: z.array(z.string()).describe('its own calls'),
    }),
  ),
  paths: z.array(path).describe('paths below /proc, /sys and /dev'),
  unresolved: z
    .array(
      z.object({
        kind: z.string(),
        program: z.string(),
        path: z.string().optional(),
        function: z.string().optional(),
        address: z.string().optional(),
        detail: z.string(),
      }),
    )
    .describe('what could not be told: with any of it, a call may be missing from the list'),
  syscalls: z.array(z.looseObject(call.shape)),
});

/** The content of schemas/syscalls.schema.json. */
export function syscallsJsonSchema(): string {
  return published(syscallsReportSchema, {
    name: 'syscalls',
    title: 'System calls of a target',
    description:
      'What the programs of a target can call, as plimsoll syscalls --format json writes it.',
  });
}
