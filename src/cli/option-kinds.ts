import { Option } from 'commander';

const collect = (value: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  value,
];

/** An option that may be given several times. */
export function many(flags: string, description: string): Option {
  return new Option(flags, description).argParser(collect);
}
