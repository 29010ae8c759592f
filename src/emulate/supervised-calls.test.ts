import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Offer } from '../host/offer.ts';
import { answerCalls, supervisedCalls } from './supervised-calls.ts';

function offerOf(release: string): Offer {
  return { schema: 'plimsoll.host/1', name: release, machine: 'x86_64', kernel: { release } };
}

/** What a call gets whose memory begins with these bytes, and what was written there. */
function ask(
  release: string,
  name: string,
  args: readonly bigint[],
  bytes = Buffer.alloc(0),
  type = 0,
) {
  const written: Buffer[] = [];
  const memory = {
    read: (address: bigint, length: number) => {
      const at = Number(address) - 4096;
      return at + length <= bytes.length ? bytes.subarray(at, at + length) : undefined;
    },
    beginningOf: () => undefined,
    fileSystemOf: () => type,
    descriptor: () => undefined,
    write: (address: bigint, text: Uint8Array) => {
      written.push(Buffer.from(text));
      return address !== 0n;
    },
  };
  const answer = answerCalls(
    supervisedCalls(offerOf(release), 'box'),
    () => name,
    () => memory,
  );
  const call = { pid: 1, number: 0, arch: 0, args: [...args, 0n, 0n, 0n, 0n, 0n, 0n].slice(0, 6) };
  return { reply: answer(call), written };
}

test('uname tells of the other kernel', () => {
  const { reply, written } = ask('3.10.0-1160.el7.x86_64', 'uname', [4096n]);
  assert.deepEqual(reply, { value: 0n });
  const words = written[0]?.toString('latin1').split(/\0+/);
  assert.deepEqual(words, [
    'Linux',
    'box',
    '3.10.0-1160.el7.x86_64',
    '#1 SMP',
    'x86_64',
    '(none)',
    '',
  ]);
  assert.deepEqual(ask('4.4.0', 'uname', [0n]).reply, { errno: 14 });
});

test('Landlock has the version and the rights of its release', () => {
  const check = (release: string, version: bigint, refused: bigint) => {
    const asked = ask(release, 'landlock_create_ruleset', [0n, 0n, 1n]);
    assert.deepEqual(asked.reply, { value: version }, release);
    const rights = (bits: bigint) => {
      const attribute = Buffer.alloc(8);
      attribute.writeBigUInt64LE(bits);
      return ask(release, 'landlock_create_ruleset', [4096n, 8n, 0n], attribute).reply;
    };
    // A part of the attribute that came later: refused where it says something.
    const whole = (last: bigint) => {
      const attribute = Buffer.alloc(24);
      attribute.writeBigUInt64LE(1n);
      attribute.writeBigUInt64LE(last, 16);
      return ask(release, 'landlock_create_ruleset', [4096n, 24n, 0n], attribute).reply;
    };
    assert.deepEqual(whole(0n), { passOn: true }, release);
    assert.deepEqual(whole(1n), version < 6n ? { errno: 7 } : { passOn: true }, release);
    assert.deepEqual(rights(refused - 1n), { passOn: true }, release);
    assert.deepEqual(rights(refused), { errno: 22 }, release);
  };
  check('5.15.0', 1n, 1n << 13n);
  check('6.1.0', 2n, 1n << 14n);
  check('6.6.0', 3n, 1n << 15n);
  check('6.12.0', 6n, 1n << 16n);
});

test('flags in memory that are newer are refused', () => {
  const ring = (flags: number) => {
    const parameters = Buffer.alloc(120);
    parameters.writeUInt32LE(flags, 8);
    return ask('5.15.0', 'io_uring_setup', [8n, 4096n], parameters).reply;
  };
  // IORING_SETUP_CLAMP; IORING_SETUP_SINGLE_ISSUER
  assert.deepEqual(ring(0x10), { passOn: true });
  assert.deepEqual(ring(0x1010), { errno: 22 });
  const how = Buffer.alloc(24);
  how.writeBigUInt64LE(0x20n, 16);
  assert.deepEqual(ask('5.12.0', 'openat2', [0n, 0n, 4096n], how).reply, { passOn: true });
  assert.deepEqual(ask('5.8.0', 'openat2', [0n, 0n, 4096n], how).reply, { errno: 22 });
  assert.deepEqual(ask('5.8.0', 'openat2', [0n, 0n, 9000n], how).reply, { passOn: true });
});

test('types of maps and the operations of a ring that a kernel lacks', () => {
  const map = (release: string, type: number) => {
    const attribute = Buffer.alloc(72);
    attribute.writeUInt32LE(type);
    return ask(release, 'bpf', [0n, 4096n, 72n], attribute).reply;
  };
  // BPF_MAP_TYPE_RINGBUF, BPF_MAP_TYPE_ARENA
  assert.deepEqual(map('5.10.0', 27), { passOn: true });
  assert.deepEqual(map('5.10.0', 33), { errno: 22 });
  assert.deepEqual(map('6.9.0', 33), { passOn: true });
  const { reply, written } = ask('5.10.0', 'io_uring_register', [3n, 8n, 4096n, 64n]);
  assert.deepEqual(reply, { value: 0n });
  // The last one of 5.10 is IORING_OP_TEE.
  assert.deepEqual([written[0]?.readUInt8(0), written[0]?.readUInt8(1)], [33, 34]);
  assert.equal(written[0]?.length, 16 + 8 * 34);
  const other = ask('5.10.0', 'io_uring_register', [3n, 0n, 4096n, 1n]).reply;
  assert.deepEqual(other, { passOn: true });
});
