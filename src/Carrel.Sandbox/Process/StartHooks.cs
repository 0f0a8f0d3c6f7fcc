using System;
using System.Globalization;
using System.Text;
using Carrel.Abi;
using Carrel.Kernel;
using Carrel.Kernel.Fs.Tmpfs;
using Carrel.Kernel.Vfs;

namespace Carrel.Sandbox;

/// <summary>
/// The startContainer hooks of config.json: one after the other, as processes of the guest with the first program's identity, while that one has its pid but
/// does not run. The state is on their stdin; what they print appears only in the message of a failure.
/// </summary>
internal sealed class StartHooks(LinuxKernel kernel, SandboxSpec spec, GuestPrograms programs)
{
    private const int FailureStatus = 1;
    private const int MaxShownOutput = 2048;

    private int _next;
    private FileDescription? _output;
    private KernelTimer? _timer;
    private bool _isLate;

    /// <summary>Runs them. Calls back, at once if there are none, with what went wrong or null.</summary>
    internal void Run(Action<CarrelExit?> done)
    {
        if (_next == spec.StartHooks.Count)
        {
            done(null);
            return;
        }

        if (Start(spec.StartHooks[_next], done) is { } failure)
        {
            Finish();
            done(Explain(failure));
        }
    }

    private string? Start(HookSpec hook, Action<CarrelExit?> done)
    {
        if (programs.Prepare(ToProcess(hook), out PreparedProgram? prepared) is { } refused)
        {
            return refused.Reason ?? hook.Path;
        }

        prepared!.Spec.Arguments.Clear();
        prepared.Spec.Arguments.AddRange(hook.Arguments.Count > 0 ? hook.Arguments : [hook.Path]);
        prepared = prepared with { Environment = hook.Environment ?? prepared.Environment };
        _output = kernel.Memory.OpenNew("hook-output", [], prepared.Credentials);
        _output.AddReference();
        InitSpec init = programs.ToInit(prepared, Files(prepared.Credentials), kernel.Init!.Leader.Namespaces);
        Result<ThreadGroup> started = InitProcess.StartForeign(kernel, init);
        if (started.Failed)
        {
            return GuestPrograms.Explain(ToProcess(hook), started.Error).Reason;
        }

        ThreadGroup group = started.Value;
        if (hook.Timeout > 0)
        {
            _timer = new KernelTimer(kernel.Timers, () =>
            {
                _isLate = true;
                kernel.Signals.Send(group, new SigInfo { Signo = Signal.SIGKILL, Code = Si.SI_KERNEL }, isForced: true);
            });
            _timer.Set(kernel.Clock.Monotonic + (hook.Timeout * KernelClock.NanosecondsPerSecond));
        }

        ProcessEnd.Watch(group, ended => OnEnd(ended.ExitCode, hook, done));
        return null;
    }

    private void OnEnd(int status, HookSpec hook, Action<CarrelExit?> done)
    {
        string output = Encoding.UTF8.GetString(MemoryFiles.ReadHead(_output!, MaxShownOutput)).TrimEnd();
        string? failure = _isLate ? string.Create(CultureInfo.InvariantCulture, $"hook ran past specified timeout of {hook.Timeout}s")
            : (status & 0x7f) != 0 ? string.Create(CultureInfo.InvariantCulture, $"signal {status & 0x7f}, output: {output}")
            : status != 0 ? string.Create(CultureInfo.InvariantCulture, $"exit status {status >> 8}, output: {output}")
            : null;
        Finish();
        if (failure is not null)
        {
            done(Explain(failure));
            return;
        }

        _next++;
        Run(done);
    }

    private void Finish()
    {
        _timer?.Cancel();
        _timer = null;
        _output?.Release();
        _output = null;
    }

    private CarrelExit Explain(string failure) =>
        new(FailureStatus, string.Create(CultureInfo.InvariantCulture, $"error running startContainer hook #{_next}: {failure}"));

    private FdTable Files(Credentials owner)
    {
        var files = new FdTable();
        files.InstallInitial(0, kernel.Memory.OpenNew("hook-state", spec.HookState, owner));
        files.InstallInitial(1, _output!);
        _output!.AddReference();
        files.InstallInitial(2, _output);
        return files;
    }

    private ProcessSpec ToProcess(HookSpec hook) => new()
    {
        Arguments = [hook.Path],
        Environment = hook.Environment ?? spec.Environment,
        WorkingDirectory = spec.WorkingDirectory,
        User = spec.User,
        Uid = spec.Uid,
        Gid = spec.Gid,
        Groups = spec.Groups,
        Capabilities = spec.Capabilities,
        Umask = spec.Umask,
        Limits = spec.Limits,
        HasNoNewPrivileges = spec.HasNoNewPrivileges,
        OomScoreAdjustment = spec.OomScoreAdjustment,
        Seccomp = spec.Seccomp,
    };
}
