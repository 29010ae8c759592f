// plimsoll network exists: for scripts, as podman has it.
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { existsNamed } from '../exists-named.ts';
import { listedNetwork } from '../network-listing.ts';

/** Adds `plimsoll network exists` to the group. */
export function register(group: Command, context: Context): void {
  existsNamed(group, context, 'network', listedNetwork);
}
