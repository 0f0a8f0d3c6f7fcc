#!/bin/bash
# needs: /usr/bin/python3 bash
# An interactive shell on a terminal: job control from the keyboard.
/usr/bin/python3 - <<'P'
import os, pty, select, time
pid, fd = pty.fork()
if pid == 0: os.execlp("bash", "bash", "--norc", "-i")
def until(wanted):
    seen, end = b"", time.time() + 10
    while wanted not in seen and time.time() < end:
        if select.select([fd], [], [], 0.2)[0]:
            try: seen += os.read(fd, 1000)
            except OSError: break
    return wanted in seen
def job_runs():
    end = time.time() + 10
    while os.tcgetpgrp(fd) == pid and time.time() < end: time.sleep(0.01)
os.write(fd, b"PS1='re''ady '\n"); print(until(b"ready"))
os.write(fd, b"sleep 100; echo\n"); job_runs(); os.write(fd, b"\x1a"); print(until(b"Stopped"))
os.write(fd, b"bg; sleep 0.1; kill %1; wait; echo do''ne\n"); print(until(b"done"))
os.write(fd, b"cat\n"); job_runs(); os.write(fd, b"abc\n"); print(until(b"abc\r\nabc"))
os.write(fd, b"\x03"); print(until(b"ready")); os.write(fd, b"stty size; echo si''ze\n"); print(until(b"size"))
os.write(fd, b"exit 7\n"); until(b"never"); print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
P
