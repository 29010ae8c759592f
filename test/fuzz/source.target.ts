// Sources of interpreted programs, and what start scripts check before they go on. The first byte chooses the language.
import { scriptGuards } from '../../src/formats/script-guards.ts';
import { parseSource, type SourceLanguage } from '../../src/formats/source-code.ts';
import type { FuzzTarget } from './target.ts';

const languages: readonly SourceLanguage[] = [
  'python',
  'javascript',
  'ruby',
  'perl',
  'php',
  'lua',
  'r',
];

const sources: readonly string[] = [
  '"""doc"""\nimport os, subprocess\nfrom smbus2 import SMBus as B\nfd = os.open("/dev/i2c-1", os.O_RDWR)  # x\nwith open(f"/sys/class/{n}") as f: pass\nsubprocess.run(["modprobe", "tun"], check=True)\ns = r\'\\d\' + """a\n# b\n"""\n',
  'const fs = require("fs");\nimport x, { y as z } from \'bpf\';\n/* c */ fs.readFileSync(`/proc/sys/a`); // d\nexecSync("ip link add wg0 type wireguard"); const r = /a"\\/b/;\n',
  "require 'socket'\n=begin\nx\n=end\nFile.open(\"/dev/#{n}\")\n%w[a b].each { |q| system('sysctl', '-w', q) }\n",
  'use IO::Socket;\n=pod\n\n=cut\nopen(my $f, "<", "/dev/mem") or die; qw(a b); my $x = `ulimit -n`; # y\n__END__\n',
  '<?php\nrequire_once "a.php"; # x\n$f = fopen("/dev/ttyUSB0", "r"); /* y */ exec(\'mount -t nfs a b\');\n?>\ntext',
  'local s = require "posix"\n--[[ x\n]] io.open("/dev/spidev0.0") -- y\nlocal t = [==[ z ]==]\nos.execute("tc qdisc add")\n',
  'library(reticulate)\nx <- file("/dev/random", "rb") # y\nsystem2("modprobe", c("a"))\n',
];

const guards = `if [ "$(sysctl -n vm.max_map_count)" -lt 262144 ]; then exit 1; fi
[ $(ulimit -n) -ge 65536 ] || { echo no; exit 1; }
grep -q avx2 /proc/cpuinfo || exit 1
lsmod | grep -q wireguard || exit 2
test -c /dev/kvm || exit 1
if (( $(cat /proc/sys/kernel/shmmax) < 1000 )); then echo "x" >&2; exit 1; fi
`;

const seed = (language: number, text: string): Buffer => Buffer.from(`${language}${text}`);

export const target: FuzzTarget = {
  name: 'source',
  seeds: () => [...sources, guards].map((text, at) => seed(at, text)),
  run(bytes) {
    const language = languages[(bytes[0] ?? 48) - 48];
    const rest = bytes.subarray(1);
    if (language === undefined) scriptGuards(Buffer.from(rest).toString());
    else parseSource(rest, language);
  },
};
