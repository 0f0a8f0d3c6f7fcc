using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Runtime.InteropServices;
using Carrel.Abi;
using Carrel.Host;

namespace Carrel.Runtime;

/// <summary>What concerns every wall.</summary>
internal static class HostChecks
{
    internal static List<Finding> All(string root) =>
    [
        Finding.Need("processor", RuntimeInformation.ProcessArchitecture == Architecture.X64, "x86-64", "not x86-64", "Carrel runs on x86-64 only"),
        Finding.Fine("kernel", "Linux " + HostProbe.Release),
        Finding.Fine("user", HostFacts.IsRoot ? (HostFacts.HasCapability(Capability.CAP_SYS_ADMIN) ? "root" : "root, but without CAP_SYS_ADMIN") : $"uid {HostCredentials.UserId}, without privileges"),
        StateDirectory(root),
        OpenFiles(),
        HardLimits(),
        SecurityModules(),
        MachineMonitor(),
        SecretMemory(),
    ];

    private static Finding StateDirectory(string root)
    {
        string place = root;
        while (!Directory.Exists(place) && Path.GetDirectoryName(place) is { Length: > 0 } above)
        {
            place = above;
        }

        int fd = HostPath.OpenAt(At.AT_FDCWD, Carrel.Oci.OciText.ToBytes(place), OpenFlags.O_RDWR | OpenFlags.O_TMPFILE | OpenFlags.O_CLOEXEC, 0x180);
        bool canWrite = fd >= 0 || fd == -(int)Errno.EOPNOTSUPP || fd == -(int)Errno.EISDIR;
        if (fd >= 0)
        {
            HostFd.Close(fd);
        }

        return Finding.Need("state directory", canWrite, $"{root} can be used", $"{place} cannot be written: {HostError.Describe((Errno)(-Math.Min(fd, 0)))}", "give another directory by --root, or set XDG_RUNTIME_DIR");
    }

    private static Finding OpenFiles()
    {
        const ulong Enough = 4096;
        HostProcess.GetLimit(0, (int)Rlimit.RLIMIT_NOFILE, out RlimitBuf limit);
        string text = $"at most {limit.Max} open files";
        return Finding.Want("open files", limit.Max >= Enough, text, text, "raise the hard limit (ulimit -Hn, LimitNOFILE= of the service)");
    }

    private static Finding HardLimits() => Finding.Want(
        "raising hard limits",
        HostFacts.HasCapability(Capability.CAP_SYS_RESOURCE),
        "possible",
        "not possible without CAP_SYS_RESOURCE: process.rlimits above the limits of this process fail",
        "tell your client to ask for less, e.g. --ulimit nofile=1024:4096");

    private static Finding SecurityModules()
    {
        string modules = HostFacts.ReadLine("/sys/kernel/security/lsm");
        return Finding.Fine("security modules", modules.Length == 0 ? "not known (securityfs is not mounted)" : modules);
    }

    private static Finding MachineMonitor()
    {
        int fd = HostPath.OpenAt(At.AT_FDCWD, "/dev/kvm", OpenFlags.O_RDWR | OpenFlags.O_CLOEXEC);
        HostFd.Close(fd);
        return Finding.Fine("KVM", fd >= 0 ? "/dev/kvm can be opened; no wall needs it today" : $"/dev/kvm: {HostError.Describe((Errno)(-fd))}; no wall needs it");
    }

    private static Finding SecretMemory()
    {
        int fd = HostProbe.OpenSecretMemory();
        HostFd.Close(fd);
        HostProcess.GetLimit(0, (int)Rlimit.RLIMIT_MEMLOCK, out RlimitBuf limit);
        string amount = limit.Cur == ulong.MaxValue ? "any amount" : (limit.Cur >> 10).ToString(CultureInfo.InvariantCulture) + " KiB";
        return Finding.Fine("memfd_secret", fd >= 0 ? $"there, {amount} of locked memory" : "not there; boot with secretmem.enable=1 to have it; no wall needs it today");
    }
}
