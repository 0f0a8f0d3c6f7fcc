#!/bin/bash
# needs: /usr/bin/python3
export PYTHONDONTWRITEBYTECODE=1
cat > /tmp/t.$$.py <<'P'
import asyncio, ctypes, json, mmap, multiprocessing as mp, os, queue, signal, socket, sqlite3, subprocess, sys, tempfile, threading, time

def square(n): return n * n
def child(q): q.put(os.getpid() != 0)

if __name__ == "__main__":
    q = queue.Queue(); lock = threading.Lock(); total = [0]
    def work():
        for i in range(1000):
            with lock: total[0] += 1
        q.put(threading.current_thread().name)
    ts = [threading.Thread(target=work, name=f"t{i}") for i in range(8)]
    [t.start() for t in ts]; [t.join() for t in ts]
    print(total[0], sorted(q.get() for _ in ts))
    print(subprocess.run(["sh", "-c", "cat; exit 4"], input=b"in", capture_output=True))
    p = subprocess.Popen(["sleep", "10"]); p.terminate(); print(p.wait())
    print(subprocess.check_output("echo $0 shell", shell=True))
    for method in ("fork", "spawn"):
        ctx = mp.get_context(method)
        with ctx.Pool(3) as pool: print(method, pool.map(square, range(6)))
        mq = ctx.Queue(); pr = ctx.Process(target=child, args=(mq,)); pr.start(); print(mq.get()); pr.join(); print(pr.exitcode)
    async def main():
        async def t(n): await asyncio.sleep(0.01 * n); return n
        print(await asyncio.gather(*(t(i) for i in range(5))))
        pr = await asyncio.create_subprocess_exec("echo", "async", stdout=asyncio.subprocess.PIPE); print(await pr.communicate())
        path = f"/tmp/sock.{os.getpid()}"
        async def serve(r, w): w.write((await r.readline()).upper()); await w.drain(); w.close()
        s = await asyncio.start_unix_server(serve, path); r, w = await asyncio.open_unix_connection(path); w.write(b"unix\n"); print(await r.readline()); w.close(); s.close(); os.unlink(path)
    asyncio.run(main())
    m = mmap.mmap(-1, 8192); m[0:5] = b"hello"; pid = os.fork()
    if pid == 0: m[5:10] = b"child"; os._exit(0)
    os.waitpid(pid, 0); print(m[0:10])
    with tempfile.NamedTemporaryFile() as f:
        f.write(b"x" * 5000); f.flush(); fm = mmap.mmap(f.fileno(), 0); fm[10] = 65; print(fm[9:12], os.stat(f.name).st_size)
    db = sqlite3.connect(f"/tmp/db.{os.getpid()}"); db.execute("pragma journal_mode=wal"); db.execute("create table t(a int, b text)")
    db.executemany("insert into t values(?,?)", ((i, str(i)) for i in range(1000))); db.commit()
    print(db.execute("select count(*), sum(a) from t where b like '%7%'").fetchone()); db.close(); os.unlink(f"/tmp/db.{os.getpid()}")
    got = []
    signal.signal(signal.SIGUSR1, lambda s, f: got.append(s)); os.kill(os.getpid(), signal.SIGUSR1); signal.setitimer(signal.ITIMER_REAL, 0.05)
    signal.signal(signal.SIGALRM, lambda s, f: got.append(s)); signal.pause(); print(got)
    a, b = socket.socketpair(); r, w = os.pipe(); socket.send_fds(a, [b"fd"], [w]); msg, fds, _, _ = socket.recv_fds(b, 10, 1); os.write(fds[0], b"passed"); print(msg, os.read(r, 10))
    print(ctypes.CDLL(None).abs(-5), json.dumps({"a": [1, 2]}), sys.version_info >= (3,), time.monotonic() > 0, len(os.urandom(8)), os.cpu_count() >= 1)
    try: open("/nonexistent")
    except FileNotFoundError as e: print(e.errno)
    sys.exit(5)
P
/usr/bin/python3 /tmp/t.$$.py; echo "status $?"; rm /tmp/t.$$.py
