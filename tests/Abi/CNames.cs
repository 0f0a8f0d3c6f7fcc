using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace Carrel.Tests.Abi;

/// <summary>Where the C name of a constant, struct or member is not simply ours.</summary>
internal static class CNames
{
    private static readonly Dictionary<string, string> Constants = new()
    {
        ["Errno.OK"] = "0",
        ["PollEvents.None"] = "0",
        ["Sock.SOCKADDR_UN_SIZE"] = "sizeof(struct sockaddr_un)",
        ["Sock.SOCKADDR_STORAGE_SIZE"] = "sizeof(struct __kernel_sockaddr_storage)",
        ["Signal.SIGRTMAX"] = "8 * sizeof(sigset_t)",
        ["Signal.NSIG"] = "8 * sizeof(sigset_t)",
        ["Ucontext.UC_FLAGS"] = "offsetof(struct ucontext, uc_flags)",
        ["Ucontext.UC_LINK"] = "offsetof(struct ucontext, uc_link)",
        ["Ucontext.UC_STACK"] = "offsetof(struct ucontext, uc_stack)",
        ["Ucontext.SIGMASK"] = "offsetof(struct ucontext, uc_sigmask)",
        ["Ucontext.SIZE"] = "sizeof(struct ucontext)",
        ["Ucontext.FPX_SW_OFFSET"] = "offsetof(struct _fpstate_64, sw_reserved)",
    };

    private static readonly string[] UcontextRegisters =
    [
        "R8", "R9", "R10", "R11", "R12", "R13", "R14", "R15", "RDI", "RSI", "RBP", "RBX", "RDX", "RAX", "RCX", "RSP", "RIP", "EFLAGS", "CS", "GS", "FS", "SS",
        "ERR", "TRAPNO", "OLDMASK", "CR2", "FPSTATE",
    ];

    public static string ForConstant(Type type, string name)
    {
        if (Constants.TryGetValue($"{type.Name}.{name}", out string? expression))
        {
            return expression;
        }

        return type.Name switch
        {
            "Nr" => "__NR_" + name,
            "Ucontext" when UcontextRegisters.Contains(name) => $"offsetof(struct ucontext, uc_mcontext.{name.ToLowerInvariant()})",
            _ => name,
        };
    }

    /// <summary>AtomicWriteUnitMin is atomic_write_unit_min.</summary>
    public static string SnakeCase(string name)
    {
        var text = new StringBuilder();
        for (int i = 0; i < name.Length; i++)
        {
            if (i > 0 && char.IsUpper(name[i]))
            {
                text.Append('_');
            }

            text.Append(char.ToLowerInvariant(name[i]));
        }

        return text.ToString();
    }
}
