using Carrel.Abi;

namespace Carrel.Kernel.Vfs;

/// <summary>F_NOTIFY: signals for what happens in a directory, asked for through one description by one descriptor table (fs/notify/dnotify).</summary>
internal sealed class DirectoryNotification : NotifyMark
{
    private const uint AllEvents = Fcntl.DN_ACCESS | Fcntl.DN_MODIFY | Fcntl.DN_CREATE | Fcntl.DN_DELETE | Fcntl.DN_RENAME | Fcntl.DN_ATTRIB;

    private readonly FileDescription _file;
    private readonly FdTable _table;
    private int _fd;
    private bool _isMultishot;

    private DirectoryNotification(FileDescription file, FdTable table)
        : base(file.Inode)
    {
        (_file, _table) = (file, table);
        Attach();
        file.Kernel.InotifyAccount.DirectoryNotifications++;
    }

    /// <summary>fcntl_dirnotify(): ENOTDIR. Events are added to those asked for before; none at all ends it.</summary>
    internal static Errno Set(Task task, Fd fd, FileDescription file, uint events)
    {
        if ((events & ~Fcntl.DN_MULTISHOT) == 0)
        {
            Forget(file, task.Files);
            return Errno.OK;
        }

        if (!file.Inode.IsDirectory)
        {
            return Errno.ENOTDIR;
        }

        DirectoryNotification mark = Find(file, task.Files) ?? new DirectoryNotification(file, task.Files);
        file.Owner.SetIfNone(task);
        mark._fd = fd.Number;
        mark._isMultishot |= (events & Fcntl.DN_MULTISHOT) != 0;
        mark.Mask |= Convert(events & AllEvents);
        return Errno.OK;
    }

    /// <summary>dnotify_flush(): any descriptor of it that the table closes ends it.</summary>
    internal static void Forget(FileDescription file, FdTable table)
    {
        if (file.Inode.Watches is not null)
        {
            Find(file, table)?.Remove();
        }
    }

    internal override void Report(uint mask, uint cookie, string name)
    {
        const PollEvents Band = PollEvents.POLLIN | PollEvents.POLLRDNORM | PollEvents.POLLMSG;
        _file.Owner.Send(_file.Kernel, _fd, Si.POLL_MSG, Band);
        if (!_isMultishot)
        {
            Remove();
        }
    }

    internal override void Remove()
    {
        Detach();
        _file.Kernel.InotifyAccount.DirectoryNotifications--;
    }

    private static DirectoryNotification? Find(FileDescription file, FdTable table)
    {
        if (file.Inode.Watches is { } watches)
        {
            foreach (NotifyMark mark in watches.Marks)
            {
                if (mark is DirectoryNotification known && known._file == file && known._table == table)
                {
                    return known;
                }
            }
        }

        return null;
    }

    /// <summary>convert_arg().</summary>
    private static uint Convert(uint events)
    {
        uint mask = 0;
        mask |= (events & Fcntl.DN_ACCESS) != 0 ? Inotify.IN_ACCESS : 0;
        mask |= (events & Fcntl.DN_MODIFY) != 0 ? Inotify.IN_MODIFY : 0;
        mask |= (events & Fcntl.DN_ATTRIB) != 0 ? Inotify.IN_ATTRIB : 0;
        mask |= (events & Fcntl.DN_RENAME) != 0 ? NotifyMarks.Renamed : 0;
        mask |= (events & Fcntl.DN_CREATE) != 0 ? Inotify.IN_CREATE | Inotify.IN_MOVED_TO : 0;
        mask |= (events & Fcntl.DN_DELETE) != 0 ? Inotify.IN_DELETE | Inotify.IN_MOVED_FROM : 0;
        return mask;
    }
}
