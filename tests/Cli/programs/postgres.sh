#!/bin/bash
# needs: pg_ctlcluster psql setpriv
# not in a chroot
cd "$(mktemp -d)" || exit 1
set -- /usr/lib/postgresql/*/bin
export PATH="$1:$PATH" LC_ALL=C PGHOST="$PWD" HOME="$PWD"
chown postgres .
as() { setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; }
start() { as pg_ctl -D data -w -l log -o "-c listen_addresses='' -c unix_socket_directories=$PWD" start >out || cat out log; }
as initdb -D data -A trust >out 2>&1 || cat out
start
as createdb x
as psql x -At <<'SQL'
create table t (a int primary key, b text);
insert into t select g, md5(g::text) from generate_series(1, 5000) g;
set max_parallel_workers_per_gather = 2; set parallel_setup_cost = 0; set parallel_tuple_cost = 0; set min_parallel_table_scan_size = 0;
select count(*), sum(a), max(b) from t where b > '1';
begin; delete from t where a > 10; rollback;
select count(*) from t;
checkpoint;
SQL
as pgbench -i -q x >out 2>&1; as pgbench -c 4 -j 2 -t 50 x 2>&1 | grep -E 'actually|failed'
as psql x -Atc "select pg_terminate_backend(pg_backend_pid())" 2>&1 | head -1
as pg_ctl -D data -m immediate stop
start
as psql x -Atc 'select count(*) from t; select count(*) from pgbench_history'
as pg_ctl -D data -m fast stop
