import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseFileCapabilities } from './capability.ts';

const cases: readonly (readonly [string, string, unknown])[] = [
  [
    'ping: cap_net_raw=ep',
    '0100000200200000000000000000000000000000',
    { revision: 2, permitted: ['CAP_NET_RAW'], inheritable: [], effective: true },
  ],
  [
    'high bits: cap_bpf,cap_perfmon=p',
    '000000020000000000000000c000000000000000',
    { revision: 2, permitted: ['CAP_PERFMON', 'CAP_BPF'], inheritable: [], effective: false },
  ],
  [
    'revision 1',
    '010000010004000000000000',
    { revision: 1, permitted: ['CAP_NET_BIND_SERVICE'], inheritable: [], effective: true },
  ],
  [
    'revision 3 of a user namespace',
    '0100000300200000002000000000000000000000a0860100',
    {
      revision: 3,
      permitted: ['CAP_NET_RAW'],
      inheritable: ['CAP_NET_RAW'],
      effective: true,
      rootId: 100000,
    },
  ],
  ['a length that its revision does not have', '01000002002000000000', undefined],
  ['revision 4', '0100000400200000000000000000000000000000', undefined],
  ['nothing', '', undefined],
];
for (const [name, hex, expected] of cases) {
  test(name, () => assert.deepEqual(parseFileCapabilities(Buffer.from(hex, 'hex')), expected));
}
