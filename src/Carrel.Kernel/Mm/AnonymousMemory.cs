using Carrel.Abi;

namespace Carrel.Kernel.Mm;

/// <summary>Frames for private anonymous pieces.</summary>
internal static class AnonymousMemory
{
    /// <summary>Gives a piece its frames; an inaccessible one gets none until it is made accessible. False: no frame numbers.</summary>
    public static bool Back(MemoryManager mm, Vma vma)
    {
        if (!vma.IsReadable)
        {
            return true;
        }

        long below = 0;
        long frame = vma.GrowsDown ? StackGrowth.AllocateFrames(mm, vma.Pages, out below) : mm.Frames.Allocate(vma.Pages);
        if (frame < 0)
        {
            return false;
        }

        vma.Backing = VmaBacking.Frames;
        vma.Frame = frame;
        vma.Below = below;
        return true;
    }
}

/// <summary>Memory of mmap(MAP_SHARED | MAP_ANONYMOUS): an object that lives as long as it is mapped (Linux's shmem_zero_setup()).</summary>
public sealed class SharedAnonymous : FrameObject
{
    private readonly LinuxKernel _kernel;
    private readonly long _frame;
    private readonly long _pages;
    private int _mappings;

    private SharedAnonymous(LinuxKernel kernel, long frame, long pages)
    {
        _kernel = kernel;
        _frame = frame;
        _pages = pages;
    }

    public override long Size => _pages * (long)Vma.PageSize;

    /// <summary>The inode number that /proc/PID/maps shows with "/dev/zero (deleted)".</summary>
    public ulong Number { get; private init; }

    /// <summary>Null: no frame numbers.</summary>
    internal static SharedAnonymous? Create(LinuxKernel kernel, long length)
    {
        long pages = length / (long)Vma.PageSize;
        long frame = kernel.Frames.Allocate(pages);
        return frame < 0 ? null : new SharedAnonymous(kernel, frame, pages) { Number = ++kernel.LastSharedAnonymous };
    }

    public override Result<(long Frame, long Count)> GetFrames(long page, long maxCount) =>
        page >= _pages ? Errno.EINVAL : (_frame + page, System.Math.Min(maxCount, _pages - page));

    public override void AddMapping() => _mappings++;

    public override void DropMapping()
    {
        if (--_mappings == 0)
        {
            _kernel.Frames.Release(_frame, _pages);
        }
    }
}
