using System;
using System.Runtime.InteropServices;
using Carrel.Abi;

namespace Carrel.Tests.Machine;

/// <summary>Executes the classic BPF that our filters consist of, as kernel/seccomp.c would.</summary>
internal static class BpfMachine
{
    internal static uint Run(SockFilter[] program, int number, uint architecture, ulong instruction, ulong[] arguments)
    {
        var data = new byte[64];
        BitConverter.TryWriteBytes(data.AsSpan(0), number);
        BitConverter.TryWriteBytes(data.AsSpan(4), architecture);
        BitConverter.TryWriteBytes(data.AsSpan(8), instruction);
        MemoryMarshal.AsBytes(arguments.AsSpan()).CopyTo(data.AsSpan(16));
        uint a = 0;
        for (int i = 0; ; i++)
        {
            SockFilter at = program[i];
            switch (at.Code)
            {
                case Bpf.BPF_LD | Bpf.BPF_W | Bpf.BPF_ABS:
                    a = BitConverter.ToUInt32(data, (int)at.K);
                    break;
                case Bpf.BPF_ALU | Bpf.BPF_AND | Bpf.BPF_K:
                    a &= at.K;
                    break;
                case Bpf.BPF_RET | Bpf.BPF_K:
                    return at.K;
                case Bpf.BPF_JMP | Bpf.BPF_JA:
                    i += (int)at.K;
                    break;
                case Bpf.BPF_JMP | Bpf.BPF_JEQ | Bpf.BPF_K:
                    i += a == at.K ? at.Jt : at.Jf;
                    break;
                case Bpf.BPF_JMP | Bpf.BPF_JGE | Bpf.BPF_K:
                    i += a >= at.K ? at.Jt : at.Jf;
                    break;
                case Bpf.BPF_JMP | Bpf.BPF_JGT | Bpf.BPF_K:
                    i += a > at.K ? at.Jt : at.Jf;
                    break;
                case Bpf.BPF_JMP | Bpf.BPF_JSET | Bpf.BPF_K:
                    i += (a & at.K) != 0 ? at.Jt : at.Jf;
                    break;
                default:
                    throw new InvalidOperationException($"instruction {at.Code:x}");
            }
        }
    }
}
