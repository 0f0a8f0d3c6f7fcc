# The runtime and podman for a user without privileges, with and without ids of his own in /etc/subuid. The user, his home and his ranges exist in a mount
# namespace only.

export READER=4321 FIRST_SUBID=200000

set_up() {
    local program
    for program in busybox setpriv unshare python3; do
        command -v $program || { echo "$program is not installed"; return 1; }
    done
    [ "$(id -u)" = 0 ] || { echo "needs root"; return 1; }
    mkdir -p "$WORK"/{home,run,etc}
    chmod 755 "$WORK"
    chmod 700 "$WORK/run"
    printf 'root:x:0:0:root:/root:/bin/sh\nreader:x:%d:%d::%s:/bin/sh\n' $READER $READER "$WORK/home" >"$WORK/etc/passwd"
    printf 'root:x:0:\nreader:x:%d:\n' $READER >"$WORK/etc/group"
    echo "reader:$FIRST_SUBID:65536" >"$WORK/etc/subid"
    : >"$WORK/etc/none"
    mknod -m 666 "$WORK/etc/tun" c 10 200
    # The program where a user can reach it, under its name.
    cp -L "$RUNTIME" "$WORK/etc/$RUNTIME_NAME"
    chmod 755 "$WORK/etc/$RUNTIME_NAME"
    RUNTIME=$WORK/etc/$RUNTIME_NAME
    make_root "$WORK/home/root"
    chown -R $READER:$READER "$WORK/home" "$WORK/run"
    cat >"$WORK/etc/containers.conf" <<CONF
[engine]
runtime_supports_json = ["$RUNTIME_NAME", "$RUNTIME"]
CONF
    as_reader true
}

after_each() {
    local id file
    for id in $(as_reader "$RUNTIME" list -q); do
        as_reader "$RUNTIME" delete --force "$id"
    done
    # The process in which podman keeps its user's namespaces.
    for file in $(find "$WORK/run" -name pause.pid); do
        kill -9 "$(cat "$file")"
        rm "$file"
    done
}

# as_user FILE COMMAND...: as the user, with this file as /etc/subuid and /etc/subgid; in its mount namespace /etc/none lies over what $HIDDEN names.
as_user() {
    local ranges=$1
    shift
    unshare -m sh -ec '
        for file in passwd group; do mount --bind "$WORK/etc/$file" /etc/$file; done
        for file in subuid subgid; do [ -e /etc/$file ] && mount --bind "$0" /etc/$file; done
        [ ! -e /dev/net/tun ] || mount --bind "$WORK/etc/tun" /dev/net/tun
        for file in $HIDDEN; do mount --bind "$WORK/etc/none" "$file"; done
        cd "$WORK/home"
        exec env -i PATH="$PATH" HOME="$WORK/home" XDG_RUNTIME_DIR="$WORK/run" USER=reader RUNTIME="$RUNTIME" CONTAINERS_CONF="$WORK/etc/containers.conf" \
            setpriv --reuid "$READER" --regid "$READER" --clear-groups --inh-caps=-all "$@"' "$ranges" "$@"
}

# Without ranges.
as_reader() {
    as_user "$WORK/etc/none" "$@"
}

# With 65536 more ids; needs the package uidmap and the two files, which are part of Debian's base.
as_reader_with_ids() {
    command -v newuidmap newgidmap >/dev/null || skip "newuidmap is not installed"
    [ -e /etc/subuid ] && [ -e /etc/subgid ] || skip "there is no /etc/subuid"
    as_user "$WORK/etc/subid" "$@"
}

# bundle COMMAND [MAPPINGS]: a rootless bundle in the current directory of the user, for a shell with that command.
bundle() {
    rm -rf "$WORK/home/bundle"
    as_reader sh -ec 'mkdir bundle; cd bundle; ln -s ../root rootfs; "$RUNTIME" spec --rootless'
    python3 - "$WORK/home/bundle/config.json" "$@" <<'PYTHON'
import json, sys
path, command, ids = sys.argv[1], sys.argv[2], len(sys.argv) > 3
config = json.load(open(path))
config["root"] = {"path": "../root", "readonly": False}
config["process"].update(terminal=False, args=["sh", "-c", command], env=["PATH=/bin"])
if ids:
    config["process"]["capabilities"] = {kind: ["CAP_CHOWN", "CAP_SETUID", "CAP_SETGID", "CAP_KILL"] for kind in ("bounding", "effective", "permitted")}
    for kind in ("uidMappings", "gidMappings"):
        config["linux"][kind].append({"containerID": 1, "hostID": int(sys.argv[3]), "size": 65536})
json.dump(config, open(path, "w"))
PYTHON
}

# In the bundle's directory.
carrel_as() {
    local who=$1
    shift
    $who sh -c 'cd bundle && exec "$RUNTIME" "$@"' sh "$@"
}

test_run_without_ids() {
    bundle 'echo $(id -u) $(id -g); echo made >/tmp/made; exit 7'
    expect_status 7 carrel_as as_reader run one
    expect_match '^0 0$' bash -c 'carrel_as as_reader run one; true'
    expect "$READER made" bash -c 'echo $(stat -c %u "$WORK/home/root/tmp/made") $(cat "$WORK/home/root/tmp/made")'
}

test_run_with_ids() {
    bundle 'touch /tmp/other; chown 1000:2000 /tmp/other; stat -c "%u %g" /tmp/other' $FIRST_SUBID
    expect '1000 2000' carrel_as as_reader_with_ids run one
    expect "$((FIRST_SUBID + 999)) $((FIRST_SUBID + 1999))" stat -c '%u %g' "$WORK/home/root/tmp/other"
    rm "$WORK/home/root/tmp/other"
}

test_ids_that_are_not_the_users() {
    bundle true 300000
    expect_match 'linux.uidMappings.*subuid|not allowed' bash -c 'carrel_as as_reader_with_ids run one; true'
    expect_match 'linux.uidMappings.*subuid|not allowed' bash -c 'carrel_as as_reader run one; true'
    expect '' carrel_as as_reader list -q
}

test_newuidmap_is_missing() {
    bundle true $FIRST_SUBID
    export HIDDEN=$(command -v newuidmap)
    [ -n "$HIDDEN" ] || skip "newuidmap is not installed"
    expect_match 'newuidmap|mapping tool not present' bash -c 'carrel_as as_reader_with_ids run one; true'
}

test_the_life_of_a_container() {
    local id
    bundle 'trap "exit 3" TERM; echo ready >/tmp/ready; while :; do sleep 0.05; done'
    rm -f "$WORK/home/root/tmp/ready"
    carrel_as as_reader create one </dev/null >/dev/null 2>&1
    expect_match '"status": "created"' carrel_as as_reader state one
    carrel_as as_reader start one
    eventually test -e "$WORK/home/root/tmp/ready"
    expect_match '"status": "running"' carrel_as as_reader state one
    expect one carrel_as as_reader list -q
    expect 'in it 0' carrel_as as_reader exec one sh -c 'echo in it $(id -u)'
    expect_status 5 carrel_as as_reader exec one sh -c 'exit 5'
    carrel_as as_reader kill one TERM
    eventually bash -c 'carrel_as as_reader state one | grep -q stopped'
    expect_status 0 carrel_as as_reader delete one
    expect '' carrel_as as_reader list -q
}

test_a_limit_that_cannot_be_had() {
    bundle true
    sed -i 's/"linux": {/"linux": {"resources": {"pids": {"limit": 100}}, /' "$WORK/home/bundle/config.json"
    expect_match 'pids' bash -c 'carrel_as as_reader run one; true'
}

test_others_cannot_reach_the_state() {
    bundle 'sleep 100'
    carrel_as as_reader run --detach one </dev/null >/dev/null 2>&1
    expect_match '^7[01][01] ' stat -c '%a %n' "$WORK"/run/*/one
    carrel_as as_reader delete --force one
}

test_a_file_of_the_users() {
    bundle 'cat /etc/hosts; echo more >>/etc/hosts'
    echo own >"$WORK/home/file"
    chown "$READER:$READER" "$WORK/home/file"
    sed -i "s|\"mounts\": \[|\"mounts\": [{\"destination\": \"/etc/hosts\", \"type\": \"bind\", \"source\": \"$WORK/home/file\", \"options\": [\"bind\"]}, |" "$WORK/home/bundle/config.json"
    expect own carrel_as as_reader run one
    expect $'own\nmore' cat "$WORK/home/file"
}

test_do() {
    local level levels=kernel own=$READER
    [ "$RUNTIME_NAME" != runc ] || skip "runc has no such command"
    [ "$RUNTIME_NAME" = carrel-kernel ] || levels="container chroot" own=0
    mkdir -p "$WORK/home/volume"
    chown "$READER:$READER" "$WORK/home/volume"
    for level in $levels; do
        expect "$own" as_reader "$RUNTIME" do --isolation=$level -- id -u
        expect_status 7 as_reader "$RUNTIME" do --isolation=$level -- sh -c 'exit 7'
        expect_status 127 as_reader "$RUNTIME" do --isolation=$level -- /no/such/program
        expect made as_reader "$RUNTIME" do --isolation=$level -- sh -c 'echo made >/tmp/carrel-test; cat /tmp/carrel-test'
        expect_status 0 as_reader "$RUNTIME" do --isolation=$level --mount "$WORK/home/volume:/data" -- touch /data/$level
        [ ! -e /tmp/carrel-test ] || fail "it reached the host"
        [ -e "$WORK/home/volume/$level" ] || fail "it did not reach the volume"
        expect 0 as_reader "$RUNTIME" do --isolation=$level --user 0 --rootfs "$WORK/home/root" -- id -u
    done
    rm -rf "$WORK/home/volume"
}

# podman_as USER COMMAND...
podman_as() {
    local who=$1
    shift
    $who podman --root "$WORK/home/store" --runroot "$WORK/run/podman" --tmpdir "$WORK/run/tmp" --storage-driver vfs --cgroup-manager cgroupfs --events-backend none \
        --runtime "$RUNTIME" "$@"
}

# Of files that belong to root in the image: without more ids podman can store no others.
podman_image() {
    command -v podman && command -v conmon || skip "podman or conmon is not installed"
    [ "$(stat -c %a /dev/null)" = 666 ] || skip "/dev/null is not for all"
    tar --owner=0 --group=0 -C "$WORK/home/root" -c . | podman_as "$1" import - localhost/box
}

podman_run() {
    podman_as "$1" run --rm --pull=never --network=none "${@:2}"
}

test_podman_without_ids() {
    podman_image as_reader
    expect '0 0' podman_run as_reader localhost/box sh -c 'echo $(id -u) $(id -g)'
    expect_status 7 podman_run as_reader localhost/box sh -c 'exit 7'
    podman_as as_reader image rm -af
}

test_podman_with_ids() {
    local id
    podman_image as_reader_with_ids
    expect '1000 2000' podman_run as_reader_with_ids --user user:more localhost/box sh -c 'echo $(id -u) $(id -g)'
    expect '1000' podman_run as_reader_with_ids localhost/box sh -c 'touch /tmp/x; chown 1000 /tmp/x; stat -c %u /tmp/x'
    mkdir -p "$WORK/home/volume"
    chown "$READER:$READER" "$WORK/home/volume"
    podman_run as_reader_with_ids -v "$WORK/home/volume:/data" localhost/box sh -c 'touch /data/own /data/other; chown 1000 /data/other'
    expect "$READER $((FIRST_SUBID + 999))" bash -c 'echo $(stat -c %u "$WORK/home/volume/own" "$WORK/home/volume/other")'
    id=$(podman_as as_reader_with_ids run -d --pull=never --network=none localhost/box sleep 100)
    expect 'in it' podman_as as_reader_with_ids exec "$id" echo in it
    expect_status 0 podman_as as_reader_with_ids rm -f -t 0 "$id"
    podman_as as_reader_with_ids image rm -af
    rm -rf "$WORK/home/volume"
}

test_podman_with_a_network_of_the_users() {
    command -v slirp4netns || skip "slirp4netns is not installed"
    podman_image as_reader_with_ids
    expect_status 0 podman_as as_reader_with_ids run --rm --pull=never localhost/box true
    podman_as as_reader_with_ids image rm -af
}
