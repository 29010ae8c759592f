import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Challenge, parseChallenges } from './challenge.ts';

const bearer = (parameters: Record<string, string>): Challenge => ({
  scheme: 'bearer',
  parameters,
});

test('challenges are read in every form that servers write them', () => {
  const cases: readonly (readonly [string, readonly Challenge[]])[] = [
    ['', []],
    [
      'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/redis:pull"',
      [
        bearer({
          realm: 'https://auth.docker.io/token',
          service: 'registry.docker.io',
          scope: 'repository:library/redis:pull',
        }),
      ],
    ],
    ['Basic realm=x', [{ scheme: 'basic', parameters: { realm: 'x' } }]],
    ['BASIC REALM = "a, b"', [{ scheme: 'basic', parameters: { realm: 'a, b' } }]],
    ['Bearer scope="a:b:pull,push", realm="r"', [bearer({ scope: 'a:b:pull,push', realm: 'r' })]],
    [
      String.raw`Basic realm="a \"b\" \\ c"`,
      [{ scheme: 'basic', parameters: { realm: String.raw`a "b" \ c` } }],
    ],
    [
      'Negotiate, Basic realm="x", Bearer realm="y"',
      [
        { scheme: 'negotiate', parameters: {} },
        { scheme: 'basic', parameters: { realm: 'x' } },
        bearer({ realm: 'y' }),
      ],
    ],
    [
      'Negotiate YII+/x==, Basic realm="x"',
      [
        { scheme: 'negotiate', parameters: {} },
        { scheme: 'basic', parameters: { realm: 'x' } },
      ],
    ],
    [', ,Basic realm="x",', [{ scheme: 'basic', parameters: { realm: 'x' } }]],
    ['Basic', [{ scheme: 'basic', parameters: {} }]],
    // The first of two counts, and no name reaches the object's own.
    [
      'Basic realm="a", realm="b", __proto__="c"',
      [{ scheme: 'basic', parameters: { realm: 'a' } }],
    ],
    // Not closed: what was read before it stands.
    ['Basic realm="x', [{ scheme: 'basic', parameters: { realm: '' } }]],
    ['"', []],
  ];
  for (const [text, expected] of cases) assert.deepEqual(parseChallenges(text), expected, text);
});

test('hostile headers take linear time', () => {
  const started = performance.now();
  for (const part of ['a=', 'Basic ', '"', ',', '\\"', 'a="b\\', 'x '])
    parseChallenges(`Bearer ${part.repeat(1_000_000)}`);
  assert.ok(performance.now() - started < 1000);
});
