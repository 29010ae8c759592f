// A trace by programs in the kernel (trace-programs.ts): begun for some threads or a whole pid namespace, read as often as
// wanted, ended by closing it.
import { closeSync, fstatSync, openSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { type Abi, abiOfMachine } from '../../kernel/abi.ts';
import { allSyscalls } from '../../kernel/syscalls.ts';
import { watchedArguments } from '../../needs/code/file/call-arguments.ts';
import {
  attachProgram,
  type BpfMap,
  deleteElement,
  readElement,
  setElement,
} from '../../sys/bpf/bpf-call.ts';
import { type KernelTypes, parseKernelTypes } from '../../sys/bpf/kernel-types.ts';
import { pathArguments } from './path-arguments.ts';
import { fromFirstCall, type TraceBody } from './trace.ts';
import {
  callNumbers,
  createTraceMaps,
  facts,
  numbered,
  programPathBytes,
  slots,
  type TraceMaps,
  task,
  taskStates,
} from './trace-layout.ts';
import { tracePrograms } from './trace-programs.ts';
import { traceReader } from './trace-reader.ts';
import { machineLayouts, UnknownKernel } from './trace-target.ts';

/** What is traced. */
export interface TraceScope {
  /** Processes whose threads, and all that they start, are traced. */
  readonly processes: readonly number[];
  /** They wait for a program: nothing counts before they have executed one. */
  readonly untilExecuted: boolean;
  /** A thread whose next child is traced, not it itself: that of this process which starts the program. */
  readonly maker?: number;
  /** All processes of the pid namespace of this process are traced, whoever starts them. */
  readonly namespaceOf?: number;
}

/** What a trace is made with. */
export interface TraceWorld {
  /** Node's word for the machine: x64, arm64. */
  readonly arch: string;
  /** uname -r */
  readonly kernel: string;
  /** The clock that runs since the start of the machine, in nanoseconds. */
  readonly monotonicNs: () => bigint;
  readonly now: () => number;
  /** The thread that starts programs here. */
  readonly thread: number;
}

/** A trace under way. */
export interface RunningTrace {
  /** What was counted up to now. */
  read(): TraceBody;
  /** Threads of it that still run. */
  alive(): number;
  /** The maker has its child. */
  forgetMaker(): void;
  close(): void;
}

function possibleProcessors(): number {
  const list = readFileSync('/sys/devices/system/cpu/possible', 'utf8').trim();
  return Number(list.split(/[-,]/).at(-1)) + 1;
}

/** Device and inode of a pid namespace that is held open, as bpf_get_ns_current_pid_tgid takes them. */
function pidNamespace(fd: number): { readonly device: bigint; readonly inode: bigint } {
  const { dev, ino } = fstatSync(fd, { bigint: true });
  // st_dev of user space has the minor number in two pieces (new_encode_dev); the kernel's own form is major << 20 | minor.
  const major = (dev >> 8n) & 0xfffn;
  const minor = (dev & 0xffn) | ((dev >> 12n) & 0xfff00n);
  return { device: (major << 20n) | minor, inode: ino };
}

function threadsOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number);
  } catch {
    return [];
  }
}

/** Tells the programs in the kernel which arguments to keep. */
function writeFacts(map: BpfMap, abi: Abi): void {
  for (const { name, numbers } of allSyscalls()) {
    const number = numbers[abi];
    if (number === undefined || number >= callNumbers) continue;
    const watched = Object.keys(watchedArguments[name] ?? {}).map(Number);
    const paths = pathArguments.get(name);
    if (watched.length === 0 && paths === undefined) continue;
    const value = Buffer.alloc(facts.bytes);
    for (const [index, position] of watched.slice(0, 3).entries())
      value.writeUInt8(position, facts.values + index);
    value.writeUInt8(paths?.path ?? 0, facts.path);
    value.writeUInt8(paths?.second ?? 0, facts.path2);
    value.writeUInt8(paths?.flags ?? 0, facts.pathFlags);
    setElement(map, numbered(number), value);
  }
}

/** The call that a thread waits in; it counts from now on. */
function callUnderWay(pid: number, thread: number): number | undefined {
  try {
    const [number] = readFileSync(`/proc/${pid}/task/${thread}/syscall`, 'utf8').split(' ');
    return /^\d+$/.test(number ?? '') ? Number(number) : undefined;
  } catch {
    return undefined;
  }
}

function setTask(
  maps: TraceMaps,
  pid: number,
  thread: number,
  { untilExecuted, now }: { readonly untilExecuted: boolean; readonly now: bigint },
): void {
  const value = Buffer.alloc(task.bytes);
  value.writeUInt32LE(untilExecuted ? taskStates.waiting : taskStates.traced, task.state);
  value.writeUInt32LE(pid, task.process);
  value.writeUInt32LE(programNumber(maps, pid), task.program);
  value.write(nameOfThread(pid, thread), task.name, 15);
  value.writeUInt32LE(thread, task.thread);
  const call = untilExecuted ? undefined : callUnderWay(pid, thread);
  if (call !== undefined) {
    value.writeUInt32LE(call + 1, task.call);
    value.writeBigUInt64LE(now, task.started);
  }
  const slot = numbered(thread % slots);
  const taken = readElement(maps.slots, slot)?.readUInt32LE(task.thread) !== 0;
  if (taken) setElement(maps.tasks, numbered(thread), value);
  else setElement(maps.slots, slot, value);
}

function forgetTask(maps: TraceMaps, thread: number): void {
  const slot = numbered(thread % slots);
  if (readElement(maps.slots, slot)?.readUInt32LE(task.thread) === thread)
    setElement(maps.slots, slot, Buffer.alloc(task.bytes));
  else deleteElement(maps.tasks, numbered(thread));
}

/** Puts the threads of processes under trace, until no new one shows up. Their programs get numbers of their own. */
function seed(maps: TraceMaps, { processes, untilExecuted }: TraceScope, now: bigint): void {
  const seen = new Set<number>();
  for (let grown = true; grown; ) {
    grown = false;
    for (const pid of processes) {
      for (const thread of threadsOf(pid)) {
        if (seen.has(thread)) continue;
        seen.add(thread);
        grown = true;
        setTask(maps, pid, thread, { untilExecuted, now });
      }
    }
  }
}

function nameOfThread(pid: number, thread: number): string {
  try {
    return readFileSync(`/proc/${pid}/task/${thread}/comm`, 'utf8').trimEnd();
  } catch {
    return '';
  }
}

/** Enters the program that a process runs; 0 where its file cannot be told. */
function programNumber(maps: TraceMaps, pid: number): number {
  let path: string;
  try {
    path = readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return 0;
  }
  const key = Buffer.alloc(programPathBytes);
  key.write(path, 0, programPathBytes - 1);
  const known = readElement(maps.programs, key);
  if (known !== undefined) return known.readUInt32LE(0);
  // Even ones are given here, odd ones by the kernel's programs.
  const number = 2 * pid;
  setElement(maps.programs, key, numbered(number));
  return number;
}

/**
 * Begins a trace.
 * @throws UnknownKernel where the kernel tells too little of itself; SystemError EPERM where this user may not; RefusedProgram
 */
export function startKernelTrace(scope: TraceScope, world: TraceWorld): RunningTrace {
  const machine = machineLayouts[world.arch];
  const abi = abiOfMachine(world.arch === 'x64' ? 'x86_64' : world.arch);
  if (machine === undefined || abi === undefined)
    throw new UnknownKernel(`the registers of ${world.arch} are not known here`);
  const types = kernelTypes();
  const maps = createTraceMaps(possibleProcessors());
  const opened = Object.values(maps).map(({ fd }: BpfMap) => fd);
  const close = (): void => {
    // The programs first, so that none writes to what goes.
    for (const fd of opened.splice(0).reverse()) closeSync(fd);
  };
  try {
    writeFacts(maps.facts, abi);
    const began = world.monotonicNs();
    const startedAt = new Date(world.now()).toISOString();
    const { namespaceOf } = scope;
    // Held open: the number of one that has gone is given to the next that somebody makes.
    const namespace =
      namespaceOf === undefined ? undefined : openSync(`/proc/${namespaceOf}/ns/pid`, 'r');
    if (namespace !== undefined) opened.push(namespace);
    const programs = tracePrograms({
      types,
      machine,
      maps,
      ...(namespace === undefined ? {} : { pidNamespace: pidNamespace(namespace) }),
    });
    // What follows threads goes first, then the threads, then what counts.
    for (const program of programs.slice(0, 3)) opened.push(attachProgram(program));
    seed(maps, scope, began);
    const { maker } = scope;
    if (maker !== undefined) setTask(maps, maker, maker, { untilExecuted: true, now: began });
    for (const program of programs.slice(3)) opened.push(attachProgram(program));
    const reader = traceReader(maps, abi, Number(began));
    const read = (): TraceBody => ({
      schema: 'plimsoll.trace/1',
      source: 'ebpf',
      machine: abi,
      kernel: world.kernel,
      startedAt,
      durationMs: Math.round(Number(world.monotonicNs() - began) / 1e6),
      ...reader.read(),
    });
    return {
      read: () => (scope.untilExecuted ? fromFirstCall(read()) : read()),
      alive: reader.alive,
      forgetMaker: () => {
        if (maker !== undefined) forgetTask(maps, maker);
      },
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

function kernelTypes(): KernelTypes {
  let bytes: Buffer;
  try {
    bytes = readFileSync('/sys/kernel/btf/vmlinux');
  } catch {
    throw new UnknownKernel('this kernel does not describe its types (CONFIG_DEBUG_INFO_BTF)');
  }
  const types = parseKernelTypes(bytes);
  if (types === undefined)
    throw new UnknownKernel("the description of this kernel's types cannot be read");
  return types;
}
