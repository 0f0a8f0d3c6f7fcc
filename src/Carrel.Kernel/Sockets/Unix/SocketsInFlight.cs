using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Sockets.Unix;

/// <summary>
/// Sockets that lie in messages of other sockets, and the collector of those that nobody can receive any more, because they keep only each other
/// alive (net/unix/garbage.c).
/// </summary>
internal sealed class SocketsInFlight(LinuxKernel kernel)
{
    // Linux: UNIX_INFLIGHT_TRIGGER_GC, 16000.
    private const int Few = 1024;

    private readonly Dictionary<UnixSocket, int> _counts = [];
    private int _total;
    private int _trigger = Few;
    private bool _isDue;

    public void Add(List<FileDescription> files)
    {
        foreach (FileDescription file in files)
        {
            if (file is UnixSocket socket)
            {
                CollectionsMarshal.GetValueRefOrAddDefault(_counts, socket, out _)++;
                _total++;
            }
        }

        // Garbage is never closed, and if all else stays open, nothing but this finds it (wait_for_unix_gc()).
        if (_total >= _trigger)
        {
            Schedule();
        }
    }

    public void Remove(List<FileDescription> files)
    {
        foreach (FileDescription file in files)
        {
            if (file is UnixSocket socket)
            {
                _total--;
                if (--CollectionsMarshal.GetValueRefOrAddDefault(_counts, socket, out _) <= 0)
                {
                    _counts.Remove(socket);
                }
            }
        }
    }

    /// <summary>A socket has been closed: looks for garbage soon (unix_gc()).</summary>
    public void OnClosed()
    {
        if (_counts.Count > 0)
        {
            Schedule();
        }
    }

    private void Schedule()
    {
        if (!_isDue)
        {
            _isDue = true;
            kernel.Scheduler.Defer(Collect);
        }
    }

    private void Collect()
    {
        _isDue = false;
        // Candidates: every reference is one of a message. What of these lies in queues of candidates only, is reached from nowhere else.
        var inside = new Dictionary<UnixSocket, int>();
        foreach ((UnixSocket socket, int count) in _counts)
        {
            if (socket.References == count)
            {
                inside.Add(socket, 0);
            }
        }

        foreach (UnixSocket carrier in new List<UnixSocket>(inside.Keys))
        {
            foreach (UnixSocket carried in carrier.Carried())
            {
                if (inside.ContainsKey(carried))
                {
                    inside[carried]++;
                }
            }
        }

        var alive = new Queue<UnixSocket>();
        foreach ((UnixSocket socket, int count) in inside)
        {
            if (count < _counts[socket])
            {
                alive.Enqueue(socket);
            }
        }

        while (alive.TryDequeue(out UnixSocket? socket))
        {
            if (inside.Remove(socket))
            {
                foreach (UnixSocket carried in socket.Carried())
                {
                    alive.Enqueue(carried);
                }
            }
        }

        var garbage = new List<FileDescription>();
        foreach (UnixSocket socket in inside.Keys)
        {
            socket.TakeCarried(garbage);
        }

        foreach (FileDescription file in garbage)
        {
            file.Release();
        }

        _trigger = Math.Max(Few, 2 * _total);
    }
}
