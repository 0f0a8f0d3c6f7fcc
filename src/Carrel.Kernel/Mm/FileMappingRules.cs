using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Mm;

/// <summary>The file half of do_mmap(): access mode, seals, noexec mounts, and what the description maps.</summary>
internal static class FileMappingRules
{
    /// <summary>LEGACY_MAP_MASK of include/linux/mman.h: what MAP_SHARED_VALIDATE lets pass.</summary>
    private const MapFlags KnownFlags =
        MapFlags.MAP_SHARED_VALIDATE | MapFlags.MAP_FIXED | MapFlags.MAP_ANONYMOUS | MapFlags.MAP_DENYWRITE
        | MapFlags.MAP_EXECUTABLE | MapFlags.MAP_GROWSDOWN | MapFlags.MAP_LOCKED | MapFlags.MAP_NORESERVE | MapFlags.MAP_POPULATE
        | MapFlags.MAP_NONBLOCK | MapFlags.MAP_STACK | MapFlags.MAP_HUGETLB | MapFlags.MAP_32BIT
        | (MapFlags)(HugePage.MAP_HUGE_MASK << HugePage.MAP_HUGE_SHIFT);

    public static Errno Check(in MapRequest request, Prot prot, MapFlags type, ref VmaFlags flags, ref MemoryObject? memory)
    {
        if (!IsInFile(request))
        {
            return Errno.EOVERFLOW;
        }

        bool isShared = type is MapFlags.MAP_SHARED or MapFlags.MAP_SHARED_VALIDATE;
        bool isWritable = (prot & Prot.PROT_WRITE) != 0;
        if (type == MapFlags.MAP_SHARED_VALIDATE && (request.Flags & ~KnownFlags) != 0)
        {
            return Errno.EOPNOTSUPP;
        }

        if (!isShared && type != MapFlags.MAP_PRIVATE)
        {
            return Errno.EINVAL;
        }

        FileDescription? file = request.File;
        if (file is not null)
        {
            Errno error = CheckAccess(file, prot, isShared, ref flags);
            if (error != Errno.OK)
            {
                return error;
            }
        }

        flags |= isShared ? VmaFlags.Shared : 0;
        if (memory is null)
        {
            Result<MemoryObject> found = file is { MapsAsAnonymous: true }
                ? ZeroObject.Instance
                : request.Task is null
                ? file!.Inode.Pages is { } pages ? pages : Errno.ENODEV
                : file!.GetMemoryObject(request.Task);
            if (found.Failed)
            {
                // A socket has an operation that refuses, which comes after the check of flags.
                return (flags & VmaFlags.GrowsDown) != 0 && file?.Inode.Type == Mode.S_IFSOCK ? Errno.EINVAL : found.Error;
            }

            memory = found.Value;
        }

        return (flags & VmaFlags.GrowsDown) != 0 ? Errno.EINVAL : CheckObject(memory, isShared, isWritable, ref flags);
    }

    /// <summary>file_mmap_ok(): regular files and sockets end where offsets do, devices at the top of all.</summary>
    private static bool IsInFile(in MapRequest request)
    {
        bool isDevice = request.File is { MapsAsAnonymous: true };
        ulong end = unchecked(request.Offset + MemoryManager.PageAlignUp(request.Length));
        return end > request.Offset && (isDevice || (long)end > 0);
    }

    private static Errno CheckAccess(FileDescription file, Prot prot, bool isShared, ref VmaFlags flags)
    {
        if (isShared)
        {
            if ((prot & Prot.PROT_WRITE) != 0 && !file.IsWritable)
            {
                return Errno.EACCES;
            }

            flags &= file.IsWritable ? ~VmaFlags.None : ~VmaFlags.MayWrite;
        }

        if (!file.IsReadable)
        {
            return Errno.EACCES;
        }

        if (IsNoExec(file))
        {
            if ((prot & Prot.PROT_EXEC) != 0)
            {
                return Errno.EPERM;
            }

            flags &= ~VmaFlags.MayExec;
        }

        return Errno.OK;
    }

    /// <summary>path_noexec().</summary>
    public static bool IsNoExec(FileDescription file) =>
        file.Inode.FileSystem.IsNoExec || (file.Path.IsValid && (file.Path.Mount.Flags & MountFlags.MS_NOEXEC) != 0);

    private static Errno CheckObject(MemoryObject memory, bool isShared, bool isWritable, ref VmaFlags flags)
    {
        bool mayWrite = (flags & VmaFlags.MayWrite) != 0;
        if (memory is HostFileObject && isShared)
        {
            // What the host's page cache holds is never written; a writable file was copied up when it was opened.
            if (isWritable)
            {
                return Errno.EACCES;
            }

            mayWrite = false;
        }

        Errno error = memory.CheckMapping(isShared, isWritable, ref mayWrite);
        flags &= mayWrite ? ~VmaFlags.None : ~VmaFlags.MayWrite;
        return error;
    }
}
