// Our decoders against objdump, instruction by instruction. x86-64: the boundaries. AArch64, whose instructions are all
// four bytes long: where control goes, and which general registers are written, told from objdump's text by rules of
// their own.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { branchDistance, flowOf } from '../../src/isa/aarch64/flow.ts';
import { writesOf } from '../../src/isa/aarch64/writes.ts';
import { flow } from '../../src/isa/insn.ts';
import { decode, makeInsn } from '../../src/isa/x86-64/decode.ts';

/** What was compared. */
export interface Compared {
  bytes: number;
  instructions: number;
  /** What objdump shows as data or as no instruction: tables beside the code. */
  data: number;
  /** The first differences, and how many there were. */
  readonly examples: string[];
  differences: number;
}

export const nothingCompared = (): Compared => ({
  bytes: 0,
  instructions: 0,
  data: 0,
  examples: [],
  differences: 0,
});

function differs(into: Compared, text: string): void {
  into.differences++;
  if (into.examples.length < 20) into.examples.push(text);
}

/** Compares every executable section of a file. */
export async function compareFile(
  file: string,
  machine: 'x86_64' | 'aarch64',
  into: Compared,
): Promise<void> {
  const program = machine === 'x86_64' ? 'objdump' : 'aarch64-linux-gnu-objdump';
  const child = spawn(program, ['-d', '-w', '-z', file], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve(status ?? 1));
  });
  const compareLine = machine === 'x86_64' ? compareX86 : compareAarch64;
  for await (const line of createInterface({ input: child.stdout })) compareLine(line, into);
  if ((await ended) !== 0) throw new Error(`objdump failed for ${file}`);
}

const insn = makeInsn();

/**
 * What objdump says of data between functions: bad; prefixes with nothing behind them; REX before VEX, which processors
 * refuse (Intel SDM volume 2, section 2.3.2).
 */
const noInstruction =
  /\(bad\)|^(?:(?:repn?z|rep|lock|[c-gs]s|data16|addr32|rex(?:\.[WRXB]+)?)\s*)+$|^(?:\S+ )*rex\S* v/;

function compareX86(line: string, into: Compared): void {
  const match = /^ +[0-9a-f]+:\t((?:[0-9a-f]{2} )+) *(?:\t(.*))?$/.exec(line);
  if (match === null) return;
  const [, hex = '', text = ''] = match;
  // objdump joins fwait with the instruction that it waits for; the processor sees two.
  const bytes = Buffer.from(hex.replaceAll(' ', '').replace(/^9b(?=.)/, ''), 'hex');
  const length = decode(bytes, 0, bytes.length, insn);
  into.bytes += bytes.length;
  // Bytes that are no instruction: here they must not reach into what follows.
  if (noInstruction.test(text)) {
    into.data++;
    if (insn.valid && length > bytes.length) differs(into, `${line.trim()}: here ${length}`);
    return;
  }
  into.instructions++;
  if (length !== bytes.length)
    differs(into, `${line.trim()}: here ${insn.valid ? length : 'no instruction'}`);
}

const flows: Readonly<Record<string, number>> = {
  b: flow.jump,
  bl: flow.call,
  br: flow.jumpIndirect,
  blr: flow.callIndirect,
  ret: flow.return,
  eret: flow.return,
  drps: flow.return,
  svc: flow.syscall,
  brk: flow.stop,
  hlt: flow.stop,
  udf: flow.stop,
  cbz: flow.branch,
  cbnz: flow.branch,
  tbz: flow.branch,
  tbnz: flow.branch,
};

function flowOfText(mnemonic: string): number {
  if (/^bc?\.[a-z]{2,5}$/.test(mnemonic)) return flow.branch;
  // With pointer authentication: braa, blraaz, retab, eretaa.
  const plain = /^(br|blr|ret|eret)a[ab]z?$/.exec(mnemonic)?.[1] ?? mnemonic;
  return flows[plain] ?? flow.next;
}

/** Instructions whose first operand is a general register that they only read. */
const readsFirst =
  /^(?:cmp|cmn|tst|ccmp|ccmn|cmpp|rmif|setf8|setf16|msr|dc|ic|at|tlbi|sys|prfm|prfum|cbz|cbnz|tbz|tbnz|br|blr|ret|st\w*|ctermeq|ctermne|wfet|wfit|cfp|dvp|cpp|braa?z?|brabz?|blra[ab]z?)$/;
/** Stores that write a register: a status, or what was in memory. */
const writesStatus = /^(?:stxr|stlxr|stxp|stlxp)[bh]?$|^st64bv0?$/;

/** Mask of the general registers that objdump's text says are written. */
function writesOfText(mnemonic: string, operands: string): number {
  const registers = [
    ...operands.replace(/\/\/.*$/, '').matchAll(/(\[)?\b([xw])(\d+)\b|\b(w?sp)\b/g),
  ];
  const numberOf = (match: RegExpMatchArray | undefined): number =>
    match === undefined ? 32 : match[4] === undefined ? Number(match[3]) : 31;
  const bit = (register: number): number => (register < 32 ? 1 << register : 0);
  let mask = 0;
  // A base that moves: [x0, #8]!, [x0], #8, [x0], x1; in copies the count does, too.
  for (const [, base = ''] of operands.matchAll(/\[(x\d+|sp)[^\]]*\](?:!|, )/g))
    mask |= base === 'sp' ? bit(31) : bit(Number(base.slice(1)));
  for (const [, count] of operands.matchAll(/\bx(\d+)!/g)) mask |= bit(Number(count));
  if (mnemonic === 'bl' || /^blr/.test(mnemonic)) return bit(30);
  if (/^(?:paci|auti)[ab](?:sp|z)$|^xpaclri$/.test(mnemonic)) return bit(30);
  if (/^(?:paci|auti)[ab]1716$/.test(mnemonic)) return bit(17);
  if (/^cas/.test(mnemonic)) {
    mask |= bit(numberOf(registers[0]));
    return /^casp/.test(mnemonic) ? mask | bit(numberOf(registers[1])) : mask;
  }
  if (
    /^(?:ld\w+|swp)/.test(mnemonic) &&
    /^(?:swp|ldadd|ldclr|ldeor|ldset|ld[su]m(?:ax|in))/.test(mnemonic)
  ) {
    // The second register gets what was in memory; it can be the zero register, which has no number.
    const second = operands.split(',')[1]?.trim() ?? '';
    const match = /^[xw](\d+)$/.exec(second);
    return match === null ? 0 : bit(Number(match[1]));
  }
  const first = operands.split(',')[0]?.trim() ?? '';
  const firstIsGeneral = /^(?:[xw]\d+|w?sp)$/.test(first);
  if (writesStatus.test(mnemonic)) return mask | (firstIsGeneral ? bit(numberOf(registers[0])) : 0);
  if (readsFirst.test(mnemonic)) return mask;
  if (/^(?:ldp|ldnp|ldpsw|ldxp|ldaxp)$/.test(mnemonic)) {
    for (const operand of operands.split(',').slice(0, 2)) {
      const match = /^[xw](\d+)$/.exec(operand.trim());
      if (match !== null) mask |= bit(Number(match[1]));
    }
    return mask;
  }
  return firstIsGeneral ? mask | bit(numberOf(registers[0])) : mask;
}

function compareAarch64(line: string, into: Compared): void {
  const match = /^ +([0-9a-f]+):\t([0-9a-f]{8}|[0-9a-f]{4}|[0-9a-f]{2}) *\t(\S+)(?:\t(.*))?$/.exec(
    line,
  );
  if (match === null) return;
  const [, address = '', hex = '', mnemonic = '', operands = ''] = match;
  into.bytes += hex.length / 2;
  if (hex.length < 8 || mnemonic === '.word') {
    into.data++;
    return;
  }
  into.instructions++;
  const word = Number.parseInt(hex, 16) | 0;
  const kind = flowOf(word);
  // What objdump cannot decode must lead nowhere here.
  if (mnemonic === '.inst') {
    if (kind !== flow.next) differs(into, `${line.trim()}: here flow ${kind}`);
    return;
  }
  if (kind !== flowOfText(mnemonic)) differs(into, `${line.trim()}: here flow ${kind}`);
  if (kind === flow.jump || kind === flow.call || kind === flow.branch) {
    const target = /([0-9a-f]+)(?: <.*)?$/.exec(operands.replace(/\/\/.*$/, '').trim())?.[1] ?? '';
    const here = BigInt.asUintN(64, BigInt(`0x${address}`) + BigInt(branchDistance(word))).toString(
      16,
    );
    if (here !== target) differs(into, `${line.trim()}: here to ${here}`);
  }
  const writes = writesOf(word);
  const told = writesOfText(mnemonic, operands);
  if (writes !== told)
    differs(
      into,
      `${line.trim()}: here writes ${(writes >>> 0).toString(2)}, there ${(told >>> 0).toString(2)}`,
    );
}
