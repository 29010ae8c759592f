# Persistence in both kinds, TLS, threads, replication, sentinel, scripts, reload, crash report, a port in use.
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -subj /CN=localhost -days 2
cat > redis.conf <<C
port 6379
bind 127.0.0.1 ::1
tls-port 6390
tls-cert-file $PWD/cert.pem
tls-key-file $PWD/key.pem
tls-ca-cert-file $PWD/cert.pem
tls-auth-clients no
daemonize yes
pidfile $PWD/redis.pid
dir $PWD
unixsocket $PWD/redis.sock
appendonly yes
appendfsync always
save 1 1
io-threads 3
logfile $PWD/redis.log
syslog-enabled yes
enable-debug-command yes
maxmemory 64mb
maxmemory-policy allkeys-lru
activedefrag no
oom-score-adj yes
set-proc-title yes
C
redis-server redis.conf
sleep 1
redis-cli ping
redis-benchmark -q -n 400 -c 40 -t set,get,lpush,sadd,zadd,mset
redis-benchmark -q -n 60 -c 5 --tls --cacert cert.pem -p 6390 -t set,get
redis-benchmark -q -n 60 -c 5 -s redis.sock -t set,get -P 8
redis-cli eval 'redis.call("set","k",string.rep("x",100000)) return redis.sha1hex("k")' 0
redis-cli bgsave; sleep 1; redis-cli bgrewriteaof; sleep 2
redis-cli config rewrite; redis-cli config set appendfsync everysec; redis-cli config set save ""
redis-cli debug reload; redis-cli memory doctor; redis-cli latency doctor; redis-cli info all > /dev/null
redis-cli --bigkeys > /dev/null; redis-cli client list; redis-cli acl setuser u on '>p' '+@all' '~*'; redis-cli acl list
( redis-cli subscribe c & echo $! > sub; sleep 1; redis-cli publish c m; kill $(cat sub) )
( redis-cli blpop empty 1 )
redis-cli flushall async; redis-cli debug sleep 0.2; redis-cli slowlog get
redis-server --port 6380 --dir $PWD --dbfilename b.rdb --replicaof '127.0.0.1 6379' --enable-debug-command yes --daemonize yes --logfile b.log --pidfile b.pid
sleep 3
redis-cli set a 1; redis-cli wait 1 500; redis-cli -p 6380 get a; redis-cli failover 2>&1; sleep 1
printf 'port 26379\ndaemonize yes\nlogfile %s/s.log\npidfile %s/s.pid\nsentinel monitor m 127.0.0.1 6379 1\nsentinel down-after-milliseconds m 500\n' $PWD $PWD > s.conf
redis-server s.conf --sentinel; sleep 2; redis-cli -p 26379 sentinel masters > /dev/null; redis-cli -p 26379 shutdown
redis-server --port 6379 --save ''; redis-server /nonexistent.conf; redis-server --nonsense 1; redis-server --version; redis-server --test-memory 1 | tail -1
redis-server --port 6381 --cluster-enabled yes --cluster-config-file n.conf --dir $PWD --daemonize yes --logfile c.log
sleep 1; redis-cli -p 6381 cluster info; redis-cli -p 6381 cluster addslots 1 2; redis-cli -p 6381 shutdown nosave
redis-check-rdb dump.rdb; redis-check-aof appendonlydir/*.manifest
redis-cli -p 6380 debug segfault; sleep 1
kill -HUP $(cat redis.pid); kill -TERM $(cat redis.pid); sleep 1
redis-server redis.conf; sleep 1; redis-cli dbsize; redis-cli shutdown save
