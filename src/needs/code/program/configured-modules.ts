// Modules by the configuration that names them. Texts in, names out: nothing is run, and what a configuration computes
// is not followed.
import { posix } from 'node:path';
import type { LoaderView } from '../../library-search.ts';

/** A module that a configuration names. */
export interface ConfiguredModule {
  /** Absolute path, or a path within the directories of the module's kind. */
  readonly name: string;
  /** The file that names it. */
  readonly from: string;
  /** What is looked up in it, where its name is said with it. */
  readonly exports?: RegExp;
}

type View = Pick<LoaderView, 'tree' | 'env' | 'text'>;

/** Texts of the files in a directory that fit, with their paths. */
function* textsIn(
  view: View,
  directory: string,
  fits: RegExp,
): Generator<readonly [path: string, text: string]> {
  for (const name of view.tree.list(directory)) {
    const path = posix.join(directory, name);
    const text = fits.test(name) ? view.text(path) : undefined;
    if (text !== undefined) yield [path, text];
  }
}

function* lines(text: string, comment = /#.*/): Generator<string> {
  for (const line of text.split('\n')) {
    const plain = line.replace(comment, '').trim();
    if (plain !== '') yield plain;
  }
}

/** pam.conf(5), pam.d(5): [-]type control module arguments; control may be [value=action …]. */
function pam(view: View): ConfiguredModule[] {
  const found: ConfiguredModule[] = [];
  for (const directory of ['/etc/pam.d', '/usr/lib/pam.d', '/usr/etc/pam.d']) {
    for (const [from, text] of textsIn(view, directory, /^[\w.-]+$/)) {
      for (const line of lines(text)) {
        const name = /^-?\w+\s+(?:\[[^\]]*\]|\w+)\s+(\S+\.so)\b/.exec(line)?.[1];
        if (name !== undefined) found.push({ name, from });
      }
    }
  }
  return found;
}

interface Sections {
  readonly from: string;
  readonly values: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

/** config(5) of OpenSSL: sections of "name = value". */
function openSslSections(view: View): Sections | undefined {
  const places = [
    view.env['OPENSSL_CONF'],
    '/etc/ssl/openssl.cnf',
    '/usr/lib/ssl/openssl.cnf',
    '/etc/pki/tls/openssl.cnf',
    '/usr/local/ssl/openssl.cnf',
  ];
  for (const from of places) {
    const text = from === undefined ? undefined : view.text(from);
    if (from === undefined || text === undefined) continue;
    const values = new Map<string, Map<string, string>>();
    let section = new Map<string, string>();
    values.set('', section);
    for (const line of lines(text)) {
      const header = /^\[\s*([^\]]*?)\s*\]$/.exec(line)?.[1];
      const [, name, value] = /^([^=\s]+)\s*=\s*(.*)$/.exec(line) ?? [];
      if (header !== undefined) {
        section = values.get(header) ?? new Map();
        values.set(header, section);
      } else if (name !== undefined) section.set(name, value ?? '');
    }
    return { from, values };
  }
  return undefined;
}

/** Sections that "openssl_conf" leads to under a name: "providers", "engines". */
function* openSslChildren(
  { values }: Sections,
  kind: string,
): Generator<readonly [name: string, section: ReadonlyMap<string, string>]> {
  const first = values.get(values.get('')?.get('openssl_conf') ?? '');
  const list = values.get(first?.get(kind) ?? '');
  for (const [name, section] of list ?? []) yield [name, values.get(section) ?? new Map()];
}

/** Those that are part of libcrypto itself. */
const builtIn = new Set(['default', 'base', 'null']);

function openSslProviders(view: View): ConfiguredModule[] {
  const sections = openSslSections(view);
  if (sections === undefined) return [];
  return [...openSslChildren(sections, 'providers')].flatMap(([name, section]) =>
    builtIn.has(name) || !/^(?:1|yes|true|on)$/i.test(section.get('activate') ?? '')
      ? []
      : [{ name: section.get('module') ?? `${name}.so`, from: sections.from }],
  );
}

function openSslEngines(view: View): ConfiguredModule[] {
  const sections = openSslSections(view);
  if (sections === undefined) return [];
  return [...openSslChildren(sections, 'engines')].map(([name, section]) => ({
    name: section.get('dynamic_path') ?? `${section.get('engine_id') ?? name}.so`,
    from: sections.from,
  }));
}

/** ngx_core_module, "load_module": relative to the prefix that was compiled in. */
function nginx(view: View): ConfiguredModule[] {
  const found: ConfiguredModule[] = [];
  const texts = [
    ...textsIn(view, '/etc/nginx', /^nginx\.conf$/),
    ...textsIn(view, '/usr/local/nginx/conf', /^nginx\.conf$/),
    ...textsIn(view, '/etc/nginx/modules-enabled', /\.conf$/),
    ...textsIn(view, '/etc/nginx/modules', /\.conf$/),
    ...textsIn(view, '/usr/share/nginx/modules', /\.conf$/),
  ];
  const prefixes = [
    '/usr/share/nginx',
    '/etc/nginx',
    '/usr/local/nginx',
    '/usr/lib/nginx',
    '/usr/lib64/nginx',
  ];
  for (const [from, text] of texts) {
    for (const line of lines(text)) {
      const name = /^load_module\s+["']?([^"';]+)/.exec(line)?.[1]?.trim();
      if (name === undefined) continue;
      const path = name.startsWith('/')
        ? name
        : prefixes
            .map((prefix) => posix.join(prefix, name))
            .find((each) => view.tree.stat(each) !== undefined);
      if (path !== undefined) found.push({ name: path, from });
    }
  }
  return found;
}

/** mod_so, "LoadModule": the symbol that it names is looked up. */
function apache(view: View): ConfiguredModule[] {
  const roots = ['/etc/apache2', '/etc/httpd', '/usr/local/apache2'];
  const folders = ['', 'conf', 'conf.d', 'conf.modules.d', 'mods-enabled', 'conf-enabled'];
  const found: ConfiguredModule[] = [];
  for (const root of roots) {
    for (const folder of folders) {
      for (const [from, text] of textsIn(view, posix.join(root, folder), /\.(?:conf|load)$/)) {
        for (const line of lines(text, /^#.*/)) {
          const [, symbol, file] = /^LoadModule\s+(\w+)\s+"?([^"\s]+)/i.exec(line) ?? [];
          if (symbol === undefined || file === undefined) continue;
          const name = file.startsWith('/') ? file : posix.join(root, file);
          found.push({ name, from, exports: new RegExp(`^${symbol}$`) });
        }
      }
    }
  }
  return found;
}

/** php.ini and its directory of further files: extension= and zend_extension=, with or without ".so". */
function php(view: View): ConfiguredModule[] {
  const folders = ['/usr/local/etc/php', '/usr/local/etc/php/conf.d', '/etc', '/etc/php.d'];
  for (const version of view.tree.list('/etc/php'))
    for (const kind of view.tree.list(`/etc/php/${version}`))
      folders.push(`/etc/php/${version}/${kind}`, `/etc/php/${version}/${kind}/conf.d`);
  for (const name of view.tree.list('/etc'))
    if (/^php\d+$/.test(name)) folders.push(`/etc/${name}`, `/etc/${name}/conf.d`);
  const found: ConfiguredModule[] = [];
  for (const folder of folders) {
    const fits = folder === '/etc' ? /^php\.ini$/ : /\.ini$/;
    for (const [from, text] of textsIn(view, folder, fits)) {
      for (const line of lines(text, /;.*/)) {
        const name = /^(?:zend_)?extension\s*=\s*"?([^"\s]+)/.exec(line)?.[1];
        if (name !== undefined)
          found.push({ name: name.endsWith('.so') ? name : `${name}.so`, from });
      }
    }
  }
  return found;
}

/** By the rule that asks for them (opened-modules.ts). */
export const configuredModules = { pam, openSslProviders, openSslEngines, nginx, apache, php };
