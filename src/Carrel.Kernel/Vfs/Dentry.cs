using System.Collections.Generic;

namespace Carrel.Kernel.Vfs;

/// <summary>A name in a directory and what it names (Linux's dentry). One per (directory, name); negative if <see cref="Inode"/> is null.</summary>
public sealed class Dentry(Dentry? parent, string name, Inode? inode)
{
    private Dictionary<string, Dentry>? _children;

    /// <summary>The directory; null for a root. Changes on rename.</summary>
    public Dentry? Parent { get; set; } = parent;

    public string Name { get; set; } = name;

    public Inode? Inode { get; set; } = inode;

    /// <summary>Mounts whose mount point is this dentry.</summary>
    public int MountCount { get; set; }

    /// <summary>Removed by unlink, rmdir or a rename over it: shown as "(deleted)".</summary>
    public bool IsUnlinked { get; set; }

    public bool IsNegative => Inode is null;

    public Dentry? FindChild(string name) => _children is not null && _children.TryGetValue(name, out Dentry? child) ? child : null;

    public void AddChild(Dentry child) => (_children ??= [])[child.Name] = child;

    public void RemoveChild(string name) => _children?.Remove(name);

    public IEnumerable<Dentry> CachedChildren => _children is null ? [] : _children.Values;

    public override string ToString() => Parent is null ? Name : $"{Parent}/{Name}";
}

/// <summary>A place in the mount tree (Linux's struct path).</summary>
public readonly record struct Path(Mount Mount, Dentry Dentry)
{
    public Inode Inode => Dentry.Inode!;

    public bool IsValid => Mount is not null;
}
