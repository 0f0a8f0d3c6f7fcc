using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using Carrel.Abi;

namespace Carrel.Kernel.Vfs;

/// <summary>An access control list, acl(5): fs/posix_acl.c. It does not change once it is in force.</summary>
public sealed class PosixAcl
{
    private const int HeaderSize = 4;
    private const int EntrySize = 8;
    private const uint Bits = Mode.S_IRWXO;

    private readonly Entry[] _entries;

    private PosixAcl(Entry[] entries) => _entries = entries;

    /// <summary>One line of the list; the id (of the kernel) counts for ACL_USER and ACL_GROUP.</summary>
    private readonly record struct Entry(ushort Tag, uint Permissions, uint Id);

    /// <summary>Bytes that it takes, for accounts.</summary>
    public long Cost => 128 + (_entries.Length * (long)EntrySize);

    /// <summary>The attribute is a list of the files' own (false) or the one that new files of a directory start with (true); null: neither.</summary>
    public static bool? IsDefaultName(string name) => name switch
    {
        Xattr.XATTR_NAME_POSIX_ACL_ACCESS => false,
        Xattr.XATTR_NAME_POSIX_ACL_DEFAULT => true,
        _ => null,
    };

    /// <summary>posix_acl_from_xattr(): null for a list of nothing.</summary>
    public static Result<PosixAcl?> Parse(ReadOnlySpan<byte> bytes, UserNamespace user)
    {
        if (bytes.Length == 0)
        {
            return Result<PosixAcl?>.Of(null);
        }

        if (bytes.Length < HeaderSize)
        {
            return Errno.EINVAL;
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes) != PosixAclTag.POSIX_ACL_XATTR_VERSION)
        {
            return Errno.EOPNOTSUPP;
        }

        if ((bytes.Length - HeaderSize) % EntrySize != 0)
        {
            return Errno.EINVAL;
        }

        var entries = new Entry[(bytes.Length - HeaderSize) / EntrySize];
        for (int i = 0; i < entries.Length; i++)
        {
            ReadOnlySpan<byte> at = bytes[(HeaderSize + (i * EntrySize))..];
            ushort tag = BinaryPrimitives.ReadUInt16LittleEndian(at);
            uint id = BinaryPrimitives.ReadUInt32LittleEndian(at[4..]);
            switch (tag)
            {
                case PosixAclTag.ACL_USER_OBJ or PosixAclTag.ACL_GROUP_OBJ or PosixAclTag.ACL_MASK or PosixAclTag.ACL_OTHER:
                    id = PosixAclTag.ACL_UNDEFINED_ID;
                    break;
                case PosixAclTag.ACL_USER or PosixAclTag.ACL_GROUP:
                    id = (tag == PosixAclTag.ACL_USER ? user.Uids : user.Gids).ToKernel(id);
                    if (id == IdMap.None)
                    {
                        return Errno.EINVAL;
                    }

                    break;
                default:
                    return Errno.EINVAL;
            }

            entries[i] = new Entry(tag, BinaryPrimitives.ReadUInt16LittleEndian(at[2..]), id);
        }

        return Result<PosixAcl?>.Of(entries.Length == 0 ? null : new PosixAcl(entries));
    }

    /// <summary>posix_acl_to_xattr().</summary>
    public byte[] ToBytes(UserNamespace user)
    {
        var bytes = new byte[HeaderSize + (_entries.Length * EntrySize)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, PosixAclTag.POSIX_ACL_XATTR_VERSION);
        for (int i = 0; i < _entries.Length; i++)
        {
            Entry entry = _entries[i];
            Span<byte> at = bytes.AsSpan(HeaderSize + (i * EntrySize));
            BinaryPrimitives.WriteUInt16LittleEndian(at, entry.Tag);
            BinaryPrimitives.WriteUInt16LittleEndian(at[2..], (ushort)entry.Permissions);
            BinaryPrimitives.WriteUInt32LittleEndian(at[4..], entry.Tag switch
            {
                PosixAclTag.ACL_USER => user.Uids.FromKernel(entry.Id),
                PosixAclTag.ACL_GROUP => user.Gids.FromKernel(entry.Id),
                _ => PosixAclTag.ACL_UNDEFINED_ID,
            });
        }

        return bytes;
    }

    /// <summary>posix_acl_valid(): owner, users, group, groups, mask and others, in this order; users and groups want a mask.</summary>
    public bool IsValid()
    {
        int state = PosixAclTag.ACL_USER_OBJ;
        bool needsMask = false;
        foreach (Entry entry in _entries)
        {
            (int wanted, int next) = entry.Tag switch
            {
                PosixAclTag.ACL_USER_OBJ => (PosixAclTag.ACL_USER_OBJ, PosixAclTag.ACL_USER),
                PosixAclTag.ACL_USER => (PosixAclTag.ACL_USER, PosixAclTag.ACL_USER),
                PosixAclTag.ACL_GROUP_OBJ => (PosixAclTag.ACL_USER, PosixAclTag.ACL_GROUP),
                PosixAclTag.ACL_GROUP => (PosixAclTag.ACL_GROUP, PosixAclTag.ACL_GROUP),
                PosixAclTag.ACL_MASK => (PosixAclTag.ACL_GROUP, PosixAclTag.ACL_OTHER),
                _ => (needsMask || state == PosixAclTag.ACL_OTHER ? PosixAclTag.ACL_OTHER : PosixAclTag.ACL_GROUP, 0),
            };
            if (state != wanted || (entry.Permissions & ~Bits) != 0)
            {
                return false;
            }

            needsMask |= entry.Tag is PosixAclTag.ACL_USER or PosixAclTag.ACL_GROUP;
            state = next;
        }

        return state == 0;
    }

    /// <summary>posix_acl_permission(): what the list says to somebody who is not stopped or let in by being the owner.</summary>
    public Errno Check(Credentials credentials, Inode inode, uint wanted)
    {
        bool isInGroup = false;
        foreach (Entry entry in _entries)
        {
            bool isMine = entry.Tag switch
            {
                PosixAclTag.ACL_USER_OBJ => credentials.Fsuid == inode.Uid,
                PosixAclTag.ACL_USER => credentials.Fsuid == entry.Id,
                PosixAclTag.ACL_GROUP_OBJ => credentials.IsInGroup(inode.Gid),
                PosixAclTag.ACL_GROUP => credentials.IsInGroup(entry.Id),
                PosixAclTag.ACL_OTHER => true,
                _ => false,
            };
            if (!isMine)
            {
                continue;
            }

            uint granted = entry.Permissions;
            if (entry.Tag is PosixAclTag.ACL_GROUP_OBJ or PosixAclTag.ACL_GROUP)
            {
                // Of several groups one that grants all is enough.
                isInGroup = true;
                if ((wanted & ~granted) != 0)
                {
                    continue;
                }
            }

            bool isMasked = entry.Tag is not (PosixAclTag.ACL_USER_OBJ or PosixAclTag.ACL_OTHER);
            granted &= isMasked && Find(PosixAclTag.ACL_MASK) is { } mask ? mask.Permissions : Bits;
            return (wanted & ~granted) == 0 && !(entry.Tag == PosixAclTag.ACL_OTHER && isInGroup) ? Errno.OK : Errno.EACCES;
        }

        return Errno.EACCES;
    }

    /// <summary>posix_acl_equiv_mode(): the permission bits that show it; it says no more than they do.</summary>
    public (uint Mode, bool IsMode) ToMode()
    {
        Entry group = Find(PosixAclTag.ACL_MASK) ?? Find(PosixAclTag.ACL_GROUP_OBJ) ?? default;
        uint mode = ((Find(PosixAclTag.ACL_USER_OBJ)?.Permissions ?? 0) << 6) | (group.Permissions << 3) | (Find(PosixAclTag.ACL_OTHER)?.Permissions ?? 0);
        return (mode, IsMode);
    }

    /// <summary>The list after a chmod (__posix_acl_chmod_masq()), or of a new file made with this mode under a default list (posix_acl_create_masq()).</summary>
    public PosixAcl WithMode(uint mode, bool keepsLess)
    {
        bool hasMask = Find(PosixAclTag.ACL_MASK) is not null;
        var entries = new List<Entry>(_entries.Length);
        foreach (Entry entry in _entries)
        {
            uint? bits = entry.Tag switch
            {
                PosixAclTag.ACL_USER_OBJ => mode >> 6,
                PosixAclTag.ACL_GROUP_OBJ when !hasMask => mode >> 3,
                PosixAclTag.ACL_MASK => mode >> 3,
                PosixAclTag.ACL_OTHER => mode,
                _ => null,
            };
            entries.Add(bits is { } set ? entry with { Permissions = set & (keepsLess ? entry.Permissions : Bits) } : entry);
        }

        return new PosixAcl([.. entries]);
    }

    /// <summary>posix_acl_create() and simple_acl_create(): what is made in a directory starts with its default list.</summary>
    public static void Inherit(Inode inode, Inode directory)
    {
        if (directory.DefaultAcl is not { } list || inode.IsSymlink)
        {
            return;
        }

        PosixAcl own = list.WithMode(inode.Mode, keepsLess: true);
        (uint mode, bool isMode) = own.ToMode();
        inode.Mode = (inode.Mode & ~Mode.S_IRWXUGO) | mode;
        inode.StoreAcls(isMode ? null : own, inode.IsDirectory ? list : null);
    }

    private bool IsMode => !Array.Exists(_entries, entry => entry.Tag is PosixAclTag.ACL_USER or PosixAclTag.ACL_GROUP or PosixAclTag.ACL_MASK);

    private Entry? Find(int tag)
    {
        foreach (Entry entry in _entries)
        {
            if (entry.Tag == tag)
            {
                return entry;
            }
        }

        return null;
    }
}
