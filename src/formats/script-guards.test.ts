import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scriptGuards } from './script-guards.ts';

/** What is tested, the script, and the guards in words. */
const cases: readonly (readonly [string, string, readonly string[]])[] = [
  [
    'a variable, then a test that ends the script',
    'MAP="$(cat /proc/sys/vm/max_map_count)"\nif [[ "$MAP" -lt 2000000 ]]; then\n  echo "set it"\n  exit 1\nfi',
    ['sysctl vm.max_map_count >=2000000 ends'],
  ],
  [
    'in one line, and only said',
    '[ "$(sysctl -n net.core.somaxconn)" -lt 512 ] && echo "WARNING: low"',
    ['sysctl net.core.somaxconn >=512 says'],
  ],
  [
    'open files',
    'if [ $(ulimit -n) -lt 60000 ]; then\n echo "Please set the maximum number of open file descriptors larger than 60000."\n exit 1\nfi',
    ['limit nofile >=60000 ends'],
  ],
  [
    'a value that must be that one',
    'OVER=$(cat /proc/sys/vm/overcommit_memory)\nif [ "$OVER" -ne 1 ]; then die "overcommit"; fi',
    ['sysctl vm.overcommit_memory =1 ends'],
  ],
  [
    'arithmetic',
    'have=$(sysctl -n vm.max_map_count)\nif (( have < 262144 )); then\n  fatal "too low"\nfi',
    ['sysctl vm.max_map_count >=262144 ends'],
  ],
  [
    'words of the processor',
    'if ! grep -q avx2 /proc/cpuinfo; then\n  echo "needs AVX2"; exit 1\nfi\ngrep -q " sse4_2 " /proc/cpuinfo || echo "slow" >&2',
    ['cpu avx2 ends', 'cpu sse4_2 says'],
  ],
  [
    'a module and a device',
    'if ! lsmod | grep -q "^wireguard"; then exit 1; fi\nif [ ! -c /dev/net/tun ]; then\n  echo no tun\n  exit 1\nfi',
    ['module wireguard ends', 'device /dev/net/tun ends'],
  ],
  [
    'a device that the script makes itself',
    'if [ ! -c /dev/net/tun ]; then\n  mknod /dev/net/tun c 10 200\n  echo made\nfi',
    [],
  ],
  [
    'a choice between two builds is no guard',
    'if grep -q avx2 /proc/cpuinfo; then\n  exec /app-avx2\nelse\n  exec /app\nfi',
    [],
  ],
  ['a comment', '# [ $(ulimit -n) -lt 100 ] && exit 1', []],
  ['a value that is only raised', 'if [ $(ulimit -n) -lt 100 ]; then\n ulimit -n 100\nfi', []],
];

for (const [title, script, expected] of cases) {
  test(`guards: ${title}`, () => {
    const found = scriptGuards(script).map((guard) => {
      const number =
        'atLeast' in guard ? ` >=${guard.atLeast}` : 'equals' in guard ? ` =${guard.equals}` : '';
      return `${guard.kind} ${guard.name}${number} ${guard.ends ? 'ends' : 'says'}`;
    });
    assert.deepEqual(found, expected);
  });
}
