// What tracing costs, and whether it tells what strace tells: each workload runs bare, under `plimsoll trace` and under
// `strace -f -c`, one after the other, several times. Shown are medians of processor time (user and system, of the workload
// alone, by time(1)) and of elapsed time, and the calls whose counts differ. Processor time is what a loaded machine leaves
// comparable.
//
//   node bench/trace.ts [--rounds 5] [--only NAME,NAME] [--path DIR:DIR]
//
// --path goes before PATH: where redis, nginx and ab are, when they are not installed. Needs root, strace, time.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { callsOf } from '../src/observe/trace/trace.ts';
import { parseTrace } from '../src/observe/trace/trace-file.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    only: { type: 'string' },
    path: { type: 'string', default: '' },
  },
});
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-bench-'));
const env = { ...process.env, PATH: `${values.path}:${process.env['PATH'] ?? ''}` };
const program = join(import.meta.dirname, '../plimsoll');

const source = join(folder, 'a.c');
writeFileSync(
  source,
  Array.from(
    { length: 300 },
    (_, at) => `int f${at}(int x){return x*${at}+f${at ? at - 1 : 0}(x);}`,
  ).join('\n'),
);
const sql = join(folder, 'a.sql');
writeFileSync(
  sql,
  `create table t(a integer primary key, b text); begin;
with recursive c(x) as (select 1 union all select x+1 from c where x<100000) insert into t select x, hex(randomblob(20)) from c; commit;
create index i on t(b); select count(*) from t where b like 'A%'; update t set b = b || 'x' where a % 3 = 0; vacuum;`,
);

const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  .map((one) => `${one}_temp_path ${folder}/${one};`)
  .join(' ');

/** By name: a shell's command. */
const workloads: Readonly<Record<string, string>> = {
  redis: `redis-server --port 7399 --save '' --dir ${folder} >/dev/null & sleep 0.5; redis-benchmark -p 7399 -n 50000 -q -t get,set,lpush -c 20 >/dev/null; redis-cli -p 7399 shutdown nosave; wait`,
  nginx: `printf 'worker_processes 1; daemon off; pid ${folder}/pid; error_log /dev/null; events {} user root; http { access_log off; ${temporary} server { listen 127.0.0.1:7398; root ${folder}; } }' > ${folder}/n.conf; nginx -c ${folder}/n.conf & sleep 0.5; ab -q -n 20000 -c 10 http://127.0.0.1:7398/a.c > /dev/null; kill $!; wait`,
  sqlite3: `rm -f ${folder}/db; sqlite3 ${folder}/db < ${sql}`,
  python3: `python3 -c 'import json,os,hashlib
for i in range(300):
  t=open("${source}").read(); h=hashlib.sha256(t.encode()).hexdigest(); json.loads(json.dumps({"a":[h]*200})); os.listdir("/etc")'`,
  build: `for i in 1 2 3 4; do gcc -O1 -c ${source} -o ${folder}/a$i.o; done; ar rc ${folder}/a.a ${folder}/a?.o`,
};

type Counts = ReadonlyMap<string, string>;

interface Run {
  readonly cpu: number;
  readonly elapsed: number;
  readonly counts?: Counts;
}

const script = join(folder, 'workload.sh');
const times = join(folder, 'times');
const command = ['time', '-o', times, '-f', '%U %S %e', 'sh', script];

function straceCounts(path: string): Counts {
  return new Map(
    readFileSync(path, 'utf8')
      .split('\n')
      .slice(2)
      .flatMap((line) => {
        const words = line.trim().split(/\s+/);
        const name = words.at(-1) ?? '';
        if (words.length < 5 || name === 'total' || line.startsWith('-')) return [];
        return [[name, `${words[3]}/${words.length === 6 ? words[4] : 0}`] as const];
      }),
  );
}

function traceCounts(path: string): Counts {
  const trace = parseTrace(readFileSync(path, 'utf8'), path);
  if (Object.keys(trace.losses).length > 0) console.log(`  lost: ${JSON.stringify(trace.losses)}`);
  return new Map(
    [...callsOf(trace)].flatMap(([name, { outcomes, errors }]) => {
      const back = outcomes.filter(({ errno }) => errno !== 'unfinished');
      const count = back.reduce((sum, one) => sum + one.count, 0);
      return count === 0 ? [] : [[name, `${count}/${errors}`] as const];
    }),
  );
}

function run(how: 'bare' | 'trace' | 'strace'): Run {
  const output = join(folder, how);
  const [first = '', ...args] = {
    bare: command,
    trace: [program, 'trace', '--with', 'ebpf', '--format', 'json', '-o', output, '--', ...command],
    strace: ['strace', '-f', '-c', '-o', output, ...command],
  }[how];
  const { status, stderr } = spawnSync(first, args, { env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${how}: ${status} ${stderr}`);
  const [user = 0, system = 0, elapsed = 0] =
    readFileSync(times, 'utf8').trim().split('\n').at(-1)?.split(' ').map(Number) ?? [];
  const counts =
    how === 'bare' ? undefined : how === 'trace' ? traceCounts(output) : straceCounts(output);
  return { cpu: user + system, elapsed, ...(counts === undefined ? {} : { counts }) };
}

const median = (list: readonly number[]): number =>
  list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0;

try {
  for (const [name, workload] of Object.entries(workloads)) {
    if (values.only !== undefined && !values.only.split(',').includes(name)) continue;
    writeFileSync(script, workload);
    const runs: Record<'bare' | 'trace' | 'strace', Run[]> = { bare: [], trace: [], strace: [] };
    for (let round = 0; round < Number(values.rounds); round += 1)
      for (const how of ['bare', 'trace', 'strace'] as const)
        if (how !== 'strace' || round === 0) runs[how].push(run(how));
    const of = (how: keyof typeof runs, what: 'cpu' | 'elapsed'): number =>
      median(runs[how].map((one) => one[what]));
    const share = (what: 'cpu' | 'elapsed', how: keyof typeof runs): string =>
      `${of(how, what).toFixed(2)} s (${((100 * of(how, what)) / of('bare', what) - 100).toFixed(1)} %)`;
    console.log(
      `${name}: processor bare ${of('bare', 'cpu').toFixed(2)} s, trace ${share('cpu', 'trace')}, strace -c ${share('cpu', 'strace')}; ` +
        `elapsed ${of('bare', 'elapsed').toFixed(2)} s, ${share('elapsed', 'trace')}, ${share('elapsed', 'strace')}`,
    );
    const [ours, theirs] = [runs.trace[0]?.counts, runs.strace[0]?.counts];
    const names = new Set([...(ours?.keys() ?? []), ...(theirs?.keys() ?? [])]);
    const different = [...names].filter((call) => ours?.get(call) !== theirs?.get(call));
    console.log(
      `  ${names.size} kinds of calls, ${names.size - different.length} with the same counts and errors; others (trace, strace): ` +
        different
          .map((call) => `${call} ${ours?.get(call) ?? 0} ${theirs?.get(call) ?? 0}`)
          .join(', '),
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
