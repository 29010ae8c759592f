// Who takes the lines of a container, by its driver: a connection with the driver's messages on it, or a program that was
// added (docs/log-drivers.md).
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { formatFluentd } from './fluentd-message.ts';
import { formatGelf, gelfDatagrams, parseGelfCompression } from './gelf-message.ts';
import { parseLogAddress } from './log-address.ts';
import { type LogConnection, openLogConnection } from './log-connection.ts';
import { driverProgram } from './log-drivers.ts';
import type { LogMessage } from './log-message.ts';
import type { LogTarget } from './log-target.ts';
import { formatSyslog, frameSyslog, parseFacility, type SyslogForm } from './syslog-message.ts';

/** Takes messages in order. */
export interface LogReceiver {
  /** Settles when they are on their way, or where the driver says so, arrived. @throws when they are not */
  send(messages: readonly LogMessage[]): Promise<void>;
  close(): void;
}

/** What is told of this machine. */
export interface LogSender {
  readonly hostname: string;
  /** Number of the process that sends. */
  readonly pid: number;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Opens what the driver asks for. @throws PlimsollError PL0827; the system's error */
export async function openLogReceiver(target: LogTarget, sender: LogSender): Promise<LogReceiver> {
  switch (target.driver) {
    case 'syslog':
      return syslogReceiver(target, sender);
    case 'gelf':
      return gelfReceiver(target, sender);
    case 'fluentd':
      return fluentdReceiver(target);
    default:
      return programReceiver(target, sender);
  }
}

async function syslogReceiver(target: LogTarget, sender: LogSender): Promise<LogReceiver> {
  const { options } = target;
  const address = parseLogAddress('syslog', options);
  const form: SyslogForm = {
    format: formatOf(options['syslog-format']),
    facility: parseFacility(options['syslog-facility']),
    tag: target.tag ?? target.id.slice(0, 12),
    hostname: sender.hostname,
    pid: sender.pid,
  };
  const [ca, cert, key] = ['ca-cert', 'cert', 'key'].map((name) => options[`syslog-tls-${name}`]);
  const connection = await openLogConnection(address, {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    skipVerify: options['syslog-tls-skip-verify'] === 'true',
  });
  const { kind } = address;
  return {
    send: (messages) =>
      connection.send(
        messages.map((message) => {
          const bytes = formatSyslog(message, form);
          return kind === 'udp' || kind === 'datagrams' ? bytes : frameSyslog(bytes, kind, form);
        }),
      ),
    close: connection.close,
  };
}

function formatOf(text: string | undefined): SyslogForm['format'] {
  return text === 'rfc3164' || text === 'rfc5424' || text === 'rfc5424micro' ? text : '';
}

async function gelfReceiver(target: LogTarget, { hostname }: LogSender): Promise<LogReceiver> {
  const address = parseLogAddress('gelf', target.options);
  const compression = parseGelfCompression(target.options);
  const connection = await openLogConnection(address);
  return {
    send: (messages) =>
      connection.send(
        messages.flatMap((message) => {
          const bytes = formatGelf(message, target, hostname);
          if (bytes === undefined) return [];
          return address.kind === 'udp'
            ? gelfDatagrams(bytes, compression, randomBytes(8))
            : [Buffer.concat([bytes, Buffer.of(0)])];
        }),
      ),
    close: connection.close,
  };
}

/** How long a receiver may take to say that it has an event. */
const answerMs = 60_000;

async function fluentdReceiver(target: LogTarget): Promise<LogReceiver> {
  const { options } = target;
  const connection = await openLogConnection(parseLogAddress('fluentd', options));
  const precise = options['fluentd-sub-second-precision'] === 'true';
  const asks = options['fluentd-request-ack'] === 'true';
  return {
    async send(messages) {
      if (!asks) {
        await connection.send([
          Buffer.concat(messages.map((one) => formatFluentd(one, target, { precise }))),
        ]);
        return;
      }
      for (const message of messages) {
        const chunk = randomBytes(16).toString('base64');
        await connection.send([formatFluentd(message, target, { precise, chunk })]);
        await acknowledged(connection, chunk);
      }
    },
    close: connection.close,
  };
}

/** Waits for {"ack": chunk}. What is in it need not be parsed: nothing else that long comes back. */
async function acknowledged(connection: LogConnection, chunk: string): Promise<void> {
  let seen = Buffer.alloc(0);
  for (;;) {
    const bytes = await connection.answer(answerMs);
    if (bytes === undefined) throw new Error('the receiver did not acknowledge an event');
    seen = Buffer.concat([seen, bytes]);
    if (seen.includes(chunk)) return;
  }
}

function programReceiver(target: LogTarget, { environment }: LogSender): LogReceiver {
  const program = driverProgram(target.driver, environment['PATH']);
  if (program === undefined) throw new Error(`there is no plimsoll-log-${target.driver} any more`);
  const child = spawn(program, [], {
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { ...environment, PLIMSOLL_LOG_TARGET: JSON.stringify(target) },
  });
  let ended: Error | undefined;
  child.on('error', (error) => {
    ended ??= error;
  });
  child.on('exit', (code) => {
    ended ??= new Error(`${program} ended with ${code}`);
  });
  child.stdin.on('error', (error) => {
    ended ??= error;
  });
  return {
    send: (messages) =>
      new Promise((settle, reject) => {
        if (ended !== undefined) {
          reject(ended);
          return;
        }
        const lines = messages.map(({ timeMs, stream, text, partial }) =>
          JSON.stringify({
            time: new Date(timeMs).toISOString(),
            stream,
            log: text.toString('utf8'),
            ...(partial ? { partial } : {}),
          }),
        );
        child.stdin.write(`${lines.join('\n')}\n`, (error) => (error ? reject(error) : settle()));
      }),
    close: () => child.stdin.end(),
  };
}
