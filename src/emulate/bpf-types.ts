// bpf(2): types of maps and programs stand in its attribute (include/uapi/linux/bpf.h); one that is newer than the kernel is
// EINVAL. What a program calls and how its types are described is another matter, and not looked at.
import { kernelKnowsFlag } from '../host/kernel-flags.ts';
import type { Offer } from '../host/offer.ts';
import type { Answerer } from './caller.ts';

/** The newer types by number; numbers were given in the order of releases. */
const mapTypes: readonly (readonly [number: number, name: string])[] = [
  [26, 'STRUCT_OPS'],
  [27, 'RINGBUF'],
  [28, 'INODE_STORAGE'],
  [29, 'TASK_STORAGE'],
  [30, 'BLOOM_FILTER'],
  [31, 'USER_RINGBUF'],
  [32, 'CGRP_STORAGE'],
  [33, 'ARENA'],
];
const programTypes: typeof mapTypes = [
  [27, 'STRUCT_OPS'],
  [28, 'EXT'],
  [29, 'LSM'],
  [30, 'SK_LOOKUP'],
  [31, 'SYSCALL'],
  [32, 'NETFILTER'],
];

const BPF_MAP_CREATE = 0n;
const BPF_PROG_LOAD = 5n;
const EINVAL = 22;

function firstUnknown(offer: Offer, prefix: string, types: typeof mapTypes): number {
  const found = types.find(([, name]) => kernelKnowsFlag(offer, `${prefix}${name}`) === false);
  return found?.[0] ?? Number.POSITIVE_INFINITY;
}

/** bpf on a kernel that lacks some type; undefined where it has all. */
export function answerBpfTypes(offer: Offer): Answerer | undefined {
  const maps = firstUnknown(offer, 'BPF_MAP_TYPE_', mapTypes);
  const programs = firstUnknown(offer, 'BPF_PROG_TYPE_', programTypes);
  if (maps === Number.POSITIVE_INFINITY && programs === Number.POSITIVE_INFINITY) return undefined;
  return ({ args: [command = 0n, attribute = 0n] }, caller) => {
    if (command !== BPF_MAP_CREATE && command !== BPF_PROG_LOAD) return { passOn: true };
    const type = caller.read(attribute, 4)?.readUInt32LE(0) ?? 0;
    const first = command === BPF_MAP_CREATE ? maps : programs;
    return type >= first ? { errno: EINVAL } : { passOn: true };
  };
}
