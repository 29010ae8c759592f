// Compares our decoders with objdump over whole trees: every instruction in every executable section of every ELF
// file. Without arguments over a Debian base system of each architecture, which mmdebstrap extracts to a folder for
// the time of the run.
// Usage: node scripts/prove-decoding.ts [FOLDER or FILE]...
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  lstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Compared, compareFile, nothingCompared } from '../test/differential/decoding.ts';

type Machine = 'x86_64' | 'aarch64';
const machines: Readonly<Record<number, Machine>> = { 62: 'x86_64', 183: 'aarch64' };
const suite = 'bookworm';

/** The machine of an ELF program, library or object for 64-bit x86 or Arm. */
function machineOf(path: string): Machine | undefined {
  const head = Buffer.alloc(20);
  const file = openSync(path, 'r');
  const length = readSync(file, head, 0, head.length, 0);
  closeSync(file);
  if (length < 20 || head.readUInt32BE(0) !== 0x7f454c46 || head[4] !== 2) return undefined;
  return machines[head.readUInt16LE(18)];
}

function filesIn(path: string): string[] {
  if (lstatSync(path).isFile()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function baseSystem(architecture: string, folder: string): string {
  const root = join(folder, architecture);
  const packages = ['?essential', '?priority(required)', '?priority(important)'];
  const made = spawnSync(
    'mmdebstrap',
    [
      '--quiet',
      '--variant=extract',
      `--arch=${architecture}`,
      ...packages.map((each) => `--include=${each}`),
      suite,
      root,
    ],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  if (made.status !== 0)
    throw new Error(`mmdebstrap could not make a base system of ${architecture}`);
  return root;
}

const given = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-decoding-'));
try {
  const roots =
    given.length > 0 ? given : ['amd64', 'arm64'].map((each) => baseSystem(each, folder));
  const totals = new Map<Machine, Compared & { files: number }>();
  for (const path of roots.flatMap(filesIn)) {
    const machine = machineOf(path);
    if (machine === undefined) continue;
    const total = totals.get(machine) ?? { ...nothingCompared(), files: 0 };
    totals.set(machine, total);
    const before = total.differences;
    await compareFile(path, machine, total);
    total.files++;
    if (total.differences > before)
      console.log(`${path}: ${total.differences - before} differences`);
  }
  for (const [machine, { files, bytes, instructions, data, differences, examples }] of totals) {
    for (const example of examples) console.log(`  ${example}`);
    console.log(
      `${machine}: ${files} files, ${bytes} bytes, ${instructions} instructions, ${data} that objdump takes for data, ${differences} differences`,
    );
    if (differences > 0) process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true });
}
