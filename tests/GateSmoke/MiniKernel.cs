using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Text;
using System.Threading;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Machine;

namespace Carrel.Tests.GateSmoke;

/// <summary>Just enough of a kernel to try the gate: one program, eager fork, threads, demand-zero area, a few test calls.</summary>
internal sealed class MiniKernel : IGuestEvents
{
    private const ulong DemandStart = 0x10000000;
    private const ulong DemandEnd = 0x18000000;

    private readonly Platform _platform;
    private readonly object _lock = new();
    private readonly Stopwatch _watch = new();
    private readonly List<Process> _processes = [];
    private readonly string _program;
    private readonly byte[] _image;
    private int _lastPid;
    private bool _killRequested;
    private readonly List<(int Pid, int Calls)> _doomed = [];
    private int _live;
    private int _victims;

    internal MiniKernel(Platform platform, string program)
    {
        _platform = platform;
        _program = program;
        _image = System.IO.File.ReadAllBytes(program);
    }

    /// <summary>Microseconds a call, a list for each measurement.</summary>
    internal Dictionary<string, List<double>> Times { get; } = [];

    internal string? Violation { get; private set; }

    internal int Status { get; private set; } = -1;

    internal bool IsUnexpectedDeath { get; private set; }

    internal object Lock => _lock;

    private sealed class Process
    {
        internal int Pid;
        internal List<GuestThread> Threads = [];
        internal AddressSpace Space = null!;
        internal SortedDictionary<ulong, (ulong Length, MemoryProtection Protection, long Frame)> Maps = [];
        internal ulong NextMap = 0x40000000;
        internal int? Status;
        internal Process? Parent;
        internal GuestThread? Waiter;
        internal GuestThread? FirstThread;
        internal int WaitFor;
        internal ulong WaitAddress;
    }

    /// <summary>Starts the program with the test's number and runs until it ends.</summary>
    internal void RunTest(int number)
    {
        lock (_lock)
        {
            GuestThread thread = _platform.CreateAddressSpace();
            var process = new Process { Pid = ++_lastPid, Space = thread.Space };
            thread.Space.Owner = process;
            process.FirstThread = thread;
            _live++;
            _processes.Add(process);
            ulong entry = Load(process);
            ref Registers registers = ref thread.Registers;
            registers.Rip = entry;
            registers.Rdi = (ulong)number;
            registers.Rsp = 0x30000000 + 0x20000;
            MapNew(process, 0x30000000, 0x20000, MemoryProtection.Read | MemoryProtection.Write);
            thread.Resume();
        }

        _platform.Run(this, _lock);
    }

    public void OnSyscall(GuestThread thread, int number, in SyscallArguments arguments)
    {
        var process = (Process)thread.Space.Owner!;
        KillDoomed();
        if (thread.State == GuestThreadState.Dead)
        {
            return;
        }

        switch (number)
        {
            case Nr.write:
                var text = new byte[(int)arguments.A2];
                ReadGuest(process, arguments.A1, text);
                HostFd.Write(1, text);
                thread.Complete(text.Length);
                break;
            case Nr.getppid:
                thread.Complete(1234);
                break;
            case Nr.gettid:
                thread.Complete(99);
                break;
            case Nr.sched_yield:
                thread.Complete(0);
                break;
            case Nr.munmap:
                UnmapNative(process, arguments.A0);
                thread.ContinueNatively();
                break;
            case Nr.mprotect or Nr.arch_prctl or Nr.exit:
                thread.ContinueNatively();
                break;
            case Nr.exit_group:
                Leave(process, (int)(arguments.A0 & 255) << 8);
                thread.ContinueNatively();
                break;
            case Nr.wait4:
                process.WaitFor = (int)arguments.A0;
                process.WaitAddress = arguments.A1;
                process.Waiter = thread;
                TryWait(process);
                break;
            case 9000:
                _watch.Restart();
                thread.Complete(0);
                break;
            case 9001:
                double microseconds = _watch.Elapsed.TotalMicroseconds / arguments.A0;
                var name = new byte[(int)arguments.A2];
                ReadGuest(process, arguments.A1, name);
                string key = Encoding.ASCII.GetString(name);
                (Times.TryGetValue(key, out List<double>? list) ? list : Times[key] = []).Add(microseconds);
                thread.Complete(0);
                break;
            case 9002:
                thread.CompleteAndTrap(0);
                break;
            case 9003:
                new Thread(() => KickLater(thread)) { IsBackground = true }.Start();
                thread.Complete(0);
                break;
            case 9004:
                _killRequested = true;
                thread.Complete(0);
                new Thread(KillStub) { IsBackground = true }.Start();
                break;
            case 9005:
                var file = new HostFileHandle(HostPath.OpenAt(At.AT_FDCWD, _program, OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC));
                process.Space.MapFile(0x60000000, 4096, MemoryProtection.Read, file, 0);
                file.Dispose();
                thread.Complete(0x60000000);
                break;
            case 9006:
                thread.Exit();
                break;
            case 9007: // forget a child: it reaps itself
                int forgotten = (int)arguments.A0;
                _processes.RemoveAll(other => other.Pid == forgotten && other.Status is not null);
                thread.Complete(0);
                break;
            case 9008:
                foreach (GuestThread other in process.Threads)
                {
                    other.Kick();
                }

                thread.Complete(0);
                break;
            case 9010:
                _doomed.Add(((int)arguments.A0, (int)arguments.A1));
                thread.Complete(0);
                break;
            case 9011:
                thread.Complete(_live);
                break;
            case 9012:
                _platform.ExceedHostLimit((long)arguments.A0);
                thread.Complete(_victims);
                break;
            default:
                thread.Complete(-(int)Errno.ENOSYS);
                break;
        }
    }

    public void OnTrap(GuestThread thread, in TrapInfo trap)
    {
        var process = (Process)thread.Space.Owner!;
        ref Registers registers = ref thread.Registers;
        switch (trap.Reason)
        {
            case TrapReason.Syscall:
                OnTrappedSyscall(thread, process, ref registers);
                break;
            case TrapReason.Kick:
                if (_kickToExit)
                {
                    Leave(process, 0);
                    thread.Exit();
                    return;
                }

                thread.Resume();
                break;
            case TrapReason.ForeignSyscall:
                registers.Rax = 555;
                thread.Resume();
                break;
            default:
                if (trap.IsPageFault && trap.Address is >= DemandStart and < DemandEnd)
                {
                    if (process.Maps.ContainsKey(trap.Address & ~0xfffUL))
                    {
                        thread.Resume(); // another thread was faster
                        return;
                    }

                    MapNew(process, trap.Address & ~0xfffUL, 4096, MemoryProtection.Read | MemoryProtection.Write);
                    thread.Resume();
                    return;
                }

                Tests.Say($"    fault: {trap} rip={registers.Rip:x}");
                Leave(process, trap.Signal);
                process.Space.Kill();
                break;
        }
    }

    public void OnAddressSpaceDied(AddressSpace space, bool expected)
    {
        if (space.Owner is not Process process)
        {
            _victims++; // the platform's own
            return;
        }

        Bury(process);
        if (!expected)
        {
            IsUnexpectedDeath = true;
            Leave(process, 9);
        }

        if (process.Parent is null)
        {
            _platform.Stop();
        }
    }

    public void OnSpawnFailed(GuestThread child)
    {
        var process = (Process)child.Space.Owner!;
        if (child.Space.ThreadCount == 0 && process.FirstThread == child)
        {
            Bury(process);
            Leave(process, 9);
        }
    }

    /// <summary>Ends processes whose time has come: after so many system calls of anybody.</summary>
    private void KillDoomed()
    {
        for (int i = _doomed.Count - 1; i >= 0; i--)
        {
            (int pid, int calls) = _doomed[i];
            if (calls > 0)
            {
                _doomed[i] = (pid, calls - 1);
                continue;
            }

            _doomed.RemoveAt(i);
            Process? process = _processes.Find(other => other.Pid == pid);
            if (process is not null)
            {
                process.Space.Kill();
                Leave(process, 9);
            }
        }
    }

    private void Bury(Process process)
    {
        _live--;
        foreach ((_, (ulong length, _, long frame)) in process.Maps)
        {
            _platform.Frames.Release(frame, (long)(length / 4096));
        }

        process.Maps.Clear();
    }

    public void OnViolation(string what)
    {
        Violation ??= what;
        _platform.Stop();
    }

    private bool _kickToExit;

    private void KickLater(GuestThread thread)
    {
        Thread.Sleep(30);
        lock (_lock)
        {
            _kickToExit = true;
            thread.Kick();
        }
    }

    private void KillStub()
    {
        Thread.Sleep(10);
        if (_killRequested)
        {
            int pid = Tests.PidOfLastStub();
            HostProcess.Kill(pid, Signal.SIGKILL);
        }
    }

    private void OnTrappedSyscall(GuestThread thread, Process process, ref Registers registers)
    {
        switch ((int)registers.Rax)
        {
            case Nr.mmap:
                if (registers.Rsi == 0)
                {
                    registers.Rax = unchecked((ulong)-(long)Errno.EINVAL);
                    thread.Resume();
                    return;
                }

                ulong address = process.NextMap;
                process.NextMap += registers.Rsi;
                if (process.NextMap > 0x50000000)
                {
                    process.NextMap = 0x40000000;
                }

                while (process.Maps.ContainsKey(address))
                {
                    address = process.NextMap;
                    process.NextMap += registers.Rsi;
                }

                MapNew(process, address, registers.Rsi, (MemoryProtection)registers.Rdx);
                registers.Rax = address;
                thread.Resume();
                break;
            case Nr.fork:
                Fork(thread, process, ref registers);
                break;
            case Nr.clone:
                Registers child = registers;
                child.Rax = 0;
                child.Rsp = registers.Rsi;
                process.Threads.RemoveAll(other => other.State == GuestThreadState.Dead);
                process.Threads.Add(process.Space.SpawnThread(thread, child, registers.R8));
                registers.Rax = 77;
                thread.Resume();
                break;
            default:
                registers.Rax = unchecked((ulong)-(long)Errno.ENOSYS);
                thread.Resume();
                break;
        }
    }

    private void Fork(GuestThread thread, Process process, ref Registers registers)
    {
        Registers child = registers;
        child.Rax = 0;
        GuestThread newThread = process.Space.Fork(thread, child, null);
        var forked = new Process { Pid = ++_lastPid, Space = newThread.Space, Parent = process, NextMap = process.NextMap };
        newThread.Space.Owner = forked;
        forked.FirstThread = newThread;
        _live++;
        _processes.Add(forked);
        foreach ((ulong at, (ulong length, MemoryProtection protection, long frame)) in process.Maps)
        {
            long pages = (long)(length / 4096);
            long copy = _platform.Frames.Allocate(pages);
            _platform.Frames.CopyPages(frame, copy, pages);
            forked.Maps[at] = (length, protection, copy);
            newThread.Space.MapFrames(at, length, protection, copy);
        }

        registers.Rax = (ulong)forked.Pid;
        thread.Resume();
    }

    private void Leave(Process process, int status)
    {
        process.Status ??= status;
        if (process.Parent is null)
        {
            Status = process.Status.Value;
        }
        else
        {
            TryWait(process.Parent);
        }
    }

    private void TryWait(Process process)
    {
        Process? child = _processes.Find(other => other.Pid == process.WaitFor);
        if (process.Waiter is not null && child?.Status is int status)
        {
            WriteGuest(process, process.WaitAddress, BitConverter.GetBytes(status));
            GuestThread waiter = process.Waiter;
            process.Waiter = null;
            _processes.Remove(child);
            waiter.Complete(child.Pid);
        }
    }

    private void MapNew(Process process, ulong address, ulong length, MemoryProtection protection)
    {
        length = (length + 4095) & ~4095UL;
        long frame = _platform.Frames.Allocate((long)(length / 4096));
        process.Maps.Add(address, (length, protection, frame));
        process.Space.MapFrames(address, length, protection, frame);
    }

    private void UnmapNative(Process process, ulong address)
    {
        if (process.Maps.Remove(address, out (ulong Length, MemoryProtection Protection, long Frame) map))
        {
            process.Space.ReleaseFramesWhenApplied(map.Frame, (long)(map.Length / 4096));
        }
    }

    private long Translate(Process process, ulong address)
    {
        foreach ((ulong start, (ulong length, _, long frame)) in process.Maps)
        {
            if (address >= start && address < start + length)
            {
                return (frame * 4096) + (long)(address - start);
            }
        }

        throw new InvalidOperationException($"no mapping at {address:x}");
    }

    private void ReadGuest(Process process, ulong address, Span<byte> bytes) => _platform.Frames.Read(Translate(process, address), bytes);

    private void WriteGuest(Process process, ulong address, ReadOnlySpan<byte> bytes) => _platform.Frames.Write(Translate(process, address), bytes);

    private ulong Load(Process process)
    {
        byte[] image = _image;
        int headers = (int)BitConverter.ToUInt64(image, 32);
        int count = BitConverter.ToUInt16(image, 56);
        for (int i = 0; i < count; i++)
        {
            int at = headers + (i * 56);
            if (BitConverter.ToUInt32(image, at) != 1)
            {
                continue;
            }

            uint flags = BitConverter.ToUInt32(image, at + 4);
            int offset = (int)BitConverter.ToUInt64(image, at + 8);
            ulong address = BitConverter.ToUInt64(image, at + 16);
            int fileSize = (int)BitConverter.ToUInt64(image, at + 32);
            ulong memorySize = BitConverter.ToUInt64(image, at + 40);
            ulong start = address & ~4095UL;
            MemoryProtection protection = MemoryProtection.Read | ((flags & 2) != 0 ? MemoryProtection.Write : 0) | ((flags & 1) != 0 ? MemoryProtection.Execute : 0);
            MapNew(process, start, address + memorySize - start, protection);
            WriteGuest(process, address, image.AsSpan(offset, fileSize));
        }

        return BitConverter.ToUInt64(image, 24);
    }
}
