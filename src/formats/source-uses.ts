// What sources of interpreted programs ask of the host by words of their language's own library: one id for each facility,
// which rules that are data ask about ({ "source": "packet-socket" }).
import type { SourceLanguage } from './source-code.ts';

/** A facility and where the source names it. */
export interface SourceUse {
  readonly use: string;
  readonly line: number;
}

interface Word {
  readonly use: string;
  readonly pattern: RegExp;
  /** Absent: of every language. */
  readonly languages?: readonly SourceLanguage[];
}

const python: readonly SourceLanguage[] = ['python'];

/** The table. A word is a name of the library, so that it hardly stands for anything else. */
const words: readonly Word[] = [
  { use: 'packet-socket', pattern: /\b(?:AF|PF)_PACKET\b|\bPacketSocket\b/ },
  { use: 'raw-socket', pattern: /\bSOCK_RAW\b|\braw\.createSocket\(|\bNet::RawIP\b/ },
  {
    use: 'can-socket',
    pattern: /\b(?:AF|PF)_CAN\b|bustype\s*=\s*["']socketcan|interface\s*=\s*["']socketcan/,
  },
  { use: 'vsock', pattern: /\bAF_VSOCK\b/ },
  { use: 'crypto-socket', pattern: /\bAF_ALG\b/ },
  { use: 'bluetooth-socket', pattern: /\bAF_BLUETOOTH\b|\bBTPROTO_(?:HCI|L2CAP|RFCOMM)\b/ },
  { use: 'tuntap', pattern: /\bTUNSETIFF\b|\bIFF_TUN\b|\bIFF_TAP\b/ },
  { use: 'bind-to-device', pattern: /\bSO_BINDTODEVICE\b/ },
  {
    use: 'network-mark',
    pattern: /\bSO_MARK\b|\bIP_TRANSPARENT\b|\bSO_RCVBUFFORCE\b|\bSO_SNDBUFFORCE\b/,
  },
  // multiprocessing's locks and queues are POSIX semaphores, which live in /dev/shm.
  {
    use: 'shared-semaphore',
    pattern:
      /\bmultiprocessing\b.{0,80}\b(?:Queue|JoinableQueue|Pool|Lock|RLock|Semaphore|Event|Value|Array|Manager|shared_memory)\b|\bmp\.(?:Queue|Pool|Lock|Semaphore|Manager)\(|\bProcessPoolExecutor\(|\bshared_memory\.SharedMemory\(/,
    languages: python,
  },
  {
    use: 'realtime',
    pattern:
      /\bsched_setscheduler\(|\bSCHED_(?:FIFO|RR)\b|\bos\.nice\(\s*-|\bos\.setpriority\([^)\n]*-\d/,
  },
  { use: 'memory-lock', pattern: /\bmlockall\(|\.mlock\(/ },
  { use: 'set-clock', pattern: /\bclock_settime\(|\bsettimeofday\(/ },
  { use: 'make-node', pattern: /\bos\.mknod\(|\bposix_mknod\(/ },
  { use: 'change-root', pattern: /\bos\.chroot\(|\bDir\.chroot\b|\bchroot\s*\(/ },
  {
    use: 'namespaces',
    pattern: /\bos\.(?:unshare|setns)\(|\bCLONE_NEW(?:NS|NET|PID|USER|UTS|IPC)\b/,
  },
  { use: 'trace', pattern: /\bPTRACE_(?:ATTACH|SEIZE|TRACEME)\b|\bfrida\.attach\(/ },
  {
    use: 'bpf',
    pattern: /\bfrom bcc import\b|\bimport bcc\b|\bBPF\(\s*(?:text|src_file)\s*=/,
    languages: python,
  },
  { use: 'perf', pattern: /perf_event_open/ },
  { use: 'memfd', pattern: /\bmemfd_create\(/ },
  { use: 'pidfd', pattern: /\bpidfd_open\(|\bPidfdChildWatcher\(/ },
  { use: 'userfault', pattern: /userfaultfd/ },
  { use: 'high-limit', pattern: /\bsetrlimit\([^)\n]*RLIM_INFINITY/ },
  // Where nothing else is set, temporary files go to /tmp.
  {
    use: 'temporary-file',
    pattern:
      /\btempfile\.\w|\b(?:Named|Spooled)?TemporaryFile\(|\bmkdtemp|\bmkstemp|\bos\.tmpdir\(|\bDir\.mktmpdir\b|\bTempfile\.(?:new|create)\b|\bsys_get_temp_dir\(|\btmpfile\(/,
  },
  {
    use: 'file-in-image',
    pattern:
      /\bopen\(\s*f?["']\/(?!tmp\b|dev\b|proc\b|sys\b|run\b)[^"'\n]*["']\s*,\s*(?:mode\s*=\s*)?["'][rbt]*[wax+]|\bmakedirs\(\s*f?["']\/(?!tmp\b|dev\b|run\b)|\b(?:mkdirSync|writeFile|writeFileSync|appendFileSync|createWriteStream|file_put_contents|mkdir_p)\(\s*["'`]\/(?!tmp\b|dev\b|run\b)|\b(?:Rotating)?FileHandler\(\s*["']\/(?!tmp\b|dev\b|run\b)|\bsqlite3\.connect\(\s*["']\/(?!tmp\b|dev\b|run\b)/,
  },
  { use: 'browser', pattern: /\bpuppeteer\.launch\(|\bchromium\.launch\(|\bwebdriver\.Chrome\(/ },
];

const anyWord = new RegExp(words.map(({ pattern }) => pattern.source).join('|'));

/** Facilities that the lines name, each with its first line. */
export function usesIn(lines: readonly string[], language: SourceLanguage): readonly SourceUse[] {
  const found = new Map<string, number>();
  for (const [at, line] of lines.entries()) {
    if (line.length > 4096 || !anyWord.test(line)) continue;
    for (const { use, pattern, languages } of words) {
      if (found.has(use) || languages?.includes(language) === false) continue;
      if (pattern.test(line)) found.set(use, at + 1);
    }
  }
  return [...found].map(([use, line]) => ({ use, line }));
}

/** Every id of the table. */
export const sourceUseIds: readonly string[] = [...new Set(words.map(({ use }) => use))];
