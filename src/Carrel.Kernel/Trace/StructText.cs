using System;
using System.Globalization;
using Carrel.Abi;

namespace Carrel.Kernel.Trace;

/// <summary>Structs in words, strace's way and as briefly.</summary>
internal static class StructText
{
    /// <summary>What lies at an address, by the declared type of the pointer; null if the type is not one we show or cannot be read.</summary>
    public static string? Describe(Task task, string type, ulong address) => type switch
    {
        "UserPtr<int>" => Show<int>(task, address, static v => Invariant($"[{v}]")),
        "UserPtr<uint>" => Show<uint>(task, address, static v => Invariant($"[{v}]")),
        "UserPtr<long>" => Show<long>(task, address, static v => Invariant($"[{v}]")),
        "UserPtr<TimeSpec>" => Show<TimeSpec>(task, address, Time),
        "UserPtr<TimeVal>" => Show<TimeVal>(task, address, Time),
        "UserPtr<ITimerSpec>" => Show<ITimerSpec>(task, address, static v => $"{{it_interval={Time(v.Interval)}, it_value={Time(v.Value)}}}"),
        "UserPtr<ITimerVal>" => Show<ITimerVal>(task, address, static v => $"{{it_interval={Time(v.Interval)}, it_value={Time(v.Value)}}}"),
        "UserPtr<Timezone>" => Show<Timezone>(task, address, static v => Invariant($"{{tz_minuteswest={v.Minuteswest}, tz_dsttime={v.Dsttime}}}")),
        "UserPtr<Stat>" => Show<Stat>(task, address, static v => File(v.Mode, (ulong)v.Size, v.Rdev)),
        "UserPtr<StatxBuf>" => Show<StatxBuf>(task, address, static v => File(v.Mode, v.Size, 0)),
        "UserPtr<RlimitBuf>" => Show<RlimitBuf>(task, address, static v => $"{{rlim_cur={Limit(v.Cur)}, rlim_max={Limit(v.Max)}}}"),
        "UserPtr<RusageBuf>" => Show<RusageBuf>(task, address, static v => $"{{ru_utime={Time(v.Utime)}, ru_stime={Time(v.Stime)}, ...}}"),
        "UserPtr<PollFd>" => Show<PollFd>(task, address, Poll),
        "UserPtr<EpollEvent>" => Show<EpollEvent>(task, address, static v => Invariant($"{{events={ConstantNames.EpollBits.Format((uint)v.Events)}, data=0x{v.Data:x}}}")),
        "UserPtr<SemBuf>" => Show<SemBuf>(task, address, static v => Invariant($"{{sem_num={v.Num}, sem_op={v.Op}, sem_flg=0{Convert.ToString(v.Flg, 8)}}}")),
        "UserPtr<KernelSigaction>" => Show<KernelSigaction>(task, address, Action),
        "UserPtr<StackT>" => Show<StackT>(task, address, static v => Invariant($"{{ss_sp={Quoting.Address(v.Sp)}, ss_flags=0x{v.Flags:x}, ss_size={v.Size}}}")),
        "UserPtr<SigInfo>" => Show<SigInfo>(task, address, static v => SignalText.Info(v)),
        "UserPtr<UtsName>" => Show<UtsName>(task, address, static v => Uts(v)),
        "UserPtr<OpenHow>" => Show<OpenHow>(task, address, static v => $"{{flags={ConstantNames.OpenFlags.Format(v.Flags)}, mode=0{Octal(v.Mode)}, resolve=0x{v.Resolve:x}}}"),
        "UserPtr<CloneArgs>" => Show<CloneArgs>(task, address, static v => $"{{flags={ConstantNames.CloneFlags.Format(v.Flags)}, exit_signal={SignalText.Name((int)v.ExitSignal)}, stack={Quoting.Address(v.Stack)}, stack_size={v.StackSize}}}"),
        "UserPtr<MsgHdr>" => Show<MsgHdr>(task, address, v => Message(task, v)),
        "UserPtr<SchedParam>" => Show<SchedParam>(task, address, static v => Invariant($"[{v.Priority}]")),
        "UserPtr<MqAttr>" => Show<MqAttr>(task, address, static v => Invariant($"{{mq_flags=0x{v.Flags:x}, mq_maxmsg={v.Maxmsg}, mq_msgsize={v.Msgsize}, mq_curmsgs={v.Curmsgs}}}")),
        _ => null,
    };

    /// <summary>Size of an array's element, 0 for types that are not shown.</summary>
    public static int ElementSize(string type) => type switch
    {
        "UserPtr<PollFd>" => 8,
        "UserPtr<EpollEvent>" => 12,
        "UserPtr<SemBuf>" => 6,
        "UserPtr<uint>" => 4,
        _ => 0,
    };

    private static string? Show<T>(Task task, ulong address, Func<T, string> text) where T : unmanaged =>
        new UserPtr<T>(address).TryRead(task, out T value) ? text(value) : null;

    private static string Time(TimeSpec time) => time.Nsec switch
    {
        Utime.UTIME_NOW => "UTIME_NOW",
        Utime.UTIME_OMIT => "UTIME_OMIT",
        _ => Invariant($"{{tv_sec={time.Sec}, tv_nsec={time.Nsec}}}"),
    };

    private static string Time(TimeVal time) => Invariant($"{{tv_sec={time.Sec}, tv_usec={time.Usec}}}");

    private static string Limit(ulong value) => value switch
    {
        Rlimit.RLIM_INFINITY => "RLIM64_INFINITY",
        _ when value % 1024 == 0 && value > 0 => Invariant($"{value / 1024}*1024"),
        _ => Invariant($"{value}"),
    };

    private static string Octal(ulong value) => Convert.ToString((long)value, 8);

    private static string File(uint mode, ulong size, ulong device)
    {
        string type = (mode & Mode.S_IFMT) switch
        {
            Mode.S_IFREG => "S_IFREG",
            Mode.S_IFDIR => "S_IFDIR",
            Mode.S_IFLNK => "S_IFLNK",
            Mode.S_IFCHR => "S_IFCHR",
            Mode.S_IFBLK => "S_IFBLK",
            Mode.S_IFIFO => "S_IFIFO",
            Mode.S_IFSOCK => "S_IFSOCK",
            _ => "0",
        };
        bool isDevice = (mode & Mode.S_IFMT) is Mode.S_IFCHR or Mode.S_IFBLK;
        string last = isDevice ? Invariant($"st_rdev=0x{device:x}") : Invariant($"st_size={size}");
        return $"{{st_mode={type}|0{Octal(mode & 0xfff)}, {last}, ...}}";
    }

    private static string Poll(PollFd poll)
    {
        string events = ConstantNames.PollBits.Format((ushort)poll.Events);
        return poll.Revents == 0
            ? Invariant($"{{fd={poll.Fd}, events={events}}}")
            : Invariant($"{{fd={poll.Fd}, events={events}, revents={ConstantNames.PollBits.Format((ushort)poll.Revents)}}}");
    }

    private static string Action(KernelSigaction action)
    {
        string handler = action.Handler switch { Signal.SIG_DFL => "SIG_DFL", Signal.SIG_IGN => "SIG_IGN", _ => Quoting.Address(action.Handler) };
        return $"{{sa_handler={handler}, sa_mask={SignalText.Set(action.Mask)}, sa_flags={ConstantNames.ActionFlags.Format((ulong)action.Flags)}}}";
    }

    private static string Uts(UtsName name)
    {
        ReadOnlySpan<byte> node = name.Nodename;
        int end = node.IndexOf((byte)0);
        return $"{{sysname=\"Linux\", nodename={Quoting.Quote(end < 0 ? node : node[..end], false)}, ...}}";
    }

    private static string Message(Task task, MsgHdr header) => string.Create(
        CultureInfo.InvariantCulture,
        $"{{msg_name={Quoting.Address(header.Name)}, msg_namelen={header.Namelen}, msg_iov={Vector(task, header.Iov, header.Iovlen, long.MaxValue)}, msg_iovlen={header.Iovlen}, msg_controllen={header.Controllen}, msg_flags=0x{header.Flags:x}}}");

    /// <summary>Up to three segments, with samples of what they hold (as far as <paramref name="total"/> bytes reach).</summary>
    public static string Vector(Task task, ulong address, ulong count, long total)
    {
        const int Shown = 3;
        var text = new System.Text.StringBuilder("[");
        for (ulong i = 0; i < Math.Min(count, Shown); i++)
        {
            if (!new UserPtr<IoVec>(address + (i * 16)).TryRead(task, out IoVec segment))
            {
                return Quoting.Address(address);
            }

            long here = Math.Min(total, (long)Math.Min(segment.Len, long.MaxValue));
            total -= here;
            text.Append(i == 0 ? "" : ", ").Append(CultureInfo.InvariantCulture, $"{{iov_base={Quoting.Sample(task, segment.Base, (ulong)here)}, iov_len={segment.Len}}}");
        }

        return text.Append(count > Shown ? ", ...]" : "]").ToString();
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
