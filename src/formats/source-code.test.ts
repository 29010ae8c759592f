import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sourceLines } from '../../test/builders/source-lines.ts';
import { parseSource, type SourceLanguage, sourceLanguage } from './source-code.ts';
import { sourceUseIds } from './source-uses.ts';

const parse = (text: string, language: SourceLanguage = 'python') =>
  parseSource(Buffer.from(text), language);

test('each facility is told from a line that names it', () => {
  assert.deepEqual(Object.keys(sourceLines).sort(), [...sourceUseIds].sort());
  for (const [use, line] of Object.entries(sourceLines)) {
    const { uses } = parse(`import os\n${line}\n`);
    assert.ok(
      uses.some((one) => one.use === use && one.line === 2),
      `${use}: ${JSON.stringify(uses)}`,
    );
  }
});

/** Language, source, paths with how they are touched. */
const paths: readonly (readonly [SourceLanguage, string, readonly string[]])[] = [
  ['python', 'bus = open("/dev/i2c-1")', ['named /dev/i2c-1']],
  ['python', "port = f'/dev/ttyUSB{n}'", ['named /dev/ttyUSB{n}']],
  ['python', 'open("/proc/sys/vm/swappiness", "w").write("1")', ['write /proc/sys/vm/swappiness']],
  ['python', '# open("/dev/i2c-1")', []],
  ['python', 'sink = "/dev/null"; me = "/proc/self/fd"', []],
  ['javascript', 'const v = "/dev/video0"; // camera', ['named /dev/video0']],
  ['javascript', '// "/dev/video0"', []],
  [
    'javascript',
    'fs.writeFileSync("/sys/class/gpio/export", "4")',
    ['write /sys/class/gpio/export'],
  ],
  ['ruby', "File.open('/dev/watchdog', 'w')", ['write /dev/watchdog']],
  ['php', 'fopen("/dev/ttyS0", "w");', ['write /dev/ttyS0']],
  ['python', 'url = "http://host/dev/null-page/dev/x"', []],
];

test('kernel files that sources name', () => {
  for (const [language, source, expected] of paths) {
    const found = parse(source, language).paths.map(({ access, path }) => `${access} ${path}`);
    assert.deepEqual(found, expected, source);
  }
});

/** Language, source, commands that it starts. */
const commands: readonly (readonly [SourceLanguage, string, readonly string[]])[] = [
  ['python', 'os.system("iptables -A INPUT -j DROP")', ['iptables -A INPUT -j DROP']],
  ['python', 'subprocess.run(["ip", "link", "add", "wg0"])', ['ip link add wg0']],
  ['python', 'subprocess.check_output("modprobe tun", shell=True)', ['modprobe tun']],
  ['javascript', "execSync('mount -t nfs a:/b /mnt')", ['mount -t nfs a:/b /mnt']],
  ['javascript', "spawn('tcpdump', ['-i', 'eth0'])", ['tcpdump -i eth0']],
  ['ruby', '`sysctl -w vm.max_map_count=262144`', ['sysctl -w vm.max_map_count=262144']],
  ['php', 'shell_exec("ping -c 1 $host");', ['ping -c 1 $host']],
  ['python', 'print("mount the disk")', []],
];

test('commands that sources start', () => {
  for (const [language, source, expected] of commands)
    assert.deepEqual(
      parse(source, language).commands.map(({ text }) => text),
      expected,
      source,
    );
});

test('languages by name', () => {
  assert.equal(sourceLanguage('/app/main.py'), 'python');
  assert.equal(sourceLanguage('/app/index.mjs'), 'javascript');
  assert.equal(sourceLanguage('/app/main.go'), undefined);
  assert.equal(sourceLanguage('/app/constructor'), undefined);
});
