// What commands that tell facts have in common: --format table|json, and how their JSON is written.
import { Option } from 'commander';
import type { Context } from './context.ts';

/** `--format` of commands that print a table or JSON. */
export interface FormatOptions {
  readonly format?: 'table' | 'json';
}

/** --format of commands that show facts rather than findings. */
export function formatOption(): Option {
  return new Option('-f, --format <format>', 'table for people, json for programs').choices([
    'table',
    'json',
  ]);
}

/** Writes a value to standard output as JSON that people can read too. docs/json.md lists the schemas. */
export function writeJson(context: Context, value: object): void {
  context.stdout.writeData(`${JSON.stringify(value, undefined, 2)}\n`);
}
