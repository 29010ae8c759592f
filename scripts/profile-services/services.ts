// Services of Debian with a workload each: how the server is started in the foreground, and a client's request that it has to
// answer. The workload ends with 0 when it was answered before and after the client's other requests.

/** One service. */
export interface Service {
  readonly name: string;
  /** Run before the server. */
  readonly before?: string;
  /** In the foreground. */
  readonly server: string;
  /** Ends with 0 when the server answers. */
  readonly probe: string;
  /** More that the client does; its end does not matter. */
  readonly more?: string;
}

const http = (port: number, path = ''): string =>
  `curl -sS -m 5 -o /dev/null http://127.0.0.1:${port}/${path}`;
const says = (port: number, send: string, expect: string): string =>
  `printf '${send}' | nc -w 2 -q 1 127.0.0.1 ${port} | grep -aq '${expect}'`;
const listens = (port: number): string => `nc -z -w 2 127.0.0.1 ${port}`;

/** Packages of all of them, with the clients. */
export const packages: readonly string[] = [
  'redis-server redis-tools nginx-light apache2 lighttpd memcached haproxy postgresql mariadb-server openssh-server dnsmasq-base',
  'bind9 bind9-dnsutils unbound vsftpd rsync mosquitto mosquitto-clients slapd squid privoxy tinyproxy varnish',
  'stunnel4 etcd-server etcd-client prometheus-node-exporter beanstalkd nsd knot ngircd gunicorn python3 php-cli',
  'monit rsyslog icecast2 coturn pdns-server pdns-backend-sqlite3 webfs nodejs ruby ruby-webrick socat curl netcat-openbsd procps iproute2',
  'mini-httpd uwsgi-core dovecot-imapd ldap-utils',
].flatMap((line) => line.split(' '));

/** All of them. */
export const services: readonly Service[] = [
  {
    name: 'redis',
    server: 'redis-server --save "" --dir /tmp',
    probe: 'redis-cli ping | grep -q PONG',
    more: 'redis-cli set a b; redis-cli incr n; redis-cli eval "return 1" 0; redis-cli save; redis-cli info',
  },
  {
    name: 'nginx',
    server: 'nginx -g "daemon off;"',
    probe: http(80),
    more: 'curl -s http://127.0.0.1/none; curl -s -I http://127.0.0.1/',
  },
  {
    name: 'apache2',
    before: 'mkdir -p /var/run/apache2 /var/lock/apache2',
    server: '. /etc/apache2/envvars; export APACHE_RUN_DIR; apache2 -DFOREGROUND',
    probe: http(80),
    more: 'curl -s http://127.0.0.1/none',
  },
  {
    name: 'lighttpd',
    before: 'mkdir -p /run/lighttpd; chown www-data /run/lighttpd',
    server: 'lighttpd -D -f /etc/lighttpd/lighttpd.conf',
    probe: http(80),
  },
  {
    name: 'memcached',
    server: 'memcached -u nobody',
    probe: says(11211, 'set a 0 0 1\\r\\nb\\r\\nget a\\r\\n', 'VALUE a'),
  },
  {
    name: 'haproxy',
    before:
      'printf "defaults\\n mode http\\n timeout client 5s\\n timeout server 5s\\n timeout connect 5s\\nfrontend f\\n bind :8000\\n http-request return status 200\\n" > /tmp/h',
    server: 'haproxy -db -f /tmp/h',
    probe: http(8000),
  },
  {
    name: 'postgresql',
    before:
      'mkdir -p /run/postgresql /pg; chown postgres /run/postgresql /pg; setpriv --reuid postgres --regid postgres --clear-groups /usr/lib/postgresql/15/bin/initdb -D /pg',
    server:
      'setpriv --reuid postgres --regid postgres --clear-groups /usr/lib/postgresql/15/bin/postgres -D /pg',
    probe: 'psql -h 127.0.0.1 -U postgres -c "select 1" | grep -q 1',
    more: 'psql -h 127.0.0.1 -U postgres -c "create table t as select generate_series(1,10000) a; create index on t(a); vacuum t; select sum(a) from t"',
  },
  {
    name: 'mariadb',
    before:
      'mkdir -p /run/mysqld /my; chown mysql /run/mysqld /my; mariadb-install-db --user=mysql --datadir=/my',
    server: 'mariadbd --user=mysql --datadir=/my',
    probe: 'mariadb -e "select 1"',
    more: 'mariadb -e "create database x; use x; create table t (a int); insert into t values (1); select * from t"',
  },
  {
    name: 'openssh',
    before: 'mkdir -p /run/sshd; ssh-keygen -A',
    server: '/usr/sbin/sshd -D -e',
    probe: 'ssh-keyscan -T 2 127.0.0.1 | grep -q ssh-',
  },
  {
    name: 'dnsmasq',
    server: 'dnsmasq -k -p 53 --no-resolv --address=/x.test/127.0.0.9 -u root',
    probe: 'dig +time=1 +tries=1 @127.0.0.1 x.test | grep -q 127.0.0.9',
  },
  {
    name: 'bind9',
    server: 'named -g -u bind',
    probe: 'dig +time=1 +tries=1 @127.0.0.1 localhost | grep -q 127.0.0.1',
  },
  {
    name: 'unbound',
    server: 'unbound -d',
    probe: 'dig +time=1 +tries=1 @127.0.0.1 localhost | grep -q 127.0.0.1',
  },
  {
    name: 'vsftpd',
    before: 'mkdir -p /var/run/vsftpd/empty',
    server: 'vsftpd /etc/vsftpd.conf -obackground=NO -olisten=YES -olisten_ipv6=NO',
    probe: says(21, 'QUIT\\r\\n', '220'),
  },
  {
    name: 'rsync',
    before: 'printf "use chroot = no\\n[x]\\npath = /etc\\n" > /tmp/r',
    server: 'rsync --daemon --no-detach --config /tmp/r',
    probe: 'rsync -r rsync://127.0.0.1/x/apt /tmp/got',
    more: 'rsync -r rsync://127.0.0.1/x/ /tmp/all',
  },
  {
    name: 'mosquitto',
    server: 'mosquitto -p 1883',
    probe: 'mosquitto_pub -h 127.0.0.1 -t a -m b',
    more: 'mosquitto_sub -h 127.0.0.1 -t a -W 1',
  },
  {
    name: 'slapd',
    server: 'slapd -d 0 -h ldap://127.0.0.1/',
    probe: 'ldapsearch -x -H ldap://127.0.0.1 -b "" -s base | grep -q result',
  },
  {
    name: 'squid',
    before: 'mkdir -p /run/squid; chown proxy /run/squid',
    server: 'squid -N',
    probe: 'curl -s -m 5 -x http://127.0.0.1:3128 http://127.0.0.1:1/ | grep -qi squid',
  },
  {
    name: 'privoxy',
    server: 'privoxy --no-daemon /etc/privoxy/config',
    probe: 'curl -s -m 5 -x http://127.0.0.1:8118 http://p.p/ | grep -qi privoxy',
  },
  {
    name: 'tinyproxy',
    before: 'mkdir -p /run/tinyproxy; chown tinyproxy /run/tinyproxy',
    server: 'tinyproxy -d',
    probe: 'curl -s -m 5 -o /dev/null -x http://127.0.0.1:8888 http://127.0.0.1:1/',
  },
  {
    name: 'varnish',
    server: 'varnishd -F -a 127.0.0.1:6081 -b 127.0.0.1:8080 -n /tmp/varnish -j none',
    probe: 'curl -s -m 5 http://127.0.0.1:6081/ | grep -q 503',
  },
  {
    name: 'stunnel',
    before:
      'openssl req -x509 -newkey rsa:2048 -nodes -keyout /tmp/k -out /tmp/c -days 1 -subj /CN=x; cat /tmp/k /tmp/c > /tmp/pem; printf "foreground=yes\\npid=\\n[x]\\naccept=4433\\nexec=/bin/cat\\nexecArgs=cat\\ncert=/tmp/pem\\n" > /tmp/s',
    server: 'stunnel4 /tmp/s',
    probe: listens(4433),
    more: 'echo hello | timeout 2 openssl s_client -quiet -connect 127.0.0.1:4433',
  },
  {
    name: 'etcd',
    server: 'etcd --data-dir /tmp/etcd',
    probe: 'ETCDCTL_API=3 etcdctl put a b',
    more: 'ETCDCTL_API=3 etcdctl get a',
  },
  {
    name: 'node-exporter',
    server: 'prometheus-node-exporter',
    probe: 'curl -s -m 5 http://127.0.0.1:9100/metrics | grep -q node_',
  },
  { name: 'beanstalkd', server: 'beanstalkd -b /tmp', probe: says(11300, 'stats\\r\\n', 'OK') },
  {
    name: 'nsd',
    before: 'mkdir -p /run/nsd; chown nsd /run/nsd',
    server: 'nsd -d -c /etc/nsd/nsd.conf',
    probe: 'dig +time=1 +tries=1 @127.0.0.1 x.test | grep -q REFUSED',
  },
  {
    name: 'knot',
    before: 'mkdir -p /run/knot; chown knot /run/knot',
    server: 'knotd',
    probe: 'dig +time=1 +tries=1 @127.0.0.1 x.test | grep -q REFUSED',
  },
  {
    name: 'pdns',
    before: 'mkdir -p /run/pdns',
    server:
      'pdns_server --daemon=no --guardian=no --launch=bind --socket-dir=/run/pdns --setuid= --setgid=',
    probe: 'dig +time=1 +tries=1 @127.0.0.1 x.test | grep -q REFUSED',
  },
  {
    name: 'ngircd',
    server: 'ngircd -n',
    probe: listens(6667),
    more: 'printf "NICK a\\r\\nUSER a 0 * a\\r\\nQUIT\\r\\n" | nc -w 2 127.0.0.1 6667',
  },
  {
    name: 'gunicorn',
    before:
      'printf "def app(e, s):\\n  s(\\"200 OK\\", [])\\n  return [b\\"x\\"]\\n" > /tmp/app.py',
    server: 'cd /tmp; gunicorn -b 127.0.0.1:8000 app:app',
    probe: http(8000),
  },
  { name: 'python http.server', server: 'python3 -m http.server 8000', probe: http(8000) },
  {
    name: 'php -S',
    server: 'php -S 127.0.0.1:8000 -t /usr',
    probe: http(8000, 'share/common-licenses/GPL-3'),
  },
  {
    name: 'node http',
    server: `node -e 'require("http").createServer((q,r)=>r.end("x")).listen(8000)'`,
    probe: http(8000),
  },
  {
    name: 'ruby webrick',
    server: `ruby -rwebrick -e 'WEBrick::HTTPServer.new(Port: 8000, DocumentRoot: "/etc").start'`,
    probe: http(8000),
  },
  { name: 'webfs', server: 'webfsd -F -p 8000 -r /etc', probe: http(8000) },
  {
    name: 'mini-httpd',
    server: 'mini_httpd -D -p 8000 -d /etc -u nobody',
    probe: http(8000, 'passwd'),
  },
  {
    name: 'icecast2',
    before:
      'cp /etc/icecast2/icecast.xml /tmp/i.xml; chmod 644 /tmp/i.xml; mkdir -p /var/log/icecast2; chown -R nobody /var/log/icecast2',
    server: 'setpriv --reuid nobody --clear-groups icecast2 -c /tmp/i.xml',
    probe: http(8000),
  },
  {
    name: 'coturn',
    server: 'turnserver -n --no-tls --no-dtls --log-file stdout',
    probe: listens(3478),
  },
  {
    name: 'monit',
    before:
      'printf "set daemon 1\\nset httpd port 2812 allow localhost\\n" > /tmp/m; chmod 600 /tmp/m',
    server: 'monit -I -c /tmp/m',
    probe: http(2812),
  },
  {
    name: 'rsyslog',
    before:
      'printf "module(load=\\"imtcp\\")\\ninput(type=\\"imtcp\\" port=\\"5140\\")\\n*.* /tmp/log\\n" > /tmp/rs',
    server: 'rsyslogd -n -f /tmp/rs -i /tmp/rs.pid',
    probe: 'echo "<13>hello" | nc -w 1 -q 0 127.0.0.1 5140; sleep 0.3; grep -q hello /tmp/log',
  },
  { name: 'dovecot', server: 'dovecot -F', probe: says(143, 'a logout\\r\\n', 'OK') },
];

/** The workload as a shell's command: starts the server, asks, does more, asks again, and ends it. */
export function workload({ before = ':', server, probe, more = ':' }: Service): string {
  return [
    'export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root',
    `{ ${before}; } >/dev/null 2>&1`,
    `( ${server} ) </dev/null >/tmp/server.log 2>&1 & server=$!`,
    `for i in $(seq 60); do { ${probe}; } >/dev/null 2>&1 && break; sleep 0.5; done`,
    `{ ${more}; } >/dev/null 2>&1`,
    `{ ${probe}; } >/dev/null 2>&1; code=$?`,
    '[ $code = 0 ] || tail -5 /tmp/server.log',
    'kill $server 2>/dev/null; for i in 1 2 3 4 5 6; do sleep 0.3; kill -0 $server 2>/dev/null || break; done',
    'exit $code',
  ].join('\n');
}
