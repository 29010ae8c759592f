import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { plainSpecMount } from '../engine/volumes/spec-mounts.ts';
import type { RequestedMount } from '../engine/volumes/volumes.ts';
import type { MountOptions } from './mount-options.ts';
import { volumeChoicesOf } from './mounts-of.ts';

const sources = { resolve: (path: string) => path.replace(/^\./, '/work') };

const mountsOf = (options: MountOptions): readonly RequestedMount[] =>
  volumeChoicesOf(options, sources).mounts;

const bind = {
  kind: 'bind',
  readOnly: false,
  createSource: true,
  options: ['rbind', 'rprivate'],
} as const;
const volume = {
  kind: 'volume',
  anonymous: false,
  readOnly: false,
  copy: true,
  options: [],
} as const;

test('-v takes docker’s forms', () => {
  const check = (text: string, expected: Readonly<Record<string, unknown>>): void =>
    assert.deepEqual(mountsOf({ volume: [text] }), [expected], text);
  check('/data:/srv', { ...bind, source: '/data', destination: '/srv' });
  check('./data:/srv/:ro', {
    ...bind,
    source: '/work/data',
    destination: '/srv',
    readOnly: true,
  });
  check('/a:/b:shared,noexec,Z,U', {
    ...bind,
    source: '/a',
    destination: '/b',
    options: ['rbind', 'shared', 'noexec'],
    relabel: 'private',
    chown: true,
  });
  check('/a:/b:bind,cached', {
    ...bind,
    source: '/a',
    destination: '/b',
    options: ['bind', 'rprivate'],
  });
  check('data:/srv', { ...volume, name: 'data', destination: '/srv' });
  check('data:/srv/../x:nocopy,ro,z', {
    ...volume,
    name: 'data',
    destination: '/x',
    copy: false,
    readOnly: true,
    relabel: 'shared',
  });
  check('/srv', { ...volume, anonymous: true, destination: '/srv' });
});

test('--mount takes docker’s keys', () => {
  const check = (text: string, expected: Readonly<Record<string, unknown>>): void =>
    assert.deepEqual(mountsOf({ mount: [text] }), [expected], text);
  check('type=bind,src=./a,dst=/b,ro,bind-propagation=rslave', {
    ...bind,
    source: '/work/a',
    destination: '/b',
    readOnly: true,
    createSource: false,
    options: ['rbind', 'rslave'],
  });
  check('type=bind,"source=/a,b",target=/b,readonly=false,bind-recursive=disabled', {
    ...bind,
    source: '/a,b',
    destination: '/b',
    createSource: false,
    options: ['bind', 'rprivate'],
  });
  check('type=bind,source=/a,target=/b,readonly,bind-recursive=readonly,relabel=shared', {
    ...bind,
    source: '/a',
    destination: '/b',
    readOnly: true,
    createSource: false,
    options: ['rbind', 'rro', 'rprivate'],
    relabel: 'shared',
  });
  check('target=/srv', { ...volume, anonymous: true, destination: '/srv' });
  check(
    'source=data,target=/srv,volume-nocopy,volume-subpath=a/b,volume-label=x=y,volume-driver=local,volume-opt=type=tmpfs,volume-opt=device=tmpfs',
    {
      ...volume,
      name: 'data',
      destination: '/srv',
      copy: false,
      subpath: 'a/b',
      driver: 'local',
      driverOptions: { type: 'tmpfs', device: 'tmpfs' },
      labels: { x: 'y' },
    },
  );
  check('type=tmpfs,target=/run,tmpfs-size=64m,tmpfs-mode=1770', {
    kind: 'tmpfs',
    destination: '/run',
    readOnly: false,
    options: ['noexec', 'nosuid', 'nodev', 'size=67108864', 'mode=1770'],
  });
});

test('--tmpfs and what config.json gets', () => {
  const [memory] = mountsOf({ tmpfs: ['/run:size=64m,exec'] });
  assert.ok(memory?.kind === 'tmpfs');
  assert.deepEqual(plainSpecMount(memory), {
    destination: '/run',
    type: 'tmpfs',
    source: 'tmpfs',
    options: ['nosuid', 'nodev', 'size=64m', 'exec', 'rw'],
  });
  const [folder] = mountsOf({ volume: ['/a:/b:ro'] });
  assert.ok(folder?.kind === 'bind');
  assert.deepEqual(plainSpecMount(folder), {
    destination: '/b',
    type: 'bind',
    source: '/a',
    options: ['rbind', 'rprivate', 'ro'],
  });
});

test('what is wrong names the option and the value', () => {
  const check = (option: keyof MountOptions, text: string): void => {
    const named = option === 'volumesFrom' ? '--volumes-from' : `--${option}`;
    assert.throws(
      () => mountsOf({ [option]: [text] }),
      (error) =>
        error instanceof PlimsollError &&
        error.code === 'PL0001' &&
        error.message.includes(`${JSON.stringify(text)} for ${named}`),
      text,
    );
  };
  for (const text of [
    '',
    '/',
    'data',
    'data:srv',
    '/data:srv',
    ':/srv',
    '/data:/srv:rx',
    '/data:/srv:nocopy',
    'data:/srv:rshared',
    'da ta:/srv',
    '-x:/srv',
    '/a:/b:ro:x',
  ])
    check('volume', text);
  for (const text of [
    'type=bind,source=/a',
    'type=bind,target=/b',
    'type=bind,source=a,target=/b',
    'type=bind,source=/a,target=b',
    'type=bind,source=/a,target=/b,volume-nocopy',
    'type=bind,source=/a,target=/b,ro=perhaps',
    'type=bind,source=/a,target=/b,bind-propagation=up',
    'type=bind,source=/a,target=/b,bind-recursive=readonly',
    'type=bnd,source=/a,target=/b',
    'source,target=/b',
    '"source=a,target=/b',
    'source=../a,target=/b',
    'source=a,target=/b,volume-subpath=../x',
    'source=a,target=/b,volume-subpath=/x',
    'type=tmpfs,source=a,target=/b',
    'type=tmpfs,target=/b,tmpfs-size=big',
    'type=tmpfs,target=/b,tmpfs-mode=9',
  ])
    check('mount', text);
  check('tmpfs', 'run');
  check('volumesFrom', ':ro');
  check('volumesFrom', 'web:rx');
  assert.throws(
    () => mountsOf({ volume: ['/a:/b'], tmpfs: ['/b/'] }),
    /duplicate mount point: \/b/,
  );
});
