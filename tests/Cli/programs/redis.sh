#!/bin/bash
# needs: redis-server redis-cli
cd "$(mktemp -d)" || exit 1
redis-server --port 0 --unixsocket "$PWD/s" --save '' --daemonize yes --logfile "$PWD/log" --dir "$PWD"
for _ in {1..50}; do [ -S s ] && break; sleep 0.1; done
r() { redis-cli -s s "$@"; }
r set a 1; r incr a; r lpush l x y z; r lrange l 0 -1; r eval 'return redis.call("get", "a") + 1' 0
redis-benchmark -s s -n 2000 -q -t set,get | tr '\r' '\n' | grep -c 'requests per second'
r bgsave; for _ in {1..50}; do [ -f dump.rdb ] && break; sleep 0.1; done; ls dump.rdb
r shutdown nosave; for _ in {1..50}; do [ -S s ] || break; sleep 0.1; done
tail -1 log | sed 's/.*# //'
