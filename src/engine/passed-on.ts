import type { Engine } from './engine.ts';

/** What conmon and the runtime, and through them the program that cleans up, need of the environment. */
const needed = [
  'PATH',
  'HOME',
  'XDG_RUNTIME_DIR',
  'XDG_DATA_HOME',
  'XDG_CACHE_HOME',
  'DBUS_SESSION_BUS_ADDRESS',
  'PLIMSOLL_RUN_DIR',
  'PLIMSOLL_CACHE_DIR',
  'PLIMSOLL_SNAPSHOT_DRIVER',
  'PLIMSOLL_NAMESPACE_OF',
  'PLIMSOLL_CGROUP_MANAGER',
  'TMPDIR',
];

/** The environment of programs that work on a container: nothing of it reaches the container itself. */
export function passedOn({ environment, store }: Engine): Readonly<Record<string, string>> {
  const given = needed.flatMap((name): readonly (readonly [string, string])[] => {
    const value = environment[name];
    return value === undefined ? [] : [[name, value]];
  });
  return { ...Object.fromEntries(given), PLIMSOLL_ROOT: store.root };
}
