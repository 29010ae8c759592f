// Volumes as `volume ls` and `volume inspect` show them: with docker's fields.
import type { Engine } from '../engine/engine.ts';
import { type VolumeRecord, volumeData } from '../engine/volumes/volume-record.ts';
import { usersOfVolume } from '../engine/volumes/volume-users.ts';
import type { Filtered } from './object-filters.ts';

/** What filters ask about. */
export function filteredVolume(engine: Engine, volume: VolumeRecord): Filtered {
  const { name, driver, labels, createdMs, anonymous } = volume;
  return {
    id: name,
    name,
    driver,
    labels,
    createdMs,
    anonymous,
    dangling: usersOfVolume(engine.records, name).length === 0,
  };
}

const some = (values: Readonly<Record<string, string>>): object | null =>
  Object.keys(values).length === 0 ? null : values;

/** What `volume inspect` shows. */
export function inspectedVolume(engine: Engine, volume: VolumeRecord): object {
  return {
    CreatedAt: new Date(volume.createdMs).toISOString().replace(/\.\d+Z$/, 'Z'),
    Driver: volume.driver,
    Labels: some(volume.labels),
    Mountpoint: volumeData(engine, volume.name),
    Name: volume.name,
    Options: some(volume.options),
    Scope: 'local',
  };
}

/** A row of `volume ls`. */
export function volumeRow(engine: Engine, volume: VolumeRecord): object {
  return {
    Availability: 'N/A',
    Driver: volume.driver,
    Group: 'N/A',
    Labels: Object.entries(volume.labels)
      .map(([name, value]) => `${name}=${value}`)
      .join(','),
    Links: 'N/A',
    Mountpoint: volumeData(engine, volume.name),
    Name: volume.name,
    Scope: 'local',
    Size: 'N/A',
    Status: 'N/A',
  };
}

/** The headings of those fields. */
export const volumeHeadings: Readonly<Record<string, string>> = {
  Availability: 'AVAILABILITY',
  Driver: 'DRIVER',
  Group: 'GROUP',
  Labels: 'LABELS',
  Links: 'LINKS',
  Mountpoint: 'MOUNTPOINT',
  Name: 'VOLUME NAME',
  Scope: 'SCOPE',
  Size: 'SIZE',
  Status: 'STATUS',
};
