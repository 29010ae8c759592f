// Support policies as data: which image release on which host release somebody supports. Apart from technical fitness:
// what is not supported may well work, and the other way round.
import * as z from 'zod';
import type { Diagnostic, Parsed } from '../../diag/diagnostic.ts';

const text = z.string().min(1).max(4096);
const release = z.strictObject({
  id: z.union([text, z.array(text).min(1)]).describe('ID of os-release'),
  version: text.optional().describe('range: ">=8 <9", "9.x"'),
});

/** A support policy as its file has it. */
export const policySchema = z
  .strictObject({
    $schema: text.optional(),
    schema: z.literal('plimsoll.policy/1'),
    name: text.describe('whose policy: "Red Hat Enterprise Linux Container Compatibility Matrix"'),
    source: z.url(),
    asOf: text.optional().describe('day on which the matrix was read'),
    /** What the policy speaks of at all; about other pairs it is silent. */
    images: z.array(release).min(1),
    hosts: z.array(release).min(1),
    /** The first row that fits decides. */
    matrix: z
      .array(
        z.strictObject({
          image: release,
          host: release,
          status: z.enum(['supported', 'tested', 'unsupported', 'nobody']),
          tier: text.optional(),
          note: text.optional(),
        }),
      )
      .max(10_000),
    /** For an image of the policy on a host of nobody's row, or the other way round; silent when absent. */
    otherwise: z.enum(['unsupported', 'nobody']).optional(),
    /** Said of pairs with different major releases when the image holds programs that go beside system calls. */
    privilegedNote: text.optional(),
    help: text.optional(),
  })
  .describe('A support policy for plimsoll check');

/** A support policy. */
export type SupportPolicy = z.infer<typeof policySchema>;

/** The policy in a file's text, or PL0502 with the place of each mistake. */
export function parsePolicy(content: string, origin: string): Parsed<SupportPolicy | undefined> {
  const fail = (messages: readonly string[]): Parsed<undefined> => ({
    value: undefined,
    problems: messages.map(
      (message): Diagnostic => ({
        code: 'PL0502',
        severity: 'error',
        message,
        at: { path: origin },
      }),
    ),
  });
  let json: unknown;
  try {
    json = JSON.parse(content);
  } catch (error) {
    return fail([`not JSON: ${error instanceof Error ? error.message : 'unreadable'}`]);
  }
  const result = policySchema.safeParse(json);
  if (result.success) return { value: result.data, problems: [] };
  return fail(
    result.error.issues.slice(0, 20).map((issue) => {
      const steps = issue.path.map((step) =>
        typeof step === 'number' ? `[${step}]` : `.${String(step)}`,
      );
      return `$${steps.join('')}: ${issue.message}`;
    }),
  );
}
