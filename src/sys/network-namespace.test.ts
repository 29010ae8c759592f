import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeNetworkNamespace, removeNetworkNamespace } from './network-namespace.ts';

test('a network namespace stays without a process, and goes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-netns-'));
  const path = join(folder, 'a', 'b');
  try {
    const before = readlinkSync('/proc/thread-self/ns/net');
    makeNetworkNamespace(path);
    assert.equal(readlinkSync('/proc/thread-self/ns/net'), before);
    // Of a new one there is loopback at least; the host's other interfaces are not in it.
    const inside = execFileSync('nsenter', [`--net=${path}`, 'cat', '/proc/net/route'], {
      encoding: 'utf8',
    });
    assert.equal(inside.trim().split('\n').length, 1);
    assert.throws(() => makeNetworkNamespace(path), /EEXIST/);
    removeNetworkNamespace(path);
    assert.equal(existsSync(path), false);
    assert.ok(!readFileSync('/proc/self/mountinfo', 'utf8').includes(folder));
    removeNetworkNamespace(path);
  } finally {
    removeNetworkNamespace(path);
    rmSync(folder, { recursive: true });
  }
});
