import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { checkLogChoice, logRotation, monitorLogArguments } from './log-drivers.ts';

function optionsOf(line: string): { driver: string; options: Record<string, string> } {
  const [driver = '', ...pairs] = line.split(' ');
  return {
    driver,
    options: Object.fromEntries(
      pairs.map((pair) => [pair.split('=')[0] ?? '', pair.slice(pair.indexOf('=') + 1)]),
    ),
  };
}

test('drivers and options are taken, or refused by name', () => {
  const cases: readonly (readonly [string, RegExp | undefined])[] = [
    ['json-file max-size=10m max-file=3 compress=true', undefined],
    ['json-file max-file=3', /with max-size alone/],
    ['json-file max-size=ten', /max-size=ten: expected a size/],
    ['json-file syslog-address=udp://a', /unknown log opt 'syslog-address' for json-file/],
    ['local max-file=2', undefined],
    ['none tag=x', /unknown log opt 'tag' for none/],
    ['syslog', undefined],
    ['syslog syslog-address=tcp+tls://host:6514 syslog-format=rfc5424', undefined],
    ['syslog syslog-address=unixgram:///dev/log', undefined],
    ['syslog syslog-address=http://host', /not an address/],
    ['syslog syslog-address=udp://host:99999', /not an address/],
    ['syslog syslog-format=rfc1', /syslog-format=rfc1: expected/],
    ['gelf', /gelf needs to know where to send/],
    ['gelf gelf-address=udp://[::1]:12201 gelf-compression-type=zlib', undefined],
    ['fluentd fluentd-address=host:24224 mode=non-blocking max-buffer-size=4m', undefined],
    ['fluentd fluentd-address=unix:///run/fluent.sock', undefined],
    ['fluentd mode=sometimes', /mode=sometimes: expected/],
    ['splunk', /there is no log driver splunk/],
  ];
  for (const [line, message] of cases) {
    const check = (): void => checkLogChoice(optionsOf(line), '/nowhere');
    if (message === undefined) check();
    else
      assert.throws(check, (error) => {
        assert.ok(error instanceof PlimsollError && error.code === 'PL0827', line);
        assert.match(error.message, message);
        return true;
      });
  }
});

test('rotation is docker’s: one file unless more are asked for, five of 20 MB for local and what is sent', () => {
  const mb = 1024 * 1024;
  const cases: readonly (readonly [string, ReturnType<typeof logRotation>, boolean])[] = [
    ['json-file', undefined, false],
    ['json-file max-size=-1', undefined, false],
    ['json-file max-size=1m', { maxBytes: mb, files: 1, compress: false }, true],
    ['json-file max-size=1m max-file=3', { maxBytes: mb, files: 3, compress: false }, false],
    ['local', { maxBytes: 20 * mb, files: 5, compress: true }, false],
    ['gelf cache-max-file=1', { maxBytes: 20 * mb, files: 1, compress: true }, true],
    ['journald', undefined, false],
  ];
  for (const [line, expected, byMonitor] of cases) {
    assert.deepEqual(logRotation(optionsOf(line)), expected, line);
    const args = monitorLogArguments(optionsOf(line), { tag: undefined }, { log: '/log' });
    assert.equal(args.includes('--log-size-max'), byMonitor, line);
  }
});
