import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryTree } from '../../../../test/builders/memory-tree.ts';
import { configuredModules } from './configured-modules.ts';
import { askedServices } from './name-services.ts';

/** Names that a rule finds in these files. */
async function check(
  rule: keyof typeof configuredModules,
  files: Readonly<Record<string, string>>,
  expected: readonly string[],
): Promise<void> {
  const tree = await memoryTree(files, () => undefined);
  const found = configuredModules[rule]({ tree, env: {}, text: (path) => files[path] });
  assert.deepEqual(
    found.map(({ name, from }) => `${from}: ${name}`),
    expected,
  );
}

test('modules that configurations name', async () => {
  await check(
    'pam',
    {
      '/etc/pam.d/su':
        'auth sufficient pam_rootok.so\n#auth required pam_wheel.so\n@include common\n',
      '/etc/pam.d/common':
        'auth\t[success=1 default=ignore]\tpam_unix.so nullok\n-session optional /opt/pam_x.so\n',
    },
    [
      '/etc/pam.d/common: pam_unix.so',
      '/etc/pam.d/common: /opt/pam_x.so',
      '/etc/pam.d/su: pam_rootok.so',
    ],
  );
  const providers = [
    'openssl_conf = init',
    '[init]',
    'providers = list',
    'engines = other',
    '[list]',
    'default = d',
    'legacy = l',
    'fips = f',
    '[d]',
    'activate = 1',
    '[l]',
    'activate = 1',
    '[f]',
    'module = /opt/fips.so',
    '[other]',
    'x = y',
    '[y]',
    'engine_id = afalg',
  ].join('\n');
  await check('openSslProviders', { '/etc/ssl/openssl.cnf': providers }, [
    '/etc/ssl/openssl.cnf: legacy.so',
  ]);
  await check('openSslEngines', { '/etc/ssl/openssl.cnf': providers }, [
    '/etc/ssl/openssl.cnf: afalg.so',
  ]);
  await check(
    'nginx',
    {
      '/etc/nginx/nginx.conf': 'load_module /opt/a.so;\n# load_module b.so;\n',
      '/etc/nginx/modules-enabled/50.conf': 'load_module modules/c.so;',
      '/usr/share/nginx/modules/c.so': '',
    },
    [
      '/etc/nginx/nginx.conf: /opt/a.so',
      '/etc/nginx/modules-enabled/50.conf: /usr/share/nginx/modules/c.so',
    ],
  );
  await check(
    'apache',
    {
      '/etc/apache2/mods-enabled/dir.load': 'LoadModule dir_module /usr/lib/apache2/mod_dir.so\n',
      '/usr/local/apache2/conf/httpd.conf': '#LoadModule a a.so\nLoadModule b_module modules/b.so',
    },
    [
      '/etc/apache2/mods-enabled/dir.load: /usr/lib/apache2/mod_dir.so',
      '/usr/local/apache2/conf/httpd.conf: /usr/local/apache2/modules/b.so',
    ],
  );
  await check(
    'php',
    {
      '/etc/php/8.2/cli/conf.d/10-x.ini': ';extension=a\nextension=b\nzend_extension=opcache.so\n',
    },
    ['/etc/php/8.2/cli/conf.d/10-x.ini: b.so', '/etc/php/8.2/cli/conf.d/10-x.ini: opcache.so'],
  );
});

test('services of those databases only that are asked', () => {
  const reached = (names: ReadonlySet<string>) =>
    ['getpwuid', 'initgroups'].find((n) => names.has(n));
  const found = askedServices(
    reached,
    'passwd: files systemd # x\nhosts: files dns\ngroup: files [!SUCCESS=return] sss\n',
  );
  assert.deepEqual(
    found.map(({ database, service }) => `${database} ${service}`),
    ['passwd files', 'passwd systemd', 'initgroups files', 'initgroups sss'],
  );
  const [, systemd] = found;
  assert.ok(systemd?.exports.test('_nss_systemd_getpwuid_r'));
  assert.ok(!systemd?.exports.test('_nss_systemd_getgrgid_r'));
  assert.deepEqual(
    askedServices(reached, undefined).map(({ service }) => service),
    ['compat', 'files', 'compat', 'files'],
  );
});
