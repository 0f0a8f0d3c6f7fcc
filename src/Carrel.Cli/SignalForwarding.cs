using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using Carrel.Abi;
using Carrel.Sandbox;

namespace Carrel.Cli;

/// <summary>Signals that reach the command go to the guest's init instead; what the command was started to ignore stays ignored.</summary>
internal sealed class SignalForwarding : IDisposable
{
    private static readonly int[] s_signals =
        [Signal.SIGHUP, Signal.SIGINT, Signal.SIGQUIT, Signal.SIGTERM, Signal.SIGUSR1, Signal.SIGUSR2, Signal.SIGWINCH, Signal.SIGALRM, Signal.SIGCONT];

    private readonly List<PosixSignalRegistration> _registrations = [];

    internal SignalForwarding(CarrelProcesses carrel, TerminalMode? terminal)
    {
        ulong ignored = SignalRelay.Ignored();
        foreach (int signal in s_signals)
        {
            if ((ignored >> (signal - 1) & 1) == 0)
            {
                _registrations.Add(PosixSignalRegistration.Create((PosixSignal)signal, context =>
                {
                    context.Cancel = true;
                    bool isResize = signal == Signal.SIGWINCH && terminal is not null;
                    carrel.Send(isResize ? ControlMessage.WindowSize(terminal!.WindowSize) : ControlMessage.Signal(signal));
                }));
            }
        }
    }

    public void Dispose() => _registrations.ForEach(registration => registration.Dispose());
}
