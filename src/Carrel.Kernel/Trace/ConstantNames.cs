using System;
using Carrel.Abi;

namespace Carrel.Kernel.Trace;

/// <summary>Asks the generator for a table of the names of constants.</summary>
/// <param name="type">An enum, or a class of constants.</param>
/// <param name="prefix">Only names that begin so; empty: all.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
internal sealed class NamesOfAttribute(Type type, string prefix) : Attribute
{
    public Type Type { get; } = type;

    public string Prefix { get; } = prefix;

    /// <summary>The table's name, if not the type's.</summary>
    public string? Name { get; init; }

    /// <summary>Names to leave out, separated by spaces.</summary>
    public string? Except { get; init; }

    /// <summary>Values are joined with |. Enums say so by [Flags].</summary>
    public bool IsFlags { get; init; }

    /// <summary>See <see cref="NameTable"/>.</summary>
    public ulong BaseMask { get; init; }
}

/// <summary>Names of constants that system calls take as plain numbers. Filled by the generator.</summary>
[NamesOf(typeof(Abi.Errno), "", Name = "Errors")]
[NamesOf(typeof(Signal), "SIG", Name = "Signals", Except = "SIGRTMIN SIGRTMAX SIG_DFL SIG_IGN SIG_ERR SIGIOT SIGPOLL")]
[NamesOf(typeof(Si), "SI_", Name = "SignalCodes")]
[NamesOf(typeof(Cld), "CLD_", Name = "ChildCodes")]
[NamesOf(typeof(SigmaskHow), "")]
[NamesOf(typeof(OpenFlags), "O_", IsFlags = true, BaseMask = 3, Except = "O_ACCMODE O_NDELAY")]
[NamesOf(typeof(MapFlags), "MAP_", IsFlags = true, BaseMask = 15, Except = "MAP_TYPE MAP_FILE")]
[NamesOf(typeof(CloneFlags), "CLONE_", IsFlags = true)]
[NamesOf(typeof(MountFlags), "MS_", IsFlags = true)]
[NamesOf(typeof(Seek), "SEEK_", Except = "SEEK_MAX")]
[NamesOf(typeof(Abi.Access), "", IsFlags = true)]
[NamesOf(typeof(At), "AT_", Name = "AtFlags", IsFlags = true, Except = "AT_FDCWD AT_EACCESS AT_REMOVEDIR AT_STATX_SYNC_TYPE AT_RENAME_NOREPLACE AT_RENAME_EXCHANGE AT_RENAME_WHITEOUT AT_STATX_SYNC_AS_STAT AT_HANDLE_FID")]
[NamesOf(typeof(At), "AT_", Name = "AtAccess", IsFlags = true, Except = "AT_FDCWD AT_REMOVEDIR AT_RENAME_NOREPLACE AT_RENAME_EXCHANGE AT_RENAME_WHITEOUT AT_STATX_SYNC_TYPE AT_STATX_SYNC_AS_STAT AT_HANDLE_FID")]
[NamesOf(typeof(At), "AT_REMOVEDIR", Name = "AtUnlink", IsFlags = true)]
[NamesOf(typeof(Fcntl), "F_", Name = "FcntlCommands")]
[NamesOf(typeof(Fcntl), "LOCK_", Name = "FlockOperations", IsFlags = true)]
[NamesOf(typeof(Ioctl), "", Name = "Ioctls")]
[NamesOf(typeof(Rlimit), "RLIMIT_", Name = "Limits")]
[NamesOf(typeof(Rusage), "RUSAGE_")]
[NamesOf(typeof(Priority), "PRIO_", Name = "PriorityWhich", Except = "PRIO_MIN PRIO_MAX")]
[NamesOf(typeof(Sched), "SCHED_", Name = "Policies", IsFlags = true, BaseMask = 15, Except = "SCHED_FLAG_RESET_ON_FORK SCHED_FLAG_RECLAIM SCHED_FLAG_DL_OVERRUN SCHED_FLAG_KEEP_POLICY SCHED_FLAG_KEEP_PARAMS SCHED_FLAG_UTIL_CLAMP_MIN SCHED_FLAG_UTIL_CLAMP_MAX SCHED_FLAG_KEEP_ALL SCHED_FLAG_UTIL_CLAMP SCHED_FLAG_ALL SCHED_ATTR_SIZE_VER0 SCHED_ATTR_SIZE_VER1")]
[NamesOf(typeof(ClockId), "CLOCK_")]
[NamesOf(typeof(ITimer), "ITIMER_")]
[NamesOf(typeof(EpollOp), "EPOLL_CTL_")]
[NamesOf(typeof(PollEvents), "POLL", Name = "PollBits", IsFlags = true)]
[NamesOf(typeof(PollEvents), "EPOLL", Name = "EpollBits", IsFlags = true)]
[NamesOf(typeof(FutexOp), "FUTEX_", Name = "FutexOperations", IsFlags = true, BaseMask = 127, Except = "FUTEX_CMD_MASK FUTEX_BITSET_MATCH_ANY FUTEX_OP_SET FUTEX_OP_ADD FUTEX_OP_OR FUTEX_OP_ANDN FUTEX_OP_XOR FUTEX_OP_OPARG_SHIFT FUTEX_OP_CMP_EQ FUTEX_OP_CMP_NE FUTEX_OP_CMP_LT FUTEX_OP_CMP_LE FUTEX_OP_CMP_GT FUTEX_OP_CMP_GE FUTEX_32 FUTEX_WAITV_MAX")]
[NamesOf(typeof(Abi.Madvise), "MADV_", Name = "Advices")]
[NamesOf(typeof(Abi.Fadvise), "", Name = "FileAdvices")]
[NamesOf(typeof(Abi.Membarrier), "MEMBARRIER_CMD_", Name = "MembarrierCommands", IsFlags = true)]
[NamesOf(typeof(PrctlOption), "PR_", Name = "PrctlOptions")]
[NamesOf(typeof(ArchPrctl), "ARCH_", Name = "ArchCodes")]
[NamesOf(typeof(IdType), "P_")]
[NamesOf(typeof(WaitOptions), "", IsFlags = true)]
[NamesOf(typeof(Sock), "AF_", Name = "AddressFamilies", Except = "AF_LOCAL AF_ROUTE AF_MAX")]
[NamesOf(typeof(Sock), "SOCK_", Name = "SocketTypes", IsFlags = true, BaseMask = 15, Except = "SOCK_TYPE_MASK")]
[NamesOf(typeof(Sock), "SOL_", Name = "SocketLevels")]
[NamesOf(typeof(Sock), "SO_", Name = "SocketOptionNames")]
[NamesOf(typeof(Sock), "MSG_", Name = "MessageFlags", IsFlags = true, Except = "MSG_PROBE")]
[NamesOf(typeof(Sock), "SHUT_", Name = "ShutdownHow")]
[NamesOf(typeof(Seccomp), "SECCOMP_", Name = "SeccompOperations", Except = "SECCOMP_MODE_DISABLED SECCOMP_MODE_STRICT SECCOMP_MODE_FILTER")]
[NamesOf(typeof(SigAction), "SA_", Name = "ActionFlags", IsFlags = true, Except = "SA_NOMASK SA_ONESHOT")]
internal static partial class ConstantNames;
