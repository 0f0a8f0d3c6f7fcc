using System;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Sandbox;

namespace Carrel.Cli;

/// <summary>Starts a carrel in the foreground and waits for it.</summary>
internal static class CarrelRun
{
    internal static int Run(SandboxSpec spec)
    {
        spec.VdsoMaps = VdsoText.Read();
        Span<int> stdio = stackalloc int[3];
        StdioPreparer.Prepare(stdio);
        CarrelResult result;
        using (TerminalMode? terminal = spec.HasTerminal ? TerminalMode.TryEnterRaw() : null)
        using (var carrel = new CarrelProcesses())
        {
            carrel.Start(spec, stdio, terminal?.Saved);
            ReleaseStdio(stdio);
            using var forwarding = new SignalForwarding(carrel, terminal);
            result = carrel.Wait();
        }

        if (result.Message is { } message)
        {
            Console.Error.WriteLine("carrel: " + message);
        }

        return result.Status;
    }

    // The guest holds them now.
    private static void ReleaseStdio(ReadOnlySpan<int> stdio)
    {
        foreach (int fd in stdio)
        {
            if (fd > 2)
            {
                HostFd.Close(fd);
            }
        }

        Foreground.ReleaseStreams();
    }
}
