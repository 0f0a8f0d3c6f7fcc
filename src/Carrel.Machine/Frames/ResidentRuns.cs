namespace Carrel.Machine;

/// <summary>
/// Stretches of frames known to be resident. The host finds the end of a stretch by walking all of it, so asking for each small part
/// of a large one would cost the square of its length. Frames become resident at any time, but holes only by this process.
/// </summary>
internal sealed class ResidentRuns
{
    private const int Capacity = 16;

    private readonly (long Start, long End)[] _runs = new (long, long)[Capacity];
    private int _next;

    /// <summary>The end of what is known to be resident from this frame on; the frame itself if nothing is known.</summary>
    internal long EndOf(long frame)
    {
        foreach ((long start, long end) in _runs)
        {
            if (frame >= start && frame < end)
            {
                return end;
            }
        }

        return frame;
    }

    internal void Add(long start, long end)
    {
        for (int i = 0; i < Capacity; i++)
        {
            ref (long Start, long End) run = ref _runs[i];
            if (run.End > run.Start && start <= run.End && run.Start <= end)
            {
                run = (System.Math.Min(run.Start, start), System.Math.Max(run.End, end));
                return;
            }
        }

        _runs[_next] = (start, end);
        _next = (_next + 1) % Capacity;
    }

    /// <summary>These frames become holes.</summary>
    internal void Cut(long start, long end)
    {
        for (int i = 0; i < Capacity; i++)
        {
            ref (long Start, long End) run = ref _runs[i];
            if (start >= run.End || end <= run.Start)
            {
                continue;
            }

            // One of the two sides that are left is kept.
            run = start - run.Start >= run.End - end ? (run.Start, start) : (end, run.End);
            if (run.End <= run.Start)
            {
                run = default;
            }
        }
    }
}
