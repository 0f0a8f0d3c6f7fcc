using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Sockets.Unix;

/// <summary>A datagram, or one chunk of a stream, on its way (Linux's skb with unix_skb_parms).</summary>
internal sealed class UnixPacket
{
    // What an empty skb costs on Linux; keeps floods of tiny packets bounded.
    private const int Overhead = 768;

    public required byte[] Data { get; init; }

    /// <summary>Bytes of a stream chunk already read.</summary>
    public int Offset { get; set; }

    public int Left => Data.Length - Offset;

    /// <summary>Passed descriptions, each with a reference; null if there are none or once taken.</summary>
    public List<FileDescription>? Files
    {
        get;
        set
        {
            if (field is { } old)
            {
                old[0].Kernel.SocketsInFlight.Remove(old);
            }

            field = value;
            if (value is not null)
            {
                value[0].Kernel.SocketsInFlight.Add(value);
            }
        }
    }

    public Ucred Credentials { get; init; }

    /// <summary>Who sent it, or who the sender says did (SCM_PIDFD).</summary>
    public required ThreadGroup Process { get; init; }

    /// <summary>The sender's address.</summary>
    public byte[] Source { get; init; } = [];

    public int Cost => Data.Length + Overhead;

    public void ReleaseFiles()
    {
        if (Files is { } files)
        {
            Files = null;
            foreach (FileDescription file in files)
            {
                file.Release();
            }
        }
    }
}
