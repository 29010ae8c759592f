// A disk that is full: what makes something says so and leaves nothing, what ends and removes something works.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { mountAt, unmount } from '../../src/sys/mounts.ts';
import { openEngineLab } from './engine-lab.ts';

const lab = openEngineLab();
after(() => lab.close());

/** Writes until nothing more fits. */
function fill(path: string): void {
  for (const block of [1 << 20, 1 << 12]) {
    try {
      for (;;) writeFileSync(path, Buffer.alloc(block, 1), { flag: 'a' });
    } catch {
      // Full.
    }
  }
}

test('a full disk keeps containers from being made, not from being stopped and removed', () => {
  const disk = join(lab.folder, 'disk');
  mkdirSync(disk);
  mountAt({ type: 'tmpfs', source: 'tmpfs', options: ['size=24m'] }, disk);
  const store = join(disk, 'store');
  const at = (...line: readonly string[]) =>
    lab.run([...line.slice(0, 1), '--root', store, ...line.slice(1)]);
  const ok = (...line: readonly string[]): string => {
    const { code, stdout, stderr } = at(...line);
    assert.equal(code, 0, `${line.join(' ')}: ${stderr}`);
    return stdout.trim();
  };
  try {
    ok('import', '--change', 'CMD ["sh"]', join(lab.folder, 'box.tar'), 'box:1');
    const run = ['run', '-d', '--network', 'none', '--name'];
    ok(...run, 'runs', 'box:1', 'sleep', '1000');
    ok(...run, 'writes', 'box:1', 'sh', '-c', 'while :; do echo line; sleep 0.05; done');
    ok('exec', 'runs', 'dd', 'if=/dev/urandom', 'of=/big', 'bs=1M', 'count=2');
    fill(join(disk, 'fill'));
    // The first few may find what is kept for such a moment.
    let refused = '';
    for (let tries = 0; refused === '' && tries < 40; tries++) {
      const { code, stderr } = at('create', '--network', 'none', 'box:1');
      if (code !== 0) refused = stderr;
    }
    assert.match(refused, /error\[PL0702\]: .*(no space left|full)/);
    for (const line of [
      ['import', join(lab.folder, 'box.tar'), 'box:2'],
      ['commit', 'runs', 'box:3'],
    ]) {
      const { code, stderr } = at(...line);
      assert.equal(code, 1, line[0]);
      assert.match(stderr, /PL0702/, line[0]);
    }
    assert.match(ok('ps', '--format', '{{.Names}}'), /^writes\nruns$/);
    ok('logs', '--tail', '1', 'writes');
    ok('stop', '-t', '0', 'writes');
    ok('rm', '-f', 'runs', 'writes');
    const { stdout } = at('ps', '-a', '--format', '{{.Names}} {{.State}}');
    assert.doesNotMatch(stdout, /runs|writes|running/);
    assert.equal(lab.run(['system', 'prune', '--root', store, '-af']).code, 0);
    assert.deepEqual(ok('images', '-q'), '');
    assert.deepEqual(readdirSync(join(store, 'containers')), []);
    assert.deepEqual(readdirSync(join(store, 'ingest')), []);
    rmSync(join(disk, 'fill'));
    ok('import', '--change', 'CMD ["sh"]', join(lab.folder, 'box.tar'), 'box:1');
    assert.equal(ok('run', '--rm', '--network', 'none', 'box:1', 'echo', 'again'), 'again');
  } finally {
    at('rm', '-af');
    unmount(disk);
  }
});
