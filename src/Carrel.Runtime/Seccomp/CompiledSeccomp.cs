using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using Carrel.Abi;

namespace Carrel.Runtime;

/// <summary>A seccomp profile as seccomp(2) takes it.</summary>
public sealed class CompiledSeccomp
{
    /// <summary>The instructions, struct sock_filter[], in host byte order: 8 bytes each.</summary>
    public required ReadOnlyMemory<byte> Program { get; init; }

    /// <summary>Flags for SECCOMP_SET_MODE_FILTER; with <see cref="HasNotify"/> SECCOMP_FILTER_FLAG_NEW_LISTENER is among them.</summary>
    public required uint Flags { get; init; }

    /// <summary>Loading the filter returns a listener, which <see cref="SeccompNotifySender"/> sends to linux.seccomp.listenerPath.</summary>
    public required bool HasNotify { get; init; }

    /// <summary>Calls of the profile that are in no table of ours: their rules are left out, as by runc. For a debug message.</summary>
    public required IReadOnlyList<string> UnknownNames { get; init; }

    /// <summary>Instructions of the program.</summary>
    public int Length => Program.Length / 8;

    /// <summary>Whether the filter lets this call of a 64-bit process pass. Runs it as the kernel does; an instruction that the compiler does not make is a no.</summary>
    internal bool Allows(int number, params ReadOnlySpan<long> arguments)
    {
        ReadOnlySpan<byte> program = Program.Span;
        uint accumulator = 0;
        for (int at = 0; at < Length; at++)
        {
            ReadOnlySpan<byte> instruction = program.Slice(at * 8, 8); // struct sock_filter
            uint k = BinaryPrimitives.ReadUInt32LittleEndian(instruction[4..]);
            ushort code = BinaryPrimitives.ReadUInt16LittleEndian(instruction);
            switch (code)
            {
                case Bpf.BPF_LD | Bpf.BPF_W | Bpf.BPF_ABS:
                    accumulator = Load(k, number, arguments);
                    break;
                case Bpf.BPF_ALU | Bpf.BPF_AND | Bpf.BPF_K:
                    accumulator &= k;
                    break;
                case Bpf.BPF_RET | Bpf.BPF_K:
                    return k is Carrel.Abi.Seccomp.SECCOMP_RET_ALLOW or Carrel.Abi.Seccomp.SECCOMP_RET_LOG;
                case Bpf.BPF_JMP | Bpf.BPF_JA:
                    at += (int)Math.Min(k, (uint)Length);
                    break;
                case Bpf.BPF_JMP | Bpf.BPF_JEQ | Bpf.BPF_K:
                    at += instruction[accumulator == k ? 2 : 3];
                    break;
                case Bpf.BPF_JMP | Bpf.BPF_JGT | Bpf.BPF_K:
                    at += instruction[accumulator > k ? 2 : 3];
                    break;
                case Bpf.BPF_JMP | Bpf.BPF_JGE | Bpf.BPF_K:
                    at += instruction[accumulator >= k ? 2 : 3];
                    break;
                case Bpf.BPF_JMP | Bpf.BPF_JSET | Bpf.BPF_K:
                    at += instruction[(accumulator & k) != 0 ? 2 : 3];
                    break;
                default:
                    return false;
            }
        }

        return false;
    }

    // struct seccomp_data
    private static uint Load(uint offset, int number, ReadOnlySpan<long> arguments)
    {
        int argument = ((int)offset - 16) / 8;
        return offset switch
        {
            0 => (uint)number,
            4 => AuditArch.AUDIT_ARCH_X86_64,
            < 16 => 0,
            _ => argument < arguments.Length ? (uint)(arguments[argument] >> (offset % 8 == 0 ? 0 : 32)) : 0,
        };
    }
}
