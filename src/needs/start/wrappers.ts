// Programs that only start another one: how many of their words stand before it. What they start is what counts.

/** Options of a wrapper that take a value in the next word. */
interface Wrapper {
  readonly withValue: readonly string[];
  /** Words that are no options and stand before the command: gosu's user. */
  readonly operands: number;
  /** Leading NAME=VALUE words belong to the wrapper. */
  readonly assignments?: boolean;
}

const simple: Wrapper = { withValue: [], operands: 0 };

const wrappers: Readonly<Record<string, Wrapper>> = {
  env: { withValue: ['-u', '--unset', '-C', '--chdir'], operands: 0, assignments: true },
  tini: { withValue: ['-p', '-e'], operands: 0 },
  'tini-static': { withValue: ['-p', '-e'], operands: 0 },
  'docker-init': { withValue: ['-p', '-e'], operands: 0 },
  'dumb-init': { withValue: ['-r', '--rewrite'], operands: 0 },
  catatonit: simple,
  pid1: simple,
  gosu: { withValue: [], operands: 1 },
  'su-exec': { withValue: [], operands: 1 },
  's6-setuidgid': { withValue: [], operands: 1 },
  setpriv: {
    withValue: [
      '--reuid',
      '--regid',
      '--groups',
      '--bounding-set',
      '--inh-caps',
      '--ambient-caps',
      '--securebits',
    ],
    operands: 0,
  },
  chpst: {
    withValue: ['-u', '-U', '-e', '-n', '-l', '-m', '-d', '-o', '-p', '-f', '-c', '-b'],
    operands: 0,
  },
  exec: { withValue: ['-a'], operands: 0 },
  nohup: simple,
  nice: { withValue: ['-n', '--adjustment'], operands: 0 },
  ionice: { withValue: ['-c', '-n', '--class', '--classdata'], operands: 0 },
  numactl: { withValue: ['-N', '-m', '-C', '-i', '-p'], operands: 0 },
  stdbuf: { withValue: ['-i', '-o', '-e'], operands: 0 },
  setsid: simple,
  time: simple,
  command: simple,
  'with-contenv': simple,
  busybox: simple,
  'jemalloc.sh': simple,
  'aws-lambda-rie': simple,
  xvfb: simple,
};

/** The command that a wrapper starts, or undefined when the name is none or nothing follows. */
export function unwrap(argv: readonly string[]): readonly string[] | undefined {
  const name = (argv[0] ?? '').slice((argv[0] ?? '').lastIndexOf('/') + 1);
  const wrapper = Object.hasOwn(wrappers, name) ? wrappers[name] : undefined;
  if (wrapper === undefined) return undefined;
  let at = 1;
  while (at < argv.length) {
    const word = argv[at] ?? '';
    if (word === '--') {
      at++;
      break;
    }
    if (name === 'env' && (word === '-S' || word === '--split-string')) {
      return [...(argv[at + 1] ?? '').split(/\s+/), ...argv.slice(at + 2)];
    }
    if (word.startsWith('-') && word.length > 1) at += wrapper.withValue.includes(word) ? 2 : 1;
    else if (wrapper.assignments === true && /^[A-Za-z_][A-Za-z0-9_]*=/.test(word)) at++;
    else break;
  }
  const rest = argv.slice(at + wrapper.operands);
  return rest.length > 0 && rest[0] !== '' ? rest : undefined;
}
