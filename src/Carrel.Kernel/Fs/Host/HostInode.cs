using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Fs.Host;

/// <summary>A host file by the name it was last found under. This base serves devices, FIFOs and sockets: names without a function of the host's.</summary>
internal class HostInode : Inode
{
    private long _blocks;
    private long _freshIn = -1;
    private IReadOnlyList<string>? _xattrs;

    internal HostInode(HostFileSystem fileSystem, in HostAttributes attributes, HostDirectory? parent, string name)
        : base(fileSystem)
    {
        Host = fileSystem;
        Parent = parent;
        Name = name;
        Number = fileSystem.InodeNumber(attributes);
        HostNumber = attributes.Inode;
        HostDevice = attributes.Device;
        Apply(attributes);
    }

    internal HostFileSystem Host { get; }

    internal HostDirectory? Parent { get; private set; }

    internal string Name { get; private set; }

    internal ulong HostNumber { get; }

    internal ulong HostDevice { get; }

    internal HostLocation Location => new(Host.Tree, Parent is null ? "" : Parent.PathFromRoot, Name);

    public override long Blocks => _blocks;

    /// <summary>Still the file that these attributes describe.</summary>
    internal bool Is(in HostAttributes attributes) =>
        attributes.Inode == HostNumber && attributes.Device == HostDevice && (attributes.Mode & Abi.Mode.S_IFMT) == Type;

    internal void Apply(in HostAttributes attributes)
    {
        Mode = attributes.Mode;
        Uid = attributes.Uid;
        Gid = attributes.Gid;
        LinkCount = attributes.LinkCount;
        RawDevice = attributes.RawDevice;
        Size = attributes.Size;
        _blocks = attributes.Blocks;
        AccessTime = attributes.AccessTime;
        ModifyTime = attributes.ModifyTime;
        ChangeTime = attributes.ChangeTime;
        BirthTime = attributes.BirthTime;
        _freshIn = Host.Kernel.SyscallEntry.Serial;
    }

    internal virtual void MoveTo(HostDirectory parent, string name)
    {
        Parent = parent;
        Name = name;
    }

    /// <summary>What is known may be out of date from now on.</summary>
    internal void Outdate() => _freshIn = -1;

    public override Errno Refresh()
    {
        if (!Host.IsShared || _freshIn == Host.Kernel.SyscallEntry.Serial)
        {
            return Errno.OK;
        }

        Result<HostEntry> answer = Host.Files.Lookup(Location);
        if (answer.Succeeded && Is(answer.Value.Attributes))
        {
            Apply(answer.Value.Attributes);
        }

        // Gone under this name: an open file keeps its last known attributes.
        return answer.Error == Errno.EIO ? Errno.EIO : Errno.OK;
    }

    public override Errno SetAttributes(Task? task, in AttributeChange change)
    {
        Errno error = Host.Files.SetAttributes(Location, change);
        if (error == Errno.OK)
        {
            Outdate();
            error = Refresh();
        }

        return error;
    }

    // The host keeps the time of access of what it reads.
    public override void TouchAccess(Mount mount)
    {
    }

    public override Result<byte[]> GetXattr(string name)
    {
        Result<IReadOnlyList<string>> names = ListXattr();
        if (names.Failed)
        {
            return names.Error;
        }

        foreach (string each in names.Value)
        {
            if (each == name)
            {
                return Host.Files.GetXattr(Location, name);
            }
        }

        return Errno.ENODATA;
    }

    public override Errno SetXattr(string name, byte[] value, int flags) => Host.Files.SetXattr(Location, name, value, flags);

    public override Errno RemoveXattr(string name) => Host.Files.RemoveXattr(Location, name);

    public override Result<IReadOnlyList<string>> ListXattr()
    {
        if (_xattrs is not null && !Host.IsShared)
        {
            return Result<IReadOnlyList<string>>.Of(_xattrs);
        }

        Result<IReadOnlyList<string>> answer = Host.Files.ListXattr(Location);
        if (answer.Succeeded)
        {
            _xattrs = answer.Value;
        }

        return answer;
    }
}

/// <summary>A symlink; its text came with its attributes.</summary>
internal sealed class HostSymlink : HostInode
{
    private readonly string _target;

    internal HostSymlink(HostFileSystem fileSystem, in HostAttributes attributes, HostDirectory parent, string name, string target)
        : base(fileSystem, attributes, parent, name) => _target = target;

    public override Result<string> ReadLink(Task task) => _target;
}
