using Carrel.Abi;

namespace Carrel.Kernel.Ipc.Futex;

/// <summary>The encoded operation of FUTEX_WAKE_OP (futex_atomic_op_inuser()).</summary>
internal static class FutexOperation
{
    // Guest threads may change the word between load and swap; a hostile one must not keep the kernel here.
    private const int MaximumTries = 1000;

    /// <summary>Changes the word and says whether its old value met the comparison. EFAULT; ENOSYS for an unknown operation.</summary>
    public static Result<bool> Apply(MemoryManager mm, ulong address, uint encoded)
    {
        int operation = (int)(encoded >> 28 & 7);
        int comparison = (int)(encoded >> 24 & 15);
        int argument = SignExtend(encoded >> 12);
        int compared = SignExtend(encoded);
        if ((encoded >> 28 & FutexOp.FUTEX_OP_OPARG_SHIFT) != 0)
        {
            argument = 1 << (argument & 31);
        }

        if (operation > FutexOp.FUTEX_OP_XOR)
        {
            return Errno.ENOSYS;
        }

        if (!mm.TryLoad(address, out int old))
        {
            return Errno.EFAULT;
        }

        for (int i = 0; i < MaximumTries; i++)
        {
            int wanted = operation switch
            {
                FutexOp.FUTEX_OP_SET => argument,
                FutexOp.FUTEX_OP_ADD => unchecked(old + argument),
                FutexOp.FUTEX_OP_OR => old | argument,
                FutexOp.FUTEX_OP_ANDN => old & ~argument,
                _ => old ^ argument,
            };
            if (!mm.TryCompareExchange(address, old, wanted, out int observed))
            {
                return Errno.EFAULT;
            }

            if (observed == old)
            {
                return Compare(comparison, old, compared);
            }

            old = observed;
        }

        return Errno.EAGAIN;
    }

    private static Result<bool> Compare(int comparison, int old, int compared) => comparison switch
    {
        FutexOp.FUTEX_OP_CMP_EQ => old == compared,
        FutexOp.FUTEX_OP_CMP_NE => old != compared,
        FutexOp.FUTEX_OP_CMP_LT => old < compared,
        FutexOp.FUTEX_OP_CMP_LE => old <= compared,
        FutexOp.FUTEX_OP_CMP_GT => old > compared,
        FutexOp.FUTEX_OP_CMP_GE => old >= compared,
        _ => Errno.ENOSYS,
    };

    private static int SignExtend(uint twelveBits) => (int)(twelveBits << 20) >> 20;
}
