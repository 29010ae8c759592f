import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseElf } from './elf.ts';
import { readAlignment } from './elf-alignment.ts';
import type { ElfLayout, Segment } from './elf-layout.ts';

/** [flags, offset, address, file size, memory size, alignment] of PT_LOADs. */
type Load = readonly [string, number, number, number, number, number];

function load([flags, offset, address, fileSize, memorySize, alignment]: Load): Segment {
  const bits =
    (flags.includes('r') ? 4 : 0) | (flags.includes('w') ? 2 : 0) | (flags.includes('x') ? 1 : 0);
  return { type: 1, flags: bits, offset, address, fileSize, memorySize, alignment };
}

const any = 0x40000;
const cases: readonly (readonly [string, readonly Load[], number, number])[] = [
  ['no segment', [], 0, any],
  ['code alone', [['rx', 0, 0x400000, 0x5000, 0x5000, 0x1000]], 0x1000, any],
  [
    'GNU ld for 64K pages: data congruent, a page apart',
    [
      ['rx', 0, 0x400000, 0x8123, 0x8123, 0x10000],
      ['rw', 0x8de8, 0x418de8, 0x500, 0x900, 0x10000],
    ],
    0x10000,
    0x10000,
  ],
  [
    'the same for 4K pages: data follow the code',
    [
      ['rx', 0, 0x400000, 0x8123, 0x8123, 0x1000],
      ['rw', 0x8de8, 0x409de8, 0x500, 0x900, 0x1000],
    ],
    0x1000,
    0x1000,
  ],
  [
    'lld: address and offset not congruent beyond 4K',
    [
      ['r', 0, 0x200000, 0x1500, 0x1500, 0x1000],
      ['rx', 0x1500, 0x202500, 0x3000, 0x3000, 0x1000],
    ],
    0x1000,
    0x1000,
  ],
  [
    'read-only data that share the page of code behind them, same bytes of the file: nothing is lost',
    [
      ['r', 0, 0x10000, 0x1500, 0x1500, 0x1000],
      ['rx', 0x1800, 0x11800, 0x3000, 0x3000, 0x1000],
    ],
    0x1000,
    any / 4,
  ],
  [
    'code that shares the page of data behind it loses its right to run',
    [
      ['rx', 0, 0x10000, 0x1500, 0x1500, 0x1000],
      ['rw', 0x2800, 0x12800, 0x300, 0x300, 0x1000],
    ],
    0x1000,
    0x2000,
  ],
  [
    'zeroed memory loses its zeros to the file behind it',
    [
      ['rw', 0, 0x10000, 0x100, 0x2000, 0x1000],
      ['rw', 0x2000, 0x12000, 0x300, 0x300, 0x1000],
    ],
    0x1000,
    0x2000,
  ],
  ['not even 4K', [['rx', 0x10, 0x400020, 0x100, 0x100, 0x10]], 0x10, 0],
  [
    'memory without bytes of the file needs no congruence',
    [
      ['rx', 0, 0x400000, 0x100, 0x100, 0x1000],
      ['rw', 0x123, 0x500000, 0, 0x100, 0x1000],
    ],
    0x1000,
    any,
  ],
];
for (const [name, loads, loadAlignment, maxPageSize] of cases) {
  test(name, () => {
    const layout = { segments: loads.map(load) } as unknown as ElfLayout;
    assert.deepEqual(readAlignment(layout), { loadAlignment, maxPageSize });
  });
}

test('programs that the linker made for a page size run with it and with every smaller one', () => {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-align-'));
  try {
    writeFileSync(
      join(folder, 'x.c'),
      'int data[4096] = {1}; int bss[9999]; int main(void) { return data[1] + bss[2]; }',
    );
    for (const page of [0x1000, 0x4000, 0x10000]) {
      for (const code of ['separate-code', 'noseparate-code']) {
        const path = join(folder, 'x');
        const options = [
          `-Wl,-z,max-page-size=${page}`,
          `-Wl,-z,common-page-size=4096`,
          `-Wl,-z,${code}`,
        ];
        execFileSync('gcc', [...options, '-o', path, join(folder, 'x.c')], { stdio: 'pipe' });
        const facts = parseElf(readFileSync(path)).value;
        assert.equal(facts?.loadAlignment, page);
        assert.ok((facts?.maxPageSize ?? 0) >= page, `${facts?.maxPageSize} for ${page}, ${code}`);
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
