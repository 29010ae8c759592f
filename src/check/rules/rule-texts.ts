// What each rule written in code looks for, for `plimsoll explain RULE`: rules that are data carry their own words.
// A name with "*" stands for a family, one rule for each call, flag, module or kind of device.
import type { FindingCode } from '../finding-codes.ts';
import kinds from '../tables/device-kinds.json' with { type: 'json' };
import { skews } from './engine-skew.ts';

/** A rule or a family of rules in words. */
export interface RuleWords {
  /** The name as findings carry it. */
  readonly id: string;
  /** Codes that its findings may have. */
  readonly codes: readonly FindingCode[];
  /** What it compares with what, in a sentence or two. */
  readonly says: string;
  readonly symptom?: string;
  readonly help?: string;
  readonly references?: readonly string[];
}

type Row = readonly [id: string, code: FindingCode | readonly FindingCode[], says: string];

const rows: readonly Row[] = [
  [
    'syscall-*',
    [
      'PL1004',
      'PL1005',
      'PL1010',
      'PL1014',
      'PL1015',
      'PL3001',
      'PL3002',
      'PL3003',
      'PL3004',
      'PL3011',
      'PL5006',
    ],
    'This system call is made by code, C library or run-time of the image, and the kernel, the filter of the engine, a setting or missing privileges of the host refuse it. What the caller does with that error decides between fatal and degraded.',
  ],
  [
    'syscalls-perhaps-*',
    ['PL1004', 'PL1005', 'PL1010', 'PL3002'],
    'Programs of the image make system calls that the host refuses, and nothing tells whether they cope.',
  ],
  [
    'flag-*',
    'PL1006',
    'This flag or argument of a call is newer than the call itself, a program of the image gives it, and the kernel does not know it.',
  ],
  [
    'command-needs-module-*',
    'PL6006',
    'A command in a script or source of the image asks for this module of the kernel ("ip link add … type …", "tc qdisc add", "mount -t"), which a container cannot load, and the host has not loaded it or does not have it.',
  ],
  [
    'script-checks-sysctl',
    'PL6001',
    'A start script looks at a kernel setting before it goes on, and the setting of the host does not pass.',
  ],
  [
    'script-checks-limit',
    'PL6002',
    'A start script looks at a limit (ulimit) before it goes on, and the limit of the container does not pass.',
  ],
  [
    'script-checks-cpu',
    'PL2006',
    'A start script looks for a word of the processor in /proc/cpuinfo, and the processor of the host lacks it.',
  ],
  [
    'script-checks-module',
    'PL6006',
    'A start script looks for a module of the kernel, which the host has not loaded.',
  ],
  [
    'script-checks-device',
    'PL6005',
    'A start script looks for a device, which is not given to the container.',
  ],
  [
    'iptables-extension-missing',
    'PL6006',
    'A script of the image uses a match or target of iptables ("-m recent", "-j TPROXY") whose module the kernel of the host does not have.',
  ],
  [
    'abi-note-kernel-too-old',
    'PL1001',
    'The ABI note of the C library or of a static program asks for a newer kernel, and its glibc (before 2.36) compares the note at the start.',
  ],
  [
    'below-libc-minimum',
    'PL1001',
    'The glibc of the image (2.36 or newer) is built for a newer kernel and no longer looks at the start: it takes calls for granted that the kernel lacks.',
  ],
  [
    'libc-outside-minimum',
    'PL1001',
    'A program whose C library is not part of the target needs a glibc (by its symbol versions and its ABI note) that is built for a newer kernel.',
  ],
  [
    'abi-note-library',
    'PL1002',
    'The ABI note of a library asks for a newer kernel: the loader of glibc before 2.36 passes over it, so that it is "not found".',
  ],
  [
    'runtime-minimum-kernel',
    'PL1003',
    'A run-time that is linked in or installed (Go, Rust, Node, systemd) needs a newer kernel than the host has.',
  ],
  [
    'kernel-release-unknown',
    ['PL1001', 'PL1002', 'PL1003'],
    'The image names the oldest kernel that it accepts, and the host does not say what kernel it runs.',
  ],
  [
    'kernel-revision-255',
    'PL1007',
    'The third number of the kernel release is above 254, on which the preinst script of older libc6 packages stops.',
  ],
  [
    'vsyscall-none',
    'PL1008',
    'Programs of the image call the vsyscall page (old glibc, old Go), and the host has switched it off.',
  ],
  [
    'allocator-page-size',
    'PL2008',
    'A memory allocator that is linked in was built for smaller pages than those of the host.',
  ],
  [
    'segment-alignment',
    'PL2007',
    'The segments of a program or library are aligned for smaller pages than those of the host, so that they cannot be mapped.',
  ],
  [
    'processor-level',
    'PL2005',
    'A program or library is marked for, or its code needs, a level of x86-64 (v2, v3, v4) above that of the processor.',
  ],
  [
    'processor-feature',
    'PL2006',
    'A program needs a feature of the processor that the host lacks.',
  ],
  [
    'foreign-architecture',
    'PL2001',
    'The programs of the image are for another architecture than the host, and no emulator is registered there.',
  ],
  [
    'emulated-architecture',
    'PL2001',
    'The programs of the image are for another architecture, and an emulator of the host translates them.',
  ],
  [
    'foreign-files',
    'PL2001',
    'Some programs or libraries are for another architecture than the image as a whole.',
  ],
  [
    'platform-contradicted',
    'PL2002',
    'The configuration of the image names another platform than its programs are built for.',
  ],
  ['machine-unknown', 'PL2001', 'The host does not say what architecture it has.'],
  [
    'ia32-off',
    'PL2003',
    'Programs for 32-bit x86 are in the image, and the kernel of the host does not run them.',
  ],
  [
    'x32-off',
    'PL2003',
    'Programs for x32 are in the image, and the kernel of the host does not run them.',
  ],
  [
    'aarch32-absent',
    'PL2004',
    'Programs for 32-bit Arm are in the image, and the host does not run them.',
  ],
  [
    'selinux-execstack',
    'PL5002',
    'A program or library asks for an executable stack, which SELinux on the host refuses to containers.',
  ],
  [
    'execstack-dlopen',
    'PL2013',
    'A library asks for an executable stack, which the loader of newer glibc refuses while a program runs.',
  ],
  [
    'files-not-startable',
    ['PL2011', 'PL2012'],
    'Programs beside what starts need an interpreter, library or symbol version that the image does not hold.',
  ],
  [
    'programs-not-startable',
    ['PL2011', 'PL2012'],
    'Programs need an interpreter, library or symbol version that the image does not hold.',
  ],
  ['entrypoint-missing', 'PL2011', 'The file that the image is to start is not in it.'],
  [
    'interpreter-missing',
    'PL2011',
    'The loader or interpreter that a program or script names is not in the image.',
  ],
  [
    'interpreter-carriage-return',
    'PL2011',
    'The first line of a script ends with a carriage return, which becomes part of the interpreter’s name.',
  ],
  ['library-missing', 'PL2012', 'A library that what starts is linked with is not in the image.'],
  [
    'symbol-version-missing',
    'PL2012',
    'A program needs a symbol version that the library of the image does not define.',
  ],
  [
    'injected-tool-libc',
    'PL3012',
    'Tools that the host puts into containers are built for another C library than the image has.',
  ],
  [
    'selinux-bind-mount',
    'PL5012',
    'A folder of the host is mounted without :z or :Z, and SELinux is enforcing there.',
  ],
  [
    'selinux-engine-socket',
    'PL5012',
    'The socket of the engine is mounted into the container, and SELinux does not let a container use it.',
  ],
  [
    'selinux-network-mount',
    'PL5012',
    'A network file system is mounted into the container, and a boolean of SELinux that allows it is off.',
  ],
  [
    'file-owner-not-mapped',
    'PL5011',
    'Files of the image belong to numbers beyond those that a rootless engine maps, so that its layers cannot be unpacked.',
  ],
  [
    'file-capability-bounding-set',
    'PL5006',
    'A program carries file capabilities that the container may not have, so that the kernel refuses to start it.',
  ],
  [
    'setuid-no-new-privileges',
    'PL5007',
    'A set-user-ID program is used, and the container runs with no_new_privs.',
  ],
  [
    'setuid-nosuid-storage',
    'PL5007',
    'A set-user-ID program is used, and the storage of the engine is mounted nosuid.',
  ],
  [
    'setuid-qemu-credentials',
    'PL5007',
    'A set-user-ID program is used under an emulator that is registered without the flag for credentials.',
  ],
  [
    'cuda-runtime-driver',
    'PL6015',
    'The CUDA libraries of the image are newer than the NVIDIA driver of the host supports.',
  ],
  [
    'gpu-driver-cuda',
    'PL6015',
    'NVIDIA_REQUIRE_CUDA of the image is not met by the driver of the host.',
  ],
  [
    'large-files',
    'PL6017',
    'A 32-bit program asks for files without large-file support, on a file system or below a translator that needs it.',
  ],
  [
    'unreadable-start',
    'PL5006',
    'What starts cannot be read by the user that the container starts as: modes of files, or folders above them.',
  ],
  [
    'writes-as-another-user',
    'PL5006',
    'Start scripts write where only the image’s own user may, and the container is given another (OpenShift, runAsUser).',
  ],
  [
    'gpu-card',
    'PL6018',
    'CUDA code of the image was compiled for other cards than the host has: PyTorch wheels, extensions, the CUDA run-time.',
  ],
  [
    'unbounded-code',
    'PL7001',
    'A shell, an interpreter or a plugin decides what runs: code that is not in the image may need more.',
  ],
  [
    'libraries-outside-target',
    'PL7001',
    'The target is one file, and its loader and libraries are not part of it.',
  ],
  ['nothing-to-run', 'PL7003', 'The target holds no program.'],
  ['not-analysed', 'PL7003', 'Part of the target could not be read, or its code was left out.'],
  [
    'privileged-tools',
    'PL7002',
    'Tools in the image go beside the system call layer (raw sockets, tracing, file systems), where a prediction from calls says little.',
  ],
  [
    'engine-not-named',
    'PL7004',
    'The host names no engine, so that nothing is known of its filter, capabilities and devices.',
  ],
  [
    'unknown-host-parts',
    'PL7004',
    'Parts of the host that it does not state could make it work worse than it should.',
  ],
  [
    'user-space-life-cycle',
    'PL8001',
    'The distribution of the image is, or will soon be, without support.',
  ],
  ['host-life-cycle', 'PL8002', 'The distribution of the host is without support.'],
  [
    'support-policy',
    'PL8003',
    'A support policy says whether this release of an image is supported on this release of a host.',
  ],
];

const families: readonly RuleWords[] = [
  ...skews.map(
    ({ id, code, title, need, symptom, help, references }): RuleWords => ({
      id,
      codes: [code],
      says: `${title}: it needs ${need}.`,
      symptom,
      help,
      references,
    }),
  ),
  ...rows.map(([id, code, says]) => ({ id, codes: [code].flat(), says })),
  ...kinds.flatMap(({ id, what, ...kind }): readonly RuleWords[] =>
    'group' in kind
      ? [
          {
            id: `device-${id}-rootless`,
            codes: ['PL6005'],
            says: `What starts uses ${what}, which belongs to the group ${kind.group} of the host, and the engine runs without root.`,
          },
        ]
      : [],
  ),
  ...kinds.map(({ id, what, nodes, symptom, references, ...kind }): RuleWords => {
    const host = 'host' in kind ? `; ${kind.host}` : '';
    return {
      id: `device-${id}`,
      codes: ['PL6005'],
      says: `What starts uses ${what} (${nodes.join(', ')}): it is made for it, or its file, scripts or sources name such a path, and the container is given none.`,
      symptom,
      help: `--device ${(nodes[0] ?? '').replace(/\*+/g, '0')}${host}`,
      references,
    };
  }),
];

/** Names of all rules in code that stand alone, and of families with their "*". */
export const codeRuleNames: readonly string[] = families.map(({ id }) => id);

/** The words of a rule in code by the name that a finding carries; undefined for any other name. */
export function codeRuleWords(name: string): RuleWords | undefined {
  const found = families.find(({ id }) =>
    id.endsWith('*') ? name.startsWith(id.slice(0, -1)) && name.length >= id.length : id === name,
  );
  return found === undefined ? undefined : { ...found, id: name };
}
