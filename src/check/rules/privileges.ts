// Programs that gain privileges when they start: file capabilities that the bounding set does not hold make execve
// fail with EPERM when they are effective (security/commoncap.c), and setuid or capabilities have no effect under
// no-new-privileges, on nosuid mounts, and through an emulator without binfmt_misc's C flag.
import { boundingSet } from '../../host/capabilities.ts';
import type { Offer } from '../../host/offer.ts';
import { baseName } from '../../lib/path.ts';
import type { NeedOf, Needs } from '../../needs/need.ts';
import type { Evidence } from '../../needs/user-space.ts';
import type { Finding } from '../finding.ts';
import { findingOf, offered, reachOf, someOf } from '../finding-of.ts';
import type { Rule } from '../rule.ts';
import { mainArchitecture } from './architecture.ts';
import { executionOf } from './execution.ts';

/** Set-user-ID programs and file capabilities. */
export const privilegeRule: Rule = {
  id: 'privileges',
  *run(needs, offer) {
    const capable = needs.of('file-capability');
    const bounding = boundingSet(offer);
    if (bounding !== undefined)
      for (const need of capable) {
        const finding = outsideBoundingSet(need, bounding, offer);
        if (finding !== undefined) yield finding;
      }
    const gaining = [...needs.of('setuid'), ...capable];
    if (gaining.length === 0) return;
    const obstacle = obstacleOf(needs, offer);
    if (obstacle !== undefined) yield withoutEffect(gaining, obstacle, needs, offer);
  },
};

const capabilityName = (name: string): string =>
  name.toUpperCase().startsWith('CAP_') ? name.toUpperCase() : `CAP_${name.toUpperCase()}`;

/** Directories of the usual PATH; helpers elsewhere are called by programs that mostly cope. */
const onPath = /^\/(usr\/(local\/)?)?s?bin\/[^/]+$/;

function outsideBoundingSet(
  need: NeedOf<'file-capability'>,
  bounding: ReadonlySet<string>,
  offer: Offer,
): Finding | undefined {
  const missing = need.permitted.map(capabilityName).filter((name) => !bounding.has(name));
  if (missing.length === 0) return undefined;
  const program = baseName(need.path);
  const added = missing.map((name) => `--cap-add ${name.replace('CAP_', '')}`).join(' ');
  return findingOf({
    code: 'PL5006',
    rule: 'file-capability-bounding-set',
    severity:
      need.onStartPath === true
        ? need.effective
          ? 'fatal'
          : 'degraded'
        : onPath.test(need.path)
          ? 'degraded'
          : 'note',
    certainty: need.certainty,
    reach: reachOf(need),
    title: need.effective
      ? `${program} cannot be executed: its file capability ${someOf(missing)} is outside the container's bounding set`
      : `${program} does not get ${someOf(missing)}, which its file capability asks for`,
    need: `${need.permitted.map(capabilityName).join(', ')}${need.effective ? ' (effective)' : ''}`,
    offer: offered(offer, 'container.capabilities', `bounding set without ${missing.join(', ')}`),
    evidence: need.evidence,
    symptom: need.effective
      ? `${need.path}: Operation not permitted`
      : `${program}: Operation not permitted`,
    help: `${added}; else take the capability off the file in the image (setcap -r ${need.path}) if the program copes without it`,
    references: ['https://man7.org/linux/man-pages/man7/capabilities.7.html'],
    component: 'engine',
  });
}

interface Obstacle {
  readonly rule: string;
  readonly part: string;
  readonly words: string;
  readonly help: string;
  readonly references: readonly string[];
}

function obstacleOf(needs: Needs, offer: Offer): Obstacle | undefined {
  if (offer.container?.noNewPrivileges === true)
    return {
      rule: 'setuid-no-new-privileges',
      part: 'container.noNewPrivileges',
      words: 'no-new-privileges is set',
      help: 'start the container as the user that the work needs, so that nothing has to gain privileges; else without --security-opt no-new-privileges (Kubernetes: allowPrivilegeEscalation: true)',
      references: [
        'https://docs.kernel.org/userspace-api/no_new_privs.html',
        'https://github.com/opencontainers/runc/issues/641',
      ],
    };
  if (offer.storage?.nosuid === true)
    return {
      rule: 'setuid-nosuid-storage',
      part: 'storage.nosuid',
      words: "the engine's storage is mounted nosuid",
      help: 'start the container as the user that the work needs; else a storage driver or directory without nosuid (overlay instead of btrfs for rootless podman)',
      references: ['https://github.com/podman-container-tools/podman/issues/21395'],
    };
  const main = mainArchitecture(needs);
  if (
    main !== undefined &&
    executionOf(main.machine, offer) === 'emulated' &&
    offer.emulation?.by === 'qemu-user' &&
    offer.emulation.credentialsFlag === false
  )
    return {
      rule: 'setuid-qemu-credentials',
      part: 'emulation.credentialsFlag',
      words: "qemu's binfmt_misc entry has no C flag",
      help: "take the image for the host's own architecture; else register qemu with the credentials flag (qemu-binfmt-conf.sh --credential yes; tonistiigi/binfmt does)",
      references: [
        'https://github.com/podman-container-tools/podman/issues/20443',
        'https://docs.kernel.org/admin-guide/binfmt-misc.html',
      ],
    };
  return undefined;
}

/** Programs that images call to become another user; for the rest (mount, chsh, passwd …) it rarely matters. */
const switches =
  /\/(sudo|su|doas|gosu|pkexec|ping|fusermount3?|newuidmap|newgidmap|bwrap|chrome-sandbox|dumpcap)$/;

function withoutEffect(
  gaining: readonly {
    readonly path: string;
    readonly onStartPath?: boolean;
    readonly evidence: readonly Evidence[];
  }[],
  obstacle: Obstacle,
  needs: Needs,
  offer: Offer,
): Finding {
  const started = gaining.filter((need) => need.onStartPath === true);
  const telling = gaining.filter((need) => switches.test(need.path) && !/\/su$/.test(need.path));
  const named = started.length > 0 ? started : telling.length > 0 ? telling : gaining;
  const runsAsRoot = ['', '0', 'root'].includes(
    (needs.userSpace.config?.user ?? '').split(':')[0] ?? '',
  );
  const severity =
    started.length > 0
      ? runsAsRoot
        ? 'degraded'
        : 'fatal'
      : telling.length > 0
        ? 'degraded'
        : 'note';
  return findingOf({
    code: 'PL5007',
    rule: obstacle.rule,
    severity,
    certainty: 'declared',
    reach: started.length > 0 ? 'start' : 'file',
    title: `${someOf(named.map(({ path }) => baseName(path)))} cannot gain privileges: ${obstacle.words}`,
    need: 'setuid or file capabilities that take effect',
    offer: offered(offer, obstacle.part, obstacle.words),
    evidence: [...named, ...gaining].flatMap((need) => need.evidence),
    symptom:
      "sudo: effective uid is not 0, is /usr/bin/sudo on a file system with the 'nosuid' option set or an NFS file system without root privileges?",
    help: obstacle.help,
    references: obstacle.references,
    component: obstacle.rule === 'setuid-qemu-credentials' ? 'hardware' : 'engine',
  });
}
