// The log against what SARIF 2.1.0's schema asks of the objects that we write: required and known properties, enums.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sampleResult, worksResult } from '../../test/golden/sample-results.ts';
import { formatSarif } from './sarif.ts';

type Json = Readonly<Record<string, unknown>>;
interface Shape {
  readonly required: readonly string[];
  readonly optional: readonly string[];
}

// sarif-schema-2.1.0.json, "definitions": the parts that we use.
const shapes: Readonly<Record<string, Shape>> = {
  log: { required: ['version', 'runs'], optional: ['$schema'] },
  run: {
    required: ['tool'],
    optional: [
      'automationDetails',
      'originalUriBaseIds',
      'columnKind',
      'invocations',
      'results',
      'properties',
    ],
  },
  driver: { required: ['name'], optional: ['semanticVersion', 'informationUri', 'rules'] },
  rule: { required: ['id'], optional: ['name', 'shortDescription', 'help', 'helpUri'] },
  result: {
    required: ['message'],
    optional: [
      'ruleId',
      'ruleIndex',
      'level',
      'locations',
      'relatedLocations',
      'partialFingerprints',
      'properties',
    ],
  },
  location: { required: [], optional: ['id', 'physicalLocation', 'logicalLocations', 'message'] },
  artifact: { required: ['uri'], optional: ['uriBaseId'] },
  notification: { required: ['message'], optional: ['descriptor', 'level', 'locations'] },
};

function asObject(value: unknown): Json {
  assert.ok(
    typeof value === 'object' && value !== null && !Array.isArray(value),
    JSON.stringify(value),
  );
  return value as Json;
}

function checkShape(value: unknown, name: string): Json {
  const object = asObject(value);
  const shape = shapes[name];
  assert.ok(shape, name);
  const keys = Object.keys(object);
  assert.deepEqual(
    shape.required.filter((key) => !keys.includes(key)),
    [],
    `${name} lacks`,
  );
  const known = [...shape.required, ...shape.optional];
  assert.deepEqual(
    keys.filter((key) => !known.includes(key)),
    [],
    `${name} has unknown`,
  );
  return object;
}

function asList(value: unknown): readonly unknown[] {
  assert.ok(Array.isArray(value), JSON.stringify(value));
  return value;
}

function checkLocation(value: unknown): void {
  const location = checkShape(value, 'location');
  const physical = asObject(location['physicalLocation']);
  const artifact = checkShape(physical['artifactLocation'], 'artifact');
  const uri = String(artifact['uri']);
  assert.match(
    uri,
    /^(?:[\w.~!$&'()*+,;=:@/-]|%[0-9A-F]{2})*$/,
    'only what a URI reference may hold',
  );
  const region = physical['region'];
  if (region !== undefined) assert.ok(Number(asObject(region)['startLine']) >= 1);
}

test('a log of two targets has the form that the standard asks for', () => {
  const log = checkShape(JSON.parse(formatSarif([sampleResult, worksResult], '1.2.3')), 'log');
  assert.equal(log['version'], '2.1.0');
  const runs = asList(log['runs']).map((run) => checkShape(run, 'run'));
  assert.equal(runs.length, 2);
  for (const run of runs) {
    const driver = checkShape(asObject(run['tool'])['driver'], 'driver');
    const rules = asList(driver['rules']).map((rule) => checkShape(rule, 'rule'));
    for (const { helpUri } of rules)
      if (helpUri !== undefined) assert.ok(URL.canParse(String(helpUri)));
    const seen = new Set<string>();
    for (const one of asList(run['results'])) {
      const result = checkShape(one, 'result');
      assert.equal(rules[Number(result['ruleIndex'])]?.['id'], result['ruleId']);
      assert.ok(['error', 'warning', 'note'].includes(String(result['level'])));
      assert.ok(String(asObject(result['message'])['text']).length > 0);
      for (const location of asList(result['locations'])) checkLocation(location);
      for (const location of asList(result['relatedLocations'] ?? [])) checkLocation(location);
      const print = JSON.stringify(result['partialFingerprints']);
      assert.ok(!seen.has(print), 'fingerprints tell results apart');
      seen.add(print);
    }
    for (const invocation of asList(run['invocations'])) {
      assert.equal(asObject(invocation)['executionSuccessful'], true);
      for (const notification of asList(asObject(invocation)['toolExecutionNotifications']))
        checkShape(notification, 'notification');
    }
  }
});

test('levels follow severity, and the most important comes first', () => {
  const log = JSON.parse(formatSarif([sampleResult], '1.2.3'));
  const levels = asList(log.runs[0].results).map((result) => asObject(result)['level']);
  assert.deepEqual(levels, ['error', 'error', 'warning', 'warning', 'note']);
});
