// IP addresses and subnets as numbers: counted, compared, and written as RFC 5952 has it.

/** 4 or 6. */
export type IpFamily = 4 | 6;

/** An address as a number of 32 or 128 bits. */
export interface IpAddress {
  readonly family: IpFamily;
  readonly value: bigint;
}

/** All addresses that begin with the same bits. */
export interface Subnet extends IpAddress {
  /** Number of those bits; all others of `value` are 0. */
  readonly prefix: number;
}

const widthOf = (family: IpFamily): number => (family === 4 ? 32 : 128);

/** An address of either family; undefined for anything else, addresses with a zone too. */
export function parseIp(text: string): IpAddress | undefined {
  const four = parseFour(text);
  if (four !== undefined) return { family: 4, value: four };
  if (!text.includes(':') || !/^[0-9a-f:.]+$/i.test(text)) return undefined;
  // The last two groups may be written as an address of version 4.
  const lastColon = text.lastIndexOf(':');
  const tail = parseFour(text.slice(lastColon + 1));
  const whole =
    tail === undefined
      ? text
      : `${text.slice(0, lastColon + 1)}${(tail >> 16n).toString(16)}:${(tail & 0xffffn).toString(16)}`;
  const [before = '', after, ...more] = whole.split('::');
  if (more.length > 0) return undefined;
  const groupsOf = (part: string): readonly string[] => (part === '' ? [] : part.split(':'));
  const first = groupsOf(before);
  const last = groupsOf(after ?? '');
  const missing = 8 - first.length - last.length;
  if (after === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...first, ...Array.from({ length: missing }, () => '0'), ...last];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return {
    family: 6,
    value: groups.reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n),
  };
}

function parseFour(text: string): bigint | undefined {
  const parts = text.split('.');
  // A leading zero meant octal digits once.
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part)))
    return undefined;
  if (parts.some((part) => Number(part) > 255)) return undefined;
  return parts.reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

/** 10.0.0.1, fd00::1. */
export function formatIp({ family, value }: IpAddress): string {
  if (family === 4)
    return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join('.');
  const groups = Array.from({ length: 8 }, (_, at) =>
    ((value >> BigInt(16 * (7 - at))) & 0xffffn).toString(16),
  );
  // The longest run of zeros, the first of several, two at least.
  let run = { at: 0, length: 1 };
  for (let at = 0; at < 8; at++) {
    let end = at;
    while (groups[end] === '0') end++;
    if (end - at > run.length) run = { at, length: end - at };
  }
  if (run.length < 2) return groups.join(':');
  return `${groups.slice(0, run.at).join(':')}::${groups.slice(run.at + run.length).join(':')}`;
}

/** '10.0.0.0/8'; bits after the prefix are dropped. */
export function parseSubnet(text: string): Subnet | undefined {
  const [, before = '', digits = ''] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
  const address = parseIp(before);
  const prefix = Number(digits);
  if (address === undefined || digits === '' || prefix > widthOf(address.family)) return undefined;
  const hostBits = BigInt(widthOf(address.family) - prefix);
  return { ...address, value: (address.value >> hostBits) << hostBits, prefix };
}

/** 10.0.0.0/8. */
export function formatSubnet(subnet: Subnet): string {
  return `${formatIp(subnet)}/${subnet.prefix}`;
}

/** How many addresses it has. */
export function subnetSize({ family, prefix }: Subnet): bigint {
  return 1n << BigInt(widthOf(family) - prefix);
}

/** Whether the address is one of the subnet's. */
export function isInSubnet({ family, value }: IpAddress, subnet: Subnet): boolean {
  return (
    family === subnet.family && value >= subnet.value && value < subnet.value + subnetSize(subnet)
  );
}

/** Whether they have addresses in common. */
export function overlap(one: Subnet, other: Subnet): boolean {
  return isInSubnet(one, other) || isInSubnet(other, one);
}
