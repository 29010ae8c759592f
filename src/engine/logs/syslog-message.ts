// Messages of syslog in docker's four forms: RFC 5424, the same with microseconds, RFC 3164, and that of local sockets, which
// is RFC 3164 without a host name.
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import type { LogMessage } from './log-message.ts';

/** How messages are written. */
export interface SyslogForm {
  readonly format: '' | 'rfc3164' | 'rfc5424' | 'rfc5424micro';
  /** Number of the facility, times eight. */
  readonly facility: number;
  readonly tag: string;
  readonly hostname: string;
  /** Of the process that sends. */
  readonly pid: number;
}

const facilities = [
  ...[
    'kern',
    'user',
    'mail',
    'daemon',
    'auth',
    'syslog',
    'lpr',
    'news',
    'uucp',
    'cron',
    'authpriv',
  ],
  ...['ftp', '', '', '', ''],
  ...['local0', 'local1', 'local2', 'local3', 'local4', 'local5', 'local6', 'local7'],
];

/** Of syslog-facility, by name or number; docker's default is daemon. @throws PlimsollError PL0827 */
export function parseFacility(text = 'daemon'): number {
  const number = /^\d+$/.test(text) ? Number(text) : facilities.indexOf(text);
  if (text !== '' && number >= 0 && number < facilities.length) return number * 8;
  throw new PlimsollError('PL0827', `syslog-facility=${text}: no such facility`, {
    help: `one of: ${facilities.filter((name) => name !== '').join(', ')}`,
  });
}

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
const two = (number: number): string => String(number).padStart(2, '0');

/** "Jan  2 15:04:05", in the zone of the machine as syslog has it. */
function stamp(ms: number): string {
  const at = new Date(ms);
  const day = String(at.getDate()).padStart(2);
  const time = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':');
  return `${months[at.getMonth()]} ${day} ${time}`;
}

/** RFC 3339 in UTC, with so many digits of a second. */
function precise(ms: number, digits: 0 | 6): string {
  const whole = new Date(Math.floor(ms / 1000) * 1000).toISOString().slice(0, 19);
  if (digits === 0) return `${whole}Z`;
  const fraction = Math.min(999_999, Math.round((ms % 1000) * 1000));
  return `${whole}.${String(fraction).padStart(6, '0')}Z`;
}

/** Severities: what is written to standard error is an error, as docker has it. */
const severities = { stdout: 6, stderr: 3 } as const;

/** One message, without framing. */
export function formatSyslog({ timeMs, stream, text }: LogMessage, form: SyslogForm): Buffer {
  const { format, facility, hostname, pid } = form;
  const priority = `<${facility + severities[stream]}>`;
  // Names of applications have no spaces (RFC 5424, section 6).
  const tag = form.tag.replace(/[^\x21-\x7e]/g, '_') || '-';
  const head =
    format === ''
      ? `${priority}${stamp(timeMs)} ${tag}[${pid}]: `
      : format === 'rfc3164'
        ? `${priority}${stamp(timeMs)} ${hostname} ${tag}[${pid}]: `
        : `${priority}1 ${precise(timeMs, format === 'rfc5424' ? 0 : 6)} ${hostname} ${tag.slice(0, 48)} ${pid} ${tag.slice(0, 32)} - `;
  return Buffer.concat([Buffer.from(head), text]);
}

/** As a stream carries it: an end of line, or with TLS its length before it (RFC 5425, section 4.3). */
export function frameSyslog(
  message: Buffer,
  kind: 'tcp' | 'unix' | 'tls',
  form: SyslogForm,
): Buffer {
  if (kind === 'tls' && form.format.startsWith('rfc5424'))
    return Buffer.concat([Buffer.from(`${message.length} `), message]);
  return Buffer.concat([message, Buffer.from('\n')]);
}
