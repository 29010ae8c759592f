import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  goTime,
  humanAge,
  humanDuration,
  humanSize,
  parseGoDuration,
  parseMoment,
} from './human-units.ts';

const hour = 3600_000;

test('sizes as docker shows them', () => {
  for (const [bytes, digits, expected] of [
    [0, 3, '0B'],
    [999, 3, '999B'],
    [1000, 3, '1kB'],
    [1536, 3, '1.54kB'],
    [192_345_678, 3, '192MB'],
    [192_345_678, 4, '192.3MB'],
    [999_949, 3, '1MB'],
    [1e15 * 2.5, 4, '2.5PB'],
  ] as const)
    assert.equal(humanSize(bytes, digits), expected);
});

test('durations as docker shows them', () => {
  for (const [ms, expected] of [
    [0, 'Less than a second'],
    [1000, '1 second'],
    [59_999, '59 seconds'],
    [60_000, 'About a minute'],
    [59 * 60_000, '59 minutes'],
    [hour, 'About an hour'],
    [2 * hour, '2 hours'],
    [47 * hour, '47 hours'],
    [48 * hour, '2 days'],
    [24 * 14 * hour, '2 weeks'],
    [24 * 60 * hour, '2 months'],
    [24 * 365 * 2 * hour, '2 years'],
  ] as const)
    assert.equal(humanDuration(ms), expected);
  assert.equal(humanAge(5000, 1000), 'Less than a second ago');
  assert.equal(goTime(Date.UTC(2024, 1, 3, 14, 5, 6)), '2024-02-03 14:05:06 +0000 UTC');
});

test('moments of filters', () => {
  assert.equal(parseGoDuration('1h30m'), 1.5 * hour);
  assert.equal(parseGoDuration('1.5h'), 1.5 * hour);
  assert.equal(parseGoDuration('90'), undefined);
  assert.equal(parseMoment('24h', 24 * hour), 0);
  assert.equal(parseMoment('1700000000', 0), 1_700_000_000_000);
  assert.equal(parseMoment('2024-01-02', 0), Date.UTC(2024, 0, 2));
  assert.equal(parseMoment('2024-01-02T03:04:05Z', 0), Date.UTC(2024, 0, 2, 3, 4, 5));
  assert.equal(parseMoment('yesterday', 0), undefined);
});
