// A tool of an image looks into a container, and at the machine.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { openEngineLab } from './engine-lab.ts';

const lab = openEngineLab();
after(() => lab.close());

test('tools run in the namespaces of a container or of the machine', () => {
  lab.ok(
    'run',
    '-d',
    '--network',
    'none',
    '--name',
    'target',
    'box:1',
    'sh',
    '-c',
    'echo x >/own; sleep 600',
  );
  const tool = (...words: readonly string[]): string =>
    lab.ok('tools', '--image', 'box:1', 'target', '--', ...words);
  assert.match(tool('ps'), /^\s*1 .*sleep 600/m);
  assert.equal(tool('cat', '/proc/1/root/own'), 'x');
  const network = ['readlink', '/proc/self/ns/net'];
  assert.equal(tool(...network), lab.ok('exec', 'target', ...network));
  assert.equal(lab.run(['tools', '-i', 'box:1', 'target', '--', 'sh', '-c', 'exit 6']).code, 6);
  const host = lab.ok(
    'tools',
    '-i',
    'box:1',
    'host',
    '--',
    'sh',
    '-c',
    'readlink /proc/self/ns/pid; ls /host',
  );
  assert.match(host, /^pid:/);
  assert.match(host, /^etc$/m);
  assert.match(
    lab.ok('tools', '--dry-run', '-i', 'x', 'web', 'ps'),
    /--pid container:web .* --entrypoint ps x$/,
  );
  assert.equal(lab.run(['tools', '-i', 'box:1', 'nosuch', '--', 'ps']).code, 125);
  assert.equal(lab.ok('ps', '-aq').split('\n').length, 1, 'only the target is left');
  lab.ok('rm', '-f', 'target');
});
