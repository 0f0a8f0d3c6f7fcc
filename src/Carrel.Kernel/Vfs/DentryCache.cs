using System;
using System.Collections.Generic;
using Carrel.Abi;

namespace Carrel.Kernel.Vfs;

/// <summary>
/// All cached dentries of the carrel, bounded: beyond the limit, leaves that nobody uses and nobody looked up lately are dropped, oldest first
/// (Linux's dentry LRU with its second chance). Dropping happens between system calls, so a handler may hold dentries without counting.
/// </summary>
public sealed class DentryCache(LinuxKernel kernel)
{
    /// <summary>Dentries kept before dropping starts.</summary>
    public const int Limit = 32768;

    private Dentry? _oldest, _newest;
    private bool _isPruneDue;

    /// <summary>Dentries in the cache, roots not counted.</summary>
    public int Count { get; private set; }

    /// <summary>The dentry of a name, negative if there is none: from the cache or from the file system. ENAMETOOLONG, or what the file system says.</summary>
    public Result<Dentry> Lookup(Dentry directory, ReadOnlySpan<char> name)
    {
        Inode inode = directory.Inode!;
        Dentry? cached = directory.FindChild(name);
        if (cached is not null && inode.RevalidateChild(cached))
        {
            cached.IsRecent = true;
            return cached;
        }

        if (name.Length > Limits.NAME_MAX)
        {
            return Errno.ENAMETOOLONG;
        }

        string text = cached?.Name ?? name.ToString();
        Result<Inode> found = inode.Lookup(text);
        if (found.Failed && found.Error != Errno.ENOENT)
        {
            return found.Error;
        }

        if (cached is not null)
        {
            if (cached.Inode == found.Value)
            {
                return cached;
            }

            Drop(cached);
        }

        return Add(directory, text, found.Value);
    }

    /// <summary>Puts a fresh dentry into the cache.</summary>
    public Dentry Add(Dentry directory, string name, Inode? inode)
    {
        var dentry = new Dentry(directory, name, inode);
        directory.AddChild(dentry);
        Enlist(dentry);
        if (inode is not null)
        {
            inode.NameCount++;
        }

        return dentry;
    }

    /// <summary>A negative dentry has come to name something (d_instantiate()).</summary>
    public void Instantiate(Dentry dentry, Inode inode)
    {
        dentry.Inode = inode;
        inode.NameCount++;
    }

    /// <summary>The name is gone: an unused dentry goes from the cache, a used one is shown as deleted (d_delete(), d_invalidate()).</summary>
    public void Drop(Dentry dentry)
    {
        dentry.Parent?.RemoveChild(dentry);
        dentry.IsUnlinked = true;
        Delist(dentry);
    }

    /// <summary>A rename has moved <paramref name="dentry"/> over <paramref name="target"/>, which is dropped (d_move()).</summary>
    public void Move(Dentry dentry, Dentry target)
    {
        Dentry directory = target.Parent!;
        string name = target.Name;
        Drop(target);
        dentry.Parent!.RemoveChild(dentry);
        dentry.Parent = directory;
        dentry.Name = name;
        directory.AddChild(dentry);
    }

    /// <summary>RENAME_EXCHANGE (d_exchange()).</summary>
    public void Exchange(Dentry first, Dentry second)
    {
        (Dentry firstParent, Dentry secondParent) = (first.Parent!, second.Parent!);
        firstParent.RemoveChild(first);
        secondParent.RemoveChild(second);
        (first.Name, second.Name) = (second.Name, first.Name);
        (first.Parent, second.Parent) = (secondParent, firstParent);
        secondParent.AddChild(first);
        firstParent.AddChild(second);
    }

    /// <summary>Drops everything below a directory: its file system goes away.</summary>
    public void DropBelow(Dentry root)
    {
        var work = new Stack<Dentry>([root]);
        while (work.TryPop(out Dentry? directory))
        {
            foreach (Dentry child in new List<Dentry>(directory.CachedChildren))
            {
                work.Push(child);
                Drop(child);
            }
        }
    }

    /// <summary>Drops every unused dentry (drop_caches, and a file system that goes away).</summary>
    public void Shrink() => Prune(0);

    private void Enlist(Dentry dentry)
    {
        dentry.Older = _newest;
        if (_newest is null) { _oldest = dentry; } else { _newest.Newer = dentry; }
        _newest = dentry;
        dentry.IsListed = true;
        if (++Count > Limit && !_isPruneDue)
        {
            _isPruneDue = true;
            kernel.Scheduler.Defer(() =>
            {
                _isPruneDue = false;
                Prune(Limit - (Limit / 16));
            });
        }
    }

    private void Delist(Dentry dentry)
    {
        if (!dentry.IsListed)
        {
            return;
        }

        Unlink(dentry);
        dentry.IsListed = false;
        Count--;
        if (dentry.Inode is { } inode && --inode.NameCount == 0 && inode.UseCount == 0)
        {
            inode.Forget();
        }
    }

    private void Unlink(Dentry dentry)
    {
        if (dentry.Older is null) { _oldest = dentry.Newer; } else { dentry.Older.Newer = dentry.Newer; }
        if (dentry.Newer is null) { _newest = dentry.Older; } else { dentry.Newer.Older = dentry.Older; }
        dentry.Older = dentry.Newer = null;
    }

    private void Prune(int target)
    {
        // Each dentry is looked at no more than twice: once to take its recent mark, once to drop it.
        for (int looks = 2 * Count; looks > 0 && Count > target; looks--)
        {
            Dentry dentry = _oldest!;
            if (dentry.UseCount > 0 || dentry.HasChildren || dentry.MountCount > 0 || dentry.IsRecent)
            {
                dentry.IsRecent = false;
                Unlink(dentry);
                dentry.Older = _newest;
                if (_newest is null) { _oldest = dentry; } else { _newest.Newer = dentry; }
                _newest = dentry;
                continue;
            }

            dentry.Parent!.RemoveChild(dentry);
            Delist(dentry);
        }
    }
}
