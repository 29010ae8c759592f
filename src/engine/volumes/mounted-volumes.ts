// Volumes with options of the local driver (type, device, o): what they name is mounted on the volume's folder while a
// running container has it, by mount(8), which knows the helpers of network file systems. Who has it is in engine.db, so
// that the last one to end unmounts it, whichever command that is.
import { spawnSync } from 'node:child_process';
import { lookup } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { unmount } from '../../sys/mounts.ts';
import { type VolumeRecord, type VolumeWorld, volumeData } from './volume-record.ts';

/** Whether something is mounted on the volume's folder. */
function isMounted(path: string): boolean {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .some((line) => line.split(' ')[4] === path);
}

/** As docker: a name in addr= becomes an address, since the kernel takes nothing else. */
async function withAddress(options: string): Promise<string> {
  const [, name] = /(?:^|,)addr=([^,]+)/.exec(options) ?? [];
  if (name === undefined) return options;
  const { address } = await lookup(name);
  return options.replace(`addr=${name}`, `addr=${address}`);
}

async function mountIt({ name, options }: VolumeRecord, target: string): Promise<void> {
  const { type = 'none', device = '', o = '' } = options;
  try {
    const words = /^nfs|^cifs$/.test(type) ? await withAddress(o) : o;
    const { status, stderr, error } = spawnSync(
      'mount',
      ['-t', type, ...(words === '' ? [] : ['-o', words]), '--', device, target],
      { encoding: 'utf8' },
    );
    if (error !== undefined) throw error;
    if (status !== 0) throw new Error(stderr.trim().replace(/^mount: /, ''));
  } catch (cause) {
    throw new PlimsollError(
      'PL0863',
      `failed to mount local volume ${name}: mount -t ${type} -o ${o} ${device}: ${cause instanceof Error ? cause.message : ''}`,
      {
        help: `see that it can be mounted by hand; plimsoll volume inspect ${name} shows its options`,
        cause,
      },
    );
  }
}

/** Mounts the volume for a container, if it is one of those. @throws PlimsollError PL0863 */
export async function mountVolume(
  world: VolumeWorld,
  volume: VolumeRecord,
  container: string,
): Promise<void> {
  if (volume.options['device'] === undefined) return;
  const { database, bootId } = world;
  database.write(() => {
    database.run('DELETE FROM volume_use WHERE boot_id <> ?', bootId);
    database.run(
      'INSERT OR REPLACE INTO volume_use (volume, container, boot_id) VALUES (?, ?, ?)',
      volume.name,
      container,
      bootId,
    );
  });
  const target = volumeData(world, volume.name);
  if (!isMounted(target)) await mountIt(volume, target);
}

/** Gives up what a container had mounted so. @throws SystemError */
export function unmountVolumes(world: VolumeWorld, container: string): void {
  const { database } = world;
  if (database.get('SELECT 1 FROM volume_use WHERE container = ?', container) === undefined) return;
  database.write(() => {
    const rows = database.all('SELECT volume FROM volume_use WHERE container = ?', container);
    database.run('DELETE FROM volume_use WHERE container = ?', container);
    for (const { volume } of rows) {
      const name = String(volume);
      if (database.get('SELECT 1 FROM volume_use WHERE volume = ?', name) === undefined)
        unmount(volumeData(world, name));
    }
  });
}
