import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FileEntry } from '../../image/image.ts';
import { inspection } from './inspect-file.ts';

function entryOf(path: string, text: string): FileEntry {
  const bytes = Buffer.from(text);
  return {
    node: {
      path,
      type: 'file',
      mode: 0o755,
      uid: 0,
      gid: 0,
      size: bytes.length,
      mtime: 0,
      layer: 0,
    },
    read: (length: number) => Promise.resolve(bytes.subarray(0, length)),
  } as FileEntry;
}

test('sources are looked into where an image puts its own, and not where packages do', async () => {
  const inspect = inspection();
  const source = 'open("/dev/i2c-1")\n';
  const of = async (path: string) => (await inspect(entryOf(path, source)))?.script?.paths?.length;
  assert.equal(await of('/app/main.py'), 1);
  assert.equal(await of('/srv/x/lib/bus.py'), 1);
  assert.equal(await of('/usr/lib/python3/x.py'), undefined);
  assert.equal(await of('/app/node_modules/x/index.js'), undefined);
  assert.equal(await of('/opt/venv/lib/python3.11/site-packages/x.py'), undefined);
  assert.equal(await of('/app/readme.md'), undefined);
});

test('a program in another language keeps who runs it, and what it asks for', async () => {
  const found = await inspection()(
    entryOf('/app/tool', '#!/usr/bin/env python3\nos.system("modprobe tun")\n'),
  );
  assert.equal(found?.script?.interpreter, '/usr/bin/env');
  assert.deepEqual(
    found?.script?.commands.map(({ text }) => text),
    ['modprobe tun'],
  );
});

test('scripts beyond a bound are not looked into, and that is said once', async () => {
  const inspect = inspection();
  const lines = 'mount a b\n'.repeat(1500);
  let said = 0;
  let last: number | undefined;
  for (let n = 0; n < 20; n++) {
    const found = await inspect(entryOf(`/app/${n}.sh`, `#!/bin/sh\n${lines}`));
    said += found?.problems?.length ?? 0;
    last = found?.script?.commands.length;
  }
  assert.equal(said, 1);
  assert.equal(last, 0);
});
