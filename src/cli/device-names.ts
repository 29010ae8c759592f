// Devices that are named, not by a path but as vendors call them: --device VENDOR/CLASS=NAME, and --gpus in docker's words.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PlimsollError } from '../diag/plimsoll-error.ts';

/** The vendor of the first graphics cards that are described, NVIDIA's where none are: the message says what is missing. */
export function gpuKindIn(folders: readonly string[]): string {
  for (const folder of folders) {
    let names: readonly string[] = [];
    try {
      names = readdirSync(folder).toSorted();
    } catch {
      continue;
    }
    for (const name of names) {
      const [, kind] =
        /["']?\bkind["']?\s*:\s*["']?([\w.-]+\/gpu)\b/.exec(textOf(join(folder, name))) ?? [];
      if (kind !== undefined) return kind;
    }
  }
  return 'nvidia.com/gpu';
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/**
 * all, a number, or NAME=VALUE separated by commas with device=0,1 in quotes (docker run, --gpus).
 * @throws PlimsollError PL0001
 */
export function gpusOf(text: string, kind: () => string): readonly string[] {
  const named = (names: readonly string[]): readonly string[] => {
    const of = kind();
    return names.map((name) => `${of}=${name}`);
  };
  if (text === 'all' || text === 'count=all') return named(['all']);
  const [, digits] = /^(?:count=)?(\d+)$/.exec(text) ?? [];
  if (digits !== undefined && Number(digits) > 0 && Number(digits) <= 64)
    return named(Array.from({ length: Number(digits) }, (_, index) => String(index)));
  const [, devices] = /^["']?device=([\w:.,-]+)["']?$/.exec(text) ?? [];
  if (devices !== undefined) return named(devices.split(',').filter((one) => one !== ''));
  throw new PlimsollError('PL0001', `invalid argument ${JSON.stringify(text)} for --gpus`, {
    help: 'expected: all, a number, or device=0,1; what the driver offers is the CDI file’s business',
  });
}
