// The messages of syslog, GELF and Fluentd, byte for byte.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { gunzipSync, inflateSync } from 'node:zlib';
import { formatFluentd } from './fluentd-message.ts';
import { formatGelf, gelfDatagrams } from './gelf-message.ts';
import { type LogMessage, messageJoiner } from './log-message.ts';
import { type LogTarget, tagOf } from './log-target.ts';
import { formatSyslog, frameSyslog, parseFacility, type SyslogForm } from './syslog-message.ts';

const message: LogMessage = {
  timeMs: Date.UTC(2026, 0, 2, 3, 4, 5) + 678.9,
  stream: 'stdout',
  text: Buffer.from('hello'),
  partial: false,
};
const target: LogTarget = {
  driver: 'x',
  options: {},
  id: '0123456789abcdef'.repeat(4),
  name: 'web',
  imageId: 'sha256:fedcba9876543210',
  imageName: 'nginx:1',
  command: 'nginx -g x',
  createdMs: 0,
  attributes: { app: 'shop' },
};

test('syslog in four forms', () => {
  const local = new Date(message.timeMs);
  const hour = String(local.getHours()).padStart(2, '0');
  const cases: readonly (readonly [SyslogForm['format'], LogMessage['stream'], RegExp])[] = [
    ['', 'stdout', new RegExp(`^<30>Jan  [123] ${hour}:\\d4:05 web\\[7\\]: hello$`)],
    ['rfc3164', 'stderr', new RegExp(`^<27>Jan  [123] ${hour}:\\d4:05 here web\\[7\\]: hello$`)],
    ['rfc5424', 'stdout', /^<30>1 2026-01-02T03:04:05Z here web 7 web - hello$/],
    ['rfc5424micro', 'stdout', /^<30>1 2026-01-02T03:04:05\.678900Z here web 7 web - hello$/],
  ];
  for (const [format, stream, expected] of cases) {
    const form = { format, facility: parseFacility(), tag: 'web', hostname: 'here', pid: 7 };
    const bytes = formatSyslog({ ...message, stream }, form);
    assert.match(bytes.toString(), expected);
    const length = `${bytes.length} `;
    assert.equal(
      frameSyslog(bytes, 'tls', form).toString(),
      format.startsWith('rfc5424') ? `${length}${bytes}` : `${bytes}\n`,
    );
  }
  assert.equal(parseFacility('local7'), 184);
  assert.equal(parseFacility('4'), 32);
  assert.throws(() => parseFacility('nobody'), /no such facility/);
});

test('GELF is compressed and cut into numbered chunks', () => {
  const json = formatGelf(message, target, 'here');
  assert.ok(json);
  assert.deepEqual(JSON.parse(json.toString()), {
    version: '1.1',
    host: 'here',
    short_message: 'hello',
    timestamp: 1767323045.679,
    level: 6,
    _command: 'nginx -g x',
    _container_id: target.id,
    _container_name: 'web',
    _created: '1970-01-01T00:00:00.000Z',
    _image_id: target.imageId,
    _image_name: 'nginx:1',
    _tag: '0123456789ab',
    _app: 'shop',
  });
  assert.equal(formatGelf({ ...message, text: Buffer.alloc(0) }, target, 'here'), undefined);
  const [small] = gelfDatagrams(json, { type: 'zlib', level: 9 }, Buffer.alloc(8));
  assert.ok(inflateSync(small ?? Buffer.alloc(0)).equals(json));
  const long = randomBytes(5000);
  const chunks = gelfDatagrams(long, { type: 'gzip', level: 1 }, Buffer.from('number 1'));
  assert.ok(chunks.length > 1);
  for (const [at, chunk] of chunks.entries()) {
    assert.ok(chunk.length <= 1420);
    assert.equal(
      chunk.subarray(0, 12).toString('latin1'),
      `\x1e\x0fnumber 1${String.fromCharCode(at, chunks.length)}`,
    );
  }
  assert.ok(gunzipSync(Buffer.concat(chunks.map((chunk) => chunk.subarray(12)))).equals(long));
});

test('events of Fluentd are MessagePack', () => {
  const small: LogTarget = { ...target, id: 'i', tag: 't', attributes: {} };
  const bytes = formatFluentd(message, small, { precise: true });
  const time = Buffer.alloc(8);
  time.writeUInt32BE(1767323045, 0);
  time.writeUInt32BE(678_900_146, 4);
  const record =
    '\x84\xaccontainer_id\xa1i\xaecontainer_name\xa4/web\xa6source\xa6stdout\xa3log\xa5hello';
  const expected = Buffer.concat([
    Buffer.from('\x93\xa1t\xd7\x00', 'latin1'),
    time,
    Buffer.from(record, 'latin1'),
  ]);
  assert.equal(bytes.subarray(0, 9).toString('hex'), expected.subarray(0, 9).toString('hex'));
  assert.equal(bytes.subarray(13).toString('hex'), expected.subarray(13).toString('hex'));
  const asked = formatFluentd({ ...message, text: Buffer.alloc(300, 0x61), partial: true }, small, {
    precise: false,
    chunk: 'c',
  });
  assert.equal(asked[0], 0x94);
  assert.ok(asked.includes(Buffer.from('\xda\x01\x2caaa', 'latin1')));
  assert.ok(asked.includes('\xafpartial_message\xa4true', 0, 'latin1'));
  assert.ok(asked.subarray(-9).equals(Buffer.from('\x81\xa5chunk\xa1c', 'latin1')));
});

test('parts of a line are put together up to 16 KB', () => {
  const joiner = messageJoiner();
  const time = '2026-01-02T03:04:05.000000001Z';
  const part = (text: string) => ({ time, stream: 'stdout' as const, text: Buffer.from(text) });
  assert.equal(joiner.add(part('a')), undefined);
  assert.equal(joiner.add(part('b\n'))?.text.toString(), 'ab');
  const long = joiner.add(part('x'.repeat(16_384)));
  assert.deepEqual([long?.text.length, long?.partial], [16_384, true]);
  assert.equal(joiner.add(part('end')), undefined);
  assert.deepEqual(
    joiner.rest().map(({ text }) => text.toString()),
    ['end'],
  );
});

test('tags are templates', () => {
  assert.equal(tagOf('{{.Name}}/{{.ID}}/{{.ImageID}}', target), 'web/0123456789ab/fedcba987654');
  assert.throws(() => tagOf('{{.Nothing}}', target), /PL0827|tag=/);
});
