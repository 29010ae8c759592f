// Images go round: from this program to podman, buildah, skopeo and umoci, and from each of them back, through archives,
// layouts and a registry. What has a digest keeps it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type BlobRef, type Layout, makeLayout, writeLayout } from '../builders/oci-layout.ts';
import { makeTar } from '../builders/tar.ts';
import { runPlimsoll } from '../cli/run-plimsoll.ts';
import { type RealRegistry, startRegistry } from '../support/real-registry.ts';

const scripts = join(import.meta.dirname, '../../scripts');
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-tools-'));
let registry: RealRegistry;
before(async () => {
  execFileSync(join(scripts, 'test-tools.sh'));
  registry = await startRegistry();
});
after(async () => {
  await registry.close();
  // podman's folders have mounts of their own.
  tool('podman', ['unmount', '--all', '--force']);
  rmSync(folder, { recursive: true, force: true });
});

const environment = { ...process.env, HOME: folder, TMPDIR: folder, XDG_RUNTIME_DIR: folder };

/** Runs podman or buildah with a store of their own, skopeo, or umoci. */
function tool(program: string, args: readonly string[]): string {
  const own =
    program === 'podman' || program === 'buildah'
      ? [
          '--root',
          join(folder, 'root'),
          '--runroot',
          join(folder, 'run'),
          '--storage-driver',
          'vfs',
        ]
      : [];
  return execFileSync(program, [...own, ...args], {
    cwd: folder,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  }).toString();
}

/** Runs this program with a store of that name. */
async function plimsoll(store: string, ...args: readonly string[]): Promise<string> {
  const env = { PLIMSOLL_ROOT: join(folder, store), HOME: folder, TMPDIR: folder };
  const ran = await runPlimsoll(args, { env, cwd: folder });
  assert.equal(ran.code, 0, `${args.join(' ')}\n${ran.stdout}${ran.stderr}`);
  return ran.stdout;
}

const tarOf = (name: string): Buffer =>
  makeTar([{ name: 'etc/' }, { name: `etc/${name}`, body: name }]);

function imageIn(layout: Layout, architecture = 'amd64'): BlobRef {
  const layers = ['a', 'b'].map((name) => {
    const tar = tarOf(`${architecture}-${name}`);
    const mediaType = 'application/vnd.oci.image.layer.v1.tar+gzip';
    return { tar, stored: gzipSync(tar), mediaType };
  });
  const ref = layout.image(layers, { os: 'linux', architecture }, { Cmd: ['sh'] });
  return { ...ref, platform: { os: 'linux', architecture } };
}

const rawOf = (address: string): string => {
  const raw = tool('skopeo', ['inspect', '--raw', '--tls-verify=false', address]);
  return execFileSync('sha256sum', { input: raw }).toString().split(' ')[0] ?? '';
};

test('registry, store, archive, another store, registry: one digest', async () => {
  const layout = makeLayout();
  const one = imageIn(layout);
  layout.index([{ ...one, annotations: { 'org.opencontainers.image.ref.name': '1' } }]);
  writeLayout(layout, join(folder, 'one'));
  const name = `${registry.host}/one:1`;
  tool('skopeo', ['copy', '-q', '--dest-tls-verify=false', 'oci:one:1', `docker://${name}`]);
  const digest = rawOf(`docker://${name}`);
  assert.equal(`sha256:${digest}`, one.digest);
  await plimsoll('first', 'pull', name);
  for (const form of ['docker-archive', 'oci-archive']) {
    await plimsoll('first', 'save', '--format', form, '-o', `${form}.tar`, name);
    const loaded = await plimsoll(form, 'load', '-i', `${form}.tar`);
    assert.equal(loaded, `Loaded image: ${name}\n`);
    const pushed = await plimsoll(form, 'push', name, `${registry.host}/${form}:2`);
    assert.match(pushed, new RegExp(`2: digest: sha256:${digest} size: `));
    assert.equal(rawOf(`docker://${registry.host}/${form}:2`), digest);
  }
  await plimsoll('first', 'save', '--format', 'oci-dir', '-o', 'saved', name);
  assert.equal(rawOf('oci:saved:1'), digest);
  tool('umoci', ['unpack', '--rootless', '--image', 'saved:1', 'bundle']);
  assert.equal(readFileSync(join(folder, 'bundle/rootfs/etc/amd64-b'), 'utf8'), 'amd64-b');
});

test('an index with all platforms goes from layout to registry to archive to registry', async () => {
  const layout = makeLayout();
  const manifests = [imageIn(layout), imageIn(layout, 'arm64')];
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  const index = layout.json({ schemaVersion: 2, mediaType, manifests }, mediaType);
  layout.index([{ ...index, annotations: { 'org.opencontainers.image.ref.name': '1' } }]);
  writeLayout(layout, join(folder, 'two'));
  const all = `${registry.host}/all:1`;
  await plimsoll('copies', 'copy', '--all', 'oci:two:1', `docker://${all}`);
  assert.equal(`sha256:${rawOf(`docker://${all}`)}`, index.digest);
  await plimsoll('copies', 'copy', '--all', `docker://${all}`, 'oci-archive:all.tar');
  await plimsoll('copies', 'load', '-i', 'all.tar');
  const pushed = await plimsoll('copies', 'push', all, `${registry.host}/all:2`);
  assert.match(pushed, new RegExp(`digest: ${index.digest} `));
  tool('skopeo', [
    'copy',
    '-q',
    '--all',
    '--src-tls-verify=false',
    `docker://${registry.host}/all:2`,
    'dir:all',
  ]);
  assert.deepEqual(
    await plimsoll('copies', 'copy', '--all', '-q', 'dir:all', 'oci:from-dir:1').then(() =>
      rawOf('oci:from-dir:1'),
    ),
    index.digest.slice(7),
  );
  // Of an index that is here in part, the one image is pushed; the name keeps the index.
  await plimsoll('part', 'pull', '--platform', 'linux/arm64', all);
  const part = await plimsoll('part', 'push', all, `${registry.host}/part:1`);
  assert.match(part, new RegExp(`digest: ${manifests[1]?.digest} `));
  await plimsoll('part', 'save', '-o', 'part.tar', all);
  assert.equal(await plimsoll('again', 'load', '-i', 'part.tar'), `Loaded image: ${all}\n`);
  const described = JSON.parse(
    tool('skopeo', ['inspect', '--override-arch', 'arm64', 'oci-archive:part.tar:1']),
  );
  assert.equal(described.Architecture, 'arm64');
});

test('podman loads, pulls and saves what this program wrote, and the other way', async () => {
  const layout = makeLayout();
  const one = imageIn(layout);
  layout.index([{ ...one, annotations: { 'org.opencontainers.image.ref.name': '1' } }]);
  writeLayout(layout, join(folder, 'pod'));
  const config = JSON.parse(
    layout.files.get(`blobs/sha256/${one.digest.slice(7)}`)?.toString() ?? '',
  ).config.digest;
  await plimsoll('pod-store', 'copy', 'oci:pod:1', 'localhost/pod:1');
  for (const form of ['docker-archive', 'oci-archive', 'docker-legacy']) {
    await plimsoll(
      'pod-store',
      'save',
      '--format',
      form,
      '-o',
      `pod-${form}.tar`,
      'localhost/pod:1',
    );
    assert.match(
      tool('podman', ['load', '-i', `pod-${form}.tar`]),
      /Loaded image: localhost\/pod:1/,
    );
    assert.equal(
      `sha256:${tool('podman', ['inspect', '--format', '{{.Id}}', 'localhost/pod:1']).trim()}`,
      config,
    );
  }
  const forms = {
    'docker-archive': 'docker-archive',
    'oci-archive': 'oci-archive',
    'oci-dir': 'oci',
    'docker-dir': 'dir',
  } as const;
  for (const [form, transport] of Object.entries(forms)) {
    tool('podman', ['save', '-q', '--format', form, '-o', `podman-${form}`, 'localhost/pod:1']);
    const loaded = await plimsoll(`from-${form}`, 'load', '-i', `podman-${form}`);
    if (form.endsWith('archive')) assert.equal(loaded, 'Loaded image: localhost/pod:1\n');
    // podman writes the configuration anew when it changes the form.
    const written = JSON.parse(tool('skopeo', ['inspect', '--raw', `${transport}:podman-${form}`]));
    const ids = await plimsoll(`from-${form}`, 'images', '--no-trunc', '-q');
    assert.equal(ids.trim(), written.config.digest, form);
  }
  const name = `${registry.host}/pod:1`;
  tool('podman', ['push', '-q', '--tls-verify=false', 'localhost/pod:1', name]);
  assert.equal((await plimsoll('pulled', 'pull', '-q', name)).trim(), config);
  await plimsoll('pod-store', 'push', 'localhost/pod:1', `${registry.host}/pod:2`);
  const id = tool('podman', ['pull', '-q', '--tls-verify=false', `${registry.host}/pod:2`]).trim();
  assert.equal(`sha256:${id}`, config);
});

test('what buildah and umoci build is loaded, in every form', async () => {
  mkdirSync(join(folder, 'context'));
  writeFileSync(join(folder, 'context/hello'), 'hello');
  const container = tool('buildah', ['from', 'scratch']).trim();
  tool('buildah', ['copy', container, 'context', '/']);
  tool('buildah', ['config', '--cmd', '["/hello"]', container]);
  const forms = {
    'oci-archive:built-oci.tar:localhost/built:1': ['built-oci.tar', 'oci'],
    'docker-archive:built-docker.tar:localhost/built:1': ['built-docker.tar', 'docker'],
    'dir:built-dir': ['built-dir', 'docker'],
  } as const;
  for (const [address, [path, format]] of Object.entries(forms)) {
    tool('buildah', ['commit', '-q', '--format', format, container, address]);
    const store = `store-${path}`;
    const loaded = await plimsoll(store, 'load', '-i', path);
    const id = (await plimsoll(store, 'images', '-q')).trim();
    const shown = await plimsoll(store, 'image', 'inspect', '--format', '{{json .Config.Cmd}}', id);
    assert.equal(shown.trim(), '["/hello"]');
    if (path !== 'built-dir') assert.equal(loaded, 'Loaded image: localhost/built:1\n');
  }
  tool('buildah', ['rm', container]);
  tool('umoci', ['init', '--layout', 'um']);
  tool('umoci', ['new', '--image', 'um:1']);
  tool('umoci', ['insert', '--rootless', '--image', 'um:1', 'context', '/context']);
  const digest = rawOf('oci:um:1');
  await plimsoll('um-store', 'copy', 'oci:um:1', 'um:1');
  await plimsoll('um-store', 'push', 'um:1', `${registry.host}/um:1`);
  assert.equal(rawOf(`docker://${registry.host}/um:1`), digest);
});

test('an imported root file system is an image for the others', async () => {
  writeFileSync(join(folder, 'root.tar.gz'), gzipSync(tarOf('imported')));
  const id = await plimsoll(
    'imports',
    'import',
    '-c',
    'CMD ["/bin/x"]',
    '-m',
    'why',
    'root.tar.gz',
    'localhost/imported',
  );
  await plimsoll('imports', 'save', '-o', 'imported.tar', 'localhost/imported');
  tool('podman', ['load', '-i', 'imported.tar']);
  const [shown] = JSON.parse(tool('podman', ['inspect', 'localhost/imported']));
  assert.equal(`sha256:${shown.Id}\n`, id);
  assert.deepEqual(shown.Config.Cmd, ['/bin/x']);
  assert.equal(shown.History[0].comment, 'why');
});

test('plain layers are compressed when that is asked for; the image keeps its id', async () => {
  const layout = makeLayout();
  const tars = ['plain', 'other'].map(tarOf);
  const one = layout.image([
    ...tars.map((tar) => ({ tar, stored: tar })),
    {
      tar: tarOf('small'),
      stored: gzipSync(tarOf('small')),
      mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
    },
  ]);
  layout.index([{ ...one, annotations: { 'org.opencontainers.image.ref.name': '1' } }]);
  writeLayout(layout, join(folder, 'plain'));
  await plimsoll('plain-store', 'copy', 'oci:plain:1', 'plain:1');
  const id = await plimsoll('plain-store', 'images', '--no-trunc', '-q');
  for (const format of ['gzip', 'zstd']) {
    const name = `${registry.host}/plain:${format}`;
    await plimsoll('plain-store', 'push', '--compression-format', format, 'plain:1', name);
    const sent = JSON.parse(
      tool('skopeo', ['inspect', '--raw', '--tls-verify=false', `docker://${name}`]),
    );
    assert.deepEqual(
      sent.layers.map(({ mediaType }: { mediaType: string }) => mediaType.split('.').at(-1)),
      [`tar+${format}`, `tar+${format}`, 'tar+gzip'],
    );
    assert.equal(await plimsoll(`plain-${format}`, 'pull', '-q', name), id);
    const pulled = tool('podman', ['pull', '-q', '--tls-verify=false', name]);
    assert.equal(`sha256:${pulled}`, id);
  }
  await plimsoll('x', 'copy', '--dest-compress-format', 'gzip', 'oci:plain:1', 'oci:compressed:1');
  tool('umoci', ['unpack', '--rootless', '--image', 'compressed:1', 'bundle-compressed']);
  assert.equal(readFileSync(join(folder, 'bundle-compressed/rootfs/etc/other'), 'utf8'), 'other');
  // Nothing to do: nothing changes.
  await plimsoll('x', 'copy', '--dest-compress-format', 'gzip', 'oci:compressed:1', 'oci:same:1');
  assert.equal(rawOf('oci:same:1'), rawOf('oci:compressed:1'));
});

test('layers are mounted from another repository, not sent', async () => {
  const layout = makeLayout();
  const one = imageIn(layout, 'riscv64');
  layout.index([{ ...one, annotations: { 'org.opencontainers.image.ref.name': '1' } }]);
  writeLayout(layout, join(folder, 'mounts'));
  await plimsoll('mounts-store', 'copy', 'oci:mounts:1', `${registry.host}/from:1`);
  await plimsoll('mounts-store', 'push', `${registry.host}/from:1`);
  const other = await plimsoll(
    'mounts-store',
    'push',
    `${registry.host}/from:1`,
    `${registry.host}/to:1`,
  );
  assert.equal(other.match(/: Mounted\n/g)?.length, 2);
  const again = await plimsoll(
    'mounts-store',
    'push',
    `${registry.host}/from:1`,
    `${registry.host}/to:2`,
  );
  assert.equal(again.match(/: (Layer already exists|Mounted)\n/g)?.length, 2);
});
