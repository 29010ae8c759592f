import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { test } from 'node:test';
import { formatIp, formatSubnet, overlap, parseIp, parseSubnet } from './ip-address.ts';

test('addresses are read and written as RFC 5952 has them', () => {
  const check = (text: string, expected: string | undefined): void => {
    const address = parseIp(text);
    assert.equal(address === undefined ? undefined : formatIp(address), expected, text);
    assert.equal(isIP(text) !== 0, expected !== undefined, text);
  };
  check('10.0.0.1', '10.0.0.1');
  check('255.255.255.255', '255.255.255.255');
  check('::', '::');
  check('::1', '::1');
  check('FD00:0:0::0001', 'fd00::1');
  check('2001:db8:0:1:0:0:0:1', '2001:db8:0:1::1');
  check('2001:0:0:1:0:0:2:3', '2001::1:0:0:2:3');
  check('1:0:3:4:5:6:7:8', '1:0:3:4:5:6:7:8');
  check('::ffff:10.0.0.1', '::ffff:a00:1');
  check('1::', '1::');
  for (const wrong of [
    '',
    '10.0.0',
    '10.0.0.256',
    '010.0.0.1',
    '1:2',
    '1::2::3',
    ':::',
    '12345::',
    'x::',
  ])
    check(wrong, undefined);
});

test('subnets', () => {
  const check = (text: string, expected: string | undefined): void => {
    const subnet = parseSubnet(text);
    assert.equal(subnet === undefined ? undefined : formatSubnet(subnet), expected, text);
  };
  check('10.1.2.3/8', '10.0.0.0/8');
  check('10.1.2.3/32', '10.1.2.3/32');
  check('0.0.0.0/0', '0.0.0.0/0');
  check('fd00::1:2/64', 'fd00::/64');
  for (const wrong of ['10.0.0.0', '10.0.0.0/33', 'fd00::/129', '10.0.0.0/x', '/8'])
    check(wrong, undefined);
  const meet = (one: string, other: string): boolean | undefined => {
    const [a, b] = [parseSubnet(one), parseSubnet(other)];
    return a && b && overlap(a, b);
  };
  assert.equal(meet('10.0.0.0/8', '10.1.0.0/16'), true);
  assert.equal(meet('10.1.0.0/16', '10.0.0.0/8'), true);
  assert.equal(meet('10.1.0.0/16', '10.2.0.0/16'), false);
  assert.equal(meet('0.0.0.0/0', '::/0'), false);
});
