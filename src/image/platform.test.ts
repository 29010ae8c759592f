import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatPlatform, parsePlatform, platformFit, thisPlatform } from './platform.ts';

test('platforms as text', () => {
  const cases: readonly [text: string, expected: string | undefined][] = [
    ['linux/amd64', 'linux/amd64'],
    ['x86_64', 'linux/amd64'],
    ['linux/arm64/v8', 'linux/arm64/v8'],
    ['aarch64', 'linux/arm64'],
    ['armhf', 'linux/arm/v7'],
    ['LINUX/ARM/v6', 'linux/arm/v6'],
    ['windows/amd64', 'windows/amd64'],
    ['linux', undefined],
    ['vax', undefined],
    ['constructor', undefined],
    ['linux/amd64/v2/x', undefined],
    ['linux/arm/seven', undefined],
  ];
  for (const [text, expected] of cases) {
    const platform = parsePlatform(text);
    assert.equal(platform && formatPlatform(platform), expected, text);
  }
  assert.equal(thisPlatform().os, 'linux');
});

test('the best fit is the newest variant that the machine has', () => {
  const best = (wanted: string, offered: readonly string[]): string | undefined => {
    const asked = parsePlatform(wanted);
    assert.ok(asked);
    const fits = offered.flatMap((text) => {
      const platform = parsePlatform(text);
      const fit = platform && platformFit(asked, platform);
      return fit === undefined ? [] : [{ text, fit }];
    });
    return fits.sort((a, b) => b.fit - a.fit)[0]?.text;
  };
  assert.equal(best('arm/v7', ['arm/v5', 'arm/v6', 'arm64']), 'arm/v6');
  assert.equal(best('arm/v5', ['arm/v6', 'arm/v7']), undefined);
  assert.equal(best('arm64', ['arm64/v8', 'arm/v7']), 'arm64/v8');
  assert.equal(best('arm64/v8', ['arm64']), 'arm64');
  assert.equal(best('amd64', ['amd64/v3', 'amd64']), 'amd64');
  assert.equal(best('amd64', ['amd64/v3', '386']), 'amd64/v3');
  assert.equal(best('amd64/v2', ['amd64/v3']), undefined);
});
