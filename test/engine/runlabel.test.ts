// The commands that labels of images hold.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openEngineLab } from './engine-lab.ts';

const lab = openEngineLab();
after(() => lab.close());

test('container runlabel', () => {
  const victim = join(lab.folder, 'made');
  lab.ok('create', '--name', 'base', 'box:1');
  const change = (text: string): readonly string[] => ['-c', `LABEL ${text}`];
  lab.ok(
    'commit',
    ...change('RUN="docker run --rm --network none --name NAME IMAGE echo $OPT1 said"'),
    ...change(`INSTALL="touch ${victim}"`),
    ...['base', 'labelled:1'],
  );
  const runlabel = ['container', 'runlabel', '-q'];
  assert.equal(
    lab.ok(...runlabel, '--display', '-n', 'one', 'run', 'labelled:1'),
    'plimsoll run --rm --network none --name one labelled:1 echo said',
  );
  assert.equal(
    lab.ok(...runlabel, '--opt1', 'it is', 'RUN', 'labelled:1', 'twice'),
    'it is said twice',
  );
  const other = lab.run([...runlabel, 'install', 'labelled:1']);
  assert.equal(other.code, 125);
  assert.match(other.stderr, /PL0001.*INSTALL does not start docker or podman/);
  assert.equal(existsSync(victim), false);
  assert.match(
    lab.run([...runlabel, 'uninstall', 'labelled:1']).stderr,
    /PL0762.*no label uninstall/,
  );
});
