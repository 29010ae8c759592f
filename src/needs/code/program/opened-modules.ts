// What programs load while they run by a rule that their code does not spell out: a configuration names the modules, or
// all of a directory are meant. One row for each such rule; what it chose is named in the evidence and in the notes.
import { posix } from 'node:path';
import { baseName } from '../../../lib/path.ts';
import type { LoaderView } from '../../library-search.ts';
import { compileName } from '../../name-pattern.ts';
import type { ElfFile } from '../../user-space.ts';
import { configuredModules } from './configured-modules.ts';
import type { Reach } from './link.ts';

/** A file to be loaded. */
export interface Opening {
  /** Absolute path, or a name that the loader searches. */
  readonly name: string;
  /** Position of the file that loads it. */
  readonly by: number;
  /** "loaded by PAM: /etc/pam.d/sshd". */
  readonly why: string;
  /** Which exported symbols are then looked up; all where absent. */
  readonly exports?: RegExp;
}

/** What the rules look at. */
export interface ModuleView {
  readonly view: LoaderView;
  readonly program: ElfFile;
  /** Files of the program by position, as `reached` has them. */
  readonly elves: readonly ElfFile[];
  readonly reached: Reach;
}

/** What a rule came to. */
export interface ModuleChoice {
  readonly family: string;
  /** Position of the file that loads the modules: its own dlopen of a computed name is solved by this. */
  readonly by: number;
  readonly openings: readonly Opening[];
  /** One sentence on what is counted. */
  readonly rule: string;
}

interface Family {
  readonly name: string;
  /** The library, or the program, that loads the modules: its file's name. */
  readonly file: RegExp;
  /** One of these exported functions must be reached; absent: being loaded is enough. */
  readonly functions?: readonly string[];
  /** Directories whose modules all count: below the folder of the file, or absolute; `*` stands for a name. */
  readonly directories?: readonly string[];
  /** Directories and all below them. */
  readonly trees?: readonly string[];
  /** Modules that a configuration names: paths or names within `directories`. */
  readonly configured?: (view: LoaderView) => readonly {
    readonly name: string;
    readonly from: string;
    readonly exports?: RegExp;
  }[];
  readonly module?: RegExp;
  readonly exports?: RegExp;
}

const sharedObject = /\.so(?:\.[0-9.]+)?$/;

const families: readonly Family[] = [
  {
    name: 'PAM',
    file: /^libpam\.so/,
    functions: ['pam_start', 'pam_start_confdir', 'pam_authenticate'],
    directories: ['security', '/lib/security', '/usr/lib64/security', '/lib64/security'],
    configured: configuredModules.pam,
    exports: /^pam_sm_/,
  },
  {
    name: 'OpenSSL providers',
    file: /^libcrypto\.so/,
    directories: ['ossl-modules', '/usr/lib64/ossl-modules', '/usr/local/lib64/ossl-modules'],
    configured: configuredModules.openSslProviders,
    exports: /^OSSL_provider_init$/,
  },
  {
    name: 'OpenSSL engines',
    file: /^libcrypto\.so/,
    directories: ['engines-3', 'engines-1.1', '/usr/lib64/engines-3', '/usr/lib64/engines-1.1'],
    configured: configuredModules.openSslEngines,
    exports: /^(?:bind_engine|v_check)$/,
  },
  {
    name: 'SASL',
    file: /^libsasl2\.so/,
    functions: ['sasl_client_init', 'sasl_server_init'],
    directories: ['sasl2', '/usr/lib64/sasl2', '/usr/lib/sasl2'],
    exports: /^sasl_\w*plug_init$|_plug_init$/,
  },
  {
    name: 'GIO',
    file: /^libgio-2\.0\.so/,
    functions: [
      'g_io_modules_scan_all_in_directory_with_scope',
      'g_io_modules_load_all_in_directory_with_scope',
    ],
    directories: ['gio/modules'],
    exports: /^g_io_(?:\w+_)?(?:load|unload|query)$/,
  },
  {
    name: 'gdk-pixbuf',
    file: /^libgdk_pixbuf-2\.0\.so/,
    directories: ['gdk-pixbuf-2.0/*/loaders'],
    exports: /^fill_(?:vtable|info)$/,
  },
  {
    name: 'GTK',
    file: /^libgtk-[34]\.so|^libgtk-x11-2\.0\.so/,
    directories: ['gtk-*/*/immodules', 'gtk-*/*/printbackends', 'gtk-*/*/media', 'gtk-*/modules'],
    exports: /^(?:im_module_\w+|pb_module_\w+|gtk_module_\w+|g_io_\w*(?:load|unload|query))$/,
  },
  {
    name: 'Qt',
    file: /^libQt[56](?:Core|Gui)\.so/,
    trees: ['qt5/plugins', 'qt6/plugins', '/usr/lib64/qt5/plugins', '/usr/lib64/qt6/plugins'],
    exports: /^qt_plugin_/,
  },
  {
    name: 'GStreamer',
    file: /^libgstreamer-1\.0\.so/,
    functions: ['gst_init', 'gst_init_check'],
    directories: ['gstreamer-1.0'],
    exports: /^gst_plugin_\w*(?:get_desc|register|desc)$/,
  },
  {
    name: 'Kerberos',
    file: /^libkrb5\.so/,
    functions: ['krb5_init_context', 'krb5_init_secure_context', 'krb5_init_context_profile'],
    directories: ['krb5/plugins/*', '/usr/lib64/krb5/plugins/*'],
    exports: /_initvt$|^(?:preauthentication|authdata|locate|service_locator|krb5_\w+)/,
  },
  {
    name: 'PKCS #11',
    file: /^libp11-kit\.so/,
    functions: ['p11_kit_modules_load', 'p11_kit_modules_load_and_initialize'],
    directories: ['pkcs11'],
    exports: /^C_Get(?:FunctionList|Interface|InterfaceList)$/,
  },
  {
    name: 'xtables',
    file: /^libxtables\.so/,
    functions: ['xtables_find_target', 'xtables_find_match'],
    directories: ['xtables', '/usr/lib64/xtables', '/usr/lib/xtables'],
    // They register themselves when they are loaded.
    exports: /^$/,
  },
  {
    name: 'nginx',
    file: /^nginx(?:-debug)?$/,
    configured: configuredModules.nginx,
    exports: /^ngx_module(?:s|_names|_order)$/,
  },
  {
    name: 'lighttpd',
    file: /^lighttpd$/,
    directories: ['/usr/lib/lighttpd', '/usr/lib64/lighttpd', '/usr/local/lib/lighttpd'],
    exports: /^mod_\w+_plugin_init$/,
  },
  {
    name: 'Apache',
    file: /^(?:apache2|httpd)(?:\.worker|\.event|-prefork)?$/,
    configured: configuredModules.apache,
  },
  {
    name: 'PHP',
    file: /^php[0-9.]*$|^php-(?:fpm|cgi)[0-9.]*$|^libphp[0-9.]*\.so/,
    directories: [
      '/usr/lib/php/*',
      '/usr/lib64/php/modules',
      '/usr/lib/php*/modules',
      '/usr/local/lib/php/extensions/*',
    ],
    configured: configuredModules.php,
    exports: /^(?:get_module|zend_extension_entry|extension_version_info)$/,
  },
  {
    name: 'PostgreSQL',
    file: /^postgres$/,
    // Functions are called by the names that SQL gives them.
    directories: ['../lib', '/usr/local/lib/postgresql', '/usr/lib/postgresql', '/usr/lib64/pgsql'],
  },
  {
    name: 'MariaDB and MySQL',
    file: /^(?:mysqld|mariadbd)$/,
    directories: ['/usr/lib/mysql/plugin', '/usr/lib64/mysql/plugin', '/usr/lib64/mariadb/plugin'],
    exports: /^_(?:maria|mysql)_(?:plugin|sizeof)_|^(?:maria|mysql)_declarations$/,
  },
  {
    name: 'Python',
    file: /^python[23][0-9.]*$|^libpython[23][0-9.]*m?\.so/,
    directories: ['/usr/lib/python3*/lib-dynload', '/usr/local/lib/python3*/lib-dynload'],
    trees: [
      '/usr/lib/python3/dist-packages',
      '/usr/local/lib/python3*/dist-packages',
      '/usr/local/lib/python3*/site-packages',
      '/usr/lib/python3*/site-packages',
      '/usr/lib64/python3*',
      '/opt/*/lib/python3*',
      '/app/*/lib/python3*',
      '/venv/lib/python3*',
    ],
    exports: /^PyInit_/,
  },
  {
    name: 'Perl',
    file: /^perl[0-9.]*$|^libperl\.so/,
    trees: [
      '/usr/lib/*/perl-base/auto',
      '/usr/lib/*/perl/5*/auto',
      '/usr/lib/*/perl5/5*/auto',
      '/usr/lib/perl5',
      '/usr/lib64/perl5',
      '/usr/local/lib/perl5',
      '/usr/local/lib/*/perl/5*/auto',
    ],
    exports: /^boot_/,
  },
  {
    name: 'Ruby',
    file: /^ruby[0-9.]*$|^libruby[0-9.-]*\.so/,
    trees: [
      '/usr/lib/*/ruby',
      '/usr/lib/ruby',
      '/usr/lib64/ruby',
      '/usr/local/lib/ruby',
      '/usr/local/bundle',
      '/var/lib/gems',
    ],
    exports: /^Init_/,
  },
  {
    name: 'Node.js',
    file: /^node(?:js)?$|^libnode\.so/,
    trees: [
      '/app',
      '/usr/src/app',
      '/srv',
      '/opt',
      '/home',
      '/usr/lib/node_modules',
      '/usr/local/lib/node_modules',
    ],
    module: /\.node$/,
    exports: /^(?:napi|node)_register_module|^node_api_/,
  },
  {
    name: 'Java',
    file: /^libjli\.so/,
    directories: ['.', 'server'],
    exports: /^(?:JNI_|JVM_|Java_|JLI_|jio_|ZIP_|Agent_)/,
  },
  {
    name: 'zsh',
    file: /^zsh[0-9.-]*$/,
    trees: ['/usr/lib/*/zsh', '/usr/lib/zsh', '/usr/lib64/zsh'],
    exports: /^(?:setup|boot|features|enables|cleanup|finish)_$/,
  },
];

const maxModules = 400;
const maxListed = 20_000;

/** Modules that the rules choose for a program as far as it was reached. */
export function openedModules(context: ModuleView): readonly ModuleChoice[] {
  const choices: ModuleChoice[] = [];
  for (const family of families) {
    const by = context.elves.findIndex(({ path }) => family.file.test(baseName(path)));
    if (by < 0) continue;
    const { functions } = family;
    if (functions !== undefined && context.reached.reachedExport(new Set(functions)) === undefined)
      continue;
    const choice = chooseOf(family, by, context);
    if (choice.openings.length > 0) choices.push(choice);
  }
  return choices;
}

function chooseOf(family: Family, by: number, { view, elves }: ModuleView): ModuleChoice {
  const { name, directories = [], trees = [], configured, exports } = family;
  const folder = posix.dirname(elves[by]?.path ?? '/');
  const folders = expanded(directories, folder, view);
  const openings: Opening[] = [];
  const add = (path: string, why: string, symbols = exports): void => {
    if (openings.length >= maxModules || view.elves.at(path) === undefined) return;
    openings.push({ name: path, by, why, ...(symbols === undefined ? {} : { exports: symbols }) });
  };
  if (configured !== undefined) {
    for (const { name: module, from, exports: symbols } of configured(view)) {
      const candidates = module.startsWith('/')
        ? [module]
        : [...folders, folder].map((each) => posix.join(each, module));
      const path = candidates.find((each) => view.elves.at(each) !== undefined);
      if (path !== undefined) add(path, `loaded by ${name}: named in ${from}`, symbols);
    }
    return { family: name, by, openings, rule: `${name}: modules that its configuration names` };
  }
  const module = family.module ?? sharedObject;
  const searched = [...folders];
  for (const each of folders)
    for (const file of view.tree.list(each))
      if (module.test(file)) add(posix.join(each, file), `loaded by ${name} from ${each}`);
  for (const top of expanded(trees, folder, view)) {
    searched.push(top);
    for (const path of filesBelow(top, view, module)) add(path, `loaded by ${name} from ${top}`);
  }
  return { family: name, by, openings, rule: `${name}: all modules below ${searched.join(', ')}` };
}

/** Existing directories that patterns with `*` for one name stand for. */
function expanded(patterns: readonly string[], folder: string, view: LoaderView): string[] {
  const found = new Set<string>();
  for (const pattern of patterns) {
    let paths = ['/'];
    for (const part of posix.resolve(folder, pattern).split('/').filter(Boolean)) {
      const regex = compileName(part);
      paths = part.includes('*')
        ? paths.flatMap((path) =>
            view.tree
              .list(path)
              .filter((name) => regex.test(name))
              .map((name) => posix.join(path, name)),
          )
        : paths.map((path) => posix.join(path, part));
    }
    for (const path of paths) {
      const node = view.tree.stat(path);
      if (node?.type === 'directory') found.add(node.path);
    }
  }
  return [...found];
}

function* filesBelow(top: string, { tree }: LoaderView, module: RegExp): Generator<string> {
  const pending = [top];
  let listed = 0;
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    for (const name of tree.list(path)) {
      if (++listed > maxListed) return;
      const child = posix.join(path, name);
      const type = tree.stat(child, { follow: false })?.type;
      if (type === 'directory') pending.push(child);
      else if (type === 'file' && module.test(name)) yield child;
    }
  }
}
