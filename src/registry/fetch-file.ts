// A file at an address of the web, as `import URL` takes it: over the client's own transport, so that proxies, certs.d,
// redirects and further attempts are those of registries.
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { defaultTimes, type HttpAnswer } from './http/http-client.ts';
import { HttpFailure } from './http/http-failure.ts';
import { defaultRetries } from './http/retry.ts';
import { createTransport } from './http/transport.ts';
import { withoutQuery } from './registry-error.ts';
import type { RegistryOptions } from './registry-options.ts';
import { readTrust } from './trust.ts';

/**
 * The bytes at an address, from their first to their last. Name and password in the address are sent to its origin only.
 * @throws PlimsollError PL0002, PL0101 where nothing is there, PL0103 where it cannot be had or breaks off
 */
export async function* fetchFile(
  address: URL,
  options: RegistryOptions,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const { environment, now, random = Math.random, userAgent, certDirectory } = options;
  const { username, password } = address;
  const url = new URL(address);
  url.username = '';
  url.password = '';
  const shown = withoutQuery(url);
  const transport = createTransport({
    environment,
    userAgent,
    times: { ...defaultTimes, ...options.times },
    retries: { ...defaultRetries, ...options.retries },
    now,
    random,
    trustOf: (host) => readTrust(host, options, certDirectory),
  });
  const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  try {
    const answer = await transport.send({
      method: 'GET',
      url,
      ...(username === ''
        ? {}
        : { headers: { authorization: `Basic ${Buffer.from(user).toString('base64')}` } }),
      insecure: options.tlsVerify === false,
      signal,
    });
    if (answer.status !== 200) {
      answer.discard();
      throw unwanted(shown, answer);
    }
    yield* whole(answer, shown);
  } catch (error) {
    if (!(error instanceof HttpFailure)) throw error;
    throw new PlimsollError('PL0103', `${shown} could not be fetched: ${error.message}`, {
      at: { target: shown },
      help: 'check the address, the network and the proxy (HTTPS_PROXY, NO_PROXY); or fetch it with curl and give the file',
      cause: error,
    });
  } finally {
    transport.close();
  }
}

/** The body; one that is shorter than was announced is an error also where the connection ended properly. */
async function* whole({ body, headers }: HttpAnswer, shown: string): AsyncGenerator<Buffer> {
  const announced = Number(headers['content-length'] ?? Number.NaN);
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    yield chunk;
  }
  if (Number.isNaN(announced) || bytes === announced) return;
  throw new PlimsollError('PL0103', `${shown} ended after ${bytes} of ${announced} bytes`, {
    at: { target: shown },
    help: 'try again',
  });
}

function unwanted(shown: string, { status }: HttpAnswer): PlimsollError {
  const isAbsent = status === 404 || status === 410;
  const denied = status === 401 || status === 403;
  return new PlimsollError(
    isAbsent ? 'PL0101' : 'PL0103',
    isAbsent
      ? `there is nothing at ${shown}`
      : `${shown} could not be fetched: it answers ${status}`,
    {
      at: { target: shown },
      help: denied
        ? 'name and password can stand in the address: https://USER:PASSWORD@HOST/…'
        : 'check the address',
    },
  );
}
