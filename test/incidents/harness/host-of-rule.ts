// A host for which a rule's condition holds, or does not, made from the condition itself.
import type { HostCondition } from '../../../src/check/data-rule.ts';
import { matchHost } from '../../../src/check/host-match.ts';
import { allCapabilities } from '../../../src/host/capabilities.ts';
import type { Offer } from '../../../src/host/offer.ts';
import { gateBlocks, gatesOf } from '../../../src/kernel/gates.ts';
import { satisfies } from '../../../src/lib/version.ts';
import { versionIn } from './image-of-rule.ts';
import { sampleText } from './sample-text.ts';

type Parts = Record<string, unknown>;
const first = <T>(value: T | readonly T[]): T => (Array.isArray(value) ? value[0] : value) as T;

/** A host of these parts and no more. */
export const offerOf = (parts: Parts): Offer =>
  ({ schema: 'plimsoll.host/1', name: 'made', ...parts }) as unknown as Offer;

/** A host of which the condition is true (or false); undefined where none could be made. */
export function hostThat(condition: HostCondition, holds: boolean): Offer | undefined {
  return candidates(condition, holds)
    .map((parts) => offerOf(parts))
    .find((offer) => matchHost(condition, offer).truth === holds);
}

/** Parts that may do, in the order to be tried. */
function candidates(condition: HostCondition, holds: boolean): readonly Parts[] {
  if ('not' in condition) return candidates(condition.not, !holds);
  if ('all' in condition) return holds ? together(condition.all, true) : each(condition.all, false);
  if ('any' in condition) return holds ? each(condition.any, true) : together(condition.any, false);
  const parts = hostFor(condition, holds);
  return parts === undefined ? [] : [parts];
}

/** One of them; beside it the rest may be what the whole wants too. */
const each = (conditions: readonly HostCondition[], holds: boolean): readonly Parts[] =>
  conditions.flatMap((one) => candidates(one, holds));

const together = (conditions: readonly HostCondition[], holds: boolean): readonly Parts[] =>
  conditions.reduce<readonly Parts[]>(
    (made, one) =>
      made
        .flatMap((parts) => candidates(one, holds).map((more) => merged(parts, more)))
        .slice(0, 200),
    [{}],
  );

/** Objects part by part, lists joined. */
function merged(a: Parts, b: Parts): Parts {
  const out: Parts = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const old = out[key];
    if (Array.isArray(old) && Array.isArray(value)) out[key] = [...new Set([...old, ...value])];
    else if (isParts(old) && isParts(value)) out[key] = merged(old, value);
    else out[key] = value;
  }
  return out;
}

const isParts = (value: unknown): value is Parts =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const nested = (path: readonly string[], value: unknown): Parts =>
  path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Parts;

/** A value that the comparisons accept, or refuse. */
function valueFor(wanted: Parts, holds: boolean): unknown {
  const { is, isNot, below, above, atLeast, version, matches, contains, lacks } = wanted;
  if (is !== undefined) return holds ? is : typeof is === 'boolean' ? !is : '4711';
  if (isNot !== undefined) return holds ? (typeof isNot === 'boolean' ? !isNot : '4711') : isNot;
  if (typeof below === 'number') return holds ? below - 1 : below + 1;
  if (typeof above === 'number') return holds ? above + 1 : above;
  if (typeof atLeast === 'number') return holds ? atLeast : atLeast - 1;
  if (typeof version === 'string')
    return holds
      ? versionIn(version)
      : ['0.0.1', '999', '1.0'].find((one) => !satisfies(one, version));
  if (typeof matches === 'string') return holds ? sampleText(matches) : '\u0001';
  if (typeof contains === 'string') return holds ? [contains] : ['other'];
  if (typeof lacks === 'string') return holds ? ['other'] : [lacks];
  const list = wanted['in'];
  if (Array.isArray(list)) return holds ? list[0] : 'other';
  return undefined;
}

const releases =
  '2.6.32 3.10 4.4 4.15 5.3 5.4 5.10 5.12 6.1 6.6 6.19 7.1 7.3 3.10.1 5.10.1 5.15.1 6.1.1 6.19.1 7.0.20'.split(
    ' ',
  );

/** A filter that does this with one call and lets everything else through. */
const filter = (name: string, errno: number | undefined): Parts => ({
  defaultAction: 'SCMP_ACT_ALLOW',
  syscalls:
    errno === undefined ? [] : [{ names: [name], action: 'SCMP_ACT_ERRNO', errnoRet: errno }],
});

/** The options that a call asks of the kernel's configuration. */
const optionsFor = (call: string): Parts =>
  Object.fromEntries(gatesOf(call).flatMap((g) => (g.kind === 'option' ? [[g.name, 'y']] : [])));

/** Values of the settings that gate a call, such that they let it pass. */
const settingsFor = (call: string): Parts =>
  Object.fromEntries(
    Map.groupBy(
      gatesOf(call).filter(({ kind }) => kind === 'sysctl'),
      ({ name }) => name,
    )
      .entries()
      .map(([name, gates]) => [
        name,
        ['0', '1', '2'].find((value) => gates.every((gate) => gateBlocks(gate, value) !== true)),
      ]),
  );

const errnos: Readonly<Record<string, number>> = { ENOSYS: 38, EPERM: 1, EACCES: 13, EINVAL: 22 };

function hostFor(condition: HostCondition, holds: boolean): Parts | undefined {
  if ('cgroup' in condition) {
    const wanted = [condition.cgroup].flat();
    const version = (['v1', 'v2', 'hybrid'] as const).find((one) => wanted.includes(one) === holds);
    return version && { cgroup: { version } };
  }
  if ('sysctl' in condition) {
    const value = valueFor(condition, holds);
    if (condition.minus !== undefined)
      return {
        sysctls: {
          [condition.sysctl]: '100000',
          [condition.minus]: String(100_000 - Number(value)),
        },
      };
    return value === undefined
      ? undefined
      : {
          sysctls: {
            [condition.sysctl]: [value, value, value, value]
              .slice(0, (condition.column ?? 0) + 1)
              .join('\t'),
          },
        };
  }
  if ('limit' in condition) {
    const value = Number(valueFor(condition, holds));
    return { limits: { [condition.limit]: { soft: value, hard: value } } };
  }
  if ('kernel' in condition) {
    const all = [...releases, ...(condition.kernel.match(/\d+\.\d+(\.\d+)?/g) ?? [])];
    const release = all.find((one) => satisfies(one, condition.kernel) === holds);
    const base = release
      ?.split('.')
      .slice(0, release.startsWith('2') ? 3 : 2)
      .join('.');
    return release === undefined ? undefined : { kernel: { kind: 'linux', release, base } };
  }
  if ('syscall' in condition) {
    const works = (condition.answers === 'works') === holds;
    const errno = works ? undefined : (errnos[condition.answers] ?? 1);
    const profile = filter(condition.syscall, errno);
    const seccomp = { mode: 'profile', profile };
    return {
      machine: 'x86_64',
      kernel: { kind: 'linux', release: '7.3', base: '7.3', config: optionsFor(condition.syscall) },
      sysctls: settingsFor(condition.syscall),
      container: { capabilities: allCapabilities },
      engine: { name: 'docker', seccomp },
    };
  }
  return ofContainer(condition, holds) ?? ofMachine(condition, holds);
}

function ofContainer(condition: HostCondition, holds: boolean): Parts | undefined {
  if ('device' in condition) {
    const there = (condition.is === 'present') === holds;
    if (condition.on === 'host') return { devices: there ? [condition.device] : ['/dev/other'] };
    const devices = there ? [condition.device] : [];
    return { devices: [condition.device], container: { devices, privileged: false } };
  }
  if ('capability' in condition) {
    const there = (condition.is === 'present') === holds;
    return { container: { capabilities: there ? allCapabilities : [] } };
  }
  if ('mountOption' in condition) {
    const options = holds ? condition.mountOption : 'rw,exec';
    const filesystem = first(condition.onFilesystem ?? 'tmpfs');
    return { container: { mounts: [{ source: 'x', target: condition.at, options, filesystem }] } };
  }
  if ('mounted' in condition) {
    const filesystem = holds ? first(condition.mounted) : 'ext4';
    const target = condition.at ?? '/data';
    return { container: { mounts: [{ source: 'x', target, options: 'rw', filesystem }] } };
  }
  if ('container' in condition) {
    const value = valueFor(condition, holds);
    return value === undefined ? undefined : { container: { [condition.container]: value } };
  }
  if ('apparmorProfile' in condition) {
    const confined = (condition.apparmorProfile === 'confined') === holds;
    const apparmorProfile = confined ? 'docker-default' : 'unconfined';
    return { lsm: { apparmor: true }, container: { apparmorProfile } };
  }
  if ('engine' in condition) {
    const version = holds ? versionIn(condition.version) : '1.0';
    return { engine: { name: holds ? first(condition.engine) : 'garden', version } };
  }
  if ('runtime' in condition) {
    const version = holds ? versionIn(condition.version) : '1.0';
    return {
      engine: {
        name: 'docker',
        runtime: { name: holds ? first(condition.runtime) : 'other', version },
      },
    };
  }
  if ('libseccomp' in condition)
    return { libseccomp: valueFor({ version: condition.libseccomp }, holds) };
  return undefined;
}

function ofMachine(condition: HostCondition, holds: boolean): Parts | undefined {
  if ('module' in condition) {
    const names = [condition.module].flat();
    const gone = (condition.is === 'missing' || condition.is === 'unloaded') === holds;
    if (condition.is === 'loadable')
      return holds
        ? { modules: [], modulesAvailable: names }
        : { modules: ['other'], modulesAvailable: ['other'] };
    return { modules: gone ? ['other'] : names, modulesAvailable: ['other'] };
  }
  if ('cpu' in condition) {
    const there = (condition.is === 'present') === holds;
    const arm = /^(armv\d.*|atomics|asimd.*|sve.*|lse)$/.test(condition.cpu);
    const machine = arm ? 'aarch64' : 'x86_64';
    if (/^armv/.test(condition.cpu))
      return { machine, cpu: { level: there ? 'armv8.2-a' : 'armv8-a' } };
    if (/^(avx|sse|x86)/.test(condition.cpu))
      return { machine, cpu: { level: there ? 'x86-64-v4' : 'x86-64-v1' } };
    return { machine, cpu: { features: there ? [condition.cpu] : ['fpu'] } };
  }
  if ('config' in condition) {
    const setting = (condition.is === 'off') === holds ? 'n' : 'y';
    return { kernel: { config: { [condition.config]: setting } } };
  }
  if ('lsm' in condition) {
    const there = (condition.is !== 'absent') === holds;
    if (condition.lsm === 'apparmor') return { lsm: { apparmor: there } };
    if (condition.lsm !== 'selinux')
      return { lsm: { active: there ? [condition.lsm] : ['other'] } };
    const mode = condition.is === 'permissive' ? 'permissive' : 'enforcing';
    return { lsm: { selinux: there ? mode : 'disabled' } };
  }
  if ('field' in condition) {
    const value = valueFor(condition, holds);
    return value === undefined ? undefined : nested(condition.field.split('.'), value);
  }
  if ('filesystem' in condition)
    return { filesystems: (condition.is === 'present') === holds ? [condition.filesystem] : ['x'] };
  if ('machine' in condition) return { machine: holds ? first(condition.machine) : 'riscv64' };
  if ('kind' in condition) {
    const kinds = [condition.kind].flat();
    const kind = ['linux', 'gvisor', 'wsl1', 'other'].find((one) => kinds.includes(one) === holds);
    return { kernel: { kind } };
  }
  if ('distribution' in condition) {
    const version = versionIn(condition.version);
    const id = holds ? first(condition.distribution) : 'plan9';
    return version === undefined ? undefined : { distribution: { id, version } };
  }
  return undefined;
}
