// System calls that the user space makes: through functions of its C library (what a program imports says which), by
// run-times that are linked in or recognised, and directly. What then happens when a call is missing comes with it,
// because libraries expect ENOSYS of an older kernel and little else.
import { type Abi, abiOfMachine } from '../../kernel/abi.ts';
import { libcCalls, type RuntimeCall, runtimeCalls } from '../../kernel/fallbacks.ts';
import { compareReleases } from '../../kernel/release.ts';
import { type SyscallFacts, syscallNamed, syscallNumbered } from '../../kernel/syscalls.ts';
import { capEvidence, groupBy } from '../evidence.ts';
import { findLibc } from '../find-libc.ts';
import { listedMachine } from '../listed-base.ts';
import type { Need } from '../need.ts';
import type { ElfFile, Evidence, Libc } from '../user-space.ts';
import type { CallUse } from './call-use.ts';
import { listedUses } from './listed-calls.ts';
import { runnable } from './machine.ts';
import { type DeriveView, onStart, roleOf, softwareOnStart, startFirst } from './view.ts';

/** Uses that come to the same thing: one call, one who, the same way of coping. */
const keyOf = ({ call: { syscall, onMissing, effect }, who }: CallUse): string =>
  [syscall, who, onMissing.ENOSYS, onMissing.EPERM, onMissing.EINVAL, effect].join('\0');

/** Calls older than this are in every kernel that an offer can name; only filters could refuse them. */
const everywhere = '3.0';

/** Programs and libraries of one ABI, with the C library that they use. */
interface Side {
  readonly abi: Abi;
  readonly files: readonly ElfFile[];
  readonly libc: Libc | undefined;
  /** Not the ABI of most of the user space. */
  readonly second: boolean;
}

/** Needs of system calls, one for each call and who makes it, ABI by ABI. */
export function* syscalls(view: DeriveView): Generator<Need> {
  const { libc, packages } = view.userSpace;
  const files = runnable(view.userSpace.elves);
  const machine = machineOf(view, files);
  // Where nothing tells the machine, the calls of the most usual one: what older engines refuse is the same on all of 64 bits.
  const abi =
    machine === undefined
      ? libc?.listed === true
        ? 'x86_64'
        : undefined
      : abiOfMachine(machine.machine, machine.bits);
  const isOwn = ({ facts }: ElfFile): boolean =>
    facts.machine === machine?.machine && facts.bits === machine.bits;
  if (abi !== undefined)
    yield* syscallsOf(view, { abi, files: files.filter(isOwn), libc, second: false });
  const others = files.filter((file) => !isOwn(file));
  for (const group of groupBy(others, ({ facts }) => `${facts.machine} ${facts.bits}`).values()) {
    const facts = group[0]?.facts;
    const other = facts === undefined ? undefined : abiOfMachine(facts.machine, facts.bits);
    // Libraries alone run nothing.
    if (other === undefined || !group.some((file) => roleOf(file) === 'program')) continue;
    const itsLibc = findLibc(group, packages, facts?.machine);
    yield* syscallsOf(view, { abi: other, files: group, libc: itsLibc, second: true });
  }
}

function* syscallsOf(view: DeriveView, side: Side): Generator<Need> {
  const { abi, files, second } = side;
  const uses = [
    ...libcUses(view, side),
    ...(second ? [] : listedUses(view, files, abi)),
    ...staticUses(view, files, abi),
    ...runtimeUses(view, files, abi),
    ...(second ? [] : softwareUses(view, abi)),
  ];
  const known = new Set(uses.map(({ call }) => call.syscall));
  for (const group of groupBy(uses, keyOf).values()) {
    const shown = startFirst(view, group);
    const [first] = shown;
    if (first === undefined) continue;
    const { syscall, onMissing, effect, fallback } = first.call;
    const start =
      first.software === undefined ? onStart(view, group) : softwareOnStart(view, first.software);
    const symbols = [...new Set(shown.flatMap(({ symbol }) => symbol ?? []))];
    yield {
      kind: 'syscall',
      name: syscall,
      ...(second ? { abi } : {}),
      by: [first.who, symbols.join(', '), second ? `(${abi})` : '']
        .filter((part) => part !== '')
        .join(' '),
      onMissing,
      effect,
      ...(fallback === undefined ? {} : { fallback }),
      certainty: start.onStartPath === true && first.imported ? 'reachable' : 'present',
      evidence: capEvidence(shown.map(({ evidence }) => evidence)),
      ...start,
    };
  }
  yield* plainUses(view, side, known);
}

/** The machine that the user space's programs are for: the C library's, else the most frequent. */
function machineOf(
  view: DeriveView,
  files: readonly ElfFile[],
): Pick<ElfFile['facts'], 'machine' | 'bits'> | undefined {
  const libc = files.find(({ path }) => path === view.userSpace.libc?.path);
  const start = files.find(({ path }) => view.startPaths?.has(path));
  const most = [...groupBy(files, ({ facts }) => facts.machine).values()].sort(
    (a, b) => b.length - a.length,
  )[0]?.[0];
  return (libc ?? start ?? most)?.facts ?? listedMachine(view.userSpace);
}

/** Functions of the dynamic C library that files import. */
function* libcUses(view: DeriveView, { files, abi, libc }: Side): Generator<CallUse> {
  if (libc?.version === undefined || (libc.name !== 'glibc' && libc.name !== 'musl')) return;
  const bySymbol = new Map<string, RuntimeCall[]>();
  for (const call of libcCalls(libc.name, libc.version, abi)) {
    for (const symbol of call.symbols)
      bySymbol.set(symbol, [...(bySymbol.get(symbol) ?? []), call]);
  }
  const always = bySymbol.get('*') ?? [];
  for (const file of files) {
    const role = roleOf(file);
    if (role === 'loader' || role === 'libc') continue;
    if (role === 'program' && file.facts.interpreter !== undefined) {
      for (const call of always) {
        yield {
          call,
          who: `${libc.name} ${libc.version}`,
          path: file.path,
          imported: true,
          evidence: view.at(file, 'dynamic program'),
        };
      }
    }
    for (const { name, version } of file.facts.imports) {
      for (const call of bySymbol.get(name) ?? []) {
        yield {
          call,
          who: `${libc.name} ${libc.version}`,
          symbol: name,
          path: file.path,
          imported: true,
          evidence: view.at(file, `imports ${name}${version === undefined ? '' : ` (${version})`}`),
        };
      }
    }
  }
}

/** Later than every row of the tables. */
const newest = '99';

/** ABIs in whose code system calls are looked for (src/formats/elf-code.ts). */
const readAbis: ReadonlySet<Abi> = new Set(['x86_64', 'aarch64']);

/**
 * Static programs: what their C library may call. A linker takes only what is used out of a static library, so that a
 * call whose number stands in the code is one that the program can make. Where code is not read, all may be there.
 */
function* staticUses(view: DeriveView, files: readonly ElfFile[], abi: Abi): Generator<CallUse> {
  for (const file of files) {
    const { staticLibc, directSyscalls } = file.facts;
    const role = roleOf(file);
    if (role === 'loader' || role === 'libc') continue;
    if (staticLibc === undefined || (staticLibc.name !== 'glibc' && staticLibc.name !== 'musl'))
      continue;
    const numbers = new Set(directSyscalls);
    // That the call's number is in the code tells enough of a version that is not written down.
    const named = [staticLibc.name, staticLibc.version].filter(Boolean).join(' ');
    for (const call of libcCalls(staticLibc.name, staticLibc.version ?? newest, abi)) {
      const number = syscallNamed(call.syscall)?.numbers[abi];
      const unread = !readAbis.has(abi) && staticLibc.version !== undefined;
      if (number === undefined || !(unread || numbers.has(number))) continue;
      yield {
        call,
        who: `static ${named}`,
        path: file.path,
        imported: false,
        evidence: view.at(
          file,
          `holds ${named}${unread ? ', which may call' : ' and the call'} ${call.syscall}`,
        ),
      };
    }
  }
}

/** Run-times inside programs: Go and Rust. */
function* runtimeUses(view: DeriveView, files: readonly ElfFile[], abi: Abi): Generator<CallUse> {
  for (const file of files) {
    for (const [runtime, shown, version] of [
      ['go', 'Go', file.facts.go?.version],
      ['rust', 'Rust', file.facts.rust],
    ] as const) {
      if (version === undefined) continue;
      for (const call of runtimeCalls(runtime, version, abi)) {
        yield {
          call,
          who: `${shown} ${version}`,
          symbol: call.symbols.join(', '),
          path: file.path,
          imported: false,
          evidence: view.at(file, `built with ${shown} ${version}`),
        };
      }
    }
  }
}

/** Run-times of the tables by their names in the catalogue. */
const recognised: Readonly<Record<string, string>> = {
  libuv: 'libuv',
  python: 'cpython',
  openjdk: 'openjdk',
  systemd: 'systemd',
};

function* softwareUses(view: DeriveView, abi: Abi): Generator<CallUse> {
  for (const { name, version, evidence } of view.userSpace.software) {
    const runtime = recognised[name];
    const [first] = evidence;
    if (runtime === undefined || version === undefined || first === undefined) continue;
    for (const call of runtimeCalls(runtime, version, abi)) {
      yield {
        call,
        who: `${name} ${version}`,
        symbol: call.symbols.join(', '),
        software: evidence,
        path: first.path ?? '',
        imported: false,
        evidence: first,
      };
    }
  }
}

/** Calls that files make without a table saying how they cope: plain wrappers that they import, numbers in their code. */
function* plainUses(
  view: DeriveView,
  { files, abi, second }: Side,
  known: ReadonlySet<string>,
): Generator<Need> {
  const uses: { name: string; path: string; imported: boolean; evidence: Evidence }[] = [];
  for (const file of files) {
    const role = roleOf(file);
    if (role === 'loader' || role === 'libc' || file.facts.go !== undefined) continue;
    for (const { name } of file.facts.imports) {
      if (isNew(syscallNamed(name), abi))
        uses.push({
          name,
          path: file.path,
          imported: true,
          evidence: view.at(file, `imports ${name}`),
        });
    }
    for (const number of file.facts.directSyscalls) {
      const call = syscallNumbered(abi, number);
      if (call !== undefined && isNew(call, abi)) {
        uses.push({
          name: call.name,
          path: file.path,
          imported: false,
          evidence: view.at(file, `calls ${call.name} directly`),
        });
      }
    }
  }
  for (const [name, group] of groupBy(uses, (use) => use.name)) {
    if (known.has(name)) continue;
    const shown = startFirst(view, group);
    const start = onStart(view, group);
    yield {
      kind: 'syscall',
      name,
      ...(second ? { abi } : {}),
      by: shown[0]?.path ?? '',
      onMissing: {},
      effect: `${shown[0]?.path} gets the errno`,
      certainty:
        start.onStartPath === true && shown[0]?.imported === true ? 'reachable' : 'present',
      evidence: capEvidence(shown.map(({ evidence }) => evidence)),
      ...start,
    };
  }
}

/**
 * Old calls that engines' filters or the kernel refuse without a capability, and that programs make for what they are
 * meant to do. Not those that servers only make when they are configured so (setns, chroot, quotactl).
 */
const guarded = new Set([
  'ptrace',
  'mbind',
  'set_mempolicy',
  'get_mempolicy',
  'perf_event_open',
  'fanotify_init',
  'open_by_handle_at',
  'swapon',
  'init_module',
  'delete_module',
  'settimeofday',
  'clock_settime',
  'acct',
  'iopl',
  'ioperm',
  'mount',
]);

/** A call that some kernel within reach lacks, or that filters guard. */
function isNew(call: SyscallFacts | undefined, abi: Abi): boolean {
  const since = call?.since[abi];
  if (call === undefined || since === undefined) return false;
  return guarded.has(call.name) || compareReleases(since, everywhere) > 0;
}
