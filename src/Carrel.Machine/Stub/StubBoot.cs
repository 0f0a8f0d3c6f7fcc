using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using Carrel.Abi;
using Carrel.Host;

namespace Carrel.Machine;

/// <summary>Starts the first stub: exec of the stub's image with the frames file as its only descriptor, then the list that makes it the zygote.</summary>
internal static unsafe class StubBoot
{
    /// <summary>The number that the filter's listener gets in the stub: the lowest free one.</summary>
    internal const int ListenerInStub = 1;

    private const ulong AddVdso = 1;
    private const int DataOffset = 0x4000; // of the boot window, beyond any slot's frame and below the list
    private const int DataEnd = StubLayout.BootList;

    /// <summary>Clones the stub and fetches its listener.</summary>
    internal static int Start(SeccompPlatform platform, VdsoLayout vdso, long boot, out int listener)
    {
        if (boot != 0)
        {
            throw new InvalidOperationException("the frames file was not fresh");
        }

        ulong length;
        byte* image = NativeMethods.StubImage(&length);
        var entries = new ReadOnlySpan<ulong>(image + StubLayout.EntryTable, 2);
        WriteBootList(platform, vdso, entries[0], entries[1]);

        int elf = HostFd.CreateMemory("carrel-stub", MemfdFlags.MFD_CLOEXEC);
        SeccompPlatform.Require(elf, "memfd_create");
        SeccompPlatform.Require(HostFd.Write(elf, new ReadOnlySpan<byte>(image, (int)length)), "write of the stub");
        SpawnOutcome outcome = Spawn(platform.FrameFile.Fd, elf);
        HostFd.Close(elf);
        if (!outcome.Succeeded)
        {
            throw new InvalidOperationException($"the stub did not start: step {outcome.FailedStep}, pid {outcome.Pid}, {outcome.Error}");
        }

        listener = FetchListener(outcome.Pid);
        HostSeccomp.SetSyncWakeUp(listener); // Linux 6.6; without it only slower
        return outcome.Pid;
    }

    /// <summary>From the first frame that the host made on the alternate stack.</summary>
    internal static void LearnGeometry(SeccompPlatform platform, long boot, in SeccompNotif notification)
    {
        SlotGeometry geometry = platform.Geometry;
        long frame = (long)(notification.Data.Args[2] - StubLayout.SlotBase) - SlotGeometry.ContextInFrame;
        bool isPlausible = notification.Data.Nr == StubLayout.BellTrap && notification.Data.Args[0] == Signal.SIGILL
            && frame >= SlotGeometry.ListSize && frame < geometry.Size - SlotGeometry.FrameSize;
        if (!isPlausible)
        {
            throw new InvalidOperationException($"the stub came up wrong: call {notification.Data.Nr}, signal {notification.Data.Args[0]}");
        }

        var tail = new byte[geometry.Size - (int)frame];
        platform.FrameFile.Read((boot * FrameStore.PageSize) + frame, tail);
        RtSigFrame head = MemoryMarshal.Read<RtSigFrame>(tail);
        int fp = (int)(head.Uc.Mcontext.Fpstate - StubLayout.SlotBase);
        FpxSwBytes software = MemoryMarshal.Read<FpxSwBytes>(tail.AsSpan(fp - (int)frame + Ucontext.FPX_SW_OFFSET));
        if (software.Magic1 != Ucontext.FP_XSTATE_MAGIC1 || fp + software.ExtendedSize > geometry.Size)
        {
            throw new InvalidOperationException("no XSAVE state in signal frames");
        }

        geometry.Learn((int)frame, fp, (int)software.ExtendedSize, tail);
    }

    private static SpawnOutcome Spawn(int frames, int elf)
    {
        // Numbers out of the way of 0 and 1, which the child fills.
        int high = (int)HostFd.Fcntl(elf, Fcntl.F_DUPFD_CLOEXEC, 3);
        int framesHigh = (int)HostFd.Fcntl(frames, Fcntl.F_DUPFD_CLOEXEC, 3);
        using var spawner = new HostSpawner();
        spawner.Add(Nr.dup3, framesHigh, 0, 0);
        spawner.Add(Nr.dup3, high, 1, (long)OpenFlags.O_CLOEXEC);
        spawner.Add(Nr.close_range, 2, uint.MaxValue, 0);
        spawner.Add(Nr.setsid);
        spawner.AddOptional(Nr.prlimit64, 0, Rlimit.RLIMIT_CORE, spawner.Struct(new RlimitBuf(0, 0)));
        spawner.AddOptional(Nr.prlimit64, 0, Rlimit.RLIMIT_STACK, spawner.Struct(new RlimitBuf(8 << 20, 8 << 20)));
        spawner.Add(Nr.capset, spawner.Struct((ulong)CapVersion._LINUX_CAPABILITY_VERSION_3), spawner.Data(new byte[24]));
        spawner.Add(Nr.prctl, PrctlOption.PR_SET_NO_NEW_PRIVS, 1);
        spawner.Add(Nr.personality, 0x0040000); // ADDR_NO_RANDOMIZE: no stack or vDSO where the stub wants to be
        spawner.AddExec(1, string.Empty, ["carrel-stub"], []);
        SpawnOutcome outcome = spawner.Start();
        HostFd.Close(high);
        HostFd.Close(framesHigh);
        return outcome;
    }

    /// <summary>Takes the listener out of the stub as soon as it is there.</summary>
    private static int FetchListener(int pid)
    {
        int pidfd = HostPidfd.Open(pid);
        SeccompPlatform.Require(pidfd, "pidfd_open");
        try
        {
            for (int attempt = 0; attempt < 20_000; attempt++)
            {
                int fd = HostPidfd.GetFd(pidfd, ListenerInStub);
                if (fd >= 0)
                {
                    return fd;
                }

                if (fd != -(int)Errno.EBADF)
                {
                    throw new InvalidOperationException($"the stub's listener cannot be had: {(Errno)(-fd)}");
                }

                HostClock.Sleep(50_000);
            }

            throw new InvalidOperationException("the stub made no listener");
        }
        finally
        {
            HostFd.Close(pidfd);
        }
    }

    /// <summary>Writes the list that the stub's entry code executes, and the structures that it names, into the boot window.</summary>
    private static void WriteBootList(SeccompPlatform platform, VdsoLayout vdso, ulong handler, ulong restorer)
    {
        var writer = new BootWriter(platform.FrameFile);
        var calls = new List<StubCall>();
        var action = new KernelSigaction
        {
            Handler = handler, Restorer = restorer, Mask = ulong.MaxValue,
            Flags = SigAction.SA_SIGINFO | SigAction.SA_ONSTACK | SigAction.SA_RESTART | SigAction.SA_RESTORER,
        };
        ulong actionAt = writer.Put(action);
        ReadOnlySpan<int> signals = [Signal.SIGSYS, Signal.SIGSEGV, Signal.SIGBUS, Signal.SIGILL, Signal.SIGFPE, Signal.SIGTRAP, StubLayout.KickSignal];
        foreach (int signal in signals)
        {
            calls.Add(new StubCall(Nr.rt_sigaction, (ulong)signal, actionAt, 0, sizeof(ulong)));
        }

        var stack = new StackT { Sp = StubLayout.SlotBase + SlotGeometry.ListSize, Size = (ulong)(platform.Geometry.Size - SlotGeometry.ListSize) };
        calls.Add(new StubCall(Nr.sigaltstack, writer.Put(stack)));

        foreach ((long offset, ulong length) in vdso.Areas)
        {
            ulong target = platform.VdsoAddress + (ulong)offset;
            calls.Add(new StubCall(Nr.mremap, (ulong)offset, length, length, (ulong)(MremapFlags.MREMAP_MAYMOVE | MremapFlags.MREMAP_FIXED), target) { Flags = AddVdso });
        }

        // Nothing else stays mapped.
        const ulong Page = FrameStore.PageSize;
        ulong vdsoEnd = StubLayout.VdsoBase + platform.VdsoMapLength;
        calls.Add(StubCall.Unmap(0, StubLayout.StubCode));
        calls.Add(StubCall.Unmap(StubLayout.StubCode + Page, StubLayout.VdsoBase - StubLayout.StubCode - Page));
        calls.Add(StubCall.Unmap(vdsoEnd, StubLayout.SlotBase - vdsoEnd));
        calls.Add(StubCall.Unmap(StubLayout.SlotBase + StubLayout.BootWindow, StubLayout.UserEnd - StubLayout.SlotBase - StubLayout.BootWindow));

        calls.Add(new StubCall(Nr.prctl, PrctlOption.PR_SET_NO_NEW_PRIVS, 1));
        calls.Add(new StubCall(Nr.prctl, PrctlOption.PR_SET_NAME, writer.Put<byte>("carrel-stub\0"u8)));
        calls.Add(new StubCall(Nr.prctl, PrctlOption.PR_SET_PDEATHSIG, Signal.SIGKILL));
        SockFilter[] filter = GateFilter.Build();
        var program = new SockFprog { Len = (ushort)filter.Length, Filter = writer.Put<SockFilter>(filter) };
        calls.Add(new StubCall(
            Nr.seccomp, Seccomp.SECCOMP_SET_MODE_FILTER,
            Seccomp.SECCOMP_FILTER_FLAG_NEW_LISTENER | Seccomp.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, writer.Put(program)));
        calls.Add(new StubCall(-1)); // the end
        writer.PutList(CollectionsMarshal.AsSpan(calls));
    }

    /// <summary>Fills the boot window's data part.</summary>
    private sealed class BootWriter(LinearFrameStore frames)
    {
        private int _offset = DataOffset;

        /// <summary>The address in the stub.</summary>
        internal ulong Put<T>(T value)
            where T : unmanaged => Put(new ReadOnlySpan<T>(in value));

        internal ulong Put<T>(ReadOnlySpan<T> values)
            where T : unmanaged
        {
            ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(values);
            int at = _offset;
            _offset = (at + bytes.Length + 7) & ~7;
            if (_offset > DataEnd || !frames.Write(at, bytes))
            {
                throw new InvalidOperationException("the boot data do not fit");
            }

            return StubLayout.SlotBase + (ulong)at;
        }

        internal void PutList(ReadOnlySpan<StubCall> calls)
        {
            if (!frames.Write(StubLayout.BootList, MemoryMarshal.AsBytes(calls)))
            {
                throw new InvalidOperationException("no memory for the boot list");
            }
        }
    }
}
