import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  condition,
  flagEffect,
  flow,
  makeStep,
  operation,
  type Step,
  UNKNOWN_SOURCE,
} from '../insn.ts';
import { aarch64Machine } from './machine.ts';
import { readStep } from './step.ts';

const address = 0x10_0010;
const SP = 31;

/** Words at address 0x100010 as objdump shows them, and what is told of them. */
const cases: readonly [number, string, Partial<Step>][] = [
  [0xd4000001, 'svc #0', { flow: flow.syscall }],
  [0xd4207d00, 'brk #0x3e8', { flow: flow.stop }],
  [0x00000000, 'udf #0', { flow: flow.stop }],
  [0x14000010, 'b 100050', { flow: flow.jump, target: 0x100050 }],
  [0x97ffffff, 'bl 10000c', { flow: flow.call, target: 0x10000c }],
  [
    0x540000a1,
    'b.ne 100024',
    { flow: flow.branch, target: 0x100024, condition: condition.notEqual },
  ],
  [
    0xb4000060,
    'cbz x0, 10001c',
    { flow: flow.branch, target: 0x10001c, source: 0, condition: condition.zero },
  ],
  [
    0x35ffffe1,
    'cbnz w1, 10000c',
    { flow: flow.branch, target: 0x10000c, source: 1, width: 4, condition: condition.notZero },
  ],
  [
    0x37f80040,
    'tbnz w0, #31, 100018',
    { flow: flow.branch, target: 0x100018, immediate: 31, condition: condition.bitSet },
  ],
  [
    0xb6180043,
    'tbz x3, #35, 100018',
    {
      flow: flow.branch,
      target: 0x100018,
      source: 3,
      immediate: 35,
      condition: condition.bitClear,
    },
  ],
  [0xd61f0220, 'br x17', { flow: flow.jumpIndirect, source: 17 }],
  [0xd63f0060, 'blr x3', { flow: flow.callIndirect, source: 3 }],
  [0xd73f0a61, 'blraa x19, x1', { flow: flow.callIndirect, source: 19 }],
  [0xd65f03c0, 'ret', { flow: flow.return }],
  [0xd65f0bff, 'retaa', { flow: flow.return }],
  [0xd503245f, 'bti c', { flow: flow.next, operation: operation.none, clobbers: 0 }],
  [0xd503233f, 'paciasp', { clobbers: 1 << 30 }],
  [
    0xd2800ba8,
    'mov x8, #93',
    { operation: operation.move, destination: 8, immediate: 93, width: 8 },
  ],
  [
    0x12800000,
    'mov w0, #-1',
    { operation: operation.move, destination: 0, immediate: 0xffffffff, width: 4 },
  ],
  [0x92800c62, 'mov x2, #-100', { operation: operation.move, destination: 2, immediate: -100 }],
  [
    0xf2a00021,
    'movk x1, #1, lsl #16',
    { operation: operation.insert, destination: 1, immediate: 1, position: 16 },
  ],
  [0x321003e0, 'mov w0, #0x10000', { operation: operation.move, immediate: 0x10000 }],
  [
    0x927cec1f,
    'and sp, x0, #-16',
    { operation: operation.and, destination: SP, left: 0, immediate: -16 },
  ],
  [
    0x12001c41,
    'and w1, w2, #0xff',
    { operation: operation.and, destination: 1, left: 2, immediate: 255, width: 4 },
  ],
  [0xb200f3e0, 'mov x0, #0xcccc...', { operation: operation.none, clobbers: 1 }],
  [0xaa0103e0, 'mov x0, x1', { operation: operation.move, destination: 0, source: 1 }],
  [
    0x2a1f03e3,
    'mov w3, wzr',
    { operation: operation.move, destination: 3, immediate: 0, source: -1 },
  ],
  [
    0x910003fd,
    'mov x29, sp',
    { operation: operation.address, destination: 29, base: SP, displacement: 0 },
  ],
  [
    0xd10083ff,
    'sub sp, sp, #32',
    { operation: operation.address, destination: SP, base: SP, displacement: -32 },
  ],
  [0x91401020, 'add x0, x1, #4, lsl #12', { operation: operation.address, displacement: 0x4000 }],
  [
    0x8b010c02,
    'add x2, x0, x1, lsl #3',
    { operation: operation.address, base: 0, index: 1, scale: 8 },
  ],
  [
    0xcb2063ff,
    'sub sp, sp, x0',
    { operation: operation.subtract, destination: SP, left: SP, source: 0 },
  ],
  [0x4b0103e0, 'neg w0, w1', { operation: operation.negate, destination: 0, left: 1, width: 4 }],
  [
    0x71000c1f,
    'cmp w0, #3',
    {
      operation: operation.compare,
      destination: 0,
      immediate: 3,
      width: 4,
      flagEffect: flagEffect.result,
    },
  ],
  [
    0xb140041f,
    'cmn x0, #1, lsl #12',
    {
      operation: operation.compareSum,
      destination: 0,
      immediate: 4096,
      flagEffect: flagEffect.result,
    },
  ],
  [0xeb01001f, 'cmp x0, x1', { operation: operation.compare, destination: 0, source: 1 }],
  [0xf2400c1f, 'tst x0, #15', { operation: operation.test, destination: 0, immediate: 15 }],
  [
    0x1a8103e0,
    'csel w0, wzr, w1, eq',
    {
      operation: operation.choose,
      destination: 0,
      left: 1,
      immediate: 0,
      condition: condition.equal,
    },
  ],
  [
    0x9a811002,
    'csel x2, x0, x1, ne',
    { operation: operation.choose, destination: 2, left: 0, source: 1, condition: condition.equal },
  ],
  [
    0x1a9f17e0,
    'cset w0, eq',
    { operation: operation.flag, destination: 0, width: 4, condition: condition.equal },
  ],
  [0x5a9f03e0, 'csetm w0, ne', { operation: operation.borrow, destination: 0 }],
  [0x1a9f0400, 'csinc w0, w0, wzr, eq', { operation: operation.choose, left: 0, immediate: 1 }],
  [0x9a810402, 'csinc x2, x0, x1, eq', { operation: operation.chooseNext, left: 0, source: 1 }],
  [
    0xd37df041,
    'lsl x1, x2, #3',
    { operation: operation.shiftLeft, destination: 1, left: 2, immediate: 3 },
  ],
  [
    0x53047c41,
    'lsr w1, w2, #4',
    { operation: operation.shiftRight, destination: 1, left: 2, immediate: 4, width: 4 },
  ],
  [0x13027c41, 'asr w1, w2, #2', { operation: operation.shiftRightSigned, immediate: 2 }],
  [
    0x93407c01,
    'sxtw x1, w0',
    { operation: operation.signExtend, destination: 1, source: 0, fromWidth: 4, width: 8 },
  ],
  [0x53003c01, 'uxth w1, w0', { operation: operation.zeroExtend, source: 0, fromWidth: 2 }],
  [0xd3460820, 'ubfx', { operation: operation.none, clobbers: 1 }],
  [
    0x90000001,
    'adrp x1, 100000',
    { operation: operation.move, destination: 1, immediate: 0x100000 },
  ],
  [0x10000041, 'adr x1, 100018', { operation: operation.move, immediate: 0x100018 }],
  [
    0x58000048,
    'ldr x8, 100018',
    { operation: operation.load, destination: 8, base: -1, displacement: 0x100018, memory: true },
  ],
  [
    0xf9400be0,
    'ldr x0, [sp, #16]',
    { operation: operation.load, destination: 0, base: SP, displacement: 16, width: 8 },
  ],
  [
    0xb9000fff,
    'str wzr, [sp, #12]',
    { operation: operation.store, source: -1, immediate: 0, base: SP, displacement: 12, width: 4 },
  ],
  [
    0x38401c01,
    'ldrb w1, [x0, #1]!',
    { operation: operation.zeroExtend, destination: 1, fromWidth: 1, displacement: 1, advance: 1 },
  ],
  [0xf8408401, 'ldr x1, [x0], #8', { operation: operation.load, displacement: 0, advance: 8 }],
  [
    0xb8a16802,
    'ldrsw x2, [x0, x1]',
    { operation: operation.signExtend, destination: 2, base: 0, index: 1, fromWidth: 4, width: 8 },
  ],
  [0xb8614802, 'ldr w2, [x0, w1, uxtw]', { operation: operation.none, clobbers: 4 }],
  [
    0xa9be7bfd,
    'stp x29, x30, [sp, #-32]!',
    {
      operation: operation.storePair,
      source: 29,
      second: 30,
      base: SP,
      displacement: -32,
      advance: -32,
    },
  ],
  [
    0xa8c27bfd,
    'ldp x29, x30, [sp], #32',
    { operation: operation.loadPair, destination: 29, second: 30, displacement: 0, advance: 32 },
  ],
  [0xa9007fe1, 'stp x1, xzr, [sp]', { operation: operation.storePair, source: 1, second: -1 }],
  [0x3d8003e0, 'str q0, [sp]', { operation: operation.store, source: UNKNOWN_SOURCE, width: 16 }],
  [
    0xad0007e0,
    'stp q0, q1, [sp]',
    { operation: operation.store, source: UNKNOWN_SOURCE, width: 32 },
  ],
  [0xc85f7c01, 'ldxr x1, [x0]', { operation: operation.none, clobbers: 2 }],
  [
    0x88027c01,
    'stxr w2, w1, [x0]',
    { operation: operation.store, source: UNKNOWN_SOURCE, clobbers: 4 },
  ],
  [0xf8e10002, 'ldaddal x1, x2, [x0]', { operation: operation.store, clobbers: 4 }],
  [
    0xd53bd041,
    'mrs x1, tpidr_el0',
    { operation: operation.load, destination: 1, memory: true, segment: true },
  ],
  [0xd53b4201, 'mrs x1, nzcv', { operation: operation.none, clobbers: 2 }],
  [0x9b017c00, 'mul x0, x0, x1', { operation: operation.none, clobbers: 1 }],
  [0x1e26000b, 'fmov w11, s0', { operation: operation.none, clobbers: 1 << 11 }],
];

for (const [word, name, expected] of cases) {
  test(name, () => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(word);
    const step = makeStep();
    assert.equal(readStep(bytes, 0, bytes.length, address, step), 4);
    const told: Readonly<Record<string, unknown>> = { ...step };
    for (const [part, value] of Object.entries(expected)) assert.equal(told[part], value, part);
  });
}

test('less than a word is nothing', () => {
  const step = makeStep();
  assert.equal(readStep(Buffer.from([1, 0, 0]), 0, 3, address, step), 1);
  assert.equal(step.operation, operation.none);
});

test('padding at the end of code is left away', () => {
  const words = (...all: number[]): Uint8Array => new Uint8Array(Uint32Array.from(all).buffer);
  const last = (...all: number[]): number =>
    aarch64Machine.lastFlow(words(...all), 0, all.length * 4);
  assert.equal(last(0xd65f03c0, 0xd503201f, 0), flow.return);
  assert.equal(last(0xd65f03c0, 0xd2800ba8), -1);
  assert.equal(last(0xd503201f), flow.next);
  assert.equal(last(0x94000001), flow.call);
});
