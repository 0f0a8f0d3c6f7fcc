namespace Carrel.Machine;

/// <summary>Frames that the kernel has dropped, and that a stub may still map.</summary>
internal static class WaitingFrames
{
    /// <summary>
    /// Empties those of a space where no guest code can look at them any more: the space ends, or its only thread waits in the kernel. Elsewhere another thread
    /// may still read a page whose copy it will see next.
    /// </summary>
    internal static void Discard(StubSpace space, LinearFrameStore frames)
    {
        if (!space.IsOver && !(space.Threads.Count == 1 && space.Threads[0].Phase == StubPhase.Trapped))
        {
            return;
        }

        foreach ((_, long frame, long count) in space.WaitingReleases)
        {
            frames.Discard(frame, count);
        }

        for (int i = 0; space.IsOver && i < space.Threads.Count; i++)
        {
            foreach ((long frame, long count) in space.Threads[i].Open.Releases)
            {
                frames.Discard(frame, count);
            }
        }
    }
}
