using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Fs.Pseudo;

/// <summary>A description without a path that shares the one anonymous inode (Linux's anon_inode): eventfd, epoll, timerfd, signalfd, pidfd, inotify.</summary>
public abstract class AnonymousFile(LinuxKernel kernel, OpenFlags flags, string className) : FileDescription(kernel, flags)
{
    public override Inode Inode => Kernel.AnonymousInode;

    public override bool CanBeSpliced => false;

    public override bool CanSpliceInto => false;

    public override bool AllowsNoWait => false;

    /// <summary>noop_llseek().</summary>
    public override Result<long> Seek(long offset, int whence) => Position;

    public override string LinkText => $"anon_inode:{className}";
}
