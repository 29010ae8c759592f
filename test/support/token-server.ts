// A token server as docker's registry wants one (distribution, spec/auth/jwt.md): signs what its users may do.
import { randomBytes, sign, X509Certificate } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { TestCertificate } from './certificates.ts';

/** Who may do what. */
export interface TokenServerOptions {
  readonly signer: TestCertificate;
  readonly service: string;
  readonly users: Readonly<Record<string, string>>;
  /** Refresh tokens and whose they are. */
  readonly refreshTokens?: Readonly<Record<string, string>>;
  /** Actions that a user may do in a repository; '' is nobody in particular. */
  allows(user: string, repository: string): readonly string[];
  /** Seconds that tokens live. */
  readonly seconds?: number;
}

/** A token server that runs. */
export interface TokenServer {
  readonly realm: string;
  readonly issuer: string;
  /** What was asked: method, user, scopes. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

const text = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

async function bodyOf(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return new URLSearchParams(Buffer.concat(chunks).toString());
}

/** Starts a token server. */
export async function startTokenServer(options: TokenServerOptions): Promise<TokenServer> {
  const { signer, service, users, refreshTokens = {}, allows, seconds = 300 } = options;
  const issuer = 'test issuer';
  const asked: string[] = [];
  const chain = [new X509Certificate(signer.cert).raw.toString('base64')];
  const tokenFor = (user: string, scopes: readonly string[]): string => {
    const access = scopes.map((scope) => {
      const [type = '', name = '', actions = ''] = scope.split(':');
      const allowed = allows(user, name);
      return { type, name, actions: actions.split(',').filter((one) => allowed.includes(one)) };
    });
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      ...{ iss: issuer, sub: user, aud: service, iat: now, nbf: now - 10, exp: now + seconds },
      ...{ jti: randomBytes(8).toString('hex'), access },
    };
    const signed = `${text({ typ: 'JWT', alg: 'ES256', x5c: chain })}.${text(claims)}`;
    const key = { key: signer.keyText, dsaEncoding: 'ieee-p1363' as const };
    return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
  };
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://host');
    const form = request.method === 'POST' ? await bodyOf(request) : url.searchParams;
    const scopes = form.getAll('scope').flatMap((scope) => scope.split(' '));
    const basic = /^Basic (.*)$/.exec(request.headers.authorization ?? '')?.[1];
    const [name = '', password] = Buffer.from(basic ?? '', 'base64')
      .toString()
      .split(':');
    const refreshed = refreshTokens[form.get('refresh_token') ?? ''];
    const user = request.method === 'POST' ? refreshed : name;
    asked.push(`${request.method} ${user ?? '?'} ${scopes.join(' ')}`);
    if (user === undefined || (basic !== undefined && users[name] !== password)) {
      response.writeHead(401, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ details: 'incorrect username or password' }));
      return;
    }
    const token = tokenFor(user, scopes);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ token, access_token: token, expires_in: seconds }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    realm: `http://127.0.0.1:${port}/token`,
    issuer,
    asked,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
