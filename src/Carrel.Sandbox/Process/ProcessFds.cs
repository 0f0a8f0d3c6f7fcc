namespace Carrel.Sandbox;

/// <summary>The descriptors a kernel process is started with. 0 to 2 are /dev/null, or with --debug the caller's stderr on 2.</summary>
internal static class ProcessFds
{
    /// <summary>SOCK_SEQPACKET to the command: signals come in, the exit report goes out.</summary>
    internal const int Control = 3;

    /// <summary>SOCK_SEQPACKET to carrel-files.</summary>
    internal const int Files = 4;

    /// <summary>A memfd with the encoded <see cref="SandboxSpec"/>.</summary>
    internal const int Spec = 5;

    /// <summary>The file that guest memory lies in.</summary>
    internal const int Frames = 6;

    /// <summary>A proc file system of the kernel process' pid namespace, if it needs one and may have it.</summary>
    internal const int Proc = 7;

    /// <summary>The caller's stdin, stdout and stderr, as far as they are open.</summary>
    internal const int FirstStdio = 8;

    /// <summary>The control socket of a detached carrel (SOCK_DGRAM).</summary>
    internal const int Requests = FirstStdio + 3;

    /// <summary>Further ones that the first program inherits, as many as the specification says.</summary>
    internal const int FirstPreserved = Requests + 1;
}
