# dockerd as the client: a daemon of its own with a containerd of its own, state below $WORK, in mount and network namespaces of its own.

export SOCKET=$WORK/docker.sock

set_up() {
    local program
    for program in dockerd containerd containerd-shim-runc-v2 busybox; do
        command -v $program || { echo "$program is not installed"; return 1; }
    done
    docker_client || { echo "no docker client"; return 1; }
    [ "$(id -u)" = 0 ] || { echo "needs root"; return 1; }
    mkdir -p "$WORK"/{docker,exec}
    cat >"$WORK/daemon.json" <<CONF
{
  "hosts": ["unix://$SOCKET"],
  "data-root": "$WORK/docker",
  "exec-root": "$WORK/exec",
  "pidfile": "$WORK/docker.pid",
  "storage-driver": "vfs",
  "bridge": "none",
  "iptables": false,
  "ip6tables": false,
  "ip-forward": false,
  "ip-masq": false,
  "runtimes": { "tested": { "path": "$RUNTIME" } },
  "default-runtime": "tested",
  "default-ulimits": { "nofile": { "Name": "nofile", "Hard": 4096, "Soft": 1024 } }
}
CONF
    setsid unshare -m dockerd --config-file "$WORK/daemon.json" >"$WORK/docker.log" 2>&1 </dev/null &
    echo $! >"$WORK/unshare.pid"
    local i
    for ((i = 0; i < 200; i++)); do
        d version >/dev/null 2>&1 && break
        sleep 0.1
    done
    d version >/dev/null || { echo "dockerd does not start: $(tail -n 3 "$WORK/docker.log")"; return 1; }
    make_root "$WORK/root"
    tar -C "$WORK/root" -c . | d import - box || return 1
    # Where not even runc can, nothing is learnt about the runtime.
    drun --runtime runc --rm box true
}

clean_up() {
    after_each
    kill "$(cat "$WORK/docker.pid")"
    local i
    for ((i = 0; i < 50; i++)); do
        kill -0 "$(cat "$WORK/unshare.pid")" || break
        sleep 0.1
    done
    kill -9 "$(cat "$WORK/unshare.pid")"
}

after_each() {
    local ids
    ids=$(d ps -aq)
    [ -z "$ids" ] || d rm -f $ids
}

docker_client() {
    command -v docker
}

d() {
    docker --host "unix://$SOCKET" "$@"
}

drun() {
    d run --network=none "$@"
}

test_run_prints_and_ends() {
    expect hello drun --rm box echo hello
    expect_status 7 drun --rm box sh -c 'exit 7'
}

test_a_missing_program_is_127() {
    expect_status 127 drun --rm box /no/such/program
}

test_stdin_is_passed_on() {
    expect 3 bash -c 'printf "a\nb\nc\n" | drun -i --rm box wc -l'
}

test_a_terminal() {
    expect_match '^/dev/' script -qec "docker --host unix://$SOCKET run --network=none -t --rm box tty" /dev/null
}

test_exec() {
    local id
    id=$(drun -d box sleep 100)
    expect 'in it' d exec "$id" echo in it
    expect_status 5 d exec "$id" sh -c 'exit 5'
    expect '1000 /tmp x' d exec --user 1000 -w /tmp -e X=x "$id" sh -c 'echo $(id -u) $PWD $X'
    expect_match '^/dev/' script -qec "docker --host unix://$SOCKET exec -t $id tty" /dev/null
}

test_stop() {
    local id
    id=$(drun -d box sh -c 'trap "exit 3" TERM; while :; do sleep 0.05; done')
    sleep 0.5
    expect_status 0 d stop "$id"
    expect 3 d inspect --format '{{.State.ExitCode}}' "$id"
}

test_kill() {
    local id
    id=$(drun -d box sleep 100)
    expect_status 0 d kill "$id"
    expect 137 d wait "$id"
}

test_pause() {
    local id
    id=$(drun -d box sleep 100)
    expect_status 0 d pause "$id"
    expect paused d inspect --format '{{.State.Status}}' "$id"
    expect_status 0 d unpause "$id"
}

test_top() {
    local id
    id=$(drun -d box sleep 100)
    expect_match sleep d top "$id"
}

test_update() {
    local id
    id=$(drun -d --memory 64m --memory-swap 64m box sleep 100)
    expect_status 0 d update --memory 128m --memory-swap 128m "$id"
    expect_status 0 d exec "$id" true
}

test_update_takes_effect() {
    local id
    id=$(drun -d --memory 32m --memory-swap 32m box sleep 100)
    expect_status 0 d update --memory 256m --memory-swap 256m "$id"
    expect_status 0 d exec "$id" sh -c 'dd if=/dev/zero of=/dev/null bs=100M count=1'
}

test_stats() {
    local id
    id=$(drun -d box sleep 100)
    expect_status 0 d stats --no-stream "$id"
}

test_memory_limit_bites() {
    expect_status 137 drun --rm --memory 32m --memory-swap 32m box sh -c 'dd if=/dev/zero of=/dev/null bs=200M count=1'
}

test_remove_by_force() {
    local id
    id=$(drun -d box sleep 100)
    expect_status 0 d rm -f "$id"
    expect '' d ps -aq
}

test_volumes() {
    mkdir -p "$WORK/volume"
    echo outside >"$WORK/volume/file"
    expect outside drun --rm -v "$WORK/volume:/data" box cat /data/file
    expect_status 1 drun --rm -v "$WORK/volume:/data:ro" box touch /data/no
}

test_files_of_names() {
    expect_match desk drun --rm --hostname desk box cat /etc/hostname
}

test_restart() {
    local id
    id=$(drun -d box sh -c 'echo one >>/var/x; cat /var/x; sleep 100')
    sleep 0.5
    expect_status 0 d restart -t 1 "$id"
    eventually bash -c "[ \$(d logs $id | wc -l) = 3 ]"
}

test_copy() {
    local id
    id=$(drun -d box sleep 100)
    echo content >"$WORK/file"
    expect_status 0 d cp "$WORK/file" "$id:/tmp/in"
    expect content d exec "$id" cat /tmp/in
}

test_a_user() {
    expect '1000 2000' drun --rm --user user:more box sh -c 'echo $(id -u) $(id -g)'
}

test_a_read_only_root() {
    expect_status 1 drun --rm --read-only box touch /var/no
}

test_running_out_of_memory_is_told() {
    local limit="--memory 48m --memory-swap 48m" id
    id=$(drun -d $limit box dd if=/dev/zero of=/dev/null bs=200M count=1)
    expect 137 d wait "$id"
    expect 'true 137' d inspect --format '{{.State.OOMKilled}} {{.State.ExitCode}}' "$id"
    # Of whatever process of the container.
    id=$(drun -d $limit box sh -c 'dd if=/dev/zero of=/dev/null bs=200M count=1; exit 3')
    expect 3 d wait "$id"
    expect 'true 3' d inspect --format '{{.State.OOMKilled}} {{.State.ExitCode}}' "$id"
    id=$(drun -d $limit box sh -c 'exit 4')
    expect 4 d wait "$id"
    expect 'false 4' d inspect --format '{{.State.OOMKilled}} {{.State.ExitCode}}' "$id"
}

test_pids_limit_bites() {
    expect_match "can't fork" bash -c 'drun --rm --pids-limit 8 box sh -c "for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 2 & done; wait"; true'
}

test_an_init() {
    expect_status 0 drun --rm box true
}
