// An image in a few lines: what an incident's image needs to have, and nothing else. It becomes a one-layer OCI image
// layout on disk, so that the check reads it the way it reads every image.
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ElfSpec as BuiltElf, buildElf } from '../../builders/elf.ts';
import { apkDatabase, dpkgDatabase, rpmDatabase } from './package-databases.ts';
import { type TarEntry, tarArchive } from './tar-archive.ts';

/** An ELF file: what the builder takes, with imports and Go build information in short forms. */
export interface ElfSpec extends Omit<BuiltElf, 'imports' | 'go' | 'executableStack'> {
  /** Default: false. 'untold': no PT_GNU_STACK. */
  readonly executableStack?: boolean | 'untold';
  /** "pthread_create@GLIBC_2.34:libc.so.6"; the library may be left out, the version too. */
  readonly imports?: readonly string[];
  /** Version in Go build information: "1.15.3". */
  readonly go?: string;
  /** Go modules: "github.com/docker/docker v20.10.0". */
  readonly goModules?: readonly string[];
  /** Settings of Go's build information: "GOAMD64=v3". */
  readonly goSettings?: readonly string[];
}

function elfFile({
  imports,
  go,
  goModules,
  goSettings = [],
  executableStack = false,
  ...spec
}: ElfSpec): Uint8Array {
  const narrow = ['x86_64', 'i386', 'x32'].includes(spec.machine ?? 'x86_64');
  return buildElf({
    alignment: narrow ? 0x1000 : 0x10000,
    ...(executableStack === 'untold' ? {} : { executableStack }),
    ...spec,
    ...(imports === undefined
      ? {}
      : {
          imports: imports.map((text) => {
            const [name = '', rest] = text.split('@');
            const [version, library = 'libc.so.6'] = rest?.split(':') ?? [];
            return { name, ...(version === undefined ? {} : { version, library }) };
          }),
        }),
    ...(go === undefined
      ? {}
      : {
          go: {
            version: `go${go}`,
            lines: [
              'path\texample.org/made',
              'mod\texample.org/made\t(devel)\t',
              ...(goModules ?? []).map((text) => `dep\t${text.replace(' ', '\t')}\th1:x=`),
              'build\tGOOS=linux',
              ...goSettings.map((text) => `build\t${text}`),
            ],
          },
        }),
  });
}

/** One file: text, bytes, an ELF file, a link, a directory; with mode and file capabilities. */
export type FileSpec =
  | string
  | Uint8Array
  | {
      readonly content?: string | Uint8Array;
      readonly elf?: ElfSpec;
      readonly link?: string;
      readonly directory?: true;
      /** Default: 0o755 for ELF files and texts that begin with #!, else 0o644. */
      readonly mode?: number;
      /** Permitted (and effective) file capabilities: ["cap_net_raw"]. */
      readonly capabilities?: readonly string[];
      readonly uid?: number;
    };

export interface Fixture {
  /** Absolute path → file. */
  readonly files?: Readonly<Record<string, FileSpec>>;
  /** Installed packages, "name version" or "name version source". */
  readonly dpkg?: readonly string[];
  readonly rpm?: readonly string[];
  readonly apk?: readonly string[];
  /** os-release: "debian 12", "alpine 3.20.1". */
  readonly os?: string;
  /** Default: linux/amd64. */
  readonly platform?: string;
  readonly entrypoint?: readonly string[];
  readonly cmd?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly user?: string;
  readonly volumes?: readonly string[];
}

/** A minimal dynamic user space: program, loader and C library that fit each other. */
export function glibcFiles(
  version: string,
  options: {
    readonly machine?: keyof typeof loaders;
    readonly abiNote?: string;
    readonly isaNeeded?: ElfSpec['isaNeeded'];
    /** What the program at /usr/bin/app declares beyond its interpreter. */
    readonly app?: ElfSpec;
    readonly strings?: readonly string[];
  } = {},
): Readonly<Record<string, FileSpec>> {
  const machine = options.machine ?? 'x86_64';
  const [directory, loader] = loaders[machine];
  const newest = Number(version.split('.')[1] ?? 0);
  const common: ElfSpec = {
    machine,
    abiNote: options.abiNote ?? '3.2.0',
    ...(options.isaNeeded === undefined ? {} : { isaNeeded: options.isaNeeded }),
  };
  return {
    [`${directory}/libc.so.6`]: {
      elf: {
        ...common,
        soname: 'libc.so.6',
        type: 'shared-library',
        interpreter: loader,
        defines: [
          'GLIBC_2.2.5',
          ...[2, 3, 4, 12, 14, 15, 17, 25, 27, 28, 33, 34, 36, 38]
            .filter((minor) => minor <= newest)
            .map((minor) => `GLIBC_2.${minor}`),
        ],
        strings: [
          `GNU C Library (GNU libc) stable release version ${version}.`,
          ...(options.strings ?? []),
        ],
      },
    },
    [loader]: {
      elf: {
        ...common,
        soname: loader.slice(loader.lastIndexOf('/') + 1),
        type: 'shared-library',
        strings: [`ld.so (GNU libc) stable release version ${version}.`],
      },
    },
    '/usr/bin/app': {
      elf: {
        machine,
        interpreter: loader,
        abiNote: '3.2.0',
        needed: ['libc.so.6'],
        ...options.app,
      },
    },
  };
}

/** A minimal musl user space. */
export function muslFiles(
  version: string,
  options: { readonly machine?: keyof typeof loaders; readonly app?: ElfSpec } = {},
): Readonly<Record<string, FileSpec>> {
  const machine = options.machine ?? 'x86_64';
  const loader = `/lib/ld-musl-${machine === 'arm' ? 'armhf' : machine}.so.1`;
  const name = `libc.musl-${machine === 'arm' ? 'armv7' : machine}.so.1`;
  return {
    [loader]: {
      elf: {
        machine,
        soname: name,
        type: 'shared-library',
        strings: ['musl libc', version, 'Version %s'],
      },
    },
    [`/lib/${name}`]: { link: loader },
    '/usr/bin/app': { elf: { machine, interpreter: loader, needed: [name], ...options.app } },
  };
}

const loaders = {
  x86_64: ['/lib/x86_64-linux-gnu', '/lib64/ld-linux-x86-64.so.2'],
  i386: ['/lib/i386-linux-gnu', '/lib/ld-linux.so.2'],
  aarch64: ['/lib/aarch64-linux-gnu', '/lib/ld-linux-aarch64.so.1'],
  arm: ['/lib/arm-linux-gnueabihf', '/lib/ld-linux-armhf.so.3'],
  riscv64: ['/lib/riscv64-linux-gnu', '/lib/ld-linux-riscv64-lp64d.so.1'],
  ppc64le: ['/lib/powerpc64le-linux-gnu', '/lib64/ld64.so.2'],
  s390x: ['/lib/s390x-linux-gnu', '/lib/ld64.so.1'],
} as const;

/** Writes the fixture as an OCI image layout into an empty directory. */
export function writeFixture(fixture: Fixture, directory: string): void {
  const files: Record<string, FileSpec> = { ...fixture.files };
  if (fixture.os !== undefined) {
    const [id = '', version = ''] = fixture.os.split(' ');
    files['/etc/os-release'] ??=
      `ID=${id}\nVERSION_ID="${version}"\nPRETTY_NAME="${id} ${version}"\n`;
  }
  const architecture = (fixture.platform ?? 'linux/amd64').split('/')[1] ?? 'amd64';
  if (fixture.dpkg) files['/var/lib/dpkg/status'] = dpkgDatabase(fixture.dpkg, architecture);
  if (fixture.apk) files['/lib/apk/db/installed'] = apkDatabase(fixture.apk, architecture);
  if (fixture.rpm) files['/var/lib/rpm/rpmdb.sqlite'] = rpmDatabase(fixture.rpm, architecture);
  const layer = tarArchive(Object.entries(files).map(([path, file]) => entryOf(path, file)));

  const blob = (bytes: Uint8Array): { digest: string; size: number } => {
    const hex = createHash('sha256').update(bytes).digest('hex');
    mkdirSync(join(directory, 'blobs/sha256'), { recursive: true });
    writeFileSync(join(directory, 'blobs/sha256', hex), bytes);
    return { digest: `sha256:${hex}`, size: bytes.length };
  };
  const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
  const [os, arch, variant] = (fixture.platform ?? 'linux/amd64').split('/');
  const platform = { os, architecture: arch, ...(variant === undefined ? {} : { variant }) };
  const layerBlob = blob(layer);
  const config = blob(
    json({
      ...platform,
      config: {
        ...(fixture.entrypoint === undefined ? {} : { Entrypoint: fixture.entrypoint }),
        ...(fixture.cmd === undefined ? {} : { Cmd: fixture.cmd }),
        ...(fixture.user === undefined ? {} : { User: fixture.user }),
        ...(fixture.volumes === undefined
          ? {}
          : { Volumes: Object.fromEntries(fixture.volumes.map((path) => [path, {}])) }),
        Env: Object.entries({
          PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
          ...fixture.env,
        }).map(([name, value]) => `${name}=${value}`),
        ...(fixture.labels === undefined ? {} : { Labels: fixture.labels }),
      },
      rootfs: { type: 'layers', diff_ids: [layerBlob.digest] },
      history: [{ created_by: 'fixture' }],
    }),
  );
  const manifest = blob(
    json({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
      layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', ...layerBlob }],
    }),
  );
  writeFileSync(join(directory, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(
    join(directory, 'index.json'),
    json({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: [
        { mediaType: 'application/vnd.oci.image.manifest.v1+json', ...manifest, platform },
      ],
    }),
  );
}

function entryOf(path: string, file: FileSpec): TarEntry {
  if (typeof file === 'string') {
    const mode = file.startsWith('#!') ? 0o755 : 0o644;
    return { path, type: 'file', mode, content: Buffer.from(file) };
  }
  if (file instanceof Uint8Array) return { path, type: 'file', mode: 0o644, content: file };
  const uid = file.uid ?? 0;
  if (file.directory) return { path, type: 'directory', mode: file.mode ?? 0o755, uid };
  if (file.link !== undefined) return { path, type: 'symlink', mode: 0o777, link: file.link, uid };
  const content = file.elf === undefined ? Buffer.from(file.content ?? '') : elfFile(file.elf);
  const program =
    file.elf !== undefined || (typeof file.content === 'string' && file.content.startsWith('#!'));
  return {
    path,
    type: 'file',
    mode: file.mode ?? (program || file.capabilities ? 0o755 : 0o644),
    content,
    uid,
    ...(file.capabilities === undefined
      ? {}
      : { xattrs: { 'security.capability': capabilityXattr(file.capabilities) } }),
  };
}

/** Bit numbers of include/uapi/linux/capability.h. */
const capabilityBits: Readonly<Record<string, number>> = {
  cap_dac_override: 1,
  cap_setgid: 6,
  cap_setuid: 7,
  cap_net_bind_service: 10,
  cap_net_admin: 12,
  cap_net_raw: 13,
  cap_ipc_lock: 14,
  cap_sys_ptrace: 19,
  cap_sys_admin: 21,
  cap_sys_nice: 23,
  cap_sys_resource: 24,
  cap_sys_time: 25,
  cap_perfmon: 38,
  cap_bpf: 39,
};

/** vfs_cap_data of revision 2 with the effective flag (include/uapi/linux/capability.h). */
function capabilityXattr(names: readonly string[]): Buffer {
  const bits = names.reduce((sum, name) => {
    const bit = capabilityBits[name.toLowerCase()];
    if (bit === undefined) throw new Error(`no bit for ${name}`);
    return sum | (1n << BigInt(bit));
  }, 0n);
  const out = Buffer.alloc(20);
  out.writeUInt32LE(0x02000001, 0);
  out.writeUInt32LE(Number(bits & 0xffffffffn), 4);
  out.writeUInt32LE(Number(bits >> 32n), 12);
  return out;
}
