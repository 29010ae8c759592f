// What comes with an engine's version: the range of its API and the runc that is released with it.
// Sources: moby's hack/dockerfile/install/runc.installer, api/common.go and daemon/config/config.go, containerd's
// script/setup/runc-version and vendor.conf, each at every release tag; a commit of runc counts as the tag before it.
// API before 17.04 and least versions: docs.docker.com "API version matrix" and the release notes of 25 and 29.
import { compareVersions } from '../../lib/version.ts';

type Row = readonly [from: string, value: string];

/** "18.09=1.0.0-rc6 19.03=…": the first version with each value. */
function rows(text: string): readonly Row[] {
  return text
    .trim()
    .split(/\s+/)
    .map((word) => {
      const [from = '', value = ''] = word.split('=');
      return [from, value] as const;
    });
}

function newest(list: readonly Row[], version: string): string | undefined {
  return list.findLast(([from]) => compareVersions(version, from) >= 0)?.[1];
}

const maximumApi = rows(
  `
    1.10=1.22 1.11=1.23 1.12=1.24 1.13=1.25 1.13.1=1.26 17.03.1=1.27 17.04=1.28 17.05=1.29 17.06=1.30
    17.07=1.31 17.09=1.32 17.10=1.33 17.11=1.34 17.12=1.35 18.02=1.36 18.03=1.37 18.06=1.38 18.09=1.39
    19.03=1.40 20.10=1.41 23.0=1.42 24.0=1.43 25.0=1.44 26.0=1.45 27.0=1.46 27.2=1.47 28.0=1.48
    28.1=1.49 28.2=1.50 28.3=1.51 29.0=1.52 29.2=1.53 29.3=1.54 29.6=1.55
  `,
);

const minimumApi = rows('1.10=1.12 25.0=1.24 29.0=1.44');

/** Docker Engine API versions that a release serves. */
export function dockerApi(version: string): { minimum: string; maximum: string } | undefined {
  const minimum = newest(minimumApi, version);
  const maximum = newest(maximumApi, version);
  return minimum && maximum ? { minimum, maximum } : undefined;
}

const releasedWith: Readonly<Record<string, readonly Row[]>> = {
  docker: rows(
    `
    17.09=1.0.0-rc4 18.03=1.0.0-rc5 18.09.1=1.0.0-rc6 18.09.7=1.0.0-rc8 19.03.6=1.0.0-rc10
    20.10=1.0.0-rc92 20.10.4=1.0.0-rc93 20.10.7=1.0.0-rc95 20.10.8=1.0.1 20.10.10=1.0.2 20.10.13=1.0.3
    20.10.15=1.1.1 20.10.17=1.1.2 20.10.18=1.1.4 20.10.25=1.1.5 20.10.26=1.1.8 23.0=1.1.4 23.0.4=1.1.5
    23.0.6=1.1.7 23.0.7=1.1.9 23.0.9=1.1.11 23.0.10=1.1.12 24.0=1.1.7 24.0.5=1.1.8 24.0.6=1.1.9
    24.0.8=1.1.11 24.0.9=1.1.12 25.0=1.1.11 25.0.2=1.1.12 25.0.8=1.2.4 25.0.9=1.2.5 26.0=1.1.12
    27.0=1.1.13 27.2.1=1.1.14 27.4=1.2.2 27.4.1=1.2.3 27.5=1.2.4 28.0=1.2.5 28.0.3=1.2.6 28.4=1.3.0
    28.5.2=1.3.3 29.1.2=1.3.4 29.4=1.3.5 29.6=1.3.6 29.7=1.4.3
  `,
  ),
  containerd: rows(
    `
    1.1=1.0.0-rc5 1.1.6=1.0.0-rc6 1.1.7=1.0.0-rc7 1.1.8=1.0.0-rc8 1.2=1.0.0-rc5 1.2.1=1.0.0-rc6
    1.2.6=1.0.0-rc7 1.2.7=1.0.0-rc8 1.2.11=1.0.0-rc9 1.2.12=1.0.0-rc10 1.3=1.0.0-rc8 1.3.1=1.0.0-rc9
    1.3.3=1.0.0-rc10 1.4=1.0.0-rc92 1.4.5=1.0.0-rc94 1.4.6=1.0.0-rc95 1.4.7=1.0.0 1.4.9=1.0.1
    1.4.10=1.0.2 1.4.13=1.0.3 1.5=1.0.0-rc93 1.5.1=1.0.0-rc94 1.5.2=1.0.0-rc95 1.5.3=1.0.0 1.5.5=1.0.1
    1.5.6=1.0.2 1.5.9=1.0.3 1.5.12=1.1.2 1.5.14=1.1.4 1.6=1.1.0 1.6.3=1.1.1 1.6.5=1.1.2 1.6.7=1.1.3
    1.6.9=1.1.4 1.6.20=1.1.5 1.6.21=1.1.7 1.6.22=1.1.8 1.6.24=1.1.9 1.6.25=1.1.10 1.6.27=1.1.11
    1.6.28=1.1.12 1.6.34=1.1.13 1.6.36=1.1.14 1.6.37=1.2.5 1.6.39=1.3.0 1.7=1.1.4 1.7.1=1.1.7
    1.7.3=1.1.8 1.7.4=1.1.9 1.7.9=1.1.10 1.7.12=1.1.11 1.7.13=1.1.12 1.7.19=1.1.13 1.7.22=1.1.14
    1.7.24=1.2.2 1.7.25=1.2.4 1.7.26=1.2.5 1.7.28=1.3.0 1.7.29=1.3.3 1.7.30=1.3.4 1.7.31=1.3.5
    1.7.33=1.3.6 2.0=1.2.1 2.0.1=1.2.3 2.0.2=1.2.4 2.0.3=1.2.5 2.0.5=1.2.6 2.0.6=1.3.0 2.0.7=1.3.3
    2.0.10=1.3.6 2.1=1.3.0 2.1.5=1.3.3 2.1.6=1.3.4 2.1.7=1.3.5 2.1.9=1.3.6 2.2=1.3.3 2.2.1=1.3.4
    2.2.3=1.3.5 2.2.5=1.3.6 2.3=1.4.2 2.3.2=1.4.3
  `,
  ),
};

/** The runc that a version of docker or containerd was released with. */
export function runcOf(engine: string, version: string): string | undefined {
  return newest(releasedWith[engine] ?? [], version);
}
