// What another kernel mounts: mount(2) and fsopen(2) with a type that it lacks, options that it does not know, and on-disk
// formats that are newer than its driver. All of them stand in the caller's memory or on the device, so they are answered by
// the supervisor. A program that mounts through fsopen and fsconfig says source and options one after the other: what it
// said is kept by thread, since descriptors of contexts cannot be told apart from here.

import { parseSuperblock, superblockBytes } from '../formats/superblock.ts';
import { distributionOfKernel } from '../host/kernel-calls.ts';
import { baseRelease } from '../host/kernel-flags.ts';
import type { Offer } from '../host/offer.ts';
import {
  fileSystemTypes,
  formatFeatures,
  mountOptions,
  refusesOptionsSince,
} from '../kernel/file-systems.ts';
import { compareReleases } from '../kernel/release.ts';
import type { CallReply } from '../sys/seccomp-notify.ts';
import type { Answerer, Caller } from './caller.ts';
import { readText } from './caller.ts';

const passOn: CallReply = { passOn: true };
const ENODEV: CallReply = { errno: 19 };
const EINVAL: CallReply = { errno: 22 };

/** What a kernel knows of mounting. */
export interface MountKnowledge {
  lacksType(type: string): boolean;
  lacksOption(type: string, key: string, value: string): boolean;
  /** Options are refused one by one, and not with the mount. */
  refusesEarly(type: string): boolean;
  /** Whether the format at the beginning of a device is newer than the driver. */
  lacksFormat(bytes: Buffer, readOnly: boolean): boolean;
}

/** The knowledge of a host's kernel; undefined where that cannot be told: no release, or drivers of a newer one carried back. */
export function mountKnowledge(offer: Offer): MountKnowledge | undefined {
  const base = baseRelease(offer);
  if (base === undefined || distributionOfKernel(offer)?.carries?.family.match(/^(rhel|sles)/))
    return undefined;
  const before = (since: string): boolean => since !== '' && compareReleases(base, since) < 0;
  const types = new Map(fileSystemTypes.map((one) => [one.name, one]));
  const config = offer.kernel?.config ?? {};
  return {
    lacksType: (type) => {
      const facts = types.get(type);
      if (facts === undefined) return false;
      const { since, until, option } = facts;
      return (
        before(since) ||
        (until !== undefined && !before(until)) ||
        (option !== undefined && config[option] === 'n')
      );
    },
    lacksOption: (type, key, value) => {
      const known = mountOptions.filter(
        (one) =>
          one.type === type &&
          one.name === key &&
          (one.value === undefined || value.startsWith(one.value)),
      );
      return known.some(({ since }) => before(since));
    },
    refusesEarly: (type) => {
      const since = refusesOptionsSince(type);
      return since === undefined || !before(since);
    },
    lacksFormat: (bytes, readOnly) => {
      const found = parseSuperblock(bytes);
      if (found === undefined) return false;
      return formatFeatures.some(({ type, field, mask, since }) => {
        if (type !== found.type || !before(since) || (readOnly && field === 'ro')) return false;
        return ((found.features[field as keyof typeof found.features] ?? 0n) & mask) !== 0n;
      });
    },
  };
}

// include/uapi/linux/mount.h
const MS_RDONLY = 1n;
/** Remounts, binds, moves and changes of propagation mount nothing new. */
const nothingNew = 0x20n | 0x1000n | 0x2000n | 0x20000n | 0x40000n | 0x80000n | 0x100000n;
const SET_FLAG = 0n;
const SET_STRING = 1n;
const CREATE = 6n;
const CREATE_EXCL = 8n;

/** The options of mount(2)'s last argument, but for commas in quotes. */
function optionsOf(text: string): readonly (readonly [key: string, value: string])[] {
  return text
    .split(',')
    .filter(Boolean)
    .map((one) => {
      const at = one.indexOf('=');
      return at < 0 ? [one, ''] : [one.slice(0, at), one.slice(at + 1)];
    });
}

/** fuse.sshfs is fuse. */
function plainType(text: string): string {
  return text.split('.')[0] ?? text;
}

function newerFormat(
  knowledge: MountKnowledge,
  caller: Caller,
  source: string,
  readOnly: boolean,
): boolean {
  const bytes = caller.beginningOf(source, superblockBytes);
  return bytes !== undefined && knowledge.lacksFormat(bytes, readOnly);
}

function answerMount(knowledge: MountKnowledge): Answerer {
  return ({ args: [source = 0n, , type = 0n, flags = 0n, data = 0n] }, caller) => {
    if ((flags & nothingNew) !== 0n) return passOn;
    const name = plainType(readText(caller, type) ?? '');
    if (knowledge.lacksType(name)) return ENODEV;
    const options = optionsOf(data === 0n ? '' : (readText(caller, data) ?? ''));
    if (options.some(([key, value]) => knowledge.lacksOption(name, key, value))) return EINVAL;
    const path = readText(caller, source) ?? '';
    return path.startsWith('/') && newerFormat(knowledge, caller, path, (flags & MS_RDONLY) !== 0n)
      ? EINVAL
      : passOn;
  };
}

/** A file system that is being configured. */
interface Context {
  readonly type: string;
  source: string;
  readOnly: boolean;
  /** An option was given that the mount will refuse. */
  refused: boolean;
}

/** How many threads may mount at once before what is kept of them is forgotten. */
const mostContexts = 256;

function answerContexts(knowledge: MountKnowledge): ReadonlyMap<string, Answerer> {
  const contexts = new Map<number, Context>();
  const open: Answerer = ({ pid, args: [type = 0n] }, caller) => {
    const name = plainType(readText(caller, type) ?? '');
    if (knowledge.lacksType(name)) return ENODEV;
    if (contexts.size >= mostContexts) contexts.clear();
    contexts.set(pid, { type: name, source: '', readOnly: false, refused: false });
    return passOn;
  };
  const pick: Answerer = ({ pid }) => {
    contexts.delete(pid);
    return passOn;
  };
  const configure: Answerer = ({ pid, args: [, command = 0n, key = 0n, value = 0n] }, caller) => {
    const context = contexts.get(pid);
    if (context === undefined) return passOn;
    if (command === CREATE || command === CREATE_EXCL) {
      contexts.delete(pid);
      const { refused, source, readOnly } = context;
      const newer = source !== '' && newerFormat(knowledge, caller, source, readOnly);
      return refused || newer ? EINVAL : passOn;
    }
    const name = readText(caller, key) ?? '';
    const text = command === SET_STRING ? (readText(caller, value) ?? '') : '';
    if (command === SET_FLAG && name === 'ro') context.readOnly = true;
    if (command === SET_STRING && name === 'source' && text.startsWith('/')) context.source = text;
    if (!knowledge.lacksOption(context.type, name, text)) return passOn;
    if (knowledge.refusesEarly(context.type)) return EINVAL;
    context.refused = true;
    return { value: 0n };
  };
  return new Map([
    ['fsopen', open],
    ['fspick', pick],
    ['fsconfig', configure],
  ]);
}

/** The calls that mount, as the host's kernel answers them; none where it is not known what it mounts. */
export function mountAnswerers(offer: Offer): ReadonlyMap<string, Answerer> {
  const knowledge = mountKnowledge(offer);
  if (knowledge === undefined) return new Map();
  return new Map([['mount', answerMount(knowledge)], ...answerContexts(knowledge)]);
}
