import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  condition,
  flagEffect,
  flow,
  MEMORY_SOURCE,
  makeStep,
  operation,
  type Step,
  UNKNOWN_SOURCE,
} from '../insn.ts';
import { clobbersOf } from './clobbers.ts';
import { decode, makeInsn } from './decode.ts';
import { RAX, RBP, RCX, RDI, RDX, RSI, RSP, readStep } from './step.ts';

const address = 0x1000;

/** Bytes at address 0x1000, what they are, and what is told of them. */
const cases: readonly [string, string, Partial<Step>][] = [
  ['0f05', 'syscall', { flow: flow.syscall }],
  ['cd80', 'int 0x80', { flow: flow.syscall32 }],
  ['cd03', 'int 3', { flow: flow.next }],
  ['0f34', 'sysenter', { flow: flow.syscall32 }],
  ['19c0', 'sbb eax, eax', { operation: operation.borrow, destination: RAX }],
  ['19c8', 'sbb eax, ecx', { operation: operation.none, clobbers: 1 << RAX }],
  ['0f0b', 'ud2', { flow: flow.stop }],
  ['f4', 'hlt', { flow: flow.stop }],
  ['f3c3', 'repz ret', { flow: flow.return }],
  ['e8fb0f0000', 'call 0x2000', { flow: flow.call, target: 0x2000 }],
  ['ebfe', 'jmp .', { flow: flow.jump, target: 0x1000 }],
  ['0f84fa000000', 'je', { flow: flow.branch, target: 0x1100 }],
  ['7402', 'je short', { flow: flow.branch, target: 0x1004 }],
  ['ffd0', 'call rax', { flow: flow.callIndirect, source: RAX, memory: false }],
  ['ff25faff0000', 'jmp [rip]', { flow: flow.jumpIndirect, memory: true, displacement: 0x11000 }],
  [
    'b8e7000000',
    'mov eax, 231',
    { operation: operation.move, destination: RAX, immediate: 231, width: 4 },
  ],
  ['48c7c0ffffffff', 'mov rax, -1', { operation: operation.move, immediate: -1, width: 8 }],
  ['31ff', 'xor edi, edi', { operation: operation.move, destination: RDI, immediate: 0 }],
  ['31f7', 'xor edi, esi', { operation: operation.xor, destination: RDI, source: RSI }],
  [
    '4889f8',
    'mov rax, rdi',
    { operation: operation.move, destination: RAX, source: RDI, width: 8 },
  ],
  [
    '488d3d10000000',
    'lea rdi, [rip+16]',
    { operation: operation.address, destination: RDI, displacement: 0x1017 },
  ],
  [
    '8b442408',
    'mov eax, [rsp+8]',
    { operation: operation.load, base: RSP, displacement: 8, width: 4 },
  ],
  ['c744240805000000', 'mov [rsp+8], 5', { operation: operation.store, immediate: 5, base: RSP }],
  [
    '8d4701',
    'lea eax, [rdi+1]',
    { operation: operation.address, destination: RAX, base: RDI, displacement: 1 },
  ],
  ['4883ec18', 'sub rsp, 24', { operation: operation.subtract, destination: RSP, immediate: 24 }],
  ['53', 'push rbx', { operation: operation.push, source: 3 }],
  ['5d', 'pop rbp', { operation: operation.pop, destination: RBP }],
  ['6a3c', 'push 60', { operation: operation.push, immediate: 60 }],
  [
    '483d01f0ffff',
    'cmp rax, -4095',
    {
      operation: operation.compare,
      destination: RAX,
      immediate: -4095,
      width: 8,
      flagEffect: flagEffect.result,
    },
  ],
  ['83f8ff', 'cmp eax, -1', { operation: operation.compare, destination: RAX, immediate: -1 }],
  ['833826', 'cmp [rax], 38', { operation: operation.compare, destination: -1, immediate: 38 }],
  [
    '3b442408',
    'cmp eax, [rsp+8]',
    { operation: operation.compare, destination: RAX, source: MEMORY_SOURCE, base: RSP },
  ],
  ['39c8', 'cmp eax, ecx', { operation: operation.compare, destination: RAX, source: RCX }],
  ['85c0', 'test eax, eax', { operation: operation.test, destination: RAX, source: RAX, width: 4 }],
  ['a801', 'test al, 1', { operation: operation.test, destination: RAX, immediate: 1, width: 1 }],
  ['84e4', 'test ah, ah', { operation: operation.none, flagEffect: flagEffect.unknown }],
  ['f7d8', 'neg eax', { operation: operation.negate, flagEffect: flagEffect.result }],
  ['f7d0', 'not eax', { operation: operation.not, flagEffect: flagEffect.none }],
  ['0f88fa000000', 'js near', { flow: flow.branch, condition: condition.negative }],
  ['7802', 'js', { flow: flow.branch, condition: condition.negative }],
  ['0f87fa000000', 'ja', { flow: flow.branch, condition: condition.above }],
  ['0f44c1', 'cmove eax, ecx', { operation: operation.choose, condition: condition.equal }],
  ['0f95c0', 'setne al', { operation: operation.flag, condition: condition.notEqual }],
  ['e302', 'jrcxz', { flow: flow.branch, condition: condition.other }],
  ['480fa3c2', 'bt rdx, rax', { operation: operation.testBit, destination: RDX, source: RAX }],
  ['0fbae005', 'bt eax, 5', { operation: operation.testBit, destination: RAX, immediate: 5 }],
  [
    '0fba20 05'.replace(' ', ''),
    'bt [rax], 5',
    { operation: operation.none, flagEffect: flagEffect.unknown },
  ],
  ['4898', 'cdqe', { operation: operation.signExtend, destination: RAX, fromWidth: 4, width: 8 }],
  ['f00fc108', 'lock xadd [rax], ecx', { flagEffect: flagEffect.unknown }],
  ['0f28c1', 'movaps', { flagEffect: flagEffect.none }],
  ['c9', 'leave', { operation: operation.leave }],
  ['0f44c2', 'cmove eax, edx', { operation: operation.choose, destination: RAX, source: RDX }],
  ['0f95c0', 'setne al', { operation: operation.flag, destination: RAX, width: 1 }],
  ['b4ff', 'mov ah, 255', { operation: operation.none, clobbers: 0b1_0001 }],
  ['0fa2', 'cpuid', { operation: operation.none, clobbers: 0b1111 }],
  ['f7e1', 'mul ecx', { operation: operation.none, clobbers: (1 << RAX) | (1 << RDX) }],
  ['48ab', 'stosq', { clobbers: (1 << RDI) | (1 << RSI) | (1 << RCX) }],
  ['f00fb111', 'lock cmpxchg [rcx], edx', { clobbers: 1 << RAX }],
  ['0107', 'add [rdi], eax', { operation: operation.store, source: UNKNOWN_SOURCE }],
  ['c4e2fbf6d8', 'mulx', { operation: operation.none, clobbers: 0xffef }],
  [
    '0fb6c8',
    'movzx ecx, al',
    { operation: operation.zeroExtend, destination: RCX, source: RAX, fromWidth: 1 },
  ],
  [
    '4863f7',
    'movsxd rsi, edi',
    { operation: operation.signExtend, destination: RSI, source: RDI, fromWidth: 4 },
  ],
  ['64488b042528000000', 'mov rax, fs:0x28', { operation: operation.load, segment: true }],
];

for (const [hex, name, expected] of cases) {
  test(name, () => {
    const bytes = Buffer.from(hex, 'hex');
    const step = makeStep();
    assert.equal(readStep(bytes, 0, bytes.length, address, step), bytes.length);
    const told: Readonly<Record<string, unknown>> = { ...step };
    for (const [part, value] of Object.entries(expected)) assert.equal(told[part], value, part);
  });
}

test('every instruction that is not described tells of a register or of none, never of one that is not there', () => {
  const insn = makeInsn();
  const bytes = Buffer.alloc(16, 0xc1);
  for (let first = 0; first < 0x10000; first++) {
    bytes.writeUInt16BE(first);
    decode(bytes, 0, bytes.length, insn);
    const mask = clobbersOf(insn);
    assert.ok(mask >= 0 && mask <= 0xffff, `${first.toString(16)}: ${mask}`);
  }
});
