using System;
using System.Runtime.InteropServices;
using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Syscalls;

/// <summary>PR_SET_MM of prctl(2): where a program's parts lie, for those who restore or rename processes (prctl_set_mm() of kernel/sys.c).</summary>
internal static class PrctlMemory
{
    private const int MaxAuxv = 512;

    /// <summary>struct prctl_mm_map.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Map
    {
        public ulong StartCode, EndCode, StartData, EndData, StartBrk, Brk, StartStack, ArgStart, ArgEnd, EnvStart, EnvEnd, Auxv;
        public uint AuxvSize;
        public int ExeFd;
    }

    public static SyscallResult Run(Task task, ulong option, ulong address, ulong a4, ulong a5)
    {
        bool takesSize = option is PrctlOption.PR_SET_MM_AUXV or PrctlOption.PR_SET_MM_MAP or PrctlOption.PR_SET_MM_MAP_SIZE;
        if (a5 != 0 || (a4 != 0 && !takesSize))
        {
            return Errno.EINVAL;
        }

        switch (option)
        {
            case PrctlOption.PR_SET_MM_MAP_SIZE:
                return new UserPtr<uint>(address).TryWrite(task, (uint)Marshalled.Size<Map>()) ? 0 : Errno.EFAULT;
            case PrctlOption.PR_SET_MM_MAP:
                return SetAll(task, address, a4);
        }

        if (!task.IsCapable(Capability.CAP_SYS_RESOURCE))
        {
            return Errno.EPERM;
        }

        switch (option)
        {
            case PrctlOption.PR_SET_MM_EXE_FILE:
                return SetExecutable(task, (int)address);
            case PrctlOption.PR_SET_MM_AUXV:
                return SetAuxv(task, address, a4);
        }

        Map map = Current(task.Mm.Layout);
        if (!SetOne(ref map, option, address))
        {
            return Errno.EINVAL;
        }

        if (!IsValid(task.Mm, map))
        {
            return Errno.EINVAL;
        }

        bool isOnStack = option is PrctlOption.PR_SET_MM_START_STACK or (>= PrctlOption.PR_SET_MM_ARG_START and <= PrctlOption.PR_SET_MM_ENV_END);
        if (isOnStack && task.Mm.Vmas.Find(address) is null)
        {
            return Errno.EFAULT;
        }

        Apply(task.Mm.Layout, map);
        return 0;
    }

    private static bool SetOne(ref Map map, ulong option, ulong address)
    {
        switch (option)
        {
            case PrctlOption.PR_SET_MM_START_CODE:
                map.StartCode = address;
                return true;
            case PrctlOption.PR_SET_MM_END_CODE:
                map.EndCode = address;
                return true;
            case PrctlOption.PR_SET_MM_START_DATA:
                map.StartData = address;
                return true;
            case PrctlOption.PR_SET_MM_END_DATA:
                map.EndData = address;
                return true;
            case PrctlOption.PR_SET_MM_START_STACK:
                map.StartStack = address;
                return true;
            case PrctlOption.PR_SET_MM_START_BRK:
                map.StartBrk = address;
                return true;
            case PrctlOption.PR_SET_MM_BRK:
                map.Brk = address;
                return true;
            case PrctlOption.PR_SET_MM_ARG_START:
                map.ArgStart = address;
                return true;
            case PrctlOption.PR_SET_MM_ARG_END:
                map.ArgEnd = address;
                return true;
            case PrctlOption.PR_SET_MM_ENV_START:
                map.EnvStart = address;
                return true;
            case PrctlOption.PR_SET_MM_ENV_END:
                map.EnvEnd = address;
                return true;
            default:
                return false;
        }
    }

    private static SyscallResult SetAll(Task task, ulong address, ulong size)
    {
        if (size != (ulong)Marshalled.Size<Map>())
        {
            return Errno.EINVAL;
        }

        if (!new UserPtr<Map>(address).TryRead(task, out Map map))
        {
            return Errno.EFAULT;
        }

        if (!IsValid(task.Mm, map) || (map.AuxvSize != 0 && (map.Auxv == 0 || map.AuxvSize > MaxAuxv)))
        {
            return Errno.EINVAL;
        }

        // checkpoint_restore_ns_capable()
        if (map.ExeFd != -1)
        {
            if (!task.IsCapable(Capability.CAP_SYS_ADMIN) && !task.IsCapable(Capability.CAP_CHECKPOINT_RESTORE))
            {
                return Errno.EPERM;
            }

            SyscallResult result = SetExecutable(task, map.ExeFd);
            if (result.Failed)
            {
                return result;
            }
        }

        if (map.AuxvSize != 0)
        {
            SyscallResult result = SetAuxv(task, map.Auxv, map.AuxvSize);
            if (result.Failed)
            {
                return result;
            }
        }

        Apply(task.Mm.Layout, map);
        return 0;
    }

    /// <summary>validate_prctl_map_addr().</summary>
    private static bool IsValid(MemoryManager mm, in Map map)
    {
        Span<ulong> all =
        [
            map.StartCode, map.EndCode, map.StartData, map.EndData, map.StartBrk, map.Brk, map.StartStack, map.ArgStart, map.ArgEnd, map.EnvStart, map.EnvEnd,
        ];
        foreach (ulong address in all)
        {
            if (address < mm.AddressMinimum || address >= mm.AddressLimit)
            {
                return false;
            }
        }

        return map.StartCode < map.EndCode && map.StartData <= map.EndData && map.StartBrk <= map.Brk && map.ArgStart <= map.ArgEnd && map.EnvStart <= map.EnvEnd;
    }

    private static Map Current(MemoryLayout layout) => new()
    {
        StartCode = layout.CodeStart,
        EndCode = layout.CodeEnd,
        StartData = layout.DataStart,
        EndData = layout.DataEnd,
        StartBrk = layout.BreakStart,
        Brk = layout.Break,
        StartStack = layout.StackStart,
        ArgStart = layout.ArgStart,
        ArgEnd = layout.ArgEnd,
        EnvStart = layout.EnvStart,
        EnvEnd = layout.EnvEnd,
    };

    private static void Apply(MemoryLayout layout, in Map map)
    {
        layout.CodeStart = map.StartCode;
        layout.CodeEnd = map.EndCode;
        layout.DataStart = map.StartData;
        layout.DataEnd = map.EndData;
        layout.BreakStart = map.StartBrk;
        layout.Break = map.Brk;
        layout.StackStart = map.StartStack;
        layout.ArgStart = map.ArgStart;
        layout.ArgEnd = map.ArgEnd;
        layout.EnvStart = map.EnvStart;
        layout.EnvEnd = map.EnvEnd;
    }

    private static SyscallResult SetAuxv(Task task, ulong address, ulong size)
    {
        if (address == 0 || size > MaxAuxv)
        {
            return Errno.EINVAL;
        }

        var bytes = new byte[size];
        if (!task.Mm.Read(address, bytes))
        {
            return Errno.EFAULT;
        }

        task.Mm.Layout.Auxv = bytes;
        return 0;
    }

    /// <summary>prctl_set_mm_exe_file(): a regular file that may be executed.</summary>
    private static SyscallResult SetExecutable(Task task, int fd)
    {
        Result<FileDescription> file = task.Files.Get(new Fd(fd));
        if (file.Failed)
        {
            return file.Error;
        }

        if (!file.Value.Path.IsValid || !file.Value.Inode.IsRegular || (file.Value.Path.Mount.Flags & MountFlags.MS_NOEXEC) != 0)
        {
            return Errno.EACCES;
        }

        Errno error = Permission.Check(task, file.Value.Inode, Permission.MayExecute);
        if (error != Errno.OK)
        {
            return error;
        }

        task.Mm.Layout.Executable = file.Value;
        return 0;
    }
}
