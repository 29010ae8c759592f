// Does `run --as HOST` agree with that host's real kernel? Runs the commands of as-agreement/commands.txt in Debian's user
// space on really booted cloud kernels (plain qemu, root on ext4 over nvme), in a container with --as, and in the same
// container without, and compares exit status and failing call:
//   node scripts/as-agreement.ts --folder DIR [--host debian:11,debian:12,debian:13] [--space sid] [--seconds 1800] [--parts 2,6] [--here]
//     [--only 2,10] [--compare]
// --seconds is how long a kernel may run: commands are taken in an order of which every part is a sample. --parts takes every
// eighth command from there on (0 to 7), with results of their own. --here runs the containers again and boots nothing; --only
// takes single commands in containers and in gVisor;
// --compare uses what DIR holds. With --host gvisor:RELEASE runsc takes a kernel's place (the release is that of runsc).
// Needs root, mmdebstrap, qemu-system-x86, e2fsprogs, kmod, runsc for gVisor, and 12 GB in DIR; see docs/imitation.md.
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { compareEndings, formatComparison } from './as-agreement/compare.ts';
import { parseCommands, readEndings } from './as-agreement/results.ts';

const { values } = parseArgs({
  options: {
    folder: { type: 'string' },
    host: { type: 'string', default: 'debian:11,debian:12,debian:13' },
    space: { type: 'string', default: 'sid' },
    seconds: { type: 'string', default: '1800' },
    parts: { type: 'string' },
    only: { type: 'string', default: '' },
    here: { type: 'boolean', default: false },
    compare: { type: 'boolean', default: false },
  },
});
if (values.folder === undefined) throw new Error('--folder DIR says where kernels and results go');

const source = dirname(import.meta.dirname);
const suite = join(import.meta.dirname, 'as-agreement');
const work = resolve(values.folder);
const space = join(work, `root-${values.space}`);
const kernels: Readonly<Record<string, string>> = {
  'debian:11': 'bullseye',
  'debian:12': 'bookworm',
  'debian:13': 'trixie',
};
/** What is run without namespaces of its own, by runsc of this machine. */
const sandbox = 'gvisor';
const capabilities =
  `SYS_ADMIN NET_ADMIN NET_RAW CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID SETGID SETUID SETPCAP IPC_LOCK
  SYS_CHROOT SYS_PTRACE SYS_NICE SYS_RESOURCE SYS_TIME MKNOD LEASE SETFCAP SYSLOG AUDIT_WRITE`
    .split(/\s+/)
    .map((name) => `CAP_${name}`);
const files = ['boot', 'start', 'run', 'calls.py', 'commands.txt'];
const { parts } = values;
/** Numbers of commands, when not all of the parts are wanted; kernels run all. */
const only = values.only.replaceAll(',', ' ');
if (parts !== undefined && !/^[0-7](,[0-7])*$/.test(parts))
  throw new Error('--parts takes numbers from 0 to 7 with commas');

/** Runs a program; its end is the caller's business where `lenient` is set. */
function run(argv: readonly string[], lenient = false): void {
  const [program = '', ...args] = argv;
  const { status, error } = spawnSync(program, args, { stdio: 'inherit' });
  if (error !== undefined) throw error;
  if (status !== 0 && !lenient) throw new Error(`${argv.join(' ')}: ${status}`);
}

/** Where the results of a run lie. */
function results(name: string): string {
  const part = parts === undefined ? '' : `-parts-${parts.replaceAll(',', '-')}`;
  return join(work, 'results', `${values.space}-${name.replace(':', '-')}${part}`);
}

/** The suite in a folder, with the parts that are wanted. */
function writeSuite(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const file of files) copyFileSync(join(suite, file), join(folder, file));
  rmSync(join(folder, 'parts'), { force: true });
  if (parts !== undefined) writeFileSync(join(folder, 'parts'), parts.replaceAll(',', ' '));
}

function prepare(): void {
  run([join(suite, 'prepare.sh'), work, values.space]);
  writeSuite(join(space, 'suite'));
  for (const kernel of Object.values(kernels)) {
    const [modules = ''] = globSync(join(work, `kernel-${kernel}/usr/lib/modules/*`));
    mkdirSync(join(space, 'usr/lib/modules'), { recursive: true });
    run(['cp', '-aT', modules, join(space, 'usr/lib/modules', modules.split('/').at(-1) ?? '')]);
  }
}

/** A real kernel: results are taken out of its disk when it has powered off, or its time is over. */
function boot(kernel: string, name: string): void {
  const disk = join(work, `disk-${kernel}.img`);
  const folder = results(name);
  rmSync(disk, { force: true });
  rmSync(folder, { recursive: true, force: true });
  run(['truncate', '-s', '6G', disk]);
  run([
    'mke2fs',
    '-q',
    '-t',
    'ext4',
    '-O',
    '^orphan_file,^metadata_csum_seed',
    '-d',
    space,
    '-F',
    disk,
  ]);
  const [image = ''] = globSync(join(work, `kernel-${kernel}/boot/vmlinuz-*`));
  run(
    [
      ...[
        'timeout',
        values.seconds,
        'nice',
        'qemu-system-x86_64',
        '-m',
        '2048',
        '-smp',
        '1',
        '-kernel',
        image,
      ],
      // Newer processors than this take the emulation much longer to start.
      ...['-accel', 'tcg,tb-size=512', '-cpu', 'Nehalem'],
      ...['-append', 'root=/dev/nvme0n1 rw console=ttyS0 quiet init=/suite/boot panic=-1'],
      ...[
        '-drive',
        `file=${disk},if=none,id=d,format=raw,cache=unsafe`,
        '-device',
        'nvme,drive=d,serial=1',
      ],
      ...['-nic', 'none', '-nographic', '-monitor', 'none', '-no-reboot'],
    ],
    true,
  );
  mkdirSync(folder, { recursive: true });
  run(['debugfs', '-R', `rdump /suite/out ${folder}`, disk]);
  rmSync(disk);
}

/** gVisor: runsc on a root file system of which a copy is written to, with the platform that needs no hardware. */
function runInSandbox(name: string): void {
  const folder = results(name);
  rmSync(folder, { recursive: true, force: true });
  const bundle = join(folder, 'bundle');
  for (const part of ['w', 'bundle/upper', 'bundle/work', 'bundle/rootfs'])
    mkdirSync(join(folder, part), { recursive: true });
  writeSuite(join(folder, 'suite'));
  run(['runsc', 'spec', '-bundle', bundle]);
  const file = join(bundle, 'config.json');
  const spec = JSON.parse(readFileSync(file, 'utf8'));
  const all = spec.process.capabilities.bounding.concat(capabilities);
  const bind = (source: string, destination: string) => ({
    type: 'bind',
    source: join(folder, source),
    destination,
    options: ['rbind', 'rw'],
  });
  spec.process = {
    ...spec.process,
    args: ['/suite/start'],
    env: ['CONTAINER=1', 'PLAIN=1', `ONLY=${only}`, 'PATH=/usr/sbin:/usr/bin:/sbin:/bin'],
    terminal: false,
    capabilities: { bounding: all, effective: all, permitted: all },
  };
  spec.root = { path: 'rootfs', readonly: false };
  spec.mounts = [...spec.mounts, bind('suite', '/suite'), bind('w', '/tmp/w')];
  writeFileSync(file, JSON.stringify(spec));
  const layers = `lowerdir=${realpathSync(space)},upperdir=${bundle}/upper,workdir=${bundle}/work`;
  run(['mount', '-t', 'overlay', 'overlay', '-o', layers, join(bundle, 'rootfs')]);
  const options = ['--platform=ptrace', '--network=none', '--ignore-cgroups'];
  const id = `agreement-${process.pid}`;
  run(['timeout', values.seconds, 'runsc', ...options, 'run', '-bundle', bundle, id], true);
  run(['runsc', ...options, 'delete', '-force', id], true);
  run(['umount', '-l', join(bundle, 'rootfs')]);
}

/** The commands in a container here; without a host, in the same container as it is. */
function contain(name: string, host: string | undefined, plain = false): void {
  const folder = results(name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'w'), { recursive: true });
  writeSuite(join(folder, 'suite'));
  run([
    ...[
      join(source, 'plimsoll'),
      'run',
      '--root',
      join(work, 'store'),
      '--rm',
      '--network',
      'none',
    ],
    ...(host === undefined ? [] : ['--as', host]),
    ...[
      '--privileged',
      '--security-opt',
      'seccomp=unconfined',
      '-e',
      'CONTAINER=1',
      '-e',
      `ONLY=${only}`,
    ],
    ...(plain ? ['-e', 'PLAIN=1'] : []),
    ...['-v', `${folder}/w:/tmp/w`, '-v', `${folder}/suite:/suite`, `${values.space}:agreement`],
    '/suite/start',
  ]);
}

/** The folder with the file `results`: taken from a disk it lies one deeper. */
function endingsOf(name: string): ReturnType<typeof readEndings> {
  const folder = ['out', 'suite/out', 'suite/suite/out']
    .map((part) => join(results(name), part))
    .find((path) => existsSync(join(path, 'results')));
  if (folder === undefined) throw new Error(`no results of ${name}`);
  return readEndings(folder);
}

const asked = values.host.split(',');
const hosts = asked.filter((host) => kernels[host] !== undefined);
/** gvisor, or gvisor:20221219: the release that runsc is of. */
const sandboxes = asked.filter((host) => host.split(':')[0] === sandbox);
if (!values.compare) {
  prepare();
  const tar = `tar -C ${space} --exclude=./usr/lib/modules -c .`;
  const plimsoll = `${join(source, 'plimsoll')} import --root ${join(work, 'store')}`;
  run(['sh', '-c', `${tar} | ${plimsoll} - ${values.space}:agreement`]);
  if (hosts.length > 0) contain('bare', undefined);
  for (const host of sandboxes) {
    contain('bare-plain', undefined, true);
    contain(host, host, true);
    if (!values.here) runInSandbox(`real-${host}`);
  }
  for (const host of hosts) {
    contain(host, host);
    if (!values.here) boot(kernels[host] ?? '', `real-${host}`);
  }
}
const commands = parseCommands(readFileSync(join(suite, 'commands.txt'), 'utf8'));
for (const host of [...hosts, ...sandboxes]) {
  const bare = hosts.includes(host) ? 'bare' : 'bare-plain';
  const found = compareEndings(endingsOf(`real-${host}`), endingsOf(host), endingsOf(bare));
  console.log(formatComparison(host, found, commands));
}
