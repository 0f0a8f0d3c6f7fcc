using System.Collections.Generic;
using Carrel.Abi;

namespace Carrel.Host;

/// <summary>
/// The seccomp filter of one of our own processes: the listed calls pass, some more fail with an errno, everything else kills
/// the process. A rule may look at arguments.
/// </summary>
public sealed class AllowList
{
    private readonly List<(int Number, ArgumentRule[] Rules)> _allowed = [];
    private readonly List<(int Number, Errno Error)> _refused = [];

    /// <summary>These pass with any arguments.</summary>
    public AllowList Allow(params int[] numbers)
    {
        foreach (int number in numbers)
        {
            _allowed.Add((number, []));
        }

        return this;
    }

    /// <summary>The call passes if this argument has this value; may be given several times.</summary>
    public AllowList AllowIf(int number, int argument, ulong value) => AllowWhere(number, new ArgumentRule(argument, ulong.MaxValue, value));

    /// <summary>The call passes if all rules hold; may be given several times.</summary>
    public AllowList AllowWhere(int number, params ArgumentRule[] rules)
    {
        _allowed.Add((number, rules));
        return this;
    }

    /// <summary>These fail without effect.</summary>
    public AllowList Refuse(Errno error, params int[] numbers)
    {
        foreach (int number in numbers)
        {
            _refused.Add((number, error));
        }

        return this;
    }

    /// <summary>The program, most frequent calls first if they were listed so.</summary>
    public SockFilter[] Build(uint otherwise = Seccomp.SECCOMP_RET_KILL_PROCESS)
    {
        var program = new BpfProgram();
        BpfLabel kill = program.NewLabel();
        BpfLabel native = program.NewLabel();
        program.LoadArchitecture();
        program.JumpIfEqual(AuditArch.AUDIT_ARCH_X86_64, native);
        program.Return(Seccomp.SECCOMP_RET_KILL_PROCESS);
        program.Place(native);
        program.LoadNumber();
        foreach ((int number, ArgumentRule[] rules) in _allowed)
        {
            BpfLabel next = program.NewLabel();
            BpfLabel reload = program.NewLabel();
            program.JumpUnlessEqual((uint)number, next);
            foreach (ArgumentRule rule in rules)
            {
                program.LoadArgumentLow(rule.Argument);
                Compare(program, (uint)rule.Mask, (uint)rule.Value, reload);
                program.LoadArgumentHigh(rule.Argument);
                Compare(program, (uint)(rule.Mask >> 32), (uint)(rule.Value >> 32), reload);
            }

            program.Return(Seccomp.SECCOMP_RET_ALLOW);
            program.Place(reload);
            if (rules.Length > 0)
            {
                program.LoadNumber();
            }

            program.Place(next);
        }

        foreach ((int number, Errno error) in _refused)
        {
            BpfLabel next = program.NewLabel();
            program.JumpUnlessEqual((uint)number, next);
            program.Return(Seccomp.SECCOMP_RET_ERRNO | (uint)error);
            program.Place(next);
        }

        program.Place(kill);
        program.Return(otherwise);
        return program.Build();
    }

    private static void Compare(BpfProgram program, uint mask, uint value, BpfLabel otherwise)
    {
        if (mask != uint.MaxValue)
        {
            program.And(mask);
        }

        program.JumpUnlessEqual(value, otherwise);
    }
}

/// <summary>The argument's bits under the mask have this value.</summary>
public readonly record struct ArgumentRule(int Argument, ulong Mask, ulong Value);
