#!/bin/bash
# needs: sqlite3
d=$(mktemp -d /tmp/sq.XXXXXX); cd "$d" || exit 1
sqlite3 w.db 'pragma journal_mode=wal; create table t(id integer primary key, v text); create index i on t(v);'
sqlite3 w.db "with recursive c(n) as (select 1 union all select n+1 from c where n<5000) insert into t select n, 'v'||n from c; select count(*), sum(id) from t;"
for i in 1 2 3 4 5; do sqlite3 -cmd '.timeout 20000' w.db "update t set v=v||'$i' where id=$i;" & done; wait
sqlite3 w.db "select * from t where id<=5; pragma integrity_check; delete from t where id%2; vacuum; select count(*) from t;"
sqlite3 w.db .dump | md5sum; cd /; rm -rf "$d"
