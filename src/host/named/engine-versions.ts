// What comes with an engine's version: the range of its API and the runc that is bundled with it.
// Sources: docs.docker.com "API version matrix" and the release notes of Docker Engine 25 and 29 (least version);
// moby's and containerd's Dockerfiles and script/setup/runc-version at their release tags.
import { compareVersions } from '../../lib/version.ts';

type Row = readonly [from: string, value: string];

function newest(rows: readonly Row[], version: string): string | undefined {
  return rows.findLast(([from]) => compareVersions(version, from) >= 0)?.[1];
}

const maximumApi: readonly Row[] = [
  ['1.10', '1.22'],
  ['1.11', '1.23'],
  ['1.12', '1.24'],
  ['1.13', '1.25'],
  ['1.13.1', '1.26'],
  ['17.03.1', '1.27'],
  ['17.04', '1.28'],
  ['17.05', '1.29'],
  ['17.06', '1.30'],
  ['17.07', '1.31'],
  ['17.09', '1.32'],
  ['17.10', '1.33'],
  ['17.11', '1.34'],
  ['17.12', '1.35'],
  ['18.02', '1.36'],
  ['18.03', '1.37'],
  ['18.06', '1.38'],
  ['18.09', '1.39'],
  ['19.03', '1.40'],
  ['20.10', '1.41'],
  ['23.0', '1.42'],
  ['24.0', '1.43'],
  ['25.0', '1.44'],
  ['26.0', '1.45'],
  ['27.0', '1.46'],
  ['27.2', '1.47'],
  ['28.0', '1.48'],
  ['28.1', '1.49'],
  ['28.2', '1.50'],
  ['28.3', '1.51'],
  ['29.0', '1.52'],
];

const minimumApi: readonly Row[] = [
  ['1.10', '1.12'],
  ['25.0', '1.24'],
  ['29.0', '1.44'],
];

/** Docker Engine API versions that a release serves. */
export function dockerApi(version: string): { minimum: string; maximum: string } | undefined {
  const minimum = newest(minimumApi, version);
  const maximum = newest(maximumApi, version);
  return minimum && maximum ? { minimum, maximum } : undefined;
}

const bundledRunc: Readonly<Record<string, readonly Row[]>> = {
  docker: [
    ['18.09', '1.0.0-rc6'],
    ['19.03', '1.0.0-rc10'],
    ['20.10', '1.0.0-rc92'],
    ['20.10.6', '1.0.0-rc93'],
    ['20.10.7', '1.0.0-rc95'],
    ['20.10.9', '1.0.2'],
    ['20.10.13', '1.0.3'],
    ['20.10.18', '1.1.4'],
    ['23.0', '1.1.4'],
    ['24.0', '1.1.7'],
    ['25.0', '1.1.11'],
    ['25.0.2', '1.1.12'],
    ['27.0', '1.1.13'],
    ['27.3', '1.1.14'],
    ['28.0', '1.2.4'],
    ['29.0', '1.3.3'],
  ],
  containerd: [
    ['1.2', '1.0.0-rc6'],
    ['1.3', '1.0.0-rc10'],
    ['1.4', '1.0.0-rc92'],
    ['1.4.4', '1.0.0-rc93'],
    ['1.5', '1.0.0-rc95'],
    ['1.6', '1.1.0'],
    ['1.7', '1.1.5'],
    ['2.0', '1.2.1'],
    ['2.1', '1.3.0'],
  ],
};

/** The runc that an engine's release was built and tested with; undefined for engines that bring none. */
export function runcOf(engine: string, version: string): string | undefined {
  return newest(bundledRunc[engine] ?? [], version);
}
