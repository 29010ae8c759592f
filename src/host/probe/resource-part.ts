// Modules, file systems, devices, storage, limits, huge pages, GPU driver.
import { join } from 'node:path/posix';
import { compareVersions } from '../../lib/version.ts';
import type { Offer } from '../offer.ts';
import { parseComputeCapability } from './nvidia-card.ts';
import { known, knownOrNone, type ProbeContext, type ProbePart, whyUnread } from './part.ts';
import {
  mountOf,
  parseChoice,
  parseFilesystems,
  parseLimits,
  parseModulePaths,
  parseModules,
  parseMountInfo,
  parseNvidiaVersion,
} from './proc-texts.ts';
import type { HostReader } from './reader.ts';

function unique(names: Iterable<string>): string[] {
  return [...new Set(names)].sort();
}

/** Loaded, built-in and loadable modules. */
export const probeModules: ProbePart = ({ reader, from, missing, soFar }) => {
  const release = soFar.kernel?.release;
  const modulesOff = soFar.kernel?.config?.['CONFIG_MODULES'] === 'n';
  const loadedText = reader.text('/proc/modules', 4 << 20);
  // Built-in code that has parameters shows in /sys/module too.
  const shown = reader.live ? reader.list('/sys/module') : [];
  const builtinFiles = [
    `/lib/modules/${release ?? '?'}/modules.builtin`,
    `/usr/lib/modules/${release ?? '?'}/modules.builtin`,
  ];
  const builtinText = builtinFiles
    .map((path) => (release === undefined ? undefined : reader.text(path, 4 << 20)))
    .find((text) => text !== undefined);
  const depText = [`/lib/modules/${release}/modules.dep`, `/usr/lib/modules/${release}/modules.dep`]
    .map((path) => (release === undefined ? undefined : reader.text(path, 16 << 20)))
    .find((text) => text !== undefined);
  if (loadedText === undefined && !modulesOff && shown.length === 0 && builtinText === undefined) {
    missing('modules', whyUnread(reader, '/proc/modules'));
    return {};
  }
  if (builtinText === undefined) {
    missing(
      'modules',
      `${builtinFiles[0]} is not there: of built-in code only what has parameters is listed`,
    );
  }
  const sources = [
    ...(loadedText === undefined ? [] : ['/proc/modules']),
    ...(builtinText === undefined ? [] : ['modules.builtin']),
    ...(shown.length === 0 ? [] : ['/sys/module']),
  ];
  from('modules', sources.length > 0 ? sources.join(', ') : 'CONFIG_MODULES is off');
  const modules = unique([
    ...parseModules(loadedText ?? ''),
    ...parseModulePaths(builtinText ?? ''),
    ...shown,
  ]);
  if (depText === undefined) {
    if (!modulesOff) {
      missing('modulesAvailable', `/lib/modules/${release ?? '?'}/modules.dep is not there`);
      return { modules };
    }
    from('modulesAvailable', 'CONFIG_MODULES is off');
    return { modules, modulesAvailable: [] };
  }
  from('modulesAvailable', `/lib/modules/${release}/modules.dep`);
  return { modules, modulesAvailable: unique(parseModulePaths(depText)) };
};

const dull = /^(tty\d*|vcs[au]?\d*|pty.*|loop\d+|ram\d+|stdin|stdout|stderr|fd|core)$/;
const deviceFolders = ['net', 'dri', 'snd', 'vfio', 'mapper', 'infiniband', 'bus/usb', 'input'];
const deviceLimit = 512;

function readDevices(reader: HostReader): string[] {
  const nodes: string[] = [];
  for (const folder of ['', ...deviceFolders]) {
    for (const name of reader.list(join('/dev', folder), deviceLimit)) {
      const path = join('/dev', folder, name);
      if (!dull.test(name) && reader.kind(path) === 'device') nodes.push(path);
    }
  }
  return unique(nodes).slice(0, deviceLimit);
}

const engineFolders = ['/var/lib/docker', '/var/lib/containers', '/var/lib/containerd'];

async function readStorage({ reader, from, run }: ProbeContext): Promise<Offer['storage']> {
  const mounts = parseMountInfo(reader.text('/proc/self/mountinfo') ?? '');
  const folder = engineFolders.find((path) => reader.list(path, 1).length > 0) ?? '/var/lib';
  const mount = mountOf(mounts, folder);
  const redirect = reader.text('/sys/module/overlay/parameters/redirect_dir')?.trim();
  if (redirect) from('storage.redirectDir', '/sys/module/overlay/parameters/redirect_dir');
  if (mount !== undefined) from('storage.filesystem', `/proc/self/mountinfo, for ${folder}`);
  let dType: boolean | undefined;
  if (mount?.type === 'xfs') {
    const ftype = /\bftype=(\d)/.exec((await run('xfs_info', [mount.target])) ?? '')?.[1];
    if (ftype !== undefined) {
      dType = ftype === '1';
      from('storage.dType', `xfs_info ${mount.target}`);
    }
  } else if (mount && ['ext4', 'btrfs', 'zfs', 'bcachefs', 'f2fs'].includes(mount.type)) {
    dType = true;
    from('storage.dType', `${mount.type} always has it`);
  }
  return knownOrNone({
    filesystem: mount?.type,
    dType,
    redirectDir: redirect === undefined || redirect === '' ? undefined : redirect === 'Y',
    nosuid: mount?.options.includes('nosuid'),
  });
}

/** File systems, devices, storage, huge pages, GPU driver. */
export const probeResources: ProbePart = async (context) => {
  const { reader, from, missing } = context;
  const filesystemText = reader.text('/proc/filesystems');
  const filesystems =
    filesystemText === undefined ? undefined : unique(parseFilesystems(filesystemText));
  if (filesystems) from('filesystems', '/proc/filesystems');
  else missing('filesystems', whyUnread(reader, '/proc/filesystems'));
  const devices = readDevices(reader);
  if (devices.length > 0) from('devices', '/dev');
  const thpPath = '/sys/kernel/mm/transparent_hugepage/enabled';
  const choice = parseChoice(reader.text(thpPath) ?? '');
  const transparentHugepages =
    choice === 'always' || choice === 'madvise' || choice === 'never' ? choice : undefined;
  if (transparentHugepages) from('transparentHugepages', thpPath);
  const driver = parseNvidiaVersion(reader.text('/proc/driver/nvidia/version') ?? '');
  if (driver) from('nvidia', '/proc/driver/nvidia/version');
  const computeCapability = leastCapability(reader);
  return known({
    filesystems,
    devices: devices.length > 0 ? devices : undefined,
    storage: await readStorage(context),
    transparentHugepages,
    nvidia: driver === undefined ? undefined : known({ driver, computeCapability }),
  });
};

const cardsDirectory = '/proc/driver/nvidia/gpus';

/** Of several cards the oldest counts: a program may be given any of them. */
function leastCapability(reader: HostReader): string | undefined {
  return reader
    .list(cardsDirectory, 64)
    .flatMap(
      (card) =>
        parseComputeCapability(reader.text(`${cardsDirectory}/${card}/information`) ?? '') ?? [],
    )
    .toSorted(compareVersions)[0];
}

const pidLimit = 8192;

/** Names of running programs → one process id. Bounded. */
export function runningPrograms(reader: HostReader): ReadonlyMap<string, string> {
  const running = new Map<string, string>();
  const ids = reader.list('/proc').filter((name) => /^\d+$/.test(name));
  for (const id of ids.slice(0, pidLimit)) {
    const name = reader.text(`/proc/${id}/comm`, 64)?.trim();
    if (name && !running.has(name)) running.set(name, id);
  }
  return running;
}

const daemons = ['dockerd', 'crio', 'containerd', 'kubelet'];

/** Resource limits that containers inherit: those of the engine's daemon, or of this session. */
export const probeLimits: ProbePart = ({ reader, from }) => {
  const running = runningPrograms(reader);
  const daemon = daemons.find((name) => running.has(name));
  const id = daemon === undefined ? 'self' : running.get(daemon);
  const text = reader.text(`/proc/${id}/limits`) ?? reader.text('/proc/self/limits');
  if (text === undefined) return {};
  from(
    'limits',
    daemon === undefined
      ? '/proc/self/limits of this session; no engine runs'
      : `/proc/${id}/limits of ${daemon}`,
  );
  return { limits: parseLimits(text) };
};
