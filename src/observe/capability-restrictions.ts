// The capabilities that a container lacks, one by one. What speaks for each is what programs that need it are called, and
// what they say.

import type { ContainerSettings } from '../engine/container.ts';
import { allCapabilities, dockerCapabilities } from '../host/capabilities.ts';
import type { Restriction } from './restriction.ts';

const hints: Readonly<Record<string, RegExp>> = {
  SYS_ADMIN:
    /\bu?mount|unshare|nsenter|setns|swapon|sethostname|hostname|losetup|quota|pivot_root/i,
  NET_ADMIN: /RTNETLINK|iptables|nft|\bip (link|addr|route)|ifconfig|\btc\b|tun|wg|brctl|promisc/i,
  NET_RAW: /ping|tcpdump|raw socket|packet|arping|nmap|traceroute|socket/i,
  SYS_PTRACE: /ptrace|strace|gdb|attach|perf/i,
  SYS_NICE: /nice|priority|chrt|affinity|mbind|set_mempolicy|sched/i,
  SYS_TIME: /date|clock|settimeofday|adjtime|ntp|chrony/i,
  IPC_LOCK: /mlock|lock(ed)? memory|hugetlb|memlock/i,
  SYS_RESOURCE: /rlimit|ulimit|limit|quota/i,
  CHOWN: /chown|ownership|install/i,
  DAC_OVERRIDE: /permission denied/i,
  FOWNER: /chmod|utime|attributes/i,
  SETUID: /setuid|\bsu\b|sudo|gosu|setpriv|user/i,
  SETGID: /setgid|setgroups|initgroups|group/i,
  SETPCAP: /capset|setpriv|securebits/i,
  SETFCAP: /setcap|security\.capability/i,
  KILL: /kill|signal/i,
  MKNOD: /mknod|special file/i,
  NET_BIND_SERVICE: /bind|listen|port|address/i,
  SYS_CHROOT: /chroot/i,
  SYS_MODULE: /modprobe|insmod|module/i,
  SYSLOG: /dmesg|syslog|klogctl/i,
  SYS_RAWIO: /iopl|ioperm|\/dev\/(mem|port)/i,
  SYS_BOOT: /reboot|kexec/i,
  BPF: /bpf/i,
  PERFMON: /perf/i,
  AUDIT_WRITE: /audit|pam/i,
  LINUX_IMMUTABLE: /chattr|immutable/i,
};

/** A restriction for each capability that is not there, for a container from which some or none are dropped. */
export function capabilityRestrictions(settings: ContainerSettings): readonly Restriction[] {
  const { capAdd, capDrop } = settings.config;
  const short = (name: string): string => name.replace(/^CAP_/, '').toUpperCase();
  const added = new Set(capAdd.map(short));
  const dropped = new Set(capDrop.map(short));
  const has = (name: string): boolean =>
    added.has(name) ||
    (dockerCapabilities.includes(`CAP_${name}`) && !dropped.has('ALL') && !dropped.has(name));
  return allCapabilities
    .map(short)
    .filter((name) => !has(name))
    .map((name) => ({
      id: `capability ${name}`,
      what: `CAP_${name}, which it lacks`,
      component: 'capabilities',
      hint: hints[name] ?? /^$/,
      fix: `--cap-add ${name}`,
      workAround: '--cap-add ALL',
      lift: (given) => ({
        ...given,
        config: {
          ...given.config,
          capAdd: [...given.config.capAdd, name],
          capDrop: given.config.capDrop.filter((one) => short(one) !== name),
        },
      }),
    }));
}
