// The client for all registries of one run: configuration is read when it is first needed, connections and tokens are
// kept until it is closed.
import type { ImageName } from '../image/image-name.ts';
import { withLimits } from '../lib/limits.ts';
import { fetchBlob } from './blobs.ts';
import { type RegistryConfiguration, readConfiguration } from './configuration.ts';
import { type Endpoint, endpointsOf, registryEndpoint } from './endpoints.ts';
import { defaultRetries } from './http/retry.ts';
import { type ListRequest, listReferrers, listTags } from './listings.ts';
import { fetchManifest, referenceOf, resolveManifest } from './manifests.ts';
import { deleteManifest, pushManifest } from './publishing.ts';
import { createReading } from './reading.ts';
import type { Registry } from './registry.ts';
import type { RegistryOptions } from './registry-options.ts';
import { openSession } from './session.ts';
import { blobExists, pushBlob } from './uploads.ts';

/** Opens the client. Nothing is connected to before something is asked for. */
export function openRegistry(
  options: RegistryOptions,
  configuration?: RegistryConfiguration,
): Registry {
  const { tlsVerify, random = Math.random } = options;
  const limits = withLimits(options.limits);
  const retries = { ...defaultRetries, ...options.retries };
  const session = openSession(options);
  let read = configuration;
  const configured = (): RegistryConfiguration => {
    if (read === undefined) {
      read = readConfiguration(options);
      for (const problem of read.problems) session.tell(problem);
    }
    return read;
  };
  const use = tlsVerify === undefined ? {} : { tlsVerify };
  const endpointsFor = (name: ImageName): readonly Endpoint[] =>
    endpointsOf(name, configured(), { ...use, writing: false });
  const writing = (name: ImageName): Endpoint => {
    const [endpoint] = endpointsOf(name, configured(), { ...use, writing: true });
    return endpoint ?? registryEndpoint(name.domain, configured(), tlsVerify);
  };
  const reading = createReading(endpointsFor, (problem) => session.tell(problem));
  const manifestOf = (name: ImageName, reference: string, signal: AbortSignal) => ({
    on: (endpoint: Endpoint, more: boolean) => ({
      session,
      endpoint,
      name,
      reference,
      limits,
      // The next place is not kept waiting.
      ...(more ? { attempts: 1 } : {}),
      signal,
    }),
  });
  const listing = (name: ImageName, endpoint: Endpoint, signal: AbortSignal): ListRequest => ({
    session,
    endpoint,
    name,
    limits,
    signal,
  });
  return {
    resolve(name, signal) {
      const { on } = manifestOf(name, referenceOf(name), signal);
      return reading.first(name, (endpoint, more) => resolveManifest(on(endpoint, more)));
    },
    fetchManifest(name, reference, signal) {
      const { on } = manifestOf(name, reference, signal);
      return reading.first(name, (endpoint, more) => fetchManifest(on(endpoint, more)));
    },
    fetchBlob: (name, blob, fetchOptions) =>
      fetchBlob({ session, reading, retries, random }, name, blob, fetchOptions),
    blobExists(name, digest, signal) {
      const endpoint = writing(name);
      return blobExists(
        session,
        endpoint,
        name,
        digest,
        [`repository:${endpoint.path}:pull`],
        signal,
      );
    },
    pushBlob: (name, blob, content, pushOptions) =>
      pushBlob(
        { session, endpoint: writing(name), name, retries, random },
        blob,
        content,
        pushOptions,
      ),
    pushManifest: (name, reference, manifest, signal) =>
      pushManifest(listing(name, writing(name), signal), reference, manifest),
    tags: (name, signal) => listTags(listing(name, writing(name), signal)),
    referrers: (name, digest, { signal, artifactType }) =>
      listReferrers(listing(name, writing(name), signal), digest, artifactType),
    deleteManifest: (name, reference, signal) =>
      deleteManifest(listing(name, writing(name), signal), reference),
    async check(domain, signal) {
      const endpoint = registryEndpoint(domain, configured(), tlsVerify);
      const asked = { what: domain, domain };
      const request = { method: 'GET' as const, target: '', scopes: [], asked, signal };
      const answer = await session.expect(endpoint, request, [200]);
      answer.discard();
      const { origin } = await session.base(endpoint, asked, signal);
      const user = session.user(endpoint);
      return { url: origin, ...(user === undefined ? {} : { user }) };
    },
    close: () => session.close(),
  };
}
