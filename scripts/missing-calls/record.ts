// Runs each workload with every call, then with each of its calls refused, and notes whether somebody could tell.
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { syscallNamed } from '../../src/kernel/syscalls.ts';
import { errnoNumbers, type MissingErrno } from '../../src/needs/code/reaction/reaction.ts';
import { tracedCalls } from './traced-calls.ts';
import { type Outcome, runWorkload, sameOutcome, type Workload } from './workload.ts';

/** What one refused call did to one workload. */
export interface Observation {
  readonly program: string;
  readonly workload: string;
  readonly call: string;
  readonly number: number;
  readonly errno: MissingErrno;
  readonly copes: boolean;
  /** What was different. */
  readonly seen: string;
}

/** The start of the program is itself an execve; a signal's return cannot be refused in a useful way. */
const notRefused: ReadonlySet<string> = new Set(['execve', 'rt_sigreturn', 'restart_syscall']);

/** Observes one workload; nothing where it does not give the same result three times, the last one after all others. */
export async function observe(
  workload: Workload,
  errnos: readonly MissingErrno[],
  note: (text: string) => void,
): Promise<Observation[]> {
  const [path = ''] = workload.argv;
  const name = workload.argv.join(' ');
  if (!existsSync(path)) {
    note(`${name}: not installed`);
    return [];
  }
  const first = await runWorkload(workload);
  const second = await runWorkload(workload);
  if (!sameOutcome(first, second)) {
    note(`${name}: two runs differ: ${differenceOf(first, second)}`);
    return [];
  }
  const top = mkdtempSync(join(tmpdir(), 'plimsoll-trace-'));
  const trace = join(top, 'trace');
  await runWorkload(workload, undefined, trace);
  const { own, others } = tracedCalls(readFileSync(trace, 'latin1'));
  rmSync(top, { recursive: true });
  const found: Observation[] = [];
  for (const call of [...own].sort()) {
    const number = syscallNamed(call)?.numbers.x86_64;
    if (number === undefined || notRefused.has(call) || others.has(call)) continue;
    for (const errno of errnos) {
      const outcome = await runWorkload(workload, { number, errno: errnoNumbers[errno] });
      const copes = sameOutcome(first, outcome);
      found.push({
        program: realpathSync(path),
        workload: name,
        call,
        number,
        errno,
        copes,
        seen: copes ? '' : differenceOf(first, outcome),
      });
    }
  }
  const last = await runWorkload(workload);
  if (sameOutcome(first, last)) return found;
  note(`${name}: a later run differs: ${differenceOf(first, last)}`);
  return [];
}

function differenceOf(a: Outcome, b: Outcome): string {
  const said = b.output.split('\n').find((line) => !a.output.includes(line)) ?? '';
  const parts = [
    a.end === b.end ? '' : `end ${a.end} -> ${b.end}`,
    a.output === b.output ? '' : `output: ${said.slice(0, 160)}`,
    a.client === b.client ? '' : `client: ${b.client.slice(0, 80)}`,
    a.files === b.files ? '' : 'files',
  ];
  return parts.filter((part) => part !== '').join('; ');
}
