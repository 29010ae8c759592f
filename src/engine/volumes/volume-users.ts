import type { Container } from '../container.ts';
import type { ContainerRecords } from '../container-records.ts';
import { volumesOf } from './plan-volumes.ts';

/** The containers, running or not, that were made with a volume. */
export function usersOfVolume(
  records: Pick<ContainerRecords, 'list'>,
  name: string,
): readonly Container[] {
  return records.list().filter(({ settings }) => volumesOf(settings.volumes).includes(name));
}
