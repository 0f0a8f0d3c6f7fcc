# What a kubelet does with a RuntimeClass: calls of the CRI to containerd, whose configuration has the lines of docs/clients.md. A daemon of its own, state below
# $WORK, in mount and network namespaces of its own, which stand for the node.

export SOCKET=$WORK/containerd.sock POD_PARENT=/carrel-test-$$

set_up() {
    local program
    for program in containerd containerd-shim-runc-v2 ctr busybox ip /usr/lib/cni/ptp /usr/bin/python3; do
        command -v $program || { echo "$program is not installed"; return 1; }
    done
    /usr/bin/python3 -c 'import grpc, grpc_tools, google.protobuf' || { echo "python3-grpcio or python3-grpc-tools is not installed"; return 1; }
    [ "$(id -u)" = 0 ] || { echo "needs root"; return 1; }
    mkdir -p "$WORK"/{lib,state,api,cni,logs}
    /usr/bin/python3 -m grpc_tools.protoc -I"$HERE/cri" --python_out="$WORK/api" api.proto || return 1
    cat >"$WORK/containerd.toml" <<CONF
version = 2
root = "$WORK/lib"
state = "$WORK/state"
disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]
[grpc]
  address = "$SOCKET"
[ttrpc]
  address = "$WORK/containerd.ttrpc"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/pause:1"
  # Who lacks CAP_SYS_RESOURCE could not give a sandbox its low score.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$WORK/cni"
$(sed -n '/^    \[plugins/,/^$/s/^    //p' "$HERE/../../docs/clients.md" | sed "s|\"/usr/local/bin/carrel\"|\"$RUNTIME\"|")
CONF
    cat >"$WORK/cni/pods.conflist" <<CONF
{ "cniVersion": "0.4.0", "name": "pods", "plugins": [
  { "type": "ptp", "ipMasq": false,
    "ipam": { "type": "host-local", "dataDir": "$WORK/ipam", "ranges": [[{ "subnet": "10.123.0.0/24" }]], "routes": [{ "dst": "0.0.0.0/0" }] } } ] }
CONF
    # What it mounts and what it leaves in these directories goes with the namespace.
    setsid unshare -m -n sh -c "
        mkdir -p /run/containerd /run/netns /var/lib/cni
        for directory in /run/containerd /run/netns /var/lib/cni; do mount -t tmpfs none \$directory; done
        ip link set lo up
        exec containerd --config '$WORK/containerd.toml'" >"$WORK/containerd.log" 2>&1 </dev/null &
    echo $! >"$WORK/containerd.pid"
    eventually c version
    make_root "$WORK/root"
    make_image localhost/box:1 '["sh"]' && make_image localhost/pause:1 '["sleep", "1000000"]' || return 1
    run_pod "$HOST_NETWORK"
}

clean_up() {
    after_each
    kill "$(cat "$WORK/containerd.pid")"
    sleep 0.5
    kill -9 "$(cat "$WORK/containerd.pid")"
    rmdir /sys/fs/cgroup/*"$POD_PARENT" "/sys/fs/cgroup$POD_PARENT"
}

after_each() {
    local id
    for id in $(ask 'items[].id' ListPodSandbox); do
        call StopPodSandbox "{\"pod_sandbox_id\": \"$id\"}"
        call RemovePodSandbox "{\"pod_sandbox_id\": \"$id\"}"
    done
}

c() {
    timeout -s KILL 30 ctr --address "$SOCKET" --namespace k8s.io "$@"
}

# An image of the root directory, as `docker save` writes one.
make_image() {
    local name=$1 command=$2 directory=$WORK/image
    mkdir -p "$directory"
    tar -C "$WORK/root" -cf "$directory/layer.tar" .
    echo "{\"architecture\": \"amd64\", \"os\": \"linux\", \"config\": {\"Env\": [\"PATH=/bin\"], \"Cmd\": $command},
        \"rootfs\": {\"type\": \"layers\", \"diff_ids\": [\"sha256:$(sha256sum <"$directory/layer.tar" | cut -d' ' -f1)\"]}}" >"$directory/config.json"
    echo "[{\"Config\": \"config.json\", \"RepoTags\": [\"$name\"], \"Layers\": [\"layer.tar\"]}]" >"$directory/manifest.json"
    tar -C "$directory" -c . | c image import -
}

# ask FIELD METHOD [JSON]...: that field of the response; the whole if it is empty.
ask() {
    local field=$1 method=$2
    shift 2
    timeout -s KILL 50 /usr/bin/python3 "$HERE/cri/call.py" "$SOCKET" "$WORK/api" "$method" "$field" "$@"
}

# call METHOD [JSON]...: what it answers does not matter.
call() {
    ask '' "$@" >/dev/null
}

export HOST_NETWORK='{"hostname": "", "linux": {"security_context": {"namespace_options": {"network": "NODE"}}}}'

# run_pod [CONFIG]...: $POD, laid over a default.
run_pod() {
    export SANDBOX POD
    SANDBOX=$(ask '' merge "{\"metadata\": {\"name\": \"pod\", \"uid\": \"u$RANDOM$RANDOM\", \"namespace\": \"default\"}, \"hostname\": \"desk\",
        \"log_directory\": \"$WORK/logs\", \"linux\": {\"cgroup_parent\": \"$POD_PARENT\", \"security_context\": {\"namespace_options\": {\"pid\": \"CONTAINER\"}}}}" "$@")
    POD=$(ask pod_sandbox_id RunPodSandbox "{\"config\": $SANDBOX, \"runtime_handler\": \"carrel\"}")
    [ -n "$POD" ]
}

# create COMMAND [CONFIG]...: a container in $POD, $ID, whose program is a shell with that command; its log is $LOG.
create() {
    local command=${1//\\/\\\\} name=c$RANDOM config
    shift
    config=$(ask '' merge "{\"metadata\": {\"name\": \"$name\"}, \"image\": {\"image\": \"localhost/box:1\"}, \"command\": [\"sh\", \"-c\", \"${command//\"/\\\"}\"],
        \"log_path\": \"$name.log\", \"linux\": {\"security_context\": {\"namespace_options\": {\"pid\": \"CONTAINER\"}}}}" "$@")
    export LOG=$WORK/logs/$name.log ID
    ID=$(ask container_id CreateContainer "{\"pod_sandbox_id\": \"$POD\", \"config\": $config, \"sandbox_config\": $SANDBOX}")
    [ -n "$ID" ]
}

start() {
    call StartContainer "{\"container_id\": \"$ID\"}"
}

# status FIELD, of the container.
status() {
    ask "status.$1" ContainerStatus "{\"container_id\": \"$ID\"}"
}

pod_status() {
    ask "status.$1" PodSandboxStatus "{\"pod_sandbox_id\": \"$POD\"}"
}

# Waits for the container's end.
ended() {
    eventually bash -c '[ "$(status state)" = CONTAINER_EXITED ]'
}

# run COMMAND [CONFIG]...: what it prints, without the time and the stream that each line of a log begins with; ends with its status.
run() {
    create "$@"
    start
    ended
    sed -E 's/^[^ ]+ (stdout|stderr) [FP] //' "$LOG"
    return "$(status exit_code)"
}

# in_container COMMAND: by ExecSync.
in_container() {
    local command=${1//\\/\\\\}
    call_exec "[\"sh\", \"-c\", \"${command//\"/\\\"}\"]" 20
}

# call_exec COMMAND SECONDS
call_exec() {
    ask '' ExecSync "{\"container_id\": \"$ID\", \"cmd\": $1, \"timeout\": $2}"
}

test_the_output_and_the_exit_status() {
    run_pod "$HOST_NETWORK"
    expect hello run 'echo hello'
    expect_status 7 run 'exit 7'
}

test_the_streams_of_a_log() {
    run_pod "$HOST_NETWORK"
    run 'echo out; echo err >&2' >/dev/null
    expect_match ' stdout F out$' cat "$LOG"
    expect_match ' stderr F err$' cat "$LOG"
}

test_a_pod_with_an_address() {
    run_pod
    expect_match '^10\.123\.0\.' pod_status network.ip
    if [ "$RUNTIME_NAME" = carrel-kernel ]; then
        expect_status 0 run true # a carrel has no IP network yet
    else
        expect_match '10\.123\.0\.' run 'ip address show eth0'
    fi
}

test_the_host_name_of_the_pod() {
    run_pod
    expect 'desk desk' run 'echo $(hostname) $HOSTNAME'
}

test_a_program_in_a_container() {
    run_pod "$HOST_NETWORK"
    create 'sleep 100' '{"envs": [{"key": "A", "value": "a b"}], "working_dir": "/tmp"}'
    start
    expect 'a b /tmp' in_container 'echo $A $PWD'
    expect_status 5 in_container 'exit 5'
    [ "$(in_container 'echo out; echo err >&2' 2>/dev/null)" = out ] || fail "stdout is wrong"
    expect_match 'DEADLINE_EXCEEDED|timed out' even_if_it_fails call_exec '["sleep", "100"]' 1
    expect_status 0 in_container true
    expect_match '^http' ask url Exec "{\"container_id\": \"$ID\", \"cmd\": [\"sh\"], \"stdout\": true}"
}

test_a_terminal() {
    run_pod "$HOST_NETWORK"
    expect_match '/dev/(pts|console)' run tty '{"tty": true}'
}

test_a_stop_with_time_to_end() {
    run_pod "$HOST_NETWORK"
    create 'trap "exit 3" TERM; echo ready; while :; do sleep 0.05; done'
    start
    eventually grep -q ready "$LOG"
    expect CONTAINER_RUNNING status state
    call StopContainer "{\"container_id\": \"$ID\", \"timeout\": 20}"
    expect 3 status exit_code
    expect Error status reason
    create 'trap "" TERM; echo ready; while :; do sleep 0.05; done'
    start
    eventually grep -q ready "$LOG"
    call StopContainer "{\"container_id\": \"$ID\", \"timeout\": 1}"
    expect 137 status exit_code
}

test_the_next_attempt_of_a_container() {
    run_pod "$HOST_NETWORK"
    expect_status 1 run 'exit 1' '{"metadata": {"name": "again", "attempt": 0}}'
    run 'echo once more' '{"metadata": {"name": "again", "attempt": 1}}'
    expect_match 'once more' cat "$LOG"
    call RemoveContainer "{\"container_id\": \"$ID\"}"
    expect_match NOT_FOUND even_if_it_fails status state
}

test_a_missing_program() {
    run_pod "$HOST_NETWORK"
    create true '{"command": ["/no/such/program"]}'
    expect_match 'no such file or directory' even_if_it_fails start
    expect StartError status reason
}

test_two_containers_of_a_pod() {
    local first
    run_pod
    create 'sleep 100'
    start
    first=$ID
    expect desk run 'hostname'
    ID=$first
    expect desk in_container hostname
    expect 2 bash -c 'ask "containers[].id" ListContainers | wc -l'
}

test_memory_that_containers_of_a_pod_share() {
    [ "$RUNTIME_NAME" != carrel-kernel ] || skip "each container of a pod has a kernel of its own"
    run_pod
    run 'echo shared >/dev/shm/file'
    expect shared run 'cat /dev/shm/file'
    expect_status 0 run 'ls -l /proc/self/ns/ipc'
}

test_processes_that_containers_of_a_pod_share() {
    local shared='{"linux": {"security_context": {"namespace_options": {"pid": "POD"}}}}'
    run_pod "$shared"
    if [ "$RUNTIME_NAME" = carrel-kernel ]; then
        create ps "$shared"
        expect_match 'linux.namespaces: pid' even_if_it_fails start
    else
        expect_match '^ *1 .*sleep 1000000' run ps "$shared"
    fi
}

test_a_sandbox_that_dies() {
    run_pod "$HOST_NETWORK"
    expect SANDBOX_READY pod_status state
    kill -9 "$(c task ls | awk -v id="$POD" '$1 == id { print $2 }')"
    eventually bash -c 'pod_status state | grep -q NOTREADY'
    call RemovePodSandbox "{\"pod_sandbox_id\": \"$POD\"}"
    expect '' ask 'items[].id' ListPodSandbox
}

test_statistics() {
    run_pod "$HOST_NETWORK"
    create 'sleep 100'
    start
    expect_match '^[1-9]' ask stats.memory.working_set_bytes.value ContainerStats "{\"container_id\": \"$ID\"}"
    expect_match '^[1-9]' ask 'stats[].cpu.usage_core_nano_seconds.value' ListContainerStats
}

test_a_memory_limit_bites() {
    run_pod "$HOST_NETWORK"
    expect_status 137 run 'dd if=/dev/zero of=/dev/null bs=200M count=1; exit $?' '{"linux": {"resources": {"memory_limit_in_bytes": 50331648}}}'
}

test_the_reason_of_running_out_of_memory() {
    run_pod "$HOST_NETWORK"
    create 'exec dd if=/dev/zero of=/dev/null bs=200M count=1' '{"linux": {"resources": {"memory_limit_in_bytes": 50331648}}}'
    start
    ended
    expect 137 status exit_code
    expect OOMKilled status reason
}

test_an_update_takes_effect() {
    run_pod "$HOST_NETWORK"
    create 'sleep 100' '{"linux": {"resources": {"memory_limit_in_bytes": 50331648, "cpu_shares": 128}}}'
    start
    call UpdateContainerResources "{\"container_id\": \"$ID\", \"linux\": {\"memory_limit_in_bytes\": 268435456, \"cpu_shares\": 256, \"cpu_period\": 100000, \"cpu_quota\": 50000}}"
    expect_status 0 in_container 'dd if=/dev/zero of=/dev/null bs=100M count=1'
}

test_seccomp_profiles() {
    run_pod "$HOST_NETWORK"
    expect_match 'Seccomp:.2' run 'grep Seccomp: /proc/self/status' '{"linux": {"security_context": {"seccomp": {"profile_type": "RuntimeDefault"}}}}'
    expect_match 'Seccomp:.0' run 'grep Seccomp: /proc/self/status' '{"linux": {"security_context": {"seccomp": {"profile_type": "Unconfined"}}}}'
    echo '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO","errnoRet":38}]}' >"$WORK/profile.json"
    expect_match 'Function not implemented' even_if_it_fails run 'mkdir /tmp/x' \
        "{\"linux\": {\"security_context\": {\"seccomp\": {\"profile_type\": \"Localhost\", \"localhost_ref\": \"$WORK/profile.json\"}}}}"
}

test_a_read_only_root() {
    run_pod "$HOST_NETWORK"
    expect_match 'Read-only file system' even_if_it_fails run 'touch /tmp/no' '{"linux": {"security_context": {"readonly_rootfs": true}}}'
}

test_a_user_and_groups() {
    run_pod "$HOST_NETWORK"
    expect '1000 2000 2000 3000' run 'echo $(id -u) $(id -g) $(id -G)' \
        '{"linux": {"security_context": {"run_as_user": {"value": 1000}, "run_as_group": {"value": 2000}, "supplemental_groups": [3000]}}}'
    expect 1000 run 'id -u' '{"linux": {"security_context": {"run_as_username": "user"}}}'
}

test_restricted_as_the_standard_for_pods_wants_it() {
    run_pod "$HOST_NETWORK"
    expect 'CapEff: 0000000000000000 NoNewPrivs: 1' run 'echo $(grep -E "CapEff|NoNewPrivs" /proc/self/status)' \
        '{"linux": {"security_context": {"capabilities": {"drop_capabilities": ["ALL"]}, "no_new_privs": true, "run_as_user": {"value": 1000}, "seccomp": {"profile_type": "RuntimeDefault"}}}}'
    expect_status 1 run 'chown 1000 /tmp' '{"linux": {"security_context": {"capabilities": {"drop_capabilities": ["CHOWN"]}}}}'
}

test_paths_of_the_host() {
    mkdir -p "$WORK/volume"
    echo outside >"$WORK/volume/file"
    run_pod "$HOST_NETWORK"
    expect outside run 'cat /data/file; echo inside >/data/made' "{\"mounts\": [{\"container_path\": \"/data\", \"host_path\": \"$WORK/volume\"}]}"
    expect inside cat "$WORK/volume/made"
    expect_status 1 run 'touch /data/no' "{\"mounts\": [{\"container_path\": \"/data\", \"host_path\": \"$WORK/volume\", \"readonly\": true}]}"
    # A file, as /etc/hosts and the message of a container's end are.
    expect outside run 'cat /etc/hosts; echo end >/dev/termination-log' \
        "{\"mounts\": [{\"container_path\": \"/etc/hosts\", \"host_path\": \"$WORK/volume/file\"}, {\"container_path\": \"/dev/termination-log\", \"host_path\": \"$WORK/volume/made\"}]}"
    expect end cat "$WORK/volume/made"
}

test_settings_of_the_kernel() {
    run_pod '{"linux": {"sysctls": {"net.ipv4.ip_local_port_range": "1024 2048"}}}'
    [ "$RUNTIME_NAME" = carrel-kernel ] || expect_match '1024.2048' run 'cat /proc/sys/net/ipv4/ip_local_port_range'
    expect_status 0 run true
}

test_a_privileged_container() {
    local privileged='{"linux": {"security_context": {"privileged": true}}}'
    run_pod "$HOST_NETWORK" "$privileged"
    if [ "$RUNTIME_NAME" = carrel-kernel ]; then
        create true "$privileged"
        expect_match 'linux.devices' even_if_it_fails start
    else
        expect_match 'CapEff:.0*1[0-9a-f]+' run 'grep CapEff /proc/self/status' "$privileged"
    fi
}

test_a_new_file_for_the_log() {
    run_pod "$HOST_NETWORK"
    create 'while :; do echo line; sleep 0.1; done'
    start
    eventually grep -q line "$LOG"
    mv "$LOG" "$LOG.1"
    call ReopenContainerLog "{\"container_id\": \"$ID\"}"
    eventually grep -q line "$LOG"
}
