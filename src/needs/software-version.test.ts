import assert from 'node:assert/strict';
import { test } from 'node:test';
import { upstreamVersion } from './software-version.ts';

test('the upstream version of what packagers and images write', () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['1:7.0.15-1~deb12u1', '7.0.15'],
    ['v20.1.0', '20.1.0'],
    ['jdk-17.0.2+8', '17.0.2'],
    ['8u442-b06', '8.0.442'],
    ['jdk8u292-b10', '8.0.292'],
    ['1:1.8.0_442.b06-2.el9', '8.0.442'],
    ['8.442.06-r0', '8.0.442'],
    ['8.0.442', '8.0.442'],
    ['16.2-1.pgdg120+2', '16.2'],
    ['2.39+dfsg-3', '2.39'],
    ['3.0.2-r1', '3.0.2'],
    ['1.1.1w-0+deb11u1', '1.1.1w'],
    ['252.38-1~deb12u1', '252.38'],
    ['4.4', '4.4'],
    ['16', '16'],
    ['latest', undefined],
    ['', undefined],
  ];
  for (const [text, expected] of cases) assert.equal(upstreamVersion(text), expected, text);
});
