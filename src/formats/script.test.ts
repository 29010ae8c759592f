import assert from 'node:assert/strict';
import { globSync, readFileSync, statSync } from 'node:fs';
import { test } from 'node:test';
import { parseScript } from './script.ts';
import { parseSupervisord } from './supervisor.ts';

function commandsOf(text: string): string[] {
  const { value } = parseScript(Buffer.from(text));
  return (value?.commands ?? []).map(({ line, text: words }) => `${line} ${words}`);
}

const commandCases: readonly (readonly [string, string, readonly string[]])[] = [
  ['a command with quotes', '#!/bin/sh\nmodprobe "nf_nat"\n', ['2 modprobe nf_nat']],
  ['comments and words are no commands', '# modprobe a\necho modprobe b; x=modprobe\n', []],
  [
    'behind operators',
    'true && modprobe a || insmod b; sysctl -w x=1 | cat &\n',
    ['1 modprobe a', '1 insmod b', '1 sysctl -w x=1'],
  ],
  [
    'in conditions and loops',
    'if ! mount -t proc p /proc; then\n  umount /x\nfi\nfor i in a b; do mknod /dev/$i c 1 2; done',
    ['1 mount -t proc p /proc', '2 umount /x', '4 mknod /dev/$i c 1 2'],
  ],
  [
    'here-documents are text',
    "cat <<EOF\nmodprobe no\nEOF\ncat <<-'X'\n\tmount no\n\tX\nmodprobe yes",
    ['7 modprobe yes'],
  ],
  [
    'two here-documents in one line',
    'a <<A <<B\nmodprobe 1\nA\nmodprobe 2\nB\nmodprobe 3',
    ['6 modprobe 3'],
  ],
  [
    'substitutions',
    'x="$(ip link add wg0 type wireguard)" y=`ulimit -n`',
    ['1 ip link add wg0 type wireguard', '1 ulimit -n'],
  ],
  [
    'continued lines',
    'sysctl \\\n  -w vm.max_map_count=262144',
    ['1 sysctl -w vm.max_map_count=262144'],
  ],
  [
    'case branches',
    'case "$1" in\n mount) umount /a;;\n modprobe|insmod)\n  chroot /b ;;\n *) nft list ruleset\nesac\nmount /c',
    ['2 umount /a', '4 chroot /b', '5 nft list ruleset', '7 mount /c'],
  ],
  [
    'functions',
    'setup() {\n  iptables -t nat -A POSTROUTING -j MASQUERADE\n}\nfunction two { losetup -f; }\nsetup',
    ['2 iptables -t nat -A POSTROUTING -j MASQUERADE', '4 losetup -f'],
  ],
  [
    'by path and behind wrappers',
    '/sbin/modprobe a\nsudo -u root env X=1 setcap cap_net_raw+ep /p\nunshare -m mount --bind a b',
    [
      '1 /sbin/modprobe a',
      '2 setcap cap_net_raw+ep /p',
      '3 unshare -m mount --bind a b',
      '3 mount --bind a b',
    ],
  ],
  ['assignments in front', 'A=1 B="x y" modprobe z', ['1 modprobe z']],
  ['quoted over lines', "x='a\nmodprobe no\n'\nmodprobe yes", ['4 modprobe yes']],
  [
    'arithmetic and parameters',
    `x=$((1 + 2)) y=$\{z:-modprobe} w=$\{v#*)}\na=(modprobe no)\nmodprobe q`,
    ['3 modprobe q'],
  ],
  ['subshell', '( cd /x && mount -o loop a b )\n', ['1 mount -o loop a b']],
];
for (const [name, text, expected] of commandCases) {
  test(`commands: ${name}`, () => assert.deepEqual(commandsOf(text), expected));
}

const startCases: readonly (readonly [string, string, readonly string[], readonly string[]])[] = [
  ['exec of the arguments', '#!/bin/sh\nset -e\nexec "$@"\n', ['$@'], []],
  ['gosu', 'exec gosu redis "$0" "$@"', ['$0', '$@'], ['gosu']],
  [
    'su-exec with path',
    'exec /sbin/su-exec postgres postgres -D /data',
    ['postgres', '-D', '/data'],
    ['su-exec'],
  ],
  ['tini', 'exec tini -s -p SIGTERM -- /app/run --x', ['/app/run', '--x'], ['tini']],
  [
    'env and setpriv',
    'exec env A=b setpriv --reuid=1 --clear-groups nginx',
    ['nginx'],
    ['env', 'setpriv'],
  ],
  ['chpst', 'exec chpst -u www ./daemon', ['./daemon'], ['chpst']],
  [
    'no exec: the last command',
    'mkdir -p /x\nnginx -g "daemon off;"\n',
    ['nginx', '-g', 'daemon off;'],
    [],
  ],
  [
    'execline',
    '#!/command/execlineb -P\nwith-contenv\ns6-setuidgid abc\n/usr/bin/prog -x\n',
    ['/usr/bin/prog', '-x'],
    ['with-contenv', 's6-setuidgid'],
  ],
];
for (const [name, text, argv, through] of startCases) {
  test(`start: ${name}`, () => {
    const start = parseScript(Buffer.from(text)).value?.starts[0];
    assert.deepEqual(start?.argv, argv);
    assert.deepEqual(start?.through, through);
  });
}

test('paths: read, written, named; those that every container has are left out', () => {
  const text =
    'cat /sys/fs/cgroup/memory/memory.limit_in_bytes\necho 1 > /proc/sys/net/ipv4/ip_forward\n' +
    'test -c /dev/net/tun 2>/dev/null\nx=$(< /proc/self/cgroup)\n[ -w /proc/1/fd/1 ]';
  assert.deepEqual(
    parseScript(Buffer.from(text)).value?.paths.map((p) => `${p.line} ${p.access} ${p.path}`),
    [
      '1 read /sys/fs/cgroup/memory/memory.limit_in_bytes',
      '2 write /proc/sys/net/ipv4/ip_forward',
      '3 named /dev/net/tun',
      '4 read /proc/self/cgroup',
    ],
  );
});

const shebangs: readonly (readonly [string, string | undefined, string | undefined, boolean])[] = [
  ['#!/bin/sh\n', '/bin/sh', undefined, true],
  ['#! /usr/bin/env  bash -e\n', '/usr/bin/env', 'bash -e', true],
  ['#!/usr/bin/python3 -Es\nimport os', '/usr/bin/python3', '-Es', false],
  ['#!/usr/bin/env -S python3 -u\n', '/usr/bin/env', '-S python3 -u', false],
  ['#!/bin/busybox sh\n', '/bin/busybox', 'sh', true],
  ['#!/bin/sh\r\necho', '/bin/sh\r', undefined, true],
  ['#!/usr/bin/env bash\r\necho', '/usr/bin/env', 'bash\r', true],
  ['echo no first line\n', undefined, undefined, true],
  ['#!\n', undefined, undefined, true],
];
for (const [text, interpreter, argument, shell] of shebangs) {
  test(`first line ${JSON.stringify(text.split('\n', 1)[0])}`, () => {
    const { value } = parseScript(Buffer.from(text));
    assert.deepEqual(
      [value?.interpreter, value?.argument, value?.shell],
      [interpreter, argument, shell],
    );
  });
}

test('bytes with NUL are no script', () => {
  assert.equal(parseScript(Buffer.from('#!/bin/sh\n\0')).value, undefined);
});

test('blanks that part no words are part of them', () => {
  assert.deepEqual(commandsOf('a\vb\f\u00a0c\nmodprobe x'), ['2 modprobe x']);
});

test('deep nesting and open quotes end', () => {
  for (const piece of [
    '$(',
    '`',
    '"$(',
    '${',
    '(',
    "'",
    '<<A ',
    'case x in ',
    '((',
    '<(',
    '"${x:-',
  ]) {
    const { value } = parseScript(Buffer.from(piece.repeat(20000)));
    assert.ok(value);
  }
});

test("this machine's shell scripts: every one is read, commands stand on their lines", () => {
  let commands = 0;
  for (const path of globSync('{/usr/bin,/usr/sbin,/etc/init.d,/var/lib/dpkg/info}/*')) {
    const file = statSync(path, { throwIfNoEntry: false });
    if (!file?.isFile() || file.size > 200_000) continue;
    const bytes = readFileSync(path);
    if (bytes.toString('latin1', 0, 2) !== '#!') continue;
    const { value } = parseScript(bytes);
    const lines = bytes.toString('utf8').split('\n');
    for (const { name, line } of value?.commands ?? []) {
      commands++;
      // A command in backquotes over several lines may stand below the line of its opening.
      const near = lines.slice(line - 1, line + 3).join('\n');
      assert.ok(near.includes(name), `${path}:${line}: ${name} is not there`);
    }
  }
  assert.ok(commands > 20, `only ${commands} commands seen`);
});

test('supervisord: programs with users and launchers', () => {
  const text =
    '[supervisord]\nnodaemon=true ; stay\n[program:web]\ncommand = gosu www nginx -g "daemon off;"\nuser=root\n' +
    '[program:cron]\ncommand=/usr/sbin/cron -f ; comment\n';
  assert.deepEqual(
    parseSupervisord(Buffer.from(text)).map(({ name, user, argv, line }) => ({
      name,
      user,
      argv,
      line,
    })),
    [
      { name: 'web', user: 'root', argv: ['nginx', '-g', 'daemon off;'], line: 4 },
      { name: 'cron', user: undefined, argv: ['/usr/sbin/cron', '-f'], line: 7 },
    ],
  );
});
