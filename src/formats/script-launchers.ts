// Commands that start the command in their own arguments: gosu, tini, env, chroot … and how many of their words are their own.
import { ownEntry } from '../lib/own-entry.ts';
import { baseName } from '../lib/path.ts';

/** Options of launchers that take a value in the next word. */
const launchers: Readonly<
  Record<string, { readonly values?: readonly string[]; readonly operands?: number }>
> = {
  exec: { values: ['-a'] },
  command: {},
  builtin: {},
  env: { values: ['-u', '-C', '-S'] },
  nohup: {},
  setsid: {},
  sudo: { values: ['-u', '-g', '-h', '-p', '-C'] },
  doas: { values: ['-u', '-C'] },
  gosu: { operands: 1 },
  'su-exec': { operands: 1 },
  setuidgid: { operands: 1 },
  's6-setuidgid': { operands: 1 },
  chpst: { values: ['-u', '-U', '-e', '-n', '-m', '-o', '-c'] },
  runuser: { values: ['-u', '-g', '-G'] },
  setpriv: {
    values: ['--reuid', '--regid', '--groups', '--inh-caps', '--bounding-set', '--ambient-caps'],
  },
  tini: { values: ['-p', '-e'] },
  'tini-static': { values: ['-p', '-e'] },
  'docker-init': { values: ['-p', '-e'] },
  'dumb-init': { values: ['-r', '--rewrite'] },
  catatonit: {},
  'with-contenv': {},
  's6-envdir': { operands: 1 },
  's6-env': {},
  nice: { values: ['-n'] },
  ionice: { values: ['-c', '-n', '-p'] },
  chrt: { operands: 1 },
  taskset: { operands: 1 },
  numactl: { values: ['-i', '-m', '-N', '-C', '-p'] },
  time: {},
  timeout: { values: ['-s', '-k'], operands: 1 },
  stdbuf: { values: ['-i', '-o', '-e'] },
  unshare: { values: ['-S', '-G', '-R', '-w', '--setuid', '--setgid', '--root', '--wd'] },
  nsenter: { values: ['-t', '--target', '-S', '-G'] },
  chroot: { operands: 1 },
  busybox: {},
  xargs: { values: ['-n', '-P', '-I', '-d', '-L', '-s'] },
  catchsegv: {},
  fixuid: {},
  prlimit: {},
};

/** The command inside a launcher's: "gosu redis redis-server" is redis-server; undefined for anything else. */
export function unwrapped(words: readonly string[]): readonly string[] | undefined {
  const launcher = ownEntry(launchers, baseName(words[0] ?? ''));
  if (launcher === undefined) return undefined;
  let at = 1;
  for (; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word === '--') {
      at++;
      break;
    }
    if (/^[A-Za-z_][A-Za-z0-9_]*=/.test(word)) continue;
    if (!word.startsWith('-') || word === '-') break;
    if (launcher.values?.includes(word)) at++;
  }
  const inner = words.slice(at + (launcher.operands ?? 0));
  return inner.length > 0 ? (inner[0] === '--' ? inner.slice(1) : inner) : undefined;
}
