using System;
using System.Collections.Generic;

namespace Carrel.Kernel.Vfs;

/// <summary>A name in a directory and what it names (Linux's dentry). One per (directory, name); negative if <see cref="Inode"/> is null.</summary>
public sealed class Dentry(Dentry? parent, string name, Inode? inode)
{
    private Dictionary<string, Dentry>? _children;

    // The kernel's list of cached dentries, oldest first; see DentryCache.
    internal Dentry? Older, Newer;
    internal bool IsListed, IsRecent;

    /// <summary>The directory; null for a root. Changes on rename.</summary>
    public Dentry? Parent { get; set; } = parent;

    public string Name { get; set; } = name;

    public Inode? Inode { get; set; } = inode;

    private List<Mount>? _mounts;

    /// <summary>Mounts whose mount point is this dentry, in whatever namespace.</summary>
    public IReadOnlyList<Mount> Mounts => _mounts ?? [];

    public int MountCount => _mounts?.Count ?? 0;

    internal void AddMount(Mount mount) => (_mounts ??= []).Add(mount);

    internal void RemoveMount(Mount mount)
    {
        _mounts!.Remove(mount);
        _mounts = _mounts.Count == 0 ? null : _mounts;
    }

    /// <summary>Removed by unlink, rmdir or a rename over it: shown as "(deleted)".</summary>
    public bool IsUnlinked { get; set; }

    /// <summary>Open files, working directories and mounts that keep it in the cache.</summary>
    public int UseCount { get; set; }

    public bool IsNegative => Inode is null;

    public bool HasChildren => _children is { Count: > 0 };

    public Dentry? FindChild(string name) => _children is not null && _children.TryGetValue(name, out Dentry? child) ? child : null;

    /// <summary>The same without making a string of the name.</summary>
    public Dentry? FindChild(ReadOnlySpan<char> name) =>
        _children is not null && _children.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out Dentry? child) ? child : null;

    public void AddChild(Dentry child) => (_children ??= [])[child.Name] = child;

    public void RemoveChild(string name) => _children?.Remove(name);

    /// <summary>Removes this very child, not another one that has taken its name.</summary>
    public void RemoveChild(Dentry child)
    {
        if (FindChild(child.Name) == child)
        {
            _children!.Remove(child.Name);
        }
    }

    public IEnumerable<Dentry> CachedChildren => _children is null ? [] : _children.Values;

    /// <summary>True if this dentry is <paramref name="ancestor"/> or lies below it (is_subdir()).</summary>
    public bool IsBelow(Dentry ancestor)
    {
        for (Dentry? dentry = this; dentry is not null; dentry = dentry.Parent)
        {
            if (dentry == ancestor)
            {
                return true;
            }
        }

        return false;
    }

    public override string ToString() => Parent is null ? Name : $"{Parent}/{Name}";
}

/// <summary>A place in the mount tree (Linux's struct path).</summary>
public readonly record struct Path(Mount Mount, Dentry Dentry)
{
    public Inode Inode => Dentry.Inode!;

    public bool IsValid => Mount is not null;

    /// <summary>path_get(): the mount is busy and the dentry stays cached until <see cref="Drop"/>.</summary>
    public void Acquire()
    {
        if (IsValid)
        {
            Mount.UseCount++;
            Dentry.UseCount++;
        }
    }

    /// <summary>path_put().</summary>
    public void Drop()
    {
        if (IsValid)
        {
            Dentry.UseCount--;
            Mount.UseCount--;
            Mount.EndIfUnused();
        }
    }
}
