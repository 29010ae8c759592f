// Choices of registries for short names: what is kept, where, and what stays of the file.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { scratchFolder } from '../../test/builders/stored-image.ts';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { readConfiguration } from './configuration.ts';
import { keepAlias, shortNameIn } from './keep-alias.ts';

const { signal } = new AbortController();
const redis = { domain: 'quay.example', path: 'team/redis', tag: '8' };

test('the short name in what was typed', () => {
  for (const [text, name] of [
    ['redis', 'redis'],
    ['redis:8', 'redis'],
    ['team/redis@sha256:00', 'team/redis'],
    ['docker://team/redis:8@sha256:00', 'team/redis'],
  ] as const)
    assert.equal(shortNameIn(text), name);
});

test('a choice is kept beside others, and read again as an alias', async (context) => {
  const home = scratchFolder(context);
  const surroundings = { environment: {}, home, user: 1000, etc: join(home, 'etc') };
  const file = join(home, '.cache/containers/short-name-aliases.conf');
  const keep = (name: string, path: string) =>
    keepAlias(name, { domain: 'a.example', path }, { ...surroundings, signal });
  assert.equal(await keepAlias('redis', redis, { ...surroundings, signal }), file);
  assert.equal(readFileSync(file, 'utf8'), '[aliases]\nredis = "quay.example/team/redis"\n');
  await keep('x/y', 'x/y');
  await keep('redis', 'redis');
  const { aliases, problems } = readConfiguration(surroundings);
  assert.deepEqual(problems, []);
  assert.deepEqual(
    [...aliases],
    [
      ['redis', 'a.example/redis'],
      ['x/y', 'a.example/x/y'],
    ],
  );
  assert.deepEqual(readdirSync(dirname(file)), ['short-name-aliases.conf']);
});

test('XDG_CACHE_HOME counts, and without a home nothing is kept', async (context) => {
  const cache = scratchFolder(context);
  const given = { environment: { XDG_CACHE_HOME: cache }, user: 1000, signal };
  assert.equal(
    await keepAlias('redis', redis, given),
    join(cache, 'containers/short-name-aliases.conf'),
  );
  assert.equal(await keepAlias('redis', redis, { environment: {}, user: 1000, signal }), undefined);
});

test('a damaged file is left as it is, and told', async (context) => {
  const home = scratchFolder(context);
  const file = join(home, '.cache/containers/short-name-aliases.conf');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, '[aliases\n');
  await assert.rejects(
    keepAlias('redis', redis, { environment: {}, home, user: 1000, signal }),
    (error) => error instanceof PlimsollError && error.code === 'PL0607',
  );
  assert.equal(readFileSync(file, 'utf8'), '[aliases\n');
});
