# containerd with its runc-v2 shim and ctr as the client. A daemon of its own, state below $WORK.

export SOCKET=$WORK/containerd.sock

set_up() {
    local program
    for program in containerd containerd-shim-runc-v2 ctr busybox; do
        command -v $program || { echo "$program is not installed"; return 1; }
    done
    [ "$(id -u)" = 0 ] || { echo "needs root"; return 1; }
    mkdir -p "$WORK"/{lib,state}
    cat >"$WORK/containerd.toml" <<CONF
version = 2
root = "$WORK/lib"
state = "$WORK/state"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]
[grpc]
  address = "$SOCKET"
[ttrpc]
  address = "$WORK/containerd.ttrpc"
CONF
    # In a mount namespace of its own: what it mounts goes with it.
    setsid unshare -m containerd --config "$WORK/containerd.toml" >"$WORK/containerd.log" 2>&1 </dev/null &
    echo $! >"$WORK/containerd.pid"
    eventually c version
    make_root "$WORK/root"
    # Where not even runc can, nothing is learnt about the runtime.
    command -v runc && RUNTIME=$(command -v runc) crun_id probe -- true
}

clean_up() {
    after_each
    kill "$(cat "$WORK/containerd.pid")"
    sleep 0.5
    kill -9 "$(cat "$WORK/containerd.pid")"
}

after_each() {
    local id
    for id in $(c task ls -q); do
        c task kill -s KILL "$id"
        c task delete -f "$id"
    done
    for id in $(c container ls -q); do
        c container rm "$id"
    done
}

c() {
    timeout -s KILL 20 ctr --address "$SOCKET" "$@"
}

# crun ID [OPTION]... -- COMMAND...: runs it over the root directory. stdin stays open for a while: ctr hangs when it is at its end at once.
crun_id() {
    local id=$1 options=()
    shift
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    shift
    sleep 1.5 | c run --rm --env PATH=/bin --runc-binary "$RUNTIME" "${options[@]}" --rootfs "$WORK/root" "$id" "$@"
}

# Starts it in the background and waits for it.
start_id() {
    local id=$1
    shift
    c run -d --env PATH=/bin --runc-binary "$RUNTIME" "${OPTIONS[@]}" --rootfs "$WORK/root" "$id" "$@" </dev/null
    eventually bash -c "c task ls | grep -Eq '^$id .*RUNNING'"
}

test_run_prints() {
    expect hello crun_id one -- echo hello
}

test_the_exit_status() {
    expect_status 7 crun_id one -- sh -c 'exit 7'
}

test_environment_and_directory() {
    expect 'v /tmp' crun_id one --env V=v --cwd /tmp -- sh -c 'echo $V $PWD'
}

test_exec() {
    start_id one sleep 100
    expect 'in it' bash -c 'sleep 1 | c task exec --exec-id e1 one echo in it'
    expect_status 5 bash -c 'sleep 1 | c task exec --exec-id e2 one sh -c "exit 5"; exit ${PIPESTATUS[1]}'
}

test_a_terminal() {
    expect_match '/dev/(pts|console)' script -qec "exec timeout -s KILL 20 ctr --address $SOCKET run --rm -t --env PATH=/bin --runc-binary $RUNTIME --rootfs $WORK/root one tty" /dev/null
}

test_kill() {
    start_id one sh -c 'trap "exit 4" USR1; while :; do sleep 0.05; done'
    sleep 0.3
    expect_status 0 c task kill -s USR1 one
    eventually bash -c "c task ls | grep -Eq '^one .*STOPPED'"
    expect_match 'exit code 4' c task delete one
}

test_kill_all() {
    start_id one sh -c 'sleep 100 & sleep 100'
    expect_status 0 c task kill -a -s KILL one
    eventually bash -c "c task ls | grep -Eq '^one .*STOPPED'"
}

test_pause() {
    start_id one sleep 100
    expect_status 0 c task pause one
    expect_match '^one .*PAUSED' c task ls
    expect_status 0 c task resume one
    expect_match '^one .*RUNNING' c task ls
}

test_ps() {
    start_id one sleep 100
    expect_match '^[0-9]+' c task ps one
    local pid
    pid=$(c task ls | awk '$1 == "one" { print $2 }')
    expect_match "^$pid" c task ps one
}

test_metrics() {
    start_id one sleep 100
    expect_status 0 c task metrics one
}

test_a_mount() {
    mkdir -p "$WORK/volume"
    echo outside >"$WORK/volume/file"
    expect outside crun_id one --mount "type=bind,src=$WORK/volume,dst=/data,options=rbind:ro" -- cat /data/file
    expect_status 1 crun_id two --mount "type=bind,src=$WORK/volume,dst=/data,options=rbind:ro" -- touch /data/no
}

test_a_read_only_root() {
    expect_status 1 crun_id one --read-only -- touch /tmp/no
}

test_memory_limit_bites() {
    expect_status 137 crun_id one --memory-limit 33554432 -- sh -c 'dd if=/dev/zero of=/dev/null bs=200M count=1'
}

test_dropped_capabilities() {
    expect_status 1 crun_id one --cap-drop CAP_CHOWN -- chown 1000 /tmp
}

test_seccomp() {
    expect_match 'Seccomp:.2' crun_id one --seccomp -- grep Seccomp: /proc/self/status
}

test_a_missing_program() {
    local text
    text=$(c run -d --env PATH=/bin --runc-binary "$RUNTIME" --rootfs "$WORK/root" one /no/such/program 2>&1 </dev/null) && fail "it started"
    grep -q 'no such file or directory' <<<"$text" || fail "it says: $text"
}

test_the_host_network() {
    expect_status 0 crun_id one --net-host -- true
}

test_killed_from_outside() {
    local pid
    start_id one sleep 100
    pid=$(c task ls | awk '$1 == "one" { print $2 }')
    kill -9 "$pid"
    eventually bash -c "c task ls | grep -Eq '^one .*STOPPED'"
    expect_match 'exit code 137' c task delete one
}
