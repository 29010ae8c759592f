// Every shipped rule once: a user space and hosts are made from its own conditions, as far as that is mechanical, and
// it must be found, stay silent, and say that it does not know. What cannot be made so is counted, not skipped silently.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DataRule, HostCondition, ImageCondition } from '../../src/check/data-rule.ts';
import { runDataRules, shippedRules } from '../../src/check/data-rules.ts';
import { matchHost } from '../../src/check/host-match.ts';
import { allCapabilities } from '../../src/host/capabilities.ts';
import type { Offer } from '../../src/host/offer.ts';
import { satisfies } from '../../src/lib/version.ts';
import { makeNeeds } from '../../src/needs/make-needs.ts';
import { softwareCatalogue } from '../../src/needs/software-catalogue.ts';
import { emptyUserSpace, type UserSpace } from '../../src/needs/user-space.ts';
import { imageConfig } from '../builders/image-config.ts';

type Parts = Record<string, unknown>;
const first = <T>(value: T | readonly T[]): T => (Array.isArray(value) ? value[0] : value) as T;
const unwild = (text: string): string => text.replaceAll('**/', '').replace(/[*?]/g, '1');

/** Some version inside of a range, or undefined. */
function versionIn(range: string | undefined): string | undefined {
  if (range === undefined) return '1.0';
  const bounds = range.match(/\d[0-9a-z.-]*/g) ?? [];
  const around = bounds.flatMap((bound) => {
    const major = Number.parseInt(bound, 10);
    return [bound, `${bound}.1`, `${major}`, `${major - 1}.0`, `${major - 1}.99`, `${major + 1}.0`];
  });
  return [...around, '0.0.1', '0.1'].find((version) => satisfies(version, range));
}

/** A user space for which the condition holds, or undefined where that takes more than these parts. */
function imageFor(condition: ImageCondition, below: UserSpace): UserSpace | undefined {
  if ('all' in condition)
    return condition.all.reduce<UserSpace | undefined>(
      (made, part) => made && imageFor(part, made),
      below,
    );
  if ('any' in condition)
    for (const part of condition.any) {
      const made = imageFor(part, below);
      if (made !== undefined) return made;
    }
  if ('any' in condition) return undefined;
  if ('not' in condition || 'always' in condition) return below;
  if ('software' in condition) {
    const version = versionIn(condition.version);
    const item = { name: first(condition.software), evidence: [], ...(version ? { version } : {}) };
    return version === undefined ? undefined : { ...below, software: [...below.software, item] };
  }
  if ('package' in condition) {
    const version = versionIn(condition.version);
    if (version === undefined) return undefined;
    const item = {
      manager: first(condition.manager ?? 'dpkg') as 'dpkg',
      name: unwild(first(condition.package)),
      version,
      database: '/var/lib/dpkg/status',
    };
    return { ...below, packages: [...below.packages, item] };
  }
  if ('starts' in condition && condition.arguments === undefined) {
    const name = unwild(first(condition.starts));
    const argv = [name.startsWith('/') ? name : `/usr/bin/${name}`];
    const path = argv[0] ?? '';
    return { ...configured(below, {}), start: [...below.start, { argv, path, kind: 'elf' }] };
  }
  if ('env' in condition && condition.matches === undefined && condition.version === undefined)
    return configured(below, { [unwild(condition.env)]: '1' });
  if ('architecture' in condition || 'user' in condition) return below;
  return undefined;
}

function configured(below: UserSpace, env: Readonly<Record<string, string>>): UserSpace {
  const config = below.config ?? imageConfig({ platform: { os: 'linux', architecture: '' } });
  return { ...below, config: { ...config, env: { ...config.env, ...env } } };
}

/** A value that the comparisons accept, or refuse. */
function valueFor(wanted: Parts, holds: boolean): string | undefined {
  const { is, isNot, below, above, atLeast } = wanted;
  if (typeof is === 'string' || typeof is === 'number') return holds ? String(is) : '4711';
  if (typeof isNot === 'string' || typeof isNot === 'number') return holds ? '4711' : String(isNot);
  if (typeof below === 'number') return String(holds ? below - 1 : below + 1);
  if (typeof above === 'number') return String(holds ? above + 1 : above);
  if (typeof atLeast === 'number') return String(holds ? atLeast : atLeast - 1);
  return undefined;
}

/** Parts of an offer that make the condition true or false, or undefined. */
function hostFor(condition: HostCondition, holds: boolean): Parts | undefined {
  if ('all' in condition) return holds ? every(condition.all, true) : some(condition.all, false);
  if ('any' in condition) return holds ? some(condition.any, true) : every(condition.any, false);
  if ('not' in condition) return hostFor(condition.not, !holds);
  if ('cgroup' in condition) {
    const wanted = [condition.cgroup].flat();
    const version = (['v1', 'v2'] as const).find((one) => wanted.includes(one) === holds);
    return version && { cgroup: { version } };
  }
  if ('sysctl' in condition && condition.minus === undefined) {
    const value = valueFor(condition, holds);
    return value === undefined ? undefined : { sysctls: { [condition.sysctl]: value } };
  }
  if ('limit' in condition) {
    const value = Number(valueFor(condition, holds));
    return { limits: { [condition.limit]: { soft: value, hard: value } } };
  }
  if ('kernel' in condition) {
    const candidates = [
      '2.6.32',
      '3.10',
      '4.4',
      '4.15',
      '5.3',
      '5.4',
      '5.10',
      '6.1',
      '6.19',
      '7.1',
    ];
    const all = [...candidates, ...(condition.kernel.match(/\d+\.\d+(\.\d+)?/g) ?? [])];
    const base = all.find((one) => satisfies(one, condition.kernel) === holds);
    return base === undefined ? undefined : { kernel: { kind: 'linux', release: base, base } };
  }
  if ('device' in condition) {
    const there = (condition.is === 'present') === holds;
    const devices = there ? [condition.device] : [];
    return { devices: [condition.device], container: { devices, privileged: false } };
  }
  if ('capability' in condition) {
    const there = (condition.is === 'present') === holds;
    return { container: { capabilities: there ? allCapabilities : [] } };
  }
  if ('module' in condition) {
    const gone = (condition.is === 'missing' || condition.is === 'unloaded') === holds;
    return { modules: gone ? ['other'] : [condition.module].flat(), modulesAvailable: [] };
  }
  if ('cpu' in condition) {
    const there = (condition.is === 'present') === holds;
    const level = there ? 'x86-64-v4' : 'x86-64-v1';
    return /^(avx|sse|x86)/.test(condition.cpu) ? { machine: 'x86_64', cpu: { level } } : undefined;
  }
  if ('config' in condition) {
    const setting = (condition.is === 'off') === holds ? 'n' : 'y';
    return { kernel: { config: { [condition.config]: setting } } };
  }
  if ('mountOption' in condition) {
    const options = holds ? condition.mountOption : 'rw,exec';
    const mounts = [{ source: 'x', target: condition.at, options, filesystem: 'tmpfs' }];
    return { container: { mounts } };
  }
  if ('mounted' in condition) {
    const filesystem = holds ? first(condition.mounted) : 'ext4';
    const mounts = [{ source: 'x', target: condition.at ?? '/data', options: 'rw', filesystem }];
    return { container: { mounts } };
  }
  if ('container' in condition) {
    if (typeof condition.is === 'boolean')
      return { container: { [condition.container]: condition.is === holds } };
    const value = Number(valueFor(condition, holds));
    return Number.isNaN(value) ? undefined : { container: { [condition.container]: value } };
  }
  if ('field' in condition) {
    const value =
      typeof condition.is === 'boolean' ? condition.is === holds : valueFor(condition, holds);
    const numeric = value !== undefined && /^\d+$/.test(String(value)) ? Number(value) : value;
    return value === undefined ? undefined : nested(condition.field.split('.'), numeric);
  }
  if ('filesystem' in condition)
    return { filesystems: (condition.is === 'present') === holds ? [condition.filesystem] : [] };
  if ('engine' in condition && condition.version === undefined)
    return { engine: { name: holds ? first(condition.engine) : 'lxc' } };
  if ('machine' in condition) return { machine: holds ? first(condition.machine) : 'riscv64' };
  if ('distribution' in condition) {
    const version = versionIn(condition.version);
    const id = holds ? first(condition.distribution) : 'plan9';
    return version === undefined ? undefined : { distribution: { id, version } };
  }
  return undefined;
}

const nested = (path: readonly string[], value: unknown): Parts =>
  path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Parts;

const every = (conditions: readonly HostCondition[], holds: boolean): Parts | undefined =>
  conditions.reduce<Parts | undefined>((made, one) => {
    const part = made && hostFor(one, holds);
    return part && merged(made, part);
  }, {});

const some = (conditions: readonly HostCondition[], holds: boolean): Parts | undefined => {
  for (const one of conditions) {
    const made = hostFor(one, holds);
    if (made !== undefined) return made;
  }
  return undefined;
};

function merged(a: Parts, b: Parts): Parts {
  const out: Parts = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const old = out[key];
    const both = [old, value].every(
      (one) => typeof one === 'object' && one !== null && !Array.isArray(one),
    );
    out[key] = both ? merged(old as Parts, value as Parts) : value;
  }
  return out;
}

const offerOf = (parts: Parts): Offer =>
  ({ schema: 'plimsoll.host/1', name: 'made', ...parts }) as unknown as Offer;

const nothing = offerOf({});

function offerThat(rule: DataRule, holds: boolean): Offer | undefined {
  const parts = rule.host && hostFor(rule.host, holds);
  const offer = parts && offerOf(parts);
  return offer && rule.host && matchHost(rule.host, offer).truth === holds ? offer : undefined;
}

test('each rule is found, silent and unknown on hosts made from its own condition', () => {
  let whole = 0;
  const beyond: string[] = [];
  for (const rule of shippedRules) {
    const image = imageFor(rule.image, emptyUserSpace('made'));
    const needs = image && makeNeeds(image, []);
    const bad = offerThat(rule, true);
    const good = offerThat(rule, false);
    const run = (offer: Offer) => (needs === undefined ? [] : runDataRules(needs, offer, [rule]));
    const found = bad && run(bad);
    if (needs === undefined || bad === undefined || found === undefined || found.length === 0) {
      beyond.push(rule.id);
      continue;
    }
    const [finding] = found;
    assert.equal(finding?.code, rule.code, rule.id);
    assert.notEqual(finding?.severity, 'unknown', rule.id);
    for (const text of [finding?.title, finding?.need, finding?.help])
      assert.doesNotMatch(text ?? '', /\{\w+\}/, `${rule.id} leaves a placeholder`);
    if (good !== undefined) assert.deepEqual(run(good), [], `${rule.id} on a host that is fine`);
    if (rule.host && matchHost(rule.host, nothing).truth === undefined) {
      const severities = run(nothing).map(({ severity }) => severity);
      const wanted =
        rule.whenUnknown === 'silent' || rule.severity === 'note'
          ? []
          : [rule.whenUnknown === 'note' ? 'note' : 'unknown'];
      assert.deepEqual(severities, wanted, `${rule.id} on a host that says nothing`);
    }
    whole += 1;
  }
  console.log(`rules: ${whole} of ${shippedRules.length} run on what their conditions say`);
  assert.ok(whole >= shippedRules.length * 0.6, `only ${whole}; beyond: ${beyond.join(' ')}`);
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
