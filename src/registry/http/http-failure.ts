// Why a request got no answer, told from what Node and OpenSSL say.
import { systemReason } from '../../lib/system-reason.ts';

/**
 * unreachable: no connection came about. no-tls: something answered there, but not with TLS. untrusted: its certificate
 * is not accepted. tls: the handshake failed otherwise. lost: the connection broke. slow: nothing came for too long.
 * garbage: what came is not HTTP.
 */
export type HttpFailureKind =
  | 'unreachable'
  | 'no-tls'
  | 'untrusted'
  | 'tls'
  | 'lost'
  | 'slow'
  | 'garbage';

/** A request without a (whole) answer. */
export class HttpFailure extends Error {
  readonly kind: HttpFailureKind;
  /** Whether the system said that nobody listens, or that there is no such host: trying again at once is no use. */
  readonly refused: boolean;

  constructor(kind: HttpFailureKind, message: string, cause?: unknown, refused = false) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'HttpFailure';
    this.kind = kind;
    this.refused = refused;
  }
}

const words: Readonly<Record<string, string>> = {
  ENOTFOUND: 'there is no host of this name',
  EAI_AGAIN: 'its name could not be looked up',
  ECONNREFUSED: 'nobody listens there (connection refused)',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'the network is not reachable',
  ETIMEDOUT: 'it did not answer in time',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by an authority that is not trusted here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'its certificate is signed by an authority that is not trusted here',
  UNABLE_TO_GET_ISSUER_CERT: 'its certificate is signed by an authority that is not trusted here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'its certificate is signed by an authority that is not trusted here',
};

const unreachable =
  /^(ENOTFOUND|EAI_\w+|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EADDRNOTAVAIL)$/;
const untrusted =
  /^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_CERT_|INVALID_(CA|PURPOSE)|HOSTNAME_MISMATCH)/;
/** What OpenSSL makes of the plain text in which a server answers its handshake. */
const noTls =
  /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|UNKNOWN_PROTOCOL|wrong version number/i;

/** The failure that an error of Node's stands for. */
export function httpFailureOf(error: unknown): HttpFailure {
  if (error instanceof HttpFailure) return error;
  const code = codeOf(error);
  const said = words[code] ?? systemReason(error);
  if (unreachable.test(code))
    return new HttpFailure('unreachable', said, error, /^(ENOTFOUND|ECONNREFUSED)$/.test(code));
  if (untrusted.test(code)) return new HttpFailure('untrusted', said, error);
  if (noTls.test(`${code} ${error instanceof Error ? error.message : ''}`))
    return new HttpFailure('no-tls', 'it does not speak TLS', error);
  if (/^HPE_/.test(code)) {
    const what = code === 'HPE_HEADER_OVERFLOW' ? 'its headers are too long' : said;
    return new HttpFailure('garbage', `its answer is not HTTP: ${what}`, error);
  }
  if (/^(EPROTO|ERR_SSL_)/.test(code))
    return new HttpFailure('tls', `TLS: ${sslReason(error)}`, error);
  return new HttpFailure(
    'lost',
    said === '' || said === 'aborted' ? 'the connection broke' : said,
    error,
  );
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  // Several addresses were tried.
  return error instanceof AggregateError ? codeOf(error.errors[0]) : '';
}

function sslReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'reason' in error && typeof error.reason === 'string' ? error.reason : error.message;
}
