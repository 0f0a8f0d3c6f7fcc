# podman and conmon as the client. Storage, state and configuration of its own, below $WORK.

set_up() {
    command -v podman && command -v conmon && command -v busybox || { echo "podman, conmon or busybox is not installed"; return 1; }
    [ "$(id -u)" = 0 ] || { echo "needs root"; return 1; }
    mkdir -p "$WORK"/{store,run,tmp}
    cat >"$WORK/containers.conf" <<CONF
[engine]
runtime_supports_json = ["$RUNTIME_NAME", "$RUNTIME"]
[containers]
default_ulimits = ["nofile=1024:4096", "nproc=4096:4096"]
CONF
    make_root "$WORK/root"
    tar -C "$WORK/root" -c . | p import - localhost/box || return 1
    # Where not even runc can, nothing is learnt about the runtime.
    command -v runc && RUNTIME=runc prun --rm localhost/box true
}

clean_up() {
    p rm -af -t 0
    p image rm -af
    umount "$WORK"/store/*/ 2>/dev/null
}

after_each() {
    p rm -af -t 0
}

export CONTAINERS_CONF=$WORK/containers.conf

p() {
    podman --root "$WORK/store" --runroot "$WORK/run" --tmpdir "$WORK/tmp" --storage-driver vfs --cgroup-manager cgroupfs --events-backend none --runtime "$RUNTIME" "$@"
}

# A container over the box image.
prun() {
    p run --network=none "$@"
}

test_run_prints_and_ends() {
    expect hello prun --rm localhost/box echo hello
    expect_status 7 prun --rm localhost/box sh -c 'exit 7'
    expect_status 137 prun --rm localhost/box sh -c 'sh -c "kill -9 \$\$"; exit $?'
}

test_a_missing_program_is_127() {
    expect_status 127 prun --rm localhost/box /no/such/program
}

test_a_program_that_may_not_run_is_126() {
    expect_status 126 prun --rm localhost/box /etc/passwd
}

test_stdin_is_passed_on() {
    expect 3 bash -c 'printf "a\nb\nc\n" | prun -i --rm localhost/box wc -l'
}

test_stdout_and_stderr_are_apart() {
    [ "$(prun --rm localhost/box sh -c 'echo out; echo err >&2' 2>/dev/null)" = out ] || fail "stdout is wrong"
    [ "$(prun --rm localhost/box sh -c 'echo out; echo err >&2' 2>&1 >/dev/null)" = err ] || fail "stderr is wrong"
}

test_a_terminal() {
    expect_match '^/dev/' script -qec "podman --root $WORK/store --runroot $WORK/run --tmpdir $WORK/tmp --storage-driver vfs --cgroup-manager cgroupfs --events-backend none --runtime $RUNTIME run --network=none -t --rm localhost/box tty" /dev/null
}

test_environment_directory_and_name() {
    expect 'v /tmp desk' prun --rm -e V=v -w /tmp --hostname desk localhost/box sh -c 'echo $V $PWD $(hostname)'
}

test_a_user() {
    expect '1000 1000' prun --rm --user 1000 localhost/box sh -c 'echo $(id -u) $(id -g)'
    expect '1000 2000' prun --rm --user user:more localhost/box sh -c 'echo $(id -u) $(id -g)'
}

test_detached_and_logs() {
    local id
    id=$(prun -d localhost/box sh -c 'echo started; sleep 100')
    eventually bash -c "p logs $id | grep -q started"
    expect_match Up p ps --format '{{.Status}}'
    expect_status 0 p stop -t 1 "$id"
    expect_match Exited p ps -a --format '{{.Status}}'
}

test_the_exit_status_of_a_detached_one() {
    local id
    id=$(prun -d localhost/box sh -c 'sleep 0.3; exit 9')
    expect 9 p wait "$id"
}

test_exec() {
    local id
    id=$(prun -d localhost/box sleep 100)
    expect 'in it' p exec "$id" echo in it
    expect_status 5 p exec "$id" sh -c 'exit 5'
    expect_status 127 p exec "$id" /no/such/program
    expect '1000 /tmp x' p exec --user 1000 -w /tmp -e X=x "$id" sh -c 'echo $(id -u) $PWD $X'
    expect 3 bash -c "printf 'a\nb\nc\n' | p exec -i $id wc -l"
    expect_match sleep p exec "$id" ps
    expect_match '^/dev/' script -qec "podman --root $WORK/store --runroot $WORK/run --tmpdir $WORK/tmp --storage-driver vfs --cgroup-manager cgroupfs --events-backend none --runtime $RUNTIME exec -t $id tty" /dev/null
}

test_a_detached_exec() {
    local id
    id=$(prun -d localhost/box sleep 100)
    expect_status 0 p exec -d "$id" sh -c 'echo yes >/tmp/made'
    eventually p exec "$id" test -e /tmp/made
}

test_kill() {
    local id
    id=$(prun -d localhost/box sh -c 'trap "echo got; exit 4" USR1; echo ready; while :; do sleep 0.05; done')
    eventually bash -c "p logs $id | grep -q ready"
    expect_status 0 p kill --signal USR1 "$id"
    expect 4 p wait "$id"
    expect_match got p logs "$id"
    id=$(prun -d localhost/box sleep 100)
    expect_status 0 p kill "$id"
    expect 137 p wait "$id"
}

test_pause() {
    local id before
    id=$(prun -d localhost/box sh -c 'i=0; while :; do i=$((i+1)); echo $i >/tmp/count; sleep 0.02; done')
    eventually p exec "$id" test -s /tmp/count
    expect_status 0 p pause "$id"
    expect paused p inspect --format '{{.State.Status}}' "$id"
    expect_status 0 p unpause "$id"
    before=$(p exec "$id" cat /tmp/count)
    eventually bash -c "[ \$(p exec $id cat /tmp/count) -gt $before ]"
}

test_remove_by_force() {
    local id
    id=$(prun -d localhost/box sh -c 'trap "" TERM; while :; do sleep 0.1; done')
    expect_status 0 p rm -f -t 0 "$id"
    expect '' p ps -aq
}

test_top() {
    local id
    id=$(prun -d localhost/box sleep 100)
    expect_match sleep p top "$id"
}

test_copy() {
    local id
    id=$(prun -d localhost/box sleep 100)
    echo content >"$WORK/file"
    expect_status 0 p cp "$WORK/file" "$id:/tmp/in"
    expect content p exec "$id" cat /tmp/in
    p exec "$id" sh -c 'echo back >/tmp/out'
    expect_status 0 p cp "$id:/tmp/out" "$WORK/out"
    expect back cat "$WORK/out"
}

test_what_is_written_stays_for_the_next_start() {
    prun --name again localhost/box sh -c 'echo one >>/var/log.txt; cat /var/log.txt'
    expect $'one\none' p start -a again
}

test_volumes() {
    mkdir -p "$WORK/volume"
    echo outside >"$WORK/volume/file"
    expect outside prun --rm -v "$WORK/volume:/data" localhost/box cat /data/file
    prun --rm -v "$WORK/volume:/data" localhost/box sh -c 'echo inside >/data/made'
    expect inside cat "$WORK/volume/made"
    expect_status 1 prun --rm -v "$WORK/volume:/data:ro" localhost/box touch /data/no
    [ ! -e "$WORK/volume/no" ] || fail "a read-only volume was written"
    expect outside prun --rm -v "$WORK/volume/file:/etc/one" localhost/box cat /etc/one
}

test_a_named_volume() {
    prun --rm -v vol:/data localhost/box sh -c 'echo kept >/data/x'
    expect kept prun --rm -v vol:/data localhost/box cat /data/x
    p volume rm vol
}

test_a_tmpfs() {
    expect_match '^tmpfs.* /scratch' prun --rm --tmpfs /scratch localhost/box sh -c 'echo x >/scratch/x && mount | sed "s/ on / /"'
}

test_a_read_only_root() {
    expect_status 1 prun --rm --read-only localhost/box touch /var/no
    expect_status 0 prun --rm --read-only localhost/box touch /tmp/yes
}

test_memory_limit_bites() {
    expect_status 137 prun --rm --memory 32m --memory-swap 32m localhost/box sh -c 'dd if=/dev/zero of=/dev/null bs=200M count=1'
    expect_status 0 prun --rm --memory 64m localhost/box sh -c 'dd if=/dev/zero of=/dev/null bs=8M count=1'
}

# ends_with OOMKILLED STATUS [OPTION]... IMAGE COMMAND...: conmon tells podman by an empty file. podman 4.3 looks for it beside the bundle, conmon leaves it where it was started.
ends_with() {
    local wanted=$1 status=$2 id told
    shift 2
    rm -f oom
    id=$(prun -d "$@")
    expect "$status" p wait "$id"
    told=$(p inspect --format '{{.State.OOMKilled}}' "$id")
    [ ! -e oom ] || told=true
    [ "$told" = "$wanted" ] || fail "out of memory: $told, not $wanted"
}

test_running_out_of_memory_is_told() {
    local limit="--memory 48m --memory-swap 48m"
    ends_with true 137 $limit localhost/box dd if=/dev/zero of=/dev/null bs=200M count=1
    # Of whatever process of the container.
    ends_with true 3 $limit localhost/box sh -c 'dd if=/dev/zero of=/dev/null bs=200M count=1; exit 3'
    ends_with false 137 $limit localhost/box sh -c 'sh -c "kill -9 \$\$"; exit $?'
}

test_a_container_outlives_those_of_it_that_run_out_of_memory() {
    local id
    id=$(prun -d --memory 48m --memory-swap 48m localhost/box sleep 1000)
    expect_status 137 p exec "$id" dd if=/dev/zero of=/dev/null bs=200M count=1
    expect_status 137 p exec "$id" dd if=/dev/zero of=/dev/null bs=200M count=1
    expect well p exec "$id" echo well
}

test_a_small_memory_limit() {
    local limit
    [ "$RUNTIME_NAME" = carrel-kernel ] || skip "nothing but the program's own memory counts elsewhere"
    for limit in 8m 12m 20m; do
        expect done prun --rm --memory $limit --memory-swap $limit localhost/box sh -c 'i=0; while [ $i -lt 30 ]; do ls -R /bin >/dev/null; i=$((i+1)); done; echo done'
    done
    expect_match 'needs at least 6 MiB' even_if_it_fails prun --rm --memory 5m --memory-swap 5m localhost/box true
}

test_what_a_kernel_has_to_keep_ends_no_more_than_its_causer() {
    [ "$RUNTIME_NAME" = carrel-kernel ] || skip "whom the host takes is its own business"
    # Pipes full of data and processes that wait: little of it is memory of theirs.
    expect_match '^well$' prun --rm --memory 16m --memory-swap 16m localhost/box sh -c \
        'sh -c "i=0; while [ \$i -lt 150 ]; do yes | sleep 1000 & i=\$((i+1)); done" 2>/dev/null; echo well; kill -9 -1'
}

test_pids_limit_bites() {
    expect_match "can't fork" bash -c 'prun --rm --pids-limit 8 localhost/box sh -c "for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 2 & done; wait"; true'
}

test_dropped_capabilities() {
    expect_match 'CapEff:.0000000000000000' prun --rm --cap-drop all localhost/box grep CapEff /proc/self/status
    expect_status 1 prun --rm --cap-drop chown localhost/box chown 1000 /tmp
    expect_status 0 prun --rm localhost/box chown 1000 /tmp
}

test_a_seccomp_profile() {
    echo '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO","errnoRet":38}]}' >"$WORK/profile.json"
    expect_match 'Function not implemented' bash -c "prun --rm --security-opt seccomp=$WORK/profile.json localhost/box mkdir /tmp/x; true"
    expect_status 0 prun --rm --security-opt seccomp=unconfined localhost/box mkdir /tmp/x
    expect_match 'Seccomp:.2' prun --rm localhost/box grep Seccomp: /proc/self/status
}

test_no_new_privileges() {
    expect_match 'NoNewPrivs:.1' prun --rm --security-opt no-new-privileges localhost/box grep NoNewPrivs /proc/self/status
}

test_a_limit_of_descriptors() {
    expect '100 200' prun --rm --ulimit nproc=4096:4096 --ulimit nofile=100:200 localhost/box sh -c 'echo $(ulimit -Sn) $(ulimit -Hn)'
}

test_the_network_of_none_has_no_devices_but_lo() {
    expect_status 0 prun --rm localhost/box sh -c '! ls /sys/class/net 2>/dev/null | grep -v lo'
}

test_the_network_of_the_host() {
    expect_status 0 p run --network=host --rm localhost/box true
}

test_an_init() {
    expect_match '^ *1 ' prun --rm localhost/box ps
}

test_two_at_a_time() {
    local a b
    a=$(prun -d localhost/box sleep 100)
    b=$(prun -d localhost/box sleep 100)
    expect_status 0 p exec "$a" true
    expect_status 0 p exec "$b" true
    expect_status 0 p rm -f -t 0 "$a"
    expect_status 0 p exec "$b" true
}

test_inspect_and_stats() {
    local id
    id=$(prun -d localhost/box sleep 100)
    expect running p inspect --format '{{.State.Status}}' "$id"
    expect_status 0 p stats --no-stream "$id"
}

test_update() {
    local id
    id=$(prun -d --memory 64m localhost/box sleep 100)
    expect_status 0 p update --memory 128m "$id" || true
}

test_a_shared_pid_namespace() {
    [ "$RUNTIME_NAME" != carrel-kernel ] || skip "a carrel shares no namespace; refused with the field's name"
    local id
    id=$(prun -d localhost/box sleep 123)
    expect_match 'sleep 123' prun --rm --pid "container:$id" localhost/box ps
}

test_mapped_users_own_the_files_they_make() {
    expect '0 0' prun --rm --uidmap 0:200000:1000 localhost/box sh -c 'touch /made; echo $(stat -c "%u" /made /etc)'
    mkdir -p "$WORK/shared" && chown 200000:200000 "$WORK/shared"
    prun --rm --uidmap 0:200000:1000 -v "$WORK/shared:/shared" localhost/box sh -c 'echo x >/shared/made; chown 7:8 /shared/made' || fail "the shared directory cannot be written"
    expect '200007 200008' stat -c '%u %g' "$WORK/shared/made"
    echo secret >"$WORK/shared/others" && chmod 600 "$WORK/shared/others"
    prun --rm --uidmap 0:200000:1000 -v "$WORK/shared:/shared" localhost/box cat /shared/others && fail "it reads what root of the host keeps"
    rm -rf "$WORK/shared"
}

test_descriptors_are_passed_on() {
    echo given >"$WORK/given"
    expect given prun --rm --preserve-fds 1 localhost/box sh -c 'cat <&3' 3<"$WORK/given"
}
