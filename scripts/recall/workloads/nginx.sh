# Static files, proxy with a cache, TLS, FastCGI refused, stream, reload, upgrade of the binary, log rotation, event engines.
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -subj /CN=localhost -days 2
mkdir -p www/d cache logs body; head -c 300000 /dev/urandom > www/big; echo hello > www/index.html; gzip -k www/index.html; chmod -R a+rX .; chmod a+x ..
write() {
cat > nginx.conf <<C
user www-data;
worker_processes 2;
worker_cpu_affinity auto;
worker_priority 1;
worker_rlimit_nofile 4096;
pid $PWD/nginx.pid;
error_log $PWD/logs/error.log info;
$2
events { worker_connections 256; $1 }
http {
  access_log $PWD/logs/access.log; sendfile on; tcp_nopush on; aio ${3:-off}; directio ${4:-off};
  open_file_cache max=100; gzip on; resolver 127.0.0.1;
  proxy_cache_path $PWD/cache keys_zone=z:1m; limit_req_zone \$binary_remote_addr zone=r:1m rate=1000r/s;
  upstream u { server 127.0.0.1:8080; server unix:$PWD/s.sock; keepalive 4; }
  server { listen 8080 reuseport; listen [::1]:8080; listen unix:$PWD/s.sock; root $PWD/www; autoindex on;
    location /up { dav_methods PUT DELETE MKCOL COPY MOVE; client_body_temp_path $PWD/body; }
    location /auth { auth_basic x; auth_basic_user_file $PWD/htpasswd; }
    location /log { access_log syslog:server=unix:/dev/log; return 200 a; }
  }
  server { listen 8081; location / { proxy_pass http://u; proxy_cache z; proxy_cache_valid 1m; limit_req zone=r burst=100; } location /f { fastcgi_pass 127.0.0.1:1; } location /n { set \$h localhost; proxy_pass http://\$h:8080; } }
  server { listen 8443 ssl; http2 on; ssl_certificate cert.pem; ssl_certificate_key key.pem; ssl_session_cache shared:s:1m; root $PWD/www; }
}
C
nginx -v 2>&1 | grep -q 1.22 && sed -i 's/http2 on;//; s/8443 ssl/8443 ssl http2/' nginx.conf
true; }
htpasswd -bc htpasswd u p
write 'use epoll; multi_accept on;' ''
nginx -t -c $PWD/nginx.conf; nginx -c $PWD/nginx.conf; sleep 1
drive() {
ab -q -n 200 -c 20 http://127.0.0.1:8080/index.html > /dev/null
ab -q -k -n 100 -c 5 http://127.0.0.1:8081/big > /dev/null
wrk -t 1 -c 8 -d 1 http://127.0.0.1:8081/ > /dev/null
curl -sk --http2 https://127.0.0.1:8443/big -o /dev/null; curl -s -r 0-100,200-300 http://127.0.0.1:8080/big -o /dev/null
curl -s --unix-socket s.sock http://x/ ; curl -s -g 'http://[::1]:8080/d/'; curl -s -T www/big http://127.0.0.1:8080/up/new; curl -s -X MKCOL http://127.0.0.1:8080/up/m/
curl -s -u u:p http://127.0.0.1:8080/auth -o /dev/null; curl -s http://127.0.0.1:8080/log; curl -s http://127.0.0.1:8081/f -o /dev/null; curl -s http://127.0.0.1:8081/n -o /dev/null
curl -s -X COPY -H 'Destination: /up/new2' http://127.0.0.1:8080/up/new; curl -s -X MOVE -H 'Destination: /up/new3' http://127.0.0.1:8080/up/new2; curl -s -X DELETE http://127.0.0.1:8080/up/new3; curl -s --compressed http://127.0.0.1:8080/index.html -o /dev/null; curl -s http://127.0.0.1:8080/missing -o /dev/null
}
drive
mv logs/access.log logs/access.1; nginx -s reopen -c $PWD/nginx.conf; nginx -s reload -c $PWD/nginx.conf; sleep 1
kill -USR2 $(cat nginx.pid); sleep 1; kill -WINCH $(cat nginx.pid.oldbin); kill -QUIT $(cat nginx.pid.oldbin); sleep 1
nginx -c $PWD/nginx.conf -g 'pid /tmp/x.pid;'; nginx -s quit -c $PWD/nginx.conf; sleep 1
for engine in poll epoll; do
  write "use $engine;" 'thread_pool default threads=2;' threads 4k; nginx -c $PWD/nginx.conf; sleep 1; drive; nginx -s stop -c $PWD/nginx.conf; sleep 1
done
write "" "daemon off; thread_pool default threads=2;" threads 4k; nginx -c $PWD/nginx.conf & sleep 1; curl -s -m 20 http://127.0.0.1:8080/big -o /dev/null; kill -QUIT $!; sleep 1
write '' 'daemon off; master_process off;'; nginx -c $PWD/nginx.conf & sleep 1; curl -s -m 20 http://127.0.0.1:8080/big -o /dev/null; kill %2; kill $!
nginx -V; nginx -T -c $PWD/nginx.conf > /dev/null; echo 'bad' > bad.conf; nginx -t -c $PWD/bad.conf; nginx; sleep 1; nginx -s stop
