import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Assembler, assembler } from './assembler.ts';

// Expected bytes as clang -target bpf and llvm-objdump have them.
const cases: readonly (readonly [says: string, write: (a: Assembler) => void, hex: string])[] = [
  ['r0 = 0', (a) => a.set('r0', 0), 'b700000000000000'],
  ['r6 = r1', (a) => a.set('r6', 'r1'), 'bf16000000000000'],
  ['w2 = w3', (a) => a.set32('r2', 'r3'), 'bc32000000000000'],
  [
    'r1 = 0x1122334455667788 ll',
    (a) => a.set64('r1', 0x1122334455667788n),
    '18010000887766550000000044332211',
  ],
  ['r1 = map 5', (a) => a.setMap('r1', 5), '18110000050000000000000000000000'],
  ['r2 += -8', (a) => a.op('r2', '+', -8), '07020000f8ffffff'],
  ['r1 >>= 3', (a) => a.op('r1', '>>', 3), '7701000003000000'],
  ['r1 = -r1', (a) => a.negate('r1'), '8701000000000000'],
  ['r1 = *(u64 *)(r6 + 8)', (a) => a.load('r1', 8, 'r6', 8), '7961080000000000'],
  ['*(u32 *)(r10 - 4) = r0', (a) => a.store(4, 'r10', -4, 'r0'), '630afcff00000000'],
  ['*(u8 *)(r10 - 1) = 7', (a) => a.store(1, 'r10', -1, 7), '720affff07000000'],
  ['lock *(u64 *)(r0 + 0) += r1', (a) => a.addAtomically(8, 'r0', 0, 'r1'), 'db10000000000000'],
  ['call 14', (a) => a.call(14), '850000000e000000'],
  ['exit', (a) => a.exit(), '9500000000000000'],
];

for (const [says, write, hex] of cases) {
  test(says, () => {
    const a = assembler();
    write(a);
    assert.equal(a.assemble().toString('hex'), hex);
  });
}

test('jumps reach their labels, forwards and backwards', () => {
  const a = assembler();
  a.label('top');
  a.jumpIf('r1', '==', 0, 'end');
  a.jump('top');
  a.label('end');
  a.exit();
  assert.equal(
    a.assemble().toString('hex'),
    `1501010000000000${'0500feff00000000'}9500000000000000`,
  );
  const wrong = assembler();
  wrong.jump('nowhere');
  assert.throws(() => wrong.assemble(), /nowhere/);
});
