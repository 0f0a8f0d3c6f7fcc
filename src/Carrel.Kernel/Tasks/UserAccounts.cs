using System.Collections.Generic;
using System.Runtime.InteropServices;

namespace Carrel.Kernel;

/// <summary>What each uid uses of the limits that count per user (Linux's ucounts): tasks and queued signals.</summary>
public sealed class UserAccounts
{
    private struct Account
    {
        public int Tasks;
        public int Signals;
    }

    private readonly Dictionary<uint, Account> _accounts = [];

    public int TaskCount(uint uid) => _accounts.TryGetValue(uid, out Account account) ? account.Tasks : 0;

    internal void ChargeTask(uint uid) => Of(uid).Tasks++;

    internal void UnchargeTask(uint uid)
    {
        Of(uid).Tasks--;
        Trim(uid);
    }

    /// <summary>False if the uid has reached its RLIMIT_SIGPENDING.</summary>
    internal bool TryChargeSignal(uint uid, ulong limit, bool isForced)
    {
        ref Account account = ref Of(uid);
        if (!isForced && (ulong)account.Signals >= limit)
        {
            Trim(uid);
            return false;
        }

        account.Signals++;
        return true;
    }

    internal void UnchargeSignal(uint uid)
    {
        Of(uid).Signals--;
        Trim(uid);
    }

    private ref Account Of(uint uid) => ref CollectionsMarshal.GetValueRefOrAddDefault(_accounts, uid, out _);

    // Without it a root guest that walks through all uids would grow the table.
    private void Trim(uint uid)
    {
        if (_accounts.TryGetValue(uid, out Account account) && account.Tasks <= 0 && account.Signals <= 0)
        {
            _accounts.Remove(uid);
        }
    }
}
