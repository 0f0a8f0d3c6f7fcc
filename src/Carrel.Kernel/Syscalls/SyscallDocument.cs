using System.Globalization;
using System.Linq;
using System.Text;
using Carrel.Abi;

namespace Carrel.Kernel.Syscalls;

/// <summary>docs/syscalls.md, printed from the declarations.</summary>
public static class SyscallDocument
{
    public static string Print()
    {
        var text = new StringBuilder("# System calls\n\nPrinted by `carrel docs syscalls` from the declarations; do not edit. x86-64 numbers. What is neither full nor partial fails with the errno given.\n\n| number | call | support |\n|---|---|---|\n");
        for (int number = 0; number < Nr.Count; number++)
        {
            if (SyscallTable.Name(number) is not { } name)
            {
                continue;
            }

            text.Append(CultureInfo.InvariantCulture, $"| {number} | `{name}` | {Support(number)} |\n");
        }

        return text.ToString();
    }

    private static string Support(int number)
    {
        if (SyscallTable.All.FirstOrDefault(call => call.Number == number) is { } call)
        {
            return call.Missing is null ? "full" : $"partial: without {call.Missing}";
        }

        return SyscallTable.Refused.FirstOrDefault(call => call.Number == number) is { } refused ? $"none, {refused.Error}: {refused.Reason}" : "none, ENOSYS";
    }
}
