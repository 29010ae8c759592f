// What stands around the kernel: distribution, resolver, programs that the kernel starts, services, virtualisation,
// binfmt_misc.

import { ownEntry } from '../../lib/own-entry.ts';
import { baseName } from '../../lib/path.ts';
import type { Offer } from '../offer.ts';
import { known, type ProbeContext, type ProbePart, whyUnread } from './part.ts';
import { parseBinfmt, parseMountInfo, parseResolver } from './proc-texts.ts';
import { runningPrograms } from './resource-part.ts';

/** Programs that the kernel starts outside any container: where their path stands, and what says that one is set. */
const upcallSettings = [
  ['core_pattern', 'kernel.core_pattern', (value: string) => value.startsWith('|')],
  ['modprobe', 'kernel.modprobe', (value: string) => value !== ''],
  ['hotplug', 'kernel.hotplug', (value: string) => value !== ''],
  ['poweroff_cmd', 'kernel.poweroff_cmd', (value: string) => value !== ''],
] as const;

function readUpcalls({ reader, from, soFar }: ProbeContext): Record<string, string> | undefined {
  const upcalls: Record<string, string> = {};
  const sources = new Set<string>();
  for (const [name, setting, isSet] of upcallSettings) {
    const value = soFar.sysctls?.[setting];
    if (value === undefined || !isSet(value)) continue;
    upcalls[name] = value;
    sources.add('/proc/sys/kernel');
  }
  const helper = reader.text('/sys/kernel/uevent_helper')?.trim();
  if (helper) {
    upcalls['uevent_helper'] = helper;
    sources.add('/sys/kernel/uevent_helper');
  }
  if (reader.kind('/sbin/request-key') !== undefined) {
    upcalls['request-key'] = '/sbin/request-key';
    sources.add('/sbin/request-key');
  }
  for (const mount of parseMountInfo(reader.text('/proc/self/mountinfo') ?? '')) {
    if (mount.type !== 'cgroup') continue;
    const agent = reader.text(`${mount.target}/release_agent`)?.trim();
    if (!agent) continue;
    upcalls['release_agent'] = agent;
    sources.add(`${mount.target}/release_agent`);
  }
  if (sources.size === 0) return undefined;
  from('upcalls', [...sources].join(', '));
  return upcalls;
}

/** Host services that containers rely on, by what their process is called */
const wellKnown: Readonly<Record<string, string>> = {
  sssd_kcm: 'sssd-kcm',
  rngd: 'rngd',
  haveged: 'haveged',
  firewalld: 'firewalld',
  'systemd-resolve': 'systemd-resolved',
  auditd: 'auditd',
  kubelet: 'kubelet',
  'dbus-daemon': 'dbus',
  'dbus-broker': 'dbus',
  systemd: 'systemd',
};

function readServices({ reader, from }: ProbeContext): string[] | undefined {
  const running = runningPrograms(reader);
  if (running.size === 0) return undefined;
  from('services', '/proc/*/comm');
  return [
    ...new Set([...running.keys()].flatMap((name) => ownEntry(wellKnown, name) ?? [])),
  ].sort();
}

/** Marks of hypervisors in the firmware's tables, in the order in which they decide. */
const firmware: readonly (readonly [RegExp, string])[] = [
  [/amazon ec2/i, 'kvm'],
  [/google/i, 'kvm'],
  [/firecracker/i, 'firecracker'],
  [/qemu|kvm|openstack|ovirt|red hat/i, 'kvm'],
  [/vmware/i, 'vmware'],
  [/virtualbox|innotek/i, 'virtualbox'],
  [/microsoft corporation.*virtual machine/is, 'hyperv'],
  [/xen/i, 'xen'],
  [/apple virtualization/i, 'apple'],
  [/parallels/i, 'parallels'],
  [/bhyve/i, 'bhyve'],
];

function readHypervisor({ reader, from, soFar }: ProbeContext): string | undefined {
  const release = soFar.kernel?.release ?? '';
  if (/microsoft-standard/i.test(release)) {
    from('hypervisor', `the release ${release}`);
    return 'wsl2';
  }
  const commandLine = soFar.kernel?.commandLine ?? '';
  if (/\bagent\.(log|container_pipe_size|debug_console)|systemd\.unit=kata/.test(commandLine)) {
    from('hypervisor', '/proc/cmdline');
    return 'kata';
  }
  if (/firecracker/.test(commandLine)) {
    from('hypervisor', '/proc/cmdline');
    return 'firecracker';
  }
  const type = reader.text('/sys/hypervisor/type')?.trim();
  if (type) {
    from('hypervisor', '/sys/hypervisor/type');
    return type;
  }
  const marks = ['sys_vendor', 'product_name', 'bios_vendor']
    .map((name) => reader.text(`/sys/class/dmi/id/${name}`, 256)?.trim() ?? '')
    .join('\n');
  const found = firmware.find(([pattern]) => pattern.test(marks))?.[1];
  if (found !== undefined) {
    from('hypervisor', '/sys/class/dmi/id');
    return found;
  }
  if (soFar.cpu?.features?.includes('hypervisor')) {
    from('hypervisor', 'the hypervisor bit of /proc/cpuinfo');
    return 'unknown';
  }
  return undefined;
}

/** qemu's names of machines where they differ from uname -m. */
const qemuMachines: Readonly<Record<string, string>> = {
  arm: 'armv7l',
  i386: 'i686',
  mips64el: 'mips64',
};

async function readEmulation({
  reader,
  from,
  run,
  soFar,
}: ProbeContext): Promise<Offer['emulation']> {
  if (soFar.cpu?.vendor === 'VirtualApple') {
    from('emulation', 'the processor VirtualApple of /proc/cpuinfo');
    return { by: 'rosetta' };
  }
  const folder = '/proc/sys/fs/binfmt_misc';
  const machines: string[] = [];
  let interpreter: string | undefined;
  let by: NonNullable<Offer['emulation']>['by'] = 'qemu-user';
  let credentials = true;
  for (const name of reader.list(folder, 256)) {
    if (name === 'register' || name === 'status') continue;
    const entry = parseBinfmt(reader.text(`${folder}/${name}`) ?? '');
    if (!entry.enabled || entry.interpreter === undefined) continue;
    const file = baseName(entry.interpreter);
    const qemu = /^qemu-([a-z0-9_]+?)(?:-static|-binfmt.*)?$/.exec(file)?.[1];
    if (/rosetta/i.test(file)) {
      by = 'rosetta';
      machines.push('x86_64');
    } else if (/^box64/i.test(file)) {
      by = 'box64';
      machines.push('x86_64');
    } else if (/^FEX/i.test(file)) {
      by = 'fex';
      machines.push('x86_64');
    } else if (qemu !== undefined) machines.push(ownEntry(qemuMachines, qemu) ?? qemu);
    else continue;
    interpreter = entry.interpreter;
    credentials &&= entry.flags.includes('C');
  }
  if (interpreter === undefined) return undefined;
  from('emulation', folder);
  const version = by === 'qemu-user' ? await run(interpreter, ['--version']) : undefined;
  return known({
    by,
    version: /version (\d+(?:\.\d+)+)/.exec(version ?? '')?.[1],
    machines: [...new Set(machines)].sort(),
    credentialsFlag: credentials,
  });
}

/** Everything around the kernel but the engine. */
export const probeServices: ProbePart = async (context) => {
  const { reader, from, missing } = context;
  const resolvText = reader.text('/etc/resolv.conf', 65_536);
  if (resolvText !== undefined) from('resolver', '/etc/resolv.conf');
  else missing('resolver', whyUnread(reader, '/etc/resolv.conf'));
  return known({
    resolver: resolvText === undefined ? undefined : parseResolver(resolvText),
    upcalls: readUpcalls(context),
    services: readServices(context),
    hypervisor: readHypervisor(context),
    emulation: await readEmulation(context),
  });
};
