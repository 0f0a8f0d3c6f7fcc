# Sourced by the scripts of this folder and of ../Escapes. A test is a function test_NAME; run_tests calls each in a shell of its own with -e.

# report ok|fail|skip NAME MESSAGE: a line for $results, and for the reader unless all is well.
report() {
    local line
    printf -v line '%s\t%s\t%s' "$1" "$suite:$2" "${3//[$'\t\n']/ }"
    echo "${line:0:1200}" >>"$results"
    [ "$1" = ok ] || echo "${line:0:1200}"
}

# run_tests SUITE SECONDS [TEST]...: all if none is given. The script may define before_each, check_each (part of the test) and after_each. Fails if a test did.
run_tests() {
    local suite=$1 limit=$2 passed=0 failed=0 skipped=0 name message
    shift 2
    [ $# -gt 0 ] || set -- $(declare -F | sed -n 's/^declare -f test_//p')
    for name in "$@"; do
        before_each
        message=$(
            set -e
            export -f $(declare -F | sed -n 's/^declare -f //p')
            timeout -s KILL "$limit" bash -ec "test_$name; check_each" 2>&1 >/dev/null </dev/null
        )
        case $? in
        0) passed=$((passed + 1)); report ok "$name" "" ;;
        77) skipped=$((skipped + 1)); report skip "$name" "$message" ;;
        137) failed=$((failed + 1)); report fail "$name" "no end after $limit s: $message" ;;
        *) failed=$((failed + 1)); report fail "$name" "$message" ;;
        esac
        after_each >/dev/null 2>&1
    done
    echo "$suite: $passed passed, $failed failed, $skipped skipped"
    [ "$failed" = 0 ]
}

before_each() { :; }
check_each() { :; }
after_each() { :; }

# expect WANTED COMMAND...: the command's output (both streams) is just this.
expect() {
    local wanted=$1 got
    shift
    got=$("$@" 2>&1) || fail "\`$*\` ended with $?: $got"
    got=${got//$'\r'/}
    [ "$got" = "$wanted" ] || fail "\`$*\` printed '$got', not '$wanted'"
}

# expect_status WANTED COMMAND...: the command ends with this status.
expect_status() {
    local wanted=$1 got=0 text
    shift
    text=$("$@" 2>&1) || got=$?
    [ "$got" = "$wanted" ] || fail "\`$*\` ended with $got, not $wanted: $text"
}

# expect_match REGEX COMMAND...: the output has a line like this.
expect_match() {
    local pattern=$1 got
    shift
    got=$("$@" 2>&1) || fail "\`$*\` ended with $?: $got"
    grep -Eq -- "$pattern" <<<"$got" || fail "\`$*\` printed '$got', nothing like '$pattern'"
}

# even_if_it_fails COMMAND...: for what it prints.
even_if_it_fails() {
    "$@" || true
}

# eventually COMMAND...: the command succeeds within ten seconds.
eventually() {
    local i
    for ((i = 0; i < 100; i++)); do
        "$@" >/dev/null 2>&1 && return
        sleep 0.1
    done
    fail "\`$*\` never succeeded"
}

fail() {
    echo "$*" >&2
    exit 1
}

skip() {
    echo "$*" >&2
    exit 77
}

# A root directory with busybox and the few files that clients look for.
make_root() {
    local root=$1 name
    mkdir -p "$root"/{bin,dev,etc,proc,sys,tmp,root,home/user,var}
    cp "$(command -v busybox)" "$root/bin/busybox"
    for name in $("$root/bin/busybox" --list); do
        [ -e "$root/bin/$name" ] || ln -s busybox "$root/bin/$name"
    done
    printf 'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:user:/home/user:/bin/sh\n' >"$root/etc/passwd"
    printf 'root:x:0:\nuser:x:1000:\nmore:x:2000:user\n' >"$root/etc/group"
    chown 1000:1000 "$root/home/user"
    chmod 1777 "$root/tmp"
}
