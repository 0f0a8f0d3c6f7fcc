using System;
using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Fs.Host;

/// <summary>A host directory.</summary>
internal sealed class HostDirectory : HostInode
{
    private string? _path;
    private HostListing? _listing;
    private DirectoryCookies? _cookies;
    private int _lookups;

    // Of its subdirectories so many have been read; and it was itself read by somebody who walks a tree.
    private int _childrenRead;
    private bool _isWalked;
    private bool _isRead, _isUsed;

    internal HostDirectory(HostFileSystem fileSystem, HostEntry entry, HostDirectory? parent, string name)
        : base(fileSystem, entry.Attributes, parent, name)
    {
        if (entry.Listing is { } listing)
        {
            entry.Listing = null;
            _isWalked = true;
            Keep(listing);
        }
    }

    /// <summary>The path from the served root, without a leading slash.</summary>
    internal string PathFromRoot
    {
        get
        {
            if (Parent is null)
            {
                return "";
            }

            if (_path is not null && !Host.IsShared)
            {
                return _path;
            }

            string above = Parent.PathFromRoot;
            return _path = above.Length == 0 ? Name : above + "/" + Name;
        }
    }

    /// <summary>Positions stay what they are, whoever else changes the directory.</summary>
    internal bool IsStable => !Host.IsShared;

    /// <summary>Forgets the listing.</summary>
    internal void DropListing() => _listing = null;

    /// <summary>Whether the listing was used since the last time this was asked.</summary>
    internal bool TakeUsedMark()
    {
        bool isUsed = _isUsed && _listing is not null;
        _isUsed = false;
        return isUsed;
    }

    public override Result<Inode> Lookup(string name)
    {
        if (!Host.IsShared && FindListed(name) is { } listed)
        {
            return listed.Failed ? listed.Error : Host.GetInode(this, name, listed.Value);
        }

        Result<HostEntry> answer = Host.Files.Lookup(new HostLocation(Host.Tree, PathFromRoot, name));
        return answer.Failed ? answer.Error : Host.GetInode(this, name, answer.Value);
    }

    /// <summary>The entry with its attributes, or ENOENT, from the listing; null if it takes a request.</summary>
    private Result<HostEntry>? FindListed(string name)
    {
        _isUsed = true;
        int index = _listing?.Find(name) ?? -1;
        if (_listing is not null && (index < 0 || _listing.EntryAt(index) is not null))
        {
            return index < 0 ? Errno.ENOENT : _listing.EntryAt(index)!;
        }

        if (++_lookups <= LookupsWorthListing || Fetch(HostListContent.Attributes) != Errno.OK)
        {
            return null;
        }

        index = _listing!.Find(name);
        if (index < 0)
        {
            return Errno.ENOENT;
        }

        if (_listing.EntryAt(index) is not { } known)
        {
            return null;
        }

        return known;
    }

    public override bool RevalidateChild(Dentry child)
    {
        if (!Host.IsShared)
        {
            return true;
        }

        Result<HostEntry> answer = Host.Files.Lookup(new HostLocation(Host.Tree, PathFromRoot, child.Name));
        if (answer.Failed)
        {
            return child.IsNegative && answer.Error == Errno.ENOENT;
        }

        if (child.Inode is not HostInode inode || !inode.Is(answer.Value.Attributes))
        {
            return false;
        }

        inode.Apply(answer.Value.Attributes);
        return true;
    }

    /// <summary>After so many single lookups, fetching all attributes at once is cheaper.</summary>
    private int LookupsWorthListing
    {
        get
        {
            const int AverageEntry = 32;
            const int ListedPerLookup = 16; // entries that a listing carries in the time of one lookup
            long entries = _listing?.Count ?? Size / AverageEntry;
            return (int)Math.Min(2 + (entries / ListedPerLookup), 64);
        }
    }

    /// <summary>
    /// For who walks the tree: the listings of this directory, of what lies below it and of what comes after it in the directory above. False if it must
    /// be fetched by itself.
    /// </summary>
    private bool TryFetchAhead()
    {
        const int MostAtOnce = 128;
        if (Parent?._listing is not { } above || Parent.Parent is null)
        {
            return false;
        }

        Span<int> wanted = stackalloc int[MostAtOnce];
        int own = above.Find(Name);
        int count = 0;
        for (int i = own; i >= 0 && i < above.Count && count < wanted.Length; i++)
        {
            if (above.EntryAt(i) is { Listing: null } entry && (entry.Attributes.Mode & Abi.Mode.S_IFMT) == Abi.Mode.S_IFDIR)
            {
                wanted[count++] = i;
            }
        }

        if (count == 0 || wanted[0] != own)
        {
            return false;
        }

        Result<int> came = Host.Files.ListBelow(Host.Tree, Parent.PathFromRoot, above, wanted[..count]);
        if (came.Failed || above.EntryAt(own)!.Listing is not { } listing)
        {
            return false;
        }

        Parent._isUsed = true;
        Host.Listings.Add(Parent, came.Value);
        above.EntryAt(own)!.Listing = null;
        Keep(listing);
        return true;
    }

    private Errno Fetch(HostListContent content)
    {
        Result<HostListing> answer = Host.Files.List(Host.Tree, PathFromRoot, content);
        if (answer.Failed)
        {
            return answer.Error;
        }

        if (Host.IsShared)
        {
            _listing = answer.Value;
            (_cookies ??= new DirectoryCookies()).Assign(_listing);
        }
        else
        {
            Keep(answer.Value);
        }

        return Errno.OK;
    }

    private void Keep(HostListing listing)
    {
        _listing = listing;
        Host.Listings.Add(this, listing.TotalCount);
    }

    /// <summary>
    /// Whoever reads a second subdirectory of a directory that has been read walks the tree, and will want what lies below as well.
    /// </summary>
    private bool IsWalk()
    {
        if (Host.IsShared || Parent is null or { _isRead: false })
        {
            return false;
        }

        return Parent._childrenRead++ > 0 || Parent._isWalked;
    }

    public override Errno ReadDirectory(Task task, ref long position, IDirectorySink sink)
    {
        // A reader of a shared directory that starts anew sees it as it is now; one that goes on keeps its cookies.
        if (Host.IsShared && position <= 2)
        {
            DropListing();
        }

        _isRead = _isUsed = true;
        if (_listing is null)
        {
            _isWalked |= IsWalk();
            if (!_isWalked || !TryFetchAhead())
            {
                Errno error = Fetch(_isWalked ? HostListContent.Below : HostListContent.Names);
                if (error != Errno.OK)
                {
                    return error;
                }
            }
        }

        HostListing listing = _listing!;
        for (int i = _cookies?.IndexOf(position) ?? (int)Math.Min(position - 2, listing.Count); i < listing.Count; i++)
        {
            int index = _cookies?.EntryAt(i) ?? i;
            long next = (_cookies?.CookieAt(i) ?? i + 2) + 1;
            if (!sink.Add(listing.NameAt(index), Host.InodeNumber(listing, index, HostDevice), listing.TypeAt(index), next))
            {
                return Errno.OK;
            }

            position = next;
        }

        return Errno.OK;
    }

    public override Result<Inode> Create(string name, uint mode, ulong device, Credentials credentials)
    {
        if ((mode & Abi.Mode.S_IFMT) is Abi.Mode.S_IFCHR or Abi.Mode.S_IFBLK)
        {
            return Errno.EPERM;
        }

        (uint inherited, uint gid) = Inherit(mode, credentials);
        return Made(name, Host.Files.Create(At(name), inherited, credentials.Fsuid, gid));
    }

    public override Result<Inode> CreateDirectory(string name, uint mode, Credentials credentials)
    {
        (uint inherited, uint gid) = Inherit(mode | Abi.Mode.S_IFDIR, credentials);
        return Made(name, Host.Files.CreateDirectory(At(name), inherited, credentials.Fsuid, gid));
    }

    public override Result<Inode> CreateSymlink(string name, string target, Credentials credentials)
    {
        (_, uint gid) = Inherit(Abi.Mode.S_IFLNK | 0x1ff, credentials);
        return Made(name, Host.Files.CreateSymlink(At(name), target, credentials.Fsuid, gid));
    }

    public override Errno Link(string name, Inode target)
    {
        if (target is not HostInode host)
        {
            return Errno.EXDEV;
        }

        Errno error = Host.Files.Link(At(name), host.Location);
        host.Outdate();
        return Changed(error);
    }

    public override Errno Unlink(string name, Inode child)
    {
        Errno error = Host.Files.Unlink(At(name), isDirectory: false);
        if (error == Errno.OK && child.LinkCount > 0)
        {
            child.LinkCount--;
        }

        return Changed(error);
    }

    public override Errno RemoveDirectory(string name, Inode child)
    {
        Errno error = Host.Files.Unlink(At(name), isDirectory: true);
        if (error == Errno.OK)
        {
            child.LinkCount = 0;
            child.IsDead = true;
        }

        return Changed(error);
    }

    public override Errno Rename(string oldName, Inode child, Inode newDirectory, string newName, Inode? replaced, uint flags)
    {
        if (newDirectory is not HostDirectory target)
        {
            return Errno.EXDEV;
        }

        Errno error = Host.Files.Rename(At(oldName), target.At(newName), flags);
        if (error == Errno.OK)
        {
            ((HostInode)child).MoveTo(target, newName);
            if ((flags & (uint)Renameat2.RENAME_EXCHANGE) != 0)
            {
                (replaced as HostInode)?.MoveTo(this, oldName);
            }
            else if (replaced is { LinkCount: > 0 })
            {
                replaced.LinkCount = replaced.IsDirectory ? 0 : replaced.LinkCount - 1;
            }

            target.Changed(error);
        }

        return Changed(error);
    }

    private HostLocation At(string name) => new(Host.Tree, PathFromRoot, name);

    private Result<Inode> Made(string name, Result<HostEntry> answer)
    {
        Changed(answer.Error);
        return answer.Failed ? answer.Error : Host.GetInode(this, name, answer.Value);
    }

    private Errno Changed(Errno error)
    {
        if (error == Errno.OK)
        {
            Outdate();
        }

        return error;
    }

    /// <summary>inode_init_owner(): a set-group-id directory passes its group on.</summary>
    private (uint Mode, uint Gid) Inherit(uint mode, Credentials credentials)
    {
        const uint ExecutableSetGid = Abi.Mode.S_ISGID | Abi.Mode.S_IXGRP;
        if ((Mode & Abi.Mode.S_ISGID) == 0)
        {
            return (mode, credentials.Fsgid);
        }

        if ((mode & Abi.Mode.S_IFMT) == Abi.Mode.S_IFDIR)
        {
            mode |= Abi.Mode.S_ISGID;
        }
        else if ((mode & ExecutableSetGid) == ExecutableSetGid && !credentials.IsInGroup(Gid) && !credentials.HasCapability(Capability.CAP_FSETID))
        {
            mode &= ~Abi.Mode.S_ISGID;
        }

        return (mode, Gid);
    }
}
