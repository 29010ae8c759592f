// bpf(2): maps, programs, and where they are attached. Structures: union bpf_attr of include/uapi/linux/bpf.h; the kernel
// takes a shorter one than it knows.
import { closeSync } from 'node:fs';
import { arch } from 'node:os';
import { systemError } from '../errno.ts';
import { type CFunction, lastErrno, libc } from '../libc.ts';

/** A map in the kernel. */
export interface BpfMap {
  readonly fd: number;
  readonly keyBytes: number;
  /** Of one processor's value, where there is one for each. */
  readonly valueBytes: number;
  /** Values that one key has: that of each processor. */
  readonly copies: number;
}

/** Kinds of maps (enum bpf_map_type). */
const mapTypes = { hash: 1, array: 2, percpuHash: 5, percpuArray: 6 } as const;

/** BPF_TRACE_RAW_TP of enum bpf_attach_type: a tracepoint, whose arguments have their types. */
const BPF_TRACE_RAW_TP = 23;

// enum bpf_cmd
const MAP_CREATE = 0;
const MAP_LOOKUP_ELEM = 1;
const MAP_UPDATE_ELEM = 2;
const MAP_DELETE_ELEM = 3;
const MAP_GET_NEXT_KEY = 4;
const PROG_LOAD = 5;
const RAW_TRACEPOINT_OPEN = 17;
const MAP_LOOKUP_BATCH = 24;
const BPF_PROG_TYPE_TRACING = 26;
const ENOENT = 2;
const EINVAL = 22;

/** Number of bpf(2): x86-64's table, and asm-generic's. */
const callNumber = arch() === 'x64' ? 321 : 280;
const logBytes = 1 << 20;
/** Elements of one read of many. */
const batchSize = 8192;

interface Calls {
  readonly create: CFunction;
  readonly element: CFunction;
  readonly batch: CFunction;
  readonly load: CFunction;
  readonly attach: CFunction;
}

let calls: Calls | undefined;

function bpf(): Calls {
  if (calls !== undefined) return calls;
  const library = libc();
  library.struct('plimsoll_bpf_map', {
    type: 'uint32',
    keySize: 'uint32',
    valueSize: 'uint32',
    maxEntries: 'uint32',
    flags: 'uint32',
  });
  library.struct('plimsoll_bpf_element', {
    fd: 'uint32',
    pad: 'uint32',
    key: 'void *',
    value: 'void *',
    flags: 'uint64',
  });
  library.struct('plimsoll_bpf_batch', {
    before: 'void *',
    after: 'void *',
    keys: 'void *',
    values: 'void *',
    count: 'uint32',
    fd: 'uint32',
    elementFlags: 'uint64',
    flags: 'uint64',
  });
  library.struct('plimsoll_bpf_program', {
    type: 'uint32',
    count: 'uint32',
    instructions: 'void *',
    license: 'void *',
    logLevel: 'uint32',
    logSize: 'uint32',
    log: 'void *',
    kernelVersion: 'uint32',
    flags: 'uint32',
    name0: 'uint64',
    name1: 'uint64',
    interface: 'uint32',
    attachType: 'uint32',
    typesFd: 'uint32',
    functionSize: 'uint32',
    functions: 'void *',
    functionCount: 'uint32',
    lineSize: 'uint32',
    lines: 'void *',
    lineCount: 'uint32',
    attachTo: 'uint32',
  });
  library.struct('plimsoll_bpf_attach', { name: 'void *', fd: 'uint32', pad: 'uint32' });
  const call = (structure: string): CFunction =>
    library.func('syscall', 'long', ['long', 'long', `_Inout_ ${structure} *`, 'long']);
  calls = {
    create: call('plimsoll_bpf_map'),
    element: call('plimsoll_bpf_element'),
    batch: call('plimsoll_bpf_batch'),
    load: call('plimsoll_bpf_program'),
    attach: call('plimsoll_bpf_attach'),
  };
  return calls;
}

/**
 * Makes a map.
 * @throws SystemError EPERM where this user may not
 */
export function createMap(
  kind: keyof typeof mapTypes,
  {
    keyBytes,
    valueBytes,
    entries,
  }: { readonly keyBytes: number; readonly valueBytes: number; readonly entries: number },
  copies = 1,
): BpfMap {
  const attr = {
    type: mapTypes[kind],
    keySize: keyBytes,
    valueSize: valueBytes,
    maxEntries: entries,
    flags: 0,
  };
  const fd = bpf().create(callNumber, MAP_CREATE, attr, 20);
  if (fd < 0) throw systemError(lastErrno(), 'bpf', 'map');
  return { fd, keyBytes, valueBytes, copies };
}

function element(
  command: number,
  { fd }: BpfMap,
  key: Buffer | null,
  value: Buffer | null,
  flags = 0,
): number {
  return bpf().element(callNumber, command, { fd, pad: 0, key, value, flags }, 32);
}

/** Sets an element. @throws SystemError */
export function setElement(map: BpfMap, key: Buffer, value: Buffer): void {
  if (element(MAP_UPDATE_ELEM, map, key, value) < 0) throw systemError(lastErrno(), 'bpf', 'set');
}

/** Removes an element; whether it was there. */
export function deleteElement(map: BpfMap, key: Buffer): boolean {
  return element(MAP_DELETE_ELEM, map, key, null) === 0;
}

/** One element; undefined where there is none. For maps with a copy for each processor: all copies in a row. */
export function readElement(map: BpfMap, key: Buffer): Buffer | undefined {
  const value = Buffer.alloc(rounded(map) * map.copies);
  return element(MAP_LOOKUP_ELEM, map, key, value) < 0 ? undefined : value;
}

/** The kernel rounds values that are there for each processor up to eight bytes. */
const rounded = ({ valueBytes, copies }: BpfMap): number =>
  copies === 1 ? valueBytes : Math.ceil(valueBytes / 8) * 8;

/** Every element, as it is while others may write. */
export function* readElements(map: BpfMap): Generator<readonly [key: Buffer, value: Buffer]> {
  const valueBytes = rounded(map) * map.copies;
  const keys = Buffer.alloc(map.keyBytes * batchSize);
  const values = Buffer.alloc(valueBytes * batchSize);
  const after = Buffer.alloc(8);
  let before: Buffer | null = null;
  for (;;) {
    const attr = {
      before,
      after,
      keys,
      values,
      count: batchSize,
      fd: map.fd,
      elementFlags: 0,
      flags: 0,
    };
    const status = bpf().batch(callNumber, MAP_LOOKUP_BATCH, attr, 56);
    const errno = status < 0 ? lastErrno() : 0;
    if (status < 0 && errno !== ENOENT) {
      // Before Linux 5.6: one after the other.
      if (errno === EINVAL && before === null) return yield* oneByOne(map);
      throw systemError(errno, 'bpf', 'read');
    }
    for (let at = 0; at < attr.count; at += 1)
      yield [
        Buffer.from(keys.subarray(at * map.keyBytes, (at + 1) * map.keyBytes)),
        Buffer.from(values.subarray(at * valueBytes, (at + 1) * valueBytes)),
      ];
    if (errno === ENOENT) return;
    before = Buffer.from(after);
  }
}

/** All values of an array, in a row. */
export function readArray(map: BpfMap, entries: number): Buffer {
  const keys = Buffer.alloc(map.keyBytes * entries);
  const values = Buffer.alloc(map.valueBytes * entries);
  const attr = {
    before: null,
    after: Buffer.alloc(8),
    keys,
    values,
    count: entries,
    fd: map.fd,
    elementFlags: 0,
    flags: 0,
  };
  const status = bpf().batch(callNumber, MAP_LOOKUP_BATCH, attr, 56);
  const errno = status < 0 ? lastErrno() : 0;
  if (status === 0 || errno === ENOENT) return values;
  if (errno !== EINVAL) throw systemError(errno, 'bpf', 'read');
  for (const [key, value] of oneByOne(map))
    value.copy(values, map.valueBytes * key.readUInt32LE(0));
  return values;
}

function* oneByOne(map: BpfMap): Generator<readonly [key: Buffer, value: Buffer]> {
  let before: Buffer | null = null;
  for (;;) {
    const key = Buffer.alloc(map.keyBytes);
    if (element(MAP_GET_NEXT_KEY, map, before, key) < 0) return;
    const value = readElement(map, key);
    if (value !== undefined) yield [key, value];
    before = key;
  }
}

/** A program and where it goes. */
export interface BpfProgram {
  /** For messages and for the kernel's lists: at most 15 letters. */
  readonly name: string;
  readonly code: Buffer;
  /** Number of the type that it is attached to: kernel-types.ts. */
  readonly attachTo: number;
}

/** The kernel's verifier refused a program: a bug here, or a kernel that this was not made for. */
export class RefusedProgram extends Error {
  /** The last lines of what the verifier said. */
  readonly log: readonly string[];
  /** The error number. */
  readonly errno: number;

  constructor(name: string, errno: number, log: readonly string[]) {
    super(`the kernel refuses the program ${name} (errno ${errno})`);
    this.log = log;
    this.errno = errno;
  }
}

/**
 * Loads a program and attaches it; the descriptor to close, which takes it away again.
 * @throws RefusedProgram; SystemError where it cannot be attached
 */
export function attachProgram({ name, code, attachTo }: BpfProgram): number {
  // Some helpers are for programs under a licence that goes with the kernel's; these few lines may be used under either.
  const license = Buffer.from('Dual MIT/GPL\0');
  const text = Buffer.alloc(16);
  text.write(name.slice(0, 15), 'latin1');
  const attr = {
    type: BPF_PROG_TYPE_TRACING,
    count: code.length / 8,
    instructions: code,
    license,
    logLevel: 0,
    logSize: 0,
    log: null as Buffer | null,
    kernelVersion: 0,
    flags: 0,
    name0: text.readBigUInt64LE(0),
    name1: text.readBigUInt64LE(8),
    interface: 0,
    attachType: BPF_TRACE_RAW_TP,
    typesFd: 0,
    functionSize: 0,
    functions: null,
    functionCount: 0,
    lineSize: 0,
    lines: null,
    lineCount: 0,
    attachTo,
  };
  const { load, attach } = bpf();
  let program = load(callNumber, PROG_LOAD, attr, 112);
  if (program < 0) {
    const errno = lastErrno();
    const log = Buffer.alloc(logBytes);
    program = load(callNumber, PROG_LOAD, { ...attr, logLevel: 1, logSize: logBytes, log }, 112);
    if (program < 0) {
      const lines = log.toString('latin1').replace(/\0.*$/s, '').trimEnd().split('\n');
      throw new RefusedProgram(name, errno, lines.slice(-12));
    }
  }
  try {
    const link = attach(callNumber, RAW_TRACEPOINT_OPEN, { name: null, fd: program, pad: 0 }, 16);
    if (link < 0) throw systemError(lastErrno(), 'bpf', `attach ${name}`);
    return link;
  } finally {
    closeSync(program);
  }
}
