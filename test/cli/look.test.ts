// Commands that look at images, on the built program: an image in a layout and in an archive of docker's.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { dockerArchive, layoutArchive, makeLayout, writeLayout } from '../builders/oci-layout.ts';
import { makeTar } from '../builders/tar.ts';
import { checkGolden } from '../golden/golden.ts';
import { serveLayout } from '../support/layout-registry.ts';
import { bundle, quietEnvironment, runPlimsoll } from './run-plimsoll.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-test-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const base = makeTar([
  { name: 'etc/os-release', body: 'ID=debian\n' },
  { name: 'opt/app', body: 'x'.repeat(1500) },
]);
const top = makeTar([
  { name: 'opt/.wh.app', body: '' },
  { name: 'opt/new', body: 'y'.repeat(20) },
]);
const config = {
  created: '2026-01-02T03:04:05.678Z',
  author: 'somebody',
  config: {
    Env: ['PATH=/bin', 'A=1'],
    Cmd: ['/opt/new'],
    Labels: { 'org.example.name': 'n', a: 'b' },
    Volumes: { '/data': {} },
    Healthcheck: { Test: ['CMD', 'true'], Interval: 1000000000 },
  },
  history: [
    { created: '2025-01-01T00:00:00Z', created_by: '/bin/sh -c #(nop) ADD file:00ff in / ' },
    { created: '2026-01-02T03:04:05Z', created_by: 'ENV A=1', empty_layer: true },
    {
      created: '2026-01-02T03:04:05Z',
      created_by: 'RUN /bin/sh -c\trm /opt/app &&\n echo a long line that is cut # buildkit',
      comment: 'buildkit.dockerfile.v0',
    },
  ],
};

const layout = makeLayout();
const stored = [base, top].map((tar) => ({ stored: tar, tar }));
const plain = layout.image(
  stored,
  { os: 'linux', architecture: 'amd64', ...config },
  config.config,
);
layout.index([
  { ...plain, annotations: { 'org.opencontainers.image.ref.name': 'docker.io/library/app:1' } },
]);
writeLayout(layout, folder);
writeFileSync(join(folder, 'wasted.tar'), layoutArchive(layout));
const archive = join(folder, 'saved.tar');
writeFileSync(archive, dockerArchive([base], ['debian:12', 'debian:latest']));
const env = { PLIMSOLL_CACHE_DIR: join(folder, 'cache'), PLIMSOLL_ROOT: join(folder, 'root') };
const run = (...args: readonly string[]) => runPlimsoll(args, { env });

test('inspect shows an image with the fields of docker', async () => {
  const { stdout, code } = await run('inspect', `oci:${folder}`);
  const [image, ...more] = JSON.parse(stdout);
  assert.equal(code, 0);
  assert.equal(more.length, 0);
  const { Id, Descriptor, RootFS, ...rest } = image;
  assert.match(Id, /^sha256:[0-9a-f]{64}$/);
  assert.equal(Descriptor.digest, plain.digest);
  assert.equal(RootFS.Layers.length, 2);
  assert.deepEqual(rest, {
    RepoTags: ['docker.io/library/app:1'],
    RepoDigests: [],
    Parent: '',
    Comment: 'buildkit.dockerfile.v0',
    Created: '2026-01-02T03:04:05.678Z',
    DockerVersion: '',
    Author: 'somebody',
    Config: {
      Hostname: '',
      Domainname: '',
      User: '',
      AttachStdin: false,
      AttachStdout: false,
      AttachStderr: false,
      Tty: false,
      OpenStdin: false,
      StdinOnce: false,
      Env: ['PATH=/bin', 'A=1'],
      Cmd: ['/opt/new'],
      Healthcheck: { Test: ['CMD', 'true'], Interval: 1000000000 },
      Image: '',
      Volumes: { '/data': {} },
      WorkingDir: '',
      Entrypoint: null,
      OnBuild: null,
      Labels: { a: 'b', 'org.example.name': 'n' },
    },
    Architecture: 'amd64',
    Os: 'linux',
    Size: 10 + 1500 + 20,
    GraphDriver: { Data: null, Name: '' },
    Metadata: { LastTagTime: '0001-01-01T00:00:00Z' },
  });
});

test('inspect shows what it finds and fails for the rest', async () => {
  const ran = await run(
    'image',
    'inspect',
    '-f',
    '{{.RepoTags}} {{.Size}}',
    './no-such.tar',
    archive,
  );
  assert.equal(ran.stdout, '[debian:12 debian:latest] 1510\n');
  assert.match(ran.stderr, /^error\[PL0\d+\]: .*no-such/);
  assert.equal(ran.code, 1);
  const none = await run('inspect', folder.replace(/$/, '/none'));
  assert.equal(none.stdout, '[]\n');
  assert.equal(none.code, 1);
});

test('inspect takes templates and json', async () => {
  const template =
    '{{index .Config.Labels "org.example.name"}} {{.Config.Healthcheck.Test}} {{json .Config.Volumes}} {{.Config.Labels.none}}';
  const ran = await run('inspect', '--format', template, `oci:${folder}:docker.io/library/app:1`);
  assert.equal(ran.stdout, 'n [CMD true] {"/data":{}} <no value>\n');
  const json = await run('inspect', '-f', 'json', archive, archive);
  assert.equal(json.stdout.trimEnd().split('\n').length, 2);
  const wrong = await run('inspect', '-f', '{{.Nope}}', archive);
  assert.match(wrong.stderr, /^error\[PL0760\]: template: :1:2: /);
  assert.equal(wrong.code, 2);
});

test('a root file system is no image', async () => {
  for (const command of ['inspect', 'history']) {
    const ran = await run(command, '/etc');
    assert.match(ran.stderr, /^error\[PL0761\]/);
    assert.equal(ran.code, 1);
  }
});

test('history shows steps, the newest first, with the sizes of their layers', async () => {
  const { stdout } = await run('history', '--human=false', `oci:${folder}`);
  const id = /^[0-9a-f]{12}/m.exec(stdout)?.[0] ?? '';
  assert.equal(
    stdout,
    `IMAGE          CREATED AT             CREATED BY                                      SIZE      COMMENT
${id}   2026-01-02T03:04:05Z   RUN /bin/sh -c rm /opt/app &&  echo a long l…   20        buildkit.dockerfile.v0
<missing>      2026-01-02T03:04:05Z   ENV A=1                                         0
<missing>      2025-01-01T00:00:00Z   /bin/sh -c #(nop) ADD file:00ff in /            1510
`,
  );
  const ids = await run('history', '-q', '--no-trunc', `oci:${folder}`);
  assert.match(ids.stdout, /^sha256:[0-9a-f]{64}\n<missing>\n<missing>\n$/);
  const own = await run(
    'image',
    'history',
    '--format',
    '{{.Size}}\\t{{.Comment}}',
    `oci:${folder}`,
  );
  assert.equal(own.stdout, '20B\tbuildkit.dockerfile.v0\n0B\t\n1.51kB\t\n');
  const unknown = await run('history', archive);
  assert.match(unknown.stdout, /^IMAGE .*\n[0-9a-f]{12} +N\/A +1\.51kB\n$/);
});

test('of an image in a registry only manifest and configuration are fetched', async () => {
  const registry = await serveLayout(layout, plain);
  try {
    const name = `${registry.host}/team/app:1`;
    const ran = await run('inspect', '-f', '{{.RepoTags}} {{.RepoDigests}} {{.Os}}', name);
    assert.equal(ran.stdout, `[${name}] [${registry.host}/team/app@${plain.digest}] linux\n`);
    const history = await run('history', '-H=false', name);
    assert.match(history.stdout, new RegExp(`^<missing> .* ${base.length}$`, 'm'));
    const blobs = registry.log('GET').filter((url) => url.includes('/blobs/'));
    assert.equal(blobs.length, 2, blobs.join('\n'));
    assert.equal(new Set(blobs).size, 1, 'the configuration, once for each command');
  } finally {
    await registry.close();
  }
});

test('layers reports what each did, and what is stored for nothing', async () => {
  const { stdout, code } = await run('layers', `oci:${folder}`);
  assert.equal(code, 0);
  checkGolden('layers.txt', stdout.replaceAll(folder, ''));
  const json = await run('image', 'tree', '--format', 'json', `oci:${folder}`);
  const report = JSON.parse(json.stdout);
  assert.equal(report.schema, 'plimsoll.layers/1');
  assert.equal(report.wastedBytes, 1500);
  assert.deepEqual(report.wasted, [
    { path: '/opt/app', bytes: 1500, layer: 2, why: 'removed', versions: 1 },
  ]);
  assert.deepEqual(report.layers[1].changes[0], {
    path: '/opt/app',
    change: 'removed',
    type: 'file',
    bytes: 0,
  });
});

test('thresholds of layers end with 1 and say why', async () => {
  for (const [code, ...args] of [
    [0, '--min-efficiency', '0.01', '--max-wasted', '1.5kB'],
    [1, '--min-efficiency', '90%'],
    [1, '--max-wasted', '1499'],
    [2, '--max-wasted', 'much'],
  ] as const) {
    const ran = await run('layers', ...args, archive.replace('saved.tar', 'wasted.tar'));
    assert.equal(ran.code, code, `${args.join(' ')} ${ran.stderr}`);
    assert.equal(/failed: |error/.test(ran.stderr), code !== 0);
  }
});

test('the browser draws on a terminal and leaves it as it was', async () => {
  const quoted = [process.execPath, bundle, 'layers', `oci:${folder}`]
    .map((word) => `'${word}'`)
    .join(' ');
  // script gives it a terminal of its own.
  const browser = spawn('script', ['-qec', quoted, '/dev/null'], {
    env: { ...quietEnvironment(env), TERM: 'xterm' },
    stdio: 'pipe',
    timeout: 60_000,
  });
  // Each key is pressed when the browser has drawn what the one before it asked for.
  const keys: [shown: RegExp, key: string][] = [
    [/\x1b\[\?1049h[\s\S]*q quit/, '\t/app'],
    [/changes of layer 2 \(with 'app'\)/, '\r'],
    [/\/opt/, 'q'],
  ];
  let shown = '';
  let drawn = '';
  browser.stdout.on('data', (bytes) => {
    shown += String(bytes);
    drawn += String(bytes);
    const [next] = keys;
    if (next === undefined || !next[0].test(drawn)) return;
    keys.shift();
    drawn = '';
    browser.stdin.write(next[1]);
  });
  const [status] = await once(browser, 'close');
  assert.equal(status, 0, shown);
  assert.match(shown, /^\x1b\[\?1049h/);
  assert.match(shown, /changes of layer 2 \(with 'app'\)/);
  assert.match(shown, /\x1b\[\?25h\x1b\[\?1049l\s*$/);
});
