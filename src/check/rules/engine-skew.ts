// Engines, runtimes and libseccomp that do not fit each other or their kernel: the image has no part in it, but no
// container starts.
import type { Offer } from '../../host/offer.ts';
import { compareReleases, parseRelease } from '../../kernel/release.ts';
import { compareVersions } from '../../lib/version.ts';
import type { Finding } from '../finding.ts';
import type { FindingCode } from '../finding-codes.ts';
import { findingOf, offered } from '../finding-of.ts';
import type { Rule } from '../rule.ts';

/** One such pair, in the words of its finding. */
export interface Skew {
  readonly id: string;
  readonly code: FindingCode;
  readonly title: string;
  readonly need: string;
  readonly symptom: string;
  readonly help: string;
  readonly references: readonly string[];
  /** Default: fatal, no container starts. */
  readonly severity?: Finding['severity'];
  /** The parts that collide, in words; undefined when they do not or are not known. */
  readonly collides: (offer: Offer) => string | undefined;
}

const older = (version: string | undefined, than: string): boolean =>
  version !== undefined && compareVersions(version, than) < 0;
const notOlder = (version: string | undefined, than: string): boolean =>
  version !== undefined && compareVersions(version, than) >= 0;

function runtimeOf(offer: Offer, name: string): string | undefined {
  const runtime = offer.engine?.runtime;
  return runtime?.name === name ? runtime.version : undefined;
}

/** Pairs of engine, runtime and kernel that do not fit each other. */
export const skews: readonly Skew[] = [
  {
    id: 'docker-clone3-rule-old-runc',
    code: 'PL3005',
    title: "runc is too old for the clone3 rule of this Docker's profile",
    need: 'runc 1.0.0-rc92 or newer, which knows the errno of a rule',
    symptom: 'error adding seccomp filter rule for syscall clone3: permission denied: unknown',
    help: 'update containerd.io and runc together with Docker on the host',
    references: ['https://github.com/containerd/containerd/issues/6203'],
    collides(offer) {
      const runc = runtimeOf(offer, 'runc');
      if (offer.engine?.name !== 'docker' || offer.engine.seccomp?.mode === 'unconfined')
        return undefined;
      return notOlder(offer.engine.version, '20.10.10') && older(runc, '1.0.0-rc92')
        ? `Docker ${offer.engine.version} with runc ${runc}`
        : undefined;
    },
  },
  {
    id: 'redundant-errno-rules-old-runc',
    code: 'PL3005',
    title: "runc is too old for the rules of this containers-common's profile",
    need: 'runc 1.0.2 or newer, which passes over rules that repeat the default',
    symptom:
      'error adding seccomp filter rule for syscall bdflush: permission denied: OCI permission denied',
    help: 'runc 1.0.2 or newer on the host, or crun; else an older containers-common',
    references: [
      'https://github.com/containers/common/issues/631',
      'https://github.com/opencontainers/runc/pull/3129',
    ],
    collides(offer) {
      const runc = runtimeOf(offer, 'runc');
      const common = offer.engine?.commonVersion;
      return older(runc, '1.0.2') && notOlder(common, '0.40.0')
        ? `runc ${runc} with containers-common ${common}`
        : undefined;
    },
  },
  {
    id: 'docker-time-namespace-sysbox',
    code: 'PL3005',
    title: 'this Docker asks for a time namespace, which Sysbox does not know',
    need: 'a runtime that knows time namespaces under Docker 29.5',
    symptom: 'namespace {"time" ""} does not exist: unknown',
    help: 'Docker below 29.5 on the host, or a newer Sysbox; containers that need no Sysbox start under runc',
    references: ['https://github.com/nestybox/sysbox/issues/1011'],
    collides(offer) {
      const sysbox = runtimeOf(offer, 'sysbox-runc');
      if (offer.engine?.name !== 'docker') return undefined;
      return notOlder(offer.engine.version, '29.5') && older(sysbox, '0.7.1')
        ? `Docker ${offer.engine.version} with Sysbox ${sysbox}`
        : undefined;
    },
  },
  {
    id: 'gvisor-host-kernel',
    code: 'PL3013',
    title: 'gVisor does not start on this kernel',
    need: 'Linux 4.14.77 or newer under runsc',
    symptom: 'OCI runtime create failed: runsc did not terminate sucessfully: unknown',
    help: 'a host with Linux 4.14.77 or newer; else runc in place of runsc',
    references: [
      'https://gvisor.dev/docs/user_guide/install/',
      'https://github.com/google/gvisor/issues/268',
    ],
    collides(offer) {
      const runsc = offer.engine?.runtime?.name === 'runsc' || offer.engine?.name === 'gvisor';
      const release = offer.kernel?.release ?? offer.kernel?.base;
      // With kind gvisor the release is what gVisor itself shows to programs.
      if (!runsc || release === undefined || offer.kernel?.kind === 'gvisor') return undefined;
      const backported = offer.syscalls?.added?.includes('memfd_create') === true;
      const version = parseRelease(release)?.version.join('.') ?? release;
      return compareReleases(version, backported ? '3.10' : '4.14') < 0
        ? `Linux ${release}`
        : undefined;
    },
  },
  {
    id: 'crun-pidfd-old-kernel',
    code: 'PL3013',
    title: 'this crun stops containers through pidfd_open only, which the kernel lacks',
    need: 'pidfd_open (Linux 5.3) under crun 0.15',
    symptom: 'open pidfd: Function not implemented; error removing container',
    help: 'crun 0.15.1 or newer on the host, or runc',
    references: ['https://github.com/containers/crun/issues/530'],
    collides(offer) {
      const crun = runtimeOf(offer, 'crun');
      const release = offer.kernel?.base ?? offer.kernel?.release;
      return notOlder(crun, '0.15') && older(crun, '0.15.1') && older(release, '5.3')
        ? `crun ${crun} on Linux ${offer.kernel?.release ?? release}`
        : undefined;
    },
  },
  {
    id: 'runc-memfd-old-kernel',
    code: 'PL3013',
    title: 'runc cannot seal a copy of itself on this kernel',
    need: 'memfd_create (Linux 3.17, RHEL 7.3) or O_TMPFILE (Linux 3.11) under the first runc with the fix for CVE-2019-5736',
    symptom: 'nsenter: could not ensure we are a cloned binary: Function not implemented',
    help: 'runc 1.0.0-rc7 or newer (containerd.io 1.2.4), which falls back to a file; a newer kernel of the host (RHEL 7.3: 3.10.0-514)',
    references: [
      'https://github.com/docker/for-linux/issues/595',
      'https://github.com/opencontainers/runc/issues/1979',
    ],
    collides(offer) {
      const release = offer.kernel?.release ?? '';
      const version = offer.engine?.version;
      const runc = runtimeOf(offer, 'runc');
      const fixed = /1\.0\.0-rc6\+/.test(runc ?? '') || /^18\.(06\.2|09\.2)$/.test(version ?? '');
      const build = /^3\.10\.0-(\d+)/.exec(release)?.[1];
      const lacks =
        build === undefined
          ? older(parseRelease(release)?.version.join('.'), '3.11')
          : Number(build) < 514;
      return offer.engine?.name === 'docker' && fixed && lacks
        ? `Docker ${version} on Linux ${release}`
        : undefined;
    },
  },
  {
    id: 'gvisor-ptrace-scope',
    code: 'PL3013',
    title: "gVisor's systrap and ptrace platforms cannot attach: ptrace is switched off",
    need: 'kernel.yama.ptrace_scope of 2 or less under runsc',
    symptom:
      'panic: unable to initialize systrap source: unable to attach: operation not permitted',
    help: 'sysctl kernel.yama.ptrace_scope=1 on the host (3 can only be undone by a reboot); else runsc --platform=kvm',
    references: ['https://github.com/google/gvisor/issues/10495'],
    collides(offer) {
      const runsc = offer.engine?.runtime?.name === 'runsc' || offer.engine?.name === 'gvisor';
      return runsc && offer.sysctls?.['kernel.yama.ptrace_scope']?.trim() === '3'
        ? 'kernel.yama.ptrace_scope = 3'
        : undefined;
    },
  },
  {
    id: 'old-crun-chmod-symlink',
    code: 'PL3005',
    title:
      'crun is too old for this kernel, which refuses chmod of symbolic links: a tmpfs that is filled from a folder with ' +
      'links in it (podman --systemd, --tmpfs /run) does not come up',
    severity: 'degraded',
    need: 'crun 1.9.2 or newer on Linux 6.6, or 6.1.59 and newer of 6.1',
    symptom: 'OCI runtime error: crun: chmod `run/shm`: Operation not supported',
    help: 'crun 1.9.2 or newer on the host; else runc',
    references: [
      'https://github.com/containers/crun/issues/1308',
      'https://github.com/NixOS/nixpkgs/issues/266302',
    ],
    collides(offer) {
      const crun = runtimeOf(offer, 'crun');
      const version = parseRelease(offer.kernel?.release ?? '')?.version.join('.');
      if (!older(crun, '1.9.2') || version === undefined) return undefined;
      const refuses =
        notOlder(version, '6.6') || (notOlder(version, '6.1.59') && older(version, '6.2'));
      return refuses ? `crun ${crun} on Linux ${offer.kernel?.release}` : undefined;
    },
  },
  {
    id: 'kata-block-device-io-uring',
    code: 'PL1015',
    title: "Kata's QEMU cannot use io_uring on this host",
    need: 'io_uring for block_device_aio = "io_uring"',
    symptom:
      'QMP command failed: Unable to use io_uring: failed to init linux io_uring ring: Operation not permitted',
    help: 'set block_device_aio = "threads" (or "native") in Kata\'s configuration; else allow io_uring on the host (kernel.io_uring_disabled = 0)',
    references: ['https://github.com/kata-containers/kata-containers/issues/10314'],
    collides(offer) {
      const kata =
        offer.engine?.name === 'kata' || offer.engine?.runtime?.name.startsWith('kata') === true;
      const disabled = offer.sysctls?.['kernel.io_uring_disabled'];
      return kata && (disabled === '1' || disabled === '2')
        ? `kernel.io_uring_disabled = ${disabled}`
        : undefined;
    },
  },
];

export const engineSkewRule: Rule = {
  id: 'engine-skew',
  *run(_needs, offer) {
    for (const skew of skews) {
      const words = skew.collides(offer);
      if (words !== undefined) yield skewFinding(skew, words, offer);
    }
  },
};

function skewFinding({ collides: _, id, ...skew }: Skew, words: string, offer: Offer): Finding {
  return findingOf({
    severity: 'fatal',
    ...skew,
    rule: id,
    certainty: 'declared',
    reach: 'user-space',
    offer: offered(offer, 'engine', words),
    evidence: [],
    component: skew.code === 'PL3013' ? 'kernel' : 'runtime',
  });
}
