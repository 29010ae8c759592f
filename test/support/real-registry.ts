// Debian's docker-registry on a free port of this machine, for one test: open, with passwords, with a token server, with
// TLS. It keeps its content in a temporary folder and is ended with it.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** How the registry is set up. */
export interface RealRegistryOptions {
  /** Users and passwords for basic authentication. */
  readonly users?: Readonly<Record<string, string>>;
  /** The token server's address, the service's name, and the certificate that tokens are signed with. */
  readonly token?: {
    readonly realm: string;
    readonly service: string;
    readonly issuer: string;
    readonly certificate: string;
  };
  /** Files of a certificate and its key: then it speaks TLS only. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** Whether it deletes; default: yes. */
  readonly deletes?: boolean;
}

/** A registry that runs. */
export interface RealRegistry {
  /** 127.0.0.1:PORT */
  readonly host: string;
  /** Its temporary folder; content lies in data/. */
  readonly folder: string;
  close(): Promise<void>;
}

/** A port that nobody listens on at this moment. */
export function freePort(): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const server = createServer();
  server.once('error', reject);
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
  });
  return promise;
}

/** Starts a registry and waits until it answers. */
export async function startRegistry(options: RealRegistryOptions = {}): Promise<RealRegistry> {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-registry-'));
  // Between finding a port and taking it somebody else may take it.
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const config = join(folder, 'config.json');
    // YAML has JSON in it.
    writeFileSync(config, JSON.stringify(configuration(folder, port, options)));
    let said = '';
    const child = spawn('docker-registry', ['serve', config], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        said = (said + text).slice(-4000);
      });
    const host = `127.0.0.1:${port}`;
    try {
      await answering(child, `${options.tls === undefined ? 'http' : 'https'}://${host}/`, port);
      return { host, folder, close: () => close(child, folder) };
    } catch (error) {
      await close(child, attempt < 3 ? undefined : folder);
      if (attempt >= 3) throw new Error(`docker-registry did not start: ${said}`, { cause: error });
    }
  }
}

function configuration(folder: string, port: number, options: RealRegistryOptions): object {
  const { users, token, tls, deletes = true } = options;
  if (users !== undefined) {
    const lines = Object.entries(users).map(([user, password]) =>
      execFileSync('htpasswd', ['-nbB', '-C', '4', user, password], { encoding: 'utf8' }).trim(),
    );
    writeFileSync(join(folder, 'htpasswd'), `${lines.join('\n')}\n`);
  }
  return {
    version: 0.1,
    log: { level: 'error', accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: join(folder, 'data') },
      delete: { enabled: deletes },
      maintenance: { uploadpurging: { enabled: false } },
    },
    http: {
      addr: `127.0.0.1:${port}`,
      secret: 'secret of a test',
      ...(tls === undefined ? {} : { tls: { certificate: tls.certificate, key: tls.key } }),
    },
    ...(users === undefined
      ? {}
      : { auth: { htpasswd: { realm: 'test', path: join(folder, 'htpasswd') } } }),
    ...(token === undefined
      ? {}
      : {
          auth: {
            token: {
              realm: token.realm,
              service: token.service,
              issuer: token.issuer,
              rootcertbundle: token.certificate,
            },
          },
        }),
  };
}

async function answering(child: ChildProcess, url: string, port: number): Promise<void> {
  const until = Date.now() + 20_000;
  while (Date.now() < until) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error('it has ended');
    if (await connects(port)) return;
    await sleep(20);
  }
  throw new Error(`nothing answers at ${url}`);
}

async function connects(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(port, '127.0.0.1', () => resolve(true));
  socket.once('error', () => resolve(false));
  const connected = await promise;
  socket.destroy();
  return connected;
}

async function close(child: ChildProcess, folder: string | undefined): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
}
