// A saved trace: JSON of the schema plimsoll.trace/1. This module loads zod.
import * as z from 'zod';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { abis } from '../../kernel/abi.ts';
import type { Trace } from './trace.ts';

const count = z.number().nonnegative();
const text = z.string();
const abi = z.literal(abis);

const call = z.object({
  name: text,
  number: z.number(),
  abi,
  count,
  errors: count,
  outcomes: z.array(z.object({ errno: text.exactOptional(), count })),
  totalNs: count,
  leastNs: count.exactOptional(),
  mostNs: count.exactOptional(),
  firstNs: count,
});

const traceSchema = z.object({
  schema: z.literal('plimsoll.trace/1'),
  target: text,
  source: z.enum(['ebpf', 'strace']),
  machine: abi,
  kernel: text,
  startedAt: text,
  durationMs: count,
  programs: z.array(
    z.object({
      path: text,
      threads: z.array(
        z.object({ name: text, threads: count, processes: z.array(count), calls: z.array(call) }),
      ),
    }),
  ),
  values: z.array(
    z.object({
      program: text,
      call: text,
      errno: text.exactOptional(),
      arguments: z.record(text, z.object({ value: z.number(), name: text })),
      count,
    }),
  ),
  paths: z.array(
    z.object({
      program: text,
      call: text,
      path: text,
      cut: z.literal(true).exactOptional(),
      flags: text.exactOptional(),
      errno: text.exactOptional(),
      count,
    }),
  ),
  latency: z.array(
    z.object({
      call: text,
      count,
      totalNs: count,
      meanNs: count,
      leastNs: count,
      mostNs: count,
      p50Ns: count,
      p90Ns: count,
      p99Ns: count,
    }),
  ),
  losses: z.record(text, count),
});

/** Reads a saved trace. @param path as the user named the file, for messages @throws PlimsollError PL0841 */
export function parseTrace(content: string, path: string): Trace {
  const wrong = (why: string): PlimsollError =>
    new PlimsollError('PL0841', `${path} is no saved trace: ${why}`, {
      at: { path },
      help: 'plimsoll trace --format json --output FILE … writes one',
    });
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    throw wrong('it is not JSON');
  }
  const { success, data, error } = traceSchema.safeParse(value);
  if (success) return data;
  const [issue] = error.issues;
  throw wrong(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'it is not as it should be'}`);
}
