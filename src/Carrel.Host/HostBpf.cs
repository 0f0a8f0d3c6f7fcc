using System;
using System.Runtime.InteropServices;
using Carrel.Abi;

namespace Carrel.Host;

/// <summary>bpf(2), as far as the device programs of cgroup v2 need it. Failures are a negative errno.</summary>
public static unsafe class HostBpf
{
    private const int BPF_PROG_LOAD = 5, BPF_PROG_ATTACH = 8, BPF_PROG_DETACH = 9, BPF_PROG_GET_FD_BY_ID = 13, BPF_PROG_QUERY = 16;
    private const uint BPF_PROG_TYPE_CGROUP_DEVICE = 15, BPF_CGROUP_DEVICE = 6, BPF_F_ALLOW_MULTI = 2, BPF_F_REPLACE = 4;
    private const int InstructionSize = 8;
    private const int MaxAttached = 64; // BPF_CGROUP_MAX_PROGS

    /// <summary>Loads a program of BPF_PROG_TYPE_CGROUP_DEVICE.</summary>
    /// <param name="instructions">struct bpf_insn, one after the other.</param>
    /// <returns>Its descriptor.</returns>
    public static int LoadDeviceProgram(ReadOnlySpan<byte> instructions)
    {
        fixed (byte* p = instructions)
        fixed (byte* license = "GPL\0"u8)
        {
            var load = new ProgLoad { Type = BPF_PROG_TYPE_CGROUP_DEVICE, Count = (uint)(instructions.Length / InstructionSize), Instructions = (ulong)p, License = (ulong)license };
            return Call(BPF_PROG_LOAD, &load, sizeof(ProgLoad));
        }
    }

    /// <summary>
    /// Makes a program the only device program of a cgroup. One that is there is replaced in one step (Linux 5.6); of several, which some other tool attached,
    /// none is removed before ours holds.
    /// </summary>
    public static int ReplaceDeviceProgram(int cgroup, int program)
    {
        uint* ids = stackalloc uint[MaxAttached];
        var query = new ProgQuery { Cgroup = (uint)cgroup, Type = BPF_CGROUP_DEVICE, Ids = (ulong)ids, Count = MaxAttached };
        int result = Call(BPF_PROG_QUERY, &query, sizeof(ProgQuery));
        if (result < 0)
        {
            return result;
        }

        int* olds = stackalloc int[MaxAttached];
        int count = 0;
        for (int i = 0; i < Math.Min(query.Count, MaxAttached); i++)
        {
            var byId = new ProgById { Id = ids[i] };
            int old = Call(BPF_PROG_GET_FD_BY_ID, &byId, sizeof(ProgById));
            if (old >= 0)
            {
                olds[count++] = old;
            }
        }

        var attach = new ProgAttach { Cgroup = (uint)cgroup, Program = (uint)program, Type = BPF_CGROUP_DEVICE, Flags = BPF_F_ALLOW_MULTI };
        bool replaces = count == 1;
        if (replaces)
        {
            attach.Flags |= BPF_F_REPLACE;
            attach.Replaced = (uint)olds[0];
        }

        result = Call(BPF_PROG_ATTACH, &attach, sizeof(ProgAttach));
        if (result == -(int)Errno.EINVAL && replaces)
        {
            replaces = false;
            attach.Flags = BPF_F_ALLOW_MULTI;
            attach.Replaced = 0;
            result = Call(BPF_PROG_ATTACH, &attach, sizeof(ProgAttach));
        }

        for (int i = 0; i < count; i++)
        {
            var detach = new ProgAttach { Cgroup = (uint)cgroup, Program = (uint)olds[i], Type = BPF_CGROUP_DEVICE };
            int detached = result < 0 || replaces ? 0 : Call(BPF_PROG_DETACH, &detach, sizeof(ProgAttach));
            result = detached < 0 ? detached : result;
            HostFd.Close(olds[i]);
        }

        return result;
    }

    private static int Call(int command, void* attributes, int size) => (int)HostCall.Invoke(Nr.bpf, command, (nint)attributes, size);

    /// <summary>union bpf_attr for BPF_PROG_LOAD, the part of Linux 4.15.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct ProgLoad
    {
        public uint Type;
        public uint Count;
        public ulong Instructions;
        public ulong License;
        public uint LogLevel;
        public uint LogSize;
        public ulong Log;
        public uint KernelVersion;
        public uint Flags;
    }

    /// <summary>union bpf_attr for BPF_PROG_ATTACH and BPF_PROG_DETACH.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct ProgAttach
    {
        public uint Cgroup;
        public uint Program;
        public uint Type;
        public uint Flags;
        public uint Replaced;
    }

    /// <summary>union bpf_attr for BPF_PROG_QUERY.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct ProgQuery
    {
        public uint Cgroup;
        public uint Type;
        public uint Flags;
        public uint AttachFlags;
        public ulong Ids;
        public uint Count;
        public uint Padding;
    }

    /// <summary>union bpf_attr for BPF_PROG_GET_FD_BY_ID.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct ProgById
    {
        public uint Id;
        public uint Next;
        public uint Flags;
    }
}
