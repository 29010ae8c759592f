// plimsoll syscall NAME|NUMBER: everything that is known of one system call.
import { type Command, Option } from 'commander';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { boundingSet } from '../../host/capabilities.ts';
import { runcOf } from '../../host/named/engine-versions.ts';
import { type Abi, abis } from '../../kernel/abi.ts';
import { type EngineKnowledge, portraitOf } from '../../kernel/syscall-portrait.ts';
import {
  allSyscalls,
  type SyscallFacts,
  syscallNamed,
  syscallNumbered,
} from '../../kernel/syscalls.ts';
import { nearestNames } from '../../lib/nearest.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { pageOf } from '../facts-text.ts';
import { type FormatOptions, formatOption, writeJson } from '../output-format.ts';
import { syscallText } from '../syscall-text.ts';

interface SyscallOptions extends FormatOptions {
  readonly arch: Abi;
}

/** How programs and tools spell a call: "__NR_openat2", "SYS_openat2", "__x64_sys_openat2", "sys_openat2". */
const prefix = /^(__NR_|SYS_|__(x64|ia32|arm64|s390x|riscv)_(compat_)?sys_|(compat_)?sys_)/;

function callOf(word: string, abi: Abi): SyscallFacts {
  const number = /^(0x[0-9a-f]+|\d+)$/i.test(word) ? Number(word) : undefined;
  const facts =
    number === undefined
      ? (syscallNamed(word) ??
        syscallNamed(word.toLowerCase().replace(prefix, '')) ??
        syscallNamed(word.replace(prefix, '')))
      : syscallNumbered(abi, number);
  if (facts !== undefined) return facts;
  if (number !== undefined) {
    throw new PlimsollError('PL0401', `no system call has number ${word} on ${abi}`, {
      help: '--arch chooses another table of numbers',
    });
  }
  const near = nearestNames(
    word,
    allSyscalls().map(({ name }) => name),
  );
  throw new PlimsollError('PL0401', `no system call is named ${word}`, {
    help:
      near.length > 0
        ? `did you mean ${near.join(' or ')}?`
        : 'give a name as the kernel has it (openat2), not a function of the C library',
  });
}

const knowledge: EngineKnowledge = {
  capabilities: (name, version) => {
    const known = name === 'docker' || name === 'podman' || name === 'containerd' ? name : 'docker';
    return (
      boundingSet({
        schema: 'plimsoll.host/1',
        name: 'default',
        distribution: { id: 'debian' },
        engine: { name: known, version },
      }) ?? new Set()
    );
  },
  runc: (name, version) =>
    name === 'docker' || name === 'containerd' ? runcOf(name, version) : undefined,
};

function run(word: string, options: SyscallOptions, context: Context): void {
  const portrait = portraitOf(callOf(word, options.arch), options.arch, knowledge);
  if (options.format === 'json') writeJson(context, { schema: 'plimsoll.syscall/1', ...portrait });
  else context.stdout.write(syscallText(portrait, pageOf(context.stdout)));
}

/** Adds `plimsoll syscall` to the program. */
export function register(program: Command, context: Context): void {
  const command = program
    .command('syscall')
    .description(
      'Tells what is known of a system call: since when, with which number, which distributions carry it,\n' +
        'which filters let it through, what gates it, and who copes without it.',
    )
    .argument('<name|number>', 'a name (pidfd_open) or a number (434)')
    .addOption(
      new Option('--arch <abi>', 'ABI of numbers and answers').choices([...abis]).default('x86_64'),
    )
    .addOption(formatOption())
    .action((word: string, options: SyscallOptions) => run(word, options, context));
  addExamples(command, [
    { line: 'plimsoll syscall clone3', says: 'why threads fail under an old filter' },
    { line: 'plimsoll syscall 434', says: 'by number, as in an audit log' },
    { line: 'plimsoll syscall clock_gettime64 --arch arm', says: 'on another architecture' },
  ]);
}
