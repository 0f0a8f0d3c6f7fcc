using System;
using System.Globalization;
using System.Runtime.InteropServices;
using Carrel.Abi;
using Carrel.Host;

namespace Carrel.Files;

/// <summary>The carrel-files process: the only one of a carrel that can open host files. It has no way to name a file outside of the trees it serves.</summary>
public static class FilesProcess
{
    /// <summary>The socket to the kernel process.</summary>
    public const int SocketFd = 3;

    /// <summary>The first served tree's directory; the others follow.</summary>
    public const int FirstTreeFd = 4;

    /// <summary>Prefix of the argument with the terminal's settings, as hexadecimal bytes of struct termios.</summary>
    public const string TerminalOption = "--terminal=";

    /// <summary>The capabilities it keeps of root's: to read what root could read and, with a writable tree, to act for the guest's users there.</summary>
    public static ulong Capabilities(bool isWritable)
    {
        ulong kept = Bit(Capability.CAP_DAC_READ_SEARCH);
        return !isWritable
            ? kept
            : kept | Bit(Capability.CAP_DAC_OVERRIDE) | Bit(Capability.CAP_CHOWN) | Bit(Capability.CAP_FOWNER) | Bit(Capability.CAP_FSETID);
    }

    /// <summary>Serves until the kernel process is gone.</summary>
    /// <remarks>
    /// With <see cref="TerminalOption"/> it also holds the caller's terminal, behind the trees' descriptors, and gives it its settings back at the end: it
    /// is the process that lives on when the command, and with it the kernel process, is killed.
    /// </remarks>
    /// <param name="arguments">The <see cref="TreeFlags"/> of each tree, as numbers; perhaps the terminal's settings.</param>
    public static int Run(ReadOnlySpan<string> arguments)
    {
        HostProcess.SetName("carrel-files");
        HostProcess.SetUmask(0);
        bool isWritable = false;
        Termios? settings = null;
        if (arguments.Length > 0 && arguments[^1].StartsWith(TerminalOption, StringComparison.Ordinal))
        {
            settings = MemoryMarshal.Read<Termios>(Convert.FromHexString(arguments[^1].AsSpan(TerminalOption.Length)));
            arguments = arguments[..^1];
        }

        var trees = new ServedTree[Math.Min(arguments.Length, FilesLimits.Trees)];
        for (int i = 0; i < trees.Length; i++)
        {
            trees[i] = new ServedTree(FirstTreeFd + i, (TreeFlags)int.Parse(arguments[i], CultureInfo.InvariantCulture));
            isWritable |= trees[i].IsWritable;
        }

        var server = new FilesServer(new FilesChannel(SocketFd), trees);
        HostSurface surface = isWritable ? FilesSurface.Writing : FilesSurface.Reading;
        if ((settings is null ? surface : FilesSurface.WithTerminal(surface)).Enforce() != 0)
        {
            return 1; // the kernel process sees the socket close
        }

        server.Run();
        if (settings is { } saved)
        {
            HostFd.Ioctl(FirstTreeFd + trees.Length, Tty.TCSETSW, ref saved);
        }

        HostProcess.Exit(0);
        return 0;
    }

    private static ulong Bit(Capability capability) => 1UL << (int)capability;
}
