// Processor levels: what files declare by their GNU property, and the baselines of distributions and of 32-bit ARM, for
// which files declare nothing.
import { compareVersions } from '../../lib/version.ts';
import { capEvidence, groupBy } from '../evidence.ts';
import { listedMachine } from '../listed-base.ts';
import type { Need } from '../need.ts';
import type { ElfFile } from '../user-space.ts';
import { runnable } from './machine.ts';
import { type DeriveView, onStart, roleOf, startFirst } from './view.ts';

/** x86-64 levels that files need by their GNU property; the loader's and the C library's stop everything. */
export function* cpuLevel(view: DeriveView): Generator<Need> {
  const needing = runnable(view.userSpace.elves).filter(
    ({ facts, path }) => (facts.isaNeeded ?? 1) > 1 && !path.includes('/glibc-hwcaps/'),
  );
  const groups = groupBy(needing, (file) => `${file.facts.isaNeeded} ${byOf(file)}`);
  for (const files of groups.values()) {
    const shown = startFirst(view, files);
    const [first] = shown;
    if (first === undefined) continue;
    yield {
      kind: 'cpu-level',
      level: `x86-64-v${first.facts.isaNeeded}`,
      by: byOf(first),
      who: first.path,
      certainty: 'declared',
      evidence: capEvidence(
        shown.map((file) => view.at(file, `GNU property: needs x86-64-v${file.facts.isaNeeded}`)),
      ),
      ...onStart(view, files),
    };
  }
  yield* goLevel(view);
  yield* nativeImageLevel(view);
  yield* baseline(view);
  yield* armBaseline(view);
}

/** GOAMD64 and GOARM64 of Go's build information: the run-time refuses to start on less, or dies of an instruction. */
function* goLevel(view: DeriveView): Generator<Need> {
  const levels = groupBy(
    view.userSpace.elves.filter(({ facts }) => goLevelOf(facts) !== undefined),
    ({ facts }) => goLevelOf(facts) ?? '',
  );
  for (const [level, files] of levels) {
    const shown = startFirst(view, files);
    const [first] = shown;
    if (first === undefined) continue;
    yield {
      kind: 'cpu-level',
      level,
      by: 'program',
      who: first.path,
      certainty: 'declared',
      evidence: capEvidence(shown.map((file) => view.at(file, `Go build information: ${level}`))),
      ...onStart(view, files),
    };
  }
}

function goLevelOf({ machine, go }: ElfFile['facts']): string | undefined {
  const amd64 = /^v([234])/.exec(go?.settings['GOAMD64'] ?? '')?.[1];
  if (machine === 'x86_64' && amd64 !== undefined) return `x86-64-v${amd64}`;
  const arm64 = /^v8\.([1-9])/.exec(go?.settings['GOARM64'] ?? '')?.[1];
  return machine === 'aarch64' && arm64 !== undefined ? `armv8.${arm64}-a` : undefined;
}

/** From here on GraalVM compiles for x86-64-v3 unless it is told otherwise (-march=compatibility). */
const firstNativeImage = '23.0';

/** Programs of GraalVM's native-image, which look at the processor before they start. */
function* nativeImageLevel(view: DeriveView): Generator<Need> {
  const files = view.userSpace.elves.filter(
    ({ facts }) =>
      facts.machine === 'x86_64' &&
      facts.marks['native-image'] !== undefined &&
      compareVersions(facts.marks['native-image'], firstNativeImage) >= 0,
  );
  const [first] = startFirst(view, files);
  if (first === undefined) return;
  yield {
    kind: 'cpu-level',
    level: 'x86-64-v3',
    by: 'program',
    who: first.path,
    certainty: 'present',
    evidence: capEvidence(
      files.map((file) =>
        view.at(
          file,
          `built by GraalVM native-image ${file.facts.marks['native-image']}, for x86-64-v3 unless with -march=compatibility`,
        ),
      ),
    ),
    ...onStart(view, files),
  };
}

/** Distributions whose 32-bit ARM user space of hard floats is for ARMv7; Raspberry Pi OS's is for ARMv6. */
const armv7Distributions = /^(?:debian|ubuntu|fedora|arch|opensuse)/;

/** 32-bit ARM: what the image's platform, its packages or its distribution say. */
function* armBaseline(view: DeriveView): Generator<Need> {
  const { os, libc, elves, target, packages } = view.userSpace;
  const loader = elves.find((file) => file.path === libc?.path);
  const { variant } = target.platform ?? {};
  if (libc === undefined) {
    yield* staticArm(view, variant);
    return;
  }
  if ((loader?.facts ?? listedMachine(view.userSpace))?.machine !== 'arm') return;
  const item = packages.find(
    ({ architecture = '', manager }) =>
      /^armv7/.test(architecture) || (architecture === 'armhf' && manager === 'dpkg'),
  );
  const built = os !== undefined && armv7Distributions.test(os.id) && item !== undefined;
  if (variant === 'v6' || variant === 'v5') return;
  if (variant !== 'v7' && !built && !item?.architecture?.startsWith('armv7')) return;
  const detail =
    variant === 'v7'
      ? 'the image is for linux/arm/v7'
      : `${item?.name} is installed for ${item?.architecture}`;
  yield {
    kind: 'cpu-level',
    level: 'armv7',
    by: 'loader',
    who: libc.listed ? `${libc.name} ${libc.version ?? ''}`.trim() : libc.path,
    certainty: 'declared',
    evidence: [
      { ...(variant === 'v7' || item === undefined ? {} : { path: item.database }), detail },
    ],
    ...(libc.listed ? {} : onStart(view, [{ path: libc.path }])),
  };
}

/** Static programs of an image for linux/arm/v7: Go's and Rust's say nothing of it themselves. */
function* staticArm(view: DeriveView, variant: string | undefined): Generator<Need> {
  const programs = view.userSpace.elves.filter(
    ({ facts }) => facts.machine === 'arm' && facts.interpreter === undefined,
  );
  const [first] = startFirst(view, programs);
  if (variant !== 'v7' || first === undefined) return;
  yield {
    kind: 'cpu-level',
    level: 'armv7',
    by: 'program',
    who: first.path,
    certainty: 'declared',
    evidence: [{ detail: 'the image is for linux/arm/v7' }],
    ...onStart(view, programs),
  };
}

const byOf = (file: ElfFile): 'loader' | 'program' =>
  roleOf(file) === 'loader' || roleOf(file) === 'libc' ? 'loader' : 'program';

/**
 * Baselines that distributions build everything for, and that their glibc checks at start: "CPU does not support
 * x86-64-v2", "CPU lacks ISA 3.00 support (POWER9 or later required)", "CPU lacks VXE support (z14 or later required)".
 */
const baselines: readonly {
  readonly ids: RegExp;
  readonly from: number;
  readonly levels: Readonly<Record<string, string>>;
}[] = [
  {
    ids: /^(?:rhel|centos|rocky|almalinux|ol|eurolinux|virtuozzo|miraclelinux|circle)$/,
    from: 10,
    levels: { x86_64: 'x86-64-v3', ppc64le: 'power9', s390x: 'z14' },
  },
  {
    ids: /^(?:rhel|centos|rocky|almalinux|ol|eurolinux|virtuozzo|miraclelinux|circle)$/,
    from: 9,
    levels: { x86_64: 'x86-64-v2', ppc64le: 'power9', s390x: 'z14' },
  },
  {
    ids: /^(?:rhel|centos|rocky|almalinux|ol)$/,
    from: 8,
    levels: { ppc64le: 'power8', s390x: 'z13' },
  },
  // docs.aws.amazon.com/linux/al2023/ug/system-requirements.html: x86-64-v2, ARMv8.2 with the crypto extension.
  { ids: /^amzn$/, from: 2023, levels: { x86_64: 'x86-64-v2', aarch64: 'armv8.2-a' } },
  {
    ids: /^(?:opensuse-leap|sles|sled|sle-micro|sl-micro)$/,
    from: 16,
    levels: { x86_64: 'x86-64-v2', ppc64le: 'power9', s390x: 'z14' },
  },
  { ids: /^(?:ubuntu)$/, from: 24, levels: { ppc64le: 'power9', s390x: 'z15' } },
  { ids: /^(?:ubuntu)$/, from: 22, levels: { ppc64le: 'power9', s390x: 'z13' } },
  { ids: /^(?:ubuntu)$/, from: 16, levels: { ppc64le: 'power8', s390x: 'zec12' } },
  { ids: /^(?:fedora)$/, from: 38, levels: { ppc64le: 'power8', s390x: 'z13' } },
];

/** The distribution's baseline, where the C library does not declare one itself (a rebuilt variant is lower). */
function* baseline(view: DeriveView): Generator<Need> {
  const { os, libc, elves } = view.userSpace;
  if (os === undefined || libc?.name !== 'glibc') return;
  const major = Number.parseInt(os.versionId ?? '', 10);
  const loader = elves.find((file) => file.path === libc.path);
  const machine = loader?.facts.machine ?? listedMachine(view.userSpace)?.machine ?? 'x86_64';
  if (machine === 'x86_64' && (loader?.facts.isaNeeded !== undefined || rebuilt(view))) return;
  const row = baselines.find(({ ids, from }) => ids.test(os.id) && major >= from);
  const level = row?.levels[machine];
  if (level === undefined) return;
  const evidence = [
    {
      path: os.path,
      detail: `${os.prettyName ?? `${os.id} ${os.versionId}`} is built for ${level}`,
    },
  ];
  yield {
    kind: 'cpu-level',
    level,
    by: 'loader',
    who: libc.listed ? `glibc ${libc.version ?? ''}`.trim() : libc.path,
    certainty: 'declared',
    evidence,
    ...(libc.listed ? {} : onStart(view, [{ path: libc.path }])),
  };
}

/** AlmaLinux 10's second build for x86-64-v2 names it in its packages. */
function rebuilt({ userSpace }: DeriveView): boolean {
  return userSpace.packages.some(
    ({ name, architecture, version }) =>
      name === 'glibc' && (architecture === 'x86_64_v2' || version.includes('x86_64_v2')),
  );
}
