// Connections to receivers of logs. A write is done when the system has taken it; a connection that fails is opened anew by
// who uses it.
import { createSocket } from 'node:dgram';
import { closeSync, readFileSync, write } from 'node:fs';
import { connect, isIPv6, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { promisify } from 'node:util';
import { connectPackets } from '../../sys/packet-socket.ts';
import type { LogAddress } from './log-address.ts';

/** An open connection. */
export interface LogConnection {
  /** One datagram, or one piece of the stream, each. @throws the system's error */
  send(pieces: readonly Buffer[]): Promise<void>;
  /** The next bytes of the other end; undefined when it has ended, or after the time. */
  answer(patienceMs: number): Promise<Buffer | undefined>;
  close(): void;
}

/** Files for TLS. */
export interface TlsChoice {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly skipVerify: boolean;
}

/** How long a connection may take to be made. */
const connectMs = 5000;

const writeTo = promisify(write);

/** Opens a connection. @throws the system's error */
export async function openLogConnection(
  address: LogAddress,
  tls: TlsChoice = { skipVerify: false },
): Promise<LogConnection> {
  if (address.kind === 'udp') return openUdp(address);
  if (address.kind === 'datagrams') return openDatagrams(address.path);
  return openStream(address, tls);
}

async function openUdp({ host, port }: { host: string; port: number }): Promise<LogConnection> {
  const socket = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4' });
  // Nobody listens: what is sent meanwhile is lost, as UDP has it.
  socket.on('error', () => undefined);
  await new Promise<void>((settle, reject) => {
    socket.once('error', reject);
    socket.connect(port, host, () => settle());
  });
  return {
    async send(pieces) {
      for (const piece of pieces)
        await new Promise<void>((settle) => socket.send(piece, () => settle()));
    },
    answer: () => Promise.resolve(undefined),
    close: () => socket.close(),
  };
}

function openDatagrams(path: string): LogConnection {
  const fd = connectPackets(path, 'datagrams');
  return {
    async send(pieces) {
      for (const piece of pieces) await writeTo(fd, piece);
    },
    answer: () => Promise.resolve(undefined),
    close: () => closeSync(fd),
  };
}

function streamTo(address: LogAddress, { ca, cert, key, skipVerify }: TlsChoice): Socket {
  if ('path' in address) return connect(address.path);
  const { kind, host, port } = address;
  if (kind !== 'tls') return connect(port, host);
  const file = (path: string | undefined): Buffer | undefined =>
    path === undefined ? undefined : readFileSync(path);
  return connectTls({
    host,
    port,
    ...(isIPv6(host) || /^[\d.]+$/.test(host) ? {} : { servername: host }),
    ca: file(ca),
    cert: file(cert),
    key: file(key),
    rejectUnauthorized: !skipVerify,
  });
}

async function openStream(address: LogAddress, tls: TlsChoice): Promise<LogConnection> {
  const socket = streamTo(address, tls);
  const failure: { error?: Error } = {};
  socket.on('error', (error) => {
    failure.error ??= error;
  });
  socket.on('close', () => {
    failure.error ??= new Error('the receiver closed the connection');
  });
  // An end of the other side shows when nobody reads, too.
  const received: Buffer[] = [];
  let wake = (): void => undefined;
  socket.on('data', (bytes: Buffer) => {
    received.push(bytes);
    wake();
  });
  await new Promise<void>((settle, reject) => {
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`no connection within ${connectMs / 1000} seconds`));
    }, connectMs);
    const done = (error?: Error): void => {
      clearTimeout(timer);
      if (error === undefined) settle();
      else reject(error);
    };
    socket.once(address.kind === 'tls' ? 'secureConnect' : 'connect', () => done());
    socket.once('close', () => done(failure.error));
  });
  return {
    async send(pieces) {
      for (const piece of pieces) {
        if (failure.error !== undefined) throw failure.error;
        await new Promise<void>((settle, reject) => {
          const lost = (): void => reject(failure.error ?? new Error('the connection was lost'));
          socket.once('close', lost);
          socket.write(piece, (error) => {
            socket.off('close', lost);
            if (error) reject(error);
            else settle();
          });
        });
      }
    },
    async answer(patienceMs) {
      if (received.length === 0 && failure.error === undefined)
        await new Promise<void>((settle) => {
          const timer = setTimeout(settle, patienceMs);
          wake = () => {
            clearTimeout(timer);
            settle();
          };
          socket.once('close', wake);
        });
      return received.shift();
    },
    close: () => socket.destroy(),
  };
}
