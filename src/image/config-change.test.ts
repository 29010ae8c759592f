import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyChange } from './config-change.ts';

const before = { Env: ['A=1', 'B=2'], Labels: { x: 'y' }, WorkingDir: '/srv' };

const cases: readonly (readonly [line: string, expected: object])[] = [
  ['CMD ["a", "b c"]', { Cmd: ['a', 'b c'] }],
  ['cmd echo hi', { Cmd: ['/bin/sh', '-c', 'echo hi'] }],
  ['CMD=/bin/sh', { Cmd: ['/bin/sh', '-c', '/bin/sh'] }],
  ['CMD [ -f /x ]', { Cmd: ['/bin/sh', '-c', '[ -f /x ]'] }],
  ['ENTRYPOINT ["/init"]', { Entrypoint: ['/init'] }],
  ['ENV B=3 C="d e"', { Env: ['A=1', 'B=3', 'C=d e'] }],
  ['ENV C d e', { Env: ['A=1', 'B=2', 'C=d e'] }],
  ['ENV=C=d', { Env: ['A=1', 'B=2', 'C=d'] }],
  ["ENV C='$x' D=\\\"q", { Env: ['A=1', 'B=2', 'C=$x', 'D="q'] }],
  ['EXPOSE 80 53/UDP', { ExposedPorts: { '80/tcp': {}, '53/udp': {} } }],
  ['LABEL a.b=c "d e"=f', { Labels: { x: 'y', 'a.b': 'c', 'd e': 'f' } }],
  ['ONBUILD RUN x', { OnBuild: ['RUN x'] }],
  ['STOPSIGNAL SIGINT', { StopSignal: 'SIGINT' }],
  ['USER 1:2', { User: '1:2' }],
  ['VOLUME /a /b', { Volumes: { '/a': {}, '/b': {} } }],
  ['VOLUME ["/a b"]', { Volumes: { '/a b': {} } }],
  ['WORKDIR /x', { WorkingDir: '/x' }],
  ['WORKDIR x', { WorkingDir: '/srv/x' }],
];

for (const [line, expected] of cases) {
  test(`--change ${line}`, () =>
    assert.deepEqual(applyChange(before, line), { ...before, ...expected }));
}

const faults: readonly (readonly [line: string, fault: RegExp])[] = [
  ['RUN x', /^expected one of CMD, .* found 'RUN x'$/],
  ['constructor x', /^expected one of/],
  ['CMD', /^expected one of/],
  ['CMD ', /^CMD needs a value$/],
  ['ENV A', /^expected NAME=VALUE, found 'A'$/],
  ['ENV A="b', /^a quote is not closed/],
  ['LABEL a=b =c', /^expected NAME=VALUE, found '=c'$/],
  ['EXPOSE http', /^expected a port/],
];

for (const [line, fault] of faults) {
  test(`no --change: ${line}`, () => {
    const found = applyChange(before, line);
    assert.match('fault' in found ? String(found['fault']) : '', fault);
  });
}
