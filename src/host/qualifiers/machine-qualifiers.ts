// Qualifiers of the machine: arch:aarch64, cpu:x86-64-v2, page:64k …
import { abis } from '../../kernel/abi.ts';
import { cpuLevels, featuresOfLevel } from '../cpu-level.ts';
import { type Draft, note } from '../named/draft.ts';
import { processorOfLevel } from '../named/named-host.ts';
import { versionOf } from './checked-values.ts';
import { byName, choice, type Qualifier, wrong } from './qualifier.ts';

/** Levels that a person may write; the highest that lacks a feature is what is left without it. */
function levelWithout(feature: string): string | undefined {
  const family = cpuLevels.find((levels) =>
    levels.some((level) => featuresOfLevel(level)?.includes(feature)),
  );
  return family?.findLast((level) => !featuresOfLevel(level)?.includes(feature));
}

function withoutFeature(draft: Draft, feature: string): void {
  const { cpu } = draft;
  const level = levelWithout(feature);
  const own = cpu?.level;
  const family = cpuLevels.find((levels) => levels.includes(level ?? ''));
  const lower =
    level === undefined ||
    (own !== undefined && family && family.indexOf(own) <= family.indexOf(level))
      ? own
      : level;
  const { levelAtLeast: _, ...rest } = cpu ?? {};
  draft.cpu = {
    ...rest,
    ...(lower === undefined ? {} : { level: lower }),
    ...(cpu?.features === undefined
      ? {}
      : { features: cpu.features.filter((word) => word !== feature) }),
  };
}

function withFeature(draft: Draft, feature: string): void {
  const { cpu } = draft;
  const level =
    cpu?.level ?? cpu?.levelAtLeast ?? (draft.machine === 'x86_64' ? 'x86-64-v1' : undefined);
  const features = cpu?.features ?? featuresOfLevel(level ?? '') ?? [];
  draft.cpu = { ...cpu, features: [...new Set([...features, feature])] };
}

function applyCpu(draft: Draft, value: string): void {
  const signed = /^([+-])([a-z0-9_]+)$/i.exec(value);
  if (signed?.[2] !== undefined) {
    if (signed[1] === '-') withoutFeature(draft, signed[2]);
    else withFeature(draft, signed[2]);
  } else {
    const cpu = processorOfLevel(value);
    if (cpu === undefined) {
      throw wrong(
        'cpu:LEVEL',
        value,
        `one of ${cpuLevels.flat().join(', ')}, or cpu:-avx, cpu:+avx512f`,
      );
    }
    const aarch32 = draft.cpu?.aarch32;
    draft.cpu = aarch32 === undefined ? cpu : { ...cpu, aarch32 };
  }
  note(draft, 'cpu', byName);
}

const emulated: Readonly<Record<string, readonly string[]>> = {
  rosetta: ['x86_64'],
};

function applyEmulation(
  draft: Draft,
  by: 'qemu-user' | 'rosetta' | 'box64' | 'fex',
  version: string,
): void {
  const machines =
    emulated[by] ??
    (by === 'qemu-user'
      ? [
          'aarch64',
          'armv7l',
          'ppc64le',
          'riscv64',
          's390x',
          'x86_64',
          'i686',
          'loongarch64',
          'mips64',
        ].filter((machine) => machine !== draft.machine)
      : ['x86_64']);
  if (by !== 'qemu-user') draft.machine = 'aarch64';
  draft.emulation = {
    by,
    ...(version === '' ? {} : { version }),
    machines: [...machines],
    ...(by === 'qemu-user' ? { credentialsFlag: true } : {}),
  };
  note(draft, 'emulation', byName);
}

const machineNames = [
  ...abis.filter((abi) => abi !== 'i386' && abi !== 'x32' && abi !== 'arm'),
  'armv7l',
  'i686',
];

/** The machine is chosen before a named host is built; for other hosts what hung on the old one is dropped. */
function applyMachine(draft: Draft, value: string): void {
  if (!machineNames.includes(value))
    throw wrong('arch:MACHINE', value, `one of ${machineNames.join(', ')}`);
  if (draft.machine !== value) {
    for (const part of ['cpu', 'vsyscall', 'ia32', 'syscalls', 'pageSize'] as const)
      delete draft[part];
    draft.machine = value;
  }
  note(draft, 'machine', byName);
}

/** The machine, its processor, and what emulates another one. */
export const machineQualifiers: readonly Qualifier[] = [
  {
    name: 'arch',
    form: 'arch:MACHINE',
    says: 'the machine, as uname -m gives it',
    apply: applyMachine,
  },
  {
    name: 'cpu',
    form: 'cpu:LEVEL or cpu:-FEATURE or cpu:+FEATURE',
    says: 'the processor: x86-64-v1 … v4, armv8.2-a, power9, z14; or a feature less or more',
    apply: applyCpu,
  },
  choice('page', ['4k', '16k', '64k'], 'the page size', (draft, word) => {
    draft.pageSize = Number.parseInt(word, 10) * 1024;
    note(draft, 'pageSize', byName);
  }),
  choice('vsyscall', ['none', 'xonly', 'emulate', 'native'], 'the vsyscall page', (draft, mode) => {
    draft.vsyscall = mode;
  }),
  choice('ia32', ['on', 'off'], 'whether 32-bit x86 programs run', (draft, word) => {
    draft.ia32 = word === 'on';
  }),
  choice('aarch32', ['on', 'off'], 'whether 32-bit ARM programs run', (draft, word) => {
    draft.cpu = { ...draft.cpu, aarch32: word === 'on' };
  }),
  {
    name: 'qemu',
    form: 'qemu[:VERSION]',
    says: 'foreign programs run through qemu-user',
    apply: (draft, value) =>
      applyEmulation(
        draft,
        'qemu-user',
        value === '' ? '' : versionOf('qemu[:VERSION]', value, 'qemu or qemu:9.2'),
      ),
  },
  {
    name: 'rosetta',
    form: 'rosetta',
    says: 'an Apple processor that runs x86-64 programs through Rosetta',
    apply: (draft) => applyEmulation(draft, 'rosetta', ''),
  },
];
