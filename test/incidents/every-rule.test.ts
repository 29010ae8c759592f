// Every shipped rule once: an image and hosts are made from its own conditions; it must be found, stay silent where
// either condition is false, and say that it does not know. What cannot be made so is listed here by name.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DataRule, ImageCondition } from '../../src/check/data-rule.ts';
import { runDataRules, shippedRules } from '../../src/check/data-rules.ts';
import type { Finding } from '../../src/check/finding.ts';
import { matchHost } from '../../src/check/host-match.ts';
import type { Offer } from '../../src/host/offer.ts';
import { makeNeeds } from '../../src/needs/make-needs.ts';
import type { Needs } from '../../src/needs/need.ts';
import { softwareCatalogue } from '../../src/needs/software-catalogue.ts';
import { emptyUserSpace } from '../../src/needs/user-space.ts';
import { hostThat, offerOf } from './harness/host-of-rule.ts';
import { needsFor } from './harness/image-of-rule.ts';

/** Rules whose conditions the makers of this test do not reach: links, versions of two kinds at once, rare parts of hosts. */
const beyond: ReadonlySet<string> = new Set([
  'nvidia-device',
  'postgresql18-io-uring',
  'iptables-legacy-missing',
  'iptables-nft-missing',
  'iptables-mixed',
  'ip6tables-legacy-missing',
  'go-copy-file-range-network-fs',
  'go-1.14-signal-stack-mlock',
  'libuv-sqpoll-busy-loop',
  'apr-getrandom',
  'continuity-copy-file-range',
  'bubblewrap-openat2',
  'nested-podman-starts',
  'gnupg-entropy',
  'musl-many-search-domains',
  'upx5-memfd',
  'native-image-page-size',
  'libuv-copy-file-range-network-fs',
  'kernel-is-not-linux',
  'ebpf-program-old-kernel',
  'docker-go-client-api-too-old',
  'icmp-datagram-sockets',
  'oracle-memory-target',
  'ubuntu-riscv64-rva23',
  'tcmalloc-address-bits',
  'go-openssl-fips-provider',
  'nvidia-video-libraries',
  'nvidia-graphics-libraries',
  'protected-regular-files',
  'openresty-sse4.2',
  'rosetta-vdso',
]);

const nothing = offerOf({});
const without = (): Needs => makeNeeds(emptyUserSpace('made'), []);

function silentWithout(rule: DataRule, bad: Offer): void {
  const [found] = runDataRules(without(), bad, [rule]);
  // What holds of every image, or of one of which nothing says what starts, is found in an empty one too.
  if (found !== undefined)
    assert.ok(found.reach === 'user-space' && found.evidence.length === 0, rule.id);
}

function unknownTo(rule: DataRule, needs: Needs): void {
  if (rule.host === undefined || matchHost(rule.host, nothing).truth !== undefined) return;
  const silent = rule.whenUnknown === 'silent' || rule.severity === 'note';
  const wanted = silent ? [] : [rule.whenUnknown === 'note' ? 'note' : 'unknown'];
  const severities = runDataRules(needs, nothing, [rule]).map(({ severity }) => severity);
  // What only some file would feel, and that at worst degrades, is no question to the host.
  if (severities.length === 0 && !silent) {
    const [known] = runDataRules(needs, hostThat(rule.host, true) ?? nothing, [rule]);
    assert.equal(known?.reach, 'file', `${rule.id} on a host that says nothing`);
    return;
  }
  assert.deepEqual(severities, wanted, `${rule.id} on a host that says nothing`);
}

function wellSaid(rule: DataRule, finding: Finding | undefined): void {
  assert.equal(finding?.code, rule.code, rule.id);
  assert.notEqual(finding?.severity, 'unknown', rule.id);
  for (const text of [finding?.title, finding?.need, finding?.help])
    assert.doesNotMatch(
      text ?? '',
      /\{(?:software|version|package|path|detail|value)\}/,
      `${rule.id} leaves a placeholder`,
    );
}

test('each rule is found, silent and unknown on images and hosts made from its own conditions', async () => {
  let whole = 0;
  const missed: string[] = [];
  for (const rule of shippedRules) {
    if (beyond.has(rule.id)) continue;
    const needs = await needsFor(rule.image);
    const bad = rule.host === undefined ? offerOf({}) : hostThat(rule.host, true);
    const good = rule.host && hostThat(rule.host, false);
    const found = needs && bad && runDataRules(needs, bad, [rule]);
    if (!needs || !bad || !found?.length || (rule.host && !good)) {
      missed.push(
        `${rule.id}${needs ? '' : ' image'}${bad ? '' : ' host'}${good ? '' : ' good'}${found?.length ? '' : ' found'}`,
      );
      continue;
    }
    wellSaid(rule, found[0]);
    if (good !== undefined)
      assert.deepEqual(runDataRules(needs, good, [rule]), [], `${rule.id} on a host that is fine`);
    silentWithout(rule, bad);
    unknownTo(rule, needs);
    whole += 1;
  }
  console.log(`rules: ${whole} of ${shippedRules.length} run on what their conditions say`);
  assert.deepEqual(missed, []);
});

/** Names of software anywhere in a condition. */
function namesIn(condition: ImageCondition): readonly string[] {
  if ('all' in condition) return condition.all.flatMap(namesIn);
  if ('any' in condition) return condition.any.flatMap(namesIn);
  if ('not' in condition) return namesIn(condition.not);
  return 'software' in condition ? [condition.software].flat() : [];
}

test('rules name software of the catalogue only', () => {
  const known = new Set(softwareCatalogue.map(({ name }) => name));
  for (const rule of shippedRules)
    for (const name of namesIn(rule.image)) assert.ok(known.has(name), `${rule.id}: ${name}`);
});
