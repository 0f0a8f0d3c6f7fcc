#!/bin/bash
# needs: nginx curl
cd "$(mktemp -d)" || exit 1
chmod 755 .; mkdir www; echo hello >www/index.html; head -c 2000000 /dev/zero | tr '\0' x >www/big
cat >conf <<X
worker_processes 2; pid $PWD/pid; error_log $PWD/errors; user www-data;
events { worker_connections 64; }
http {
    access_log $PWD/access; sendfile on; aio threads;
    client_body_temp_path $PWD/1; proxy_temp_path $PWD/2; fastcgi_temp_path $PWD/3; uwsgi_temp_path $PWD/4; scgi_temp_path $PWD/5;
    upstream back { server unix:$PWD/back; keepalive 4; }
    server { listen unix:$PWD/front; root $PWD/www;
             location /by/ { proxy_pass http://back/; proxy_http_version 1.1; proxy_set_header Connection ""; } }
    server { listen unix:$PWD/back; root $PWD/www; }
}
X
get() { curl -s --unix-socket "$PWD/front" "$@"; }
nginx -c "$PWD/conf"; echo started $?
get http://x/; get http://x/big | md5sum; get http://x/by/big | md5sum; get -r 100-199 http://x/big | wc -c
get -o /dev/null -w '%{http_code}\n' http://x/none
for _ in 1 2 3 4 5 6 7 8; do get http://x/by/big | wc -c & done | sort | uniq -c; wait
nginx -c "$PWD/conf" -s reload 2>/dev/null; sleep 0.5; get http://x/
mv access old; nginx -c "$PWD/conf" -s reopen 2>/dev/null; sleep 0.5; get http://x/ >/dev/null; sleep 0.2; wc -l <access
nginx -c "$PWD/conf" -s quit 2>/dev/null; for _ in {1..50}; do [ -e pid ] || break; sleep 0.1; done; ls
