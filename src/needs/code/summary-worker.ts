// The thread that src/needs/code/summary-workers.ts starts: bytes of an ELF file in, its packed summary out.
import { parentPort } from 'node:worker_threads';
import { summariseCode } from './file/summarise.ts';
import { packSummary } from './file/summary-codec.ts';

parentPort?.on('message', (bytes: Uint8Array) => {
  const packed = packSummary(summariseCode(bytes));
  parentPort?.postMessage(packed, [packed.buffer]);
});
