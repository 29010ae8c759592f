/** A time as people read it: "870 ns", "1.35 µs", "12.4 ms", "3.21 s". */
export function durationText(ns: number): string {
  const units = [
    [1e9, 's'],
    [1e6, 'ms'],
    [1e3, 'µs'],
  ] as const;
  for (const [size, unit] of units) {
    if (ns >= size) {
      const value = ns / size;
      return `${value >= 100 ? Math.round(value) : Number(value.toPrecision(3))} ${unit}`;
    }
  }
  return `${Math.round(ns)} ns`;
}
