// The options of docker and podman that mount something in a container; what they come to is in mounts-of.ts.
import { Option } from 'commander';
import { many } from './option-kinds.ts';

/** The options as commander gives them. */
export interface MountOptions {
  readonly volume?: readonly string[];
  readonly mount?: readonly string[];
  readonly tmpfs?: readonly string[];
  readonly volumesFrom?: readonly string[];
  readonly volumeDriver?: string;
}

/** The options, in docker's words. */
export function mountOptions(): readonly Option[] {
  return [
    many(
      '-v, --volume <[source:]dir[:options]>',
      'mount a directory of this machine, a volume by its name, or a new one',
    ),
    many(
      '--mount <key=value,…>',
      'the same in words: type=bind|volume|tmpfs, source=, target=, readonly …',
    ),
    many('--tmpfs <dir[:options]>', 'mount memory: /run:size=64m,mode=1777'),
    many('--volumes-from <container[:ro]>', "mount another container's volumes"),
    new Option('--volume-driver <driver>', 'driver of new volumes: local'),
  ];
}
