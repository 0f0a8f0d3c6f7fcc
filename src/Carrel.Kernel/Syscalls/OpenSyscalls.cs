using System;
using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Syscalls;

/// <summary>open(2), openat(2), openat2(2), creat(2), close(2).</summary>
public static class OpenSyscalls
{
    private const int HowSize = 24;
    private const int PageSize = 4096;

    /// <summary>An open that waits in <see cref="FileDescription.CompleteOpen"/>: its number is reserved meanwhile.</summary>
    private sealed record Pending(FileDescription File, int Number);

    [Syscall(Nr.open)]
    public static SyscallResult Open(Task task, UserString path, OpenFlags flags, uint mode) => OpenAt(task, new Fd(At.AT_FDCWD), path, flags, mode);

    [Syscall(Nr.openat)]
    public static SyscallResult OpenAt(Task task, Fd directory, UserString path, OpenFlags flags, uint mode) =>
        Open(task, directory, path, OpenRequest.FromOpen(flags, mode));

    [Syscall(Nr.creat)]
    public static SyscallResult Creat(Task task, UserString path, uint mode) =>
        OpenAt(task, new Fd(At.AT_FDCWD), path, OpenFlags.O_CREAT | OpenFlags.O_WRONLY | OpenFlags.O_TRUNC, mode);

    [Syscall(Nr.openat2)]
    public static SyscallResult OpenAt2(Task task, Fd directory, UserString path, UserPtr<OpenHow> how, ulong size)
    {
        if (size < HowSize)
        {
            return Errno.EINVAL;
        }

        if (size > PageSize)
        {
            return Errno.E2BIG;
        }

        Result<OpenHow> copy = UserStruct.Read<OpenHow>(task, how.Address, size);
        return copy.Failed ? copy.Error : Open(task, directory, path, OpenRequest.FromHow(copy.Value));
    }

    [Syscall(Nr.close)]
    public static SyscallResult Close(Task task, Fd fd) => task.Files.Close(task, fd.Number);

    /// <summary>do_sys_openat2(): reserve a number, open, install.</summary>
    private static SyscallResult Open(Task task, Fd directory, UserString path, Result<OpenRequest> request)
    {
        if (request.Failed)
        {
            return request.Error;
        }

        if (task.Restart.State is Pending pending)
        {
            return Complete(task, pending, request.Value.IsCloseOnExec);
        }

        Result<string> name = path.ReadPath(task);
        if (name.Failed)
        {
            return name.Error;
        }

        if (name.Value.Length == 0)
        {
            return Errno.ENOENT;
        }

        Result<int> number = task.Files.Reserve(task);
        if (number.Failed)
        {
            return number.Error;
        }

        Result<FileDescription> file = FileOpener.Open(task, directory, name.Value, request.Value);
        if (file.Failed)
        {
            task.Files.CancelReserved(number.Value);
            return file.Error;
        }

        return Complete(task, new Pending(file.Value, number.Value), request.Value.IsCloseOnExec);
    }

    private static SyscallResult Complete(Task task, Pending pending, bool isCloseOnExec)
    {
        SyscallResult result = (pending.File.Flags & OpenFlags.O_PATH) != 0 ? 0 : pending.File.CompleteOpen(task);
        if (result.IsBlocked)
        {
            task.Restart.State = pending;
            return result;
        }

        task.Restart.State = null;
        if (result.Failed)
        {
            task.Files.CancelReserved(pending.Number);
            pending.File.Release();
            return result;
        }

        task.Files.InstallReserved(pending.Number, pending.File, isCloseOnExec);
        return pending.Number;
    }
}

/// <summary>Structs that grow with the kernel version (copy_struct_from_user()).</summary>
internal static class UserStruct
{
    /// <summary>The caller has bounded the size. A longer struct than ours must be zero beyond it: E2BIG; a shorter one is zero-filled.</summary>
    public static Result<T> Read<T>(Task task, ulong address, ulong size) where T : unmanaged
    {
        int known = Marshalled.Size<T>();
        var bytes = new byte[Math.Max(known, (int)size)];
        if (!task.Mm.Read(address, bytes.AsSpan(0, (int)size)))
        {
            return Errno.EFAULT;
        }

        return bytes.AsSpan(known).ContainsAnyExcept((byte)0) ? Errno.E2BIG : Marshalled.FromBytes<T>(bytes);
    }
}
