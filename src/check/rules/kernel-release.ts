// Minimum kernels: the ABI note of the C library and of programs (glibc before 2.36 refuses to start: "FATAL: kernel
// too old"; elf/dl-load.c passes over libraries whose note is newer than the kernel, so that they are "not found"),
// and the minimum of language run-times. And kernels whose third number does not fit in eight bits.
import type { Offer } from '../../host/offer.ts';
import { abiOfMachine } from '../../kernel/abi.ts';
import { minimumKernel } from '../../kernel/fallbacks.ts';
import { compareReleases, parseRelease } from '../../kernel/release.ts';
import { compareVersions } from '../../lib/version.ts';
import type { NeedOf, Needs } from '../../needs/need.ts';
import type { Finding } from '../finding.ts';
import { findingOf, offered, reachOf } from '../finding-of.ts';
import type { Rule } from '../rule.ts';

type KernelNeed = NeedOf<'kernel'>;

/** The oldest kernel that ABI notes and C libraries accept. */
export const kernelReleaseRule: Rule = {
  id: 'kernel-release',
  *run(needs, offer) {
    for (const need of needs.of('kernel')) {
      const finding = tooOld(need, needs, offer);
      if (finding !== undefined) yield finding;
    }
    const overflow = versionOverflow(needs, offer);
    if (overflow !== undefined) yield overflow;
  },
};

/** The release that uname gives inside the container. */
function releaseOf(offer: Offer): string | undefined {
  return offer.kernel?.release ?? offer.kernel?.base;
}

/**
 * Whether anything compares the note with the kernel. glibc did before 2.36 (commit b46d250656, "Remove kernel version
 * check"): its loader for itself and for libraries, static programs for themselves; nobody for a dynamic program.
 */
function isEnforced(need: KernelNeed, { userSpace }: Needs): boolean {
  const file = userSpace.elves.find(({ path }) => path === need.who)?.facts;
  if (need.by === 'program' && file?.interpreter !== undefined) return false;
  const libc = need.by === 'program' ? file?.staticLibc : userSpace.libc;
  if (libc === undefined) return true;
  return (
    libc.name === 'glibc' &&
    (libc.version === undefined || compareVersions(libc.version, '2.36') < 0)
  );
}

function tooOld(need: KernelNeed, needs: Needs, offer: Offer): Finding | undefined {
  const release = releaseOf(offer);
  // What every kernel of the last decade satisfies is not worth a question.
  if (release === undefined)
    return compareReleases(need.minimum, '4.4') > 0 ? unknownRelease(need, offer) : undefined;
  if (compareReleases(numbersOf(release), need.minimum) >= 0) return undefined;
  const checks = isEnforced(need, needs);
  const common = {
    certainty: need.certainty,
    need: `Linux ${need.minimum} or newer (${need.who})`,
    offer: offered(offer, 'kernel.release', `Linux ${release}`),
    evidence: need.evidence,
  };
  switch (need.by) {
    case 'runtime':
      return findingOf({
        ...common,
        code: 'PL1003',
        rule: 'runtime-minimum-kernel',
        // Go's run-time uses what it asks for without a way round; for the rest it is what its makers test on.
        severity: need.enforced === true || /^go\b/i.test(need.who) ? 'fatal' : 'degraded',
        reach: reachOf(need),
        title: `${need.who} needs Linux ${need.minimum}, the host has ${release}`,
        symptom: /\bgo\b/i.test(need.who)
          ? 'runtime: epollwait on fd 4 failed with 38; fatal error: runtime: netpoll failed'
          : 'Function not implemented',
        help: `a host with Linux ${need.minimum} or newer; else an older build of ${need.who}`,
        references: ['https://go.dev/wiki/MinimumRequirements'],
        component: 'kernel',
      });
    case 'library':
      if (!checks) return undefined;
      return findingOf({
        ...common,
        code: 'PL1002',
        rule: 'abi-note-library',
        severity: 'fatal',
        reach: reachOf(need),
        title: `the loader passes over ${baseName(need.who)}, whose ABI note asks for Linux ${need.minimum}`,
        symptom: `error while loading shared libraries: ${baseName(need.who)}: cannot open shared object file: No such file or directory`,
        help: `strip --remove-section=.note.ABI-tag ${need.who} in the image (the library copes with older kernels at run time); else a host with Linux ${need.minimum} or newer, or an image whose glibc is 2.36 or newer, which no longer looks at the note`,
        references: [
          'https://github.com/docling-project/docling-serve/issues/573',
          'https://github.com/OpenZWave/qt-openzwave/issues/37',
        ],
        component: 'image',
      });
    default:
      if (!checks) return minimumWithoutCheck(need, common) ?? libcOutside(need, needs, offer);
      return findingOf({
        ...common,
        code: 'PL1001',
        rule: 'abi-note-kernel-too-old',
        severity: 'fatal',
        reach: reachOf(need, need.by === 'loader' ? 'user-space' : 'file'),
        title: `${need.who} refuses to start: it wants Linux ${need.minimum}, the host has ${release}`,
        symptom: 'FATAL: kernel too old',
        help: `an older release of the image whose glibc accepts Linux ${numbersOf(release)}; else a host with Linux ${need.minimum} or newer`,
        references: [
          'https://sourceware.org/glibc/wiki/FAQ',
          'https://github.com/clearlinux/distribution/issues/2657',
        ],
        component: 'libc',
      });
  }
}

/** From glibc 2.36 on nothing stops it at the start; calls that it takes for granted may be missing all the same. */
function minimumWithoutCheck(
  need: KernelNeed,
  common: Pick<Finding, 'certainty' | 'need' | 'offer' | 'evidence'>,
): Finding | undefined {
  if (need.by !== 'loader') return undefined;
  return findingOf({
    ...common,
    code: 'PL1001',
    rule: 'below-libc-minimum',
    severity: 'degraded',
    reach: reachOf(need, 'user-space'),
    title: `${need.who} is built for Linux ${need.minimum} or newer and no longer checks it: calls may be missing at run time`,
    symptom: 'Function not implemented',
    help: `a host with Linux ${need.minimum} or newer; else an older release of the image`,
    references: ['https://sourceware.org/glibc/wiki/FAQ'],
    component: 'libc',
  });
}

/**
 * A program whose C library is not part of the target: its symbol versions tell how old that may be, and so what kernel the
 * oldest one that fits is made for. Whether that one looks at its note is open below 2.36.
 */
function libcOutside(need: KernelNeed, needs: Needs, offer: Offer): Finding | undefined {
  const { userSpace } = needs;
  const file = userSpace.elves.find(({ path }) => path === need.who)?.facts;
  if (need.by !== 'program' || file?.interpreter === undefined || userSpace.libc !== undefined)
    return undefined;
  const oldest = Object.values(file.versionsNeeded)
    .flat()
    .flatMap((version) => /^GLIBC_(\d+\.\d+)/.exec(version)?.[1] ?? [])
    .sort(compareVersions)
    .at(-1);
  const abi = abiOfMachine(file.machine, file.bits);
  const minimum = oldest === undefined ? undefined : minimumKernel('glibc', oldest, abi)?.minimum;
  const release = releaseOf(offer);
  if (minimum === undefined || release === undefined) return undefined;
  if (compareReleases(numbersOf(release), minimum) >= 0) return undefined;
  const open = compareVersions(oldest ?? '', '2.36') < 0;
  return findingOf({
    code: 'PL1001',
    rule: 'libc-outside-minimum',
    severity: open ? 'unknown' : 'degraded',
    ...(open ? { worst: 'fatal' } : {}),
    certainty: need.certainty,
    reach: reachOf(need),
    title: `${need.who} needs glibc ${oldest} or newer, which is made for Linux ${minimum}, and the host has ${release}`,
    need: `Linux ${minimum} or newer (glibc ${oldest})`,
    offer: offered(offer, 'kernel.release', `Linux ${release}`),
    evidence: [{ path: need.who, detail: `needs symbols of GLIBC_${oldest}` }, ...need.evidence],
    symptom: open ? 'FATAL: kernel too old' : 'Function not implemented',
    help: 'check the image or the root file system that the program runs in: glibc before 2.36 refuses to start there, a newer one misses calls; else a host with a newer kernel, or a program built on an older distribution',
    references: ['https://sourceware.org/glibc/wiki/FAQ'],
    component: 'libc',
  });
}

function unknownRelease(need: KernelNeed, offer: Offer): Finding {
  return findingOf({
    code: need.by === 'runtime' ? 'PL1003' : need.by === 'library' ? 'PL1002' : 'PL1001',
    rule: 'kernel-release-unknown',
    severity: 'unknown',
    worst: 'fatal',
    certainty: need.certainty,
    reach: reachOf(need, need.by === 'loader' ? 'user-space' : 'file'),
    title: `${need.who} needs Linux ${need.minimum}, and the host's kernel release is not known`,
    need: `Linux ${need.minimum} or newer (${need.who})`,
    offer: offered(offer, 'kernel.release', 'the kernel release'),
    evidence: need.evidence,
    help: 'state kernel.release in the host file',
    component: 'kernel',
  });
}

/** Debian's and Ubuntu's libc6 preinst fails on it before these versions (Launchpad 1962225), by release of Ubuntu. */
function versionOverflow(needs: Needs, offer: Offer): Finding | undefined {
  const release = releaseOf(offer);
  const patch = release === undefined ? 0 : (parseRelease(release)?.version[2] ?? 0);
  const { libc, os } = needs.userSpace;
  if (release === undefined || patch < 255 || libc?.name !== 'glibc' || libc.version === undefined)
    return undefined;
  const debianLike =
    os !== undefined && ['debian', 'ubuntu'].some((id) => os.id === id || os.idLike.includes(id));
  if (
    !debianLike ||
    compareVersions(libc.version, '2.35') >= 0 ||
    isFixedPreinst(libc.package?.version)
  )
    return undefined;
  return findingOf({
    code: 'PL1007',
    rule: 'kernel-revision-255',
    severity: 'degraded',
    certainty: 'declared',
    title: `upgrading libc6 stops on a kernel whose third number is ${patch}`,
    need: 'a kernel release whose third number is below 255',
    offer: offered(offer, 'kernel.release', `Linux ${release}`),
    evidence: [
      {
        path: libc.path,
        detail: `glibc ${libc.version}`,
        ...(libc.package === undefined
          ? {}
          : { package: `${libc.package.name} ${libc.package.version}` }),
      },
    ],
    symptom:
      'ERROR: Your kernel version indicates a revision number of 255 or greater. Glibc has a number of built in assumptions that this revision number is less than 255.',
    help: 'build the image with a libc6 whose preinst knows such kernels (Ubuntu: 2.27-3ubuntu1.5, 2.31-0ubuntu9.7 or newer); else build on a host with another kernel',
    references: ['https://bugs.launchpad.net/ubuntu/+source/glibc/+bug/1962225'],
    component: 'image',
  });
}

function isFixedPreinst(version: string | undefined): boolean {
  const ubuntu = /^2\.(27|31)-\d+ubuntu(\d+)(?:\.(\d+))?/.exec(version ?? '');
  if (ubuntu === null) return false;
  const [, minor, revision = '0', update = '0'] = ubuntu;
  const build = Number(revision) * 1000 + Number(update);
  return build >= (minor === '27' ? 1005 : 9007);
}

const numbersOf = (release: string): string => parseRelease(release)?.version.join('.') ?? release;
const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
