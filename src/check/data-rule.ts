// The form of a rule that is data: an image condition × a host condition → a finding. Every condition is an object
// with one key that says its kind ("software", "sysctl", "all") and the fields of that kind beside it. The schemas
// here are the one source of the types, of the validation of people's own rules, and of schemas/rules.schema.json.
import * as z from 'zod';
import { components } from './finding.ts';
import { type FindingCode, findingCodes } from './finding-codes.ts';

const text = z.string().min(1).max(4096);
const names = z.union([text, z.array(text).min(1)]);
const range = text.describe('version range: ">=5.0 <7.1 || =8.0.5"; "*" any known version');
const pattern = text.describe('JavaScript regular expression, matched with the m flag');
const glob = text.describe('path glob: * and ? stay inside one directory, ** crosses directories');

const machine = z.union([text, z.array(text).min(1)]).describe('as uname -m names it: x86_64');

/** Kinds of image conditions without those that combine others. */
export const imageConditions = {
  /** A program of the software catalogue; `version` false when the version is not known. */
  software: z.strictObject({
    software: names.describe('name in the software catalogue'),
    version: range.optional(),
    orUnknown: z.boolean().optional().describe('also when the version could not be told'),
  }),
  package: z.strictObject({
    package: names.describe('name of an installed package; * and ? are wild'),
    manager: names.optional().describe('dpkg, rpm, apk, pacman, pypi, npm, gem, jar, go …'),
    version: range.optional().describe("range in the order of the package's own manager"),
  }),
  os: z.strictObject({
    os: names.describe('ID of os-release'),
    version: range.optional().describe('range of VERSION_ID'),
    like: z.boolean().optional().describe('ID_LIKE counts too'),
  }),
  libc: z.strictObject({ libc: names, version: range.optional() }),
  path: z.strictObject({
    path: z.union([glob, z.array(glob).min(1)]),
    type: z.enum(['file', 'directory', 'symlink', 'character', 'block']).optional(),
    target: pattern.optional().describe('of a symbolic link: its target as stored'),
  }),
  text: z.strictObject({
    text: pattern,
    in: z.union([glob, z.array(glob).min(1)]).describe('which scripts and configuration files'),
    without: pattern.optional().describe('and this nowhere in the same file'),
  }),
  command: z.strictObject({
    command: names.describe('external command that a script of the image calls'),
    arguments: pattern.optional(),
    in: glob.optional(),
  }),
  env: z.strictObject({
    env: text.describe("variable of the image's configuration; * and ? are wild"),
    matches: pattern.optional(),
    version: range.optional().describe('the value is a version in this range'),
  }),
  label: z.strictObject({ label: text, matches: pattern.optional() }),
  library: z.strictObject({
    library: names.describe('DT_NEEDED of some ELF file; * and ? are wild'),
    in: glob.optional(),
  }),
  imports: z.strictObject({
    imports: names.describe('symbol that some ELF file imports'),
    in: glob.optional(),
  }),
  mark: z.strictObject({
    mark: text.describe('mark found in the read-only data of an ELF file'),
    matches: pattern.optional(),
    version: range.optional(),
    in: glob.optional(),
  }),
  elf: z.strictObject({
    elf: z.union([glob, z.array(glob).min(1)]).describe('path of an ELF file'),
    machine: machine.optional(),
    bits: z.union([z.literal(32), z.literal(64)]).optional(),
    interpreter: glob.optional(),
    go: range.optional().describe('built by a Go toolchain of this range'),
    static: z.boolean().optional(),
    executableStack: z.boolean().optional(),
    type: z.enum(['executable', 'shared-library']).optional(),
  }),
  goModule: z.strictObject({
    goModule: names.describe('module linked into a Go program, or its main module'),
    version: range.optional(),
  }),
  starts: z.strictObject({
    starts: names.describe(
      'program on the start chain: its base name, or a glob of its path; * and ? are wild',
    ),
    arguments: pattern.optional().describe('matched with the arguments joined by blanks'),
    orUnknown: z
      .boolean()
      .optional()
      .describe('also where nothing says what starts; the finding is then at most degraded'),
    configured: z
      .boolean()
      .optional()
      .describe('only what the image’s configuration starts, not the init that a directory holds'),
  }),
  fileCapability: z.strictObject({
    fileCapability: text.describe('CAP_NET_RAW or *'),
    in: glob.optional(),
    effective: z.boolean().optional(),
  }),
  setuid: z.strictObject({ setuid: z.union([glob, z.array(glob).min(1)]) }),
  port: z.strictObject({
    port: z.literal('privileged').describe('the image exposes a port below 1024'),
  }),
  usesPath: z.strictObject({
    usesPath: glob.describe('path under /proc, /sys or /dev that some program names'),
    access: z
      .enum(['write', 'script'])
      .optional()
      .describe('only where a script or source writes to it; only in scripts and sources at all'),
  }),
  source: z.strictObject({
    source: names.describe(
      'facility that the source of an interpreted program names: packet-socket',
    ),
  }),
  volume: z.strictObject({ volume: text.describe('a folder that the image declares as a volume') }),
  always: z.strictObject({ always: z.literal(true).describe('every image') }),
  user: z.strictObject({ user: z.enum(['root', 'other']).describe('USER of the image') }),
  architecture: z.strictObject({ architecture: machine }),
} as const;

const comparisons = {
  is: z.union([text, z.number(), z.boolean()]).optional(),
  isNot: z.union([text, z.number(), z.boolean()]).optional(),
  in: z
    .array(z.union([text, z.number()]))
    .min(1)
    .optional(),
  below: z.number().optional(),
  atLeast: z.number().optional(),
  above: z.number().optional(),
  version: range.optional(),
  matches: pattern.optional(),
  contains: text.optional().describe('the value is a list with this member'),
  lacks: text.optional().describe('the value is a list without this member'),
};

const presence = z.enum(['present', 'missing']);

/** Kinds of host conditions without those that combine others. Each is true, false, or unknown. */
export const hostConditions = {
  field: z.strictObject({
    field: text.describe('path in the host file: cgroup.version, nvidia.driver'),
    ...comparisons,
    absent: z
      .enum(['unknown', 'true', 'false'])
      .optional()
      .describe('what an absent field makes of the condition; unknown unless said'),
  }),
  kernel: z.strictObject({
    kernel: range.describe('of the mainline release that the kernel is built from'),
    exact: z
      .boolean()
      .optional()
      .describe('compare the whole release (5.10.186); distribution kernels then give unknown'),
  }),
  config: z.strictObject({
    config: text.describe('CONFIG_X'),
    is: z.enum(['on', 'off', 'builtin', 'module']),
  }),
  sysctl: z.strictObject({
    sysctl: text,
    is: z.union([text, z.number()]).optional(),
    isNot: z.union([text, z.number()]).optional(),
    below: z.number().optional(),
    atLeast: z.number().optional(),
    above: z.number().optional(),
    matches: pattern.optional(),
    column: z.number().int().min(0).max(16).optional().describe('which of several numbers, from 0'),
    minus: text.optional().describe('compare what is left after taking this sysctl away'),
    absent: z
      .enum(['unknown', 'true', 'false'])
      .optional()
      .describe('what a sysctl that this kernel lacks makes of the condition'),
  }),
  syscall: z.strictObject({
    syscall: text,
    args: z.array(z.number()).max(6).optional(),
    answers: z
      .enum(['works', 'refused', 'ENOSYS', 'EPERM', 'EACCES', 'EINVAL', 'killed'])
      .describe('refused: anything but works'),
  }),
  capability: z.strictObject({ capability: names.describe('CAP_SYS_NICE'), is: presence }),
  limit: z.strictObject({
    limit: text.describe('nofile, memlock, nproc, stack, core …'),
    which: z.enum(['soft', 'hard']).optional().describe('soft unless said'),
    below: z.number().optional(),
    above: z.number().optional(),
  }),
  module: z.strictObject({
    module: names,
    is: z
      .enum(['loaded', 'loadable', 'missing', 'unloaded'])
      .describe('loaded or built in; can be loaded; neither; not loaded, whether loadable or not'),
  }),
  device: z.strictObject({
    device: text.describe('inside the container: /dev/kvm'),
    is: presence,
    on: z
      .enum(['container', 'host'])
      .optional()
      .describe('container unless said: devices must be given to a container'),
  }),
  mounted: z.strictObject({
    mounted: names.describe('file system type of some mount in the container: nfs, cifs, 9p'),
    at: text.optional().describe('only mounts that this path lies on'),
  }),
  filesystem: z.strictObject({ filesystem: text, is: presence }),
  lsm: z.strictObject({
    lsm: z.enum(['selinux', 'apparmor', 'landlock', 'yama', 'bpf', 'lockdown', 'smack', 'tomoyo']),
    is: z.enum(['active', 'absent', 'enforcing', 'permissive']),
  }),
  apparmorProfile: z.strictObject({
    apparmorProfile: z.enum(['confined', 'unconfined']),
  }),
  engine: z.strictObject({ engine: names, version: range.optional() }),
  runtime: z.strictObject({ runtime: names, version: range.optional() }),
  libseccomp: z.strictObject({ libseccomp: range }),
  cgroup: z.strictObject({
    cgroup: z.union([z.enum(['v1', 'v2', 'hybrid']), z.array(z.enum(['v1', 'v2', 'hybrid']))]),
  }),
  cpu: z.strictObject({
    cpu: text.describe('feature word of /proc/cpuinfo, or a level'),
    is: presence,
  }),
  container: z.strictObject({
    container: text.describe('option by its name in the host file: privileged, shmSize …'),
    ...comparisons,
  }),
  mountOption: z.strictObject({
    mountOption: text.describe('noexec, ro, nosuid, nodev'),
    at: text.describe('path inside the container'),
    onFilesystem: names.optional(),
  }),
  distribution: z.strictObject({ distribution: names, version: range.optional() }),
  machine: z.strictObject({ machine }),
  kind: z.strictObject({ kind: names.describe('linux, gvisor, wsl1, other') }),
} as const;

type Leaf<T extends Readonly<Record<string, z.ZodType>>> = z.infer<T[keyof T]>;

/** An image condition. */
export type ImageCondition =
  | Leaf<typeof imageConditions>
  | { readonly all: readonly ImageCondition[] }
  | { readonly any: readonly ImageCondition[] }
  | { readonly not: ImageCondition };

/** A host condition. */
export type HostCondition =
  | Leaf<typeof hostConditions>
  | { readonly all: readonly HostCondition[] }
  | { readonly any: readonly HostCondition[] }
  | { readonly not: HostCondition };

/** The image condition of one kind: `ImageLeaf<'software'>`. */
export type ImageLeaf<K extends keyof typeof imageConditions> = z.infer<
  (typeof imageConditions)[K]
>;
/** The host condition of one kind. */
export type HostLeaf<K extends keyof typeof hostConditions> = z.infer<(typeof hostConditions)[K]>;

function combined<T>(leaves: readonly z.ZodType[]): z.ZodType<T> {
  const condition: z.ZodType = z.lazy(() =>
    z.union([
      ...leaves,
      z.strictObject({ all: z.array(condition).min(1) }),
      z.strictObject({ any: z.array(condition).min(1) }),
      z.strictObject({ not: condition }),
    ]),
  );
  return condition as z.ZodType<T>;
}

/** A condition on the image: one of the kinds, or `all`, `any`, `not` of others. */
export const imageConditionSchema = combined<ImageCondition>(Object.values(imageConditions));
/** A condition on the host, combined likewise. */
export const hostConditionSchema = combined<HostCondition>(Object.values(hostConditions));

const codes = Object.keys(findingCodes) as [FindingCode, ...FindingCode[]];

/** Everything of a rule but its two conditions. */
export const ruleHeadSchema = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z0-9]+(-[a-z0-9.]+)*$/, 'an id is in kebab-case')
    .max(100)
    .describe('stable name of the rule, unique over all files'),
  code: z.enum(codes).describe('finding code of the mechanism; see plimsoll explain'),
  severity: z.enum(['fatal', 'degraded', 'note']),
  component: z.enum(components),
  title: text.describe(
    'one line, lower case, no full stop. {software} {version} {package} {path} {detail} come from the image condition, {value} from the host condition',
  ),
  need: text.describe('what is asked: one line, same placeholders'),
  symptom: text.optional().describe('what users see, word for word'),
  help: text.describe('the fix; the safest first; same placeholders'),
  references: z.array(z.url()).min(1).max(10),
  since: text.optional().describe('where the version bounds come from, where no reference says it'),
  whenUnknown: z
    .enum(['report', 'note', 'silent'])
    .optional()
    .describe('when the host does not say: report as unknown (the default), as a note, or not'),
  onStartOnly: z
    .boolean()
    .optional()
    .describe('only when what starts is concerned, not when a file merely lies in the image'),
});

/** A rule. */
export type DataRule = z.infer<typeof ruleHeadSchema> & {
  readonly image: ImageCondition;
  readonly host?: HostCondition | undefined;
};

/** A rule file: what people write, and what the shipped ones are. */
export const ruleFileSchema = z
  .strictObject({
    $schema: text.optional(),
    schema: z.literal('plimsoll.rules/1'),
    rules: z
      .array(
        ruleHeadSchema.extend({
          image: imageConditionSchema.describe('when this holds for the image …'),
          host: hostConditionSchema
            .optional()
            .describe('… and this for the host. Absent: on every host'),
        }),
      )
      .max(10_000),
  })
  .describe('Rules for plimsoll check, as data');
