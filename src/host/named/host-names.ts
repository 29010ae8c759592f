// The names of distribution hosts as a list for people and programs.
import { type Distribution, distributions } from '../../kernel/distributions.ts';
import { packagedEngine } from './named-engine.ts';

/** One name with what is behind it in short. */
export interface HostName {
  readonly name: string;
  /** Other names of the same host. */
  readonly also: readonly string[];
  readonly kernel?: string;
  readonly libc?: string;
  /** Engine of the distribution's own archive. */
  readonly engine?: string;
  /** Day on which the distribution's ordinary support ends: "2028-06-30". */
  readonly supportEnds?: string;
}

/** All names in the order of the facts, oldest first within a distribution. `supportEnds` is asked for each release. */
export function hostNames(
  supportEnds: (row: Distribution) => string | undefined = () => undefined,
): readonly HostName[] {
  return distributions.map((row) => {
    const engine = packagedEngine(row);
    const end = supportEnds(row);
    return {
      name: `${row.id}:${row.version}`,
      also: row.also.map((also) =>
        also.startsWith(':') ? `${row.id}${also}` : `${also}:${row.version}`,
      ),
      ...(row.kernel === undefined ? {} : { kernel: row.kernel }),
      ...(row.libc === undefined ? {} : { libc: `${row.libc.name} ${row.libc.version}` }),
      ...(engine === undefined ? {} : { engine: `${engine} ${row.packages[engine]}` }),
      ...(end === undefined ? {} : { supportEnds: end }),
    };
  });
}
