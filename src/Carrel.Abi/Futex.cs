namespace Carrel.Abi;

/// <summary>Operations of futex(2).</summary>
public static class FutexOp
{
    public const int FUTEX_WAIT = 0;
    public const int FUTEX_WAKE = 1;
    public const int FUTEX_FD = 2;
    public const int FUTEX_REQUEUE = 3;
    public const int FUTEX_CMP_REQUEUE = 4;
    public const int FUTEX_WAKE_OP = 5;
    public const int FUTEX_LOCK_PI = 6;
    public const int FUTEX_UNLOCK_PI = 7;
    public const int FUTEX_TRYLOCK_PI = 8;
    public const int FUTEX_WAIT_BITSET = 9;
    public const int FUTEX_WAKE_BITSET = 10;
    public const int FUTEX_WAIT_REQUEUE_PI = 11;
    public const int FUTEX_CMP_REQUEUE_PI = 12;
    public const int FUTEX_LOCK_PI2 = 13;

    public const int FUTEX_PRIVATE_FLAG = 0x80;
    public const int FUTEX_CLOCK_REALTIME = 0x100;
    public const int FUTEX_CMD_MASK = unchecked((int)0xFFFFFE7F);

    public const uint FUTEX_BITSET_MATCH_ANY = 0xFFFFFFFF;

    // FUTEX_WAKE_OP
    public const int FUTEX_OP_SET = 0;
    public const int FUTEX_OP_ADD = 1;
    public const int FUTEX_OP_OR = 2;
    public const int FUTEX_OP_ANDN = 3;
    public const int FUTEX_OP_XOR = 4;
    public const int FUTEX_OP_OPARG_SHIFT = 8;
    public const int FUTEX_OP_CMP_EQ = 0;
    public const int FUTEX_OP_CMP_NE = 1;
    public const int FUTEX_OP_CMP_LT = 2;
    public const int FUTEX_OP_CMP_LE = 3;
    public const int FUTEX_OP_CMP_GT = 4;
    public const int FUTEX_OP_CMP_GE = 5;

    // futex_waitv(2)
    public const int FUTEX_32 = 2;
    public const int FUTEX_WAITV_MAX = 128;
    public const int FUTEX2_SIZE_U8 = 0;
    public const int FUTEX2_SIZE_U16 = 1;
    public const int FUTEX2_SIZE_U32 = 2;
    public const int FUTEX2_SIZE_U64 = 3;
    public const int FUTEX2_NUMA = 4;
    public const int FUTEX2_MPOL = 8;
    public const int FUTEX2_PRIVATE = 128;
}

/// <summary>Bits of a robust futex word and the limit of a list walk, set_robust_list(2).</summary>
public static class RobustList
{
    public const uint FUTEX_WAITERS = 0x80000000;
    public const uint FUTEX_OWNER_DIED = 0x40000000;
    public const uint FUTEX_TID_MASK = 0x3FFFFFFF;
    public const uint ROBUST_LIST_LIMIT = 0x800;
}
