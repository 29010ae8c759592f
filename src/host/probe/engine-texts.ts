// Versions as the programs of engines and runtimes print them. Pure.

/** "Docker version 28.2.2, build e6534b4", "podman version 4.3.1", "containerd github.com/containerd/containerd 1.6.20 …", "crun version 1.8.1". */
export function parseProgramVersion(text: string): string | undefined {
  const first = text.split('\n', 1)[0] ?? '';
  const match = /(?:^|\s|v)(\d+\.\d+(?:\.\d+)?(?:[-~.+]?(?:rc|beta|alpha|ce|rc)[-.\d]*)?)/i.exec(
    first,
  );
  return match?.[1];
}

/** libseccomp's version as `runc --version` shows it: "libseccomp: 2.5.4". */
export function parseRuncLibseccomp(text: string): string | undefined {
  return /^libseccomp: (\d+(?:\.\d+)+)/m.exec(text)?.[1];
}

/** The upstream part of a package version: "5:24.0.7-1~ubuntu.22.04" → "24.0.7", "2.5.4-1+deb12u1" → "2.5.4". */
export function upstreamVersion(version: string): string | undefined {
  return /^(?:\d+:)?v?(\d+(?:\.\d+)+(?:[~-]?rc\d+)?)/.exec(version)?.[1]?.replace('~', '-');
}

/** What is taken from `docker version --format '{{json .}}'`. */
export interface DockerAnswer {
  readonly version?: string;
  readonly api?: { readonly minimum: string; readonly maximum: string };
  readonly runtime?: { readonly name: string; readonly version?: string };
  readonly platform?: string;
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && key in value
    ? Reflect.get(value, key)
    : undefined;
}

function textMember(value: unknown, key: string): string | undefined {
  const found = member(value, key);
  return typeof found === 'string' && found !== '' ? found : undefined;
}

/** Reads the daemon's half of docker's answer; undefined when no daemon answered. */
export function parseDockerVersion(json: string): DockerAnswer | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(json);
  } catch {
    return undefined;
  }
  const server = member(answer, 'Server');
  const version = textMember(server, 'Version');
  if (version === undefined) return undefined;
  const minimum = textMember(server, 'MinAPIVersion');
  const maximum = textMember(server, 'ApiVersion');
  const components = member(server, 'Components');
  const runc = Array.isArray(components)
    ? components.find((one: unknown) => /^(runc|crun)$/.test(textMember(one, 'Name') ?? ''))
    : undefined;
  const runtimeName = textMember(runc, 'Name');
  const runtimeVersion = textMember(runc, 'Version');
  const platform = textMember(member(server, 'Platform'), 'Name');
  return {
    version,
    ...(minimum && maximum ? { api: { minimum, maximum } } : {}),
    ...(runtimeName
      ? {
          runtime: {
            name: runtimeName,
            ...(runtimeVersion ? { version: runtimeVersion } : {}),
          },
        }
      : {}),
    ...(platform ? { platform } : {}),
  };
}

/** What is taken from `docker info --format '{{json .}}'`. */
export interface DockerInfo {
  readonly storageDriver?: string;
  readonly rootless: boolean;
  readonly seccomp?: 'default' | 'unconfined' | 'profile' | 'none';
}

/** Reads docker's description of itself: storage driver, whether it runs without root, which filter it uses. */
export function parseDockerInfo(json: string): DockerInfo | undefined {
  let info: unknown;
  try {
    info = JSON.parse(json);
  } catch {
    return undefined;
  }
  const listed = member(info, 'SecurityOptions');
  const options = Array.isArray(listed)
    ? listed.filter((option): option is string => typeof option === 'string')
    : [];
  const seccomp = options.find((option) => option.startsWith('name=seccomp'));
  const profile = /profile=([^,]+)/.exec(seccomp ?? '')?.[1];
  const storageDriver = textMember(info, 'Driver');
  return {
    ...(storageDriver ? { storageDriver } : {}),
    rootless: options.some((option) => option.startsWith('name=rootless')),
    ...(seccomp === undefined
      ? listed === undefined
        ? {}
        : { seccomp: 'none' as const }
      : {
          seccomp:
            profile === undefined || /^(default|builtin)$/.test(profile)
              ? ('default' as const)
              : profile === 'unconfined'
                ? ('unconfined' as const)
                : ('profile' as const),
        }),
  };
}
