using System.Globalization;
using System.Text;
using Carrel.Abi;
using Carrel.Kernel.Fs.Pseudo;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Fs.Procfs;

/// <summary>/proc/PID/fd and /proc/PID/fdinfo: one entry for each open descriptor.</summary>
internal sealed class ProcFdDirectory : Inode
{
    private readonly Task _target;
    private readonly bool _isInfo;

    public ProcFdDirectory(FileSystem fileSystem, Task target, bool isInfo)
        : base(fileSystem)
    {
        _target = target;
        _isInfo = isInfo;
        Number = fileSystem.NextInode();
        Mode = Abi.Mode.S_IFDIR | (isInfo ? 0x16du : 0x140u);
        AccessTime = ModifyTime = ChangeTime = BirthTime = fileSystem.Kernel.Clock.RealtimeSpec;
        Refresh();
    }

    public override Errno Refresh()
    {
        bool isDumpable = _target.Group.Dumpable == 1;
        Uid = isDumpable ? _target.Credentials.Euid : 0;
        Gid = isDumpable ? _target.Credentials.Egid : 0;
        return Errno.OK;
    }

    /// <summary>proc_setattr(): everything but the mode.</summary>
    public override Errno SetAttributes(Task? task, in AttributeChange change) => change.Mode is not null ? Errno.EPERM : base.SetAttributes(task, change);

    /// <summary>A process may always look at itself, whatever the mode says (proc_fd_permission()).</summary>
    public override Errno? CheckPermission(Task task, int mask) => task.Group == _target.Group ? Errno.OK : null;

    public override bool RevalidateChild(Dentry child) =>
        child.Inode is ProcFdEntry entry ? entry.IsCurrent : child.Inode is not null;

    public override Result<Inode> Lookup(string name)
    {
        if (!TryParse(name, out int number) || _target.Group.IsZombie || _target.Files.Find(number) is not { } file)
        {
            return Errno.ENOENT;
        }

        return _isInfo
            ? new TextInode(FileSystem, EntryNumber(number), 0x100, reader => ProcAccess.Check(reader, _target) is var e and not Errno.OK ? e : Describe(number))
            : new ProcFdEntry(FileSystem, _target, number, file, EntryNumber(number));
    }

    public override Errno ReadDirectory(Task task, ref long position, IDirectorySink sink)
    {
        if (_target.Group.IsZombie)
        {
            return Errno.OK;
        }

        foreach ((int number, FileDescription _) in _target.Files.Open)
        {
            if (number + 2 < position)
            {
                continue;
            }

            if (!sink.Add(number.ToString(CultureInfo.InvariantCulture), EntryNumber(number), (byte)(_isInfo ? Dirent.DT_REG : Dirent.DT_LNK), number + 3L))
            {
                return Errno.OK;
            }

            position = number + 3L;
        }

        return Errno.OK;
    }

    private ulong EntryNumber(int number) => (Number << 24) + ((ulong)number << 1) + (_isInfo ? 1u : 0);

    private static bool TryParse(string name, out int number) =>
        int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number.ToString(CultureInfo.InvariantCulture) == name;

    private Result<string> Describe(int number)
    {
        if (_target.Files.Find(number) is not { } file)
        {
            return Errno.ENOENT;
        }

        var text = new StringBuilder();
        OpenFlags flags = file.Flags | (_target.Files.IsCloseOnExec(number) ? OpenFlags.O_CLOEXEC : 0);
        int mount = file.Path.IsValid ? file.Path.Mount.Id : 0;
        text.Append(CultureInfo.InvariantCulture, $"pos:\t{file.Position}\nflags:\t0{System.Convert.ToString((int)flags, 8)}\nmnt_id:\t{mount}\nino:\t{file.Inode.Number}\n");
        file.AppendInfo(text);
        return text.ToString();
    }
}

/// <summary>/proc/PID/fd/N: leads to the open file itself.</summary>
internal sealed class ProcFdEntry : Inode
{
    private readonly Task _target;
    private readonly int _number;
    private readonly FileDescription _file;

    public ProcFdEntry(FileSystem fileSystem, Task target, int number, FileDescription file, ulong inode)
        : base(fileSystem)
    {
        _target = target;
        _number = number;
        _file = file;
        Number = inode;
        uint permissions = (file.IsReadable ? 0x140u : 0) | (file.IsWritable ? 0xc0u : 0);
        Mode = Abi.Mode.S_IFLNK | permissions;
        Uid = target.Credentials.Euid;
        Gid = target.Credentials.Egid;
        AccessTime = ModifyTime = ChangeTime = BirthTime = fileSystem.Kernel.Clock.RealtimeSpec;
    }

    /// <summary>The descriptor still is what it was when this entry was made.</summary>
    public bool IsCurrent => !_target.Group.IsZombie && _target.Files.Find(_number) == _file;

    public override long Size => 64;

    public override long Blocks => 0;

    public override Result<string> ReadLink(Task task)
    {
        Errno error = ProcAccess.Check(task, _target);
        if (error != Errno.OK)
        {
            return error;
        }

        return _target.Files.Find(_number) is { } file ? PathName.Format(file, task.Fs.Root) : Errno.ENOENT;
    }

    public override Result<Path>? FollowMagicLink(Task task)
    {
        Errno error = ProcAccess.Check(task, _target);
        if (error != Errno.OK)
        {
            return (Result<Path>)error;
        }

        return _target.Files.Find(_number) is { } file ? Result<Path>.Of(file.PathOrPseudo) : (Result<Path>)Errno.ENOENT;
    }
}
