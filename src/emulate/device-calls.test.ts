import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Offer } from '../host/offer.ts';
import type { Caller } from './caller.ts';
import { deviceAnswerers, handedArguments } from './device-calls.ts';

const ext4 = 0xef53;
const tmpfs = 0x01021994;

function offerOf(release: string): Offer {
  return { schema: 'plimsoll.host/1', name: release, machine: 'x86_64', kernel: { release } };
}

/** What a call gets: 'pass', or an errno; its memory holds numbers of 64 bits. */
function ask(
  release: string,
  name: string,
  args: readonly bigint[],
  seen: { readonly words?: readonly bigint[]; readonly type?: number; readonly link?: string } = {},
): string | number {
  const memory = Buffer.alloc(64);
  for (const [index, word] of (seen.words ?? []).entries())
    memory.writeBigUInt64LE(word, 8 * index);
  const caller: Caller = {
    read: (address, length) => memory.subarray(Number(address), Number(address) + length),
    write: () => true,
    beginningOf: () => undefined,
    fileSystemOf: () => seen.type,
    descriptor: () => seen.link,
  };
  const call = { pid: 1, number: 0, arch: 0xc000003e, args };
  const reply = deviceAnswerers(offerOf(release)).get(name)?.(call, caller) ?? { passOn: true };
  return 'errno' in reply ? reply.errno : 'value' in reply ? 'answered' : 'pass';
}

test('requests of ioctl that say in memory, or by their file system, what they want', () => {
  const label = [3n, 0x81009431n, 0n];
  assert.equal(ask('5.10.0', 'ioctl', label, { type: ext4 }), 25);
  assert.equal(ask('5.10.0', 'ioctl', label, { type: tmpfs }), 'pass');
  assert.equal(ask('6.1.0', 'ioctl', label, { type: ext4 }), 'pass');
  // UFFDIO_API with UFFD_FEATURE_THREAD_ID, with UFFD_FEATURE_WP_HUGETLBFS_SHMEM
  const api = [3n, 0xc018aa3fn, 0n];
  assert.equal(ask('5.10.0', 'ioctl', api, { words: [0xaan, 1n << 8n] }), 'pass');
  assert.equal(ask('5.10.0', 'ioctl', api, { words: [0xaan, 1n << 12n] }), 22);
  assert.equal(ask('6.1.0', 'ioctl', api, { words: [0xaan, 1n << 12n] }), 'pass');
  // BTRFS_IOC_QUOTA_CTL: plain, simple
  const quota = [3n, 0xc0109428n, 0n];
  assert.equal(ask('6.1.0', 'ioctl', quota, { words: [1n] }), 'pass');
  assert.equal(ask('6.1.0', 'ioctl', quota, { words: [4n] }), 22);
  assert.deepEqual(handedArguments(offerOf('6.18.0')).get('ioctl')?.values, []);
});

test('mounts with other ids, by file system', () => {
  const attributes = { words: [0x100000n] };
  const call = [4n, 32n, 0x1000n, 0n, 32n];
  assert.equal(ask('6.1.0', 'mount_setattr', call, { ...attributes, type: tmpfs }), 22);
  assert.equal(ask('6.6.0', 'mount_setattr', call, { ...attributes, type: tmpfs }), 'pass');
  assert.equal(ask('6.1.0', 'mount_setattr', call, { ...attributes, type: ext4 }), 'pass');
  assert.equal(ask('6.1.0', 'mount_setattr', call, { words: [1n], type: tmpfs }), 'pass');
});

test('a pidfd is an anonymous file before there was pidfs', () => {
  assert.equal(ask('6.1.0', 'fstatfs', [3n, 0n], { link: 'pidfd:[7]' }), 'answered');
  assert.equal(ask('6.1.0', 'fstatfs', [3n, 0n], { link: '/etc/passwd' }), 'pass');
  assert.equal(ask('6.12.0', 'fstatfs', [3n, 0n], { link: 'pidfd:[7]' }), 'pass');
});

test('a path that is absent', () => {
  assert.equal(ask('6.1.0', 'statx', [3n, 0n, 0x1000n]), 14);
  assert.equal(ask('6.1.0', 'statx', [3n, 1n << 32n, 0x1000n]), 'pass');
  assert.equal(ask('6.12.0', 'statx', [3n, 0n, 0x1000n]), 'pass');
});
