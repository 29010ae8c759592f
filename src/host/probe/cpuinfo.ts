// /proc/cpuinfo in its dialects: x86 (flags), ARM (Features, CPU implementer), POWER (cpu : POWER9), s390x
// (features, processor 0: … machine = 3906), RISC-V (isa), LoongArch (Features, ISA). With cores that differ, only what all have counts.

import { ownEntry } from '../../lib/own-entry.ts';
import { cpuLevel, zLevel } from '../cpu-level.ts';
import { words } from './proc-texts.ts';

/** What /proc/cpuinfo tells. */
export interface CpuInfo {
  readonly vendor?: string;
  readonly model?: string;
  readonly level?: string;
  readonly features?: readonly string[];
  readonly count?: number;
}

const armImplementers: Readonly<Record<string, string>> = {
  '0x41': 'ARM',
  '0x42': 'Broadcom',
  '0x43': 'Cavium',
  '0x46': 'Fujitsu',
  '0x48': 'HiSilicon',
  '0x4e': 'NVIDIA',
  '0x50': 'APM',
  '0x51': 'Qualcomm',
  '0x53': 'Samsung',
  '0x61': 'Apple',
  '0x6d': 'Microsoft',
  '0xc0': 'Ampere',
};

/** "key : value" lines of one text, all values of a key in order. */
function fields(text: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    if (colon < 0) continue;
    const key = line.slice(0, colon).trim();
    const values = found.get(key) ?? [];
    values.push(line.slice(colon + 1).trim());
    found.set(key, values);
  }
  return found;
}

function commonWords(texts: readonly string[]): readonly string[] {
  const [first, ...rest] = texts.map(words);
  if (first === undefined) return [];
  const others = rest.map((list) => new Set(list));
  return first.filter((word) => others.every((set) => set.has(word)));
}

/** RISC-V's "rv64imafdc_zicsr_zifencei": single letters, then words after '_'. */
function riscvFeatures(isa: string): readonly string[] {
  const [letters = '', ...extensions] = isa.replace(/^rv(32|64)/, '').split('_');
  return [...letters, ...extensions];
}

/** Reads /proc/cpuinfo of a machine (uname -m). */
export function parseCpuInfo(text: string, machine: string): CpuInfo {
  const all = fields(text);
  const first = (...keys: readonly string[]) =>
    keys.map((key) => all.get(key)?.[0]).find((value) => value !== undefined && value !== '');
  const isa = first('isa');
  const listed = commonWords(all.get('flags') ?? all.get('Features') ?? all.get('features') ?? []);
  const features = isa === undefined ? listed : riscvFeatures(isa);
  const counted = all.get('processor')?.length ?? Number(first('# processors') ?? 0);
  const power = /^POWER(\d+)/i.exec(first('cpu') ?? '')?.[1];
  const zType = /machine = (\d{4})/.exec(text)?.[1];
  const implementer = first('CPU implementer');
  const vendor =
    first('vendor_id') ??
    (implementer === undefined
      ? undefined
      : (ownEntry(armImplementers, implementer) ?? implementer));
  const part = first('CPU part');
  const model =
    first('model name', 'Model Name', 'cpu', 'uarch', 'Model') ??
    (part === undefined ? undefined : `part ${part}`);
  const level =
    power !== undefined
      ? `power${power}`
      : zType !== undefined
        ? zLevel(zType)
        : cpuLevel(machine, features);
  return {
    ...(vendor === undefined ? {} : { vendor }),
    ...(model === undefined ? {} : { model }),
    ...(level === undefined ? {} : { level }),
    ...(features.length === 0 ? {} : { features }),
    ...(counted > 0 ? { count: counted } : {}),
  };
}
