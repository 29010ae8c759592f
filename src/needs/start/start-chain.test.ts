import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildElf } from '../../../test/builders/elf.ts';
import type { MemoryFile } from '../../../test/builders/memory-tree.ts';
import { needsOf } from '../../../test/builders/user-space.ts';
import type { ImageConfig } from '../../image/image.ts';

const elf = buildElf();

/** An image with shells, launchers and some programs. */
const base: Readonly<Record<string, MemoryFile>> = {
  '/usr/bin/dash': elf,
  '/usr/bin/sh': { link: 'dash' },
  '/bin': { link: 'usr/bin' },
  '/usr/bin/bash': elf,
  '/usr/bin/env': elf,
  '/usr/bin/tini': elf,
  '/usr/local/bin/gosu': elf,
  '/usr/bin/python3': elf,
  '/opt/java/bin/java': elf,
  '/usr/sbin/nginx': elf,
  '/usr/local/bin/redis-server': elf,
};

interface Case {
  readonly files?: Readonly<Record<string, MemoryFile>>;
  readonly config: Partial<ImageConfig>;
  readonly expected: readonly string[];
}

async function check({ files = {}, config, expected }: Case): Promise<void> {
  const { userSpace } = await needsOf({ ...base, ...files }, config);
  const shown = userSpace.start.map(({ kind, path, argv }) => `${kind} ${path ?? argv[0]}`);
  assert.deepEqual(shown, expected, JSON.stringify(config));
}

const entrypoint = (...words: string[]) => ({ entrypoint: words });
const script = (...lines: string[]) => lines.join('\n');

test('the program behind launchers', async () => {
  await check({ config: {}, expected: [] });
  await check({
    config: entrypoint('nginx', '-g', 'daemon off;'),
    expected: ['elf /usr/sbin/nginx'],
  });
  await check({ config: entrypoint('nothing'), expected: ['missing nothing'] });
  await check({
    config: entrypoint('/usr/bin/tini', '-v', '--', 'gosu', 'redis', 'redis-server'),
    expected: ['elf /usr/bin/tini', 'elf /usr/local/bin/gosu', 'elf /usr/local/bin/redis-server'],
  });
  await check({
    config: entrypoint('env', 'A=b', 'nginx'),
    expected: ['elf /usr/bin/env', 'elf /usr/sbin/nginx'],
  });
  await check({
    config: { entrypoint: ['./nginx'], workingDirectory: '/usr/sbin' },
    expected: ['elf /usr/sbin/nginx'],
  });
});

test('shells and interpreters end the chain where the code is not told', async () => {
  await check({ config: { cmd: ['bash'] }, expected: ['shell /usr/bin/bash'] });
  await check({
    config: { cmd: ['/bin/sh', '-c', 'eval "$X"'] },
    expected: ['shell /usr/bin/dash'],
  });
  await check({
    config: { cmd: ['python3', 'app.py'] },
    expected: ['interpreter /usr/bin/python3'],
  });
  await check({
    config: { cmd: ['/bin/sh', '-c', 'exec nginx -g "daemon off;"'] },
    expected: ['elf /usr/bin/dash', 'elf /usr/sbin/nginx'],
  });
  await check({
    config: {
      cmd: ['/bin/sh', '-c', '$JAVA_HOME/bin/java $OPTS -jar x.jar'],
      env: { JAVA_HOME: '/opt/java' },
    },
    expected: ['elf /usr/bin/dash', 'interpreter /opt/java/bin/java'],
  });
});

test('entry scripts lead to what they exec', async () => {
  const redis = script(
    '#!/bin/sh',
    'set -e',
    '# first arg is `-f` or `--some-option`',
    'if case "$1" in -*) true ;; *) false ;; esac; then',
    '\tset -- redis-server "$@"',
    'fi',
    'if [ "$1" = "redis-server" ] && [ "$(id -u)" = "0" ]; then',
    '\texec gosu redis "$0" "$@"',
    'fi',
    'exec "$@"',
  );
  const files = { '/usr/local/bin/entry.sh': redis };
  const through = [
    'script /usr/local/bin/entry.sh',
    'elf /usr/bin/dash',
    'elf /usr/local/bin/redis-server',
  ];
  await check({
    files,
    config: { entrypoint: ['entry.sh'], cmd: ['redis-server'] },
    expected: through,
  });
  await check({
    files,
    config: { entrypoint: ['entry.sh'], cmd: ['--appendonly'] },
    expected: through,
  });
  await check({
    files: {
      '/start': script('#!/usr/bin/env bash', 'DAEMON=/usr/sbin/nginx', 'exec "$DAEMON" -g x'),
    },
    config: { cmd: ['/start'] },
    expected: ['script /start', 'elf /usr/bin/bash', 'elf /usr/sbin/nginx'],
  });
  await check({
    files: { '/start': script('#!/bin/sh', 'exec "$@"') },
    config: { cmd: ['/start'] },
    expected: ['script /start', 'shell /usr/bin/dash'],
  });
  await check({
    files: { '/start': script('#!/usr/bin/python3', 'import os') },
    config: { cmd: ['/start'] },
    expected: ['script /start', 'interpreter /usr/bin/python3'],
  });
  await check({
    files: { '/start': script('#!/opt/none', 'x') },
    config: { cmd: ['/start'] },
    expected: ['script /start', 'missing /opt/none'],
  });
  await check({
    files: { '/start': script('#!/bin/sh', 'finish() { :; }', 'finish 0') },
    config: { cmd: ['/start', 'x'] },
    expected: ['script /start', 'shell /usr/bin/dash'],
  });
  await check({
    files: { '/start': script('#!/bin/sh', 'exec /opt/none 0') },
    config: { cmd: ['/start'] },
    expected: ['script /start', 'elf /usr/bin/dash', 'missing /opt/none'],
  });
  await check({
    files: { '/a': script('#!/bin/sh', 'exec /b'), '/b': script('#!/bin/sh', 'exec /a') },
    config: { cmd: ['/a'] },
    expected: ['script /a', 'elf /usr/bin/dash', 'script /b', 'elf /usr/bin/dash'],
  });
});

test('supervisors lead to their services', async () => {
  await check({
    files: {
      '/usr/bin/supervisord': script('#!/usr/bin/python3', 'run()'),
      '/etc/supervisor/conf.d/web.conf':
        '[program:web]\ncommand=/usr/sbin/nginx -g "daemon off;"\n',
    },
    config: { cmd: ['/usr/bin/supervisord', '-n'] },
    expected: ['script /usr/bin/supervisord', 'elf /usr/bin/python3', 'elf /usr/sbin/nginx'],
  });
});

test('a directory starts the init that is there, or nothing', async () => {
  const { userSpace } = await needsOf(
    {
      ...base,
      '/usr/lib/systemd/systemd': elf,
      '/sbin/init': { link: '/usr/lib/systemd/systemd' },
    },
    null,
  );
  assert.deepEqual(
    userSpace.start.map(({ path }) => path),
    ['/usr/lib/systemd/systemd'],
  );
  const bare = await needsOf(base, null);
  assert.deepEqual(bare.userSpace.start, []);
  assert.deepEqual(
    bare.of('unbounded').map(({ reason }) => reason),
    ['no-entrypoint'],
  );
});

test('systemd starts enabled units that stay, and only where it is what starts', async () => {
  const unit = (command: string, more = '') => `[Service]\n${more}ExecStart=-${command} --x\n`;
  const wants = '/etc/systemd/system/multi-user.target.wants';
  const files = {
    ...base,
    '/usr/lib/systemd/systemd': elf,
    '/usr/sbin/httpd': elf,
    '/usr/sbin/setup': elf,
    '/usr/sbin/off': elf,
    '/usr/sbin/last': elf,
    '/usr/lib/systemd/system/httpd.service': unit('/usr/sbin/httpd'),
    '/usr/lib/systemd/system/setup.service': unit('/usr/sbin/setup', 'Type=oneshot\n'),
    '/usr/lib/systemd/system/off.service': unit('/usr/sbin/off'),
    '/usr/lib/systemd/system/last.service': unit('/usr/sbin/last'),
    '/usr/sbin/shelled': elf,
    '/usr/lib/systemd/system/shelled.service':
      '[Service]\nExecStart=/bin/sh -c "X=`/usr/sbin/off`; \\\n exec /usr/sbin/shelled $X"\n',
    [`${wants}/shelled.service`]: { link: '/usr/lib/systemd/system/shelled.service' },
    [`${wants}/httpd.service`]: { link: '/usr/lib/systemd/system/httpd.service' },
    [`${wants}/setup.service`]: { link: '/usr/lib/systemd/system/setup.service' },
    '/etc/systemd/system/poweroff.target.wants/last.service': {
      link: '/usr/lib/systemd/system/last.service',
    },
  };
  const started = async (cmd: readonly string[]) =>
    (await needsOf(files, { cmd })).userSpace.start.map(({ path }) => path);
  assert.deepEqual(await started(['/usr/lib/systemd/systemd']), [
    '/usr/lib/systemd/systemd',
    '/usr/sbin/httpd',
    '/usr/bin/dash',
    '/usr/sbin/shelled',
  ]);
  const { '/usr/lib/systemd/systemd': _, ...other } = files;
  const plain = await needsOf({ ...other, '/sbin/init': elf }, { cmd: ['/sbin/init'] });
  assert.deepEqual(
    plain.userSpace.start.map(({ path }) => path),
    ['/sbin/init'],
  );
});
