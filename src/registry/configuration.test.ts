import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { readConfiguration } from './configuration.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-test-'));
after(() => rmSync(folder, { recursive: true }));
const etc = join(folder, 'etc');
const home = join(folder, 'home');
const surroundings = { environment: {}, etc, home };

beforeEach(() => {
  for (const path of [etc, home]) rmSync(path, { recursive: true, force: true });
});

function write(path: string, text: string): string {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  return path;
}

const table = (prefix: string, more = ''): string =>
  `[[registry]]\nprefix = "${prefix}"\n${more}\n`;
const system = join(etc, 'containers/registries.conf');
const own = join(home, '.config/containers/registries.conf');

test('without any file: as docker', () => {
  const found = readConfiguration(surroundings);
  assert.deepEqual(
    { ...found, aliases: [...found.aliases] },
    {
      ...{
        searched: [],
        aliases: [],
        registries: [],
        dockerMirrors: [],
        insecure: [],
        problems: [],
      },
    },
  );
});

test('drop-ins come after the main file and replace tables by their prefix, lists whole', () => {
  write(
    system,
    `unqualified-search-registries = ["a.example", "b.example"]\n${table('x.example')}${table('y.example')}`,
  );
  write(
    `${system}.d/10.conf`,
    `${table('x.example', 'blocked = true')}[aliases]\n"one" = "a.example/one"\n"two" = "a.example/two"\n`,
  );
  write(
    `${system}.d/20.conf`,
    'unqualified-search-registries = ["c.example"]\n[aliases]\n"one" = ""\n',
  );
  write(`${system}.d/30.txt`, table('z.example'));
  write(
    join(home, '.config/containers/registries.conf.d/05.conf'),
    '[aliases]\n"two" = "own.example/two"\n',
  );
  const { searched, registries, aliases, problems } = readConfiguration(surroundings);
  assert.deepEqual(searched, ['c.example']);
  assert.deepEqual(
    registries.map(({ prefix, blocked }) => [prefix, blocked]),
    [
      ['x.example', true],
      ['y.example', false],
    ],
  );
  assert.deepEqual([...aliases], [['two', 'own.example/two']]);
  assert.deepEqual(problems, []);
});

test("a file of the user's takes the place of all of the machine's", () => {
  write(system, table('x.example'));
  write(`${system}.d/10.conf`, table('y.example'));
  write(own, table('own.example'));
  write(`${own}.d/10.conf`, table('more.example'));
  const { registries } = readConfiguration(surroundings);
  assert.deepEqual(
    registries.map(({ prefix }) => prefix),
    ['own.example', 'more.example'],
  );
});

test('a file that is named: it counts before all, and must be there', () => {
  write(system, table('x.example'));
  write(own, table('own.example'));
  const named = write(join(folder, 'named.conf'), table('named.example'));
  const environment = { CONTAINERS_REGISTRIES_CONF: named };
  const { registries } = readConfiguration({ ...surroundings, environment });
  assert.deepEqual(
    registries.map(({ prefix }) => prefix),
    ['named.example'],
  );
  assert.throws(
    () =>
      readConfiguration({
        ...surroundings,
        environment: { CONTAINERS_REGISTRIES_CONF: '/nonexistent' },
      }),
    (error) => error instanceof PlimsollError && error.code === 'PL0607',
  );
});

test("docker's files of the machine and of the user; mistakes are told with their file", () => {
  write(
    join(etc, 'docker/daemon.json'),
    '{"registry-mirrors":["https://m.example"],"insecure-registries":["a:1"]}',
  );
  write(join(home, '.config/docker/daemon.json'), '{"insecure-registries":["b:2"]}');
  const broken = write(`${system}.d/10.conf`, 'a = \n');
  const { dockerMirrors, insecure, problems } = readConfiguration(surroundings);
  assert.deepEqual(
    dockerMirrors.map(({ location }) => location),
    ['m.example'],
  );
  assert.deepEqual(insecure, ['b:2', 'a:1']);
  assert.deepEqual(
    problems.map(({ at }) => at?.path),
    [broken],
  );
});

test('aliases that podman wrote go before all others; whether somebody is asked', () => {
  write(
    system,
    'short-name-mode = "enforcing"\nunqualified-search-registries = ["a.example", "b.example"]\n[aliases]\n"x" = "a.example/x"\n',
  );
  assert.equal(readConfiguration(surroundings).shortNameMode, 'enforcing');
  assert.equal(readConfiguration(surroundings).aliases.get('x'), 'a.example/x');
  write(
    join(home, '.cache/containers/short-name-aliases.conf'),
    '[aliases]\n"x" = "b.example/x"\n',
  );
  assert.equal(readConfiguration({ ...surroundings, user: 1000 }).aliases.get('x'), 'b.example/x');
});
