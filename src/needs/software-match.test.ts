import assert from 'node:assert/strict';
import { test } from 'node:test';
import { imageConfig } from '../../test/builders/image-config.ts';
import type { Package } from '../formats/package.ts';
import type { FileNode, FileTree } from '../image/file-tree.ts';
import type { SoftwareSources } from './recognise/signal.ts';
import type { SoftwareEntry } from './software-entry.ts';
import { recogniseSoftware } from './software-match.ts';

/** A tree of executable files with these paths. */
function treeOf(paths: readonly string[]): FileTree {
  const nodes = new Map<string, FileNode>();
  const put = (path: string, type: 'file' | 'directory') =>
    nodes.set(path, { path, type, mode: 0o755, uid: 0, gid: 0, size: 0, mtime: 0 });
  for (const path of paths) {
    for (let at = path.indexOf('/', 1); at > 0; at = path.indexOf('/', at + 1)) {
      put(path.slice(0, at), 'directory');
    }
    put(path, 'file');
  }
  return {
    stat: (path) => nodes.get(path),
    list: (path) =>
      [...nodes.keys()]
        .filter((each) => each.startsWith(path === '/' ? '/' : `${path}/`))
        .map((each) => each.slice(path === '/' ? 1 : path.length + 1))
        .filter((each) => !each.includes('/'))
        .sort(),
    walk: () => nodes.values(),
    read: () => Promise.resolve(undefined),
  };
}

const dpkg = (name: string, version: string): Package => ({
  manager: 'dpkg',
  name,
  version,
  database: '/var/lib/dpkg/status',
});

const catalogue: readonly SoftwareEntry[] = [
  {
    name: 'postgresql',
    packages: ['postgresql-[0-9]*', 'apk:pg'],
    paths: ['/usr/lib/postgresql/{version}/bin/postgres'],
    commands: ['postgres'],
    env: ['PG_MAJOR', 'PG_VERSION'],
  },
  {
    name: 'openjdk',
    env: ['JAVA_VERSION'],
    versionFrom: [{ path: '/usr/lib/jvm/*/release', pattern: '^V="([^"]+)"' }],
    paths: ['**/lib/server/libjvm.so'],
  },
  { name: 'etcd', goModules: ['go.etcd.io/etcd/*'] },
  { name: 'acme', labels: ['org.title=^Acme (\\S+)$'] },
  { name: 'epoll', jars: ['netty-epoll-{version}-linux-*.jar'] },
  { name: 'reader', texts: [{ path: '/opt/**', pattern: 'memory\\.limit_in_bytes' }] },
];

interface Given {
  readonly paths?: readonly string[];
  readonly packages?: readonly Package[];
  readonly env?: Record<string, string>;
  readonly labels?: Record<string, string>;
  readonly texts?: Record<string, string>;
}

function check(given: Given, expected: readonly string[]): void {
  const texts = given.texts ?? {};
  const sources: SoftwareSources = {
    config: imageConfig({ env: given.env ?? {}, labels: given.labels ?? {} }),
    tree: treeOf([...(given.paths ?? []), ...Object.keys(texts)]),
    elves: [],
    packages: given.packages ?? [],
    texts: Object.keys(texts),
    text: (path) => texts[path],
  };
  const found = recogniseSoftware(sources, catalogue);
  assert.deepEqual(
    found.map(({ name, version }) => `${name} ${version ?? '?'}`),
    expected,
  );
  for (const { evidence } of found) assert.ok(evidence.length > 0);
}

test('software is recognised however it came, with the version of the best source', () => {
  check({}, []);
  check({ packages: [dpkg('postgresql-15', '15.6-0+deb12u1')] }, ['postgresql 15.6']);
  check({ packages: [dpkg('postgresql-common', '248')] }, []);
  check({ packages: [dpkg('pg', '1')] }, []);
  check({ paths: ['/usr/lib/postgresql/9.6/bin/postgres'] }, ['postgresql 9.6']);
  check({ paths: ['/opt/tarball/bin/postgres'] }, ['postgresql ?']);
  check({ env: { BITNAMI_APP_NAME: 'postgresql', APP_VERSION: '16.4.0' } }, ['postgresql 16.4.0']);
  check({ env: { BITNAMI_APP_NAME: 'redis', APP_VERSION: '7' } }, []);
  check({ texts: { '/opt/bitnami/postgresql/.spdx-postgresql.spdx': '"versionInfo": "15.3.0"' } }, [
    'postgresql 15.3.0',
  ]);
  check({ env: { PG_MAJOR: '16', PG_VERSION: '16.2-1.pgdg120+2' } }, ['postgresql 16.2']);
  check(
    {
      paths: ['/usr/lib/jvm/a/lib/server/libjvm.so', '/usr/lib/jvm/b/lib/server/libjvm.so'],
      env: { JAVA_VERSION: 'x' },
      texts: {
        '/usr/lib/jvm/a/release': 'V="17.0.2"\n',
        '/usr/lib/jvm/b/release': 'V="1.8.0_372"\n',
      },
    },
    ['openjdk 17.0.2', 'openjdk 8.0.372'],
  );
  check({ texts: { '/usr/lib/jvm/a/release': 'V="17.0.2"\n' } }, []);
  check({ labels: { 'org.title': 'Acme 4.2' } }, ['acme 4.2']);
  check({ labels: { 'org.title': 'Acme' } }, []);
  check({ paths: ['/app/lib/netty-epoll-4.1.77.Final-linux-x86_64.jar'] }, ['epoll 4.1.77']);
  check({ texts: { '/opt/x/run.sh': 'cat memory.limit_in_bytes' } }, ['reader ?']);
  check({ texts: { '/srv/run.sh': 'cat memory.limit_in_bytes' } }, []);
  check({ packages: [{ ...dpkg('go.etcd.io/etcd/server/v3', 'v3.5.9'), manager: 'go' }] }, [
    'etcd 3.5.9',
  ]);
});
