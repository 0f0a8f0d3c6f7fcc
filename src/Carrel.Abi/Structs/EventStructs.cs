using System.Runtime.InteropServices;

namespace Carrel.Abi;

/// <summary>struct epoll_event, packed on x86-64.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public struct EpollEvent
{
    public PollEvents Events;
    public ulong Data;
}

/// <summary>struct pollfd.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct PollFd
{
    public int Fd;
    public short Events;
    public short Revents;
}

/// <summary>The argument pair of pselect6(2): a signal mask and its size.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct SigsetArgpack
{
    public ulong Mask;
    public ulong Size;
}

/// <summary>struct signalfd_siginfo.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct SignalfdSiginfo
{
    public uint Signo;
    public int Errno;
    public int Code;
    public uint Pid;
    public uint Uid;
    public int Fd;
    public uint Tid;
    public uint Band;
    public uint Overrun;
    public uint Trapno;
    public int Status;
    public int Int;
    public ulong Ptr;
    public ulong Utime;
    public ulong Stime;
    public ulong Addr;
    public ushort AddrLsb;
    private readonly ushort _pad2;
    public int Syscall;
    public ulong CallAddr;
    public uint Arch;
    private readonly Bytes28 _pad;
}

/// <summary>struct io_event, io_getevents(2).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IoEvent
{
    public ulong Data;
    public ulong Obj;
    public long Res;
    public long Res2;
}

/// <summary>struct iocb, io_submit(2).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct Iocb
{
    public ulong Data;
    public uint Key;
    public int RwFlags;
    public ushort LioOpcode;
    public short Reqprio;
    public uint Fildes;
    public ulong Buf;
    public ulong Nbytes;
    public long Offset;
    private readonly ulong _reserved2;
    public uint Flags;
    public uint Resfd;
}
