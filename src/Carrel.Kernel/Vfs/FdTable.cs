using System;
using System.Collections.Generic;
using System.Numerics;
using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel;

/// <summary>A descriptor table (Linux's files_struct). Counted: tasks made with CLONE_FILES share one.</summary>
public sealed partial class FdTable
{
    /// <summary>The most descriptors any limit allows (fs.nr_open).</summary>
    public const int MaxDescriptors = 1 << 20;

    private const int FirstSize = 64;

    private FileDescription?[] _files = new FileDescription?[FirstSize];
    // One bit a number: taken (open or reserved), and close-on-exec.
    private ulong[] _taken = new ulong[FirstSize / 64];
    private ulong[] _closeOnExec = new ulong[FirstSize / 64];
    private int _references = 1;
    private int _lowestFree;

    /// <summary>One above the highest number that may be in use.</summary>
    public int Capacity => _files.Length;

    /// <summary>Tasks that share the table.</summary>
    public int References => _references;

    /// <summary>RLIMIT_NOFILE of the caller.</summary>
    public uint Limit(Task task) => (uint)Math.Min(task.Limit(Rlimit.RLIMIT_NOFILE), MaxDescriptors);

    /// <summary>Borrows the description until the call returns. EBADF also for O_PATH descriptors (fdget()).</summary>
    public Result<FileDescription> Get(Fd fd)
    {
        FileDescription? file = Find(fd.Number);
        return file is null || (file.Flags & OpenFlags.O_PATH) != 0 ? Errno.EBADF : file;
    }

    /// <summary>The same, O_PATH descriptors included (fdget_raw()).</summary>
    public Result<FileDescription> GetAny(Fd fd) => Find(fd.Number) is { } file ? file : Errno.EBADF;

    /// <summary>The description at a number, or null.</summary>
    public FileDescription? Find(int number) => (uint)number < (uint)_files.Length ? _files[number] : null;

    /// <summary>Installs at the lowest free number >= <paramref name="minimum"/>; takes over the caller's reference on success only. EMFILE.</summary>
    public Result<int> Install(Task task, FileDescription file, bool isCloseOnExec, int minimum = 0)
    {
        Result<int> number = Reserve(task, minimum);
        if (number.Succeeded)
        {
            InstallReserved(number.Value, file, isCloseOnExec);
        }

        return number;
    }

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
    public Result<int> Reserve(Task task, int minimum = 0)
    {
        int number = FindFree(Math.Max(minimum, _lowestFree));
        if (number >= Limit(task))
        {
            return Errno.EMFILE;
        }

        Grow(number);
        SetBit(_taken, number, true);
        SetBit(_closeOnExec, number, false);
        if (minimum <= _lowestFree)
        {
            _lowestFree = number + 1;
        }

        return number;
    }

    /// <summary>Makes a reserved number visible; takes over the reference.</summary>
    public void InstallReserved(int number, FileDescription file, bool isCloseOnExec)
    {
        _files[number] = file;
        SetBit(_closeOnExec, number, isCloseOnExec);
    }

    /// <summary>Puts a description at a number before there is a task; takes over the reference.</summary>
    public void InstallInitial(int number, FileDescription file)
    {
        Grow(number);
        SetBit(_taken, number, true);
        InstallReserved(number, file, isCloseOnExec: false);
    }

    /// <summary>Gives a reserved number back.</summary>
    public void CancelReserved(int number) => Free(number);

    /// <summary>close(2): takes the number out and drops its reference. EBADF.</summary>
    public Errno Close(Task task, int number)
    {
        if (Find(number) is not { } file)
        {
            return Errno.EBADF;
        }

        _files[number] = null;
        Free(number);
        CloseFile(task, file);
        return Errno.OK;
    }

    /// <summary>dup2(2), dup3(2): a new reference at exactly this number, closing what was there. EBADF above the limit, EBUSY for a number that is being opened.</summary>
    public Errno Replace(Task task, int number, FileDescription file, bool isCloseOnExec)
    {
        if ((uint)number >= Limit(task))
        {
            return Errno.EBADF;
        }

        Grow(number);
        FileDescription? old = _files[number];
        if (old is null && GetBit(_taken, number))
        {
            return Errno.EBUSY;
        }

        file.AddReference();
        SetBit(_taken, number, true);
        InstallReserved(number, file, isCloseOnExec);
        if (old is not null)
        {
            CloseFile(task, old);
        }

        return Errno.OK;
    }

    public bool IsCloseOnExec(int number) => GetBit(_closeOnExec, number);

    public void SetCloseOnExec(int number, bool isCloseOnExec) => SetBit(_closeOnExec, number, isCloseOnExec);

    /// <summary>Closes what is marked, at execve(2). The table is not shared (execve unshares it first).</summary>
    public void CloseOnExec(Task task)
    {
        for (int i = 0; i < _files.Length; i++)
        {
            if (_files[i] is not null && GetBit(_closeOnExec, i))
            {
                Close(task, i);
            }
        }
    }

    /// <summary>Open numbers with their descriptions, ascending.</summary>
    public IEnumerable<(int Number, FileDescription File)> Open
    {
        get
        {
            for (int i = 0; i < _files.Length; i++)
            {
                if (_files[i] is { } file)
                {
                    yield return (i, file);
                }
            }
        }
    }

    /// <summary>A copy for fork or unshare(CLONE_FILES); reserved numbers are free in it. Numbers from <paramref name="limit"/> on are left out (close_range).</summary>
    public FdTable Clone(int limit = int.MaxValue)
    {
        var copy = new FdTable { _lowestFree = 0 };
        for (int i = Math.Min(_files.Length, limit) - 1; i >= 0; i--)
        {
            if (_files[i] is not { } file)
            {
                continue;
            }

            copy.Grow(i);
            file.AddReference();
            copy._files[i] = file;
            SetBit(copy._taken, i, true);
            SetBit(copy._closeOnExec, i, GetBit(_closeOnExec, i));
        }

        return copy;
    }

    /// <summary>One more task shares it.</summary>
    public void AddReference() => _references++;

    /// <summary>A task lets go of it; the last one closes everything.</summary>
    public void Release(Task task)
    {
        if (--_references > 0)
        {
            return;
        }

        for (int i = 0; i < _files.Length; i++)
        {
            if (_files[i] is { } file)
            {
                _files[i] = null;
                CloseFile(task, file);
            }
        }

        _taken.AsSpan().Clear();
        _lowestFree = 0;
    }

    /// <summary>filp_close(): POSIX locks of this process on the file, and what it asked for by F_NOTIFY, go with any descriptor of it.</summary>
    private void CloseFile(Task task, FileDescription file)
    {
        file.OnDescriptorClosed(task);
        if ((file.Flags & OpenFlags.O_PATH) == 0)
        {
            DirectoryNotification.Forget(file, this);
            file.Inode.LocksIfAny?.ReleasePosix(this);
        }

        file.Release();
    }

    private int FindFree(int from)
    {
        for (int word = from / 64; word < _taken.Length; word++)
        {
            ulong free = ~_taken[word];
            if (word == from / 64)
            {
                free &= ulong.MaxValue << (from % 64);
            }

            if (free != 0)
            {
                return (word * 64) + BitOperations.TrailingZeroCount(free);
            }
        }

        return Math.Max(from, _files.Length);
    }

    private void Free(int number)
    {
        SetBit(_taken, number, false);
        SetBit(_closeOnExec, number, false);
        _lowestFree = Math.Min(_lowestFree, number);
    }

    private void Grow(int number)
    {
        if (number < _files.Length)
        {
            return;
        }

        int size = (int)BitOperations.RoundUpToPowerOf2((uint)number + 1);
        Array.Resize(ref _files, size);
        Array.Resize(ref _taken, size / 64);
        Array.Resize(ref _closeOnExec, size / 64);
    }

    private static bool GetBit(ulong[] bits, int number) => (bits[number / 64] >> (number % 64) & 1) != 0;

    private static void SetBit(ulong[] bits, int number, bool value)
    {
        ulong bit = 1UL << (number % 64);
        bits[number / 64] = value ? bits[number / 64] | bit : bits[number / 64] & ~bit;
    }
}
