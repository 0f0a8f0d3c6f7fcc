using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using Carrel.Abi;

namespace Carrel.Tests.Runtime;

/// <summary>What a filter is asked about: struct seccomp_data without the instruction pointer.</summary>
internal sealed record FilterCall(uint Architecture, uint Number, ulong[] Arguments)
{
    public static FilterCall X64(uint number, params ulong[] arguments) => new(AuditArch.AUDIT_ARCH_X86_64, number, Pad(arguments));

    public static FilterCall X86(uint number, params ulong[] arguments) => new(AuditArch.AUDIT_ARCH_I386, number, Pad(arguments));

    public static FilterCall X32(uint number, params ulong[] arguments) => X64(number | AuditArch.__X32_SYSCALL_BIT, arguments);

    public override string ToString() => $"arch {Architecture:x} nr {Number:x} args {string.Join(' ', Array.ConvertAll(Arguments, argument => argument.ToString("x")))}";

    private static ulong[] Pad(ulong[] arguments)
    {
        Array.Resize(ref arguments, 6);
        return arguments;
    }
}

/// <summary>Runs seccomp filters as the kernel does, and insists on what the kernel insists on (bpf_check_classic, seccomp_check_filter).</summary>
internal sealed class BpfMachine
{
    private readonly SockFilter[] _program;

    public BpfMachine(ReadOnlySpan<byte> program)
    {
        if (program.Length is 0 or > 8 * Bpf.BPF_MAXINSNS || program.Length % 8 != 0)
        {
            throw new InvalidOperationException($"{program.Length} bytes are no filter");
        }

        _program = MemoryMarshal.Cast<byte, SockFilter>(program).ToArray();
        for (int i = 0; i < _program.Length; i++)
        {
            SockFilter instruction = _program[i];
            bool isFine = instruction.Code switch
            {
                Bpf.BPF_LD | Bpf.BPF_W | Bpf.BPF_ABS => instruction.K % 4 == 0 && instruction.K < 64,
                Bpf.BPF_ALU | Bpf.BPF_AND | Bpf.BPF_K => true,
                Bpf.BPF_RET | Bpf.BPF_K => true,
                Bpf.BPF_JMP | Bpf.BPF_JA => i + 1 + instruction.K < _program.Length,
                Bpf.BPF_JMP | Bpf.BPF_JEQ | Bpf.BPF_K or Bpf.BPF_JMP | Bpf.BPF_JGT | Bpf.BPF_K or Bpf.BPF_JMP | Bpf.BPF_JGE | Bpf.BPF_K or Bpf.BPF_JMP | Bpf.BPF_JSET | Bpf.BPF_K
                    => i + 1 + Math.Max(instruction.Jt, instruction.Jf) < _program.Length,
                _ => false,
            };
            if (!isFine)
            {
                throw new InvalidOperationException($"instruction {i} (code {instruction.Code:x}) is refused by the kernel");
            }
        }

        if (_program[^1].Code != (Bpf.BPF_RET | Bpf.BPF_K))
        {
            throw new InvalidOperationException("the program does not end with a return");
        }
    }

    public int Length => _program.Length;

    public uint Run(FilterCall call) => Run(call, out _, out _);

    /// <param name="steps">Instructions executed, the return included.</param>
    /// <param name="readsArguments">Something else than architecture and number was loaded: the kernel cannot keep the result in its bitmap.</param>
    public uint Run(FilterCall call, out int steps, out bool readsArguments)
    {
        uint accumulator = 0;
        readsArguments = false;
        steps = 0;
        for (int at = 0; ; at++)
        {
            SockFilter instruction = _program[at];
            steps++;
            switch (instruction.Code)
            {
                case Bpf.BPF_LD | Bpf.BPF_W | Bpf.BPF_ABS:
                    accumulator = Load(call, instruction.K);
                    readsArguments |= instruction.K > 4;
                    break;
                case Bpf.BPF_ALU | Bpf.BPF_AND | Bpf.BPF_K:
                    accumulator &= instruction.K;
                    break;
                case Bpf.BPF_RET | Bpf.BPF_K:
                    return instruction.K;
                case Bpf.BPF_JMP | Bpf.BPF_JA:
                    at += (int)instruction.K;
                    break;
                default:
                    bool holds = (instruction.Code & 0xF0) switch
                    {
                        Bpf.BPF_JEQ => accumulator == instruction.K,
                        Bpf.BPF_JGT => accumulator > instruction.K,
                        Bpf.BPF_JGE => accumulator >= instruction.K,
                        _ => (accumulator & instruction.K) != 0,
                    };
                    at += holds ? instruction.Jt : instruction.Jf;
                    break;
            }
        }
    }

    /// <summary>The instructions of the longest path.</summary>
    public int LongestPath()
    {
        var longest = new int[_program.Length];
        for (int i = _program.Length - 1; i >= 0; i--)
        {
            SockFilter instruction = _program[i];
            longest[i] = 1 + (instruction.Code & 7) switch
            {
                Bpf.BPF_RET => 0,
                Bpf.BPF_JMP when (instruction.Code & 0xF0) == Bpf.BPF_JA => longest[i + 1 + (int)instruction.K],
                Bpf.BPF_JMP => Math.Max(longest[i + 1 + instruction.Jt], longest[i + 1 + instruction.Jf]),
                _ => longest[i + 1],
            };
        }

        return longest[0];
    }

    /// <summary>Constants that jumps compare with: the values around which the outcome can change.</summary>
    public IEnumerable<uint> Constants()
    {
        foreach (SockFilter instruction in _program)
        {
            if ((instruction.Code & 7) == Bpf.BPF_JMP && instruction.Code != (Bpf.BPF_JMP | Bpf.BPF_JA))
            {
                yield return instruction.K;
            }
        }
    }

    private static uint Load(FilterCall call, uint offset) => offset switch
    {
        0 => call.Number,
        4 => call.Architecture,
        < 16 => 0,
        _ => (uint)(call.Arguments[(offset - 16) / 8] >> (offset % 8 == 0 ? 0 : 32)),
    };
}
