using System;
using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Files;
using Carrel.Host;
using Carrel.Kernel;
using Carrel.Kernel.Fs.Host;
using Carrel.Kernel.Vfs;
using Carrel.Machine;

namespace Carrel.Sandbox;

/// <summary>The kernel's end of the socket to carrel-files. One request at a time, with the kernel lock held.</summary>
internal sealed class FilesClient(int socket) : IHostFiles
{
    private static readonly int s_requestHead = Wire.Size<FilesRequest>();
    private static readonly int s_replyHead = Wire.Size<FilesReply>();

    // No directory that a carrel can use is larger; a server gone mad must not fill our memory.
    private const int MaxEntries = 1 << 22;

    private readonly byte[] _request = new byte[FilesLimits.Request];
    private readonly byte[] _reply = new byte[FilesLimits.Reply];
    private uint _sequence;
    private bool _isBroken;

    public Result<HostEntry> Lookup(in HostLocation location) => AskForEntry(Request(FilesOperation.Lookup, location), location);

    public Result<HostListing> List(int tree, string directory, HostListContent content)
    {
        var listing = new HostListing();
        FilesRequest request = Request(FilesOperation.List, new HostLocation(tree, directory, "")) with { Flags = (uint)content };
        Errno error = Send(ref request, directory, "");
        while (error == Errno.OK)
        {
            error = Receive(request.Sequence, out FilesReply reply, out _);
            if (error != Errno.OK)
            {
                break;
            }

            ReadOnlySpan<byte> rest = Body(reply);
            if (!TryTakeEntries(ref rest, reply.Count, listing))
            {
                return Broken();
            }

            if (reply.More == 0)
            {
                return TryTakeSections(rest, reply.Sections, listing) ? listing : Broken();
            }
        }

        return error;
    }

    public Result<int> ListBelow(int tree, string directory, HostListing listing, ReadOnlySpan<int> entries)
    {
        int length = 0;
        foreach (int entry in entries)
        {
            length += listing.NameAt(entry).Length + 1;
        }

        var names = new byte[length];
        length = 0;
        foreach (int entry in entries)
        {
            listing.NameAt(entry).CopyTo(names.AsSpan(length));
            length += listing.NameAt(entry).Length + 1;
        }

        FilesRequest request = Request(FilesOperation.ListBelow, new HostLocation(tree, directory, ""));
        Errno error = Ask(ref request, new HostLocation(tree, directory, ""), default, out FilesReply reply, out _, names);
        if (error != Errno.OK)
        {
            return error;
        }

        int before = listing.TotalCount;
        return TryTakeSections(Body(reply), reply.Sections, listing, entries) ? listing.TotalCount - before : Broken();
    }

    /// <summary>Takes the listings of directories below; with <paramref name="asked"/>, of these entries of the main listing.</summary>
    private static bool TryTakeSections(ReadOnlySpan<byte> rest, int count, HostListing main, ReadOnlySpan<int> asked = default)
    {
        var all = new List<HostListing> { main };
        for (int i = 0; i < count; i++)
        {
            if (rest.Length < Wire.Size<FilesSection>())
            {
                return false;
            }

            FilesSection section = Wire.Read<FilesSection>(rest);
            rest = rest[Wire.Size<FilesSection>()..];
            if (section.Count < 0 || section.Count > rest.Length || section.NameBytes < 0 || section.NameBytes > rest.Length || section.Parent < 0)
            {
                return false;
            }

            var listing = new HostListing();
            listing.Reserve(section.Count, section.NameBytes);
            if (section.Parent == 0 && !asked.IsEmpty)
            {
                section.Entry = section.Entry >= 0 && section.Entry < asked.Length ? asked[section.Entry] : -1;
            }

            if (!TryTakeEntries(ref rest, section.Count, listing) || section.Parent >= all.Count || !all[section.Parent].Attach(section.Entry, listing))
            {
                return false;
            }

            all.Add(listing);
            main.AddTotal(listing.Count + 1);
        }

        return true;
    }

    public Result<HostFile> Open(in HostLocation location, bool isWritable, out HostAttributes attributes)
    {
        attributes = default;
        FilesRequest request = Request(isWritable ? FilesOperation.OpenWritable : FilesOperation.Open, location);
        Errno error = Ask(ref request, location, default, out FilesReply reply, out int fd);
        if (error != Errno.OK)
        {
            return error;
        }

        if (fd < 0 || Body(reply).Length < Wire.Size<FileAttributes>())
        {
            return Broken();
        }

        attributes = ToAttributes(Wire.Read<FileAttributes>(Body(reply)));
        return Result<HostFile>.Of(new HostFileHandle(fd));
    }

    public Result<byte[]> GetXattr(in HostLocation location, string name)
    {
        FilesRequest request = Request(FilesOperation.GetXattr, location);
        Errno error = Ask(ref request, location, new HostLocation(0, "", name), out FilesReply reply, out _);
        return error != Errno.OK ? error : Body(reply).ToArray();
    }

    public Result<IReadOnlyList<string>> ListXattr(in HostLocation location)
    {
        FilesRequest request = Request(FilesOperation.ListXattr, location);
        Errno error = Ask(ref request, location, default, out FilesReply reply, out _);
        return error != Errno.OK
            ? error
            : Result<IReadOnlyList<string>>.Of(Wire.ReadText(Body(reply)).Split('\0', StringSplitOptions.RemoveEmptyEntries));
    }

    public Result<StatFs> StatFs(int tree, string directory)
    {
        var location = new HostLocation(tree, directory, "");
        FilesRequest request = Request(FilesOperation.StatFs, location);
        Errno error = Ask(ref request, location, default, out FilesReply reply, out _);
        if (error != Errno.OK)
        {
            return error;
        }

        return Body(reply).Length < Wire.Size<StatFs>() ? Broken() : Wire.Read<StatFs>(Body(reply));
    }

    public Result<HostEntry> Create(in HostLocation location, uint mode, uint uid, uint gid) =>
        AskForEntry(Request(FilesOperation.Create, location) with { Mode = mode, Uid = uid, Gid = gid }, location);

    public Result<HostEntry> CreateDirectory(in HostLocation location, uint mode, uint uid, uint gid) =>
        AskForEntry(Request(FilesOperation.MakeDirectory, location) with { Mode = mode, Uid = uid, Gid = gid }, location);

    public Result<HostEntry> CreateSymlink(in HostLocation location, string target, uint uid, uint gid)
    {
        Result<HostEntry> made = AskForEntry(
            Request(FilesOperation.MakeSymlink, location) with { Mode = Mode.S_IFLNK, Uid = uid, Gid = gid }, location, new HostLocation(0, target, ""));
        return made;
    }

    public Errno Link(in HostLocation location, in HostLocation existing) => Do(Request(FilesOperation.MakeLink, location), location, existing);

    public Errno Unlink(in HostLocation location, bool isDirectory) =>
        Do(Request(isDirectory ? FilesOperation.RemoveDirectory : FilesOperation.Unlink, location), location);

    public Errno Rename(in HostLocation from, in HostLocation to, uint flags) => Do(Request(FilesOperation.Rename, from) with { Flags = flags }, from, to);

    public Errno SetAttributes(in HostLocation location, in AttributeChange change)
    {
        FilesRequest request = Request(FilesOperation.SetAttributes, location);
        AttributeMask mask = 0;
        if (change.Mode is { } mode)
        {
            mask |= AttributeMask.Mode;
            request.Mode = mode;
        }

        if (change.Uid is not null || change.Gid is not null)
        {
            mask |= AttributeMask.Owner;
            request.Uid = change.Uid ?? uint.MaxValue;
            request.Gid = change.Gid ?? uint.MaxValue;
        }

        if (change.Size is { } size)
        {
            mask |= AttributeMask.Size;
            request.Size = size;
        }

        if (change.AccessTime is { } accessed)
        {
            mask |= AttributeMask.AccessTime;
            (request.AccessSeconds, request.AccessNanoseconds) = (accessed.Sec, (uint)accessed.Nsec);
        }

        if (change.ModifyTime is { } modified)
        {
            mask |= AttributeMask.ModifyTime;
            (request.ModifySeconds, request.ModifyNanoseconds) = (modified.Sec, (uint)modified.Nsec);
        }

        request.Flags = (uint)mask;
        return mask == 0 ? Errno.OK : Do(request, location);
    }

    public Errno SetXattr(in HostLocation location, string name, byte[] value, int flags) =>
        Do(Request(FilesOperation.SetXattr, location) with { Flags = (uint)flags }, location, new HostLocation(0, "", name), value);

    public Errno RemoveXattr(in HostLocation location, string name) => Do(Request(FilesOperation.RemoveXattr, location), location, new HostLocation(0, "", name));

    public Errno Sync(in HostLocation location) => Do(Request(FilesOperation.Sync, location), location);

    /// <summary>Nothing more is wanted for a while: the server may give memory back.</summary>
    internal void Rest() => Do(Request(FilesOperation.Rest, default), new HostLocation(0, "", ""));

    private static FilesRequest Request(FilesOperation operation, in HostLocation location) => new() { Operation = operation, Tree = (ushort)location.Tree };

    private Result<HostEntry> AskForEntry(FilesRequest request, in HostLocation location, in HostLocation second = default)
    {
        Errno error = Ask(ref request, location, second, out FilesReply reply, out _);
        if (error != Errno.OK)
        {
            return error;
        }

        ReadOnlySpan<byte> body = Body(reply);
        int size = Wire.Size<FileAttributes>();
        if (body.Length < size)
        {
            return Broken();
        }

        HostAttributes attributes = ToAttributes(Wire.Read<FileAttributes>(body));
        return new HostEntry(attributes, body.Length > size ? Wire.ReadText(body[size..]) : null);
    }

    private Errno Do(FilesRequest request, in HostLocation location, in HostLocation second = default, byte[]? data = null) =>
        Ask(ref request, location, second, out _, out _, data);

    private Errno Ask(ref FilesRequest request, in HostLocation location, in HostLocation second, out FilesReply reply, out int fd, byte[]? data = null)
    {
        reply = default;
        fd = -1;
        Errno error = Send(ref request, location.Directory, location.Name, second.Directory ?? "", second.Name ?? "", data);
        return error != Errno.OK ? error : Receive(request.Sequence, out reply, out fd);
    }

    private Errno Send(ref FilesRequest request, string path, string name, string secondPath = "", string secondName = "", byte[]? data = null)
    {
        if (_isBroken)
        {
            return Errno.EIO;
        }

        if (path.Length >= FilesLimits.Path || secondPath.Length >= FilesLimits.Path || name.Length >= FilesLimits.Name || secondName.Length >= FilesLimits.Name)
        {
            return Errno.ENAMETOOLONG;
        }

        if (data is { Length: > FilesLimits.Data })
        {
            return Errno.E2BIG;
        }

        request.Sequence = ++_sequence;
        (request.PathLength, request.NameLength) = ((ushort)path.Length, (ushort)name.Length);
        (request.SecondPathLength, request.SecondNameLength) = ((ushort)secondPath.Length, (ushort)secondName.Length);
        request.DataLength = data?.Length ?? 0;
        Wire.Write(_request, request);
        int length = s_requestHead;
        length += Wire.WriteText(_request.AsSpan(length), path);
        length += Wire.WriteText(_request.AsSpan(length), name);
        length += Wire.WriteText(_request.AsSpan(length), secondPath);
        length += Wire.WriteText(_request.AsSpan(length), secondName);
        data?.CopyTo(_request, length);
        length += data?.Length ?? 0;
        while (true)
        {
            long n = HostSocket.Send(socket, _request.AsSpan(0, length), [], Sock.MSG_NOSIGNAL);
            if (n != -(int)Errno.EINTR)
            {
                return n == length ? Errno.OK : Broken();
            }
        }
    }

    private Errno Receive(uint sequence, out FilesReply reply, out int fd)
    {
        Span<int> fds = [-1];
        int received;
        long n;
        do
        {
            n = HostSocket.Receive(socket, _reply, fds, 0, out received);
        }
        while (n == -(int)Errno.EINTR);

        fd = received > 0 ? fds[0] : -1;
        reply = n >= s_replyHead ? Wire.Read<FilesReply>(_reply) : default;
        if (n < s_replyHead || reply.Sequence != sequence || reply.DataLength < 0 || reply.DataLength != n - s_replyHead)
        {
            return Broken();
        }

        return (Errno)reply.Error;
    }

    private Errno Broken()
    {
        _isBroken = true;
        return Errno.EIO;
    }

    private ReadOnlySpan<byte> Body(in FilesReply reply) => _reply.AsSpan(s_replyHead, reply.DataLength);

    private static bool TryTakeEntries(ref ReadOnlySpan<byte> rest, int count, HostListing listing)
    {
        int head = Wire.Size<FilesEntry>();
        for (int i = 0; i < count; i++)
        {
            if (rest.Length < head || listing.Count == MaxEntries)
            {
                return false;
            }

            FilesEntry raw = Wire.Read<FilesEntry>(rest);
            rest = rest[head..];
            int attributesLength = raw.HasAttributes != 0 ? Wire.Size<FileAttributes>() : 0;
            if (rest.Length < attributesLength + raw.NameLength + raw.TargetLength || raw.NameLength == 0)
            {
                return false;
            }

            ReadOnlySpan<byte> name = rest.Slice(attributesLength, raw.NameLength);
            HostEntry? entry = null;
            if (attributesLength > 0)
            {
                string? target = raw.TargetLength > 0 ? Wire.ReadText(rest.Slice(attributesLength + raw.NameLength, raw.TargetLength)) : null;
                entry = new HostEntry(ToAttributes(Wire.Read<FileAttributes>(rest)), target);
            }

            listing.Add(name, raw.Inode, raw.Type, entry);
            rest = rest[(attributesLength + raw.NameLength + raw.TargetLength)..];
        }

        return true;
    }

    private static HostAttributes ToAttributes(in FileAttributes wire) => new()
    {
        Inode = wire.Inode,
        Device = wire.Device,
        RawDevice = wire.RawDevice,
        Size = Math.Max(wire.Size, 0),
        Blocks = wire.Blocks,
        AccessTime = new TimeSpec { Sec = wire.AccessSeconds, Nsec = wire.AccessNanoseconds },
        ModifyTime = new TimeSpec { Sec = wire.ModifySeconds, Nsec = wire.ModifyNanoseconds },
        ChangeTime = new TimeSpec { Sec = wire.ChangeSeconds, Nsec = wire.ChangeNanoseconds },
        BirthTime = new TimeSpec { Sec = wire.BirthSeconds, Nsec = wire.BirthNanoseconds },
        Mode = wire.Mode,
        Uid = wire.Uid,
        Gid = wire.Gid,
        LinkCount = wire.LinkCount,
    };
}
