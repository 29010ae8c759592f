// plimsoll port: where the published ports of a container are.
import type { Command } from 'commander';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import type { PublishedPort } from '../../engine/network/network.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { withEngine } from '../open-engine.ts';
import { addStoreOption, type StoreOption } from '../store-option.ts';

/** Adds `plimsoll port` to the program. */
export function register(program: Command, context: Context): void {
  const command = program
    .command('port')
    .description('Shows where the published ports of a container are on this machine.')
    .argument('<container>', 'name or id')
    .argument('[port[/protocol]]', 'only this port of the container');
  addStoreOption(command);
  addExamples(command, [
    { line: 'plimsoll port web', says: 'all of them' },
    { line: 'plimsoll port web 80', says: 'one' },
  ]);
  command.action((name: string, wanted: string | undefined, options: StoreOption) =>
    withEngine(options, context, async (engine) => {
      const { state } = engine.records.find(name);
      const ports = state.network?.ports ?? [];
      if (wanted === undefined) {
        for (const port of ports) context.stdout.write(`${inside(port)} -> ${outside(port)}\n`);
        return;
      }
      const full = wanted.includes('/') ? wanted : `${wanted}/tcp`;
      const found = ports.filter((port) => inside(port) === full);
      if (found.length === 0)
        throw new PlimsollError('PL0826', `no public port '${full}' published for ${name}`, {
          help: `plimsoll port ${name} lists those that are`,
        });
      for (const port of found) context.stdout.write(`${outside(port)}\n`);
    }),
  );
}

const inside = ({ containerPort, protocol }: PublishedPort): string =>
  `${containerPort}/${protocol}`;

function outside({ hostIp, hostPort }: PublishedPort): string {
  return `${hostIp.includes(':') ? `[${hostIp}]` : hostIp || '0.0.0.0'}:${hostPort}`;
}
