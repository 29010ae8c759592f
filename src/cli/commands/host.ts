// plimsoll host probe|list|show|diff: what hosts there are and what they offer.
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { findHost } from '../../host/find-host.ts';
import type { Offer } from '../../host/offer.ts';
import { formatHost, type HostTableOptions } from '../../report/host-tables.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { hostSources } from '../host-sources.ts';
import { type FormatOptions, formatOption, writeJson } from '../output-format.ts';
import { writeWhole } from '../write-whole.ts';

interface OutputOptions extends FormatOptions {
  readonly output?: string;
}

function tableOptions(context: Context): HostTableOptions {
  const { width, style } = context.stdout;
  return { width, style, all: context.verbosity === 'verbose' };
}

function asJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

async function probe(
  options: OutputOptions & { readonly root?: string; readonly name?: string },
  context: Context,
): Promise<void> {
  const { probeHost } = await import('../../host/probe/probe.ts');
  const offer = await probeHost({
    signal: context.signal,
    root: options.root === undefined ? '/' : resolve(context.cwd, options.root),
    ...(options.name === undefined ? {} : { name: options.name }),
    progress: (part) => context.progress.update(`probing: ${part}`),
  });
  context.progress.clear();
  const format = options.format ?? (options.output?.endsWith('.json') ? 'json' : 'table');
  const file = options.output === '-' ? undefined : options.output;
  if (format === 'json') {
    if (file === undefined) writeJson(context, offer);
    else await writeWhole(resolve(context.cwd, file), asJson(offer), file);
    return;
  }
  if (file === undefined) {
    context.stdout.write(formatHost(offer, tableOptions(context)));
    return;
  }
  const { plainStyle } = await import('../../lib/style.ts');
  const page = { width: 100, style: plainStyle, all: true };
  await writeWhole(resolve(context.cwd, file), formatHost(offer, page), file);
}

async function list(options: OutputOptions, context: Context): Promise<void> {
  const { hostNames } = await import('../../host/named/host-names.ts');
  const { otherNames } = await import('../../host/named/names.ts');
  const { qualifiers } = await import('../../host/qualifiers.ts');
  const { lifeCycleOf } = await import('../../check/support/life-cycle.ts');
  const today = context.now().toISOString().slice(0, 10);
  const names = hostNames(({ id, version }) => lifeCycleOf(id, version, today)?.standard);
  const described = qualifiers.map(({ form, says }) => ({ form, says }));
  if (options.format === 'json') {
    writeJson(context, {
      schema: 'plimsoll.hosts/1',
      hosts: names,
      others: otherNames,
      qualifiers: described,
    });
    return;
  }
  const { formatHostNames } = await import('../../report/host-tables.ts');
  context.stdout.write(formatHostNames(names, otherNames, described, tableOptions(context)));
}

async function find(name: string, context: Context): Promise<Offer> {
  const offer = await findHost(name, hostSources(context));
  context.progress.clear();
  return offer;
}

async function show(name: string, options: OutputOptions, context: Context): Promise<void> {
  const offer = await find(name, context);
  if (options.format === 'json') writeJson(context, offer);
  else context.stdout.write(formatHost(offer, tableOptions(context)));
}

async function diff(
  names: readonly [string, string],
  options: OutputOptions,
  context: Context,
): Promise<void> {
  const [from, to] = [await find(names[0], context), await find(names[1], context)];
  const { compareOffers } = await import('../../host/compare-offers.ts');
  const difference = compareOffers(from, to);
  if (options.format === 'json') {
    const json = { schema: 'plimsoll.host-diff/1', from: from.name, to: to.name, ...difference };
    writeJson(context, json);
    return;
  }
  const { formatHostDifference } = await import('../../report/host-difference.ts');
  context.stdout.write(formatHostDifference(from, to, difference, tableOptions(context)));
}

/** Adds `plimsoll host` to the program. */
export function register(program: Command, context: Context): void {
  const host = program
    .command('host')
    .description('Shows what hosts offer: this machine, named hosts, host files.')
    .helpCommand(false);
  addExamples(host, [
    { line: 'plimsoll host list', says: 'all names and qualifiers' },
    { line: 'plimsoll host show rhel:7.9+docker:1.13', says: 'what is known of a host' },
    { line: 'plimsoll host diff rhel:7.9 rhel:9.4', says: 'what changes for a container' },
  ]);
  const probed = host
    .command('probe')
    .description(
      'Reads what this machine offers: kernel, calls, settings, security modules, control groups,\n' +
        'processor, engine. Works as an ordinary user too, and says what it could not read.',
    )
    .addOption(formatOption())
    .option('-o, --output <file>', 'write to a file; one that ends in .json is a host file')
    .option('--root <dir>', 'another machine, by its root file system')
    .option('--name <name>', 'name to put into the offer; default: the host name')
    .action((options: OutputOptions & { root?: string; name?: string }) => probe(options, context));
  addExamples(probed, [
    { line: 'plimsoll host probe', says: 'this machine, for people' },
    { line: 'plimsoll host probe -o prod.json', says: 'a host file to commit and check against' },
    { line: 'plimsoll host probe --root /mnt/disk --name old', says: 'a system on a mounted disk' },
  ]);
  const listed = host
    .command('list')
    .description('Lists the names of hosts and the qualifiers that go with them.')
    .addOption(formatOption())
    .action((options: OutputOptions) => list(options, context));
  addExamples(listed, [{ line: 'plimsoll host list --format json', says: 'for programs' }]);
  const shown = host
    .command('show')
    .description('Shows what a host offers, and where each value is known from.')
    .argument('<host>', 'a name with qualifiers, this, a host file, or -')
    .addOption(formatOption())
    .action((name: string, options: OutputOptions) => show(name, options, context));
  addExamples(shown, [
    { line: 'plimsoll host show ubuntu:24.04+podman', says: 'a named host with another engine' },
    { line: 'plimsoll host show this --format json', says: 'this machine as a host file' },
  ]);
  const compared = host
    .command('diff')
    .description(
      'Compares two hosts: calls by what a container gets, settings, filter, control groups.',
    )
    .argument('<from>', 'a host')
    .argument('<to>', 'another')
    .addOption(formatOption())
    .action((from: string, to: string, options: OutputOptions) =>
      diff([from, to], options, context),
    );
  addExamples(compared, [
    { line: 'plimsoll host diff debian:11 debian:13', says: 'two releases' },
    { line: 'plimsoll host diff ./prod.json this', says: 'production and this machine' },
  ]);
}
