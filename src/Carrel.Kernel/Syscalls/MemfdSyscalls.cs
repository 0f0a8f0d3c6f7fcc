using Carrel.Abi;
using Carrel.Kernel.Fs.Tmpfs;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Syscalls;

/// <summary>memfd_create(2).</summary>
public static class MemfdSyscalls
{
    // NAME_MAX less the prefix "memfd:".
    private const int MaxName = 249;

    [Syscall(Nr.memfd_create, Missing = "MFD_HUGETLB")]
    public static SyscallResult MemfdCreate(Task task, UserString name, MemfdFlags flags)
    {
        const MemfdFlags Known = MemfdFlags.MFD_CLOEXEC | MemfdFlags.MFD_ALLOW_SEALING | MemfdFlags.MFD_NOEXEC_SEAL | MemfdFlags.MFD_EXEC;
        const MemfdFlags Exec = MemfdFlags.MFD_EXEC | MemfdFlags.MFD_NOEXEC_SEAL;
        MemfdFlags others = flags & ~Known;
        bool isHuge = (flags & MemfdFlags.MFD_HUGETLB) != 0;
        if ((isHuge ? (uint)others & ~((uint)HugePage.MAP_HUGE_MASK << HugePage.MAP_HUGE_SHIFT | (uint)MemfdFlags.MFD_HUGETLB) : (uint)others) != 0
            || (flags & Exec) == Exec)
        {
            return Errno.EINVAL;
        }

        // check_sysctl_memfd_noexec()
        int noExec = task.Pids.MemfdNoExec;
        if ((flags & Exec) == 0)
        {
            flags |= noExec >= 1 ? MemfdFlags.MFD_NOEXEC_SEAL : MemfdFlags.MFD_EXEC;
        }

        if ((flags & MemfdFlags.MFD_NOEXEC_SEAL) == 0 && noExec >= 2)
        {
            return Errno.EACCES;
        }

        Result<string> text = name.Read(task, MaxName + 1, Errno.EINVAL);
        if (text.Failed)
        {
            return text.Error;
        }

        Result<int> number = task.Files.Reserve(task);
        if (number.Failed)
        {
            return number.Error;
        }

        if (isHuge)
        {
            task.Files.CancelReserved(number.Value);
            return Errno.ENOSYS;
        }

        FileDescription file = Create(task, text.Value, flags);
        task.Files.InstallReserved(number.Value, file, (flags & MemfdFlags.MFD_CLOEXEC) != 0);
        return number.Value;
    }

    private static FileDescription Create(Task task, string name, MemfdFlags flags)
    {
        LinuxKernel kernel = task.Kernel;
        bool isNoExec = (flags & MemfdFlags.MFD_NOEXEC_SEAL) != 0;
        int seals = isNoExec ? Fcntl.F_SEAL_EXEC : (flags & MemfdFlags.MFD_ALLOW_SEALING) != 0 ? 0 : Fcntl.F_SEAL_SEAL;
        uint mode = Mode.S_IFREG | (isNoExec ? Mode.S_IRWXUGO & ~Mode.S_IXUGO : Mode.S_IRWXUGO);
        TmpfsFile inode = kernel.Memory.NewFile(mode, task.Credentials, seals);
        Path path = kernel.Memory.NamelessPath(inode, $"/memfd:{name} (deleted)");
        var file = new TmpfsDescription(inode, OpenFlags.O_RDWR | OpenFlags.O_LARGEFILE) { Path = path };
        file.Opened(countsAsWriter: false);
        return file;
    }
}
