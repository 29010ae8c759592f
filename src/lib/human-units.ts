// Sizes and times in the words of docker's tables (github.com/docker/go-units, size.go and duration.go).

const sizeUnits = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'] as const;

/** "12.3MB": powers of ten with as many significant digits. docker's image tables have 3, its disk usage 4. */
export function humanSize(bytes: number, digits = 3): string {
  let value = bytes;
  let unit = 0;
  // 999.9 kB is 1 MB when three digits are shown.
  while (Number(value.toPrecision(digits)) >= 1000 && unit < sizeUnits.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${Number(value.toPrecision(digits))}${sizeUnits[unit]}`;
}

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** "3 weeks", "About an hour": how long something has been. */
export function humanDuration(ms: number): string {
  const seconds = Math.floor(ms / second);
  if (seconds < 1) return 'Less than a second';
  if (seconds === 1) return '1 second';
  if (seconds < 60) return `${seconds} seconds`;
  const minutes = Math.floor(ms / minute);
  if (minutes === 1) return 'About a minute';
  if (minutes < 60) return `${minutes} minutes`;
  const hours = Math.floor(ms / hour + 0.5);
  if (hours === 1) return 'About an hour';
  if (hours < 48) return `${hours} hours`;
  if (hours < 24 * 7 * 2) return `${Math.floor(hours / 24)} days`;
  if (hours < 24 * 30 * 2) return `${Math.floor(hours / 24 / 7)} weeks`;
  if (hours < 24 * 365 * 2) return `${Math.floor(hours / 24 / 30)} months`;
  return `${Math.floor(ms / hour / 24 / 365)} years`;
}

/** As docker shows when something was made: "3 weeks ago". `createdMs` and `nowMs` in milliseconds since 1970. */
export function humanAge(createdMs: number, nowMs: number): string {
  return `${humanDuration(Math.max(0, nowMs - createdMs))} ago`;
}

const twoDigits = (number: number): string => String(number).padStart(2, '0');

/** As Go prints a time, in UTC: "2024-02-03 14:05:06 +0000 UTC". */
export function goTime(ms: number): string {
  const time = new Date(ms);
  const day = [
    time.getUTCFullYear(),
    twoDigits(time.getUTCMonth() + 1),
    twoDigits(time.getUTCDate()),
  ];
  const clock = [time.getUTCHours(), time.getUTCMinutes(), time.getUTCSeconds()].map(twoDigits);
  return `${day.join('-')} ${clock.join(':')} +0000 UTC`;
}

const durationUnits: Readonly<Record<string, number>> = {
  ms: 1,
  s: second,
  m: minute,
  h: hour,
};

/** A duration as Go writes it ("1h30m", "10s", "1.5h"), in milliseconds; undefined when it is none. */
export function parseGoDuration(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, number = '', unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) {
    total += Number(number) * (durationUnits[unit] ?? 0);
  }
  return total;
}

/**
 * A moment as docker's filters take it (until=…): a duration before now, a Unix time in seconds, or a date; in
 * milliseconds since 1970. undefined when it is none of these.
 */
export function parseMoment(text: string, nowMs: number): number | undefined {
  const before = parseGoDuration(text);
  if (before !== undefined) return nowMs - before;
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * second;
  if (!/^\d{4}-\d{2}-\d{2}/.test(text)) return undefined;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : date;
}
