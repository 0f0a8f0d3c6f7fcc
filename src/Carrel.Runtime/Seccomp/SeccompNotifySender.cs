using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Oci;

namespace Carrel.Runtime;

/// <summary>
/// Hands the listener of a filter with SCMP_ACT_NOTIFY to the user's agent (config-linux.md, "The Container Process State"): one connection to
/// linux.seccomp.listenerPath, one JSON document with the descriptor beside its first bytes, and the end.
/// </summary>
public static class SeccompNotifySender
{
    private const string DescriptorName = "seccompFd";
    private const long PatienceSeconds = 10;

    /// <summary>Sends the listener; the caller still owns it. A failure is a <see cref="RuntimeException"/>: the container must not run without its agent.</summary>
    /// <param name="pid">The process under the filter, as the runtime sees it: for `exec` not the container's first one.</param>
    /// <param name="state">The container's: "creating" while it is made, "running" for `exec`.</param>
    public static void Send(int listener, OciSeccomp profile, int pid, OciState state)
    {
        string path = profile.ListenerPath ?? "";
        byte[] address = path.Length == 0 ? [] : HostSocket.UnixAddress(path);
        Check(address.Length > 0 ? 0 : -(int)Errno.ENAMETOOLONG, path, "connect");
        byte[] document = JsonSerializer.SerializeToUtf8Bytes(
            new SeccompProcessState { Fds = [DescriptorName], Pid = pid, Metadata = profile.ListenerMetadata, State = state },
            SeccompStateJson.Default.SeccompProcessState);
        int socket = HostSocket.Create(Sock.AF_UNIX, Sock.SOCK_STREAM | Sock.SOCK_CLOEXEC, 0);
        Check(socket, path, "socket");
        try
        {
            // An agent that does not accept must not hang the runtime.
            ReadOnlySpan<long> patience = [PatienceSeconds, 0];
            Check(HostSocket.SetOption(socket, Sock.SOL_SOCKET, Sock.SO_SNDTIMEO, MemoryMarshal.AsBytes(patience)), path, "setsockopt");
            Check(HostSocket.Connect(socket, address), path, "connect");
            ReadOnlySpan<int> descriptors = [listener];
            for (int sent = 0; sent < document.Length; descriptors = [])
            {
                long result = HostSocket.Send(socket, document.AsSpan(sent), descriptors, Sock.MSG_NOSIGNAL);
                Check(result, path, "send");
                sent += (int)result;
            }
        }
        finally
        {
            HostFd.Close(socket);
        }
    }

    private static void Check(long result, string path, string step)
    {
        if (result < 0)
        {
            throw new RuntimeException($"linux.seccomp.listenerPath: {step} {path}: {(Errno)(-result)}");
        }
    }
}

/// <summary>The container process state.</summary>
internal sealed class SeccompProcessState
{
    public string OciVersion { get; set; } = OciVersions.Implemented;

    /// <summary>Names of the descriptors that come with it, in their order.</summary>
    public List<string> Fds { get; set; } = [];

    public int Pid { get; set; }

    public string? Metadata { get; set; }

    public OciState State { get; set; } = new();
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SeccompProcessState))]
internal sealed partial class SeccompStateJson : JsonSerializerContext;
