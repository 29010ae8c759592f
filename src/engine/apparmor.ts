// AppArmor: what a container may not do to the machine even where a file system or a capability lets it, by a profile that
// is loaded with the first container, as docker-default is. Hidden and read-only paths say the same; this holds where a
// program finds another way to them.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { findProgram } from '../sys/find-program.ts';

/** Name of the profile. */
export const appArmorProfile = 'plimsoll-default';

/**
 * Everything but: mounting; writing in /proc outside of processes and of what namespaces have of their own (/proc/sys/net,
 * shared memory and message queues); writing in /sys outside of cgroups; reading memory, firmware and energy counters
 * (CVE-2020-8694). AppArmor has no "all but", so that folders are named.
 */
const profile = `profile ${appArmorProfile} flags=(attach_disconnected, mediate_deleted) {
  network,
  capability,
  file,
  umount,
  unix,
  signal (receive) peer=unconfined,
  signal (send, receive) peer=${appArmorProfile},
  ptrace (trace, read, tracedby, readby) peer=${appArmorProfile},
  deny mount,
  deny /proc/* w,
  deny /proc/{acpi,asound,bus,driver,dynamic_debug,fs,irq,mpt,scsi,tty}/** w,
  deny /proc/sys/{abi,crypto,debug,dev,sunrpc,user,vm}/** w,
  deny /proc/sys/fs/[^m]** w,
  deny /proc/sys/kernel/[^ms]** w,
  deny /proc/sys/kernel/{modprobe,sysrq,softlockup**,stack_tracer_enabled,soft_watchdog} w,
  deny /proc/{sysrq-trigger,kcore} rwklx,
  deny /sys/{block,bus,class,dev,devices,firmware,hypervisor,kernel,module,power}/** wklx,
  deny /sys/fs/{bpf,btrfs,ext4,f2fs,fuse,pstore,resctrl,selinux,smackfs,xfs}/** wklx,
  deny /sys/{firmware,kernel/security,devices/virtual/powercap}/** rwklx,
}
`;

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/**
 * The profile that containers have by default, loaded where it was not yet; undefined where AppArmor is off, or it cannot be
 * loaded, which is noted.
 */
export function defaultAppArmor(
  path: string | undefined,
  note: (text: string) => void,
): string | undefined {
  if (textOf('/sys/module/apparmor/parameters/enabled').trim() !== 'Y') return undefined;
  const loaded = textOf('/sys/kernel/security/apparmor/profiles');
  if (loaded.includes(`${appArmorProfile} (`)) return appArmorProfile;
  const parser = findProgram('apparmor_parser', path);
  if (parser === undefined) {
    note('AppArmor is on, but there is no apparmor_parser (package apparmor): no profile');
    return undefined;
  }
  const { status, stderr } = spawnSync(parser, ['--replace', '--skip-cache'], {
    input: profile,
    encoding: 'utf8',
  });
  if (status === 0) return appArmorProfile;
  note(`the AppArmor profile could not be loaded: ${stderr.trim()}`);
  return undefined;
}
