// What a registry client is given of the world: nothing in this folder looks for itself what it may know.
import type { Diagnostic } from '../diag/diagnostic.ts';
import type { Limits } from '../lib/limits.ts';
import type { HttpTimes } from './http/http-client.ts';
import type { RetryPlan } from './http/retry.ts';

/** Environment variables, as a process has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Where configuration and credentials are looked for. */
export interface Surroundings {
  readonly environment: Environment;
  /** The user's home folder; without one nothing of the user's is read. */
  readonly home?: string;
  /** Effective user number. */
  readonly user?: number;
  /** The folder of the machine's configuration: /etc. */
  readonly etc?: string;
}

/** How registries are asked. */
export interface RegistryOptions extends Surroundings {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** From 0 up to 1; default: Math.random. */
  readonly random?: () => number;
  /** What the client calls itself: plimsoll/0.1.0 */
  readonly userAgent: string;
  /** A file of credentials that is looked into in place of all others (--authfile). */
  readonly authFile?: string;
  /** Credentials that go before all that are kept (--creds). */
  readonly credentials?: { readonly username: string; readonly password: string };
  /** Whether certificates must be good (--tls-verify); absent: as configured for the registry. */
  readonly tlsVerify?: boolean;
  /** A folder with *.crt, *.cert and *.key in place of certs.d (--cert-dir). */
  readonly certDirectory?: string;
  readonly limits?: Partial<Limits>;
  readonly times?: Partial<HttpTimes>;
  readonly retries?: Partial<RetryPlan>;
  /** Told what was odd and did not stop the work: a mirror that failed, a helper that is not there. */
  readonly onProblem?: (problem: Diagnostic) => void;
}
