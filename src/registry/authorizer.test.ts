// Where credentials go, and where they do not: against scripted registries and token servers.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { sha256 } from '../../test/builders/oci-layout.ts';
import { selfSigned, signedBy } from '../../test/support/certificates.ts';
import {
  quickClient,
  type Script,
  type ScriptedRegistry,
  startScripted,
} from '../../test/support/scripted-registry.ts';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { Descriptor, Digest } from '../image/image.ts';
import { nameOrThrow } from './endpoints.ts';
import type { Registry } from './registry.ts';
import type { RegistryOptions } from './registry-options.ts';

const { signal } = new AbortController();
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-test-'));
after(() => rmSync(folder, { recursive: true }));
const credentials = { username: 'eve', password: 'secret' };
const basic = `Basic ${Buffer.from('eve:secret').toString('base64')}`;
const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const manifest = Buffer.from(
  JSON.stringify({ schemaVersion: 2, mediaType: manifestType, layers: [] }),
);
const body = Buffer.from('a blob');
const blob: Descriptor = { mediaType: 'x', digest: sha256(body) as Digest, size: body.length };

function sendManifest(response: Parameters<Script>[1]): void {
  response.setHeader('content-type', manifestType);
  response.end(manifest);
}

const authorizationOf = ({ headers }: Pick<IncomingMessage, 'headers'>): string =>
  headers.authorization ?? 'none';

/** Runs servers for one test, each with a script that knows the others. */
async function withServers(
  scripts: Readonly<Record<string, (all: Readonly<Record<string, ScriptedRegistry>>) => Script>>,
  use: (servers: Readonly<Record<string, ScriptedRegistry>>) => Promise<void>,
  options: Parameters<typeof startScripted>[1] = {},
): Promise<void> {
  const servers: Record<string, ScriptedRegistry> = {};
  try {
    for (const [name, make] of Object.entries(scripts))
      servers[name] = await startScripted(
        (request, response, before) => make(servers)(request, response, before),
        options,
      );
    await use(servers);
  } finally {
    for (const server of Object.values(servers)) await server.close();
  }
}

async function using(
  options: Partial<RegistryOptions>,
  use: (client: Registry) => Promise<unknown>,
): Promise<PlimsollError | undefined> {
  const client = quickClient(options);
  try {
    await use(client);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof PlimsollError, String(error));
    return error;
  } finally {
    client.close();
  }
}

const read = (server: ScriptedRegistry | undefined) => async (client: Registry) => {
  const name = nameOrThrow(`${server?.host}/a:1`);
  await client.fetchManifest(name, '1', signal);
};

const fetchBlob = (server: ScriptedRegistry | undefined) => async (client: Registry) => {
  for await (const _ of client.fetchBlob(nameOrThrow(`${server?.host}/a`), blob, { signal }));
};

/** Answers with a challenge until there is an Authorization header. */
const challenging =
  (challenge: string, then: Script): Script =>
  (request, response, before) => {
    if (request.headers.authorization !== undefined) return then(request, response, before);
    response.writeHead(401, { 'www-authenticate': challenge }).end();
  };

test('nothing is sent before it is asked for, and then only to the one who asks', () =>
  withServers(
    {
      registry: ({ cdn }) =>
        challenging(
          'Basic realm="x"',
          (_, response) => void response.writeHead(307, { location: `${cdn?.origin}/blob` }).end(),
        ),
      cdn: () => (_, response) => void response.end(body),
    },
    async ({ registry, cdn }) => {
      assert.equal(await using({ credentials }, fetchBlob(registry)), undefined);
      assert.deepEqual(registry?.seen.map(authorizationOf), ['none', basic]);
      // A blob's redirect to an object store must not take the credentials along.
      assert.deepEqual(cdn?.seen.map(authorizationOf), ['none']);
    },
  ));

test("whoever is reached by a redirect cannot ask for the registry's credentials", () =>
  withServers(
    {
      registry: ({ thief }) =>
        challenging(
          'Basic realm="x"',
          (_, response) =>
            void response.writeHead(307, { location: `${thief?.origin}/blob` }).end(),
        ),
      thief:
        ({ thief }) =>
        (request, response) => {
          if (request.url.startsWith('/token')) response.end('{"token":"t"}');
          else
            response
              .writeHead(401, { 'www-authenticate': `Bearer realm="${thief?.origin}/token"` })
              .end();
        },
    },
    async ({ registry, thief }) => {
      const error = await using({ credentials }, fetchBlob(registry));
      assert.equal(error?.code, 'PL0602');
      assert.deepEqual(thief?.seen.map(authorizationOf), ['none']);
    },
  ));

test('a redirect within the registry keeps them', () =>
  withServers(
    {
      registry: () =>
        challenging('Basic realm="x"', (request, response) => {
          if (request.url === '/elsewhere') response.end(body);
          else response.writeHead(302, { location: '/elsewhere' }).end();
        }),
    },
    async ({ registry }) => {
      assert.equal(await using({ credentials }, fetchBlob(registry)), undefined);
      assert.deepEqual(registry?.seen.map(authorizationOf), ['none', basic, basic]);
    },
  ));

test('an address with a user in it gives nobody a password', () =>
  withServers(
    {
      registry:
        ({ cdn }) =>
        (_, response) => {
          const { host } = cdn ?? {};
          response.writeHead(307, { location: `http://admin:pw@${host}/x` }).end();
        },
      cdn: () => (_, response) => void response.end(body),
    },
    async ({ registry, cdn }) => {
      assert.equal(await using({}, fetchBlob(registry)), undefined);
      assert.deepEqual(cdn?.seen.map(authorizationOf), ['none']);
    },
  ));

test("CVE-2020-15157: a layer's own URLs are never asked, whoever they name", () =>
  withServers(
    {
      registry: () =>
        challenging('Basic realm="x"', (_, response) => void response.writeHead(404).end()),
      thief: () => challenging('Basic realm="x"', (_, response) => void response.end(body)),
    },
    async ({ registry, thief }) => {
      const foreign = { ...blob, urls: [`${thief?.origin}/steal`] };
      const error = await using({ credentials }, async (client) => {
        for await (const _ of client.fetchBlob(nameOrThrow(`${registry?.host}/a`), foreign, {
          signal,
        }));
      });
      assert.equal(error?.code, 'PL0603');
      assert.deepEqual(thief?.seen, []);
    },
  ));

test('tokens: one for each scope, again when it has run out, again when the registry no longer takes it', () => {
  let clock = 1_000_000;
  let tokens = 0;
  let revoked = '';
  return withServers(
    {
      registry:
        ({ server }) =>
        (request, response) => {
          const { authorization = '' } = request.headers;
          if (authorization !== '' && authorization !== revoked) return sendManifest(response);
          const challenge = `Bearer realm="${server?.origin}/token",service="s",scope="repository:a:pull"`;
          response.writeHead(401, { 'www-authenticate': challenge }).end();
        },
      server: () => (_, response) => {
        tokens += 1;
        response.end(JSON.stringify({ access_token: `t${tokens}`, expires_in: 100 }));
      },
    },
    async ({ registry, server }) => {
      await using({ now: () => clock }, async (client) => {
        const again = read(registry);
        await again(client);
        await again(client);
        assert.equal(tokens, 1);
        clock += 95_000;
        await again(client);
        assert.equal(tokens, 2);
        revoked = 'Bearer t2';
        await again(client);
        assert.equal(tokens, 3);
        // Several at once wait for the same one.
        clock += 95_000;
        await Promise.all([again(client), again(client), again(client)]);
        assert.equal(tokens, 4);
      });
      assert.deepEqual(registry?.seen.map(authorizationOf).slice(0, 2), ['none', 'Bearer t1']);
      assert.deepEqual(server?.seen[0]?.url, '/token?service=s&scope=repository%3Aa%3Apull');
      assert.deepEqual(server?.seen.map(authorizationOf), ['none', 'none', 'none', 'none']);
    },
  );
});

test('token servers that lie, stall, answer without end, or give a token with a line in it', async () => {
  const cases: readonly (readonly [string, Script, string, RegExp])[] = [
    ['no JSON', (_, response) => void response.end('<html>'), 'PL0605', /expected a token as JSON/],
    ['no token', (_, response) => void response.end('{}'), 'PL0605', /gave no token/],
    [
      'a header in the token',
      (_, response) => void response.end(JSON.stringify({ token: 'x\r\nX-Evil: 1' })),
      'PL0605',
      /characters that no token has/,
    ],
    [
      'without end',
      (_, response) => {
        const more = (): void => {
          while (!response.destroyed && response.write('x'.repeat(65_536)));
        };
        response.on('drain', more);
        more();
      },
      'PL0605',
      /without end/,
    ],
    ['no answer', () => undefined, 'PL0601', /no answer/],
    ['a failure', (_, response) => void response.writeHead(500).end(), 'PL0606', /failed/],
    [
      'the password is wrong',
      (_, response) =>
        void response.writeHead(401).end('{"details":"incorrect username or password"}'),
      'PL0602',
      /does not accept the password of eve/,
    ],
  ];
  for (const [title, script, code, message] of cases) {
    await withServers(
      {
        registry: ({ server }) =>
          challenging(`Bearer realm="${server?.origin}/token"`, (_, response) =>
            sendManifest(response),
          ),
        server: () => script,
      },
      async ({ registry }) => {
        const error = await using({ credentials }, read(registry));
        assert.equal(error?.code, code, `${title}: ${error?.message}`);
        assert.match(error?.message ?? '', message, title);
      },
    );
  }
});

test('a registry with TLS cannot have the password sent without it', async () => {
  const authority = selfSigned(folder, 'authority');
  const { cert, keyText } = signedBy(authority, folder, 'server');
  const environment = { PLIMSOLL_EXTRA_CA_CERTS: authority.certificate };
  const plain = await startScripted((_, response) => void response.end('{"token":"t"}'));
  const realms = [
    `${plain.origin}/token`,
    'ftp://x/token',
    'https://user:pw@127.0.0.1/token',
    'http://[',
  ];
  try {
    for (const realm of realms) {
      await withServers(
        {
          registry: () =>
            challenging(`Bearer realm="${realm}"`, (_, response) => sendManifest(response)),
        },
        async ({ registry }) => {
          const error = await using({ credentials, environment }, read(registry));
          assert.equal(error?.code, 'PL0605', realm);
        },
        { tls: { cert, key: keyText } },
      );
    }
    // Nor may a redirect lead down, for blobs and for token servers alike.
    await withServers(
      {
        registry: () => (_, response) =>
          void response.writeHead(307, { location: `${plain.origin}/x` }).end(),
      },
      async ({ registry }) => {
        const error = await using({ environment }, fetchBlob(registry));
        assert.equal(error?.code, 'PL0605');
        assert.match(error?.message ?? '', /redirects from https to http/);
      },
      { tls: { cert, key: keyText } },
    );
    assert.deepEqual(plain.seen, []);
  } finally {
    await plain.close();
  }
});

test('an upload that is sent elsewhere goes there without credentials', () =>
  withServers(
    {
      registry: ({ store }) =>
        challenging('Basic realm="x"', (request, response) => {
          if (request.method === 'POST')
            response.writeHead(202, { location: `${store?.origin}/up?s=1` }).end();
          else response.writeHead(404).end();
        }),
      store: () => (request, response) => {
        request.resume();
        request.on('end', () => response.writeHead(201).end());
      },
    },
    async ({ registry, store }) => {
      const content = {
        size: body.length,
        chunks: async function* () {
          yield body;
        },
      };
      const error = await using({ credentials }, (client) =>
        client.pushBlob(nameOrThrow(`${registry?.host}/a`), blob, content, { signal }),
      );
      assert.equal(error, undefined);
      assert.deepEqual(store?.log(), [`/up?s=1&digest=${encodeURIComponent(blob.digest)}`]);
      assert.deepEqual(store?.seen.map(authorizationOf), ['none']);
    },
  ));

test('a mirror gets its own credentials, not those of the registry that it mirrors', () =>
  withServers(
    {
      mirror: () => challenging('Basic realm="x"', (_, response) => sendManifest(response)),
      registry: () => challenging('Basic realm="x"', (_, response) => sendManifest(response)),
    },
    async ({ mirror, registry }) => {
      const { writeFileSync } = await import('node:fs');
      const conf = join(folder, 'registries.conf');
      writeFileSync(
        conf,
        `[[registry]]\nlocation = "${registry?.host}"\n[[registry.mirror]]\nlocation = "${mirror?.host}"\n`,
      );
      const authFile = join(folder, 'auth.json');
      const auth = Buffer.from('eve:secret').toString('base64');
      writeFileSync(authFile, JSON.stringify({ auths: { [registry?.host ?? '']: { auth } } }));
      const environment = { CONTAINERS_REGISTRIES_CONF: conf };
      assert.equal(await using({ environment, authFile }, read(registry)), undefined);
      assert.equal(await using({ environment, credentials }, read(registry)), undefined);
      assert.deepEqual(mirror?.seen.map(authorizationOf), ['none', 'none']);
      assert.deepEqual(registry?.seen.map(authorizationOf), ['none', basic, 'none', basic]);
    },
  ));
