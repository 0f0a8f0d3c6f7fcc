using Carrel.Abi;

namespace Carrel.Kernel.Vfs;

/// <summary>The checked arguments of an open call (Linux's open_flags, made by build_open_flags() in fs/open.c).</summary>
/// <param name="Flags">Without O_CLOEXEC.</param>
/// <param name="Mode">Permission bits of a file to be made, umask not yet applied.</param>
/// <param name="AccessMask">What the file's permissions must allow (acc_mode).</param>
/// <param name="Resolve">RESOLVE_*.</param>
/// <param name="IsCloseOnExec">O_CLOEXEC.</param>
public readonly record struct OpenRequest(OpenFlags Flags, uint Mode, int AccessMask, ResolveFlags Resolve, bool IsCloseOnExec)
{
    private const OpenFlags PathFlags = OpenFlags.O_DIRECTORY | OpenFlags.O_NOFOLLOW | OpenFlags.O_PATH | OpenFlags.O_CLOEXEC;

    private const OpenFlags ValidFlags = OpenFlags.O_ACCMODE | OpenFlags.O_CREAT | OpenFlags.O_EXCL | OpenFlags.O_NOCTTY | OpenFlags.O_TRUNC
        | OpenFlags.O_APPEND | OpenFlags.O_NONBLOCK | OpenFlags.O_SYNC | OpenFlags.FASYNC | OpenFlags.O_DIRECT | OpenFlags.O_LARGEFILE
        | OpenFlags.O_DIRECTORY | OpenFlags.O_NOFOLLOW | OpenFlags.O_NOATIME | OpenFlags.O_CLOEXEC | OpenFlags.O_PATH | OpenFlags.__O_TMPFILE;

    private const ResolveFlags ValidResolve = ResolveFlags.RESOLVE_NO_XDEV | ResolveFlags.RESOLVE_NO_MAGICLINKS | ResolveFlags.RESOLVE_NO_SYMLINKS
        | ResolveFlags.RESOLVE_BENEATH | ResolveFlags.RESOLVE_IN_ROOT | ResolveFlags.RESOLVE_CACHED;

    public bool IsCreating => (Flags & OpenFlags.O_CREAT) != 0;

    public bool IsExclusive => (Flags & OpenFlags.O_EXCL) != 0;

    public bool IsTruncating => (Flags & OpenFlags.O_TRUNC) != 0;

    public bool Follows => (Flags & OpenFlags.O_NOFOLLOW) == 0 && !(IsCreating && IsExclusive);

    /// <summary>open(2), openat(2), creat(2): unknown flags and superfluous mode bits are ignored (build_open_how()).</summary>
    public static Result<OpenRequest> FromOpen(OpenFlags flags, uint mode)
    {
        flags = (flags & ValidFlags) | OpenFlags.O_LARGEFILE;
        if ((flags & OpenFlags.O_PATH) != 0)
        {
            flags &= PathFlags;
        }

        bool makes = (flags & (OpenFlags.O_CREAT | OpenFlags.__O_TMPFILE)) != 0;
        return Build((ulong)(uint)flags, makes ? mode & 0xfff : 0, 0);
    }

    /// <summary>openat2(2): everything unknown is EINVAL.</summary>
    public static Result<OpenRequest> FromHow(in OpenHow how) =>
        Build((how.Flags & (ulong)OpenFlags.O_PATH) != 0 ? how.Flags : how.Flags | (ulong)OpenFlags.O_LARGEFILE, how.Mode, (ResolveFlags)how.Resolve);

    private static Result<OpenRequest> Build(ulong rawFlags, ulong mode, ResolveFlags resolve)
    {
        const ResolveFlags Scopes = ResolveFlags.RESOLVE_BENEATH | ResolveFlags.RESOLVE_IN_ROOT;
        if ((rawFlags & ~(ulong)(uint)ValidFlags) != 0 || (resolve & ~ValidResolve) != 0 || (resolve & Scopes) == Scopes)
        {
            return Errno.EINVAL;
        }

        var flags = (OpenFlags)(uint)rawFlags;
        bool isTemporary = (flags & OpenFlags.__O_TMPFILE) != 0;
        bool makes = isTemporary || (flags & OpenFlags.O_CREAT) != 0;
        if (makes ? (mode & ~0xfffUL) != 0 : mode != 0)
        {
            return Errno.EINVAL;
        }

        const OpenFlags CreateDirectory = OpenFlags.O_DIRECTORY | OpenFlags.O_CREAT;
        if ((flags & CreateDirectory) == CreateDirectory)
        {
            return Errno.EINVAL;
        }

        int mask = (flags & OpenFlags.O_ACCMODE) switch
        {
            OpenFlags.O_RDONLY => Permission.MayRead,
            OpenFlags.O_WRONLY => Permission.MayWrite,
            _ => Permission.MayRead | Permission.MayWrite,
        };
        if (isTemporary && ((flags & OpenFlags.O_DIRECTORY) == 0 || (mask & Permission.MayWrite) == 0))
        {
            return Errno.EINVAL;
        }

        if ((flags & OpenFlags.O_PATH) != 0)
        {
            if ((flags & ~PathFlags) != 0)
            {
                return Errno.EINVAL;
            }

            mask = 0;
        }

        if ((flags & OpenFlags.__O_SYNC) != 0)
        {
            flags |= OpenFlags.O_DSYNC;
        }

        if ((flags & OpenFlags.O_TRUNC) != 0)
        {
            mask |= Permission.MayWrite;
        }

        if ((resolve & ResolveFlags.RESOLVE_CACHED) != 0 && (makes || (flags & OpenFlags.O_TRUNC) != 0))
        {
            return Errno.EAGAIN;
        }

        return new OpenRequest(flags & ~OpenFlags.O_CLOEXEC, (uint)mode, mask, resolve, (flags & OpenFlags.O_CLOEXEC) != 0);
    }
}
