import type { RuntimeCall } from '../../kernel/fallbacks.ts';
import type { Evidence } from '../user-space.ts';

/** One place where a call is made. */
export interface CallUse {
  readonly call: RuntimeCall;
  /** Who makes it: "glibc 2.36". */
  readonly who: string;
  /** The function in it that does: "pthread_create". */
  readonly symbol?: string;
  readonly path: string;
  readonly evidence: Evidence;
  /** The file imports the function that makes the call: closer to it than that some run-time could. */
  readonly imported: boolean;
  /** What gave recognised software away. */
  readonly software?: readonly Evidence[];
}
