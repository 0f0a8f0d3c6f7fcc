using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel;

/// <summary>A descriptor table (Linux's files_struct).</summary>
public sealed partial class FdTable
{
    /// <summary>Borrows the description until the call returns. EBADF also for O_PATH descriptors (fdget()).</summary>
    public Result<FileDescription> Get(Fd fd) => Errno.EBADF;

    /// <summary>The same, O_PATH descriptors included (fdget_raw()).</summary>
    public Result<FileDescription> GetAny(Fd fd) => Errno.EBADF;

    /// <summary>Installs at the lowest free number >= <paramref name="minimum"/>; takes over the caller's reference on success only. EMFILE.</summary>
    public Result<int> Install(Task task, FileDescription file, bool isCloseOnExec, int minimum = 0) => Errno.EMFILE;

    /// <summary>RLIMIT_NOFILE of the caller.</summary>
    public uint Limit(Task task) => 1024;

    /// <summary>One above the highest number that may be in use.</summary>
    public int Capacity => 0;

    /// <summary>Installs a fresh description, or releases it if there is no room.</summary>
    public Result<int> InstallOrRelease(Task task, FileDescription file, bool isCloseOnExec)
    {
        Result<int> result = Install(task, file, isCloseOnExec);
        if (result.Failed)
        {
            file.Release();
        }

        return result;
    }

    /// <summary>Reserves the lowest free number without showing it yet (reserve, copy out, install). EMFILE.</summary>
    public Result<int> Reserve(Task task, int minimum = 0) => Errno.EMFILE;

    /// <summary>Makes a reserved number visible; takes over the reference.</summary>
    public void InstallReserved(int number, FileDescription file, bool isCloseOnExec)
    {
    }

    /// <summary>Gives a reserved number back.</summary>
    public void CancelReserved(int number)
    {
    }
}

/// <summary>Root, working directory and umask (Linux's fs_struct).</summary>
public sealed partial class FsContext
{
    public Path Root { get; set; }

    public Path WorkingDirectory { get; set; }

    public uint Umask { get; set; } = 0x12;
}
