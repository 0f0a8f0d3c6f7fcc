using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Text;
using Carrel.Abi;
using Carrel.Kernel.Namespaces;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Syscalls;

/// <summary>What is mounted, asked for by the unique mount id of statx(2): statmount(2), listmount(2) (fs/namespace.c).</summary>
public static class MountQuerySyscalls
{
    private const uint SmallestRequest = 24;
    private const int PageSize = 4096;
    private const ulong ListRoot = ulong.MaxValue;

    /// <summary>struct mnt_id_req.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Request
    {
        public uint Size, NamespaceFd;
        public ulong MountId, Parameter, NamespaceId;
    }

    /// <summary>struct statmount without its strings.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 512)]
    private struct Answer
    {
        public uint Size, Options;
        public ulong Mask;
        public uint DeviceMajor, DeviceMinor;
        public long Magic;
        public uint SuperFlags, TypeName;
        public ulong Id, ParentId;
        public uint OldId, OldParentId;
        public ulong Attributes, Propagation, PeerGroup, Master, PropagateFrom;
        public uint Root, Point;
        public ulong NamespaceId;
    }

    /// <summary>STATMOUNT_*, in the order in which strings are laid out.</summary>
    [Flags]
    private enum Wanted : ulong
    {
        SuperBasic = 1, MountBasic = 2, PropagateFrom = 4, Root = 8, Point = 0x10, TypeName = 0x20, NamespaceId = 0x40, Options = 0x80,
        Strings = Root | Point | TypeName | Options,
    }

    [Syscall(Nr.statmount, Missing = "peer groups (0)")]
    public static SyscallResult StatMount(Task task, ulong request, ulong buffer, ulong size, uint flags)
    {
        if (flags != 0)
        {
            return Errno.EINVAL;
        }

        Result<Request> read = ReadRequest(task, request);
        Result<MountNamespace> tree = read.Failed ? read.Error : FindNamespace(task, read.Value);
        if (tree.Failed)
        {
            return tree.Error;
        }

        bool isOther = tree.Value != task.Namespaces.Mounts;
        if (read.Value.NamespaceId != 0 && isOther && !task.Credentials.HasCapabilityIn(tree.Value.Owner, Capability.CAP_SYS_ADMIN))
        {
            return Errno.EPERM;
        }

        var wanted = (Wanted)read.Value.Parameter;
        int known = Marshalled.Size<Answer>();
        if (!task.Mm.IsUserRange(buffer, size))
        {
            return Errno.EFAULT;
        }

        if ((wanted & Wanted.Strings) != 0 && size <= (ulong)known)
        {
            return Errno.EOVERFLOW;
        }

        if (Find(tree.Value, read.Value.MountId) is not { } mount)
        {
            return Errno.ENOENT;
        }

        Path root = isOther ? tree.Value.RootPath : task.Fs.Root;
        string place = PathName.Format(new Path(mount, mount.Root), root, out bool isReachable);
        if (!isReachable && !task.Credentials.HasCapabilityIn(tree.Value.Owner, Capability.CAP_SYS_ADMIN))
        {
            return Errno.EPERM;
        }

        Answer answer = Describe(mount, wanted);
        if ((wanted & Wanted.NamespaceId) != 0)
        {
            answer.Mask |= (ulong)Wanted.NamespaceId;
            answer.NamespaceId = tree.Value.Id;
        }

        var strings = new StringBuilder();
        bool fits = AddString(Wanted.TypeName, ref answer, ref answer.TypeName, () => mount.FileSystem.TypeName)
            && AddString(Wanted.Root, ref answer, ref answer.Root, () => PathName.InFileSystem(mount.Root))
            && AddString(Wanted.Point, ref answer, ref answer.Point, () => isReachable ? place : "")
            && AddString(Wanted.Options, ref answer, ref answer.Options, () => mount.FileSystem.Options.TrimStart(','));
        if (!fits)
        {
            return Errno.EOVERFLOW;
        }

        int copied = (int)Math.Min(size, (ulong)known);
        answer.Size = (uint)(copied + strings.Length);
        bool ok = (strings.Length == 0 || task.Mm.Write(buffer + (ulong)known, Encoding.Latin1.GetBytes(strings.ToString())))
            && task.Mm.Write(buffer, Marshalled.ToBytes(answer).AsSpan(0, copied));
        return ok ? 0 : Errno.EFAULT;

        // statmount_string(): an empty string first, which what was not asked for points to.
        bool AddString(Wanted which, ref Answer result, ref uint offset, Func<string> text)
        {
            if ((wanted & which) == 0)
            {
                return true;
            }

            if (strings.Length == 0)
            {
                strings.Append('\0');
            }

            uint start = (uint)strings.Length;
            strings.Append(text());
            if ((ulong)known + (ulong)strings.Length >= size)
            {
                return false;
            }

            strings.Append('\0');
            result.Mask |= (ulong)which;
            offset = start;
            return true;
        }
    }

    [Syscall(Nr.listmount)]
    public static SyscallResult ListMount(Task task, ulong request, ulong ids, ulong count, uint flags)
    {
        const uint Reverse = 1;
        const ulong MaxCount = 1000000;
        if ((flags & ~Reverse) != 0)
        {
            return Errno.EINVAL;
        }

        if (count > MaxCount)
        {
            return Errno.EOVERFLOW;
        }

        if (!task.Mm.IsUserRange(ids, count * sizeof(ulong)))
        {
            return Errno.EFAULT;
        }

        Result<Request> read = ReadRequest(task, request);
        if (read.Failed)
        {
            return read.Error;
        }

        ulong last = read.Value.Parameter;
        if (last != 0 && last <= Mount.UniqueIdBase)
        {
            return Errno.EINVAL;
        }

        Result<MountNamespace> tree = FindNamespace(task, read.Value);
        if (tree.Failed)
        {
            return tree.Error;
        }

        bool isOther = tree.Value != task.Namespaces.Mounts;
        bool isAdmin = task.Credentials.HasCapabilityIn(tree.Value.Owner, Capability.CAP_SYS_ADMIN);
        if (read.Value.NamespaceId != 0 && isOther && !isAdmin)
        {
            return Errno.ENOENT;
        }

        Path root = isOther ? tree.Value.RootPath : task.Fs.Root;
        Path from = root;
        if (read.Value.MountId != ListRoot)
        {
            if (Find(tree.Value, read.Value.MountId) is not { } top)
            {
                return Errno.ENOENT;
            }

            from = new Path(top, top.Root);
        }

        if (!IsReachable(from, root) && !isAdmin)
        {
            return Errno.EPERM;
        }

        List<ulong> found = List(tree.Value, from, read.Value.MountId, last, (flags & Reverse) != 0, (int)count);
        return found.Count == 0 || task.Mm.Write(ids, MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(found))) ? found.Count : Errno.EFAULT;
    }

    private static List<ulong> List(MountNamespace tree, Path from, ulong except, ulong last, bool isReverse, int count)
    {
        var all = new List<Mount>(tree.All);
        all.Sort((a, b) => isReverse ? b.Id.CompareTo(a.Id) : a.Id.CompareTo(b.Id));
        var found = new List<ulong>();
        foreach (Mount mount in all)
        {
            bool isBehind = last == 0 || (isReverse ? mount.UniqueId < last : mount.UniqueId > last);
            if (found.Count < count && isBehind && mount.UniqueId != except && IsReachable(new Path(mount, mount.Root), from))
            {
                found.Add(mount.UniqueId);
            }
        }

        return found;
    }

    /// <summary>copy_mnt_id_req()</summary>
    private static Result<Request> ReadRequest(Task task, ulong address)
    {
        if (!new UserPtr<uint>(address).TryRead(task, out uint size))
        {
            return Errno.EFAULT;
        }

        if (size > PageSize)
        {
            return Errno.E2BIG;
        }

        if (size < SmallestRequest)
        {
            return Errno.EINVAL;
        }

        Result<Request> read = UserStruct.Read<Request>(task, address, size);
        if (read.Failed)
        {
            return read;
        }

        return (read.Value.NamespaceFd != 0 && read.Value.NamespaceId != 0) || read.Value.MountId <= Mount.UniqueIdBase ? Errno.EINVAL : read;
    }

    /// <summary>grab_requested_mnt_ns(): by number, by descriptor, or the caller's own.</summary>
    private static Result<MountNamespace> FindNamespace(Task task, in Request request)
    {
        if (request.NamespaceId != 0)
        {
            foreach (ThreadGroup group in task.Kernel.Pids.Groups)
            {
                if (group.Leader.Namespaces?.Mounts is { } mounts && mounts.Id == request.NamespaceId)
                {
                    return mounts;
                }
            }

            return Errno.ENOENT;
        }

        if (request.NamespaceFd == 0)
        {
            return task.Namespaces.Mounts;
        }

        Result<FileDescription> file = task.Files.Get(new Fd((int)request.NamespaceFd));
        return file.Failed ? file.Error : file.Value is NamespaceFile { Namespace.Value: MountNamespace named } ? named : Errno.EINVAL;
    }

    private static Mount? Find(MountNamespace tree, ulong id)
    {
        foreach (Mount mount in tree.All)
        {
            if (mount.UniqueId == id)
            {
                return mount;
            }
        }

        return null;
    }

    private static bool IsReachable(Path path, Path root)
    {
        PathName.Format(path, root, out bool isReachable);
        return isReachable;
    }

    private static Answer Describe(Mount mount, Wanted wanted)
    {
        var answer = new Answer();
        if ((wanted & Wanted.SuperBasic) != 0)
        {
            answer.Mask |= (ulong)Wanted.SuperBasic;
            (answer.DeviceMajor, answer.DeviceMinor) = DeviceNumber.Split(mount.FileSystem.Device);
            answer.Magic = mount.FileSystem.Magic;
            answer.SuperFlags = mount.FileSystem.IsReadOnly ? (uint)MountFlags.MS_RDONLY : 0;
        }

        if ((wanted & Wanted.MountBasic) != 0)
        {
            Mount parent = mount.Parent ?? mount;
            answer.Mask |= (ulong)Wanted.MountBasic;
            (answer.Id, answer.ParentId) = (mount.UniqueId, parent.UniqueId);
            (answer.OldId, answer.OldParentId) = ((uint)mount.Id, (uint)parent.Id);
            answer.Attributes = (ulong)AttributesOf(mount.Flags);
            answer.Propagation = (ulong)mount.Propagation;
        }

        answer.Mask |= (ulong)(wanted & Wanted.PropagateFrom);
        return answer;
    }

    /// <summary>mnt_to_attr_flags()</summary>
    private static MountAttr AttributesOf(MountFlags flags)
    {
        MountAttr result = 0;
        (MountFlags Flag, MountAttr Attribute)[] pairs =
        [
            (MountFlags.MS_RDONLY, MountAttr.MOUNT_ATTR_RDONLY), (MountFlags.MS_NOSUID, MountAttr.MOUNT_ATTR_NOSUID), (MountFlags.MS_NODEV, MountAttr.MOUNT_ATTR_NODEV),
            (MountFlags.MS_NOEXEC, MountAttr.MOUNT_ATTR_NOEXEC), (MountFlags.MS_NODIRATIME, MountAttr.MOUNT_ATTR_NODIRATIME),
            (MountFlags.MS_NOSYMFOLLOW, MountAttr.MOUNT_ATTR_NOSYMFOLLOW),
        ];
        foreach ((MountFlags flag, MountAttr attribute) in pairs)
        {
            result |= (flags & flag) != 0 ? attribute : 0;
        }

        return result | ((flags & MountFlags.MS_NOATIME) != 0 ? MountAttr.MOUNT_ATTR_NOATIME : (flags & MountFlags.MS_RELATIME) != 0 ? 0 : MountAttr.MOUNT_ATTR_STRICTATIME);
    }
}
