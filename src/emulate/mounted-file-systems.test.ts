import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Offer } from '../host/offer.ts';
import { mountAnswerers } from './mounted-file-systems.ts';

const EINVAL = { errno: 22 };
const ENODEV = { errno: 19 };
const passOn = { passOn: true };

function offerOf(release: string, config: Readonly<Record<string, string>> = {}): Offer {
  return { schema: 'plimsoll.host/1', name: release, kernel: { release, config } };
}

/** A superblock of xfs with these incompatible features. */
function xfs(incompat: number): Buffer {
  const bytes = Buffer.alloc(4096);
  bytes.write('XFSB');
  bytes.writeUInt32BE(4096, 4);
  bytes.writeUInt16BE(0xb4a5, 100);
  bytes.writeUInt32BE(incompat, 216);
  return bytes;
}

/** Makes calls whose texts lie in pages of their own; a number stays as it is. */
function caller(offer: Offer, device: Buffer = Buffer.alloc(0)) {
  const answerers = mountAnswerers(offer);
  return (name: string, ...args: readonly (string | number)[]) => {
    const pages = args.map((one) => Buffer.from(`${one}\0`));
    const answerer = answerers.get(name);
    assert.ok(answerer, name);
    const call = {
      pid: 1,
      number: 0,
      arch: 0,
      args: args.map((one, index) =>
        typeof one === 'number' ? BigInt(one) : BigInt(4096 * (index + 1)),
      ),
    };
    return answerer(call, {
      read: (address, length) => {
        const page = Buffer.alloc(4096);
        pages[Number(address) / 4096 - 1]?.copy(page);
        return page.subarray(0, length);
      },
      write: () => false,
      fileSystemOf: () => undefined,
      descriptor: () => undefined,
      beginningOf: (path) => (path === '/dev/loop0' ? device : undefined),
    });
  };
}

test('types that a kernel lacks', () => {
  const check = (offer: Offer, type: string, expected: object) => {
    assert.deepEqual(caller(offer)('mount', 'none', '/mnt', type, 0, ''), expected, type);
    assert.deepEqual(caller(offer)('fsopen', type, 0), expected, type);
  };
  check(offerOf('4.4.0'), 'erofs', ENODEV);
  check(offerOf('5.10.0'), 'erofs', passOn);
  check(offerOf('5.10.0', { CONFIG_EROFS_FS: 'n' }), 'erofs', ENODEV);
  check(offerOf('6.6.0'), 'bcachefs', ENODEV);
  check(offerOf('6.7.0'), 'bcachefs', passOn);
  check(offerOf('6.18.0'), 'bcachefs', ENODEV);
  check(offerOf('2.6.32'), 'tmpfs', passOn);
  check(offerOf('4.4.0', { CONFIG_FUSE_FS: 'n' }), 'fuse.sshfs', ENODEV);
});

test('options that a kernel does not know', () => {
  const check = (release: string, type: string, options: string, expected: object) =>
    assert.deepEqual(
      caller(offerOf(release))('mount', 'none', '/mnt', type, 0, options),
      expected,
      `${release} ${type} ${options}`,
    );
  check('6.1.0', 'tmpfs', 'size=1M,noswap', EINVAL);
  check('6.4.0', 'tmpfs', 'size=1M,noswap', passOn);
  check('5.7.0', 'proc', 'hidepid=2', passOn);
  check('5.7.0', 'proc', 'hidepid=invisible', EINVAL);
  check('5.10.0', 'overlay', 'lowerdir=/a,userxattr', EINVAL);
  check('4.13.0', 'btrfs', 'compress=lzo', passOn);
  check('4.13.0', 'btrfs', 'compress=zstd', EINVAL);
  // A level that could not be read was the default one, up to 6.15.
  check('6.12.0', 'btrfs', 'compress=zstd:-5', passOn);
  check('6.12.0', 'btrfs', 'compress=zstd:5', passOn);
  // A bind mounts nothing new.
  const bind = caller(offerOf('4.4.0'))('mount', '/a', '/mnt', 'erofs', 0x1000, '');
  assert.deepEqual(bind, passOn);
});

test('options one by one, and formats that are newer than the driver', () => {
  const SET_FLAG = 0;
  const SET_STRING = 1;
  const CREATE = 6;
  const check = (release: string, device: Buffer, expected: object) => {
    const call = caller(offerOf(release), device);
    assert.deepEqual(call('mount', '/dev/loop0', '/mnt', 'xfs', 0, ''), expected, release);
    call('fsopen', 'xfs', 0);
    assert.deepEqual(call('fsconfig', 3, SET_STRING, 'source', '/dev/loop0'), passOn);
    assert.deepEqual(call('fsconfig', 3, CREATE, 0, 0), expected, release);
  };
  // nrext64
  check('5.18.0', xfs(0x20), EINVAL);
  check('5.19.0', xfs(0x20), passOn);
  check('6.1.0', xfs(0x80), EINVAL);
  check('6.1.0', Buffer.from('short'), passOn);
  const early = caller(offerOf('6.1.0'));
  early('fsopen', 'tmpfs', 0);
  assert.deepEqual(early('fsconfig', 3, SET_FLAG, 'noswap', 0), EINVAL);
  // overlay took options all together before 6.5.
  const late = caller(offerOf('5.10.0'));
  late('fsopen', 'overlay', 0);
  assert.deepEqual(late('fsconfig', 3, SET_FLAG, 'userxattr', 0), { value: 0n });
  assert.deepEqual(late('fsconfig', 3, CREATE, 0, 0), EINVAL);
  assert.deepEqual(late('fsconfig', 3, CREATE, 0, 0), passOn);
});

test('kernels with drivers of later ones are left alone', () => {
  assert.equal(mountAnswerers(offerOf('4.18.0-553.el8_10.x86_64')).size, 0);
  assert.equal(mountAnswerers({ schema: 'plimsoll.host/1', name: 'unknown' }).size, 0);
});
