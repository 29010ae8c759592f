// The test command: type check, lint and format check, then every *.test.ts with Node's own runner.
// Arguments: paths or parts of paths select tests and leave out the checks.
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const wanted = process.argv.slice(2);

function run(title: string, command: string, args: readonly string[]): void {
  console.log(`\n== ${title}`);
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) {
    console.error(`== ${title}: failed`);
    process.exit(status ?? 1);
  }
}

run('build', process.execPath, ['scripts/build.ts']);
if (wanted.length === 0) {
  run('type check', join(root, 'node_modules/.bin/tsc'), ['--noEmit']);
  run('lint and format', join(root, 'node_modules/.bin/biome'), [
    'check',
    '--error-on-warnings',
    '.',
  ]);
}
const files = ['src', 'test', 'scripts']
  .flatMap((folder) => globSync(`${folder}/**/*.test.ts`, { cwd: root }))
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .sort();
if (files.length === 0) {
  console.error(`no test matches ${wanted.join(' ')}`);
  process.exit(2);
}
run(`tests (${files.length} files)`, process.execPath, [
  '--test',
  '--test-concurrency=2',
  ...files,
]);
