using System;
using System.Buffers.Binary;
using System.Collections.Generic;

namespace Carrel.Runtime.Cgroups;

/// <summary>
/// Device rules as an eBPF program (include/uapi/linux/bpf.h, struct bpf_cgroup_dev_ctx): the answer 1 lets the access pass, 0 is EPERM. The rules are few
/// and most accesses are to the first ones, so it is a chain of compares.
/// </summary>
internal static class DeviceProgram
{
    private const int InstructionSize = 8;
    private const int BlockDevice = 1; // BPF_DEVCG_DEV_BLOCK
    private const int CharacterDevice = 2;

    // Registers: r1 is the context at first, then scratch; r2 type, r3 access, r4 major, r5 minor.
    private const int Result = 0, Scratch = 1, Type = 2, Access = 3, Major = 4, Minor = 5;

    // Instruction classes and operations.
    private const byte LoadWord = 0x61; // BPF_LDX | BPF_MEM | BPF_W
    private const byte MoveImmediate = 0xB7, Move = 0xBF; // BPF_ALU64
    private const byte AndImmediate32 = 0x54, ShiftRightImmediate32 = 0x74; // BPF_ALU
    private const byte JumpUnequal32 = 0x56, JumpEqual32 = 0x16; // BPF_JMP32
    private const byte Exit = 0x95;

    public static byte[] Compile(DeviceRules rules)
    {
        List<ulong> program =
        [
            Encode(LoadWord, Type, Scratch, 0, 0), // access_type: access in the upper half, type in the lower
            Encode(LoadWord, Major, Scratch, 4, 0),
            Encode(LoadWord, Minor, Scratch, 8, 0),
            Encode(Move, Access, Type, 0, 0),
            Encode(AndImmediate32, Type, 0, 0, 0xFFFF),
            Encode(ShiftRightImmediate32, Access, 0, 0, 16),
        ];
        foreach ((DeviceKey key, DeviceAccess access) in rules.Exceptions)
        {
            AddException(program, key, access, rules.AllowsByDefault);
        }

        program.Add(Encode(MoveImmediate, Result, 0, 0, rules.AllowsByDefault ? 1 : 0));
        program.Add(Encode(Exit, 0, 0, 0, 0));
        var bytes = new byte[program.Count * InstructionSize];
        for (int i = 0; i < program.Count; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(i * InstructionSize), program[i]);
        }

        return bytes;
    }

    // As in security/device_cgroup.c: an allowing exception must cover the whole access, a denying one only touch it.
    private static void AddException(List<ulong> program, DeviceKey key, DeviceAccess access, bool denies)
    {
        var tests = new List<(byte Operation, int Register, int Value)> { (JumpUnequal32, Type, key.Type == 'b' ? BlockDevice : CharacterDevice) };
        if (key.Major >= 0)
        {
            tests.Add((JumpUnequal32, Major, (int)key.Major));
        }

        if (key.Minor >= 0)
        {
            tests.Add((JumpUnequal32, Minor, (int)key.Minor));
        }

        bool needsMask = access != DeviceAccess.All;
        int end = program.Count + tests.Count + (needsMask ? 3 : 0) + 2;
        foreach ((byte operation, int register, int value) in tests)
        {
            program.Add(Encode(operation, register, 0, end - program.Count - 1, value));
        }

        if (needsMask)
        {
            program.Add(Encode(Move, Scratch, Access, 0, 0));
            program.Add(Encode(AndImmediate32, Scratch, 0, 0, (int)(denies ? access : ~access & DeviceAccess.All)));
            program.Add(Encode(denies ? JumpEqual32 : JumpUnequal32, Scratch, 0, end - program.Count - 1, 0));
        }

        program.Add(Encode(MoveImmediate, Result, 0, 0, denies ? 0 : 1));
        program.Add(Encode(Exit, 0, 0, 0, 0));
    }

    // struct bpf_insn: code, dst and src in one byte, s16 offset, s32 immediate.
    private static ulong Encode(byte code, int destination, int source, int offset, int immediate) =>
        code | ((ulong)(byte)(destination | (source << 4)) << 8) | ((ulong)(ushort)(short)offset << 16) | ((ulong)(uint)immediate << 32);
}
