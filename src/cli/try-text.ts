// What `try` found, for people.
import { printable } from '../lib/printable.ts';
import type { Style } from '../lib/style.ts';
import type { ImageKnowledge } from '../observe/try/image-knowledge.ts';
import type { Answer } from '../observe/try/try-call.ts';

/** Everything that was found. */
export interface TryReport {
  readonly call: string;
  readonly number: number;
  readonly abi: string;
  readonly args: readonly string[];
  readonly kernel: string;
  readonly image?: string;
  readonly host?: string;
  /** First mainline release with it. */
  readonly since?: string;
  readonly answer: Answer;
  /** Without filter and imitated host. */
  readonly without?: Answer;
  readonly knowledge?: ImageKnowledge;
}

function answerText({ value, errno, ended }: Answer): string {
  if (ended !== undefined)
    return ended === 'SIGSYS' ? 'killed by a filter (SIGSYS)' : `no answer: ${ended}`;
  return errno === undefined ? `${value}` : `${value} ${errno}`;
}

/** What that means. */
function verdict({ answer, without, host }: TryReport): string {
  const same = without === undefined || answerText(answer) === answerText(without);
  const barrier =
    host === undefined ? "the container's filter" : 'the host that is put in front, or its filter,';
  if (!same) {
    return answer.errno === 'ENOSYS'
      ? `not there: ${barrier} answers as if it were absent; this kernel would say ${answerText(without)}`
      : `refused: ${barrier} answers ${answerText(answer)}; this kernel would say ${answerText(without)}`;
  }
  if (answer.errno === 'ENOSYS') return 'not there: this kernel does not have it';
  if (answer.errno === 'EPERM' || answer.errno === 'EACCES')
    return 'there, or refused by the kernel: it asks for a right that the program does not have';
  if (answer.ended !== undefined) return 'not known: the program did not come back from it';
  return answer.errno === undefined
    ? 'there: it succeeded'
    : 'there: it looked at its arguments and refused them';
}

function knowledgeLines(
  { headersFound, header, libc }: ImageKnowledge,
  call: string,
): readonly string[] {
  const ofHeaders = headersFound
    ? header === undefined
      ? `the image's headers have no number for it`
      : `__NR_${call} in ${printable(header)}`
    : 'no kernel headers in the image';
  const ofLibc =
    libc === undefined
      ? 'no C library in the image'
      : `${printable(libc.version ?? libc.path)} ${libc.has ? 'has a function of this name' : 'has no function of this name'} (${printable(libc.path)})`;
  return [`  headers   ${ofHeaders}`, `  libc      ${ofLibc}`];
}

/** The report. */
export function formatTry(report: TryReport, style: Style): string {
  const { call, number, abi, args, kernel, image, host, since, answer, without, knowledge } =
    report;
  const where = [
    image === undefined ? 'on this machine' : `in ${printable(image)}`,
    ...(host === undefined ? [] : [`behind ${printable(host)}`]),
    `Linux ${printable(kernel)}`,
  ].join(', ');
  return `${[
    `${style.bold(call)} (${number}, ${abi}) ${where}`,
    `  called    ${call}(${args.join(', ')})`,
    `  answer    ${answerText(answer)}`,
    ...(without === undefined
      ? []
      : [`  open      ${answerText(without)}  (without filter and host)`]),
    `  means     ${verdict(report)}`,
    ...(since === undefined ? [] : [`  since     Linux ${since}`]),
    ...(knowledge === undefined ? [] : knowledgeLines(knowledge, call)),
  ].join('\n')}\n`;
}
