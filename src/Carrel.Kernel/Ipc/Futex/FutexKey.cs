using Carrel.Abi;
using Carrel.Kernel.Mm;

namespace Carrel.Kernel.Ipc.Futex;

/// <summary>
/// What makes two futex words the same (Linux's union futex_key): an address in one memory, or an offset in a mapped object. Identity of
/// <paramref name="Space"/> is by reference.
/// </summary>
internal readonly record struct FutexKey(object Space, ulong Offset)
{
    // Words are aligned, so a low bit tells process-wide keys from those of FUTEX_PRIVATE_FLAG (FUT_OFF_MMSHARED).
    private const ulong SharedBit = 1;

    /// <summary>get_futex_key(). EINVAL for a misaligned address, EFAULT for one that cannot be.</summary>
    public static Result<FutexKey> Of(MemoryManager mm, ulong address, bool isPrivate)
    {
        if ((address & 3) != 0)
        {
            return Errno.EINVAL;
        }

        if (!mm.IsUserRange(address, sizeof(int)))
        {
            return Errno.EFAULT;
        }

        if (isPrivate)
        {
            return new FutexKey(mm, address);
        }

        Vma? vma = mm.Vmas.Find(address);
        if (vma is null || !vma.IsReadable)
        {
            return Errno.EFAULT;
        }

        return vma is { IsShared: true, File: { } file }
            ? new FutexKey(file.Object, vma.OffsetAt(address))
            : new FutexKey(mm, address | SharedBit);
    }
}
