// A short name at a terminal: which registry is meant is asked once, and kept for the next time.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeLayout } from '../builders/oci-layout.ts';
import { scratchFolder } from '../builders/stored-image.ts';
import { makeTar } from '../builders/tar.ts';
import { serveLayout } from '../support/layout-registry.ts';
import { bundle, quietEnvironment } from './run-plimsoll.ts';

test('a choice is asked for once, and only what was pulled is kept', async (context) => {
  const root = scratchFolder(context);
  const layout = makeLayout();
  const tar = makeTar([{ name: 'etc/' }]);
  const top = layout.image([{ tar, stored: tar }]);
  const registry = await serveLayout(layout, top);
  context.after(() => registry.close());
  // Nothing listens at the first.
  const conf = join(root, 'registries.conf');
  writeFileSync(
    conf,
    `unqualified-search-registries = ["127.0.0.1:1", "${registry.host}"]
[[registry]]
location = "${registry.host}"
insecure = true
[[registry]]
location = "127.0.0.1:1"
insecure = true
`,
  );
  const env = quietEnvironment({
    PLIMSOLL_ROOT: join(root, 'store'),
    PLIMSOLL_CACHE_DIR: join(root, 'cache'),
    HOME: root,
    CONTAINERS_REGISTRIES_CONF: conf,
    TERM: 'xterm',
  });
  // Root's file is below /var/cache: a mount of its own stands over it.
  const kept = join(root, 'var-cache');
  mkdirSync(kept);
  const quoted = `'${process.execPath}' '${bundle}' pull team/thing`;
  const line = `mount --bind '${kept}' /var/cache && exec script -qec "${quoted}" /dev/null`;
  const pull = async (answer: string): Promise<string> => {
    const child = spawn('unshare', ['-m', 'sh', '-c', line], {
      env,
      stdio: 'pipe',
      timeout: 60_000,
    });
    let shown = '';
    child.stdout.on('data', (bytes) => {
      shown += String(bytes);
      // Typed when it is asked for, and never twice.
      if (/1 to 2 \[1\]: $/.test(shown)) child.stdin.write(answer);
    });
    await once(child, 'close');
    return shown;
  };
  const file = join(kept, 'containers/short-name-aliases.conf');
  assert.match(await pull('1\n'), /PL0601/);
  assert.equal(existsSync(file), false);
  const second = await pull('2\n');
  assert.match(second, /Which image is meant\?\s+1\) 127\.0\.0\.1:1\/team\/thing:latest/);
  assert.equal(
    readFileSync(file, 'utf8'),
    `[aliases]\n"team/thing" = "${registry.host}/team/thing"\n`,
  );
  const third = await pull('1\n');
  assert.doesNotMatch(third, /Which image is meant|PL0/);
  assert.match(third, /sha256:[0-9a-f]{64}|up to date/);
});
