#!/bin/bash
# needs: strace /usr/bin/python3 perl
cd "$(mktemp -d)" || exit 1
export LC_ALL=C
ended() { grep -c 'exited with 0' "$1"; }
strace -f -o fork sh -c 'echo through a pipe | cat'; ended fork
strace -f -o many perl -e 'fork; fork; fork; 1 while wait > 0'; ended many
strace -f -o threads /usr/bin/python3 -c '
import os, subprocess, threading, time
[threading.Thread(target=time.sleep, args=(9,), daemon=True).start() for _ in range(3)]
threading.Thread(target=lambda: subprocess.run(["true"])).start()
time.sleep(0.3)
os._exit(0)'; ended threads
strace -e trace=openat cat /dev/null 2>&1 | tail -2
strace -e inject=openat:error=ENOENT:when=3+ cat /dev/null 2>&1 | grep -c INJECTED
strace -f -e trace=kill -e signal=all sh -c 'kill -USR1 $$' 2>&1 | grep -c 'SIGUSR1 {'
strace -c -o counts true; grep -c total counts
sleep 9 & p=$!; strace -q -o attached -p $p & q=$!; sleep 0.5; kill $q; wait $q; kill $p; wait $p; echo $?
