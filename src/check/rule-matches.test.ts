import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeNeeds } from '../needs/make-needs.ts';
import type { DerivedValues } from '../needs/need.ts';
import { emptyUserSpace, type UserSpace } from '../needs/user-space.ts';
import type { DataRule } from './data-rule.ts';
import { rememberMatches, ruleMatch } from './rule-matches.ts';

const rule = (id: string, text: string, more: Partial<DataRule> = {}): DataRule => ({
  id,
  code: 'PL4001',
  component: 'kernel',
  severity: 'degraded',
  title: 'title',
  need: 'need',
  help: 'help',
  references: [],
  image: { text, in: '/etc/*' },
  ...more,
});

const rules = [
  rule('there', '^a$'),
  rule('not-there', '^b$'),
  rule('only-started', '^a$', { onStartOnly: true }),
];

/** A user space of one text that counts how often it is read. */
function spaceOf(text: string): UserSpace & { reads(): number } {
  let reads = 0;
  return {
    ...emptyUserSpace('memory'),
    texts: ['/etc/x'],
    text: () => {
      reads++;
      return text;
    },
    start: [{ argv: ['/other'], path: '/other', kind: 'elf' }],
    reads: () => reads,
  };
}

function derivedValues(): DerivedValues & { readonly values: Map<string, Uint8Array> } {
  const values = new Map<string, Uint8Array>();
  return {
    values,
    get: (name) => values.get(name),
    put: (name, value) => void values.set(name, value),
  };
}

const found = (derived: DerivedValues | undefined, text: string) => {
  const space = spaceOf(text);
  const needs = makeNeeds(space, [], derived);
  rememberMatches(needs, rules);
  const paths = rules.map((one) => ruleMatch(needs, one)?.path);
  return { paths, reads: space.reads() };
};

test('what rules find is looked for once and taken from beside the needs afterwards', () => {
  const derived = derivedValues();
  const expected = ['/etc/x', undefined, undefined];
  const plain = found(undefined, 'a');
  assert.deepEqual(plain.paths, expected);
  assert.ok(plain.reads > 0);
  assert.deepEqual(found(derived, 'a'), plain);
  assert.equal(derived.values.size, 1);
  assert.deepEqual(found(derived, 'a'), { paths: expected, reads: 0 });
});

test('a kept value that is none is looked for again', () => {
  const derived = derivedValues();
  found(derived, 'a');
  for (const key of derived.values.keys()) derived.values.set(key, Buffer.from('[["the'));
  const again = found(derived, 'b');
  assert.deepEqual(again.paths, [undefined, '/etc/x', undefined]);
});

test('where nothing says what starts, a library is no sign of what starts', () => {
  const software = (evidence: UserSpace['software'][number]['evidence']): UserSpace => ({
    ...emptyUserSpace('memory'),
    software: [{ name: 'ebpf-program', evidence }],
  });
  const started = rule('started', '', { onStartOnly: true, image: { software: 'ebpf-program' } });
  const library = { path: '/usr/lib/libbpf.so.1', detail: 'library libbpf.so.1' };
  const user = { path: '/usr/bin/ip', detail: 'links libbpf.so.1' };
  const build = { path: '/app', detail: 'Go module github.com/cilium/ebpf v0.12.0' };
  const match = (space: UserSpace) => ruleMatch(makeNeeds(space, []), started);
  assert.equal(match(software([library, user])), undefined);
  assert.equal(match(software([library, build]))?.ifStarted, true);
  // An image that names nothing to start is no better.
  const image = software([library, user]);
  assert.equal(match({ ...image, target: { ...image.target, kind: 'stored' } }), undefined);
});
