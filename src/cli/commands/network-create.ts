// plimsoll network create: makes a network.
import { type Command, Option } from 'commander';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { addEngineEvent } from '../../engine/events.ts';
import { createNetwork } from '../../engine/network/create-network.ts';
import { networkRows } from '../../engine/network/network-rows.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { namedValues } from '../named-values.ts';
import { withEngine } from '../open-engine.ts';
import { many } from '../option-kinds.ts';
import { addStoreOption, type StoreOption } from '../store-option.ts';

interface CreateOptions extends StoreOption {
  readonly driver: string;
  readonly subnet?: readonly string[];
  readonly gateway?: readonly string[];
  readonly ipRange?: readonly string[];
  readonly ipv6?: boolean;
  readonly internal?: boolean;
  readonly disableDns?: boolean;
  readonly label?: readonly string[];
  readonly opt?: readonly string[];
  readonly interfaceName?: string;
  readonly ignore?: boolean;
}

/** Adds `plimsoll network create` to the group. */
export function register(group: Command, context: Context): void {
  const command = group
    .command('create')
    .description(
      'Makes a network. Containers in it find each other by name; those of other networks are kept out.',
    )
    .argument('<network>', 'its name')
    .addOption(new Option('-d, --driver <driver>', 'bridge or macvlan').default('bridge'))
    .addOption(many('--subnet <subnet>', 'addresses of it: 10.89.0.0/24; may be repeated'))
    .addOption(many('--gateway <address>', "the bridge's own address; default: the first"))
    .addOption(many('--ip-range <subnet>', 'the part that containers get'))
    .option('--ipv6', 'IPv6 too')
    .option('--internal', 'without a way out')
    .option('--disable-dns', 'without names')
    .addOption(many('--label <name=value>', 'label'))
    .addOption(many('-o, --opt <name=value>', 'option of the driver: mtu=1400, parent=eth0 …'))
    .option('--interface-name <name>', 'name of the bridge')
    .option('--ignore', 'no failure where one of that name is there')
    .addOption(new Option('--attachable', 'the same: all are').hideHelp())
    .addOption(new Option('--scope <scope>', 'local').hideHelp());
  addStoreOption(command).action((name: string, options: CreateOptions) =>
    withEngine(options, context, async (engine) => {
      const known = networkRows(engine.database).named(name);
      if (known !== undefined && options.ignore) {
        context.stdout.write(`${known.id}\n`);
        return;
      }
      const { interfaceName } = options;
      if (engine.ordinaryUser)
        throw new PlimsollError('PL0864', 'only root makes bridges', {
          help: 'containers of an ordinary user have the network that pasta gives them',
        });
      const network = createNetwork(engine, {
        name,
        driver: options.driver,
        subnets: options.subnet ?? [],
        gateways: options.gateway ?? [],
        ranges: options.ipRange ?? [],
        ipv6: options.ipv6 === true,
        internal: options.internal === true,
        dns: options.disableDns !== true,
        labels: namedValues('--label', options.label),
        options: {
          ...namedValues('--opt', options.opt),
          ...(interfaceName === undefined ? {} : { interface_name: interfaceName }),
        },
      });
      addEngineEvent(engine, 'network', 'create', network.id, { name, type: network.driver });
      context.stdout.write(`${network.id}\n`);
    }),
  );
  addExamples(command, [
    { line: 'plimsoll network create back', says: 'then: plimsoll run --network back …' },
    {
      line: 'plimsoll network create --subnet 10.20.0.0/24 --ipv6 back',
      says: 'addresses of your choice',
    },
    { line: 'plimsoll network create --internal shut', says: 'nothing gets out of it' },
  ]);
}
