// plimsoll kernel diff A B, plimsoll kernel list: what kernels have, by release and by distribution.
import { type Command, Option } from 'commander';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { type Abi, abis } from '../../kernel/abi.ts';
import { distributions } from '../../kernel/distributions.ts';
import { diffKernels, type KernelDiff } from '../../kernel/kernel-diff.ts';
import { type KernelSubject, kernelNamed, kernelsNear } from '../../kernel/kernel-subject.ts';
import { newestRelease, oldestRelease } from '../../kernel/syscalls.ts';
import { cutToWidth } from '../../lib/text-width.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { pageOf, section, table } from '../facts-text.ts';
import { kernelDiffText } from '../kernel-diff-text.ts';
import { type FormatOptions, formatOption, writeJson } from '../output-format.ts';

interface KernelOptions extends FormatOptions {
  readonly arch: Abi;
}

function kernelOf(name: string, abi: Abi): KernelSubject {
  const kernel = kernelNamed(name, abi);
  if (kernel !== undefined) return kernel;
  const near = kernelsNear(name);
  throw new PlimsollError('PL0402', `no kernel is named ${name}`, {
    notes: [
      `the tables know Linux ${oldestRelease} to ${newestRelease} and distributions as ID:VERSION`,
    ],
    help:
      near.length > 0
        ? `did you mean ${near.join(' or ')}?`
        : 'plimsoll kernel list shows every distribution; a mainline release is written as 5.14',
  });
}

function json(diff: KernelDiff): object {
  const subject = ({ distribution: _, ...rest }: KernelSubject): unknown => rest;
  return { schema: 'plimsoll.kernel-diff/1', ...diff, a: subject(diff.a), b: subject(diff.b) };
}

function runDiff(a: string, b: string, options: KernelOptions, context: Context): void {
  const diff = diffKernels(kernelOf(a, options.arch), kernelOf(b, options.arch), options.arch);
  if (options.format === 'json') writeJson(context, json(diff));
  else
    context.stdout.write(
      kernelDiffText(diff, pageOf(context.stdout), context.verbosity === 'verbose'),
    );
}

function runList(options: KernelOptions, context: Context): void {
  if (options.format === 'json') {
    writeJson(context, { schema: 'plimsoll.kernels/1', kernels: distributions });
    return;
  }
  const page = pageOf(context.stdout);
  const { dim } = page.style;
  // A narrow terminal gets the columns that matter for kernel diff.
  const columns = page.width >= 100 ? [0, 1, 2, 3, 4] : page.width >= 76 ? [0, 1, 4] : [0, 1];
  const lines = table(
    page,
    [
      ['name', 'kernel', 'libc', 'cgroup', 'engines'].map((text) => ({ text, paint: dim })),
      ...distributions.map((row) => [
        { text: `${row.id}:${row.version}` },
        { text: cutToWidth(row.kernel ?? '', 24) },
        { text: row.libc === undefined ? '' : `${row.libc.name} ${row.libc.version}` },
        { text: row.cgroup ?? '' },
        {
          text: ['docker', 'podman', 'containerd']
            .flatMap((name) =>
              row.packages[name] === undefined ? [] : [`${name} ${row.packages[name]}`],
            )
            .join(', '),
          paint: dim,
        },
      ]),
    ].map((row) => columns.flatMap((at) => row[at] ?? [])),
  );
  const mainline = `and every mainline release from ${oldestRelease} to ${newestRelease}, as 5.14`;
  context.stdout.write(
    `${[...section(page, 'Kernels by distribution', lines), '', mainline].slice(1).join('\n')}\n`,
  );
}

/** Adds `plimsoll kernel` to the program. */
export function register(program: Command, context: Context): void {
  const kernel = program
    .command('kernel')
    .description('Shows what kernels have: system calls, flags, switches, backports and all.');
  const diff = kernel
    .command('diff')
    .description('Shows what one kernel has that the other lacks, both ways.')
    .argument('<from>', 'a mainline release (3.10) or a distribution (rhel:7.9)')
    .argument('<to>', 'the other')
    .addOption(new Option('--arch <abi>', 'ABI to compare').choices([...abis]).default('x86_64'))
    .addOption(formatOption())
    .action((a: string, b: string, options: KernelOptions) => runDiff(a, b, options, context));
  addExamples(diff, [
    { line: 'plimsoll kernel diff 3.10 5.14', says: 'two mainline releases' },
    {
      line: 'plimsoll kernel diff rhel:7.9 rhel:9.3',
      says: 'two distributions, with what they carry beyond their base',
    },
    {
      line: 'plimsoll kernel diff rhel:8.10 debian:12 --arch aarch64 --format json',
      says: 'for a program to read',
    },
  ]);
  const list = kernel
    .command('list')
    .description('Lists the distribution releases whose kernels are known.')
    .addOption(formatOption())
    .action((options: KernelOptions) => runList(options, context));
  addExamples(list, [{ line: 'plimsoll kernel list', says: 'names to use with kernel diff' }]);
  addExamples(kernel, [
    { line: 'plimsoll kernel diff rhel:7.9 5.14', says: 'a distribution against mainline' },
  ]);
}
