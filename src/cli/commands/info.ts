// plimsoll info: this program, its store and the machine, as docker info and podman info tell it.
import type { Command } from 'commander';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { jsonText } from '../../formats/go-template/print.ts';
import { humanSize } from '../../lib/human-units.ts';
import { printable } from '../../lib/printable.ts';
import { readConfiguration } from '../../registry/configuration.ts';
import { diskUsage } from '../../store/disk-usage.ts';
import type { DriverChoice } from '../../store/snapshots/choose-driver.ts';
import type { Store } from '../../store/store.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { filledTemplate, templateOf } from '../format-rows.ts';
import generated from '../generated/version.json' with { type: 'json' };
import { type MachineFacts, machineFacts } from '../machine-facts.ts';
import { registryOptionsOf } from '../open-registry.ts';
import {
  addStoreOption,
  type StoreOption,
  storeRootOf,
  storeToRead,
  storeToWrite,
} from '../open-store.ts';
import { namespaceVariable } from '../user-namespace.ts';

interface InfoOptions extends StoreOption {
  readonly format?: string;
}

/** Adds `plimsoll info` to the program. */
export function register(program: Command, context: Context): void {
  const command = program
    .command('info')
    .description('Tells of this program, its store, this machine and the registries.')
    .option('-f, --format <format>', 'json, or a Go template over the same fields');
  addStoreOption(command).action(async (options: InfoOptions) => {
    const info = await gather(options, context);
    if (options.format === undefined) context.stdout.write(told(info));
    else if (options.format.trim() === 'json') context.stdout.writeData(`${jsonText(info)}\n`);
    else context.stdout.writeData(`${filledTemplate(templateOf(options.format), info)}\n`);
  });
  addExamples(command, [
    { line: 'plimsoll info', says: 'everything' },
    { line: "plimsoll info --format '{{.Driver}}'", says: 'how layers are kept' },
  ]);
}

/** With docker's names of fields, where docker has them. */
interface Info {
  readonly ServerVersion: string;
  readonly Name: string;
  readonly DockerRootDir: string;
  readonly Driver: string;
  /** Why this driver, and why none of those before it. */
  readonly DriverStatus: readonly (readonly [string, string])[];
  readonly Images: number;
  readonly DanglingImages: number;
  readonly StoreBytes: number;
  readonly Containers: number;
  readonly KernelVersion: string;
  readonly OperatingSystem: string;
  readonly OSType: string;
  readonly Architecture: string;
  readonly NCPU: number;
  readonly MemTotal: number;
  readonly CgroupVersion: string;
  readonly Rootless: boolean;
  readonly Registries: {
    readonly Search: readonly string[];
    readonly Insecure: readonly string[];
    readonly Blocked: readonly string[];
    readonly Mirrors: readonly (readonly [registry: string, mirror: string])[];
  };
}

/** Where nothing may be written the driver cannot be tried; `problem` says so. */
async function openFor(
  options: StoreOption,
  context: Context,
): Promise<{ readonly store: Store | undefined; readonly problem?: string }> {
  try {
    return { store: await storeToWrite(options, context) };
  } catch (error) {
    if (!(error instanceof PlimsollError) || error.code !== 'PL0701') throw error;
    return { store: storeToRead(options, context), problem: error.message };
  }
}

async function driverOf(store: Store, context: Context): Promise<DriverChoice> {
  const { snapshotsOf } = await import('../open-snapshots.ts');
  const { choice } = snapshotsOf(store, context);
  return choice;
}

async function gather(options: InfoOptions, context: Context): Promise<Info> {
  const { store, problem } = await openFor(options, context);
  try {
    const choice =
      store === undefined || store.readOnly ? undefined : await driverOf(store, context);
    const usage = store === undefined ? undefined : diskUsage(store);
    const facts = machineFacts();
    return {
      ServerVersion: generated.version,
      ...machinePart(facts),
      DockerRootDir: storeRootOf(options, context),
      Driver: choice?.driver ?? store?.snapshotRows.list()[0]?.driver ?? '',
      DriverStatus:
        choice === undefined
          ? [['why', problem ?? 'there is no store yet']]
          : [
              ['why', choice.why],
              ...choice.others.map(({ driver, reason }) => [`not ${driver}`, reason] as const),
            ],
      Images: usage?.images.length ?? 0,
      DanglingImages: usage?.images.filter(({ group }) => group.dangling).length ?? 0,
      StoreBytes: (usage?.imageBytes ?? 0) + (usage?.looseBytes ?? 0) + (usage?.partialBytes ?? 0),
      Containers: 0,
      Rootless: (context.user ?? 0) !== 0 || context.environment[namespaceVariable] !== undefined,
      Registries: registriesPart(context),
    };
  } finally {
    store?.close();
  }
}

function machinePart(facts: MachineFacts) {
  return {
    Name: facts.name,
    KernelVersion: facts.kernel,
    OperatingSystem: facts.system,
    OSType: 'linux',
    Architecture: facts.machine,
    NCPU: facts.cpus,
    MemTotal: facts.memory,
    CgroupVersion: facts.cgroup === undefined ? '' : String(facts.cgroup),
  };
}

function registriesPart(context: Context): Info['Registries'] {
  const { searched, registries, dockerMirrors, insecure } = readConfiguration(
    registryOptionsOf({}, context),
  );
  return {
    Search: searched.length > 0 ? searched : ['docker.io'],
    Insecure: [
      ...insecure,
      ...registries.filter((table) => table.insecure).map(({ prefix }) => prefix),
    ],
    Blocked: registries.filter(({ blocked }) => blocked).map(({ prefix }) => prefix),
    Mirrors: [
      ...dockerMirrors.map(({ location }) => ['docker.io', location] as const),
      ...registries.flatMap(({ prefix, mirrors }) =>
        mirrors.map(({ location }) => [prefix, location] as const),
      ),
    ],
  };
}

function told(info: Info): string {
  const line = (name: string, value: string) => ` ${`${name}:`.padEnd(18)} ${printable(value)}\n`;
  const list = (name: string, values: readonly string[]) =>
    values.length === 0 ? '' : line(name, values.join(', '));
  const { Registries: registries } = info;
  const images = `${info.Images}${info.DanglingImages > 0 ? ` (${info.DanglingImages} dangling)` : ''}`;
  return [
    'Plimsoll:\n',
    line('Version', info.ServerVersion),
    line('Rootless', String(info.Rootless)),
    'Store:\n',
    line('Root Dir', info.DockerRootDir),
    line('Images', images),
    line('Size', humanSize(info.StoreBytes, 4)),
    line('Storage Driver', info.Driver === '' ? 'not chosen yet' : info.Driver),
    ...info.DriverStatus.map(([name, value]) => line(` ${name}`, value)),
    'Host:\n',
    line('Name', info.Name),
    line('Kernel Version', info.KernelVersion),
    line('Operating System', info.OperatingSystem),
    line('OSType', info.OSType),
    line('Architecture', info.Architecture),
    line('CPUs', String(info.NCPU)),
    line('Total Memory', humanSize(info.MemTotal, 4)),
    line('Cgroup Version', info.CgroupVersion === '' ? 'none' : info.CgroupVersion),
    'Registries:\n',
    list('Search', registries.Search),
    list(
      'Mirrors',
      registries.Mirrors.map(([registry, mirror]) => `${registry} → ${mirror}`),
    ),
    list('Insecure', registries.Insecure),
    list('Blocked', registries.Blocked),
  ].join('');
}
