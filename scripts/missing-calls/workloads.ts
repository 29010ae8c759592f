// Jobs of programs of many kinds: command-line tools, shells, run-times, servers; dynamic and static; C, C++, Rust, Go.
import type { Workload } from './workload.ts';

const text =
  'seq 1 200 > numbers; printf "pear\\napple\\nfig\\n" > fruits; mkdir sub; cp fruits sub/more; ln -s fruits link; chmod 600 numbers; find . -exec touch -h -d 2020-01-01 {} +';
const repository =
  'git init -q . && git config user.email a@b && git config user.name n && echo hello > a && git add a && GIT_AUTHOR_DATE=2020-01-01T00:00:00Z GIT_COMMITTER_DATE=2020-01-01T00:00:00Z git commit -q -m one';
const wait = (port: number): string =>
  `for i in $(seq 1 40); do if nc -z 127.0.0.1 ${port}; then break; fi; sleep 0.05; done`;

const job = (setup: string | undefined, ...argv: string[]): Workload => ({
  argv,
  ...(setup === undefined ? {} : { setup }),
});

const python = '/usr/bin/python3';

export const workloads: readonly Workload[] = [
  // coreutils
  job(undefined, '/usr/bin/true'),
  job(undefined, '/usr/bin/echo', 'hello'),
  job(text, '/usr/bin/ls', '-l', '--time-style=+', '$D'),
  job(text, '/usr/bin/ls', '$D/sub'),
  job(text, '/usr/bin/cat', 'numbers'),
  job(text, '/usr/bin/cp', 'numbers', 'copy'),
  job(text, '/usr/bin/cp', '-a', 'sub', 'other'),
  job(text, '/usr/bin/mv', 'numbers', 'moved'),
  job(text, '/usr/bin/rm', '-r', 'sub'),
  job(text, '/usr/bin/mkdir', '-p', 'x/y/z'),
  job(text, '/usr/bin/rmdir', 'nothing'),
  job(text, '/usr/bin/ln', '-s', 'numbers', 'name'),
  job(text, '/usr/bin/chmod', '755', 'numbers'),
  job(text, '/usr/bin/chown', '-R', 'root', 'sub'),
  job(text, '/usr/bin/touch', 'fresh'),
  job(text, '/usr/bin/sort', '-r', 'numbers'),
  job(text, '/usr/bin/wc', 'numbers'),
  job(text, '/usr/bin/head', '-n', '3', 'numbers'),
  job(text, '/usr/bin/tail', '-n', '3', 'numbers'),
  job(text, '/usr/bin/cut', '-c1', 'numbers'),
  job(text, '/usr/bin/tee', 'out'),
  job(text, '/usr/bin/md5sum', 'numbers'),
  job(text, '/usr/bin/stat', '-c', '%n %s %F', 'numbers'),
  job(text, '/usr/bin/du', '--apparent-size', 'sub'),
  job(undefined, '/usr/bin/uname', '-s'),
  job(undefined, '/usr/bin/id', '-u'),
  job(undefined, '/usr/bin/whoami'),
  job(undefined, '/usr/bin/nproc'),
  job(undefined, '/usr/bin/pwd'),
  job(undefined, '/usr/bin/sleep', '0.01'),
  job(undefined, '/usr/bin/timeout', '2', '/usr/bin/true'),
  job(undefined, '/usr/bin/dd', 'if=/dev/zero', 'of=zero', 'bs=4k', 'count=4', 'status=none'),
  job(text, '/usr/bin/split', '-l', '50', 'numbers'),
  job(text, '/usr/bin/truncate', '-s', '10', 'numbers'),
  job(text, '/usr/bin/readlink', '-f', 'link'),
  job(text, '/usr/bin/install', '-m', '644', 'numbers', 'installed'),
  job(text, '/usr/bin/shuf', '--random-source=numbers', 'fruits'),
  job(undefined, '/usr/bin/mktemp', '-u', '/tmp/plimsoll-job/aXXX'),
  // findutils, grep, sed, tar and compressors
  job(text, '/usr/bin/find', '.', '-name', 'f*', '-size', '-4'),
  job(text, '/usr/bin/grep', '-rn', 'apple', '.'),
  job(text, '/usr/bin/sed', '-i', 's/pear/plum/', 'fruits'),
  job(text, '/usr/bin/sed', '-n', '2p', 'fruits'),
  job(
    text,
    '/usr/bin/tar',
    '--mtime=2020-01-01',
    '--sort=name',
    '-cf',
    'all.tar',
    'sub',
    'numbers',
  ),
  job(`${text}; tar cf all.tar sub numbers; rm -r sub numbers`, '/usr/bin/tar', '-xf', 'all.tar'),
  job(text, '/usr/bin/gzip', '-n', 'numbers'),
  job(`${text}; gzip -n numbers`, '/usr/bin/gzip', '-d', 'numbers.gz'),
  job(text, '/usr/bin/bzip2', 'numbers'),
  job(text, '/usr/bin/xz', '-T1', 'numbers'),
  job(text, '/usr/bin/zstd', '-q', 'numbers'),
  job(text, '/usr/bin/zip', '-qX', 'all.zip', 'fruits'),
  job(text, '/usr/bin/diff', 'fruits', 'numbers'),
  job(text, '/usr/bin/cmp', 'fruits', 'sub/more'),
  job(text, '/usr/bin/file', 'numbers'),
  job(text, '/usr/bin/tree', '.'),
  job(text, '/usr/bin/rsync', '-r', 'sub/', 'copy/'),
  // shells
  job(
    text,
    '/usr/bin/dash',
    '-c',
    'while read x; do echo "$x"; done < fruits; cd sub; [ -f more ] && echo yes',
  ),
  job(
    text,
    '/usr/bin/bash',
    '-c',
    'for f in *; do [ -r "$f" ] && echo "$f"; done; x=$(echo sub); echo $x',
  ),
  job(text, '/usr/bin/zsh', '-fc', 'print *; cd sub; [[ -f more ]] && print yes'),
  job(text, '/usr/bin/busybox', 'ls', '-l', 'sub/more', 'numbers', '--color=never', '-n', '-e'),
  job(text, '/usr/bin/busybox', 'cp', 'numbers', 'copy'),
  job(text, '/usr/bin/busybox', 'sort', 'fruits'),
  job(text, '/usr/bin/busybox', 'gzip', '-k', 'fruits'),
  // languages
  job(text, '/usr/bin/mawk', '{ n += $1 } END { print n }', 'numbers'),
  job(text, '/usr/bin/gawk', '{ n += $1 } END { print n }', 'numbers'),
  job(text, python, '-c', 'import os; print(sorted(os.listdir(".")), open("fruits").read())'),
  job(
    text,
    python,
    '-c',
    'import threading; t = threading.Thread(target=print, args=("thread",)); t.start(); t.join()',
  ),
  job(
    text,
    python,
    '-c',
    'import os, random, tempfile, shutil; os.urandom(4); shutil.copy("numbers", "copy"); print(os.access("copy", os.R_OK)); os.rename("copy", "c2")',
  ),
  job(
    text,
    python,
    '-c',
    'import socket; a, b = socket.socketpair(); a.send(b"x"); print(b.recv(1)); s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(); print("ok")',
  ),
  job(
    text,
    '/usr/bin/perl',
    '-e',
    'opendir(D, "."); print join(" ", sort readdir D), "\\n"; open(F, "fruits") or die; print <F>; rename("numbers", "n2") or die',
  ),
  job(
    text,
    '/usr/bin/ruby',
    '-e',
    'puts Dir.children(".").sort; puts File.read("fruits"); Thread.new { puts 1 }.join',
  ),
  job(text, '/usr/bin/lua5.4', '-e', 'for l in io.lines("fruits") do print(l) end'),
  job(
    'echo "puts [lsort [glob *]]; puts [read [open fruits]]" > script; echo fig > fruits',
    '/usr/bin/tclsh',
    'script',
  ),
  job(undefined, '/usr/bin/bc', '-q', 'sum'),
  job('echo "2+3" > sum', '/usr/bin/bc', '-q', 'sum'),
  job(text, '/usr/bin/jq', '-n', '[1,2]|add'),
  // git, databases, network tools
  job(repository, '/usr/bin/git', 'status', '--short'),
  job(repository, '/usr/bin/git', 'log', '--oneline'),
  job(`${repository}; echo more >> a`, '/usr/bin/git', 'add', 'a'),
  job(`${repository}; echo more >> a`, '/usr/bin/git', 'diff', '--stat'),
  job(undefined, '/usr/bin/git', 'init', '-q', 'new'),
  job(
    undefined,
    '/usr/bin/sqlite3',
    'data.db',
    'create table t(a); insert into t values(1),(2); select sum(a) from t;',
  ),
  job(text, '/usr/bin/openssl', 'dgst', '-sha256', 'numbers'),
  job(
    text,
    '/usr/bin/openssl',
    'enc',
    '-aes-128-cbc',
    '-K',
    '00',
    '-iv',
    '00',
    '-in',
    'numbers',
    '-out',
    'secret',
  ),
  job(text, '/usr/bin/curl', '-s', 'file:///tmp/plimsoll-job/fruits'),
  job(undefined, '/usr/bin/curl', '-s', '-m', '2', 'http://127.0.0.1:9/'),
  job('ssh-keygen -q -t ed25519 -N "" -f key -C c', '/usr/bin/ssh-keygen', '-y', '-f', 'key'),
  job(
    'ssh-keygen -q -t ed25519 -N "" -f key -C c; ssh-keygen -y -f key > p; true',
    '/usr/bin/ssh-keygen',
    '-c',
    '-C',
    'new',
    '-f',
    'key',
  ),
  job(undefined, '/usr/bin/dpkg', '--print-architecture'),
  job(undefined, '/usr/bin/dpkg-query', '-W', 'bash'),
  // Rust and Go
  job(text, '/usr/bin/rg', '-n', '--sort', 'path', 'apple'),
  job(text, '/usr/bin/fdfind', '-j1', 'f'),
  job('echo "const x: number = 1; console.log(x)" > a.ts', '$ESBUILD', 'a.ts'),
  { argv: ['/usr/bin/fzf', '-f', 'ap'], input: 'apple\npear\n' },
  // servers
  {
    argv: [
      '/usr/bin/redis-server',
      '--port',
      '7391',
      '--save',
      '',
      '--logfile',
      '/dev/null',
      '--bind',
      '127.0.0.1',
    ],
    client: `${wait(7391)}; redis-cli -p 7391 set a b; redis-cli -p 7391 get a; redis-cli -p 7391 incr n`,
  },
  {
    argv: ['/usr/sbin/nginx', '-p', '$D', '-c', '$D/conf', '-g', 'daemon off;'],
    setup:
      'echo hello > index.html; printf "pid $PWD/pid; error_log /dev/null; user root; events {} http { access_log off; server { listen 127.0.0.1:7392; root $PWD; } }" > conf',
    client: `${wait(7392)}; curl -s -m 2 http://127.0.0.1:7392/index.html; curl -s -m 2 -o /dev/null -w "%{http_code}" http://127.0.0.1:7392/none`,
  },
  {
    argv: ['/usr/bin/memcached', '-u', 'root', '-l', '127.0.0.1', '-p', '7393'],
    client: `${wait(7393)}; printf "set a 0 0 1\\r\\nx\\r\\nget a\\r\\nquit\\r\\n" | nc -w 2 127.0.0.1 7393`,
  },
  {
    argv: ['/usr/sbin/lighttpd', '-D', '-f', '$D/conf'],
    setup:
      'echo hello > index.html; printf "server.document-root = \\"$PWD\\"\\nserver.port = 7394\\nserver.errorlog = \\"/dev/null\\"\\nserver.bind = \\"127.0.0.1\\"\\nindex-file.names = (\\"index.html\\")\\n" > conf',
    client: `${wait(7394)}; curl -s -m 2 http://127.0.0.1:7394/index.html`,
  },
  {
    argv: ['/usr/sbin/haproxy', '-db', '-f', '$D/conf'],
    setup:
      'printf "defaults\\n mode http\\n timeout client 5s\\n timeout connect 5s\\n timeout server 5s\\nfrontend f\\n bind 127.0.0.1:7395\\n http-request return status 200 content-type text/plain string hello\\n" > conf',
    client: `${wait(7395)}; curl -s -m 2 http://127.0.0.1:7395/`,
  },
];
