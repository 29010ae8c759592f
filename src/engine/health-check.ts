// Health checks. A shell beside the container runs the test by the OCI runtime every so often and writes how it stands
// into a file; this program is started only when that changes, for the event. No Node process waits for anything.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OciRuntime } from '../runtime/oci-runtime.ts';
import type { Spec } from '../runtime/spec.ts';
import type { Container } from './container.ts';
import type { Engine } from './engine.ts';
import { execProcess } from './exec.ts';
import { passedOn } from './passed-on.ts';
import { textIn } from './state-folder.ts';

/** How a health check stands. */
export interface Health {
  readonly status: 'starting' | 'healthy' | 'unhealthy';
  readonly failingStreak: number;
  /** Exit code of the last test; undefined before the first. */
  readonly exitCode?: number;
}

/**
 * $1 folder, then seconds: $2 interval, $3 time-out, $4 start period, $5 interval in the start period; $6 retries; $7 this
 * program, $8 what stands before its words, $9 the container; the rest is the test. Files are named from within the
 * folder, which is gone for us once it is removed: one of the same name is that of another run.
 */
const script = `cd "$1" || exit; interval=$2 limit=$3 period=$4 early=$5 retries=$6 node=$7 main=$8 id=$9; shift 9
status=starting fails=0 began=$(date +%s) n=0
while :; do
  young=; [ "$status" != starting ] || [ $(($(date +%s)-began)) -ge "$period" ] || young=1
  if [ -n "$young" ]; then sleep "$early"; else sleep "$interval"; fi
  [ -e pid ] && [ ! -e exit ] || exit 0
  from=$(date +%s.%N)
  timeout -k 1 "$limit" "$@" </dev/null >health.new 2>&1; code=$?
  [ -e pid ] && [ ! -e exit ] || exit 0
  { echo "$from $(date +%s.%N) $code"; head -c 4096 health.new; } >health.log-$n; n=$(((n+1)%5))
  new=$status
  if [ $code = 0 ]; then fails=0 new=healthy
  elif [ -z "$young" ]; then fails=$((fails+1)); [ $fails -lt "$retries" ] || new=unhealthy
  fi
  echo "$new $fails $code" >health.new && mv health.new health
  [ "$new" = "$status" ] || "$node" "$main" container cleanup --health "$new" "$id" >/dev/null 2>&1
  status=$new
done`;

/** Starts the health check of a container that has just been started. Nothing without one. */
export function startHealthCheck(engine: Engine, container: Container, runtime: OciRuntime): void {
  const { id, settings } = container;
  const { health } = settings;
  const [kind = '', ...words] = health?.test ?? [];
  if (health === undefined || !['CMD', 'CMD-SHELL'].includes(kind)) return;
  const { folder, config, rootfs } = engine.places(id);
  const spec = JSON.parse(readFileSync(config, 'utf8')) as Spec;
  const command = kind === 'CMD' ? words : ['/bin/sh', '-c', words.join(' ')];
  const process = execProcess(spec, rootfs, container, {
    command,
    tty: false,
    stdin: false,
    env: [],
    privileged: false,
  });
  const file = join(folder, 'health-process');
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, JSON.stringify(process), { mode: 0o600 });
  writeFileSync(join(folder, 'health'), 'starting 0\n');
  const { own } = engine;
  const seconds = [
    health.intervalMs,
    health.timeoutMs,
    health.startPeriodMs,
    health.startIntervalMs,
  ].map((ms, at) => String(at === 2 ? Math.ceil(ms / 1000) : ms / 1000));
  const child = spawn(
    '/bin/sh',
    [
      ...['-c', script, 'sh', folder, ...seconds, String(health.retries)],
      ...[own.command, own.args[0] ?? '', id],
      ...[runtime.path, ...runtime.arguments, 'exec', '--process', file, id],
    ],
    { stdio: 'ignore', detached: true, env: passedOn(engine), cwd: '/' },
  );
  child.on('error', () => undefined);
  child.unref();
}

/** How the health check of a container stands; undefined without one, and while it does not run. */
export function healthOf(
  { places }: Pick<Engine, 'places'>,
  { id }: Pick<Container, 'id'>,
): Health | undefined {
  const [status, streak, code] = (textIn(join(places(id).folder, 'health')) ?? '')
    .trim()
    .split(' ');
  if (status !== 'starting' && status !== 'healthy' && status !== 'unhealthy') return undefined;
  return {
    status,
    failingStreak: Number(streak ?? 0),
    ...(code === undefined ? {} : { exitCode: Number(code) }),
  };
}

/** One test of a health check. Times in milliseconds since 1970. */
export interface HealthTest {
  readonly startMs: number;
  readonly endMs: number;
  readonly exitCode: number;
  /** What it wrote, up to 4 kB. */
  readonly output: string;
}

/** The last five tests, the oldest first. */
export function healthTests(
  { places }: Pick<Engine, 'places'>,
  { id }: Pick<Container, 'id'>,
): readonly HealthTest[] {
  return [0, 1, 2, 3, 4]
    .flatMap((number): readonly HealthTest[] => {
      const text = textIn(join(places(id).folder, `health.log-${number}`)) ?? '';
      const end = text.indexOf('\n');
      const [from = '', to = '', code = ''] = text.slice(0, Math.max(0, end)).split(' ');
      if (code === '') return [];
      // A date(1) without nanoseconds leaves "%N".
      const ms = (seconds: string): number => Number.parseFloat(seconds) * 1000;
      return [
        {
          startMs: ms(from),
          endMs: ms(to),
          exitCode: Number(code),
          output: text.slice(end + 1),
        },
      ];
    })
    .toSorted((a, b) => a.startMs - b.startMs);
}
