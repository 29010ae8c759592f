// Devices by kind: what the program that starts is made for (its packages, its commands, the libraries that it links), or
// names in its file, its scripts or its sources, against what the container is given. One table for every kind
// (src/check/tables/device-kinds.json); who uses one stands in the software catalogue under "KIND-user".
import type { Offer } from '../../host/offer.ts';
import { baseName } from '../../lib/path.ts';
import { compilePath } from '../../needs/name-pattern.ts';
import type { Needs } from '../../needs/need.ts';
import { isInterpreterName, isShellName } from '../../needs/start/start-chain.ts';
import type { Evidence, UserSpace } from '../../needs/user-space.ts';
import { givenDevices } from '../container-options.ts';
import type { Finding } from '../finding.ts';
import { findingOf, offered } from '../finding-of.ts';
import type { Rule } from '../rule.ts';
import table from '../tables/device-kinds.json' with { type: 'json' };

interface DeviceKind {
  readonly id: string;
  /** A noun phrase: "an I2C bus". */
  readonly what: string;
  /** Regular expression of the paths by which programs name it, printf forms among them. */
  readonly names: string;
  /** Device nodes, any of which is enough; the first one is the usual. */
  readonly nodes: readonly string[];
  /** What it comes to when a program only names such a path. */
  readonly byName: string;
  readonly host?: string;
  readonly extra?: string;
  readonly group?: string;
  readonly symptom: string;
  readonly references: readonly string[];
}

const kinds: readonly DeviceKind[] = table;

/** A user of a kind of device, as far as the image tells. */
interface Use {
  readonly kind: DeviceKind;
  readonly who: string;
  readonly evidence: readonly Evidence[];
  readonly severity: 'degraded' | 'note';
  readonly onStart: boolean;
  /** The very device that it names, where it names one. */
  readonly named?: string;
}

const usesOf = new WeakMap<Needs, readonly Use[]>();

/** Devices that what starts asks for and the container does not have. */
export const deviceRule: Rule = {
  id: 'devices',
  *run(needs, offer) {
    const known = usesOf.get(needs) ?? findUses(needs);
    usesOf.set(needs, known);
    for (const use of known) {
      const given = isGiven(use.kind, offer);
      if (given === false) yield missing(use, offer);
      else if (given === true && offer.engine?.rootless === true && use.kind.group !== undefined)
        yield notOfGroup(use, use.kind.group, offer);
    }
  },
};

/** Whether the container has a device of the kind; undefined where nothing is said of its devices. */
function isGiven({ nodes }: DeviceKind, offer: Offer): boolean | undefined {
  const given = givenDevices(offer);
  if (given === undefined) return undefined;
  const patterns = nodes.map(compilePath);
  return given.some((device) =>
    patterns.some(
      (pattern, at) => pattern.test(device) || (nodes[at] ?? '').startsWith(`${device}/`),
    ),
  );
}

/** Above this many kinds of devices a program may use what is there, and needs none. */
const severalKinds = 2;

function findUses(needs: Needs): readonly Use[] {
  const named = namedKinds(needs);
  return kinds.flatMap((kind): readonly Use[] => {
    const software = needs
      .of('software')
      .find((need) => need.software.name === `${kind.id}-user` && need.onStartPath !== false);
    const started = new Set(needs.userSpace.start.map(({ path }) => path));
    const first = startsGeneral(needs.userSpace)
      ? undefined
      : software?.evidence.find((one) => isUse(one, started));
    if (software !== undefined && first !== undefined) {
      return [
        {
          kind,
          who: first.package ?? baseName(first.path ?? kind.id),
          evidence: software.evidence,
          // A directory holds an init, and nobody says that it is to boot in a container.
          severity: isDirectory(needs) ? 'note' : 'degraded',
          onStart: software.onStartPath === true,
        },
      ];
    }
    return named.get(kind) ?? [];
  });
}

const isDirectory = ({ userSpace }: Needs): boolean =>
  userSpace.config === undefined && userSpace.target.kind === 'directory';

/** What is linked into or is the program that starts, or a package of its language; not libraries of its libraries. */
const isUse = ({ path, detail }: Evidence, started: ReadonlySet<string | undefined>): boolean =>
  started.has(path) || /^(?:pypi|npm|gem|jar|cargo|conda) /.test(detail);

const startsGeneral = ({ start }: UserSpace): boolean =>
  general.test(baseName(start.at(-1)?.path ?? ''));

/** Kinds that scripts and sources on the way to the start name, and the program itself. */
function namedKinds(needs: Needs): ReadonlyMap<DeviceKind, readonly Use[]> {
  const found = new Map<DeviceKind, readonly Use[]>();
  const program = startedProgram(needs);
  const inProgram = kinds.flatMap((kind) => {
    const pattern = new RegExp(kind.names);
    const path = program?.facts.kernelPaths.find((one) => pattern.test(one));
    return path === undefined ? [] : [{ kind, path }];
  });
  for (const { kind, path } of inProgram) {
    const who = program?.path ?? '';
    found.set(kind, [
      {
        kind,
        who,
        evidence: [{ path: who, detail: `${who} names ${path}` }],
        severity: inProgram.length > severalKinds || kind.byName === 'note' ? 'note' : 'degraded',
        onStart: true,
      },
    ]);
  }
  for (const kind of kinds) {
    const pattern = new RegExp(kind.names);
    const paths = needs
      .of('path')
      .filter((need) => pattern.test(need.path) && mayStart(need, needs))
      .filter((need) => !isAskedFor(need.path, need.who, needs));
    const [first] = paths;
    if (first === undefined) continue;
    found.set(kind, [
      {
        kind,
        who: first.who,
        evidence: paths.flatMap(({ evidence }) => evidence),
        severity: 'degraded',
        onStart: first.onStartPath === true,
        ...(/^[\w/.-]*\w$/.test(first.path) ? { named: first.path } : {}),
      },
    ]);
  }
  return found;
}

/** Whether a script or source runs: it is on the way to the start, or nothing says what starts and it is an image's own. */
function mayStart(
  need: { readonly onStartPath?: boolean; readonly who: string },
  { userSpace }: Needs,
): boolean {
  if (need.onStartPath !== undefined) return need.onStartPath;
  return userSpace.start.length === 0 && /^\/(?:app|opt|srv|[^/]+$)/.test(need.who);
}

/** Whether the script looks first if the device is there: [ -e /dev/x ]. */
function isAskedFor(path: string, who: string, { userSpace }: Needs): boolean {
  const text = userSpace.text(who);
  if (text === undefined) return false;
  const quoted = path.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(?:-[a-z]|exists\\(|existsSync\\(|isfile\\()\\s*["']?${quoted}`).test(text);
}

/** The program behind all launchers, unless it is one that runs other code or is many programs in one. */
function startedProgram({ userSpace }: Needs) {
  const last = userSpace.start.at(-1);
  if (last?.path === undefined || last.kind !== 'elf') return undefined;
  const name = baseName(last.path);
  if (isShellName(name) || isInterpreterName(name) || general.test(name)) return undefined;
  return userSpace.elves.find(({ path }) => path === last.path);
}

/** Programs that know many devices and need none: init systems, engines, toolboxes. */
const general =
  /^(?:systemd|init|busybox|toybox|coreutils|dockerd|containerd|podman|buildah|runc|crun|crio|kubelet|k3s|qemu-.*|Xorg|Xvfb|chrome|chromium.*|firefox.*|electron|ffmpeg|ffprobe|gst-launch.*|vlc|mpv|telegraf|netdata|node_exporter|osqueryd?|wazuh-.*)$/;

function missing({ kind, who, evidence, severity, onStart, named }: Use, offer: Offer): Finding {
  const usual = named ?? (kind.nodes[0] ?? '').replace(/\*+/g, '0');
  const help = [
    `--device ${usual}${kind.extra === undefined ? '' : ` ${kind.extra}`}`,
    kind.group === undefined ? '' : `for another user than root also --group-add ${kind.group}`,
    kind.host ?? '',
  ].filter((part) => part !== '');
  return findingOf({
    code: 'PL6005',
    rule: `device-${kind.id}`,
    severity,
    certainty: 'present',
    reach: onStart ? 'start' : 'user-space',
    title: `${who} asks for ${kind.what}, and the container is given none`,
    need: `${kind.what}: ${kind.nodes.slice(0, 3).join(', ')}`,
    offer: offered(offer, 'container.devices', 'no such device is given to the container'),
    evidence,
    symptom: kind.symptom,
    help: help.join('; '),
    references: kind.references,
    component: 'configuration',
  });
}

/** A device of a group, in a user namespace that the group is not mapped into. */
function notOfGroup(
  { kind, who, evidence, severity, onStart }: Use,
  group: string,
  offer: Offer,
): Finding {
  return findingOf({
    code: 'PL6005',
    rule: `device-${kind.id}-rootless`,
    severity,
    certainty: 'present',
    reach: onStart ? 'start' : 'user-space',
    title: `${who} asks for ${kind.what}, which belongs to the host's group ${group}: an engine without root does not pass the group on`,
    need: `${kind.what}, and the rights of the group ${group} on it`,
    offer: offered(offer, 'engine.rootless', 'the engine runs without root'),
    evidence,
    symptom: 'crw-rw---- 1 nobody nogroup …: Permission denied',
    help: `add your user to the group ${group} on the host, and podman run --group-add keep-groups (crun only); or run the engine as root`,
    references: [
      'https://github.com/podman-container-tools/podman/issues/10166',
      'https://github.com/podman-container-tools/podman/issues/25000',
    ],
    component: 'configuration',
  });
}
