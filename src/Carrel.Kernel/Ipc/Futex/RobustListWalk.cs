using Carrel.Abi;

namespace Carrel.Kernel.Ipc.Futex;

/// <summary>The list of robust mutexes that a thread held when it ended (exit_robust_list()): each is marked and one waiter woken.</summary>
internal static class RobustListWalk
{
    private const int MaximumTries = 1000;

    public static void Run(FutexTable table, Task task)
    {
        ulong head = task.RobustList;
        task.RobustList = 0;
        if (head == 0 || !new UserPtr<RobustListHead>(head).TryRead(task, out RobustListHead list))
        {
            return;
        }

        (ulong entry, bool isPi) = Decode(list.Next);
        (ulong pending, bool isPendingPi) = Decode(list.ListOpPending);
        ulong offset = (ulong)list.FutexOffset;
        for (uint left = RobustList.ROBUST_LIST_LIMIT; entry != head && left > 0; left--)
        {
            // The entry may be freed as soon as its mutex is marked: read on first.
            bool hasNext = new UserPtr<ulong>(entry).TryRead(task, out ulong word);
            if (entry != pending && !MarkDead(table, task, entry + offset, isPi, isPending: false))
            {
                return;
            }

            if (!hasNext)
            {
                break;
            }

            (entry, isPi) = Decode(word);
        }

        if (pending != 0)
        {
            MarkDead(table, task, pending + offset, isPendingPi, isPending: true);
        }
    }

    // The low bit of a list pointer tells a PI mutex.
    private static (ulong Entry, bool IsPi) Decode(ulong word) => (word & ~1UL, (word & 1) != 0);

    // handle_futex_death(). False ends the walk.
    private static bool MarkDead(FutexTable table, Task task, ulong address, bool isPi, bool isPending)
    {
        if ((address & 3) != 0 || !task.Mm.TryLoad(address, out int word))
        {
            return false;
        }

        for (int i = 0; i < MaximumTries; i++)
        {
            // It had been unlocked, but nobody woken yet.
            if (isPending && !isPi && word == 0)
            {
                table.Wake(task.Mm, address, 1);
                return true;
            }

            if ((word & RobustList.FUTEX_TID_MASK) != task.OwnTid)
            {
                return true;
            }

            int wanted = (word & unchecked((int)RobustList.FUTEX_WAITERS)) | (int)RobustList.FUTEX_OWNER_DIED;
            if (!task.Mm.TryCompareExchange(address, word, wanted, out int observed))
            {
                return false;
            }

            if (observed == word)
            {
                if (!isPi && word < 0)
                {
                    table.Wake(task.Mm, address, 1);
                }

                return true;
            }

            word = observed;
        }

        return false;
    }
}
