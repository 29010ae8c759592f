# All verbs, threads, Unix socket, UDP, TLS, SASL, memory file for a warm restart, extstore, large pages, signals, a port in use.
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -subj /CN=localhost -days 2
talk() { printf 'set a 0 0 3\r\nabc\r\nget a\r\nadd b 0 1 1\r\n1\r\nincr b 5\r\ntouch a 10\r\ngat 10 a\r\nms m 2\r\nhi\r\nmg m v\r\nma b\r\nstats\r\nstats slabs\r\nstats items\r\nstats settings\r\nstats conns\r\nslabs automove 1\r\nlru_crawler enable\r\nlru_crawler metadump all\r\nlru_crawler crawl all\r\nwatch fetchers\r\nverbosity 2\r\nflush_all\r\ncache_memlimit 64\r\nversion\r\ndelete a\r\nquit\r\n' | socat -t 1 - $1 > /dev/null; }
truncate -s 100M mem; dd if=/dev/zero of=big bs=100000 count=1 2>/dev/null
memcached -u nobody -l 127.0.0.1 -p 11211 -U 11211 -t 3 -m 64 -d -P $PWD/m.pid -o modern,slab_reassign,slab_automove,lru_crawler,idle_timeout=1,hash_algorithm=murmur3 -vv > m.log 2>&1; sleep 1
talk TCP:127.0.0.1:11211; memcstat --servers 127.0.0.1; memccp --servers 127.0.0.1 big /etc/passwd; memccat --servers 127.0.0.1 passwd > /dev/null; memcaslap --servers 127.0.0.1 -t 1s -c 8 2>/dev/null | tail -1; memcslap --servers 127.0.0.1 --concurrency 4 --execute-number 200 | tail -1; memcrm --servers 127.0.0.1 passwd; memcflush --servers 127.0.0.1; memccapable -h 127.0.0.1 -t 2 | tail -1; memcping --servers 127.0.0.1
printf '\0\0\0\0\0\1\0\0get a\r\n' | socat -t 1 - UDP:127.0.0.1:11211; sleep 2
memcached -u nobody -l 127.0.0.1 -p 11211; kill -HUP $(pidof memcached); kill -USR1 $(cat m.pid); sleep 1; kill $(pidof memcached); sleep 1
memcached -u root -s $PWD/m.sock -a 0777 -t 1 & sleep 1; talk UNIX:$PWD/m.sock; kill -INT $!; wait
memcached -u root -p 11212 -e $PWD/mem -m 64 & sleep 1; talk TCP:127.0.0.1:11212; kill -USR1 $!; wait; memcached -u root -p 11212 -e $PWD/mem -m 64 & sleep 1; kill -TERM $!; wait
memcached -u root -p 11213 -Z -o ssl_chain_cert=cert.pem,ssl_key=key.pem & sleep 1; printf 'version\r\nset a 0 0 1\r\n1\r\nrefresh_certs\r\nquit\r\n' | openssl s_client -quiet -connect 127.0.0.1:11213; kill $!; wait
memcached -u root -p 11214 -o ext_path=$PWD/ext:64m -m 8 -I 1m -L & sleep 1; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do memccp --servers 127.0.0.1:11214 big; done; kill $!; wait
printf 'mech_list: plain\n' > memcached.conf; SASL_CONF_PATH=$PWD memcached -u root -p 11215 -S & sleep 1; memcstat --binary --servers 127.0.0.1:11215 --username a --password b; kill $!; wait
echo u:p > auth; memcached -u root -p 11216 -Y $PWD/auth -k -r -c 2000 -b 10 -R 5 -C -f 1.5 -n 64 & sleep 1; talk TCP:127.0.0.1:11216; kill $!; wait
memcached -h > /dev/null; memcached -u nouser; memcached -V; memcached -l nohost.invalid -u root -p 1; MEMCACHED_PORT_FILENAME=$PWD/port memcached -u nobody -p -1 & sleep 1; kill $!; LISTEN_PID=1 LISTEN_FDS=1 memcached -u root -p 11217 -A & sleep 1; printf 'shutdown graceful\r\n' | socat -t 1 - TCP:127.0.0.1:11217; wait
