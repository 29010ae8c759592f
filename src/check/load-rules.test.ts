import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import * as z from 'zod';
import { ruleFileSchema } from './data-rule.ts';
import { shippedRules } from './data-rules.ts';
import { findingCodes } from './finding-codes.ts';
import { parseRuleFiles, parseRules } from './load-rules.ts';
import { parsePolicy, policySchema } from './support/policy.ts';

const root = join(import.meta.dirname, '../..');
const good = {
  id: 'a-rule',
  code: 'PL6001',
  severity: 'fatal',
  component: 'configuration',
  title: 't',
  image: { software: 'redis' },
  host: { sysctl: 'vm.x', below: 3 },
  need: 'n',
  help: 'h',
  references: ['https://example.org/'],
};
const file = (...rules: readonly unknown[]): string =>
  JSON.stringify({ schema: 'plimsoll.rules/1', rules });

const mistakes: readonly [string, string, RegExp, RegExp?][] = [
  ['not JSON', '{', /not JSON/],
  ['no rules', '{}', /\$: expected an object with a list 'rules'/],
  [
    'an unknown field',
    file({ ...good, severty: 'fatal' }),
    /\$\.rules\[0\]: unknown field 'severty'/,
    /'severity'/,
  ],
  [
    'an unknown condition',
    file({ ...good, host: { sysctrl: 'x' } }),
    /\$\.rules\[0\]\.host: unknown condition/,
    /'sysctl'/,
  ],
  [
    'a wrong value deep inside',
    file({ ...good, host: { all: [{ kernel: '<5' }, { not: { sysctl: 'x', below: 'much' } }] } }),
    /\$\.rules\[0\]\.host\.all\[1\]\.not\.below: .*number/,
  ],
  [
    'a combination with company',
    file({ ...good, image: { all: [{ always: true }], os: 'debian' } }),
    /'all' stands alone/,
  ],
  [
    'a broken pattern',
    file({ ...good, image: { text: '(', in: '/x' } }),
    /image\.text: not a regular expression/,
  ],
  ['a missing image condition', file({ ...good, image: undefined }), /expected 'image'/],
  ['an unknown code', file({ ...good, code: 'PL9999' }), /\$\.rules\[0\]\.code/],
  ['an id twice', file(good, good), /'a-rule' is used twice/],
];

for (const [name, text, message, help] of mistakes) {
  test(`${name} is reported with its place`, () => {
    const { value, problems } = parseRules(text, 'mine.json');
    const found = problems.find((problem) => message.test(problem.message));
    assert.ok(found, JSON.stringify(problems));
    assert.equal(found.code, 'PL0501');
    assert.equal(found.at?.path, 'mine.json');
    if (help !== undefined) assert.match(found.help ?? '', help);
    assert.ok(value.length <= 1);
  });
}

test('a rule with a mistake does not take the others with it', () => {
  const { value } = parseRules(
    file({ ...good, id: 'first' }, { ...good, id: 'bad', code: 7 }, good),
    'mine.json',
  );
  assert.deepEqual(
    value.map((rule) => rule.id),
    ['first', 'a-rule'],
  );
});

test('an id may occur once over all files', () => {
  const { value, problems } = parseRuleFiles([
    { path: 'a.json', text: file(good) },
    { path: 'b.json', text: file(good) },
  ]);
  assert.equal(value.length, 1);
  assert.match(problems[0]?.message ?? '', /also in a\.json/);
});

test('endless nesting is refused', () => {
  let image: unknown = { always: true };
  for (let depth = 0; depth < 40; depth++) image = { not: image };
  const { value, problems } = parseRules(file({ ...good, image }), 'deep.json');
  assert.equal(value.length, 0);
  assert.match(problems[0]?.message ?? '', /nest deeper/);
});

test('shipped rules are many, of known codes, and have a reference each', () => {
  assert.ok(shippedRules.length > 200, String(shippedRules.length));
  for (const rule of shippedRules) {
    assert.ok(rule.code in findingCodes);
    assert.ok(rule.references.length > 0, rule.id);
    assert.doesNotMatch(rule.title, /[.]$/, rule.id);
  }
});

test('the example of docs/rules.md is a valid rule file', () => {
  const page = readFileSync(join(root, 'docs/rules.md'), 'utf8');
  const example = /<!-- example -->\n```json\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
  const { value, problems } = parseRules(example, 'docs/rules.md');
  assert.deepEqual(problems, []);
  assert.equal(value[0]?.id, 'acme-queue-somaxconn');
});

const published: readonly [string, z.ZodType][] = [
  ['rules', ruleFileSchema],
  ['policy', policySchema],
];
for (const [name, schema] of published) {
  test(`schemas/${name}.schema.json is what the program validates`, () => {
    const text = readFileSync(join(root, `schemas/${name}.schema.json`), 'utf8');
    assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(z.toJSONSchema(schema))));
  });
}

test('a policy with a mistake is refused with its place', () => {
  const { value, problems } = parsePolicy('{"schema":"plimsoll.policy/1","name":"x"}', 'p.json');
  assert.equal(value, undefined);
  assert.ok(problems.every((problem) => problem.code === 'PL0502'));
  assert.match(problems.map((problem) => problem.message).join('\n'), /\$\.source/);
});
