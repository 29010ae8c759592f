// What a container on a host gets when it makes a system call: the kernel, its configuration and settings, the
// engine's filter with what libseccomp and the runtime make of it, and capabilities, taken together in the order in
// which they speak. Three-valued: what the offer does not say stays unknown.
import type { Offer } from './offer.ts';

/** ABI of a call: which table of numbers the program uses. */
export type CallAbi =
  | 'x86_64'
  | 'i386'
  | 'x32'
  | 'aarch64'
  | 'arm'
  | 'riscv64'
  | 'ppc64le'
  | 's390x'
  | 'mips64'
  | 'loongarch64';

/** A call as a program makes it. */
export interface Question {
  readonly name: string;
  /** Default: the native ABI of the offer's machine, x86_64 where that is unknown. */
  readonly abi?: CallAbi;
  /** Argument values where known; filters look at some. An absent one is unknown. */
  readonly args?: readonly (bigint | undefined)[];
}

/** Which part of the host speaks. */
export type AnsweredBy =
  | 'kernel'
  | 'filter'
  | 'libseccomp'
  | 'gvisor'
  | 'configuration'
  | 'sysctl'
  | 'capability';

export type Errno = 'ENOSYS' | 'EPERM' | 'EACCES' | 'EINVAL' | (string & {});

/** What the container gets. */
export interface Answer {
  readonly outcome: 'works' | 'errno' | 'killed' | 'unknown';
  /** With outcome 'errno'. */
  readonly errno?: Errno;
  readonly by?: AnsweredBy;
  /** One sentence that people can read. */
  readonly why: string;
  /** Where that is known from, one phrase. */
  readonly source: string;
}

/** What a container on that host gets for a call. */
export function answerTo(_offer: Offer, _question: Question): Answer {
  return { outcome: 'unknown', why: 'nothing is known of this host', source: 'none' };
}
