using System;
using System.Collections.Generic;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Threading;
using Carrel.Abi;
using Carrel.Runtime;

namespace Carrel.Cli;

/// <summary>Signals that reach the command go to the program; what the command was started to ignore stays ignored.</summary>
internal sealed class SignalRelay : IDisposable
{
    // SIGCHLD is ours, SIGPIPE comes of our own writing, SIGTTIN and SIGTTOU of our own terminal; faults are faults of ours.
    private static readonly int[] s_signals =
    [
        Signal.SIGHUP, Signal.SIGINT, Signal.SIGQUIT, Signal.SIGTERM, Signal.SIGUSR1, Signal.SIGUSR2, Signal.SIGALRM, Signal.SIGCONT, Signal.SIGTSTP,
        Signal.SIGWINCH, Signal.SIGVTALRM, Signal.SIGPROF, Signal.SIGIO, Signal.SIGPWR, Signal.SIGXCPU, Signal.SIGXFSZ,
    ];

    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly Lock _lock = new();
    private readonly List<int> _early = [];
    private Action<int>? _target;

    internal SignalRelay()
    {
        ulong ignored = Ignored();
        foreach (int signal in s_signals)
        {
            if ((ignored >> (signal - 1) & 1) == 0)
            {
                _registrations.Add(PosixSignalRegistration.Create((PosixSignal)signal, context =>
                {
                    context.Cancel = true;
                    Receive(signal);
                }));
            }
        }
    }

    /// <summary>Set if the program has a terminal of ours: its size follows, which tells the program.</summary>
    internal Action? WindowChanged { get; set; }

    /// <summary>Who gets them from now on, first those that have come already.</summary>
    internal void PassTo(Action<int> target)
    {
        lock (_lock)
        {
            _target = target;
            _early.ForEach(Send);
            _early.Clear();
        }
    }

    public void Dispose() => _registrations.ForEach(registration => registration.Dispose());

    private void Receive(int signal)
    {
        if (signal == Signal.SIGWINCH && WindowChanged is { } resize)
        {
            resize();
            return;
        }

        lock (_lock)
        {
            if (_target is null)
            {
                _early.Add(signal);
            }
            else
            {
                Send(signal);
            }
        }
    }

    private void Send(int signal)
    {
        try
        {
            _target!(signal);
        }
        catch (RuntimeException)
        {
            // It has just ended.
        }
    }

    /// <summary>The signals that this process ignores, bit n-1 for signal n (proc(5), SigIgn).</summary>
    internal static ulong Ignored()
    {
        const string Label = "SigIgn:";
        string status = ProcFile.ReadText("/proc/self/status") ?? "";
        int at = status.IndexOf(Label, StringComparison.Ordinal);
        return at >= 0 && ulong.TryParse(status.AsSpan(at + Label.Length, 17).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong mask) ? mask : 0;
    }
}
