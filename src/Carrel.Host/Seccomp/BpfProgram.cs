using System;
using System.Collections.Generic;
using Carrel.Abi;

namespace Carrel.Host;

/// <summary>A place in a <see cref="BpfProgram"/> that jumps go to.</summary>
public readonly record struct BpfLabel(int Id);

/// <summary>
/// A small assembler for seccomp filters (classic BPF over struct seccomp_data): forward jumps to labels, no more.
/// A conditional jump that is out of reach (255 instructions) is refused when the program is built.
/// </summary>
public sealed class BpfProgram
{
    private const int Unplaced = -1;
    private const int Next = -1;

    private readonly List<(ushort Code, uint K, int Then, int Else)> _code = [];
    private readonly List<int> _labels = [];

    /// <summary>A new label, placed later with <see cref="Place"/>.</summary>
    public BpfLabel NewLabel()
    {
        _labels.Add(Unplaced);
        return new BpfLabel(_labels.Count - 1);
    }

    /// <summary>The label means the next instruction.</summary>
    public void Place(BpfLabel label) => _labels[label.Id] = _code.Count;

    public void LoadNumber() => Load(0);

    public void LoadArchitecture() => Load(4);

    public void LoadInstructionPointerLow() => Load(8);

    public void LoadInstructionPointerHigh() => Load(12);

    public void LoadArgumentLow(int index) => Load(16 + (8 * index));

    public void LoadArgumentHigh(int index) => Load(20 + (8 * index));

    public void And(uint mask) => _code.Add(((ushort)(Bpf.BPF_ALU | Bpf.BPF_AND | Bpf.BPF_K), mask, Next, Next));

    public void Return(uint action) => _code.Add(((ushort)(Bpf.BPF_RET | Bpf.BPF_K), action, Next, Next));

    public void JumpIfEqual(uint value, BpfLabel then) => Jump(Bpf.BPF_JEQ, value, then.Id, Next);

    public void JumpUnlessEqual(uint value, BpfLabel then) => Jump(Bpf.BPF_JEQ, value, Next, then.Id);

    public void JumpIfAtLeast(uint value, BpfLabel then) => Jump(Bpf.BPF_JGE, value, then.Id, Next);

    /// <summary>A jump of any length.</summary>
    public void Jump(BpfLabel to) => _code.Add(((ushort)(Bpf.BPF_JMP | Bpf.BPF_JA), 0, to.Id, Next));

    /// <summary>The finished program.</summary>
    public SockFilter[] Build()
    {
        if (_code.Count is 0 or > Bpf.BPF_MAXINSNS)
        {
            throw new InvalidOperationException("a filter has 1 to 4096 instructions");
        }

        var program = new SockFilter[_code.Count];
        for (int i = 0; i < program.Length; i++)
        {
            (ushort code, uint k, int then, int otherwise) = _code[i];
            bool always = code == (Bpf.BPF_JMP | Bpf.BPF_JA);
            program[i] = always
                ? new SockFilter { Code = code, K = (uint)Distance(i, then) }
                : new SockFilter { Code = code, K = k, Jt = Near(i, then), Jf = Near(i, otherwise) };
        }

        return program;
    }

    private void Load(int offset) => _code.Add(((ushort)(Bpf.BPF_LD | Bpf.BPF_W | Bpf.BPF_ABS), (uint)offset, Next, Next));

    private void Jump(ushort condition, uint value, int then, int otherwise) =>
        _code.Add(((ushort)(Bpf.BPF_JMP | condition | Bpf.BPF_K), value, then, otherwise));

    private byte Near(int from, int label)
    {
        int distance = label == Next ? 0 : Distance(from, label);
        return distance <= byte.MaxValue ? (byte)distance : throw new InvalidOperationException("conditional jump too far");
    }

    private int Distance(int from, int label)
    {
        int distance = _labels[label] - from - 1;
        return _labels[label] != Unplaced && distance >= 0 ? distance : throw new InvalidOperationException("label not placed ahead of its jump");
    }
}
