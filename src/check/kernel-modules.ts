// Whether a kernel has a module: from the lists of a probe, or from the configuration option that builds it.
import type { Offer } from '../host/offer.ts';
import { ownEntry } from '../lib/own-entry.ts';

/** Options that build the modules that rules ask for (Kconfig and Makefiles of Linux 6.12). */
const optionOf: Readonly<Record<string, string>> = {
  aufs: 'CONFIG_AUFS_FS',
  binfmt_misc: 'CONFIG_BINFMT_MISC',
  br_netfilter: 'CONFIG_BRIDGE_NETFILTER',
  bridge: 'CONFIG_BRIDGE',
  btrfs: 'CONFIG_BTRFS_FS',
  can: 'CONFIG_CAN',
  cifs: 'CONFIG_CIFS',
  configfs: 'CONFIG_CONFIGFS_FS',
  cuse: 'CONFIG_CUSE',
  dm_crypt: 'CONFIG_DM_CRYPT',
  dm_snapshot: 'CONFIG_DM_SNAPSHOT',
  dm_thin_pool: 'CONFIG_DM_THIN_PROVISIONING',
  dummy: 'CONFIG_DUMMY',
  fuse: 'CONFIG_FUSE_FS',
  ip6_tables: 'CONFIG_IP6_NF_IPTABLES',
  ip6table_filter: 'CONFIG_IP6_NF_FILTER',
  ip6table_nat: 'CONFIG_IP6_NF_NAT',
  ip_set: 'CONFIG_IP_SET',
  ip_tables: 'CONFIG_IP_NF_IPTABLES',
  ip_vs: 'CONFIG_IP_VS',
  ipip: 'CONFIG_NET_IPIP',
  iptable_filter: 'CONFIG_IP_NF_FILTER',
  iptable_mangle: 'CONFIG_IP_NF_MANGLE',
  iptable_nat: 'CONFIG_IP_NF_NAT',
  iptable_raw: 'CONFIG_IP_NF_RAW',
  ipvlan: 'CONFIG_IPVLAN',
  iscsi_tcp: 'CONFIG_ISCSI_TCP',
  kvm: 'CONFIG_KVM',
  l2tp_ppp: 'CONFIG_PPPOL2TP',
  loop: 'CONFIG_BLK_DEV_LOOP',
  macvlan: 'CONFIG_MACVLAN',
  nbd: 'CONFIG_BLK_DEV_NBD',
  nf_conntrack: 'CONFIG_NF_CONNTRACK',
  nf_tables: 'CONFIG_NF_TABLES',
  nfs: 'CONFIG_NFS_FS',
  nfsd: 'CONFIG_NFSD',
  nft_compat: 'CONFIG_NFT_COMPAT',
  nft_nat: 'CONFIG_NFT_NAT',
  nvme_tcp: 'CONFIG_NVME_TCP',
  openvswitch: 'CONFIG_OPENVSWITCH',
  overlay: 'CONFIG_OVERLAY_FS',
  ppp_generic: 'CONFIG_PPP',
  rbd: 'CONFIG_BLK_DEV_RBD',
  ceph: 'CONFIG_CEPH_FS',
  sch_netem: 'CONFIG_NET_SCH_NETEM',
  sctp: 'CONFIG_IP_SCTP',
  snd: 'CONFIG_SND',
  squashfs: 'CONFIG_SQUASHFS',
  target_core_mod: 'CONFIG_TARGET_CORE',
  tcp_bbr: 'CONFIG_TCP_CONG_BBR',
  tls: 'CONFIG_TLS',
  tun: 'CONFIG_TUN',
  uinput: 'CONFIG_INPUT_UINPUT',
  uio: 'CONFIG_UIO',
  usbip_core: 'CONFIG_USBIP_CORE',
  v4l2loopback: 'CONFIG_V4L2_LOOPBACK',
  veth: 'CONFIG_VETH',
  vfio: 'CONFIG_VFIO',
  vhost_net: 'CONFIG_VHOST_NET',
  vhost_vsock: 'CONFIG_VHOST_VSOCK',
  vxlan: 'CONFIG_VXLAN',
  wireguard: 'CONFIG_WIREGUARD',
  xfrm_user: 'CONFIG_XFRM_USER',
  xt_MASQUERADE: 'CONFIG_NETFILTER_XT_TARGET_MASQUERADE',
  xt_TPROXY: 'CONFIG_NETFILTER_XT_TARGET_TPROXY',
  xt_addrtype: 'CONFIG_NETFILTER_XT_MATCH_ADDRTYPE',
  xt_comment: 'CONFIG_NETFILTER_XT_MATCH_COMMENT',
  xt_connlimit: 'CONFIG_NETFILTER_XT_MATCH_CONNLIMIT',
  xt_connmark: 'CONFIG_NETFILTER_XT_CONNMARK',
  xt_conntrack: 'CONFIG_NETFILTER_XT_MATCH_CONNTRACK',
  xt_hashlimit: 'CONFIG_NETFILTER_XT_MATCH_HASHLIMIT',
  xt_iprange: 'CONFIG_NETFILTER_XT_MATCH_IPRANGE',
  xt_limit: 'CONFIG_NETFILTER_XT_MATCH_LIMIT',
  xt_LOG: 'CONFIG_NETFILTER_XT_TARGET_LOG',
  xt_mac: 'CONFIG_NETFILTER_XT_MATCH_MAC',
  xt_mark: 'CONFIG_NETFILTER_XT_MARK',
  xt_multiport: 'CONFIG_NETFILTER_XT_MATCH_MULTIPORT',
  xt_NFLOG: 'CONFIG_NETFILTER_XT_TARGET_NFLOG',
  xt_NFQUEUE: 'CONFIG_NETFILTER_XT_TARGET_NFQUEUE',
  xt_owner: 'CONFIG_NETFILTER_XT_MATCH_OWNER',
  xt_physdev: 'CONFIG_NETFILTER_XT_MATCH_PHYSDEV',
  xt_policy: 'CONFIG_NETFILTER_XT_MATCH_POLICY',
  xt_recent: 'CONFIG_NETFILTER_XT_MATCH_RECENT',
  xt_REDIRECT: 'CONFIG_NETFILTER_XT_TARGET_REDIRECT',
  xt_set: 'CONFIG_NETFILTER_XT_SET',
  xt_statistic: 'CONFIG_NETFILTER_XT_MATCH_STATISTIC',
  xt_string: 'CONFIG_NETFILTER_XT_MATCH_STRING',
  xt_TCPMSS: 'CONFIG_NETFILTER_XT_TARGET_TCPMSS',
  xt_u32: 'CONFIG_NETFILTER_XT_MATCH_U32',
  xt_socket: 'CONFIG_NETFILTER_XT_MATCH_SOCKET',
  zfs: 'CONFIG_ZFS',
};

/** loaded or built in; can be loaded; neither; 'unloaded': not loaded, and nothing says whether it could be. */
export type ModuleState = 'loaded' | 'loadable' | 'missing' | 'unloaded';

/** State of a module by its name with underscores; undefined where the offer does not tell. */
export function moduleState(offer: Offer, name: string): ModuleState | undefined {
  const named = (other: string): boolean => other.replaceAll('-', '_') === name;
  if (offer.modules?.some(named)) return 'loaded';
  const option = ownEntry(optionOf, name);
  const listed = option === undefined ? undefined : offer.kernel?.config?.[option];
  const setting =
    listed ?? (option !== undefined && offer.kernel?.configComplete === true ? 'n' : undefined);
  if (setting === 'y') return 'loaded';
  if (offer.modulesAvailable?.some(named)) return 'loadable';
  if (setting === 'n' || (offer.modules !== undefined && offer.modulesAvailable !== undefined))
    return 'missing';
  if (setting === 'm') return 'loadable';
  return offer.modules === undefined ? undefined : 'unloaded';
}
