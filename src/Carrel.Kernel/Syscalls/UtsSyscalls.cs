using System;
using System.Runtime.InteropServices;
using System.Text;
using Carrel.Abi;

namespace Carrel.Kernel.Syscalls;

/// <summary>The system's names and figures: uname(2), sethostname(2), sysinfo(2).</summary>
public static class UtsSyscalls
{
    private const int MaxName = 64;

    /// <summary>What uname shows as version; the build number of a distribution kernel has no counterpart.</summary>
    public const string Version = "#1 SMP PREEMPT_DYNAMIC Carrel";

    [Syscall(Nr.uname)]
    public static SyscallResult Uname(Task task, UserPtr<UtsName> name)
    {
        UtsNamespace uts = task.Namespaces.Uts;
        var value = default(UtsName);
        Put(value.Sysname, "Linux");
        Put(value.Nodename, uts.HostName);
        Put(value.Release, Release(task));
        Put(value.Version, Version);
        Put(value.Machine, (task.Personality & PersonalityFlags.PER_MASK) == PersonalityFlags.PER_LINUX32 ? "i686" : "x86_64");
        Put(value.Domainname, uts.DomainName);
        return name.TryWrite(task, value) ? 0 : Errno.EFAULT;
    }

    /// <summary>override_release(): programs that cannot count beyond 2.6 get 2.6.(60 + minor).</summary>
    private static string Release(Task task)
    {
        string release = task.Kernel.Options.Release;
        if ((task.Personality & PersonalityFlags.UNAME26) == 0)
        {
            return release;
        }

        int rest = 0;
        while (rest < release.Length && (char.IsAsciiDigit(release[rest]) || release[rest] == '.'))
        {
            rest++;
        }

        string[] parts = release[..rest].Split('.');
        int minor = parts.Length > 1 && int.TryParse(parts[1], out int number) ? number : 0;
        return $"2.6.{minor + 60}{release[rest..]}";
    }

    private static void Put(Span<byte> field, string text) => Encoding.Latin1.GetBytes(text.AsSpan(0, Math.Min(text.Length, MaxName)), field);

    [Syscall(Nr.sethostname)]
    public static SyscallResult Sethostname(Task task, UserPtr<byte> name, int length)
    {
        Result<string> text = ReadName(task, name, length);
        if (text.Succeeded)
        {
            task.Namespaces.Uts.HostName = text.Value;
        }

        return text.Error;
    }

    [Syscall(Nr.setdomainname)]
    public static SyscallResult Setdomainname(Task task, UserPtr<byte> name, int length)
    {
        Result<string> text = ReadName(task, name, length);
        if (text.Succeeded)
        {
            task.Namespaces.Uts.DomainName = text.Value;
        }

        return text.Error;
    }

    private static Result<string> ReadName(Task task, UserPtr<byte> name, int length)
    {
        if (!task.Credentials.HasCapabilityIn(task.Namespaces.Uts.Owner, Capability.CAP_SYS_ADMIN))
        {
            return Errno.EPERM;
        }

        if (length is < 0 or > MaxName)
        {
            return Errno.EINVAL;
        }

        var bytes = new byte[length];
        if (!name.TryReadArray(task, bytes))
        {
            return Errno.EFAULT;
        }

        int end = Array.IndexOf(bytes, (byte)0);
        return Encoding.Latin1.GetString(bytes, 0, end < 0 ? length : end);
    }

    [Syscall(Nr.sysinfo, Missing = "load averages are zero")]
    public static SyscallResult Sysinfo(Task task, UserPtr<SysInfo> info)
    {
        LinuxKernel kernel = task.Kernel;
        const ulong PageSize = 4096;
        ulong total = (ulong)kernel.Frames.LimitPages * PageSize;
        ulong used = (ulong)kernel.Frames.UsedPages * PageSize;
        var value = new SysInfo
        {
            Uptime = kernel.Clock.Boottime / KernelClock.NanosecondsPerSecond,
            Totalram = total,
            Freeram = total - Math.Min(used, total),
            Procs = (ushort)Math.Min(kernel.Pids.TaskCount, ushort.MaxValue),
            MemUnit = 1,
        };
        return info.TryWrite(task, value) ? 0 : Errno.EFAULT;
    }
}
