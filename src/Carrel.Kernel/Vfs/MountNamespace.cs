using System;
using System.Collections.Generic;
using Carrel.Abi;

namespace Carrel.Kernel
{
    public sealed partial class NamespaceSet
    {
        /// <summary>The mount tree its tasks see.</summary>
        public Vfs.MountNamespace Mounts { get; set; } = null!;
    }
}

namespace Carrel.Kernel.Vfs
{
    /// <summary>A mount tree (Linux's mnt_namespace). Guarded by the kernel lock, as are its mounts.</summary>
    public sealed class MountNamespace
    {
        /// <summary>fs.mount-max.</summary>
        public const int MaxMounts = 100000;

        private readonly LinuxKernel _kernel;
        // The tree that a carrel starts with stays whoever is in it.
        private readonly bool _isClone;
        private int _users;
        private ulong _version;

        /// <summary>A namespace whose root is a whole file system.</summary>
        public MountNamespace(LinuxKernel kernel, FileSystem root, MountFlags flags = MountFlags.MS_RELATIME)
        {
            _kernel = kernel;
            Root = Create(root, root.RootDentry, flags);
            Adopt(Root);
        }

        private MountNamespace(LinuxKernel kernel, Mount root)
        {
            _kernel = kernel;
            _isClone = true;
            Root = root;
        }

        /// <summary>The mount at the top of the tree.</summary>
        public Mount Root { get; private set; }

        /// <summary>The number by which statmount(2) knows it (mnt_ns_id).</summary>
        internal ulong Id => _id != 0 ? _id : _id = _kernel.NextMountNamespaceId();

        private ulong _id;

        /// <summary>Whose capabilities count here.</summary>
        internal UserNamespace Owner { get; set; } = UserNamespace.Initial;

        /// <summary>Number of mounts.</summary>
        public int Count { get; private set; }

        /// <summary>Changes with every mount and umount; for poll(2) on /proc/mounts.</summary>
        public ulong Version => _version;

        /// <summary>Woken when <see cref="Version"/> changes.</summary>
        public WaitQueue Changed { get; } = new();

        /// <summary>The root directory as a path, under whatever is mounted over it.</summary>
        public Path RootPath => TopOf(new Path(Root, Root.Root));

        /// <summary>All mounts, parents before children, in the order of mounting.</summary>
        public IReadOnlyList<Mount> All
        {
            get
            {
                var all = new List<Mount> { Root };
                for (int i = 0; i < all.Count; i++)
                {
                    all.AddRange(all[i].Children);
                }

                all.Sort(1, all.Count - 1, Comparer<Mount>.Create((a, b) => a.Id.CompareTo(b.Id)));
                return all;
            }
        }

        /// <summary>A mount that is not yet part of a tree.</summary>
        public Mount Create(FileSystem fileSystem, Dentry root, MountFlags flags) => CreateDetached(_kernel, fileSystem, root, flags);

        /// <summary>The same outside of any namespace.</summary>
        public static Mount CreateDetached(LinuxKernel kernel, FileSystem fileSystem, Dentry root, MountFlags flags)
        {
            kernel.FileSystems.Add(fileSystem);
            fileSystem.MountCount++;
            root.UseCount++;
            (root.Inode as Namespaces.NamespaceInode)?.Hold();
            return new Mount(fileSystem, root, kernel.NextMountId()) { Flags = flags };
        }

        /// <summary>Mounts a file system on a directory, for the start of a carrel. The path is walked from the root; the directory must exist.</summary>
        public Errno MountAt(string directory, FileSystem fileSystem, MountFlags flags)
        {
            Path at = RootPath;
            foreach (string name in directory.Split('/', StringSplitOptions.RemoveEmptyEntries))
            {
                Result<Dentry> found = _kernel.Dentries.Lookup(at.Dentry, name);
                if (found.Failed || found.Value.IsNegative)
                {
                    return found.Failed ? found.Error : Errno.ENOENT;
                }

                at = TopOf(new Path(at.Mount, found.Value));
            }

            return Attach(Create(fileSystem, fileSystem.RootDentry, flags), at);
        }

        /// <summary>Puts a mount (with what is mounted below it) onto a place of this tree. ENOSPC beyond fs.mount-max.</summary>
        public Errno Attach(Mount mount, Path at)
        {
            int added = 0;
            foreach (Mount each in Tree(mount))
            {
                added++;
            }

            if (Count + added > MaxMounts)
            {
                return Errno.ENOSPC;
            }

            Link(mount, at);
            foreach (Mount each in Tree(mount))
            {
                Adopt(each);
            }

            Touch();
            return Errno.OK;
        }

        /// <summary>umount_tree(): takes a mount with what is mounted below it out of the tree; each ends when nobody uses it any more.</summary>
        public void Detach(Mount mount)
        {
            Unlink(mount);
            Count -= Dissolve(mount);
            Touch();
        }

        /// <summary>Takes a tree of mounts apart that is in no namespace (any more). Returns how many they were.</summary>
        public static int Dissolve(Mount top)
        {
            var all = new List<Mount>(Tree(top));
            foreach (Mount each in all)
            {
                each.Namespace = null;
                if (each != top)
                {
                    Unlink(each);
                }
            }

            foreach (Mount each in all)
            {
                InotifyEvents.OnUnmount(each);
                each.Detach();
            }

            return all.Count;
        }

        /// <summary>is_local_mountpoint(): something of this tree is mounted here.</summary>
        public bool IsMountPoint(Dentry dentry)
        {
            for (int i = 0; i < dentry.MountCount; i++)
            {
                if (dentry.Mounts[i].Namespace == this)
                {
                    return true;
                }
            }

            return false;
        }

        /// <summary>detach_mounts(): what other namespaces have mounted on a name that is no more.</summary>
        public static void DetachFrom(Dentry dentry)
        {
            while (dentry.MountCount > 0)
            {
                Mount mount = dentry.Mounts[0];
                if (mount.Namespace is { } owner)
                {
                    owner.Detach(mount);
                }
                else
                {
                    Unlink(mount);
                    Dissolve(mount);
                }
            }
        }

        /// <summary>A task is in it now, or a file holds it.</summary>
        internal void AddUser() => _users++;

        /// <summary>put_mnt_ns(): the mounts of a namespace that was cloned end with its last user.</summary>
        internal void DropUser()
        {
            if (--_users == 0 && _isClone)
            {
                Count -= Dissolve(Root);
                Touch();
            }
        }

        /// <summary>Moves a mount to another place of this tree.</summary>
        public void Move(Mount mount, Path at)
        {
            Unlink(mount);
            Link(mount, at);
            Touch();
        }

        /// <summary>pivot_root(2): <paramref name="root"/> takes the place of <paramref name="oldRoot"/>, which goes to <paramref name="oldAt"/>.</summary>
        public void Pivot(Mount root, Mount oldRoot, Path oldAt)
        {
            (Mount? parent, Dentry? mountPoint) = (oldRoot.Parent, oldRoot.MountPoint);
            Unlink(root);
            Unlink(oldRoot);
            Link(oldRoot, oldAt);
            if (parent is null)
            {
                Root = root;
            }
            else
            {
                Link(root, new Path(parent, mountPoint!));
            }

            Touch();
        }

        /// <summary>A copy for CLONE_NEWNS: the same file systems, own mounts. The paths of the task's fs context are moved over by the caller with <paramref name="copies"/>.</summary>
        public MountNamespace Clone(out Dictionary<Mount, Mount> copies)
        {
            copies = [];
            Mount root = CopyTree(_kernel, Root, Root.Root, isRecursive: true, copies, skipUnbindable: false);
            var clone = new MountNamespace(_kernel, root) { Owner = Owner };
            foreach (Mount each in Tree(root))
            {
                clone.Adopt(each);
            }

            return clone;
        }

        /// <summary>copy_tree(): a copy of a mount, with <paramref name="top"/> as its root, and with the mounts below if asked for.</summary>
        public static Mount CopyTree(LinuxKernel kernel, Mount mount, Dentry top, bool isRecursive, Dictionary<Mount, Mount>? copies, bool skipUnbindable)
        {
            Mount copy = CopyOne(kernel, mount, top, copies);
            if (!isRecursive)
            {
                return copy;
            }

            var work = new Queue<(Mount From, Mount To)>();
            work.Enqueue((mount, copy));
            while (work.TryDequeue(out (Mount From, Mount To) pair))
            {
                foreach (Mount child in pair.From.Children)
                {
                    if ((skipUnbindable && child.Propagation == MountFlags.MS_UNBINDABLE) || !child.MountPoint!.IsBelow(pair.To.Root))
                    {
                        continue;
                    }

                    Mount below = CopyOne(kernel, child, child.Root, copies);
                    Link(below, new Path(pair.To, child.MountPoint));
                    work.Enqueue((child, below));
                }
            }

            return copy;
        }

        /// <summary>Everything mounted below a mount, itself first.</summary>
        public static IEnumerable<Mount> Tree(Mount mount)
        {
            var work = new Stack<Mount>();
            work.Push(mount);
            while (work.TryPop(out Mount? each))
            {
                yield return each;
                for (int i = each.Children.Count - 1; i >= 0; i--)
                {
                    work.Push(each.Children[i]);
                }
            }
        }

        /// <summary>follow_mount(): the topmost mount on a place.</summary>
        public static Path TopOf(Path path)
        {
            while (path.Dentry.MountCount > 0 && path.Mount.FindChild(path.Dentry) is { } mounted)
            {
                path = new Path(mounted, mounted.Root);
            }

            return path;
        }

        /// <summary>Announces a change that is not a mount or umount (flags, propagation).</summary>
        public void Touch()
        {
            _version++;
            Changed.WakeAll();
        }

        private static Mount CopyOne(LinuxKernel kernel, Mount mount, Dentry top, Dictionary<Mount, Mount>? copies)
        {
            Mount copy = CreateDetached(kernel, mount.FileSystem, top, mount.Flags);
            copy.Propagation = mount.Propagation;
            copy.InheritLocks(mount);
            copies?.Add(mount, copy);
            return copy;
        }

        private static void Link(Mount mount, Path at)
        {
            mount.Parent = at.Mount;
            mount.MountPoint = at.Dentry;
            at.Mount.Children.Add(mount);
            at.Dentry.AddMount(mount);
            at.Dentry.UseCount++;
        }

        private static void Unlink(Mount mount)
        {
            if (mount.Parent is { } parent)
            {
                parent.Children.Remove(mount);
                mount.MountPoint!.RemoveMount(mount);
                mount.MountPoint.UseCount--;
                mount.Parent = null;
                mount.MountPoint = null;
            }
        }

        private void Adopt(Mount mount)
        {
            mount.Namespace = this;
            Count++;
        }
    }
}
