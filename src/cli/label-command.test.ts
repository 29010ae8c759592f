import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelCommand } from './label-command.ts';

const given = {
  label: 'RUN',
  image: 'registry.example/tool:1',
  name: 'tool',
  variables: { PWD: '/here', OPT1: '', OPT2: '-v /a' },
};

test('words of labels', () => {
  const check = (text: string, expected: readonly string[]): void =>
    assert.deepEqual(labelCommand(text, given), expected, text);
  check('docker run IMAGE', ['run', 'registry.example/tool:1']);
  check(`/usr/bin/docker run --name NAME --name=NAME $${'{IMAGE}'} $OPT1 sh`, [
    'run',
    '--name',
    'tool',
    '--name=tool',
    'registry.example/tool:1',
    'sh',
  ]);
  check('podman run -v "$PWD":/srv -e NAME=x IMAGE echo "two words"', [
    'run',
    '-v',
    '/here:/srv',
    '-e',
    'NAME=x',
    'registry.example/tool:1',
    'echo',
    'two words',
  ]);
  // A value never becomes words of its own, nor a name within a word the image's.
  check('docker run IMAGENAME $OPT2', ['run', 'IMAGENAME', '-v /a']);
});

test('labels that are not run', () => {
  for (const text of [
    '',
    'rm -rf /',
    'docker run IMAGE; rm x',
    '/tmp/docker run IMAGE',
    'docker run $(id) IMAGE',
    'docker run IMAGE | sh',
  ])
    assert.throws(() => labelCommand(text, given), /label RUN/, text);
});
