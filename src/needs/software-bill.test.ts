import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { buildElf } from '../../test/builders/elf.ts';
import { needsOf } from '../../test/builders/user-space.ts';
import { softwareBill } from './software-bill.ts';

test('a bill has the modules of Go programs and the crates of Rust programs, each once', async () => {
  const go = {
    version: 'go1.22.4',
    lines: [
      'path\texample.org/App',
      'mod\texample.org/App\t(devel)\t',
      'dep\tgithub.com/BurntSushi/toml\tv1.3.2\th1:x=',
    ],
  };
  const crates = deflateSync(
    JSON.stringify({
      packages: [
        { name: 'serde', version: '1.0.1', source: 'crates.io' },
        { name: 'ours', version: '0.1.0', source: 'local' },
      ],
    }),
  );
  const { userSpace } = await needsOf({
    '/bin/one': buildElf({ go }),
    '/bin/two': buildElf({ go }),
    '/bin/rust': buildElf({ crates }),
    '/app/lib/guava-31.1-jre.jar': 'no zip',
  });
  const { parts } = softwareBill(userSpace);
  assert.deepEqual(
    parts.map(({ purl, name, version, paths }) => [purl ?? name, version, ...paths].join(' ')),
    [
      'ours 0.1.0 /bin/rust',
      'pkg:cargo/serde@1.0.1 1.0.1 /bin/rust',
      'pkg:golang/example.org/app  /bin/one /bin/two',
      'pkg:golang/github.com/burntsushi/toml@v1.3.2 v1.3.2 /bin/one /bin/two',
      'pkg:golang/stdlib@1.22.4 1.22.4 /bin/one /bin/two',
      'guava 31.1-jre /app/lib/guava-31.1-jre.jar',
    ],
  );
  assert.deepEqual(parts[1]?.layers, ['layer']);
});
