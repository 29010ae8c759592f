// Modules of the kernel that commands of the image's scripts and sources ask for: "ip link add … type vxlan", "tc qdisc add
// … netem", "usbip attach". A container cannot load them; the kernel does so itself for some (its links and queues).
import type { Offer } from '../../host/offer.ts';
import type { NeedOf, Needs } from '../../needs/need.ts';
import type { Finding } from '../finding.ts';
import { findingOf, offered } from '../finding-of.ts';
import { isOwnScript } from '../image-view.ts';
import { moduleState } from '../kernel-modules.ts';
import type { Rule } from '../rule.ts';

type CommandNeed = NeedOf<'command'>;

interface Asking {
  readonly command: RegExp;
  /** Its group is the module's name, or part of it, where `module` has a "*". */
  readonly text: RegExp;
  readonly module: string;
  /** The kernel loads it when it is asked for. */
  readonly loadsItself?: true;
}

/** Names that differ from the word of the command: MODULE_ALIAS_RTNL_LINK and MODULE_ALIAS_TCF of Linux 6.12. */
const otherNames: Readonly<Record<string, string>> = {
  vlan: '8021q',
  bond: 'bonding',
  batadv: 'batman_adv',
  gre: 'ip_gre',
  gretap: 'ip_gre',
  erspan: 'ip_gre',
  vti: 'ip_vti',
  xfrm: 'xfrm_interface',
  ip6tnl: 'ip6_tunnel',
  ip6gre: 'ip6_gre',
  sch_pfifo: '',
  sch_bfifo: '',
  sch_pfifo_head_drop: '',
};

const askings: readonly Asking[] = [
  {
    command: /^ip$/,
    text: /\blink\s+add\b.*\btype\s+(\w+)/,
    module: '*',
    loadsItself: true,
  },
  {
    command: /^tc$/,
    text: /\bqdisc\s+(?:add|replace)\b.*?\s(netem|htb|tbf|hfsc|cake|fq_codel|fq|sfq|red|prio|ingress|mqprio|taprio|etf|cbs|drr|qfq)\b/,
    module: 'sch_*',
    loadsItself: true,
  },
  { command: /^usbip$/, text: /\b(attach)\b/, module: 'vhci_hcd' },
  { command: /^usbip$/, text: /\b(bind)\b/, module: 'usbip_host' },
  { command: /^usbipd$/, text: /^/, module: 'usbip_host' },
  { command: /^batctl$/, text: /\b(?:if|interface)\s+add\b/, module: 'batman_adv' },
  {
    command: /^(?:ovs-vsctl|ovs-ctl|ovs-vswitchd|service)$/,
    text: /\b(?:add-br|start|openvswitch)\b.*(?!netdev)/,
    module: 'openvswitch',
  },
  { command: /^nbd-client$/, text: /\s\S/, module: 'nbd' },
  { command: /^qemu-nbd$/, text: /\s(?:-c|--connect)\b/, module: 'nbd' },
  { command: /^rbd$/, text: /\b(?:device\s+)?map\b/, module: 'rbd' },
  { command: /^iscsiadm$/, text: /(?:--login|-l\b)/, module: 'iscsi_tcp' },
  { command: /^nvme$/, text: /\bconnect\b.*\btcp\b/, module: 'nvme_tcp' },
  { command: /^cryptsetup$/, text: /\b(?:luksOpen|open|luksFormat)\b/, module: 'dm_crypt' },
  { command: /^zramctl$/, text: /\s\S/, module: 'zram' },
  { command: /^ipset$/, text: /\bcreate\b|\s-N\b/, module: 'ip_set', loadsItself: true },
  { command: /^ebtables$/, text: /\s-[AIPD]\b/, module: 'ebtables', loadsItself: true },
  { command: /^ipvsadm$/, text: /\s-[AEa]\b/, module: 'ip_vs', loadsItself: true },
  {
    command: /^mount$/,
    text: /\s-t\s+(nfs4?|cifs|ceph|squashfs|overlay|btrfs|xfs|vfat|exfat|ntfs3|udf|iso9660|9p|virtiofs|glusterfs)\b/,
    module: '*',
    loadsItself: true,
  },
];

const fileSystemModule: Readonly<Record<string, string>> = {
  nfs4: 'nfs',
  '9p': '9p',
  iso9660: 'isofs',
};

/** Modules that commands ask for and the host lacks. */
export const commandModuleRule: Rule = {
  id: 'command-modules',
  *run(needs, offer) {
    const asked = Map.groupBy(askedFor(needs), ({ module }) => module);
    for (const [module, lines] of asked) {
      const state = moduleState(offer, module);
      if (state === undefined || state === 'loaded') continue;
      const itself = lines.every(({ asking }) => asking.loadsItself === true);
      if (itself && state !== 'missing') continue;
      yield lacking(
        module,
        lines.map(({ need }) => need),
        offer,
      );
    }
  },
};

interface Asked {
  readonly module: string;
  readonly asking: Asking;
  readonly need: CommandNeed;
}

function askedFor(needs: Needs): readonly Asked[] {
  return needs.of('command').flatMap((need): readonly Asked[] => {
    if (!isOwnScript(need.who) && need.onStartPath !== true) return [];
    for (const asking of askings) {
      if (!asking.command.test(need.command)) continue;
      const match = asking.text.exec(need.text);
      if (match === null) continue;
      const word = match[1] ?? '';
      const named = asking.module.replace('*', fileSystemModule[word] ?? word);
      const module = otherNames[named] ?? named;
      // Names that are built from variables, and links that need no module.
      if (module === '' || module.includes('$') || /^(?:veth|dev)$/.test(module)) continue;
      return [{ module, asking, need }];
    }
    return [];
  });
}

function lacking(module: string, asking: readonly CommandNeed[], offer: Offer): Finding {
  const started = asking.some(({ onStartPath }) => onStartPath === true);
  const open = asking.every(({ onStartPath }) => onStartPath === undefined);
  const [first] = asking;
  return findingOf({
    code: 'PL6006',
    rule: `command-needs-module-${module.replaceAll('_', '-')}`,
    severity: started || open ? 'degraded' : 'note',
    certainty: 'present',
    reach: started ? 'start' : open ? 'user-space' : 'file',
    title: `${first?.who ?? 'a script'} runs ${first?.command ?? 'a command'}, which needs the module ${module}`,
    need: `the module ${module}`,
    offer: offered(offer, 'modules', `${module} is not there or not loaded`),
    evidence: asking.flatMap(({ evidence }) => evidence),
    symptom:
      module === 'vhci_hcd'
        ? 'libusbip: error: udev_device_get_sysattr_value failed; usbip: error: open vhci_driver (is vhci_hcd loaded?)'
        : 'RTNETLINK answers: Operation not supported / Error: Unknown device type / unknown filesystem type',
    help: `modprobe ${module} on the host (and /etc/modules-load.d for the next start); a container cannot load it`,
    references: ['https://man7.org/linux/man-pages/man8/modprobe.8.html'],
    component: 'kernel',
  });
}
