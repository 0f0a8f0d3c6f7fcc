#!/bin/bash
# needs: bash
# A hundred lines of shell: loops, functions, here-documents, pipes, substitution, traps, jobs.
set -u
greet() { local who=$1; echo "hello, $who"; return 3; }
greet world; echo "status $?"
for i in 1 2 3; do echo "item $i"; done
for ((i = 0; i < 5; i++)); do printf '%d ' "$i"; done; echo
i=0; while [ $i -lt 3 ]; do i=$((i + 1)); [ $i = 2 ] && continue; echo "while $i"; done
until [ $i -le 0 ]; do i=$((i - 1)); done; echo "until $i"
cat <<EOF
here document: $((6 * 7)) $(echo substituted) `echo backticks`
EOF
cat <<'EOF'
literal: $HOME `no`
EOF
cat <<< "here string"
echo one two three | tr ' ' '\n' | sort -r | head -n 2
printf 'b\na\nc\n' | sort | paste -sd, -
case "hello.txt" in *.txt) echo text ;; *) echo other ;; esac
array=(alpha beta gamma); array+=(delta)
echo "${#array[@]} ${array[1]} ${array[*]:1:2}"
declare -A map=([one]=1 [two]=2); echo "${map[two]}"
s="The quick brown fox"; echo "${s/quick/slow} ${s:4:5} ${#s} ${s^^}"
echo "${undefined:-default}"
[[ $s =~ qu(i)ck ]] && echo "match ${BASH_REMATCH[1]}"
(cd / && pwd); pwd >/dev/null
( exit 5 ); echo "subshell $?"
{ echo group; echo braces; } | wc -l
trap 'echo trapped USR1' USR1
kill -USR1 $$
trap 'echo goodbye' EXIT
sleep 0.05 & pid=$!
wait $pid; echo "background $?"
(sleep 0.05; exit 9) & wait $!; echo "waited $?"
for n in 1 2 3 4; do (sleep 0.0$n; exit $n) & pids[$n]=$!; done
for n in 1 2 3 4; do wait "${pids[$n]}"; echo "job $n -> $?"; done
sleep 30 & kill $!; wait $! 2>/dev/null; echo "killed $?"
mkfifo "/tmp/fifo.$$"; (echo through fifo > "/tmp/fifo.$$") & cat < "/tmp/fifo.$$"; wait; rm "/tmp/fifo.$$"
diff <(printf 'a\nb\n') <(printf 'a\nc\n'); echo "diff $?"
exec 3> "/tmp/fd3.$$"; echo three >&3; exec 3>&-; cat "/tmp/fd3.$$"; rm "/tmp/fd3.$$"
echo out; echo err >&2
echo both 2>&1 | cat
false | true; echo "pipe ${PIPESTATUS[*]}"
set -o pipefail; false | true; echo "pipefail $?"; set +o pipefail
read -r a b <<< "first second third"; echo "$a|$b"
printf '1\n2\n3\n' | while read -r line; do echo "line $line"; done
mapfile -t lines < <(printf 'x\ny\n'); echo "${#lines[@]}"
echo $((16#ff)) $((2 ** 10)) $((7 % 3)) $((1 << 4))
function recurse { [ "$1" -le 0 ] && { echo done; return; }; recurse $(($1 - 1)); }
recurse 20
eval 'echo evaluated'
command -v cat >/dev/null && echo found
type greet | head -n 1
ulimit -c 0; ulimit -c
umask 027; touch "/tmp/um.$$"; stat -c %a "/tmp/um.$$"; rm "/tmp/um.$$"
test -d /etc -a -r /etc/passwd && echo readable
echo {a,b}{1,2} {1..5}
time_out=$( { sleep 0.01; echo slept; } ); echo "$time_out"
shopt -s nullglob; echo /nonexistent/*; shopt -u nullglob
printf '%s\n' "quoted 'single' \"double\""
let x=5+5; echo $x
select_done=1; [ $select_done -eq 1 ] && echo ok
(trap 'echo sub exit' EXIT; exit 0)
exit 42
