# Modes http and tcp, TLS, checks, the command socket, seamless reload, master-worker, a chroot, DNS, configuration tests, engines.
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -subj /CN=localhost -days 2; cat cert.pem key.pem > both.pem
python3 -m http.server 9000 --bind 127.0.0.1 > /dev/null 2>&1 & back=$!
mkdir -p jail
write() { cat > h.cfg <<C
global
  insecure-fork-wanted
  external-check
  $1
  stats socket $PWD/h.sock mode 600 level admin expose-fd listeners
  log /dev/log local0
  log 127.0.0.1:514 local1
  maxconn 200
  nbthread 2
  pidfile $PWD/h.pid
  server-state-file $PWD/state
defaults
  mode http
  timeout connect 1s
  timeout client 2s
  timeout server 2s
  log global
  option httplog
  load-server-state-from-file global
resolvers d
  nameserver n 127.0.0.1:53
cache c
  total-max-size 4
frontend f
  bind 127.0.0.1:9001
  bind 127.0.0.1:9443 ssl crt $PWD/both.pem alpn h2,http/1.1
  bind unix@$PWD/f.sock
  bind :::9004 v4v6 transparent
  compression algo gzip
  compression type text/html
  stick-table type ip size 1k expire 10s store conn_cur
  tcp-request connection track-sc0 src
  http-request lua.x if FALSE
  default_backend b
  stats enable
  stats uri /stats
backend b
  balance roundrobin
  http-request cache-use c
  http-response cache-store c
  option httpchk GET /
  server s1 127.0.0.1:9000 check inter 200
  server s2 localhost:9000 check resolvers d init-addr last,libc,none
  server s3 127.0.0.1:9443 ssl verify none check inter 500
backend e
  option external-check
  external-check command /bin/true
  server s1 127.0.0.1:9000 check inter 300
listen t
  mode tcp
  bind 127.0.0.1:9003
  option tcp-check
  server s1 127.0.0.1:9000 check source 127.0.0.1
C
sed -i '/lua.x/d' h.cfg; }
drive() { for u in http://127.0.0.1:9001/ https://127.0.0.1:9443/ http://127.0.0.1:9003/ 'http://[::1]:9004/' http://127.0.0.1:9001/stats; do curl -skg -m 3 "$u" -o /dev/null; done
curl -s --unix-socket f.sock http://x/ -o /dev/null; ab -q -n 200 -c 10 http://127.0.0.1:9001/stats > /dev/null; ab -q -n 30 -c 5 http://127.0.0.1:9003/ > /dev/null
for c in 'show info' 'show stat' 'show servers state' 'disable server b/s1' 'enable server b/s1' 'show fd' 'show sess all' 'show threads' 'set server b/s2 addr 127.0.0.2' 'show profiling' 'show activity' 'show table f' 'clear counters all' 'set ssl cert x' 'show libs' 'show pools'; do echo "$c" | socat - unix:h.sock > /dev/null; done; }
write ''
haproxy -c -f h.cfg; haproxy -vv > /dev/null; haproxy -c -f /nonexistent
haproxy -D -f h.cfg; sleep 2; drive; echo 'show servers state' | socat - unix:h.sock > state
haproxy -D -f h.cfg -x h.sock -sf $(cat h.pid); sleep 2; drive; kill -USR1 $(cat h.pid); sleep 1; pkill -x haproxy; sleep 1
write "chroot $PWD/jail
  user haproxy
  group haproxy
  cpu-map auto:1/1-2 0-1
  ulimit-n 2000"
haproxy -W -f h.cfg -S $PWD/m.sock > w.log 2>&1 & m=$!; sleep 2; drive; echo 'show proc' | socat - unix:m.sock; kill -USR2 $m; sleep 2; drive; echo reload | socat - unix:m.sock; sleep 1; kill -HUP $m; sleep 2; kill $m; sleep 2; kill -KILL $m; wait $m; pkill -x haproxy; sleep 1
for e in -de -dp '-de -dp' -dS; do write ''; haproxy -D $e -f h.cfg; sleep 1; drive; kill $(cat h.pid); sleep 1; done
write 'nosplice
  expose-experimental-directives
  tune.fd.edge-triggered on'; haproxy -d -V -f h.cfg > v.log 2>&1 & sleep 1; drive; kill -INT $!; sleep 1
python3 -m http.server 9001 --bind 127.0.0.1 > /dev/null 2>&1 & p=$!; sleep 1; haproxy -f h.cfg; kill $p $back
haproxy -W -Ws -f h.cfg & sleep 1; kill -TERM $!; halog -h; true
