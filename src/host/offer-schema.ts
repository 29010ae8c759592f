// zod's schema of a host file: the one source of the Offer type, of the validation and of
// schemas/host.schema.json. Only what reads a host file imports it at run time, for zod costs start-up time;
// all else imports the type from offer.ts. Unknown keys are refused: a misspelt one would count as unknown.
import * as z from 'zod';

const text = z.string().min(1).max(4096);
const words = z.string().max(65536);
/** A value of a setting or an option: people write numbers bare, the kernel gives them as text. */
const setting = z.union([words, z.int().transform(String)], 'expected a text or a whole number');

/** seccomp filter of an engine: by name of a shipped default, or an OCI profile written out. */
const seccompSchema = z.strictObject({
  mode: z
    .enum(['default', 'unconfined', 'profile', 'none'])
    .describe("default: the engine's own; none: no seccomp in this kernel"),
  /** An OCI seccomp profile (config-linux.md, "seccomp"), with mode: profile. */
  profile: z.record(z.string(), z.unknown()).optional(),
});

const engineSchema = z.strictObject({
  name: z.enum([
    'docker',
    'podman',
    'containerd',
    'cri-o',
    'buildah',
    'nspawn',
    'lxc',
    'singularity',
    'kata',
    'gvisor',
    'garden',
    'other',
  ]),
  version: text.optional(),
  runtime: z
    .strictObject({ name: text, version: text.optional() })
    .optional()
    .describe('crun, runc, runsc, kata …'),
  libseccomp: text.optional().describe('version of libseccomp that compiles the filter'),
  commonVersion: text
    .optional()
    .describe("containers-common version, which carries podman's default profile"),
  seccomp: seccompSchema.optional(),
  api: z
    .strictObject({ minimum: text, maximum: text })
    .optional()
    .describe('Docker Engine API versions'),
  storageDriver: text.optional(),
  rootless: z.boolean().optional(),
  dockerDesktop: text.optional().describe('version of Docker Desktop, where it is one'),
});

/** How the container is started: docker's defaults where absent. */
const containerSchema = z.strictObject({
  privileged: z.boolean().optional(),
  user: text.optional(),
  capabilities: z
    .array(text)
    .optional()
    .describe("bounding set, CAP_ names; absent: the engine's default"),
  capabilitiesAdded: z.array(text).optional(),
  capabilitiesDropped: z.array(text).optional(),
  noNewPrivileges: z.boolean().optional(),
  readOnlyRoot: z.boolean().optional(),
  pidsLimit: z
    .number()
    .int()
    .optional()
    .describe('processes and threads together; podman gives 2048; absent: not said'),
  shmSize: z
    .number()
    .int()
    .nonnegative()
    .optional()
    .describe('bytes; docker and podman give 64 MiB'),
  tmpfs: z
    .record(z.string(), text)
    .optional()
    .describe('mount point → options, as "/tmp": "noexec,nosuid"'),
  devices: z.array(text).optional().describe('devices given: /dev/kvm, /dev/fuse'),
  apparmorProfile: text.optional(),
  selinuxLabel: text.optional(),
  userNamespace: z.boolean().optional(),
  pidNamespaceHost: z.boolean().optional(),
  networkHost: z.boolean().optional(),
  cgroupMounted: z.boolean().optional().describe('/sys/fs/cgroup is visible inside'),
  mounts: z
    .array(
      z.strictObject({
        source: text,
        target: text,
        options: text.optional(),
        filesystem: text.optional(),
      }),
    )
    .optional(),
  injectedTools: z
    .array(z.strictObject({ path: text, needsGlibc: text.optional() }))
    .optional()
    .describe('host programs mounted into the container'),
  nested: text.optional().describe('what the engine itself runs in: lxc, nspawn, docker, sysbox …'),
});

/** The content of a host file. */
export const offerSchema = z.strictObject({
  schema: z.literal('plimsoll.host/1'),
  name: text,
  description: z.string().max(4096).optional(),
  /** Where a part's value comes from: "kernel.config" → "/boot/config-6.1.0-13-amd64". A key covers all below it. */
  sources: z.record(z.string(), text).optional(),
  /** Parts that a probe could not read, with the reason. */
  unread: z.array(z.strictObject({ part: text, reason: text })).optional(),
  distribution: z
    .strictObject({ id: text, version: text.optional(), name: text.optional() })
    .optional(),
  kernel: z
    .strictObject({
      kind: z.enum(['linux', 'gvisor', 'wsl1', 'other']).optional(),
      release: text.optional().describe('as uname -r gives it'),
      base: text.optional().describe('mainline release that it is built from, "3.10"'),
      version: text.optional().describe('as uname -v gives it'),
      config: z
        .record(z.string(), setting)
        .optional()
        .describe('CONFIG_X → y, m, n, a number or a text'),
      configComplete: z
        .boolean()
        .optional()
        .describe('config lists all options: an absent one is off'),
      commandLine: words.optional(),
      btf: z.boolean().optional(),
    })
    .optional(),
  machine: text.optional().describe('uname -m: x86_64, aarch64 …'),
  /** Which calls are there. Base by mainline release, then what the distribution adds or leaves out; or a full list. */
  syscalls: z
    .strictObject({
      added: z.array(text).optional(),
      removed: z.array(text).optional(),
      uncertain: z
        .array(text)
        .optional()
        .describe('calls of which it is not known whether the kernel has them'),
      exact: z
        .record(z.string(), z.array(text))
        .optional()
        .describe('ABI (x86_64, i386 …) → every call that is implemented'),
    })
    .optional(),
  /** Flags and arguments carried beyond the base release: "prctl option PR_SET_MDWE". */
  flagsAdded: z.array(text).optional(),
  cpu: z
    .strictObject({
      vendor: text.optional(),
      model: text.optional(),
      level: text.optional().describe('x86-64-v1…v4, power8…, z13…, armv8-a, armv8.1-a, armv8.2-a'),
      levelAtLeast: text
        .optional()
        .describe('the level is this or a higher one: what the distribution itself needs to start'),
      features: z.array(text).optional().describe('words of /proc/cpuinfo'),
      aarch32: z.boolean().optional().describe('can run 32-bit ARM programs'),
      count: z.number().int().positive().optional(),
    })
    .optional(),
  emulation: z
    .strictObject({
      by: z.enum(['qemu-user', 'qemu-tcg', 'rosetta', 'box64', 'fex']),
      version: text.optional(),
      machines: z.array(text).optional().describe('foreign machines that run through it'),
      credentialsFlag: z.boolean().optional().describe('binfmt_misc entry has the C flag'),
      environment: text.optional().describe('OrbStack, Docker Desktop 4.31, macOS 14.4 …'),
    })
    .optional(),
  pageSize: z.number().int().positive().optional(),
  vsyscall: z.enum(['none', 'xonly', 'emulate', 'native']).optional(),
  ia32: z.boolean().optional().describe('32-bit x86 programs run'),
  sysctls: z.record(z.string(), setting).optional().describe('vm.max_map_count → "65530"'),
  entropyAvailable: z.number().optional(),
  transparentHugepages: z.enum(['always', 'madvise', 'never']).optional(),
  lsm: z
    .strictObject({
      active: z.array(text).optional().describe('in order, as /sys/kernel/security/lsm'),
      selinux: z.enum(['enforcing', 'permissive', 'disabled']).optional(),
      selinuxBooleans: z.record(z.string(), z.boolean()).optional(),
      selinuxfsVisible: z.boolean().optional().describe('selinuxfs is mounted inside containers'),
      apparmor: z.boolean().optional(),
      apparmorProfiles: z
        .array(text)
        .optional()
        .describe('loaded profiles, by name or attachment path'),
    })
    .optional(),
  cgroup: z
    .strictObject({
      version: z.enum(['v1', 'v2', 'hybrid']).optional(),
      controllers: z.array(text).optional(),
      procCgroups: z.array(text).optional().describe('controllers listed in /proc/cgroups'),
      hugetlbLimit: z.number().optional().describe('bytes that the container may use; 0: none'),
    })
    .optional(),
  namespaces: z
    .strictObject({
      available: z.array(text).optional(),
      unprivilegedUser: z.boolean().optional(),
    })
    .optional(),
  limits: z
    .record(
      z.string(),
      z.strictObject({ soft: z.number().nullable(), hard: z.number().nullable() }),
    )
    .optional()
    .describe('resource limits inside the container by name: nofile, memlock …; null: unlimited'),
  modules: z.array(text).optional().describe('loaded or built in'),
  modulesAvailable: z.array(text).optional().describe('can be loaded'),
  filesystems: z.array(text).optional(),
  devices: z.array(text).optional().describe('device nodes on the host'),
  storage: z
    .strictObject({
      filesystem: text.optional().describe("below the engine's storage: xfs, ext4, btrfs"),
      dType: z.boolean().optional(),
      redirectDir: z.boolean().optional(),
      nosuid: z.boolean().optional(),
    })
    .optional(),
  nvidia: z
    .strictObject({
      driver: text.optional(),
      cuda: text.optional(),
      computeCapability: text
        .regex(/^\d{1,2}\.\d$/)
        .optional()
        .describe('of the card, as nvidia-smi --query-gpu=compute_cap tells it: "8.6"'),
    })
    .optional(),
  fips: z.boolean().optional(),
  cryptoPolicy: text.optional().describe('DEFAULT, LEGACY, FUTURE, DEFAULT:SHA1 …'),
  resolver: z
    .strictObject({
      search: z.array(text).optional(),
      ndots: z.number().optional(),
      nameservers: z.array(text).optional(),
      dnssec: z.boolean().optional(),
      rateLimited: z.boolean().optional(),
    })
    .optional(),
  services: z
    .array(text)
    .optional()
    .describe('host services that containers rely on: sssd-kcm, rngd …'),
  upcalls: z
    .record(z.string(), text)
    .optional()
    .describe(
      'programs that the kernel starts outside any container: core_pattern, modprobe, request-key',
    ),
  engine: engineSchema.optional(),
  libseccomp: text.optional(),
  container: containerSchema.optional(),
  hypervisor: text
    .optional()
    .describe("kata, wsl2, kvm, vmware, clear-containers … when the kernel is a guest's"),
});
