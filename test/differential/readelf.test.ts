// Every ELF file under /usr/bin, /usr/sbin and /usr/lib of this machine: what we read is what readelf prints.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  globSync,
  openSync,
  readFileSync,
  readSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { test } from 'node:test';
import { parseElf } from '../../src/formats/elf.ts';
import type { ElfFacts } from '../../src/formats/elf-facts.ts';

/** The part of the facts that readelf shows, as one comparable value. */
interface Shown {
  interpreter?: string;
  needed: string[];
  soname?: string;
  runpath: string[];
  rpath: string[];
  abiNote?: string;
  buildId?: string;
  properties: string[];
  isaNeeded?: number;
  isaUsed?: number;
  executableStack?: boolean;
  versionsNeeded: Record<string, string[]>;
  versionsDefined: string[];
}

function elfFiles(): string[] {
  const found = new Set<string>();
  const magic = Buffer.alloc(20);
  for (const path of globSync(['/usr/bin/*', '/usr/sbin/*', '/usr/lib/**/*'])) {
    const file = statSync(path, { throwIfNoEntry: false });
    if (!file?.isFile() || file.size < 64 || file.size > 8_000_000) continue;
    const handle = openSync(path, 'r');
    readSync(handle, magic, 0, 20, 0);
    closeSync(handle);
    // Not object files and Guile's bytecode in ELF clothes (no machine).
    const type = magic.readUInt16LE(16);
    if (
      magic.readUInt32BE(0) === 0x7f454c46 &&
      (type === 2 || type === 3) &&
      magic.readUInt16LE(18) !== 0
    ) {
      found.add(realpathSync(path));
    }
  }
  return [...found];
}

function shownBy(facts: ElfFacts): Shown {
  return {
    ...(facts.interpreter === undefined ? {} : { interpreter: facts.interpreter }),
    needed: [...facts.needed],
    ...(facts.soname === undefined ? {} : { soname: facts.soname }),
    runpath: [...facts.runpath],
    rpath: [...facts.rpath],
    ...(facts.abiNote === undefined ? {} : { abiNote: facts.abiNote }),
    ...(facts.buildId === undefined ? {} : { buildId: facts.buildId }),
    properties: [...facts.properties],
    ...(facts.isaNeeded === undefined ? {} : { isaNeeded: facts.isaNeeded }),
    ...(facts.isaUsed === undefined ? {} : { isaUsed: facts.isaUsed }),
    ...(facts.executableStack === undefined ? {} : { executableStack: facts.executableStack }),
    versionsNeeded: Object.fromEntries(
      Object.entries(facts.versionsNeeded).map(([library, versions]) => [library, [...versions]]),
    ),
    versionsDefined: [...facts.versionsDefined],
  };
}

const levels = ['x86-64-baseline', 'x86-64-v2', 'x86-64-v3', 'x86-64-v4'];

function level(list: string | undefined): number | undefined {
  const highest = Math.max(...(list ?? '').split(', ').map((name) => levels.indexOf(name) + 1));
  return highest > 0 ? highest : undefined;
}

/** Reads one file's part of readelf's output. */
function shownByReadelf(text: string): Shown {
  const one = (pattern: RegExp): string | undefined => pattern.exec(text)?.[1];
  const interpreter = one(/\[Requesting program interpreter: (.*)\]/);
  const soname = one(/\(SONAME\)\s+Library soname: \[(.*)\]/);
  const abiNote = one(/OS: Linux, ABI: (\S+)/);
  const buildId = one(/Build ID: ([0-9a-f]+)/);
  const isaNeeded = level(one(/x86 ISA needed: ([^\n<]*?)(?:, x86 |\n)/)?.trim());
  const isaUsed = level(one(/x86 ISA used: ([^\n<]*?)(?:, x86 |\n)/)?.trim());
  const stack = one(/GNU_STACK.* (R[W ][E ]) /);
  const shown: Shown = {
    ...(interpreter === undefined ? {} : { interpreter }),
    needed: [...text.matchAll(/\(NEEDED\)\s+Shared library: \[(.*)\]/g)].map((m) => m[1] ?? ''),
    ...(soname === undefined ? {} : { soname }),
    runpath: (one(/\(RUNPATH\).*\[(.*)\]/) ?? '').split(':').filter((part) => part !== ''),
    rpath: (one(/\(RPATH\).*\[(.*)\]/) ?? '').split(':').filter((part) => part !== ''),
    ...(abiNote === undefined ? {} : { abiNote }),
    ...(buildId === undefined ? {} : { buildId }),
    properties: [
      ...(/x86 feature: [^\n]*IBT/.test(text) ? ['ibt'] : []),
      ...(/x86 feature: [^\n]*SHSTK/.test(text) ? ['shstk'] : []),
    ],
    ...(isaNeeded === undefined ? {} : { isaNeeded }),
    ...(isaUsed === undefined ? {} : { isaUsed }),
    ...(stack === undefined ? {} : { executableStack: stack.includes('E') }),
    versionsNeeded: {},
    versionsDefined: [],
  };
  let library: string[] | undefined;
  for (const line of text.split('\n')) {
    const file = /Version: \d+\s+File: (\S+)\s+Cnt/.exec(line)?.[1];
    const needed = /^\s+0x[0-9a-f]+:\s+Name: (\S+)\s+Flags: .*Version: \d+/.exec(line)?.[1];
    const defined = /Rev: \d+\s+Flags: (\S.*?)\s+Index: \d+\s+Cnt: \d+\s+Name: (\S+)/.exec(line);
    if (file !== undefined) {
      library = shown.versionsNeeded[file] ?? [];
      shown.versionsNeeded[file] = library;
    } else if (needed !== undefined) {
      library?.push(needed);
    } else if (defined?.[2] !== undefined && !defined[1]?.includes('BASE')) {
      shown.versionsDefined.push(defined[2]);
    }
  }
  return shown;
}

test('the same as readelf on every ELF file of this machine', () => {
  const files = elfFiles();
  let compared = 0;
  for (let from = 0; from < files.length; from += 100) {
    const batch = files.slice(from, from + 100);
    const output = execFileSync('readelf', ['-WldnV', ...batch], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const parts = output.split(/^\nFile: /m).slice(1);
    assert.equal(parts.length, batch.length);
    for (const part of parts) {
      const path = part.slice(0, part.indexOf('\n'));
      const { value, problems } = parseElf(readFileSync(path));
      assert.ok(value, path);
      assert.deepEqual(problems, [], path);
      assert.deepEqual({ path, ...shownBy(value) }, { path, ...shownByReadelf(part) });
      compared++;
    }
  }
  assert.ok(compared > 500, `only ${compared} files compared`);
});

test('the same imports and versions as nm', () => {
  const files = elfFiles().slice(0, 200);
  const output = execFileSync(
    'nm',
    ['-DPA', '--undefined-only', '--with-symbol-versions', ...files],
    {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  const expected = new Map<string, Set<string>>();
  for (const line of output.split('\n')) {
    const match = /^(\S+): (\S+) ([UwvV])/.exec(line);
    if (!match) continue;
    const names = expected.get(match[1] ?? '') ?? new Set<string>();
    expected.set(match[1] ?? '', names.add(`${match[2]} ${match[3] === 'U' ? '' : 'weak'}`));
  }
  for (const [path, names] of expected) {
    const imports = parseElf(readFileSync(path)).value?.imports ?? [];
    const found = imports.map(
      ({ name, version, weak }) =>
        `${name}${version === undefined ? '' : `@${version}`} ${weak ? 'weak' : ''}`,
    );
    assert.deepEqual([...new Set(found)].sort(), [...names].sort(), path);
  }
  assert.ok(expected.size > 100, `only ${expected.size} files compared`);
});
