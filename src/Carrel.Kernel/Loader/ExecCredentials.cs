using System;
using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Loader;

/// <summary>What a program's file makes of the caller's credentials (bprm_creds_from_file(), cap_bprm_creds_from_file()).</summary>
internal readonly record struct ExecCredentials(Credentials Value, bool IsSecure, bool ClearsPersonality)
{
    private const string CapabilityXattr = "security.capability";

    private readonly record struct FileCapabilities(ulong Permitted, ulong Inheritable, bool IsEffective);

    /// <summary>EPERM if the file's capabilities exceed the bounding set, and the file marks them effective.</summary>
    public static Result<ExecCredentials> Of(Task task, FileDescription file)
    {
        Credentials old = task.Credentials;
        Credentials with = ApplySetId(task, file, old);
        Result<FileCapabilities?> read = ReadCapabilities(file);
        if (read.Failed)
        {
            return read.Error;
        }

        ulong permitted = 0;
        bool isEffective = false;
        bool hasFileCapabilities = read.Value is not null;
        if (read.Value is { } capabilities)
        {
            permitted = (with.Bounding & capabilities.Permitted) | (with.Inheritable & capabilities.Inheritable);
            isEffective = capabilities.IsEffective;
            if (isEffective && (capabilities.Permitted & ~permitted) != 0)
            {
                return Errno.EPERM;
            }
        }

        ApplyRoot(old, with, hasFileCapabilities, ref permitted, ref isEffective);
        with = with with { Permitted = permitted };
        bool hasGained = (permitted & ~old.Permitted) != 0;
        bool isSetId = with.Euid != old.Uid || with.Egid != old.Gid;
        bool isUnsafe = task.NoNewPrivileges || IsFsShared(task);
        bool clears = hasGained || with.Euid != old.Euid || with.Egid != old.Egid;
        if ((isSetId || hasGained) && isUnsafe)
        {
            // Downgrade: no more than the caller had.
            if (!old.HasOwnCapability(Capability.CAP_SETUID) || task.NoNewPrivileges)
            {
                with = with with { Euid = with.Uid, Egid = with.Gid };
            }

            with = with with { Permitted = with.Permitted & old.Permitted };
        }

        with = with with { Suid = with.Euid, Fsuid = with.Euid, Sgid = with.Egid, Fsgid = with.Egid };
        ulong ambient = hasFileCapabilities || isSetId ? 0 : with.Ambient;
        permitted = with.Permitted | ambient;
        with = with with
        {
            Ambient = ambient,
            Permitted = permitted,
            Effective = isEffective ? permitted : ambient,
            SecureBits = with.SecureBits & ~SecureBits.SECBIT_KEEP_CAPS,
        };
        bool isSecure = isSetId || (with.Uid != with.RootUid && (isEffective || (permitted & ~ambient) != 0));
        return new ExecCredentials(with, isSecure, clears);
    }

    /// <summary>bprm_fill_uid(): set-user-ID and set-group-ID bits.</summary>
    private static Credentials ApplySetId(Task task, FileDescription file, Credentials credentials)
    {
        if ((file.Path.Mount.Flags & MountFlags.MS_NOSUID) != 0 || task.NoNewPrivileges)
        {
            return credentials;
        }

        Inode inode = file.Inode;
        UserNamespace user = credentials.User;
        if (user.Uids.FromKernel(inode.Uid) == IdMap.None || user.Gids.FromKernel(inode.Gid) == IdMap.None)
        {
            return credentials;
        }

        if ((inode.Mode & Mode.S_ISUID) != 0)
        {
            credentials = credentials with { Euid = inode.Uid };
        }

        const uint SetGroup = Mode.S_ISGID | Mode.S_IXGRP;
        return (inode.Mode & SetGroup) == SetGroup ? credentials with { Egid = inode.Gid } : credentials;
    }

    /// <summary>handle_privileged_root(): root gets everything in the bounding set.</summary>
    private static void ApplyRoot(Credentials old, Credentials with, bool hasFileCapabilities, ref ulong permitted, ref bool isEffective)
    {
        if ((old.SecureBits & SecureBits.SECBIT_NOROOT) != 0)
        {
            return;
        }

        // A set-user-ID root file with capabilities of its own gets only those, unless root runs it.
        uint root = with.RootUid;
        if (hasFileCapabilities && with.Euid == root && with.Uid != root)
        {
            return;
        }

        if (with.Euid == root || with.Uid == root)
        {
            permitted = old.Bounding | old.Inheritable;
        }

        isEffective |= with.Euid == root;
    }

    /// <summary>check_unsafe_exec(): root or working directory shared with another process.</summary>
    private static bool IsFsShared(Task task)
    {
        int own = 0;
        foreach (Task member in task.Group.Tasks)
        {
            own += member.Fs == task.Fs && !member.IsExiting ? 1 : 0;
        }

        return task.Fs.References > own;
    }

    /// <summary>get_file_caps().</summary>
    private static Result<FileCapabilities?> ReadCapabilities(FileDescription file)
    {
        if ((file.Path.Mount.Flags & MountFlags.MS_NOSUID) != 0)
        {
            return Result<FileCapabilities?>.Of(null);
        }

        Result<byte[]> raw = file.Inode.GetXattr(CapabilityXattr);
        if (raw.Failed)
        {
            return Result<FileCapabilities?>.Of(null);
        }

        byte[] bytes = raw.Value;
        uint magic = bytes.Length >= 4 ? BitConverter.ToUInt32(bytes) : 0;
        uint revision = magic & CapVersion.VFS_CAP_REVISION_MASK;
        int expected = revision switch
        {
            CapVersion.VFS_CAP_REVISION_1 => (int)CapVersion.XATTR_CAPS_SZ_1,
            CapVersion.VFS_CAP_REVISION_2 => (int)CapVersion.XATTR_CAPS_SZ_2,
            CapVersion.VFS_CAP_REVISION_3 => (int)CapVersion.XATTR_CAPS_SZ_3,
            _ => -1,
        };
        if (bytes.Length != expected)
        {
            return Errno.EINVAL;
        }

        // Revision 3 names the root user it is for; other user namespaces do not exist here.
        if (revision == CapVersion.VFS_CAP_REVISION_3 && BitConverter.ToUInt32(bytes, 20) != 0)
        {
            return Result<FileCapabilities?>.Of(null);
        }

        ulong permitted = BitConverter.ToUInt32(bytes, 4);
        ulong inheritable = BitConverter.ToUInt32(bytes, 8);
        if (revision != CapVersion.VFS_CAP_REVISION_1)
        {
            permitted |= (ulong)BitConverter.ToUInt32(bytes, 12) << 32;
            inheritable |= (ulong)BitConverter.ToUInt32(bytes, 16) << 32;
        }

        return Result<FileCapabilities?>.Of(new FileCapabilities(
            permitted & Credentials.AllCapabilities,
            inheritable & Credentials.AllCapabilities,
            (magic & CapVersion.VFS_CAP_FLAGS_EFFECTIVE) != 0));
    }
}
