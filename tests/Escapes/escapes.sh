# The escapes, sourced by run. $WORK/bundle/rootfs is a fresh image, $CANARY a directory of the host that must stay as it is.

carrel() {
    "$CARREL" --root "$WORK/state" "$@"
}

canary_lives() {
    [ "$(ls -A "$CANARY")" = file ] && [ "$(cat "$CANARY/file")" = untouched ] || fail "the host was changed: $(ls -la "$CANARY"; cat "$CANARY/file")"
    grep -q "$CANARY" /proc/self/mountinfo && fail "something is mounted on the host's directory"
    sha256sum --quiet -c "$WORK/carrel.sum" || fail "the runtime was overwritten"
}

# A config.json. Variables: ARGS (JSON array), CWD, TERMINAL, MOUNTS (JSON objects, comma at the end), CAPABILITIES, NO_DEV, NO_PROC, MORE (JSON of linux, comma first),
# HOOKS (JSON), NEW_USER, JOINED (pid of a process whose pid namespace is joined, and its user namespace if it has one), BUNDLE.
make_config() {
    local bundle=${BUNDLE:-$WORK/bundle} pid='{"type":"pid"}'
    local hooks=${HOOKS:-null}
    [ -z "$NEW_USER" ] || pid='{"type":"user"},{"type":"pid"}'
    if [ -n "$JOINED" ]; then
        pid="{\"type\":\"pid\",\"path\":\"/proc/$JOINED/ns/pid\"}"
        [ "$(readlink "/proc/$JOINED/ns/user")" = "$(readlink /proc/self/ns/user)" ] || pid="{\"type\":\"user\",\"path\":\"/proc/$JOINED/ns/user\"},$pid"
    fi
    local dev='{"destination":"/dev","type":"tmpfs","source":"tmpfs","options":["nosuid","mode=755"]},' proc='{"destination":"/proc","type":"proc","source":"proc"}'
    [ -z "$NO_DEV" ] || dev=
    [ -z "$NO_PROC" ] || { proc='{"destination":"/scratch","type":"tmpfs","source":"tmpfs"}'; }
    local caps=${CAPABILITIES-'"CAP_CHOWN","CAP_DAC_OVERRIDE","CAP_FOWNER","CAP_FSETID","CAP_KILL","CAP_MKNOD","CAP_NET_BIND_SERVICE","CAP_SETFCAP","CAP_SETGID","CAP_SETPCAP","CAP_SETUID","CAP_SYS_CHROOT","CAP_AUDIT_WRITE"'}
    cat >"$bundle/config.json" <<JSON
{
 "ociVersion": "1.0.2",
 "process": { "terminal": ${TERMINAL:-false}, "user": {"uid": 0, "gid": 0}, "args": $ARGS, "cwd": "${CWD:-/}",
  "env": ["PATH=/bin:/sbin:/usr/bin:/usr/sbin", "TERM=dumb"],
  "capabilities": {"bounding": [$caps], "effective": [$caps], "permitted": [$caps]} },
 "root": {"path": "rootfs", "readonly": false},
 "hostname": "jail",
 "mounts": [ $MOUNTS $dev $proc ],
 "hooks": $hooks,
 "linux": { "namespaces": [$pid,{"type":"network"},{"type":"ipc"},{"type":"uts"},{"type":"mount"}],
  "resources": {"devices": [{"allow": false, "access": "rwm"}]},
  "maskedPaths": ["/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/sched_debug", "/sys/firmware"],
  "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"] $MORE }
}
JSON
}

# The program in a fresh container: its output; the status says whether it got out (0).
try() {
    make_config
    carrel run --isolation="$LEVEL" --bundle "$WORK/bundle" victim
}

# An attack that must fail: it ran and says so. With MAY_BE_REFUSED the runtime may also refuse the container.
refused() {
    local text status=0
    text=$(try 2>&1) || status=$?
    case $status in
    42) ;;
    0) fail "it got out: $text" ;;
    *) [ -n "$MAY_BE_REFUSED" ] && [[ $text = carrel:* ]] || fail "the attack did not run: $status $text" ;;
    esac
}

# The container runs with the config and does no harm, or is refused with a message.
harmless() {
    local text status=0
    text=$(try 2>&1 </dev/null) || status=$?
    case $text in
    *"internal error"* | *config.json:*) fail "$text" ;;
    carrel:*) ;;
    *) [ "$status" -lt 125 ] || fail "$status: $text" ;;
    esac
}

start_victim() {
    ARGS=${1:-'["sleep", "100"]'} make_config
    carrel create --isolation="$LEVEL" --bundle "$WORK/bundle" victim >"$WORK/create.log" 2>&1 </dev/null || fail "create: $(cat "$WORK/create.log")"
    carrel start victim
}

test_an_ordinary_program_runs() {
    ARGS='["echo", "hello"]' expect hello try
}

test_overwrite_of_the_runtime_by_exec() {
    local size
    size=$(stat -c %s "$CARREL")
    start_victim "[\"sh\", \"-c\", \"attack overwrite_runtime $size 6 >/found; echo done >>/found\"]"
    local i
    for i in 1 2 3 4 5 6; do
        timeout 10 "$CARREL" --root "$WORK/state" exec victim /proc/self/exe --version >/dev/null 2>&1 </dev/null || true
        timeout 10 "$CARREL" --root "$WORK/state" exec victim true </dev/null || true
    done
    sleep 5
    ! grep -E 'found|overwrote' "$WORK/bundle/rootfs/found" || fail "the runtime's program is in reach"
}

test_overwrite_of_the_runtime_by_the_entry_point() {
    ln -s /proc/self/exe "$WORK/bundle/rootfs/bin/entry"
    ARGS='["entry", "--version"]' harmless
    ! ARGS='["entry", "--version"]' try 2>&1 </dev/null | grep 'version [0-9]' >&2 || fail "the runtime ran as the program"
}

test_working_directory_in_a_leaked_descriptor() {
    local n
    exec 7<"$CANARY" 12</ # and what the runtime itself has
    for n in 3 4 5 6 7 8 9 10 11 12 20 $(seq 64 72); do
        ARGS="[\"attack\", \"find_file\", \"$CANARY/file\"]" CWD="/proc/self/fd/$n" MAY_BE_REFUSED=1 refused
    done
}

test_exec_with_a_working_directory_in_a_leaked_descriptor() {
    local n status
    start_victim
    exec 7<"$CANARY" 12</
    for n in 3 4 5 6 7 8 9 10 11 12 20 $(seq 64 72); do
        status=0
        timeout 20 "$CARREL" --root "$WORK/state" exec --cwd "/proc/self/fd/$n" victim attack find_file "$CANARY/file" </dev/null || status=$?
        [ "$status" != 0 ] || fail "the directory of descriptor $n leads out"
    done
}

test_descriptors_of_the_caller() {
    exec 3</ 4<"$CANARY" 5<"$CANARY/file" 77</
    ARGS='["attack", "leaked_descriptors"]' refused
    ARGS="[\"attack\", \"find_file\", \"$CANARY/file\"]" refused
    start_victim
    local status=0
    carrel exec victim attack leaked_descriptors || status=$?
    [ "$status" = 42 ] || fail "exec leaks descriptors"
}

test_chroot_break() {
    ARGS="[\"attack\", \"break_chroot\", \"$CANARY/file\"]" refused
}

test_masked_path_with_a_forged_null() {
    rm -rf "$WORK/bundle/rootfs/dev/null"
    ln -s /etc/passwd "$WORK/bundle/rootfs/dev/null"
    NO_DEV=1 ARGS='["sh", "-c", "for f in kcore keys timer_list sched_debug; do echo evil >>/proc/$f; done"]' harmless
    grep -q evil "$WORK/bundle/rootfs/etc/passwd" && fail "a masked path shows a file of the image's choice"
    rm "$WORK/bundle/rootfs/dev/null"
    ln -s /proc/sysrq-trigger "$WORK/bundle/rootfs/dev/null"
    NO_DEV=1 ARGS='["attack", "host_settings"]' harmless
}

test_console_that_is_a_link() {
    rm -rf "$WORK/bundle/rootfs/dev/console"
    ln -s "$CANARY/made" "$WORK/bundle/rootfs/dev/console"
    ln -s /proc/sys/kernel/core_pattern "$WORK/bundle/rootfs/dev/ptmx"
    make_config
    NO_DEV=1 TERMINAL=true ARGS='["true"]' make_config
    timeout 20 script -qec "$CARREL --root $WORK/state run --isolation=$LEVEL --bundle $WORK/bundle victim" /dev/null </dev/null || true
    # The terminal is mounted nowhere but in /dev, not where a link leads.
    [ "$LEVEL" != kernel ] || return 0
    ln -sf ../etc/passwd "$WORK/bundle/rootfs/dev/console"
    rm "$WORK/bundle/rootfs/dev/ptmx"
    MOUNTS='{"destination":"/dev/pts","type":"devpts","source":"devpts","options":["newinstance"]},' NO_DEV=1 TERMINAL=true ARGS='["sh", "-c", "[ ! -c /etc/passwd ] || echo evil >/evil"]' make_config
    timeout 20 script -qec "$CARREL --root $WORK/state run --isolation=$LEVEL --bundle $WORK/bundle victim" /dev/null </dev/null || true
    [ ! -e "$WORK/bundle/rootfs/evil" ] || fail "the terminal is mounted where the image says"
}

test_proc_that_is_a_link() {
    mkdir "$WORK/bundle/rootfs/fake"
    rmdir "$WORK/bundle/rootfs/proc"
    ln -s fake "$WORK/bundle/rootfs/proc"
    ARGS='["true"]' harmless
    # What masks the paths of /proc would be looked for in a directory of the image.
    [ "$LEVEL" = kernel ] || ! ARGS='["true"]' try 2>/dev/null || fail "proc is mounted where a link of the image leads"
    rm "$WORK/bundle/rootfs/proc"
    ln -s "../../../../../..$CANARY" "$WORK/bundle/rootfs/proc"
    ARGS='["true"]' harmless
    rm "$WORK/bundle/rootfs/proc"
    ln -s "$CANARY" "$WORK/bundle/rootfs/proc"
    ARGS='["true"]' harmless
}

test_dev_that_is_a_link() {
    rm -rf "$WORK/bundle/rootfs/dev"
    ln -s "../../../../../..$CANARY" "$WORK/bundle/rootfs/dev"
    NO_DEV=1 ARGS='["true"]' harmless
    ARGS='["true"]' harmless
    rm "$WORK/bundle/rootfs/dev"
    ln -s "$CANARY" "$WORK/bundle/rootfs/dev"
    NO_DEV=1 ARGS='["true"]' harmless
    ARGS='["true"]' harmless
}

test_mount_target_that_is_a_link() {
    mkdir -p "$WORK/source"
    echo x >"$WORK/source/inside"
    ln -s "../../../../../..$CANARY" "$WORK/bundle/rootfs/data"
    MOUNTS="{\"destination\":\"/data\",\"type\":\"bind\",\"source\":\"$WORK/source\",\"options\":[\"bind\",\"rw\"]}, {\"destination\":\"/data/deep/er\",\"type\":\"tmpfs\",\"source\":\"tmpfs\"}," ARGS='["touch", "/data/made"]' harmless
    MOUNTS='{"destination":"/data/deep/er","type":"tmpfs","source":"tmpfs"},' ARGS='["touch", "/data/made"]' harmless
    rm "$WORK/bundle/rootfs/data"
    ln -s "$CANARY" "$WORK/bundle/rootfs/data"
    MOUNTS='{"destination":"/data/deep/er","type":"tmpfs","source":"tmpfs"},' ARGS='["touch", "/data/made"]' harmless
}

test_mount_target_raced_by_a_link() {
    mkdir -p "$WORK/source" "$WORK/bundle/rootfs/a/data" "$WORK/bundle/rootfs/links"
    ln -s "$CANARY" "$WORK/bundle/rootfs/links/data"
    touch "$WORK/bundle/rootfs/run"
    "$WORK/attack" exchange "$WORK/bundle/rootfs/a" "$WORK/bundle/rootfs/links" "$WORK/bundle/rootfs/run" &
    local i
    for i in $(seq 25); do
        MOUNTS="{\"destination\":\"/a/data/deep/er\",\"type\":\"tmpfs\",\"source\":\"tmpfs\"}, {\"destination\":\"/a/data\",\"type\":\"bind\",\"source\":\"$WORK/source\",\"options\":[\"bind\",\"rw\"]}, {\"destination\":\"/a/data/new\",\"type\":\"tmpfs\",\"source\":\"tmpfs\"}," ARGS='["touch", "/a/data/made"]' harmless
    done
    rm -f "$WORK/bundle/rootfs/run"
}

test_path_raced_by_a_link_while_the_program_runs() {
    mkdir -p "$WORK/bundle/rootfs/a/data" "$WORK/bundle/rootfs/links"
    ln -s "$CANARY" "$WORK/bundle/rootfs/links/data"
    touch "$WORK/bundle/rootfs/run"
    "$WORK/attack" exchange "$WORK/bundle/rootfs/a" "$WORK/bundle/rootfs/links" "$WORK/bundle/rootfs/run" &
    ARGS='["sh", "-c", "i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo evil >/a/data/file; echo evil >/a/data/new$i; done 2>/dev/null; true"]' harmless
    rm -f "$WORK/bundle/rootfs/run"
}

test_mounts_stay_in_the_container() {
    # The bundle lies on a mount that is shared, as "/" is where systemd runs.
    mkdir -p "$WORK/bundle/rootfs/data" "$WORK/source"
    mount --bind "$WORK/bundle" "$WORK/bundle"
    trap 'umount -R -l "$WORK/bundle"' EXIT
    mount --make-shared "$WORK/bundle"
    MOUNTS="{\"destination\":\"/data\",\"type\":\"bind\",\"source\":\"$WORK/bundle\",\"options\":[\"bind\",\"rw\"]}, {\"destination\":\"/data/source\",\"type\":\"tmpfs\",\"source\":\"tmpfs\"}, {\"destination\":\"/tmp\",\"type\":\"tmpfs\",\"source\":\"tmpfs\"}," start_victim
    local seen
    seen=$(grep -c " $WORK/bundle/" /proc/self/mountinfo || true)
    carrel delete --force victim
    [ "$seen" = 0 ] || fail "$seen mounts of the container are the host's, too"
}

test_mount_over_files_of_proc() {
    [ "$LEVEL" != kernel ] || skip "nothing is written into the /proc of a carrel"
    # The label of a process would be written to a file of the image (CVE-2019-16884).
    local place
    mkdir -p "$WORK/source/self/attr"
    for place in /proc/self /proc/sys /proc/1/attr; do
        ! NO_PROC=1 ARGS='["true"]' \
            MOUNTS="{\"destination\":\"/proc\",\"type\":\"proc\",\"source\":\"proc\"}, {\"destination\":\"$place\",\"type\":\"bind\",\"source\":\"$WORK/source\",\"options\":[\"bind\"]}," try 2>/dev/null </dev/null ||
            fail "$place is a directory of the host's choice"
    done
}

test_input_into_the_terminal_of_the_caller() {
    [ "$(cat /proc/sys/dev/tty/legacy_tiocsti 2>/dev/null || echo 1)" = 1 ] || skip "the host has no TIOCSTI"
    start_victim
    ARGS='["attack", "tiocsti"]' make_config
    local how
    for how in "run --isolation=$LEVEL --bundle $WORK/bundle typist" "exec victim attack tiocsti"; do
        timeout 20 script -qec "$CARREL --root $WORK/state $how; echo ended with \$?" "$WORK/typescript" </dev/null >/dev/null 2>&1 || true
        grep -q 'ended with 42' "$WORK/typescript" || fail "$how: $(cat "$WORK/typescript")"
    done
}

test_cgroup_release_agent() {
    ARGS='["attack", "release_agent"]' refused
}

test_settings_of_the_host() {
    MOUNTS='{"destination":"/sys","type":"sysfs","source":"sysfs","options":["nosuid","noexec","nodev","ro"]},' ARGS='["attack", "host_settings"]' refused
}

test_devices_of_the_host() {
    ARGS='["attack", "host_devices"]' refused
}

test_file_handles() {
    ARGS='["attack", "shocker"]' refused
}

test_exec_into_a_lying_proc() {
    [ "$LEVEL" != chroot ] || skip "nobody mounts anything in a chroot"
    CAPABILITIES='"CAP_SYS_ADMIN","CAP_DAC_OVERRIDE","CAP_SYS_CHROOT","CAP_SETUID","CAP_SETGID"' start_victim \
        "[\"sh\", \"-c\", \"mount -t tmpfs none /proc; mkdir -p /proc/self/attr /proc/self/fd /proc/thread-self/attr /proc/1; for f in oom_score_adj uid_map gid_map setgroups attr/exec timerslack_ns; do ln -s ../../../../../..$CANARY/file /proc/self/\$f; ln -s ../../../../../..$CANARY/file /proc/1/\${f##*/}; done; touch /evil; rm /proc/self/oom_score_adj; ln -s /evil /proc/self/oom_score_adj; touch /ready; sleep 100\"]"
    eventually test -e "$WORK/bundle/rootfs/ready"
    timeout 20 "$CARREL" --root "$WORK/state" exec victim true </dev/null || true
    timeout 20 "$CARREL" --root "$WORK/state" exec --user 1000 --cwd /proc/self/fd victim true </dev/null || true
    echo '{"args":["true"],"cwd":"/","user":{"uid":0,"gid":0},"oomScoreAdj":321}' >"$WORK/process.json"
    timeout 20 "$CARREL" --root "$WORK/state" exec --process "$WORK/process.json" victim </dev/null || true
    [ ! -s "$WORK/bundle/rootfs/evil" ] || fail "the runtime wrote $(cat "$WORK/bundle/rootfs/evil") where the container's /proc led it"
}

test_groups_in_a_user_namespace() {
    [ "$LEVEL" = container ] || skip "no user namespace at this level"
    # Who maps only himself must not drop a group that keeps him out of a file.
    command -v setpriv >/dev/null || skip "no setpriv"
    chmod 711 "$WORK"
    MORE=', "uidMappings":[{"containerID":0,"hostID":65534,"size":1}], "gidMappings":[{"containerID":0,"hostID":65534,"size":1}]' ARGS='["cat", "/proc/self/setgroups"]' make_config
    sed -i 's/{"type":"pid"}/{"type":"user"},{"type":"pid"}/' "$WORK/bundle/config.json"
    mkdir -p "$WORK/nobody"
    chown -R 65534:65534 "$WORK/nobody" "$WORK/bundle"
    expect deny setpriv --reuid 65534 --regid 65534 --clear-groups "$CARREL" --root "$WORK/nobody" run --isolation=container --bundle "$WORK/bundle" rootless
}

test_ids_that_are_paths() {
    local id
    ARGS='["true"]' make_config
    for id in .. . ../x x/y "$CANARY" '' ; do
        carrel run --isolation="$LEVEL" --bundle "$WORK/bundle" "$id" && fail "the id '$id' is accepted"
    done
    true
}

test_hook_and_config_of_the_image_are_not_used() {
    mkdir -p "$WORK/bundle/rootfs/etc"
    echo '{"hooks":{"prestart":[{"path":"/bin/touch","args":["touch","'"$CANARY"'/made"]}]}}' >"$WORK/bundle/rootfs/config.json"
    ARGS='["true"]' try </dev/null || fail "it is not what the bundle says"
}

export TRACER='"CAP_CHOWN","CAP_DAC_OVERRIDE","CAP_FOWNER","CAP_KILL","CAP_SETGID","CAP_SETUID","CAP_SYS_PTRACE"'

# A container that takes over whoever comes into its pid namespace, with CAP_SYS_PTRACE and then without. $PIDS: a process of it.
start_watcher() {
    local size
    size=$(stat -c %s "$CARREL")
    start_victim "[\"sh\", \"-c\", \"attack take_over $CANARY/file $size 60 >/found 2>&1; sleep 100\"]"
    PIDS=$(carrel state victim | sed -n 's/.*"pid": *\([0-9]*\).*/\1/p')
    mkdir -p "$WORK/bundle/second"
    cp -a "$WORK/base" "$WORK/bundle/second/rootfs"
}

# What the watcher found; it must have seen somebody.
watched() {
    touch "$WORK/bundle/rootfs/stop"
    eventually grep -q seen "$WORK/bundle/rootfs/found"
    ! grep found "$WORK/bundle/rootfs/found" >&2 || fail "it got out"
    ! grep -q 'seen 0' "$WORK/bundle/rootfs/found" || fail "it saw nobody"
}

joins() {
    [ "$LEVEL" = container ] || skip "no namespace is joined at this level"
    export CAPABILITIES=$TRACER
}

# docs/walls.md, "A process is a list": only then is the namespace entered last.
joins_last() {
    joins
    local major minor
    IFS=.- read -r major minor _ < <(uname -r)
    [ "$major" -gt 6 ] || { [ "$major" = 6 ] && [ "$minor" -ge 18 ]; } || skip "Linux $major.$minor cannot mount the proc of another pid namespace"
}

# create, a pause, start: of a container in the watcher's pid namespace.
second() {
    BUNDLE=$WORK/bundle/second JOINED=$PIDS ARGS=${ARGS:-'["sleep","1"]'} make_config
    carrel create --isolation=container --bundle "$WORK/bundle/second" second >"$WORK/second.log" 2>&1 </dev/null || fail "create: $(cat "$WORK/second.log")"
    sleep 1
    carrel start second || fail "start"
    sleep 0.5
    carrel delete --force second
}

test_joined_pid_namespace_while_a_container_is_made() {
    joins_last
    start_watcher
    HOOKS='{"createRuntime":[{"path":"/bin/sleep","args":["sleep","1"]}]}' second
    BUNDLE=$WORK/bundle/second JOINED=$PIDS ARGS='["true"]' make_config
    carrel run --isolation=container --bundle "$WORK/bundle/second" third </dev/null || fail "run"
    watched
}

test_joined_pid_namespace_watched_without_the_right_to_trace() {
    joins
    unset CAPABILITIES
    start_watcher
    HOOKS='{"createRuntime":[{"path":"/bin/sleep","args":["sleep","1"]}]}' second
    watched
}

test_joined_user_namespace_while_a_container_is_made() {
    joins
    chmod 711 "$WORK"
    chown -R 100000:100000 "$WORK/bundle" "$WORK/base"
    MORE=', "uidMappings":[{"containerID":0,"hostID":100000,"size":65536}], "gidMappings":[{"containerID":0,"hostID":100000,"size":65536}]' NEW_USER=1 start_watcher
    HOOKS='{"createRuntime":[{"path":"/bin/sleep","args":["sleep","1"]}]}' second
    watched
}

test_joined_pid_namespace_while_a_createContainer_hook_begins() {
    joins_last
    start_watcher
    cp "$(command -v busybox)" "$WORK/true"
    "$WORK/attack" hold_up "$WORK/true" 2 >"$WORK/held" &
    eventually grep -q waiting "$WORK/held"
    HOOKS="{\"createContainer\":[{\"path\":\"$WORK/true\",\"args\":[\"true\"]}]}" second
    grep -q here "$WORK/held" || fail "nobody executed the hook"
    watched
}

test_joined_pid_namespace_while_a_startContainer_hook_begins() {
    joins_last
    start_watcher
    "$WORK/attack" hold_up "$WORK/bundle/second/rootfs/bin/attack" 2 >"$WORK/held" &
    eventually grep -q waiting "$WORK/held"
    HOOKS='{"startContainer":[{"path":"/bin/attack","args":["attack","nothing"]}]}' BUNDLE=$WORK/bundle/second JOINED=$PIDS ARGS='["true"]' make_config
    carrel create --isolation=container --bundle "$WORK/bundle/second" second </dev/null >"$WORK/second.log" 2>&1 || fail "create: $(cat "$WORK/second.log")"
    carrel start second </dev/null >"$WORK/second.log" 2>&1 || true # the hook fails
    grep -q here "$WORK/held" || fail "nobody executed the hook"
    watched
}

test_exec_that_is_taken_over() {
    local i
    CAPABILITIES=$TRACER start_watcher
    for i in $(seq 30); do
        timeout 10 "$CARREL" --root "$WORK/state" exec victim true </dev/null || true
    done
    watched
}

test_hook_of_the_image_has_no_more_rights_than_the_program() {
    [ "$LEVEL" != kernel ] || skip "no program of an image runs outside of its kernel"
    HOOKS='{"startContainer":[{"path":"/bin/sh","args":["sh","-c","grep -E \"CapPrm|CapBnd|NoNewPrivs|Seccomp:\" /proc/self/status >/hook; attack shocker; [ $? = 42 ] && echo ok >>/hook"]}]}' \
        start_victim '["sh","-c","grep -E \"CapPrm|CapBnd|NoNewPrivs|Seccomp:\" /proc/self/status >/program; echo ok >>/program; sleep 100"]'
    eventually grep -q ok "$WORK/bundle/rootfs/program"
    cmp "$WORK/bundle/rootfs/hook" "$WORK/bundle/rootfs/program" || fail "hook: $(cat "$WORK/bundle/rootfs/hook") program: $(cat "$WORK/bundle/rootfs/program")"
}
