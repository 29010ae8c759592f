# Static files, CGI, FastCGI, proxy, TLS, compression, WebDAV, rewriting, event engines, log rotation, graceful restart, workers.
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -subj /CN=localhost -days 2; cat cert.pem key.pem > both.pem
mkdir -p www/d cgi up cache; head -c 400000 /dev/urandom > www/big; echo hello > www/index.html; printf '#!/bin/sh\nprintf "Content-type: text/plain\\r\\n\\r\\n"; cat\n' > cgi/a.cgi; chmod +x cgi/a.cgi; cp cgi/a.cgi www/a.cgi; chmod -R a+rX . ; chmod a+rwx up cache; chmod a+x ..; htpasswd -bcm htpasswd u p
fcgi='"host"=>"127.0.0.1","port"=>9109'; [ ! -x /usr/bin/php-cgi ] || fcgi="\"socket\"=>\"$PWD/f.sock\",\"bin-path\"=>\"/usr/bin/php-cgi\",\"max-procs\"=>1"
deflate= types= cache=; [ ! -e /usr/lib/lighttpd/mod_deflate.so ] || { deflate='"mod_deflate",' types='deflate.mimetypes = ("text/html","text/plain")' cache="deflate.cache-dir = \"$PWD/cache\""; }
write() { cat > l.conf <<C
server.modules = ("mod_access","mod_auth","mod_authn_file","mod_accesslog","mod_cgi","mod_fastcgi","mod_scgi","mod_proxy",$deflate"mod_dirlisting","mod_staticfile","mod_redirect","mod_rewrite","mod_status","mod_setenv","mod_expire","mod_ssi","mod_userdir","mod_openssl","mod_simple_vhost")
server.document-root = "$PWD/www"
server.port = 9100
server.bind = "127.0.0.1"
server.errorlog = "$PWD/err.log"
accesslog.filename = "$PWD/acc.log"
server.pid-file = "$PWD/l.pid"
server.upload-dirs = ("$PWD/up")
index-file.names = ("index.html")
mimetype.use-xattr = "enable"
dir-listing.activate = "enable"
cgi.assign = (".cgi" => "")
$types
$cache
status.status-url = "/status"
auth.backend = "htpasswd"
auth.backend.htpasswd.userfile = "$PWD/htpasswd"
auth.require = ("/d" => ("method"=>"basic","realm"=>"r","require"=>"valid-user"))
mimetype.assign = (".html"=>"text/html")
\$HTTP["url"] =~ "^/p" { proxy.server = ("" => (("host"=>"127.0.0.1","port"=>9100))) }
\$HTTP["url"] =~ "^/f" { fastcgi.server = ("/f" => (($fcgi,"check-local"=>"disable"))) }
\$SERVER["socket"] == "127.0.0.1:9143" { ssl.engine = "enable" ssl.pemfile = "$PWD/both.pem" }
\$SERVER["socket"] == "[::1]:9100" { }
\$SERVER["socket"] == "$PWD/l.sock" { }
$1
C
}
drive() { ab -q -n 300 -c 10 http://127.0.0.1:9100/index.html > /dev/null; for u in http://127.0.0.1:9100/big https://127.0.0.1:9143/big http://127.0.0.1:9100/a.cgi http://127.0.0.1:9100/f http://127.0.0.1:9100/p 'http://[::1]:9100/' http://127.0.0.1:9100/none http://127.0.0.1:9100/status; do curl -skg -m 5 "$u" -o /dev/null; done; curl -s --compressed http://127.0.0.1:9100/ -o /dev/null; curl -s -u u:p http://127.0.0.1:9100/d/ -o /dev/null; curl -s --data-binary @www/big http://127.0.0.1:9100/a.cgi -o /dev/null; curl -s -r 5-10 http://127.0.0.1:9100/big -o /dev/null; curl -s --unix-socket l.sock http://x/ -o /dev/null; curl -s -T www/big http://127.0.0.1:9100/up/x; wrk -t1 -c4 -d1 http://127.0.0.1:9100/ > /dev/null; }
write 'server.username = "www-data"'
lighttpd -t -f l.conf; lighttpd -tt -f l.conf; lighttpd -p -f l.conf > /dev/null; lighttpd -V; lighttpd -v
lighttpd -f l.conf; sleep 1; drive; mv acc.log acc.1; kill -HUP $(cat l.pid); sleep 1; drive; kill -USR1 $(cat l.pid); sleep 2; lighttpd -f l.conf; kill -INT $(cat l.pid); sleep 1
for e in poll select linux-sysepoll; do for b in sendfile writev write; do write "server.event-handler = \"$e\"
server.network-backend = \"$b\""; lighttpd -f l.conf; sleep 1; drive; kill $(cat l.pid); sleep 1; done; done
write 'server.max-worker = 2
server.errorlog-use-syslog = "enable"
server.chroot = "/"
server.stat-cache-engine = "inotify"
server.core-files = "enable"
server.max-fds = 2048
accesslog.use-syslog = "enable"'
# With workers it signals its whole process group.
setsid lighttpd -D -f l.conf & sleep 1; drive; kill -TERM $!; wait $!; lighttpd -1 -f l.conf < /dev/null; lighttpd -f /none; lighttpd -i 1 -D -f l.conf & sleep 2; wait $!
write '$SERVER["socket"] == "'$PWD'/m.sock" { server.socket-perms = "0770" }
server.modules += ("mod_webdav")
webdav.activate = "enable"
webdav.sqlite-db-name = "'$PWD/up/dav.db'"'; lighttpd -f l.conf; sleep 1; drive; curl -s -X PROPFIND http://127.0.0.1:9100/ -o /dev/null
dav() { curl -s -X "$1" "http://127.0.0.1:9100/w/$2" "${@:3}" -o /dev/null; }
mkdir -m 777 www/w; dav MKCOL c; curl -s -T www/big http://127.0.0.1:9100/w/c/big -o /dev/null; dav COPY c/big -H 'Destination: /w/copy'; dav MOVE c/big -H 'Destination: /w/moved'; dav COPY c -H 'Destination: /w/e'; dav MOVE e -H 'Destination: /w/g'
dav PROPPATCH moved --data '<?xml version="1.0"?><D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><a>b</a></D:prop></D:set></D:propertyupdate>'; dav LOCK moved --data '<?xml version="1.0"?><D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>'; dav DELETE copy; dav DELETE g; dav PROPFIND c -H 'Depth: 1'; kill $(cat l.pid); sleep 1; lighttpd-angel -D -f l.conf & sleep 1; kill $!; true
