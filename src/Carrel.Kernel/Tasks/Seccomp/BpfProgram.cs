using System;
using Carrel.Abi;

namespace Carrel.Kernel;

/// <summary>A classic BPF program that has passed the checks for seccomp (bpf_check_classic() and seccomp_check_filter()), and its interpreter.</summary>
public sealed class BpfProgram
{
    /// <summary>sizeof(struct seccomp_data).</summary>
    private const uint DataSize = 64;

    private const uint InstructionPointerOffset = 8;

    // The instructions whose operands need a check or that stand alone.
    private const int LoadWord = Bpf.BPF_LD | Bpf.BPF_W | Bpf.BPF_ABS;
    private const int LoadLength = Bpf.BPF_LD | Bpf.BPF_W | Bpf.BPF_LEN;
    private const int LoadImmediate = Bpf.BPF_LD | Bpf.BPF_IMM;
    private const int LoadMemory = Bpf.BPF_LD | Bpf.BPF_MEM;
    private const int LoadXLength = Bpf.BPF_LDX | Bpf.BPF_W | Bpf.BPF_LEN;
    private const int LoadXImmediate = Bpf.BPF_LDX | Bpf.BPF_IMM;
    private const int LoadXMemory = Bpf.BPF_LDX | Bpf.BPF_MEM;
    private const int ReturnConstant = Bpf.BPF_RET | Bpf.BPF_K;
    private const int ReturnA = Bpf.BPF_RET | Bpf.BPF_A;
    private const int CopyAToX = Bpf.BPF_MISC | Bpf.BPF_TAX;
    private const int CopyXToA = Bpf.BPF_MISC | Bpf.BPF_TXA;
    private const int Jump = Bpf.BPF_JMP | Bpf.BPF_JA;
    private const int Negate = Bpf.BPF_ALU | Bpf.BPF_NEG;
    private const int DivideByConstant = Bpf.BPF_ALU | Bpf.BPF_DIV | Bpf.BPF_K;
    private const int ShiftLeftByConstant = Bpf.BPF_ALU | Bpf.BPF_LSH | Bpf.BPF_K;
    private const int ShiftRightByConstant = Bpf.BPF_ALU | Bpf.BPF_RSH | Bpf.BPF_K;

    private readonly SockFilter[] _code;

    private BpfProgram(SockFilter[] code, bool readsInstructionPointer)
    {
        _code = code;
        ReadsInstructionPointer = readsInstructionPointer;
    }

    public int Length => _code.Length;

    /// <summary>As it was given.</summary>
    internal ReadOnlySpan<SockFilter> Instructions => _code;

    /// <summary>It looks at where the call was made from, which is known only with all registers at hand.</summary>
    public bool ReadsInstructionPointer { get; }

    /// <summary>EINVAL for whatever Linux refuses: unknown instructions, loads outside the data, jumps outside the program, no return at the end.</summary>
    public static Result<BpfProgram> Check(SockFilter[] code)
    {
        bool readsInstructionPointer = false;
        for (int i = 0; i < code.Length; i++)
        {
            ref readonly SockFilter instruction = ref code[i];
            if (!IsAllowed(instruction) || !HasValidOperand(instruction, i, code.Length))
            {
                return Errno.EINVAL;
            }

            readsInstructionPointer |= instruction.Code == LoadWord
                && instruction.K is >= InstructionPointerOffset and < InstructionPointerOffset + 8;
        }

        if (code[^1].Code is not ReturnConstant and not ReturnA || !StoresBeforeLoads(code))
        {
            return Errno.EINVAL;
        }

        return new BpfProgram(code, readsInstructionPointer);
    }

    private static bool IsAllowed(in SockFilter instruction)
    {
        int code = instruction.Code;
        switch (code & 7)
        {
            case Bpf.BPF_LD:
                return code is LoadWord or LoadLength or LoadImmediate or LoadMemory;
            case Bpf.BPF_LDX:
                return code is LoadXLength or LoadXImmediate or LoadXMemory;
            case Bpf.BPF_ST or Bpf.BPF_STX:
                return code is Bpf.BPF_ST or Bpf.BPF_STX;
            case Bpf.BPF_ALU:
                int operation = code & 0xf0;
                return (code & ~0xff) == 0
                    && (operation == Bpf.BPF_NEG ? code == Negate : operation <= Bpf.BPF_XOR && operation != Bpf.BPF_MOD);
            case Bpf.BPF_JMP:
                int jump = code & 0xf0;
                return (code & ~0xff) == 0 && (jump == Bpf.BPF_JA ? code == Jump : jump <= Bpf.BPF_JSET);
            case Bpf.BPF_RET:
                return code is ReturnConstant or ReturnA;
            default:
                return code is CopyAToX or CopyXToA;
        }
    }

    private static bool HasValidOperand(in SockFilter instruction, int at, int length)
    {
        uint rest = (uint)(length - at - 1);
        switch (instruction.Code)
        {
            case LoadWord:
                return instruction.K < DataSize && (instruction.K & 3) == 0;
            case LoadMemory or LoadXMemory or Bpf.BPF_ST or Bpf.BPF_STX:
                return instruction.K < Bpf.BPF_MEMWORDS;
            case DivideByConstant:
                return instruction.K != 0;
            case ShiftLeftByConstant or ShiftRightByConstant:
                return instruction.K < 32;
            case Jump:
                return instruction.K < rest;
        }

        return (instruction.Code & 7) != Bpf.BPF_JMP || (instruction.Jt < rest && instruction.Jf < rest);
    }

    /// <summary>check_load_and_stores(): no path reads a memory word that it has not written.</summary>
    private static bool StoresBeforeLoads(SockFilter[] code)
    {
        var known = new ushort[code.Length];
        Array.Fill(known, ushort.MaxValue);
        ushort valid = 0;
        for (int i = 0; i < code.Length; i++)
        {
            valid &= known[i];
            uint k = code[i].K;
            switch (code[i].Code)
            {
                case Bpf.BPF_ST or Bpf.BPF_STX:
                    valid |= (ushort)(1 << (int)k);
                    break;
                case LoadMemory or LoadXMemory:
                    if ((valid & (1 << (int)k)) == 0)
                    {
                        return false;
                    }

                    break;
                case Jump:
                    known[i + 1 + (int)k] &= valid;
                    valid = ushort.MaxValue;
                    break;
                case var other when (other & 7) == Bpf.BPF_JMP:
                    known[i + 1 + code[i].Jt] &= valid;
                    known[i + 1 + code[i].Jf] &= valid;
                    valid = ushort.MaxValue;
                    break;
            }
        }

        return true;
    }

    /// <summary>Runs the program over the 16 words of a struct seccomp_data.</summary>
    public uint Run(ReadOnlySpan<uint> data)
    {
        Span<uint> memory = stackalloc uint[Bpf.BPF_MEMWORDS];
        memory.Clear();
        uint a = 0, x = 0;
        // Jumps only go forward: it ends.
        for (int pc = 0; pc < _code.Length; pc++)
        {
            ref readonly SockFilter instruction = ref _code[pc];
            uint k = instruction.K;
            switch (instruction.Code)
            {
                case LoadWord:
                    a = data[(int)(k / sizeof(uint))];
                    break;
                case LoadLength:
                    a = DataSize;
                    break;
                case LoadImmediate:
                    a = k;
                    break;
                case LoadMemory:
                    a = memory[(int)k];
                    break;
                case LoadXLength:
                    x = DataSize;
                    break;
                case LoadXImmediate:
                    x = k;
                    break;
                case LoadXMemory:
                    x = memory[(int)k];
                    break;
                case Bpf.BPF_ST:
                    memory[(int)k] = a;
                    break;
                case Bpf.BPF_STX:
                    memory[(int)k] = x;
                    break;
                case CopyAToX:
                    x = a;
                    break;
                case CopyXToA:
                    a = x;
                    break;
                case ReturnConstant:
                    return k;
                case ReturnA:
                    return a;
                case Jump:
                    pc += (int)k;
                    break;
                default:
                    uint operand = (instruction.Code & Bpf.BPF_X) != 0 ? x : k;
                    if ((instruction.Code & 7) == Bpf.BPF_JMP)
                    {
                        pc += IsTaken(instruction.Code & 0xf0, a, operand) ? instruction.Jt : instruction.Jf;
                    }
                    else if (!Calculate(instruction.Code & 0xf0, ref a, operand))
                    {
                        return 0;
                    }

                    break;
            }
        }

        return 0;
    }

    private static bool IsTaken(int jump, uint a, uint operand) => jump switch
    {
        Bpf.BPF_JEQ => a == operand,
        Bpf.BPF_JGT => a > operand,
        Bpf.BPF_JGE => a >= operand,
        _ => (a & operand) != 0,
    };

    /// <summary>False for a division by a zero register, which ends the program with 0.</summary>
    private static bool Calculate(int operation, ref uint a, uint operand)
    {
        switch (operation)
        {
            case Bpf.BPF_ADD:
                a += operand;
                return true;
            case Bpf.BPF_SUB:
                a -= operand;
                return true;
            case Bpf.BPF_MUL:
                a *= operand;
                return true;
            case Bpf.BPF_DIV:
                a = operand == 0 ? 0 : a / operand;
                return operand != 0;
            case Bpf.BPF_OR:
                a |= operand;
                return true;
            case Bpf.BPF_AND:
                a &= operand;
                return true;
            case Bpf.BPF_LSH:
                a <<= (int)(operand & 31);
                return true;
            case Bpf.BPF_RSH:
                a >>= (int)(operand & 31);
                return true;
            case Bpf.BPF_NEG:
                a = 0 - a;
                return true;
            default:
                a ^= operand;
                return true;
        }
    }
}
