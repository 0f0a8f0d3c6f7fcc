using Carrel.Abi;
using Carrel.Kernel.Fs.Procfs;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Syscalls;

/// <summary>kcmp(2): do two processes share a kernel object?</summary>
public static class KcmpSyscalls
{
    [Syscall(Nr.kcmp, Missing = "KCMP_EPOLL_TFD")]
    public static SyscallResult Kcmp(Task task, int pid1, int pid2, int type, ulong index1, ulong index2)
    {
        if (task.Pids.FindTask(pid1) is not { } first || task.Pids.FindTask(pid2) is not { } second)
        {
            return Errno.ESRCH;
        }

        if (ProcAccess.Check(task, first) != Errno.OK || ProcAccess.Check(task, second) != Errno.OK)
        {
            return Errno.EPERM;
        }

        KernelOrder order = task.Kernel.ObjectOrder;
        switch (type)
        {
            case Abi.Kcmp.KCMP_FILE:
                FileDescription? file1 = FindFile(first, index1), file2 = FindFile(second, index2);
                return file1 is null || file2 is null ? Errno.EBADF : order.Compare(file1, file2);
            case Abi.Kcmp.KCMP_VM:
                return order.Compare(first.Mm, second.Mm);
            case Abi.Kcmp.KCMP_FILES:
                return order.Compare(first.Files, second.Files);
            case Abi.Kcmp.KCMP_FS:
                return order.Compare(first.Fs, second.Fs);
            case Abi.Kcmp.KCMP_SIGHAND:
                return order.Compare(first.Group.Actions, second.Group.Actions);
            case Abi.Kcmp.KCMP_IO or Abi.Kcmp.KCMP_SYSVSEM:
                // No I/O contexts and, until one is used, no undo lists: both are the null pointer.
                return 0;
            default:
                return Errno.EINVAL;
        }
    }

    private static FileDescription? FindFile(Task task, ulong index) => index > int.MaxValue ? null : task.Files.Find((int)index);
}
