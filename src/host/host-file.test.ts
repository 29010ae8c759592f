import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { cpuMs } from '../../test/builders/cpu-time.ts';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { parseHostFile } from './host-file.ts';
import { hostJsonSchema } from './json-schema.ts';

const head = '{\n  "schema": "plimsoll.host/1",\n  "name": "x"';

test('a good file is an offer', () => {
  const offer = parseHostFile(`${head},\n  "lsm": { "selinux": "enforcing" }\n}`, 'h.json');
  assert.equal(offer.lsm?.selinux, 'enforcing');
});

test('whole numbers are settings as well as texts', () => {
  const offer = parseHostFile(
    `${head},\n  "kernel": { "config": { "CONFIG_ARM64_VA_BITS": 39 } }, "sysctls": { "vm.max_map_count": 65530 }\n}`,
    'h.json',
  );
  assert.equal(offer.kernel?.config?.['CONFIG_ARM64_VA_BITS'], '39');
  assert.equal(offer.sysctls?.['vm.max_map_count'], '65530');
});

test('a mistake is named with its place, what was expected and what was found', () => {
  for (const [text, message, line, help] of [
    ['{', /^not JSON/, 1, /host probe/],
    ['{\n "a": 1,\n}', /^not JSON/, 3, /host probe/],
    ['[]', /the file: expected an object, found \[\]/, undefined, undefined],
    [
      '{"name":"x"}',
      /schema: expected one of "plimsoll.host\/1", found nothing/,
      undefined,
      undefined,
    ],
    [`${head},\n  "kernle": {}\n}`, /^unknown key "kernle"/, 4, /did you mean "kernel"/],
    [
      `${head},\n  "lsm": {\n    "selinux": "on"\n  }\n}`,
      /lsm\.selinux: expected one of "enforcing", "permissive", "disabled", found "on"/,
      5,
      undefined,
    ],
    [
      `${head},\n  "lsm": {\n    "selinx": "enforcing"\n  }\n}`,
      /lsm: unknown key "selinx"/,
      5,
      /did you mean "selinux"/,
    ],
    [`${head},\n  "pageSize": "4k"\n}`, /pageSize: expected a number, found "4k"/, 4, undefined],
    [
      `${head},\n  "container": {\n    "mounts": [{ "source": "/a" }]\n  }\n}`,
      /container\.mounts\[0\]\.target: expected a string, found nothing/,
      undefined,
      undefined,
    ],
    [
      `${head},\n  "sysctls": {\n    "vm.max_map_count": true\n  }\n}`,
      /sysctls\.vm\.max_map_count: expected a text or a whole number, found true/,
      5,
      undefined,
    ],
  ] as const) {
    try {
      parseHostFile(text, 'h.json');
      assert.fail(`accepted: ${text}`);
    } catch (error) {
      assert.ok(error instanceof PlimsollError, String(error));
      assert.equal(error.code, 'PL0302');
      assert.match(error.message, message);
      assert.equal(error.diagnostic.at?.line, line, text);
      if (help !== undefined) assert.match(error.diagnostic.help ?? '', help);
    }
  }
});

test('files built to hurt are refused at once', () => {
  const many = Array.from({ length: 200_000 }, (_, at) => `"k${at}":1`).join(',');
  for (const text of [
    `{${many}}`,
    `{"schema":"plimsoll.host/1","name":"x","${'k'.repeat(1 << 20)}":1}`,
    `{"schema":"plimsoll.host/1","name":"x","devices":[${'1,'.repeat(100_000)}1]}`,
    '['.repeat(1 << 20),
    ' '.repeat(17 << 20),
  ]) {
    const took = cpuMs(() =>
      assert.throws(() => parseHostFile(text, 'h.json'), { code: 'PL0302' }),
    );
    assert.ok(took < 5000, `${took} ms`);
  }
});

test('the published schema is current: run scripts/host-schema.ts after a change', () => {
  const published = readFileSync(
    join(import.meta.dirname, '../../schemas/host.schema.json'),
    'utf8',
  );
  assert.deepEqual(JSON.parse(published), JSON.parse(hostJsonSchema()));
});
