// plimsoll container forward-logs: the process that sends what containers write to syslog, GELF, Fluentd and added drivers;
// started by whoever starts such a container.
import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Command } from 'commander';
import { anythingToSend, type ForwarderWorld, runForwarder } from '../../engine/logs/forwarder.ts';
import { forwarderLock } from '../../engine/logs/start-forwarder.ts';
import { makeRunFolder, runFolderOf } from '../../engine/state-folder.ts';
import { tryLockFile } from '../../sys/file-lock.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { addStoreOption, type StoreOption, storeRootOf } from '../store-option.ts';
import { namespaceVariable } from '../user-namespace.ts';

/** Adds `plimsoll container forward-logs` to the group. */
export function register(program: Command, context: Context): void {
  const command = program
    .command('forward-logs')
    .description(
      'Sends what containers write to the receivers of their log drivers. It is started by itself, and ends when nothing is ' +
        'left to be sent; people need it only to see what goes wrong.',
    );
  addStoreOption(command);
  addExamples(command, [
    { line: 'plimsoll container forward-logs --verbose', says: 'and tell what cannot be sent' },
  ]);
  command.action(async (options: StoreOption) => {
    const { environment, user, signal, now } = context;
    const outside = environment[namespaceVariable];
    const runFolder = runFolderOf(
      environment,
      outside === undefined ? (user ?? 0) : Number(outside),
    );
    makeRunFolder(runFolder, user);
    const world: ForwarderWorld = {
      storeRoot: storeRootOf(options, context),
      runFolder,
      hostname: hostname(),
      pid: Number(readlinkSync('/proc/self')),
      environment,
      now: () => now().getTime(),
      signal,
      note: (text) => {
        if (context.verbosity === 'verbose') context.stderr.write(`note: ${text}\n`);
      },
    };
    let givenUp: ReadonlySet<string> = new Set();
    do {
      const lock = tryLockFile(forwarderLock(runFolder));
      if (lock === undefined) return;
      try {
        givenUp = await runForwarder(world);
      } finally {
        lock.release();
      }
      // Who came since the last look found the lock taken and relies on this process.
    } while (!signal.aborted && anythingToSend(world, givenUp));
  });
}
