// The crates that a Rust program was built from, where cargo-auditable left them: the section .dep-v0, JSON that zlib
// packed. Source: rust-secure-code/cargo-auditable, PARSING.md and its JSON schema.
import { inflateSync } from 'node:zlib';
import { isJsonObject } from '../lib/json.ts';
import { type ElfLayout, sectionNamed } from './elf-layout.ts';

/** A crate that is in a program. */
export interface CargoCrate {
  readonly name: string;
  readonly version: string;
  /** Whether crates.io has it; others come from a repository or a folder of the builder's. */
  readonly published: boolean;
}

/** As the format's own readers have it. */
const maximumJson = 8 * 1024 * 1024;
const maximumCrates = 10_000;

/** The crates that the program holds, in the section's order; none where there is no such section, or it is damaged. */
export function readCargo(layout: ElfLayout): readonly CargoCrate[] {
  const section = sectionNamed(layout, '.dep-v0');
  if (section === undefined) return [];
  try {
    const packed = layout.bytes.subarray(section.offset, section.offset + section.size);
    const text = inflateSync(packed, { maxOutputLength: maximumJson }).toString('utf8');
    const content: unknown = JSON.parse(text);
    const packages = isJsonObject(content) ? content['packages'] : undefined;
    return Array.isArray(packages) ? packages.slice(0, maximumCrates).flatMap(crateOf) : [];
  } catch {
    // No check hangs on it, and a bill without crates says no less than the program itself does.
    return [];
  }
}

function crateOf(value: unknown): CargoCrate[] {
  if (!isJsonObject(value)) return [];
  const { name, version, source, kind = 'runtime' } = value;
  // Crates that ran while it was built are not in it.
  if (typeof name !== 'string' || typeof version !== 'string' || kind !== 'runtime') return [];
  return [{ name, version, published: source === 'crates.io' }];
}
