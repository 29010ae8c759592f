import type { Container } from '../container.ts';
import type { ContainerRecords } from '../container-records.ts';
import { defaultNetworkName, type NetworkRecord } from './network-record.ts';

/** The containers, running or not, that were made with a network or joined to it. */
export function usersOfNetwork(
  records: Pick<ContainerRecords, 'list'>,
  { id, name }: Pick<NetworkRecord, 'id' | 'name'>,
): readonly Container[] {
  return records.list().filter(({ settings: { network } }) => {
    if (network.mode !== 'networks') return false;
    const names = network.attachments.map((attachment) => attachment.network);
    return names.length === 0
      ? name === defaultNetworkName
      : names.some((one) => one === name || (one.length >= 4 && id.startsWith(one)));
  });
}
