import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyChange, applyChanges } from './config-change.ts';

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
  ['HEALTHCHECK none', { Healthcheck: { Test: ['NONE'] } }],
  [
    'HEALTHCHECK --interval=1m30s --retries=2 CMD curl -f x || exit 1',
    {
      Healthcheck: {
        Test: ['CMD-SHELL', 'curl -f x || exit 1'],
        Interval: 90_000_000_000,
        Retries: 2,
      },
    },
  ],
  ['HEALTHCHECK CMD ["a", "b"]', { Healthcheck: { Test: ['CMD', 'a', 'b'] } }],
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
  ['HEALTHCHECK curl', /^expected HEALTHCHECK NONE/],
  [
    'HEALTHCHECK --interval=soon CMD x',
    /^unknown option or value of HEALTHCHECK: '--interval=soon'/,
  ],
];

for (const [line, fault] of faults) {
  test(`no --change: ${line}`, () => {
    const found = applyChange(before, line);
    assert.match('fault' in found ? String(found['fault']) : '', fault);
  });
}

test('a new entry point takes the old command away, as in a Dockerfile', () => {
  const base = { Cmd: ['old'], Entrypoint: ['old'] };
  const change = (...lines: readonly string[]) => applyChanges(base, lines);
  assert.deepEqual(change('ENTRYPOINT ["new"]'), { Entrypoint: ['new'] });
  const both = { Cmd: ['c'], Entrypoint: ['new'] };
  assert.deepEqual(change('CMD ["c"]', 'entrypoint ["new"]'), both);
  assert.deepEqual(change('ENTRYPOINT ["new"]', 'CMD ["c"]'), both);
  assert.ok('fault' in change('CMD ["c"]', 'RUN x'));
});
