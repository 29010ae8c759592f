// Short forms of jobs whose folder holds a few small files.
import type { Workload } from './workload.ts';

/** Shell commands that make the files. */
export const text =
  'seq 1 200 > numbers; printf "pear\\napple\\nfig\\n" > fruits; printf "<a><b x=\\"1\\">t</b></a>\\n" > doc.xml; mkdir sub; cp fruits sub/more; find . -exec touch -h -d 2020-01-01 {} +';

/** A job by its words, apart by spaces; `_` in a word stands for one. */
export const run = (line: string, input?: string): Workload => ({
  argv: line.split(' ').map((word) => word.replaceAll('_', ' ')),
  setup: text,
  ...(input === undefined ? {} : { input }),
});

/** The same, with more commands before it. */
export const after = (more: string, line: string): Workload => ({
  ...run(line),
  setup: `${text}; ${more}`,
});
