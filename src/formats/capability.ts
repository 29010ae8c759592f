// File capabilities: the extended attribute security.capability, struct vfs_cap_data of
// include/uapi/linux/capability.h in its revisions 1 to 3 (3 adds the root user id of a user namespace).

/** Capabilities by their bit: include/uapi/linux/capability.h. */
export const capabilityNames = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_DAC_READ_SEARCH',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_KILL',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SETPCAP',
  'CAP_LINUX_IMMUTABLE',
  'CAP_NET_BIND_SERVICE',
  'CAP_NET_BROADCAST',
  'CAP_NET_ADMIN',
  'CAP_NET_RAW',
  'CAP_IPC_LOCK',
  'CAP_IPC_OWNER',
  'CAP_SYS_MODULE',
  'CAP_SYS_RAWIO',
  'CAP_SYS_CHROOT',
  'CAP_SYS_PTRACE',
  'CAP_SYS_PACCT',
  'CAP_SYS_ADMIN',
  'CAP_SYS_BOOT',
  'CAP_SYS_NICE',
  'CAP_SYS_RESOURCE',
  'CAP_SYS_TIME',
  'CAP_SYS_TTY_CONFIG',
  'CAP_MKNOD',
  'CAP_LEASE',
  'CAP_AUDIT_WRITE',
  'CAP_AUDIT_CONTROL',
  'CAP_SETFCAP',
  'CAP_MAC_OVERRIDE',
  'CAP_MAC_ADMIN',
  'CAP_SYSLOG',
  'CAP_WAKE_ALARM',
  'CAP_BLOCK_SUSPEND',
  'CAP_AUDIT_READ',
  'CAP_PERFMON',
  'CAP_BPF',
  'CAP_CHECKPOINT_RESTORE',
] as const;

/** What security.capability says of a file. */
export interface FileCapabilities {
  readonly revision: 1 | 2 | 3;
  readonly permitted: readonly string[];
  readonly inheritable: readonly string[];
  /** The permitted ones are raised at exec: exec fails with EPERM where the bounding set lacks one of them. */
  readonly effective: boolean;
  /** Revision 3: the user that is root in the namespace for which the attribute counts. */
  readonly rootId?: number;
}

/** Decodes a security.capability value; undefined when it is none that a kernel accepts. */
export function parseFileCapabilities(value: Uint8Array): FileCapabilities | undefined {
  if (value.length < 4) return undefined;
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  const magic = view.getUint32(0, true);
  const revision = magic >>> 24;
  const size = [0, 12, 20, 24][revision];
  if ((revision !== 1 && revision !== 2 && revision !== 3) || value.length !== size)
    return undefined;
  const high = revision > 1;
  const sets = (offset: number): string[] => [
    ...namesOf(view.getUint32(4 + offset, true), 0),
    ...(high ? namesOf(view.getUint32(12 + offset, true), 32) : []),
  ];
  return {
    revision,
    permitted: sets(0),
    inheritable: sets(4),
    effective: (magic & 1) !== 0,
    ...(revision === 3 ? { rootId: view.getUint32(20, true) } : {}),
  };
}

function namesOf(bits: number, from: number): string[] {
  const names: string[] = [];
  for (let bit = 0; bit < 32; bit++) {
    if ((bits >>> bit) & 1) names.push(capabilityNames[from + bit] ?? `CAP_${from + bit}`);
  }
  return names;
}

/** Encodes capabilities as a security.capability value of revision 2. Names that are none are left out. */
export function formatFileCapabilities({
  permitted,
  inheritable,
  effective,
}: Pick<FileCapabilities, 'permitted' | 'inheritable' | 'effective'>): Uint8Array {
  const view = new DataView(new ArrayBuffer(20));
  view.setUint32(0, 0x02000000 | (effective ? 1 : 0), true);
  for (const [offset, names] of [
    [4, permitted],
    [8, inheritable],
  ] as const) {
    const bits = names
      .map((name) => capabilityNames.indexOf(name as never))
      .filter((bit) => bit >= 0);
    for (const bit of bits) {
      const at = offset + (bit >= 32 ? 8 : 0);
      view.setUint32(at, (view.getUint32(at, true) | (1 << (bit & 31))) >>> 0, true);
    }
  }
  return new Uint8Array(view.buffer);
}
