// What registries answer, and the files that say how they are reached: challenges, refusals, names, registries.conf,
// daemon.json, files of credentials. The first byte chooses who reads the rest.
import assert from 'node:assert/strict';
import { familiarName, formatImageName, parseImageName } from '../../src/image/image-name.ts';
import { isFault } from '../../src/image/oci-json.ts';
import { parseChallenges } from '../../src/registry/challenge.ts';
import { parseCredentialFile } from '../../src/registry/credential-file.ts';
import { retryAfterMs } from '../../src/registry/http/retry.ts';
import { parseDaemonJson, parseRegistriesConf } from '../../src/registry/registries-conf.ts';
import { parseRefusal } from '../../src/registry/registry-error.ts';
import type { FuzzTarget } from './target.ts';

/** A name that is taken must be the same once it was written, in both forms. */
function readName(text: string): void {
  const name = parseImageName(text);
  if (isFault(name)) return;
  assert.deepEqual(parseImageName(formatImageName(name)), name, text);
  assert.deepEqual(parseImageName(familiarName(name)), name, text);
  // What goes into a request's path and header must end neither.
  assert.match(formatImageName(name), /^[!-~]+$/, text);
}

const readers: readonly ((bytes: Uint8Array, text: string) => unknown)[] = [
  (_, text) => parseChallenges(text),
  (_, text) => readName(text),
  (_, text) => parseRegistriesConf(text, 'registries.conf'),
  (bytes) => parseDaemonJson(bytes, 'daemon.json'),
  (bytes) => parseCredentialFile(bytes, 'config.json'),
  (bytes) => parseRefusal(bytes),
  (_, text) => retryAfterMs(text, 0),
];

const seed = (reader: number, text: string): Buffer => Buffer.from(`${String(reader)}${text}`);

export const target: FuzzTarget = {
  name: 'registry',
  seeds: () => [
    seed(0, 'Bearer realm="https://a.example/token",service="b",scope="repository:x:pull,push"'),
    seed(0, 'Negotiate YII=, Basic realm="x \\" y"'),
    seed(1, `localhost:5000/team/app_1.2:v1.0@sha256:${'a'.repeat(64)}`),
    seed(1, '[2001:db8::1]:5000/x__y/z-w'),
    seed(
      2,
      'unqualified-search-registries = ["a.example"]\n[[registry]]\nprefix = "*.b.example"\n[[registry.mirror]]\nlocation = "c.example:80/d"\n[aliases]\n"e" = "f.example/e"\n',
    ),
    seed(3, '{"registry-mirrors":["https://m.example"],"insecure-registries":["10.0.0.0/8"]}'),
    seed(
      4,
      '{"auths":{"https://index.docker.io/v1/":{"auth":"YTpi"},"x/y":{"identitytoken":"t"}},"credHelpers":{"z":"pass"},"credsStore":"s"}',
    ),
    seed(5, '{"errors":[{"code":"DENIED","message":"no","detail":{"message":"x"}}],"details":"y"}'),
    seed(6, 'Sun, 06 Nov 1994 08:49:37 GMT'),
  ],
  run(bytes) {
    const reader = readers[(bytes[0] ?? 48) - 48];
    reader?.(bytes.subarray(1), Buffer.from(bytes.subarray(1)).toString());
  },
};
