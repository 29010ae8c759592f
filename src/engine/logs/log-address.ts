// Where receivers of logs are: docker's forms of syslog-address, gelf-address and fluentd-address.
import { isAbsolute } from 'node:path';
import { PlimsollError } from '../../diag/plimsoll-error.ts';

/** A receiver. */
export type LogAddress =
  | {
      readonly kind: 'udp' | 'tcp' | 'tls';
      readonly host: string;
      readonly port: number;
    }
  /** A Unix socket; datagrams: of packets, as /dev/log is. */
  | { readonly kind: 'unix' | 'datagrams'; readonly path: string };

interface Form {
  readonly option: string;
  readonly schemes: Readonly<Record<string, LogAddress['kind']>>;
  readonly port: number;
  readonly absent?: LogAddress;
}

const forms: Readonly<Record<string, Form>> = {
  syslog: {
    option: 'syslog-address',
    schemes: { udp: 'udp', tcp: 'tcp', 'tcp+tls': 'tls', unix: 'unix', unixgram: 'datagrams' },
    port: 514,
    absent: { kind: 'datagrams', path: '/dev/log' },
  },
  gelf: { option: 'gelf-address', schemes: { udp: 'udp', tcp: 'tcp' }, port: 12201 },
  fluentd: {
    option: 'fluentd-address',
    schemes: { tcp: 'tcp', tls: 'tls', unix: 'unix' },
    port: 24224,
    absent: { kind: 'tcp', host: '127.0.0.1', port: 24224 },
  },
};

/** The receiver that the options of a driver name; its usual one where they name none. @throws PlimsollError PL0827 */
export function parseLogAddress(
  driver: string,
  options: Readonly<Record<string, string>>,
): LogAddress {
  const form = Object.hasOwn(forms, driver) ? forms[driver] : undefined;
  if (form === undefined) throw new TypeError(`${driver} has no address`);
  const { option, schemes, absent } = form;
  const text = options[option];
  const expected = `write --log-opt ${option}=${Object.keys(schemes)[0]}://HOST:${form.port}`;
  if (text === undefined || text === '') {
    if (absent !== undefined) return absent;
    throw new PlimsollError('PL0827', `${driver} needs to know where to send: ${option}`, {
      help: expected,
    });
  }
  // fluentd's may come without a scheme.
  const [, scheme = 'tcp', rest = ''] = /^(?:([a-z+]+):\/\/)?(.*)$/.exec(text) ?? [];
  const kind = Object.hasOwn(schemes, scheme) ? schemes[scheme] : undefined;
  if (kind === 'unix' || kind === 'datagrams') {
    if (isAbsolute(rest)) return { kind, path: rest };
  } else if (kind !== undefined) {
    const [, bracketed, plain = '', port] =
      /^(?:\[([0-9a-fA-F:.]+)\]|([^:/\s]+))(?::(\d{1,5}))?\/?$/.exec(rest) ?? [];
    const host = bracketed ?? plain;
    const number = Number(port ?? (kind === 'tls' && driver === 'syslog' ? 6514 : form.port));
    if (host !== '' && number > 0 && number < 65_536) return { kind, host, port: number };
  }
  throw new PlimsollError('PL0827', `${option}=${text}: not an address`, {
    help: `${expected}; there are: ${Object.keys(schemes).join(', ')}`,
  });
}
