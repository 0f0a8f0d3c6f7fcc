using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Kernel.Vfs;
using Carrel.Machine;

namespace Carrel.Kernel.Fs.Host;

/// <summary>A regular host file. Its descriptor is held while somebody has it open or mapped, and for a while after.</summary>
internal sealed class HostRegular : HostInode
{
    private HostFile? _file;
    private bool _isWritable;
    private int _users;
    private LinkedListNode<HostRegular>? _idle;
    private HostPages? _pages;

    internal HostRegular(HostFileSystem fileSystem, in HostAttributes attributes, HostDirectory parent, string name)
        : base(fileSystem, attributes, parent, name)
    {
    }

    public override MemoryObject? Pages => _pages ??= new HostPages(this);

    public override Result<FileDescription> Open(Task task, Path path, OpenFlags flags)
    {
        bool isWriter = (flags & OpenFlags.O_ACCMODE) is OpenFlags.O_WRONLY or OpenFlags.O_RDWR;
        Errno error = Acquire(isWriter);
        return error != Errno.OK ? error : new HostRegularFile(this, flags) { Path = path };
    }

    /// <summary>Makes sure of a descriptor and counts a user. Each success is paired with <see cref="Release"/>.</summary>
    internal Errno Acquire(bool isWriter)
    {
        if (_file is null || (isWriter && !_isWritable))
        {
            Result<HostFile> answer = Host.Files.Open(Location, isWriter, out HostAttributes attributes);
            if (answer.Failed)
            {
                return answer.Error;
            }

            if (!Is(attributes))
            {
                // Another file has taken the name meanwhile.
                answer.Value.Dispose();
                return Errno.ESTALE;
            }

            _file?.Dispose();
            _file = answer.Value;
            _isWritable = isWriter;
            Apply(attributes);
        }

        if (_idle is not null)
        {
            Host.Handles.RemoveIdle(_idle);
            _idle = null;
        }

        _users++;
        return Errno.OK;
    }

    internal void Release()
    {
        if (--_users == 0)
        {
            // A file that is gone cannot be opened again under its name; nobody will ask for it.
            if (LinkCount == 0)
            {
                CloseHandle();
            }
            else
            {
                _idle = Host.Handles.AddIdle(this);
            }
        }
    }

    internal void CloseHandle()
    {
        if (_idle is not null)
        {
            Host.Handles.RemoveIdle(_idle);
            _idle = null;
        }

        _file?.Dispose();
        _file = null;
        _isWritable = false;
    }

    /// <summary>The descriptor; only between <see cref="Acquire"/> and <see cref="Release"/>.</summary>
    internal HostFile File => _file!;
}

/// <summary>The pages of a host file, straight from the host's page cache.</summary>
internal sealed class HostPages(HostRegular inode) : HostFileObject
{
    private int _mappings;
    private bool _isHeld;

    public override HostFile File => inode.File;

    public override long Size => inode.Size;

    // mmap(2) comes with an open description, so the descriptor is there and Acquire does not fail.
    public override void AddMapping()
    {
        if (_mappings++ == 0)
        {
            _isHeld = inode.Acquire(isWriter: false) == Errno.OK;
        }
    }

    public override void DropMapping()
    {
        if (--_mappings == 0 && _isHeld)
        {
            inode.Release();
        }
    }
}
