// Go's flags take a value behind '=' where they are switches too: --no-trunc=false, -q=true. People and scripts that know
// docker write that; commander does not know it.
import type { Command, Option } from 'commander';

const words: Readonly<Record<string, boolean>> = {
  true: true,
  false: false,
  '1': true,
  '0': false,
  t: true,
  f: false,
};

function isSwitch(option: Option): boolean {
  return !option.required && !option.optional;
}

/** The words of a line with values of switches put into commander's form. */
export function withoutBooleanValues(args: readonly string[], command: Command): readonly string[] {
  const end = args.indexOf('--');
  const given = end === -1 ? args : args.slice(0, end);
  const rest = end === -1 ? [] : args.slice(end);
  const find = (flag: string): Option | undefined =>
    command.options.find(({ long, short }) => long === flag || short === flag);
  const plain = given.flatMap((word): readonly string[] => {
    const [, flag = '', value = ''] = /^(--?[a-zA-Z][\w-]*)=(\w+)$/.exec(word) ?? [];
    const meant = Object.hasOwn(words, value.toLowerCase())
      ? words[value.toLowerCase()]
      : undefined;
    const option = find(flag);
    if (meant === undefined || option === undefined || !isSwitch(option)) return [word];
    if (meant) return [flag];
    const off = `--no-${option.name()}`;
    return find(off) === undefined ? [] : [off];
  });
  return [...plain, ...rest];
}
