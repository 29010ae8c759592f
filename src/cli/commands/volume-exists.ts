// plimsoll volume exists: for scripts, as podman has it.
import type { Command } from 'commander';
import { findVolume } from '../../engine/volumes/volume-rows.ts';
import type { Context } from '../context.ts';
import { existsNamed } from '../exists-named.ts';

/** Adds `plimsoll volume exists` to the group. */
export function register(group: Command, context: Context): void {
  existsNamed(group, context, 'volume', ({ database }, name) => findVolume(database, name));
}
